import Experiments
import Kernels
import LinearAlgebra
import TestSupport
import Testing
import Training

/// Sums of products in another order.
private let sumTolerance = 1e-11

/// What `linearize` and the products after it give.
private struct Products: Equatable {
  var gradient: [Double]
  var trace: Double
  var squares: [Double]
  var transposed: [Double]

  init(
    _ objective: Objective, _ theta: [Double], mostKeptNumbers: Int, vectors: [[Double]], w: [Double], free: Int
  ) {
    let equations = NormalEquations(objective, form: .products, mostKeptNumbers: mostKeptNumbers)
    gradient = [Double](repeating: .nan, count: free)
    trace = objective.linearize(theta, into: equations, gradient: &gradient)
    // What is evaluated meanwhile, as trial points are, must not matter.
    _ = objective.termValues(theta.map { $0 + 1 })
    squares = [Double](repeating: .nan, count: vectors.count * free)
    objective.multiplySquares(vectors.flatMap { $0 }, count: vectors.count, with: equations, to: &squares)
    transposed = [Double](repeating: .nan, count: free)
    objective.multiplyTransposed(w, with: equations, to: &transposed)
  }
}

@Suite struct ObjectiveProductTests {
  @Test(arguments: objectiveCases)
  func `products agree with dense sums, kept or not, for any threads`(_ example: ObjectiveCase) throws {
    for count in [nil, 700] {
      let problem = try count.map { try example.with(interiorPoints: $0).assembled() } ?? example.assembled()
      let theta = problem.perturbedParameters(seed: 31)
      var random = SeededNumbers(seed: 431)
      let reference = problem.objective()
      if reference.weights.count > 1 { reference.weights[0] = 0 }
      let dense = NormalEquations(reference)
      reference.sumSquares(theta, into: dense)
      let free = random.integer(1...theta.count)
      // One vector, and more than are taken at a time.
      for vectorCount in [1, 130] {
        let vectors = (0..<vectorCount).map { _ in random.array(free) }
        let w = random.array(reference.residualCount)
        var found: Products?
        for (threads, mostKeptNumbers) in [(1, 1 << 28), (2, 1 << 28), (1, 0), (3, 0)] {
          let objective = problem.objective(threads: threads)
          objective.weights = reference.weights
          let products = Products(
            objective, theta, mostKeptNumbers: mostKeptNumbers, vectors: vectors, w: w, free: free)
          #expect(products == found ?? products, "\(threads) threads, \(mostKeptNumbers) kept")
          found = products
        }
        let products = try #require(found)
        let largest = (0..<free).reduce(0) { max($0, dense.matrix[$1, $1]) }
        let side = (0..<free).map { dense.matrix[theta.count, $0] }
        let root = (largest * dense.matrix[theta.count, theta.count]).squareRoot()
        for (a, b) in zip(products.gradient, side) { #expect(abs(a - b) <= sumTolerance * root) }
        let trace = (0..<free).reduce(0) { $0 + dense.matrix[$1, $1] }
        #expect(abs(products.trace - trace) <= sumTolerance * trace)
        for (number, vector) in vectors.enumerated() where number % 43 == 0 {
          for row in 0..<free {
            let expected = (0..<free).reduce(0) { $0 + dense.matrix[row, $1] * vector[$1] }
            let bound = sumTolerance * largest * Double(free)
            #expect(abs(products.squares[number * free + row] - expected) <= bound)
          }
        }
      }
    }
  }

  /// Jv as the change of ρ along v, by differences; then Jᵀ(Jv) by the engine's transposed product.
  @Test(arguments: objectiveCases)
  func `products agree with differences of the residuals`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 32)
    let objective = problem.objective(threads: 2)
    let equations = NormalEquations(objective, form: .products)
    var random = SeededNumbers(seed: 432)
    let v = random.array(theta.count)
    var values = objective.weights
    func rho(_ step: Double) -> [Double] {
      var residuals = [Double](repeating: .nan, count: objective.residualCount)
      objective.evaluate(zip(theta, v).map { $0 + step * $1 }, values: &values, residuals: &residuals)
      return residuals
    }
    // Of fourth order: 8 (ρ(h) − ρ(−h)) − (ρ(2h) − ρ(−2h)) over 12 h.
    let h = 1e-4
    let (ahead, behind, far, back) = (rho(h), rho(-h), rho(2 * h), rho(-2 * h))
    let change = ahead.indices.map { (8 * (ahead[$0] - behind[$0]) - (far[$0] - back[$0])) / (12 * h) }
    var (gradient, found, expected) = (theta, theta, theta)
    _ = objective.linearize(theta, into: equations, gradient: &gradient)
    objective.multiplySquares(v, count: 1, with: equations, to: &found)
    objective.multiplyTransposed(change, with: equations, to: &expected)
    let size = norm(expected)
    #expect(size > 0)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-6 * size, "\(a) and \(b)") }
    #expect(abs(dot(v, found) - dot(change, change)) <= 1e-6 * dot(change, change))
  }
}

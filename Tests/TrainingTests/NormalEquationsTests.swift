import Experiments
import Kernels
import LinearAlgebra
import Problems
import TestSupport
import Testing
import Training

/// Two ways to the same row, of which one takes the weight before the reverse sweep and the other after it, and sums
/// in another order.
private let rowTolerance = 1e-11

/// JᵀJ, Jᵀρ and ρᵀρ formed plainly, and the sizes of what was summed, for tolerances.
private struct PlainSums {
  var matrix: [[Double]]
  var side: [Double]
  var square = 0.0
  /// Σᵢ |ρᵢ Jᵢⱼ|.
  var sideSizes: [Double]

  init(_ objective: Objective, _ theta: [Double]) {
    let count = theta.count
    matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    side = [Double](repeating: 0, count: count)
    sideSizes = side
    let counts = objective.lossTerms.residualCounts
    let terms = rowTerms(objective.lossTerms)
    let (rows, residuals) = (jacobian(objective, theta), objective.residuals(theta))
    for number in rows.indices {
      let weight = objective.weights[terms[number]]
      guard weight != 0 else { continue }
      let factor = (weight / Double(counts[terms[number]])).squareRoot()
      let (row, rho) = (rows[number].map { factor * $0 }, factor * residuals[number])
      for i in 0..<count {
        for j in 0..<count { matrix[i][j] += row[i] * row[j] }
        side[i] += row[i] * rho
        sideSizes[i] += abs(row[i] * rho)
      }
      square += rho * rho
    }
  }
}

private func entries(_ equations: NormalEquations) -> [Double] {
  (0...equations.order).flatMap { row in (0...row).map { equations.matrix[row, $0] } }
}

private func side(_ equations: NormalEquations) -> [Double] {
  (0..<equations.order).map { equations.matrix[equations.order, $0] }
}

private func expectPlain(_ objective: Objective, _ theta: [Double], _ comment: Comment) {
  let equations = NormalEquations(objective)
  objective.sumSquares(theta, into: equations)
  let plain = PlainSums(objective, theta)
  let count = theta.count
  #expect(equations.order == count)
  let largest = (0..<count).reduce(0) { max($0, plain.matrix[$1][$1]) }
  var (matrixError, sideError) = (0.0, 0.0)
  for i in 0..<count {
    for j in 0..<count { matrixError = max(matrixError, abs(equations.matrix[i, j] - plain.matrix[i][j])) }
    sideError = max(sideError, abs(equations.matrix[count, i] - plain.side[i]))
  }
  let sideSize = plain.sideSizes.max() ?? 0
  #expect(matrixError <= rowTolerance * largest, comment)
  #expect(sideError <= rowTolerance * sideSize, comment)
  #expect(abs(equations.matrix[count, count] - plain.square) <= 1e-13 * plain.square, comment)

  var gradient = [Double](repeating: .nan, count: count)
  let total = objective.total(objective.termValues(theta, gradient: &gradient))
  #expect(abs(equations.matrix[count, count] - total) <= 1e-13 * total, comment)
  for i in 0..<count {
    #expect(abs(2 * equations.matrix[count, i] - gradient[i]) <= 2 * rowTolerance * sideSize, comment)
  }
}

@Suite struct NormalEquationsTests {
  @Test(arguments: objectiveCases)
  func `they are the sums of rows and residuals, and give total and gradient`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 21)
    // As many rows as the case has, fewer than there are parameters, and more than one batch of them.
    for count in [nil, 1, 700] {
      let sized = try count.map { try example.with(interiorPoints: $0).assembled() } ?? problem
      for instructionSet in InstructionSet.supported {
        let objective = sized.objective(threads: 2, instructionSet: instructionSet)
        expectPlain(objective, theta, "\(instructionSet), interior \(count.map(String.init) ?? "as given")")
      }
    }
  }

  @Test(arguments: objectiveCases)
  func `weights, zero among them, are those of the objective when it is called`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 22)
    let objective = problem.objective()
    var random = SeededNumbers(seed: 22)
    for _ in 0..<3 {
      objective.weights = objective.weights.map { _ in random.uniform(0.01...10) }
      expectPlain(objective, theta, "\(random)")
      objective.weights[random.integer(0...objective.weights.count - 1)] = 0
      expectPlain(objective, theta, "\(random)")
    }
    objective.weights = objective.weights.map { _ in 0 }
    let equations = NormalEquations(objective)
    objective.sumSquares(theta, into: equations)
    let isZero = entries(equations).allSatisfy { $0 == 0 }
    #expect(isZero)
  }

  @Test(arguments: objectiveCases)
  func `kept rows and residuals give the side, and keeping them changes no bit`(_ example: ObjectiveCase) throws {
    for count in [nil, 700] {
      let problem = try count.map { try example.with(interiorPoints: $0).assembled() } ?? example.assembled()
      let theta = problem.perturbedParameters(seed: 25)
      let objective = problem.objective(threads: 2)
      if objective.weights.count > 1 { objective.weights[0] = 0 }
      let kept = NormalEquations(objective)
      let streamed = NormalEquations(objective, mostKeptNumbers: 0)
      #expect(kept.keepsRows && !streamed.keepsRows)
      objective.sumSquares(theta, into: kept)
      objective.sumSquares(theta, into: streamed)
      #expect(entries(kept) == entries(streamed))
      var values = [Double](repeating: .nan, count: objective.terms.count)
      var rho = [Double](repeating: .nan, count: objective.residualCount)
      objective.evaluate(theta, values: &values, residuals: &rho)
      #expect(values == objective.termValues(theta))
      let (square, total) = (rho.reduce(0) { $0 + $1 * $1 }, objective.total(values))
      #expect(abs(square - total) <= 1e-13 * total)
      var product = [Double](repeating: .nan, count: theta.count)
      kept.multiplyTransposed(by: rho, to: &product)
      let sizes = PlainSums(objective, theta).sideSizes.max() ?? 0
      for (found, expected) in zip(product, side(kept)) { #expect(abs(found - expected) <= 1e-13 * sizes) }
    }
  }

  @Test(arguments: objectiveCases)
  func `the dual form holds the products of rows`(_ example: ObjectiveCase) throws {
    for count in [1, 150] {
      let problem = try example.with(interiorPoints: count).assembled()
      let theta = problem.perturbedParameters(seed: 26)
      var random = SeededNumbers(seed: 26)
      let rhoCount = problem.objective().residualCount
      let v = random.array(rhoCount)
      let parameters = random.integer(1...theta.count)
      var bits: [Double]?
      for threads in [1, 2, 3] {
        let objective = problem.objective(threads: threads)
        let dual = NormalEquations(objective, form: .dual(parameters: parameters))
        objective.sumSquares(theta, into: dual)
        let found = (0..<rhoCount).flatMap { row in (0...row).map { dual.matrix[row, $0] } }
        #expect(found == bits ?? found, "\(threads) threads")
        bits = found
        // Jᵀv by both forms, and vᵀ(JJᵀ)v = ‖Jᵀv‖².
        var (product, expected) = (theta, theta)
        dual.multiplyTransposed(by: v, to: &product)
        let other = problem.objective()
        let kept = NormalEquations(other)
        other.sumSquares(theta, into: kept)
        kept.multiplyTransposed(by: v, to: &expected)
        let size = expected.reduce(0) { max($0, abs($1)) }
        for (a, b) in zip(product, expected) { #expect(abs(a - b) <= 1e-12 * size) }
        var form = 0.0
        for i in 0..<rhoCount { for j in 0..<rhoCount { form += v[i] * dual.matrix[i, j] * v[j] } }
        let square = expected[..<parameters].reduce(0) { $0 + $1 * $1 }
        var trace = 0.0
        for i in 0..<rhoCount { trace += dual.matrix[i, i] }
        #expect(abs(form - square) <= 1e-12 * trace * Double(rhoCount))
      }
    }
  }

  @Test func `a term of weight zero has no say, whatever its value`() throws {
    let text = """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = [{ name = "heat", expr = "u_t = u_xx" }, { name = "broken", expr = "u/(t - t) = 1" }]
      condition = [
        { name = "wall", at = "x = 0", expr = "u/x = 1" },
        { name = "end", at = "x = 1", expr = "u = 1", points = 7 },
      ]
      sampling = { interior = 300 }
      network = { hidden = [4] }
      loss = { weights = { broken = 0, wall = 0 } }
      """
    let problem = try assembled(text)
    let sound = try assembled(
      text.replacing(", { name = \"broken\", expr = \"u/(t - t) = 1\" }", with: "").replacing(
        "{ name = \"wall\", at = \"x = 0\", expr = \"u/x = 1\" },", with: ""
      ).replacing("broken = 0, wall = 0", with: ""))
    let theta = problem.perturbedParameters()
    for threads in [1, 2] {
      let (objective, expected) = (problem.objective(threads: threads), sound.objective(threads: threads))
      let (equations, expectedEquations) = (NormalEquations(objective), NormalEquations(expected))
      objective.sumSquares(theta, into: equations)
      expected.sumSquares(theta, into: expectedEquations)
      let (found, wanted) = (entries(equations), entries(expectedEquations))
      let largest = wanted.reduce(0) { max($0, abs($1)) }
      for (a, b) in zip(found, wanted) { #expect(abs(a - b) <= rowTolerance * largest, "\(a) against \(b)") }
    }
  }

  @Test(arguments: objectiveCases)
  func `any number of threads gives the same bits, again and again`(_ example: ObjectiveCase) throws {
    let problem = try example.with(interiorPoints: 1000).assembled()
    let theta = problem.perturbedParameters()
    let other = problem.perturbedParameters(seed: 6)
    for instructionSet in InstructionSet.supported {
      var expected: [Double]?
      for threads in [1, 2, 3, 8] {
        let objective = problem.objective(threads: threads, instructionSet: instructionSet)
        let equations = NormalEquations(objective)
        for _ in 0..<2 {
          objective.sumSquares(theta, into: equations)
          let found = entries(equations)
          #expect(found == expected ?? found, "\(instructionSet), \(threads) threads")
          expected = found
          // Nothing of another point, or of an evaluation, may stay behind.
          objective.sumSquares(other, into: equations)
          _ = objective.termValues(other)
        }
      }
    }
  }

  @Test(arguments: 0..<60)
  func `random problems agree with plain sums`(_ seed: Int) throws {
    var writer = EquationWriter(seed: seed)
    let text = writer.problem()
    // Refused for a derivative of fifth order, as the tests of the loss have it.
    guard refusal(text) == nil else { return }
    let problem = try assembled(text)
    let theta = problem.perturbedParameters(seed: UInt64(seed))
    for threads in [1, 2] { expectPlain(problem.objective(threads: threads), theta, "seed \(seed)\n\(text)") }
  }

  @Test(arguments: objectiveCases)
  func `a damped step solves its equations`(_ example: ObjectiveCase) throws {
    for count in [1, 300] {
      let problem = try example.with(interiorPoints: count).assembled()
      let theta = problem.perturbedParameters(seed: 23)
      let objective = problem.objective(threads: 2)
      let equations = NormalEquations(objective)
      objective.sumSquares(theta, into: equations)
      let (n, matrix) = (theta.count, equations.matrix)
      let factorization = CholeskyFactorization(order: n, pool: objective.pool)
      let largest = (0..<n).reduce(0) { max($0, matrix[$1, $1]) }
      let scales = (0..<n).map { max(matrix[$0, $0], 1e-6 * largest) }
      for lambda in [1e-6, 1e-2, 1e2] {
        try scales.withUnsafeBufferPointer { scales in
          let base = try #require(scales.baseAddress)
          let shifts: [(DiagonalShift, (Int) -> Double)] = [
            (.constant(lambda * largest), { _ in lambda * largest }), (.scaled(lambda, base), { lambda * scales[$0] }),
          ]
          for (shift, added) in shifts {
            #expect(factorization.factor(matrix, shift: shift) == nil, "λ = \(lambda)")
            var step = side(equations).map { -$0 }
            step.withUnsafeMutableBufferPointer { step in
              if let step = step.baseAddress { factorization.solve(step) }
            }
            let length = step.reduce(0) { max($0, abs($1)) }
            for i in 0..<n {
              var (rest, size) = (matrix[n, i] + added(i) * step[i], abs(matrix[n, i]))
              for j in 0..<n {
                rest += matrix[i, j] * step[j]
                size += abs(matrix[i, j])
              }
              // Cholesky's backward error is about n roundings of the matrix, the matrix's own among them.
              let bound = 4 * Double(n + 1) * 0x1p-53 * ((largest * Double(n) + added(i)) * length + size)
              #expect(abs(rest) <= bound, "row \(i), λ = \(lambda)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: [burgersCase, objectiveCases[2]])
  func `a damped step lowers the loss as the model says`(_ example: ObjectiveCase) throws {
    let problem = try example.with(interiorPoints: 300).assembled()
    let theta = problem.perturbedParameters(seed: 24)
    let objective = problem.objective()
    let equations = NormalEquations(objective)
    objective.sumSquares(theta, into: equations)
    let n = theta.count
    let largest = (0..<n).reduce(0) { max($0, equations.matrix[$1, $1]) }
    let factorization = CholeskyFactorization(order: n, pool: objective.pool)
    // So strongly damped the step is short, and the residuals are almost linear along it.
    #expect(factorization.factor(equations.matrix, shift: .constant(100 * largest)) == nil)
    var step = side(equations).map { -$0 }
    step.withUnsafeMutableBufferPointer { step in
      if let step = step.baseAddress { factorization.solve(step) }
    }
    // L(θ + δ) ≈ ρᵀρ + 2 δᵀJᵀρ + δᵀJᵀJδ.
    var change = 0.0
    for i in 0..<n {
      change += 2 * step[i] * equations.matrix[n, i]
      for j in 0..<n { change += step[i] * equations.matrix[i, j] * step[j] }
    }
    let before = equations.matrix[n, n]
    let after = objective.total(objective.termValues(zip(theta, step).map { $0 + $1 }))
    #expect(change < 0)
    #expect(abs((after - before) / change - 1) < 0.02, "\(after - before) against \(change)")
  }
}

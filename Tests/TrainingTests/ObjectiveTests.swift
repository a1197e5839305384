import Autodiff
import Experiments
import Expressions
import Kernels
import Problems
import TestSupport
import Testing
import Training

/// Derivatives up to order four by two routes, sums of some dozen squares.
private let valueTolerance = 1e-10

@Suite struct ObjectiveTests {
  @Test(arguments: objectiveCases)
  func `residuals and terms equal those of a plain evaluation`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters()
    let objective = problem.objective()
    let plain = problem.plainResiduals(problem.setup.loss, theta, features: example.features, others: example.others)
    let residuals = objective.residuals(theta)
    try #require(residuals.count == plain.count)
    let size = plain.reduce(1) { max($0, abs($1.residual)) }
    for (residual, expected) in zip(residuals, plain) {
      #expect(abs(residual - expected.residual) <= valueTolerance * size)
    }
    let terms = objective.termValues(theta)
    for term in terms.indices {
      let squares = plain.filter { $0.term == term }.map { $0.residual * $0.residual }
      let mean = squares.reduce(0, +) / Double(squares.count)
      #expect(abs(terms[term] - mean) <= valueTolerance * size * size, "\(problem.setup.loss.terms[term].name)")
    }
    let weighted = zip(problem.setup.weights, terms).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(objective.total(terms) - weighted) <= 1e-14 * abs(weighted))
  }

  @Test(arguments: objectiveCases)
  func `held-out residuals equal those of a plain evaluation`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 8)
    let heldout = Objective(
      problem.setup.heldout, networks: problem.setup.networks, layout: problem.setup.layout,
      pool: WorkerPool(threadCount: 1))
    let plain = problem.plainResiduals(problem.setup.heldout, theta, features: example.features, others: example.others)
    let size = plain.reduce(1) { max($0, abs($1.residual)) }
    for (residual, expected) in zip(heldout.residuals(theta), plain) {
      #expect(abs(residual - expected.residual) <= valueTolerance * size)
    }
  }

  @Test(arguments: objectiveCases)
  func `the gradient equals finite differences for every parameter`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 11)
    let objective = problem.objective()
    var gradient = [Double](repeating: .nan, count: theta.count)
    let total = objective.total(objective.termValues(theta, gradient: &gradient))
    let largest = gradient.reduce(0) { max($0, abs($1)) }
    for place in theta.indices {
      let difference = fourthOrderDifference(theta, place) { objective.total(objective.termValues($0)) }
      // Fourth-order differences with a step of 1e-3 err by about 1e-12 of the fifth derivative.
      #expect(
        abs(gradient[place] - difference) <= 2e-7 * max(largest, total),
        "parameter \(place): \(gradient[place]) against \(difference)")
    }
  }

  @Test(arguments: objectiveCases)
  func `rows of the Jacobian equal differences of residuals and make the gradient`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 12)
    let objective = problem.objective(threads: 2)
    let residuals = objective.residuals(theta)
    let rows = jacobian(objective, theta)
    try #require(rows.count == residuals.count)

    let counts = problem.setup.loss.residualCounts
    var sum = [Double](repeating: 0, count: theta.count)
    for ((row, residual), term) in zip(zip(rows, residuals), rowTerms(problem.setup.loss)) {
      let factor = 2 * problem.setup.weights[term] / Double(counts[term]) * residual
      for place in row.indices { sum[place] += factor * row[place] }
    }
    var gradient = [Double](repeating: .nan, count: theta.count)
    _ = objective.termValues(theta, gradient: &gradient)
    let largest = gradient.reduce(0) { max($0, abs($1)) }
    for place in sum.indices { #expect(abs(sum[place] - gradient[place]) <= 1e-11 * largest) }

    let size = rows.joined().reduce(1) { max($0, abs($1)) }
    for place in stride(from: 0, to: theta.count, by: 3) {
      let differences = fourthOrderDifferences(theta, place) { objective.residuals($0) }
      for (row, difference) in zip(rows, differences) { #expect(abs(row[place] - difference) <= 2e-7 * size) }
    }
  }

  @Test(arguments: objectiveCases)
  func `any number of threads gives the same bits`(_ example: ObjectiveCase) throws {
    let problem = try example.with(interiorPoints: 1000).assembled()
    let theta = problem.perturbedParameters()
    var expected: (values: [Double], gradient: [Double], residuals: [Double])?
    for threads in [1, 2, 3, 8] {
      let objective = problem.objective(threads: threads)
      var gradient = [Double](repeating: .nan, count: theta.count)
      for _ in 0..<2 {
        let values = objective.termValues(theta, gradient: &gradient)
        let residuals = objective.residuals(theta)
        #expect(objective.termValues(theta) == values)
        if let expected {
          #expect(values == expected.values && gradient == expected.gradient && residuals == expected.residuals)
        } else {
          expected = (values, gradient, residuals)
        }
      }
    }
  }

  @Test(arguments: [1, 7, 8, 9, 63, 64, 65, 257, 1000])
  func `chunks of any size give what single points give`(_ count: Int) throws {
    let text = burgersCase.text.replacing(
      "interior = 37", with: "interior = { points = \(count), method = \"uniform\" }")
    let problem = try assembled(text)
    let theta = problem.perturbedParameters()
    let objective = problem.objective(threads: 2)
    let set = problem.setup.loss.pointSets[0]
    try #require(set.count == count)
    let residuals = objective.residuals(theta)
    let plain = problem.plainResiduals(
      LossTerms(terms: problem.setup.loss.terms, pointSets: [set]), theta, features: burgersCase.features)
    var gradient = [Double](repeating: .nan, count: theta.count)
    let value = objective.termValues(theta, gradient: &gradient)[0]
    var (sum, slopes) = (0.0, [Double](repeating: 0, count: theta.count))
    for point in 0..<count {
      #expect(abs(residuals[point] - plain[point].residual) <= 1e-11)
      let single = Objective(
        LossTerms(terms: problem.setup.loss.terms, pointSets: [set.selecting([point])]),
        networks: problem.setup.networks, layout: problem.setup.layout, pool: WorkerPool(threadCount: 1))
      var slope = slopes
      sum += single.termValues(theta, gradient: &slope)[0]
      for place in slope.indices { slopes[place] += slope[place] }
    }
    #expect(abs(value - sum / Double(count)) <= 1e-13 * value)
    let largest = gradient.reduce(0) { max($0, abs($1)) }
    for place in slopes.indices { #expect(abs(gradient[place] - slopes[place] / Double(count)) <= 1e-12 * largest) }
  }

  @Test func `the instruction sets agree`() throws {
    for example in objectiveCases {
      let problem = try example.assembled()
      let theta = problem.perturbedParameters()
      var values: [[Double]] = []
      for set in InstructionSet.allCases where set.isSupported {
        let objective = Objective(
          problem.setup.loss, networks: problem.setup.networks, layout: problem.setup.layout,
          pool: WorkerPool(threadCount: 1, instructionSet: set))
        values.append(objective.residuals(theta))
      }
      let size = values[0].reduce(1) { max($0, abs($1)) }
      for other in values.dropFirst() {
        for (a, b) in zip(values[0], other) { #expect(abs(a - b) <= 1e-11 * size) }
      }
    }
  }

  @Test func `a term of weight zero is measured and has no say`() throws {
    let text = """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = [{ name = "heat", expr = "u_t = u_xx" }, { name = "broken", expr = "u/(t - t) = 1" }]
      condition = { name = "wall", at = "x = 0", expr = "u/x = 1" }
      sampling = { interior = 20 }
      network = { hidden = [4] }
      loss = { weights = { broken = 0, wall = 0 } }
      """
    let problem = try assembled(text)
    let theta = problem.perturbedParameters()
    let objective = problem.objective()
    var gradient = [Double](repeating: .nan, count: theta.count)
    let values = objective.termValues(theta, gradient: &gradient)
    #expect(values[0].isFinite && !values[1].isFinite && !values[2].isFinite)
    #expect(objective.total(values) == values[0])
    let isFinite = gradient.allSatisfy { $0.isFinite }
    #expect(isFinite)
    #expect(gradient.contains { $0 != 0 })
  }

  @Test func `weights scale value and gradient`() throws {
    let problem = try objectiveCases[1].assembled()
    let theta = problem.perturbedParameters()
    let objective = problem.objective()
    var sum = [Double](repeating: 0, count: theta.count)
    var gradient = sum
    for term in problem.setup.weights.indices {
      objective.weights = problem.setup.weights.indices.map { $0 == term ? 1 : 0 }
      let values = objective.termValues(theta, gradient: &gradient)
      #expect(objective.total(values) == values[term])
      for place in sum.indices { sum[place] += problem.setup.weights[term] * gradient[place] }
    }
    objective.weights = problem.setup.weights
    _ = objective.termValues(theta, gradient: &gradient)
    let largest = gradient.reduce(0) { max($0, abs($1)) }
    for place in sum.indices { #expect(abs(sum[place] - gradient[place]) <= 1e-13 * largest) }
  }

  @Test func `Burgers carries the value, two slopes and one curvature`() throws {
    let text = burgersCase.text.replacing(", enforce = \"hard\"", with: "")
    let set = try assembled(text).setup.loss.pointSets[0]
    #expect(
      set.program.derivativeSet(output: 0, site: 0).indices
        == [.value, MultiIndex([0]), MultiIndex([1]), MultiIndex([0, 0])])
  }
}

/// The term of every residual, in order.
func rowTerms(_ loss: LossTerms) -> [Int] {
  loss.pointSets.flatMap { set in (0..<set.residualCount).flatMap { _ in set.terms } }
}

/// The rows ∂r/∂θ of the residuals without weights, in their order.
func jacobian(_ objective: Objective, _ theta: [Double]) -> [[Double]] {
  var rows: [[Double]] = []
  objective.forEachJacobianBlock(theta) { firstRow, rowCount, block in
    #expect(firstRow == rows.count)
    for row in 0..<rowCount { rows.append((0..<theta.count).map { block[row * theta.count + $0] }) }
  }
  return rows
}

/// (f(−2h) − 8 f(−h) + 8 f(h) − f(2h))/(12 h) along one parameter.
private func fourthOrderDifferences(_ theta: [Double], _ place: Int, _ f: ([Double]) -> [Double]) -> [Double] {
  let h = 1e-3
  func at(_ steps: Double) -> [Double] {
    var moved = theta
    moved[place] += steps * h
    return f(moved)
  }
  let (a, b, c, d) = (at(-2), at(-1), at(1), at(2))
  return a.indices.map { (a[$0] - 8 * b[$0] + 8 * c[$0] - d[$0]) / (12 * h) }
}

private func fourthOrderDifference(_ theta: [Double], _ place: Int, _ f: ([Double]) -> Double) -> Double {
  fourthOrderDifferences(theta, place) { [f($0)] }[0]
}

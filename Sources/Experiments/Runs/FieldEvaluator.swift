import Configurations
package import Diagnostics
import Expressions
package import Kernels
import Problems
import Training

/// Evaluates expressions of the fields of a trained model at points.
package final class FieldEvaluator {
  private let solution: SolutionModel
  private let parameters: [Double]
  private let pool: WorkerPool
  /// Where the time is cut into slabs, all of them.
  private let slabs: [FinishedSlab]

  /// - Parameter slabs: none, or all slabs of the time, of which the one that a point lies in tells the fields there.
  package init(solution: SolutionModel, parameters: [Double], slabs: [FinishedSlab] = [], pool: WorkerPool) {
    self.slabs = slabs
    self.solution = solution
    self.parameters = parameters
    self.pool = pool
  }

  /// Points evaluated at a time: memory does not grow with their number.
  private static let batch = 65_536

  /// All fields, `[field][point]`.
  ///
  /// - Shapes: `coordinates` is `[variable][point]`.
  package func fields(at coordinates: [[Double]]) -> [[Double]] {
    guard slabs.isEmpty else { return bySlab(coordinates) { $0.fields(at: $1) } }
    return evaluate(solution.fields.fields, solution.fields.graph, coordinates)
  }

  /// What the slabs tell about the points that lie in them; a point between two belongs to the earlier.
  private func bySlab<Failure: Error>(
    _ coordinates: [[Double]], _ values: (FieldEvaluator, [[Double]]) throws(Failure) -> [[Double]]
  ) throws(Failure) -> [[Double]] {
    var members = [[Int]](repeating: [], count: slabs.count)
    for point in (coordinates.first ?? []).indices {
      let slab = slabs.firstIndex { coordinates[$0.variable][point] <= $0.range.upperBound }
      members[slab ?? slabs.count - 1].append(point)
    }
    var result: [[Double]] = []
    for (slab, points) in zip(slabs, members) {
      let found = try values(slab.evaluator(pool: pool), coordinates.map { column in points.map { column[$0] } })
      if result.isEmpty {
        result = found.map { _ in [Double](repeating: 0, count: coordinates.first?.count ?? 0) }
      }
      for (row, values) in found.enumerated() {
        for (point, value) in zip(points, values) { result[row][point] = value }
      }
    }
    return result
  }

  /// Expressions in fields, derivatives, variables, constants, unknowns and coefficients, `[expression][point]`.
  ///
  /// - Throws: what is wrong with the texts, or with the files of the coefficients they name; no others are read.
  package func values(of texts: [LocatedText], at coordinates: [[Double]]) throws(InputFailure) -> [[Double]] {
    guard slabs.isEmpty else {
      return try bySlab(coordinates) { evaluator, points throws(InputFailure) in
        try evaluator.values(of: texts, at: points)
      }
    }
    var model = solution.fields
    try model.addCoefficients(solution.experiment, usedBy: texts)
    var graph = model.graph
    var nodes: [NodeID] = []
    var collector = DiagnosticCollector()
    for text in texts {
      let node = collector.attempt { () throws(InputFailure) in
        try parseExpression(text, in: model.scope, graph: &graph)
      }
      if let node { nodes.append(node) }
    }
    try collector.throwIfAny()
    return evaluate(nodes, graph, coordinates)
  }

  private func evaluate(_ nodes: [NodeID], _ graph: ExpressionGraph, _ coordinates: [[Double]]) -> [[Double]] {
    nodes.isEmpty ? [] : evaluate(ResidualProgram(graph, outputs: nodes), at: coordinates)
  }

  /// The outputs of a program, `[output][point]`.
  ///
  /// - Shapes: `coordinates` is `[variable][point]`, `columns` `[column][point]`.
  func evaluate(
    _ program: ResidualProgram, at coordinates: [[Double]], columns: [[Double]] = []
  ) -> [[Double]] {
    let outputs = program.outputs.count
    var result = (0..<outputs).map { _ in [Double]() }
    forEachBatch(of: program, at: coordinates, columns: columns) { range, values in
      for place in 0..<outputs {
        result[place] += range.indices.map { values[($0 - range.lowerBound) * outputs + place] }
      }
    }
    return result
  }

  /// The standard error of every field, `[field][point]`, to first order; nil where it would cost too much.
  package func standardErrors(at coordinates: [[Double]], _ estimates: Estimates) -> [[Double]]? {
    let nodes = solution.fields.fields
    let (count, columns) = (coordinates.first?.count ?? 0, Double(solution.layout.count))
    guard !nodes.isEmpty, Double(count * nodes.count) * columns * columns <= FieldEvaluator.mostMultiplyAdds else {
      return nil
    }
    let program = ResidualProgram(solution.fields.graph, outputs: nodes)
    var result = nodes.map { _ in [Double]() }
    for start in stride(from: 0, to: count, by: FieldEvaluator.rowBatch) {
      let range = start..<min(count, start + FieldEvaluator.rowBatch)
      let objective = objective(program, coordinates.map { Array($0[range]) }, columns: [])
      for (place, variance) in estimates.joint.variances(of: objective.jacobianRows(parameters)).enumerated() {
        result[place % nodes.count].append(estimates.scale * variance.squareRoot())
      }
    }
    return result
  }

  /// Rows of derivatives at a time.
  private static let rowBatch = 1024
  /// Half a second or so.
  private static let mostMultiplyAdds = 1e10

  /// Calls `body` with ranges of points, one after the other, and the outputs of the program at them, row-major.
  func forEachBatch(
    of program: ResidualProgram, at coordinates: [[Double]], columns: [[Double]], body: (Range<Int>, [Double]) -> Void
  ) {
    let count = coordinates.first?.count ?? 0
    for start in stride(from: 0, to: count, by: FieldEvaluator.batch) {
      let range = start..<min(count, start + FieldEvaluator.batch)
      let objective = objective(
        program, coordinates.map { Array($0[range]) }, columns: columns.map { Array($0[range]) })
      body(range, objective.residuals(parameters))
    }
  }

  /// A program at points that may be replaced, for those who evaluate it many times.
  func repeated(_ program: ResidualProgram, points: Int) -> RepeatedEvaluation {
    let coordinates = solution.experiment.variables.map { [Double](repeating: $0.range.lowerBound, count: points) }
    return RepeatedEvaluation(
      program: program, objective: objective(program, coordinates, columns: []), parameters: parameters)
  }

  private func objective(
    _ program: ResidualProgram, _ coordinates: [[Double]], columns: [[Double]]
  ) -> Objective {
    precondition(slabs.isEmpty, "a program of the whole for \(slabs.count) slabs")
    let set = PointSet(
      program: program, terms: program.outputs.map { _ in 0 }, sites: [coordinates], columns: columns)
    return Objective(
      LossTerms(terms: [Term(name: "", kind: .data)], pointSets: [set]), networks: solution.networks,
      layout: solution.layout, pool: pool)
  }
}

/// A program evaluated again and again at as many points.
struct RepeatedEvaluation {
  fileprivate let program: ResidualProgram
  fileprivate let objective: Objective
  fileprivate let parameters: [Double]

  /// - Shapes: `coordinates` is `[variable][point]`; the result `[point, output]`, row-major.
  func values(at coordinates: [[Double]]) -> [Double] {
    let sites = program.sites(from: [coordinates], columns: [])
    objective.load(pointSet: 0, sites: sites, columns: program.coefficientValues(at: sites))
    return objective.residuals(parameters)
  }
}

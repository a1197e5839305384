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

  package init(solution: SolutionModel, parameters: [Double], pool: WorkerPool) {
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
    evaluate(solution.fields.fields, solution.fields.graph, coordinates)
  }

  /// Expressions in fields, derivatives, variables, constants and unknowns, `[expression][point]`.
  ///
  /// - Throws: what is wrong with the texts.
  package func values(of texts: [LocatedText], at coordinates: [[Double]]) throws(InputFailure) -> [[Double]] {
    var graph = solution.fields.graph
    var nodes: [NodeID] = []
    var collector = DiagnosticCollector()
    for text in texts {
      let node = collector.attempt { () throws(InputFailure) in
        try parseExpression(text, in: solution.fields.scope, graph: &graph)
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
    let sites = program.sites(from: [coordinates])
    objective.load(pointSet: 0, sites: sites, columns: program.coefficientValues(at: sites))
    return objective.residuals(parameters)
  }
}

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
    let count = coordinates.first?.count ?? 0
    var result = nodes.map { _ in [Double]() }
    guard !nodes.isEmpty else { return [] }
    let program = ResidualProgram(graph, outputs: nodes)
    for start in stride(from: 0, to: count, by: FieldEvaluator.batch) {
      let range = start..<min(count, start + FieldEvaluator.batch)
      let set = PointSet(
        program: program, terms: nodes.map { _ in 0 }, sites: [coordinates.map { Array($0[range]) }])
      let objective = Objective(
        LossTerms(terms: [Term(name: "", kind: .data)], pointSets: [set]), networks: solution.networks,
        layout: solution.layout, pool: pool)
      let values = objective.residuals(parameters)
      for place in nodes.indices {
        result[place] += range.indices.map { values[($0 - start) * nodes.count + place] }
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
      let set = PointSet(
        program: program, terms: nodes.map { _ in 0 }, sites: [coordinates.map { Array($0[range]) }])
      let objective = Objective(
        LossTerms(terms: [Term(name: "", kind: .data)], pointSets: [set]), networks: solution.networks,
        layout: solution.layout, pool: pool)
      var rows: [[Double]] = []
      objective.forEachJacobianBlock(parameters) { _, rowCount, numbers in
        for row in 0..<rowCount {
          // SAFETY: so many rows of `layout.count` numbers.
          rows.append(
            Array(UnsafeBufferPointer(start: numbers + row * solution.layout.count, count: solution.layout.count)))
        }
      }
      for (place, variance) in estimates.joint.variances(of: rows).enumerated() {
        result[place % nodes.count].append(estimates.scale * variance.squareRoot())
      }
    }
    return result
  }

  /// Rows of derivatives at a time.
  private static let rowBatch = 1024
  /// Half a second or so.
  private static let mostMultiplyAdds = 1e10
}

import Configurations
import Expressions
import Kernels
import Problems

/// A slab of time that has been trained: what the next begins from, and what is asked about times in it.
package final class FinishedSlab: Sendable {
  let solution: SolutionModel
  let parameters: [Double]
  /// The number of the variable that is cut.
  let variable: Int
  /// Where conditions of the file say that the whole of the time begins.
  let firstTime: Double
  fileprivate let instructionSet: InstructionSet

  init(
    solution: SolutionModel, parameters: [Double], variable: Int, firstTime: Double, instructionSet: InstructionSet
  ) {
    self.solution = solution
    self.parameters = parameters
    self.variable = variable
    self.firstTime = firstTime
    self.instructionSet = instructionSet
  }

  var range: ClosedRange<Double> { solution.experiment.variables[variable].range }

  /// What an expression is worth at the end of the slab, at every place of space.
  ///
  /// - Parameter graph: that of the slab, with nodes added to it.
  func end(of node: NodeID, in graph: ExpressionGraph) -> any KnownFunction {
    SlabEnd(slab: self, node: node, graph: graph)
  }

  func evaluator(pool: WorkerPool) -> FieldEvaluator {
    FieldEvaluator(solution: solution, parameters: parameters, pool: pool)
  }
}

/// An expression of trained fields at the time t₁ at which a slab ends, as a function of space.
///
///     g(x) = e(x, t₁)        ∂g/∂x = (∂e/∂x)(x, t₁)        ∂g/∂t = 0
private final class SlabEnd: KnownFunction, Equatable {
  let slab: FinishedSlab
  let node: NodeID
  let graph: ExpressionGraph
  let variables: [Int]

  init(slab: FinishedSlab, node: NodeID, graph: ExpressionGraph) {
    self.slab = slab
    self.node = node
    self.graph = graph
    variables = slab.solution.fields.region.variables.indices.filter { $0 != slab.variable }
  }

  func values(at coordinates: [[Double]]) -> [Double] {
    let count = coordinates.first?.count ?? 0
    guard count > 0 else { return [] }
    var atEnd = coordinates
    atEnd[slab.variable] = [Double](repeating: slab.range.upperBound, count: count)
    let pool = WorkerPool(threadCount: 1, instructionSet: slab.instructionSet)
    return slab.evaluator(pool: pool).evaluate(ResidualProgram(graph, outputs: [node]), at: atEnd)[0]
  }

  func derivative(by variable: Int) -> (any KnownFunction)? {
    var graph = graph
    guard let slope = try? graph.derivative(of: node, by: variable) else { return nil }
    return SlabEnd(slab: slab, node: slope, graph: graph)
  }

  static func == (a: SlabEnd, b: SlabEnd) -> Bool { a === b }
}

extension FieldModel {
  /// Whether a place fixes the time at which the slab before ended, all others being free or not.
  func isSeam(_ slice: BoxRegion.Slice) -> Bool {
    guard let before else { return false }
    return slice.fixedValues[before.variable] == region.variables[before.variable].lower
  }

  /// The state that the slab before ended with in the place of what a condition asks for.
  mutating func continued(_ condition: FaceCondition) throws(DerivativeFailure) -> FaceCondition {
    guard let before, condition.face.variable == before.variable, condition.face.side == .lower else {
      return condition
    }
    var last = before.solution.fields
    let field = last.fields[condition.field]
    var value = graph.coefficient(before.end(of: field, in: last.graph))
    if let coefficient = condition.coefficient {
      let slope = try last.graph.derivative(of: field, by: before.variable)
      value = graph.add(
        graph.coefficient(before.end(of: slope, in: last.graph)), graph.multiply(coefficient, value))
    }
    var continued = condition
    continued.value = value
    return continued
  }
}

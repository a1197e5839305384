import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// A condition on one field, α u + β ∂u/∂x + γ = 0, taken apart by exact derivatives with respect to symbols that stand for
/// the fields.
struct LinearForm {
  var field: Int
  /// α.
  var value: NodeID
  /// β; 0 where no slope is asked about.
  var slope: NodeID
  /// γ.
  var rest: NodeID

  /// - Parameter scope: formal, see `FieldModel.formalScope`.
  /// - Throws: errors of the text; conditions on several fields, on other derivatives, that are not linear.
  init(
    _ text: LocatedText, in scope: Scope, slopeBy variable: Int?, _ model: inout FieldModel
  ) throws(InputFailure) {
    let residual = try parseResidual(text, in: scope, graph: &model.graph)
    let outputs = model.graph.symbols(of: [residual]).filter { $0.networkOutput != nil }
    guard let number = outputs.first?.networkOutput?.number,
      outputs.allSatisfy({ $0.networkOutput?.number == number }), number >= model.outputCount
    else { throw FaceCondition.failure("only a condition on one field can be built in", text) }
    let itself = Symbol.output(number, .value, site: 0)
    let slope = variable.map { Symbol.output(number, MultiIndex([$0]), site: 0) }
    guard !outputs.contains(where: { $0 != slope && $0 != itself }) else {
      throw slope == nil
        ? InputFailure(
          .configuration, "only a condition on the value of a field can be built in on the boundary of a region",
          at: text.location, help: "conditions on slopes there need enforce = \"soft\"")
        : FaceCondition.failure("only a condition on a field and its slope across the face can be built in", text)
    }
    func coefficient(of symbol: Symbol?, _ model: inout FieldModel) -> NodeID? {
      guard let symbol else { return model.graph.constant(0) }
      return (try? model.graph.derivatives(of: [residual], bySymbol: symbol))?.first
    }
    guard let α = coefficient(of: itself, &model), let β = coefficient(of: slope, &model),
      !model.graph.symbols(of: [α, β]).contains(where: { $0.networkOutput != nil })
    else { throw FaceCondition.failure("only a linear condition can be built in", text) }
    let zero = model.graph.constant(0)
    field = number - model.outputCount
    (value, self.slope) = (α, β)
    rest = model.graph.replacing(residual) { $0.networkOutput == nil ? nil : zero }
  }
}

/// A condition on one field at one face of the box, in one of the forms
///
///     u = g        ∂u/∂x + c u = g
///
/// where x is the variable that the face fixes, and g and c depend on the other coordinates and on unknowns.
struct FaceCondition {
  var field: Int
  var face: BoxRegion.Face
  /// g on the face.
  var value: NodeID
  /// c on the face; nil where the condition is on the value of the field.
  var coefficient: NodeID?
  var location: SourceLocation

  var isValue: Bool { coefficient == nil }

  /// Brings `α u + β ∂u/∂x + γ = 0`, however it is written, into one of the forms.
  ///
  /// - Throws: errors of the text; conditions on several fields, on other derivatives, that are not linear, or that are on
  ///   the slope at some places and on the value alone at others.
  init(
    _ text: LocatedText, at face: BoxRegion.Face, group: Int?, _ model: inout FieldModel
  ) throws(InputFailure) {
    var scope = model.formalScope(group: group)
    let variable = face.variable
    if variable != scope.timeVariable {
      scope.normal = model.region.outwardNormal(of: face).map { model.graph.constant($0) }
    }
    let form = try LinearForm(text, in: scope, slopeBy: variable, &model)
    let parts = [form.value, form.slope, form.rest].map { model.graph.replacing($0, at: face, of: model.region) }
    let isValue = model.graph.isConstant(parts[1], 0)
    let divisor = isValue ? parts[0] : parts[1]
    field = form.field
    self.face = face
    self.value = model.graph.divide(model.graph.negate(parts[2]), divisor)
    self.coefficient = isValue ? nil : model.graph.divide(parts[0], divisor)
    location = text.location
    try checkDivisor(divisor, text, model)
  }

  /// What multiplies the value or the slope may nowhere vanish.
  private func checkDivisor(_ divisor: NodeID, _ text: LocatedText, _ model: FieldModel) throws(InputFailure) {
    let values = model.values(of: [divisor], on: model.region.slice(face))
    guard let first = values.first?[0], values.contains(where: { $0[0] * first <= 0 || !$0[0].isFinite }) else {
      return
    }
    throw FaceCondition.failure(
      "what multiplies the \(isValue ? "field" : "slope") vanishes somewhere on the face: that cannot be built in", text
    )
  }

  static func failure(_ message: String, _ text: LocatedText) -> InputFailure {
    InputFailure(
      .configuration, message, at: text.location,
      help:
        "these can: u = …, d(u, n) = …, d(u, n) + c*u = …, at t = 0 also u_t = …; else use enforce = \"soft\", or a transform in [fields]"
    )
  }

  /// This condition's operator on a function: its values on the face, or ∂/∂x + c of it there.
  func applied(to node: NodeID, _ graph: inout ExpressionGraph, _ region: BoxRegion) throws(DerivativeFailure) -> NodeID
  {
    let value = graph.replacing(node, at: face, of: region)
    guard let coefficient else { return value }
    let slope = graph.replacing(try graph.derivative(of: node, by: face.variable), at: face, of: region)
    return graph.add(slope, graph.multiply(coefficient, value))
  }

  /// What two conditions on one field ask for where their faces meet, at points where that is not the same: each applied
  /// to the other's value. Nil where they agree, or where it cannot be told.
  func conflict(
    with other: FaceCondition, _ model: inout FieldModel
  ) -> (point: [Double], first: Double, second: Double, isEverywhere: Bool)? {
    guard field == other.field else { return nil }
    let slice: BoxRegion.Slice
    var values = (value, other.value)
    if face == other.face {
      guard isValue, other.isValue else { return nil }
      slice = model.region.slice(face)
    } else {
      guard face.variable != other.face.variable else { return nil }
      // ∂/∂x + c and ∂/∂y + d commute where neither c depends on y nor d on x.
      for (one, two) in [(self, other), (other, self)] {
        if let coefficient = one.coefficient, !two.isValue,
          model.graph.symbols(of: [coefficient]).contains(.coordinate(two.face.variable, site: 0))
        {
          return nil
        }
      }
      guard let first = try? other.applied(to: value, &model.graph, model.region),
        let second = try? applied(to: other.value, &model.graph, model.region)
      else { return nil }
      values = (first, second)
      slice = model.region.slice(face).fixing(other.face)
    }
    let points = samplePoints(
      in: slice, count: 64, sampler: UniformSampler(), stream: RandomStream(seed: 0, purpose: "corners"))
    let found = model.values(of: [values.0, values.1], at: points)
    let differing = found.indices.filter { row in
      let (a, b) = (found[row][0], found[row][1])
      return !(abs(a - b) <= 1e-9 * max(1, abs(a), abs(b)))
    }
    guard let row = differing.first else { return nil }
    let dimensions = model.region.dimensions
    return (
      Array(points[(row * dimensions)..<((row + 1) * dimensions)]), found[row][0], found[row][1],
      differing.count == found.count
    )
  }
}

extension ExpressionGraph {
  /// The expression on a face of the box.
  mutating func replacing(_ node: NodeID, at face: BoxRegion.Face, of region: BoxRegion) -> NodeID {
    let bound = constant(region.variables[face.variable].bound(face.side))
    return replacing(node) { $0 == .coordinate(face.variable, site: 0) ? bound : nil }
  }
}

extension FieldModel {
  /// Values of expressions of coordinates at points; none where they need unknowns.
  ///
  /// - Shapes: `points` is [points, variables], row-major, the result `[point][expression]`.
  func values(of nodes: [NodeID], at points: [Double]) -> [[Double]] {
    let program = ResidualProgram(graph, outputs: nodes)
    let coordinates = program.inputs.compactMap { symbol -> Int? in
      if case .coordinate(let variable, _) = symbol { variable } else { nil }
    }
    guard coordinates.count == program.inputs.count else { return [] }
    return stride(from: 0, to: points.count, by: region.dimensions).map { start in
      program.evaluate(coordinates.map { points[start + $0] })
    }
  }

  fileprivate func values(of nodes: [NodeID], on slice: BoxRegion.Slice) -> [[Double]] {
    values(
      of: nodes,
      at: samplePoints(
        in: slice, count: 64, sampler: UniformSampler(), stream: RandomStream(seed: 0, purpose: "corners")))
  }
}

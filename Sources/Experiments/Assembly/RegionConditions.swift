import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// Conditions u = g on parts of the boundary of a region, to be built into one field.
///
/// With ωᵢ ≥ 0 a function that vanishes on the i-th part alone, u = G + Π ωᵢ F meets all of them, whatever F is, for
///
///     G = Σ wᵢ gᵢ        wᵢ = Π_{j≠i} ωⱼ / Σₖ Π_{j≠k} ωⱼ
///
/// which interpolates between the parts. G needs no weights where all parts have the same g.
///
/// - Source: Rvachev, Sheiko, Shapiro & Tsukanov (2001), transfinite interpolation over implicitly defined sets; Sukumar &
///   Srivastava (2022), arXiv:2104.08426.
struct RegionConditions {
  /// Parts of the boundary with the same g.
  private struct Part {
    var value: NodeID
    var pieces: [Region.Piece]
    var boundaries: [RegionBoundary]
    var location: SourceLocation
  }

  private var parts: [Part] = []

  /// Reads `u = g` at a part of the boundary of the region.
  ///
  /// - Returns: the field.
  /// - Throws: conditions of another form, places that are no whole parts of the boundary.
  static func read(
    _ text: LocatedText, at boundary: RegionBoundary, _ placeText: LocatedText, group: Int?, _ model: inout FieldModel
  ) throws(InputFailure) -> (field: Int, value: NodeID) {
    guard boundary.isWhole else {
      throw InputFailure(
        .configuration, "'\(placeText.text)' is not a whole part of the boundary, where a condition can be built in",
        at: placeText.location, help: "use enforce = \"soft\", or name the parts of the boundary")
    }
    var scope = model.formalScope(group: group)
    let space = model.region.variables.indices.filter { $0 != model.scope.timeVariable }
    var normal = model.region.variables.map { _ in model.graph.constant(0) }
    for (axis, variable) in space.enumerated() { normal[variable] = model.graph.symbol(.column(axis)) }
    scope.normal = normal
    let form = try LinearForm(text, in: scope, slopeBy: nil, &model)
    let points = boundary.somePoints(in: model.region)
    let factors = model.values(of: [form.value], at: points)
    if let first = factors.first?[0], factors.contains(where: { $0[0] * first <= 0 || !$0[0].isFinite }) {
      throw FaceCondition.failure("what multiplies the field vanishes somewhere on the boundary", text)
    }
    return (form.field, model.graph.divide(model.graph.negate(form.rest), form.value))
  }

  /// - Throws: a part that has a condition already.
  mutating func add(
    _ value: NodeID, at boundary: RegionBoundary, _ placeText: LocatedText, field: String
  ) throws(InputFailure) {
    for piece in boundary.pieces where parts.contains(where: { $0.pieces.contains { $0.isSame(as: piece) } }) {
      throw InputFailure(
        .configuration, "two hard conditions on the value of '\(field)' at '\(piece.names.last ?? placeText.text)'",
        at: placeText.location)
    }
    if let known = parts.firstIndex(where: { $0.value == value }) {
      parts[known].pieces += boundary.pieces
      parts[known].boundaries.append(boundary)
    } else {
      parts.append(
        Part(value: value, pieces: boundary.pieces, boundaries: [boundary], location: placeText.location))
    }
  }

  /// Conditions at the start or end of time must agree with those on the boundary.
  func check(_ conditions: [FaceCondition], _ model: inout FieldModel) throws(InputFailure) {
    for part in parts {
      for condition in conditions {
        guard let wanted = try? condition.applied(to: part.value, &model.graph, model.region) else { continue }
        for boundary in part.boundaries {
          var points = boundary.somePoints(in: model.region)
          let (variable, dimensions) = (condition.face.variable, model.region.dimensions)
          let bound = model.region.variables[variable].bound(condition.face.side)
          for start in stride(from: variable, to: points.count, by: dimensions) { points[start] = bound }
          let values = model.values(of: [wanted, condition.value], at: points)
          let size = values.reduce(1e-300) { max($0, abs($1[0]), abs($1[1])) }
          guard let row = values.indices.first(where: { !(abs(values[$0][0] - values[$0][1]) <= 1e-9 * max(1, size)) })
          else { continue }
          let name = boundary.pieces[0].names.last ?? ""
          throw InputFailure(
            .configuration,
            "hard conditions disagree where \(model.region.text(condition.face)) meets '\(name)': \(values[row][1]) against \(values[row][0])",
            at: part.location, help: "enforce one of them softly")
        }
      }
    }
  }

  /// G and Π ωᵢ.
  func build(_ model: inout FieldModel) throws(InputFailure) -> (lift: NodeID, factor: NodeID) {
    guard let domain = model.domain else { preconditionFailure("a region's condition without a region") }
    var functions: [NodeID] = []
    for part in parts {
      do throws(RegionError) {
        functions.append(try domain.vanishing(on: part.pieces, in: &model.graph))
      } catch {
        throw InputFailure(.configuration, error.message, at: part.location, help: error.help)
      }
    }
    let factor = product(functions, &model.graph)
    guard parts.count > 1 else { return (parts[0].value, factor) }
    let others = functions.indices.map { part in
      var rest = functions
      rest.remove(at: part)
      return product(rest, &model.graph)
    }
    var sum = model.graph.constant(0)
    for node in others { sum = model.graph.add(sum, node) }
    // At a corner where two parts meet all are 0; there G is the first of its values.
    sum = model.graph.maximum(sum, model.graph.constant(1e-100))
    var lift = parts[0].value
    for (part, rest) in zip(parts, others).dropFirst() {
      let weight = model.graph.divide(rest, sum)
      let difference = model.graph.subtract(part.value, parts[0].value)
      lift = model.graph.add(lift, model.graph.multiply(weight, difference))
    }
    return (lift, factor)
  }

  private func product(_ nodes: [NodeID], _ graph: inout ExpressionGraph) -> NodeID {
    var result = graph.constant(1)
    for node in nodes { result = graph.multiply(result, node) }
    return result
  }
}

extension RegionBoundary {
  /// - Shapes: [points, variables], row-major.
  fileprivate func somePoints(in box: BoxRegion) -> [Double] {
    let source = PointSource(
      place: .boundary(self), count: 64, sampler: UniformSampler(), stream: RandomStream(seed: 0, purpose: "corners"))
    let columns = source.points(dimensions: box.dimensions, draw: 0).sites[0]
    return columns[0].indices.flatMap { row in columns.map { $0[row] } }
  }
}

import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// Builds conditions into fields: u = G + D·F, where F is the field so far, G meets every condition and D vanishes
/// where one holds.
///
/// G is a Boolean sum over the variables. With the operator of one variable
///
///     P f = g(a) for a condition at one end x = a,
///     P f = (b − x)/(b − a) f(a) + (x − a)/(b − a) f(b) for both ends,
///
/// which has the wanted values on its faces, G starts at zero and becomes G + P(g − G) for one variable after the
/// other. The correction vanishes on the faces treated before, because compatible conditions agree where faces meet.
/// D is the product of (x − a)/(b − a) or 4 (x − a)(b − x)/(b − a)².
///
/// - Source: Gordon & Hall (1973), transfinite interpolation; Sukumar & Srivastava (2022), arXiv:2104.08426, for D.
struct HardConditions {
  private struct Face {
    var place: BoxRegion.Face
    var value: NodeID
    var location: SourceLocation
  }

  private var faces: [Int: [Face]] = [:]

  /// Reads a condition with `enforce = "hard"`.
  mutating func add(
    _ condition: Experiment.Condition, places: ConditionPlaceReader, model: inout FieldModel
  ) throws(InputFailure) {
    guard let texts = condition.expressions else {
      throw InputFailure(.configuration, "a hard condition needs 'expr'", at: condition.location)
    }
    guard !condition.places.isEmpty else {
      throw InputFailure(.configuration, "a hard condition needs 'at'", at: condition.location)
    }
    for text in texts {
      let equation = try parseEquation(text, in: model.scope, graph: &model.graph)
      let (field, value) = try HardConditions.split(equation, text, model)
      for placeText in condition.places {
        for place in try places.read(placeText) {
          if model.domain != nil, !HardConditions.isTime(place, model) {
            throw InputFailure(
              .configuration, "a hard condition cannot be built in on the boundary of a region yet",
              at: placeText.location,
              help: "use enforce = \"soft\", or write a transform in [fields] with a factor that vanishes there")
          }
          guard case .slice(let slice, _) = place, let face = HardConditions.face(slice) else {
            throw InputFailure(
              .configuration, "'\(placeText.text)' is not a face of the domain, where a condition can be built in",
              at: placeText.location, help: "use enforce = \"soft\", or write the transform in [fields]")
          }
          if faces[field, default: []].contains(where: { $0.place == face }) {
            throw InputFailure(
              .configuration, "field '\(model.fieldNames[field])' has two hard conditions at '\(placeText.text)'",
              at: placeText.location)
          }
          faces[field, default: []].append(Face(place: face, value: value, location: text.location))
        }
      }
    }
  }

  /// `field = value` or `value = field`, the value free of network outputs.
  private static func split(
    _ equation: ParsedEquation, _ text: LocatedText, _ model: FieldModel
  ) throws(InputFailure) -> (field: Int, value: NodeID) {
    if let right = equation.right {
      for (side, value) in [(equation.left, right), (right, equation.left)] {
        guard let field = model.fields.firstIndex(of: side) else { continue }
        let usesNetwork = model.graph.symbols(of: [value]).contains {
          if case .output = $0 { true } else { false }
        }
        if !usesNetwork { return (field, value) }
      }
    }
    throw InputFailure(
      .configuration, "only a condition 'field = value' can be built in", at: text.location,
      help: "use enforce = \"soft\", or write the transform in [fields]")
  }

  /// Whether a place fixes the time and nothing else: the domain is a product of region and time.
  private static func isTime(_ place: ConditionPlace, _ model: FieldModel) -> Bool {
    guard case .slice(let slice, _) = place else { return false }
    return slice.fixedValues.indices.allSatisfy { (slice.fixedValues[$0] != nil) == ($0 == model.scope.timeVariable) }
  }

  private static func face(_ slice: BoxRegion.Slice) -> BoxRegion.Face? {
    let fixed = slice.fixedValues.enumerated().filter { $0.element != nil }
    guard fixed.count == 1, let (number, value) = fixed.first, let value else { return nil }
    let variable = slice.region.variables[number]
    if value == variable.lower { return BoxRegion.Face(variable: number, side: .lower) }
    if value == variable.upper { return BoxRegion.Face(variable: number, side: .upper) }
    return nil
  }

  /// Gives every field with hard conditions its new expression, and with it every field whose transform names one.
  func build(into model: inout FieldModel, of experiment: Experiment) throws(InputFailure) {
    guard !faces.isEmpty else { return }
    for (_, faces) in faces.sorted(by: { $0.key < $1.key }) { try checkCorners(faces, model) }
    try model.resolveFields(experiment) { model, field, node in
      guard let faces = faces[field] else { return node }
      var lift = model.graph.constant(0)
      var factor = model.graph.constant(1)
      for variable in Set(faces.map(\.place.variable)).sorted() {
        let ends = faces.filter { $0.place.variable == variable }
        lift = corrected(lift, variable, ends, &model)
        factor = model.graph.multiply(factor, vanishing(variable, ends, &model))
      }
      return model.graph.add(lift, model.graph.multiply(factor, node))
    }
  }

  /// G + P(g − G) for one variable.
  private func corrected(
    _ lift: NodeID, _ variable: Int, _ ends: [Face], _ model: inout FieldModel
  ) -> NodeID {
    let bounds = model.region.variables[variable]
    let coordinate = model.graph.symbol(.coordinate(variable, site: 0))
    var result = lift
    for end in ends {
      let bound = model.graph.constant(bounds.bound(end.place.side))
      let difference = model.graph.subtract(end.value, lift)
      let onFace = model.graph.replacing(difference) { symbol in
        symbol == .coordinate(variable, site: 0) ? bound : nil
      }
      var weight = model.graph.constant(1)
      if ends.count == 2 {
        // (x − far)/(near − far): 1 at this end, 0 at the other.
        let far = bounds.bound(end.place.opposite.side)
        let scale = model.graph.constant(1 / (bounds.bound(end.place.side) - far))
        weight = model.graph.multiply(scale, model.graph.subtract(coordinate, model.graph.constant(far)))
      }
      result = model.graph.add(result, model.graph.multiply(weight, onFace))
    }
    return result
  }

  /// The factor of D for one variable.
  private func vanishing(_ variable: Int, _ ends: [Face], _ model: inout FieldModel) -> NodeID {
    let bounds = model.region.variables[variable]
    let coordinate = model.graph.symbol(.coordinate(variable, site: 0))
    let fromLower = model.graph.subtract(coordinate, model.graph.constant(bounds.lower))
    let fromUpper = model.graph.subtract(model.graph.constant(bounds.upper), coordinate)
    if ends.count == 2 {
      let scale = model.graph.constant(4 / (bounds.length * bounds.length))
      return model.graph.multiply(scale, model.graph.multiply(fromLower, fromUpper))
    }
    let scale = model.graph.constant(1 / bounds.length)
    return model.graph.multiply(scale, ends[0].place.side == .lower ? fromLower : fromUpper)
  }

  /// Conditions on faces that meet must agree there, or no function meets both.
  private func checkCorners(_ faces: [Face], _ model: FieldModel) throws(InputFailure) {
    for (number, first) in faces.enumerated() {
      for second in faces[..<number] where second.place.variable != first.place.variable {
        let variables = model.region.variables
        let program = ResidualProgram(model.graph, outputs: [first.value, second.value])
        let coordinates = program.inputs.compactMap { symbol -> Int? in
          if case .coordinate(let variable, _) = symbol { variable } else { nil }
        }
        // Unknowns have no value yet: conditions with them are taken on trust.
        guard coordinates.count == program.inputs.count else { continue }
        let (a, b) = (first.place, second.place)
        let edge = model.region.slice(a).fixing(b)
        let points = samplePoints(
          in: edge, count: 64, sampler: UniformSampler(), stream: RandomStream(seed: 0, purpose: "corners"))
        for start in stride(from: 0, to: points.count, by: variables.count) {
          let both = program.evaluate(coordinates.map { points[start + $0] })
          guard abs(both[0] - both[1]) > 1e-9 * max(1, abs(both[0]), abs(both[1])) else { continue }
          throw InputFailure(
            .configuration,
            "hard conditions disagree where \(variables[a.variable].name) = \(variables[a.variable].bound(a.side)) meets \(variables[b.variable].name) = \(variables[b.variable].bound(b.side)): \(both[0]) against \(both[1])",
            at: first.location, help: "enforce one of them softly")
        }
      }
    }
  }
}

import Autodiff
import Configurations
import Diagnostics
import Expressions
import Problems

/// Builds conditions into fields: u = G + H, where G meets every condition and H, made of the field F so far, meets
/// the same conditions with zero on the right, whatever F is.
///
/// Along one variable, let s run from 0 to 1 and let an end be pinned k-fold: k = 0 where there is no condition, 1 where
/// there is one on the value, 2 where there is one on the slope. With k at this end, m at the other, s the distance from
/// this end and r = 1 − s that from the other, Hermite's polynomials
///
///     φ = r^m (1 + [k = 2] m s)        ψ = ± L s r^m
///
/// have the value 1 and the slope 1 here, and of all other pinned values and slopes 0. So they do for Robin's
/// ∂u/∂x + c u, since ψ has no value at any end.
///
/// - H: F is multiplied by s for a value, by s² for value and slope at one end. A condition on the slope alone leaves the
///   value free: M becomes M − ψ (∂M/∂x + c M), for which ∂/∂x + c is 0 at that end. For s = 0 that takes s^k to
///   (1 − k) s^k and so reaches every function with slope 0. It takes one derivative more than the equation has.
/// - G is a Boolean sum over the variables: it starts at zero and for one variable after the other becomes
///   G + Σ φ (g − G) + Σ ψ (g − ∂G/∂x − c G). The correction vanishes on the faces treated before, because compatible
///   conditions agree where faces meet.
///
/// On the boundary of a region only values can be built in, by `RegionConditions`: they come before the variable of time.
///
/// A condition that is periodic makes the features of the network periodic.
///
/// - Source: Gordon & Hall (1973), transfinite interpolation; Rvachev & Sheiko (1995) and Sukumar & Srivastava (2022),
///   arXiv:2104.08426, for the term with the slope.
struct HardConditions {
  private var conditions: [FaceCondition] = []
  /// Those on the boundary of a region, by field.
  private var regional: [Int: RegionConditions] = [:]
  /// The variables in which all fields are periodic.
  private(set) var periodic: [LocatedText] = []

  /// Reads a condition with `enforce = "hard"`.
  mutating func add(
    _ condition: Experiment.Condition, places: ConditionPlaceReader, model: inout FieldModel
  ) throws(InputFailure) {
    guard !condition.places.isEmpty else {
      throw InputFailure(.configuration, "a hard condition needs 'at'", at: condition.location)
    }
    var collector = DiagnosticCollector()
    for placeText in condition.places {
      guard let found = collector.attempt({ () throws(InputFailure) in try places.read(placeText) }) else { continue }
      for place in found {
        collector.attempt { () throws(InputFailure) in
          switch place {
          case .periodic(let variable): try addPeriodic(variable, condition, placeText, model)
          default: try add(condition, at: place, placeText, &model)
          }
        } ?? ()
      }
    }
    try collector.throwIfAny()
  }

  private mutating func addPeriodic(
    _ variable: Int, _ condition: Experiment.Condition, _ text: LocatedText, _ model: FieldModel
  ) throws(InputFailure) {
    if let expression = condition.expressions?.first {
      throw InputFailure(
        .configuration, "a hard periodic condition holds for every field with all derivatives",
        at: expression.location, help: "leave 'expr' out, or use enforce = \"soft\"")
    }
    let name = LocatedText(model.region.variables[variable].name, file: text.file, segments: text.segments)
    if !periodic.contains(where: { $0.text == name.text }) { periodic.append(name) }
  }

  private mutating func add(
    _ condition: Experiment.Condition, at place: ConditionPlace, _ placeText: LocatedText, _ model: inout FieldModel
  ) throws(InputFailure) {
    guard let texts = condition.expressions else {
      throw InputFailure(.configuration, "a hard condition needs 'expr'", at: condition.location)
    }
    let all = texts.flatMap { text in model.groups(of: [text]).map { (text: text, group: $0) } }
    if case .boundary(let boundary) = place {
      guard !boundary.isMoving else {
        throw InputFailure(
          .configuration, "'\(placeText.text)' moves, and a condition there cannot be built in",
          at: placeText.location, help: "use enforce = \"soft\", or write the transform in [fields]")
      }
      for (text, group) in all {
        let (field, value) = try RegionConditions.read(text, at: boundary, placeText, group: group, &model)
        try regional[field, default: RegionConditions()].add(
          value, at: boundary, placeText, field: model.fieldNames[field])
      }
      return
    }
    guard let face = place.face, model.domain == nil || HardConditions.isTime(place, model) else {
      throw InputFailure(
        .configuration, "'\(placeText.text)' is not a face of the domain, where a condition can be built in",
        at: placeText.location, help: "use enforce = \"soft\", or write the transform in [fields]")
    }
    for (text, group) in all {
      var new = try FaceCondition(text, at: face, group: group, &model)
      do throws(DerivativeFailure) {
        new = try model.continued(new)
      } catch {
        throw InputFailure(
          .configuration, "a hard condition on a slope needs derivatives of too high an order", at: text.location,
          help: "use enforce = \"soft\"")
      }
      if conditions.contains(where: { $0.field == new.field && $0.face == new.face && $0.isValue == new.isValue }) {
        throw InputFailure(
          .configuration,
          "two hard conditions on the \(new.isValue ? "value" : "slope") of '\(model.fieldNames[new.field])' at '\(placeText.text)'",
          at: placeText.location)
      }
      conditions.append(new)
    }
  }

  /// Whether a place fixes the time and nothing else: the domain is a product of region and time.
  private static func isTime(_ place: ConditionPlace, _ model: FieldModel) -> Bool {
    guard case .slice(let slice, _, _) = place else { return false }
    return slice.fixedValues.indices.allSatisfy { (slice.fixedValues[$0] != nil) == ($0 == model.scope.timeVariable) }
  }

  /// Gives every field with hard conditions its new expression, and with it every field whose transform names one.
  func build(into model: inout FieldModel, of experiment: Experiment) throws(InputFailure) {
    guard !conditions.isEmpty || !regional.isEmpty else { return }
    try checkCorners(&model)
    for (field, known) in regional.sorted(by: { $0.key < $1.key }) {
      try known.check(conditions.filter { $0.field == field }, &model)
    }
    let graph = model.graph
    let fields = Dictionary(grouping: conditions, by: \.field).mapValues { conditions in
      let pinned = Dictionary(grouping: conditions, by: \.face.variable).sorted { $0.key < $1.key }.map {
        PinnedVariable(variable: $0.key, conditions: $0.value)
      }
      // A correction keeps conditions of other variables if their c does not vary along its own: these come first.
      return pinned.filter { !$0.hasVaryingCoefficient(graph) } + pinned.filter { $0.hasVaryingCoefficient(graph) }
    }
    try model.resolveFields(experiment) { model, field, node throws(InputFailure) in
      let pinned = fields[field] ?? []
      guard !pinned.isEmpty || regional[field] != nil else { return node }
      var lift = model.graph.constant(0)
      var free = node
      if let known = regional[field] {
        let built = try known.build(&model)
        lift = built.lift
        free = model.graph.multiply(built.factor, node)
      }
      do throws(DerivativeFailure) {
        for variable in pinned {
          lift = try variable.corrected(lift, &model)
          free = model.graph.multiply(variable.factor(&model), free)
        }
        for variable in pinned { free = try variable.withoutSlopes(free, &model) }
        return model.graph.add(lift, free)
      } catch {
        throw InputFailure(
          .configuration,
          "a hard condition on a slope of '\(model.fieldNames[field])' needs derivatives of too high an order",
          at: pinned[0].conditions[0].location, help: "use enforce = \"soft\"")
      }
    }
  }

  /// Conditions on faces that meet must agree there, or no function meets both.
  private func checkCorners(_ model: inout FieldModel) throws(InputFailure) {
    for (number, first) in conditions.enumerated() {
      for second in conditions[..<number] {
        guard let conflict = first.conflict(with: second, &model) else { continue }
        throw InputFailure(
          .configuration,
          "hard conditions disagree where \(model.region.text(first.face)) meets \(model.region.text(second.face)): \(conflict.first) against \(conflict.second)",
          at: first.location, help: "enforce one of them softly")
      }
    }
  }
}

/// A variable with the conditions at its ends.
private struct PinnedVariable {
  let variable: Int
  let conditions: [FaceCondition]

  private func condition(_ side: BoxRegion.Side, onValue: Bool) -> FaceCondition? {
    conditions.first { $0.face.side == side && $0.isValue == onValue }
  }

  /// Whether c of some condition depends on coordinates.
  func hasVaryingCoefficient(_ graph: ExpressionGraph) -> Bool {
    graph.symbols(of: conditions.compactMap(\.coefficient)).contains { symbol in
      if case .coordinate = symbol { true } else { false }
    }
  }

  /// How many of value and slope are pinned at an end.
  private func order(_ side: BoxRegion.Side) -> Int {
    condition(side, onValue: false) != nil ? 2 : condition(side, onValue: true) != nil ? 1 : 0
  }

  /// The distance from an end, in lengths of the variable.
  private func distance(from side: BoxRegion.Side, _ model: inout FieldModel) -> NodeID {
    let bounds = model.region.variables[variable]
    let coordinate = model.graph.symbol(.coordinate(variable, site: 0))
    let bound = model.graph.constant(bounds.bound(side))
    let difference =
      side == .lower ? model.graph.subtract(coordinate, bound) : model.graph.subtract(bound, coordinate)
    let scale = model.graph.constant(1 / bounds.length)
    return model.graph.multiply(scale, difference)
  }

  /// φ, or ψ for a condition on the slope.
  private func weight(_ condition: FaceCondition, _ model: inout FieldModel) -> NodeID {
    let side = condition.face.side
    let (k, m) = (order(side), order(condition.face.opposite.side))
    let near = distance(from: side, &model)
    let far = distance(from: condition.face.opposite.side, &model)
    let power = model.graph.integerPower(far, m)
    guard condition.isValue else {
      let length = model.graph.constant(-condition.face.outwardSign * model.region.variables[variable].length)
      let slope = model.graph.multiply(length, near)
      return model.graph.multiply(slope, power)
    }
    guard k == 2, m > 0 else { return power }
    let tilt = model.graph.multiply(model.graph.constant(Double(m)), near)
    let one = model.graph.constant(1)
    return model.graph.multiply(power, model.graph.add(one, tilt))
  }

  /// G + Σ φ (g − G) + Σ ψ (g − ∂G/∂x − c G).
  func corrected(_ lift: NodeID, _ model: inout FieldModel) throws(DerivativeFailure) -> NodeID {
    var result = lift
    for condition in conditions {
      var target = condition
      // With the value f known, the slope is g − c f.
      if let value = self.condition(condition.face.side, onValue: true), let coefficient = condition.coefficient {
        let known = model.graph.multiply(coefficient, value.value)
        target.value = model.graph.subtract(condition.value, known)
        target.coefficient = model.graph.constant(0)
      }
      let found = try target.applied(to: lift, &model.graph, model.region)
      let missing = model.graph.subtract(target.value, found)
      let weight = weight(condition, &model)
      result = model.graph.add(result, model.graph.multiply(weight, missing))
    }
    return result
  }

  /// s^k r^m, largest value 1, with the orders to which values are pinned.
  func factor(_ model: inout FieldModel) -> NodeID {
    var factor = model.graph.constant(1)
    var orders: [Int] = []
    for side in BoxRegion.Side.allCases {
      let order = condition(side, onValue: true) == nil ? 0 : self.order(side)
      let distance = distance(from: side, &model)
      factor = model.graph.multiply(factor, model.graph.integerPower(distance, order))
      orders.append(order)
    }
    func power(_ base: Int, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { value, _ in value * Double(base) } }
    let (k, m) = (orders[0], orders[1])
    let scale = power(k + m, k + m) / (power(k, k) * power(m, m))
    return model.graph.multiply(model.graph.constant(scale), factor)
  }

  /// M − ψ (∂M/∂x + c M) for ends where the slope is given and the value is not.
  func withoutSlopes(_ free: NodeID, _ model: inout FieldModel) throws(DerivativeFailure) -> NodeID {
    var result = free
    for condition in conditions where self.condition(condition.face.side, onValue: true) == nil {
      guard let coefficient = condition.coefficient else { continue }
      let slope = try model.graph.derivative(of: free, by: variable)
      let whole = model.graph.add(slope, model.graph.multiply(coefficient, free))
      let weight = weight(condition, &model)
      result = model.graph.subtract(result, model.graph.multiply(weight, whole))
    }
    return result
  }
}

extension ConditionPlace {
  /// The face of the box that the place is all of.
  var face: BoxRegion.Face? {
    guard case .slice(let slice, _, nil) = self else { return nil }
    let fixed = slice.fixedValues.indices.filter { slice.fixedValues[$0] != nil }
    return fixed.count == 1 ? slice.faces.first : nil
  }
}

extension BoxRegion {
  /// A face as the user writes it.
  func text(_ face: Face) -> String {
    "\(variables[face.variable].name) = \(variables[face.variable].bound(face.side))"
  }
}

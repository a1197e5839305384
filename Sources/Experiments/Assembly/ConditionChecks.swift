import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems
import Training

/// What conditions are worth before training, seen from their residuals at random points for some random parameters.
///
/// At a point, a residual r(θ) that is the same for all draws of the parameters θ, weights and unknowns alike, cannot be
/// trained there: transforms, features and hard conditions decide it. Where it is 0, the condition holds by
/// construction; where not, nothing can meet it.
///
/// Sizes are relative to the largest residual of the same expression, which is looked for at points of the inside, too:
/// below 1e-9 of it is rounding, and below 1e-3 a condition that was built in approximately, as by a steep tanh. An
/// expression that is nowhere above 1e-12 of the largest field is zero.
///
/// Conditions that only together are impossible are found by `JointConditions`, as far as they are linear.
struct ConditionChecks {
  /// The largest residual of conditions that hold by construction, hard ones first of all.
  private(set) var holding: [(name: String, isHard: Bool, largest: Double)] = []
  private(set) var notes: [String] = []
  private let experiment: Experiment
  private let solution: SolutionModel
  private let parameters: [[Double]]
  private var model: FieldModel
  /// The largest value of a field inside.
  private var fieldSize = 0.0
  private var collector = DiagnosticCollector()

  private static let vanishing = 1e-12
  private static let rounding = 1e-9
  private static let approximate = 1e-3
  private static let draws = 3
  private static let points = 32

  /// - Throws: hard conditions that do not hold, conditions that nothing can meet.
  init(_ experiment: Experiment, _ solution: SolutionModel) throws(InputFailure) {
    self.experiment = experiment
    self.solution = solution
    model = solution.fields
    parameters = (0..<ConditionChecks.draws).map { draw in
      let stream = RandomStream(seed: 0, purpose: "condition checks", index: draw)
      let start = solution.layout.initialParameters(networks: solution.networks, seed: UInt64(draw))
      return start.enumerated().map { $1 + 0.1 * stream.normal(at: UInt64($0)) }
    }
    let fields = PointSet(
      program: ResidualProgram(model.graph, outputs: model.fields), terms: model.fields.map { _ in 0 },
      sites: [interior(count: ConditionChecks.points, site: 0)])
    fieldSize = ConditionChecks.largest(Array(residuals(fields).joined().joined()))
    for condition in experiment.conditions { try check(condition) }
    checkPeriodicFeatures()
    compareFaces()
    try collector.throwIfAny()
    reportJoint()
    try collector.throwIfAny()
  }

  /// One place of a condition, with the residuals at its points for every draw: `[draw][point][output]`.
  private struct Look {
    var set: PointSet
    var residuals: [[[Double]]]
    /// The largest residual of each output, here and inside.
    var sizes: [Double]

    /// How many residuals each output has: one a point, or one for each group of points of an integral.
    var count: Int { self.set.residualCount }

    /// Of an output at a point: the residual, if it is the same for all draws.
    func decided(_ output: Int, _ point: Int) -> Double? {
      let values = residuals.map { $0[point][output] }
      guard let low = values.min(), let high = values.max(), (high - low).isFinite,
        high - low <= ConditionChecks.rounding * sizes[output]
      else { return nil }
      return values[0]
    }
  }

  /// The places of a condition, with few points.
  private mutating func looks(at condition: Experiment.Condition) throws(InputFailure) -> [Look] {
    var sample = condition
    sample.points = min(sample.points, ConditionChecks.points)
    sample.method = UniformSampler.name
    var terms = TermAssembly(experiment: experiment, places: ConditionPlaceReader(experiment, model))
    try terms.add(sample, &model)
    return terms.loss.pointSets.map { look(at: thinned($0)) }
  }

  private mutating func check(_ condition: Experiment.Condition) throws(InputFailure) {
    var holds = true
    var largest = 0.0
    for look in try looks(at: condition) {
      for output in look.sizes.indices {
        let decided = (0..<look.count).map { look.decided(output, $0) }
        let worst = decided.indices.max { abs(decided[$0] ?? 0) < abs(decided[$1] ?? 0) } ?? 0
        let size = decided.isEmpty ? 0 : abs(decided[worst] ?? 0)
        largest = max(largest, size)
        if decided.allSatisfy({ $0 != nil }), size <= ConditionChecks.approximate * look.sizes[output] {
          if !condition.isHard || size <= ConditionChecks.rounding * look.sizes[output] { continue }
        }
        holds = false
        if condition.isHard {
          reportHard(condition, look, output)
        } else if size > ConditionChecks.approximate * look.sizes[output] {
          reportDecided(condition, look, output, decided, worst)
        } else {
          checkEdges(condition, look, output)
        }
      }
    }
    if holds { holding.append((condition.name, condition.isHard, largest)) }
    if holds, !condition.isHard {
      notes.append(
        "condition '\(condition.name)' holds by construction, residual at most \(shortNumber(largest)): it needs no loss term"
      )
    }
  }

  /// The variables that all networks have cosine and sine of.
  private var periodicFeatures: [LocatedText] {
    let all = model.networks.flatMap(\.settings.features.periodic)
    return model.region.variables.indices.compactMap { number in
      let name = model.region.variables[number].name
      let isWhole = model.networks.filter { $0.inputs.contains(number) }.allSatisfy { network in
        network.settings.features.periodic.contains { $0.text == name }
      }
      return isWhole ? all.first { $0.text == name } : nil
    }
  }

  /// A transform or a hard condition can take from the fields what the features gave them.
  private mutating func checkPeriodicFeatures() {
    for variable in periodicFeatures {
      let isAsked = experiment.conditions.contains { condition in
        condition.places.contains { $0.text.filter { !$0.isWhitespace } == "\(variable.text):periodic" }
      }
      let condition = Experiment.Condition.periodic(
        in: variable, points: ConditionChecks.points, method: UniformSampler.name)
      guard !isAsked, let look = try? looks(at: condition).first else { continue }
      for output in look.sizes.indices {
        let sizes = (0..<look.count).map { point in
          look.residuals.map { abs($0[point][output]) }.max() ?? 0
        }
        guard let worst = sizes.indices.max(by: { sizes[$0] < sizes[$1] }),
          sizes[worst] > ConditionChecks.rounding * look.sizes[output]
        else { continue }
        notes.append(
          "features are periodic in \(variable.text), but \(text(condition, output, look)) is not: it differs by \(shortNumber(sizes[worst])) at \(text(worst, look))"
        )
      }
    }
  }

  private func thinned(_ set: PointSet) -> PointSet {
    let most = ConditionChecks.points
    guard set.groupSize == 1, set.count > most else { return set }
    var thin = set.selecting((0..<most).map { $0 * set.count / most })
    thin.source = set.source
    return thin
  }

  // MARK: Residuals

  private func look(at set: PointSet) -> Look {
    let here = residuals(set)
    var there: [[[Double]]] = []
    // An integral is over its own points.
    if set.groupSize == 1 {
      var inside = set
      inside.sites = set.sites.indices.map { site in interior(count: set.count, site: site) }
      there = residuals(inside)
    }
    let sizes = set.program.outputs.indices.map { output in
      let size = ConditionChecks.largest((here + there).joined().map { $0[output] })
      return size <= ConditionChecks.vanishing * fieldSize ? fieldSize : size
    }
    return Look(set: set, residuals: here, sizes: sizes)
  }

  private static func largest(_ values: [Double]) -> Double {
    values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  }

  private func interior(count: Int, site: Int) -> [[Double]] {
    let place: PointSource.Place = model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior)
    let source = PointSource(
      place: place, count: count, sampler: UniformSampler(),
      stream: RandomStream(seed: 0, purpose: "condition checks", index: site))
    return source.points(dimensions: model.region.dimensions, draw: 0).sites[0]
  }

  private func residuals(_ set: PointSet) -> [[[Double]]] {
    let terms = LossTerms(terms: [Term(name: "", kind: .condition)], pointSets: [set.asOneTerm])
    let objective = Objective(
      terms, networks: solution.networks, layout: solution.layout, pool: WorkerPool(threadCount: 1))
    let outputs = set.program.outputs.count
    return parameters.map { theta in
      let values = objective.residuals(theta)
      return (0..<set.residualCount).map { Array(values[($0 * outputs)..<(($0 + 1) * outputs)]) }
    }
  }

  // MARK: Reports

  private func text(_ point: Int, _ look: Look) -> String {
    let isIntegral = look.set.groupSize > 1
    let known = zip(model.region.variables, look.set.sites[0]).enumerated().filter { number, _ in
      isIntegral ? number == model.scope.timeVariable : look.set.source?.partner?.variable != number
    }
    let place = known.map { _, place in "\(place.0.name) = \(shortNumber(place.1[point * look.set.groupSize]))" }
    return place.isEmpty ? "its place" : place.joined(separator: ", ")
  }

  /// What an output of a condition's program is the residual of.
  private func text(_ condition: Experiment.Condition, _ output: Int, _ look: Look) -> String {
    if let texts = condition.expressions, texts.indices.contains(output) { return "'\(texts[output].text)'" }
    guard let variable = look.set.source?.partner?.variable else { return "column \(output + 1)" }
    let orders = look.sizes.count / max(1, model.fieldNames.count)
    let (field, order) = (model.fieldNames[output / orders], output % orders)
    let by = [String](repeating: model.region.variables[variable].name, count: order)
    return order == 0 ? "'\(field)'" : "'d(\(([field] + by).joined(separator: ", ")))'"
  }

  private mutating func reportHard(_ condition: Experiment.Condition, _ look: Look, _ output: Int) {
    let point = (0..<look.count).max { a, b in
      look.residuals[0][a][output].magnitude < look.residuals[0][b][output].magnitude
    }
    guard let point else { return }
    collector.report(
      "hard condition '\(condition.name)' does not hold when built in: at \(text(point, look)) \(text(condition, output, look)) has the residual \(shortNumber(look.residuals[0][point][output]))",
      at: condition.location,
      help: "other hard conditions, the features or the transform in [fields] are against it; enforce one softly")
  }

  /// Residuals that no parameter changes, and that are not 0: at every point, or at some.
  private mutating func reportDecided(
    _ condition: Experiment.Condition, _ look: Look, _ output: Int, _ decided: [Double?], _ worst: Int
  ) {
    let message =
      "\(text(condition, output, look)) has the residual \(shortNumber(decided[worst] ?? 0)) at \(text(worst, look)) whatever the parameters are"
    let size = ConditionChecks.approximate * look.sizes[output]
    let stuck = decided.count { abs($0 ?? 0) > size }
    if stuck == decided.count {
      collector.report(
        "condition '\(condition.name)' cannot hold: \(message)", at: condition.location,
        help: "a hard condition, the features or the transform in [fields] decide it there")
    } else {
      notes.append("condition '\(condition.name)' cannot hold at \(stuck) of \(decided.count) points: \(message)")
    }
  }

  /// Where a face meets others, conditions there may have decided a residual that is free elsewhere.
  private mutating func checkEdges(_ condition: Experiment.Condition, _ look: Look, _ output: Int) {
    guard case .slice(let slice)? = look.set.source?.place, slice.dimensions > 0 else { return }
    for variable in slice.freeVariables {
      for side in BoxRegion.Side.allCases {
        let face = BoxRegion.Face(variable: variable, side: side)
        let source = PointSource(
          place: .slice(slice.fixing(face)), count: 3, sampler: UniformSampler(),
          stream: RandomStream(seed: 0, purpose: "condition checks"), partner: look.set.source?.partner)
        let points = source.points(dimensions: model.region.dimensions, draw: 0)
        var set = look.set
        set.load(sites: points.sites, columns: points.columns)
        let edge = Look(set: set, residuals: residuals(set), sizes: look.sizes)
        let decided = (0..<set.count).map { edge.decided(output, $0) }
        let worst = decided.indices.max { abs(decided[$0] ?? 0) < abs(decided[$1] ?? 0) } ?? 0
        guard decided.allSatisfy({ abs($0 ?? 0) > ConditionChecks.approximate * look.sizes[output] }) else { continue }
        notes.append(
          "condition '\(condition.name)' cannot hold where it meets \(model.region.text(face)): \(text(condition, output, look)) has the residual \(shortNumber(decided[worst] ?? 0)) at \(text(worst, edge)) whatever the parameters are"
        )
      }
    }
  }

  // MARK: Pairs

  /// Soft conditions that ask for different values on one face, or where two faces meet.
  private mutating func compareFaces() {
    var known: [(name: String, condition: FaceCondition)] = []
    let places = ConditionPlaceReader(experiment, model)
    for condition in experiment.conditions where !condition.isHard && condition.rows == nil {
      for text in condition.places {
        for face in ((try? places.read(text)) ?? []).compactMap(\.face) {
          for expression in condition.expressions ?? [] {
            for group in model.groups(of: [expression]) {
              guard let new = try? FaceCondition(expression, at: face, group: group, &model) else { continue }
              compare((condition.name, new), with: known)
              known.append((condition.name, new))
            }
          }
        }
      }
    }
  }

  private mutating func compare(
    _ new: (name: String, condition: FaceCondition), with known: [(name: String, condition: FaceCondition)]
  ) {
    for old in known {
      guard let conflict = old.condition.conflict(with: new.condition, &model) else { continue }
      let (first, second) = (old.condition.face, new.condition.face)
      let field = model.fieldNames[new.condition.field]
      let values = "\(shortNumber(conflict.first)) against \(shortNumber(conflict.second)) for '\(field)'"
      if first == second, conflict.isEverywhere {
        collector.report(
          "conditions '\(old.name)' and '\(new.name)' contradict each other at \(model.region.text(first)): \(values)",
          at: new.condition.location, help: "leave one of them out")
      } else {
        let meeting = first == second ? "" : " meets \(model.region.text(second))"
        notes.append(
          "conditions '\(old.name)' and '\(new.name)' disagree where \(model.region.text(first))\(meeting): \(values); no solution is smooth there"
        )
      }
    }
  }
}

extension ConditionChecks {
  /// Conditions that only together, or only with an equation, are impossible.
  fileprivate mutating func reportJoint() {
    let joint = JointConditions(experiment: experiment, places: ConditionPlaceReader(experiment, model))
    for (face, found) in joint.contradictions(&model) {
      let sum = found.rows.map { "\(shortNumber($0.factor)) times '\($0.row.text)'" }.joined(separator: " + ")
      let place = zip(model.region.variables, found.point).map { "\($0.name) = \(shortNumber($1))" }
      let explanation = "at \(place.joined(separator: ", ")) the sum of \(sum) says \(shortNumber(found.rest)) = 0"
      let names = found.names.map { "'\($0)'" }.joined(separator: ", ")
      let whole = found.names.count == 1 ? "condition \(names) contradicts" : "conditions \(names) contradict"
      if found.equations.isEmpty {
        collector.report(
          "\(whole) \(found.names.count == 1 ? "itself" : "each other") at \(model.region.text(face)): \(explanation)",
          at: found.rows[0].row.location, help: "each of them can hold, but not all; leave one out")
      } else {
        let equations = found.equations.map { "'\($0)'" }.joined(separator: ", ")
        notes.append("\(whole) equation \(equations) at \(model.region.text(face)): \(explanation)")
      }
    }
  }
}

extension PointSet {
  fileprivate var asOneTerm: PointSet {
    var set = self
    set.terms = set.terms.map { _ in 0 }
    return set
  }
}

/// A number for a message.
func shortNumber(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  var scale = 1.0
  while abs(value) * scale < 1000, scale < 1e300 { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}

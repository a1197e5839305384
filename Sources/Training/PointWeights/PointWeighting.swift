import Problems

/// The weights of the points of the equations, and what the next ones depend on.
struct PointWeighting {
  private let settings: PointWeightSettings
  private let rule: any PointWeightRule.Type
  /// Of the rule, by the number of the point set.
  private var states: [Int: [Double]] = [:]
  private var lastIteration = -1
  /// What evaluates the residuals of each set; made anew where points or equations change.
  private var sizes: [Int: ResidualSizes] = [:]

  init?(_ settings: PointWeightSettings) {
    guard let rule = pointWeightRule(named: settings.method) else { return nil }
    self.settings = settings
    self.rule = rule
  }

  /// Whether the weights will not change any more.
  var isSettled: Bool { !states.isEmpty && states.values.allSatisfy { rule.isSettled($0, settings) } }

  func isDue(_ iteration: Int) -> Bool {
    iteration % settings.every == 0 && iteration != lastIteration && !isSettled
  }

  /// The numbers of the sets whose points have weights.
  static func sets(_ loss: LossTerms) -> [Int] {
    loss.pointSets.indices.filter { loss.pointSets[$0].adjustment.rootColumn != nil }
  }

  /// Looks at the residuals at θ and sets the weights.
  ///
  /// - Parameters: `weights` are those of the terms; `objective` makes what evaluates residuals.
  mutating func look(
    _ loss: inout LossTerms, weights: [Double], theta: [Double], iteration: Int, objective: (LossTerms) -> Objective
  ) {
    lastIteration = iteration
    for number in PointWeighting.sets(loss) {
      let set = loss.pointSets[number]
      let evaluator = sizes[number] ?? ResidualSizes(set, terms: loss.terms, objective: objective)
      sizes[number] = evaluator
      let residuals = evaluator.at(theta, weights: weights)
      // A loss that is not finite is told by the step that meets it.
      guard residuals.allSatisfy(\.isFinite) else { continue }
      let state = states[number] ?? rule.start(count: set.count, settings)
      states[number] = rule.next(state, PointWeightLook(residuals: residuals, times: times(set)), settings)
    }
    apply(to: &loss)
  }

  /// The points or the equations are others.
  mutating func forgetPoints() { sizes = [:] }

  /// Puts the weights into a loss.
  func apply(to loss: inout LossTerms) {
    for number in PointWeighting.sets(loss) {
      guard let state = states[number], let column = loss.pointSets[number].adjustment.rootColumn else { continue }
      loss.pointSets[number].columns[column] = rule.roots(state, times: times(loss.pointSets[number]), settings)
    }
  }

  private func times(_ set: PointSet) -> [Double] {
    guard let time = settings.time else { return [Double](repeating: 0, count: set.count) }
    let length = time.range.upperBound - time.range.lowerBound
    return set.sites[0][time.variable].map { ($0 - time.range.lowerBound) / length }
  }

  /// The least weight of a point in the loss.
  func least(_ loss: LossTerms) -> Double {
    PointWeighting.sets(loss).compactMap { number in
      loss.pointSets[number].adjustment.rootColumn.flatMap { loss.pointSets[number].columns[$0].min() }
    }.reduce(.infinity) { min($0, $1 * $1) }
  }

  /// What to say at the end of a training in which later times never came to weigh anything; nil where they did.
  func note(_ loss: LossTerms) -> String? {
    guard let time = settings.time, rule == CausalWeights.self, !isSettled, least(loss) < 0.5 else { return nil }
    var closed = time.range.upperBound
    for number in PointWeighting.sets(loss) {
      guard let column = loss.pointSets[number].adjustment.rootColumn else { continue }
      let set = loss.pointSets[number]
      for (place, root) in zip(set.sites[0][time.variable], set.columns[column]) where root * root < 0.5 {
        closed = min(closed, place)
      }
    }
    return
      "the causal weights did not open: points beyond \(time.name) = \(Float(closed)) still weigh less than a half; give more iterations, or end 'tolerances' earlier"
  }

  var memory: [String: [Double]] {
    var memory = ["pointWeighting.last": [Double(lastIteration)]]
    for (number, state) in states { memory["pointWeighting.set.\(number)"] = state }
    return memory
  }

  mutating func restore(_ memory: [String: [Double]]) {
    states = [:]
    lastIteration = memory["pointWeighting.last"]?.first.map { Int($0) } ?? -1
    for (name, state) in memory where name.hasPrefix("pointWeighting.set.") {
      if let number = Int(name.dropFirst("pointWeighting.set.".count)) { states[number] = state }
    }
  }
}

import Problems

/// How constraints are brought to hold exactly.
package struct ConstraintSettings: Sendable, Equatable {
  /// Iterations between two changes of the multipliers.
  package var every: Int
  /// Factor on the penalty of a constraint that did not fall enough.
  package var growth: Double
  /// What is left of the residual where it fell enough between two changes.
  package var fall: Double
  /// Root mean square of the residual at which a constraint holds.
  package var tolerance: Double

  package init(every: Int = 20, growth: Double = 10, fall: Double = 0.25, tolerance: Double = 1e-6) {
    self.every = every
    self.growth = growth
    self.fall = fall
    self.tolerance = tolerance
  }
}

/// The multipliers of constraints, by the augmented Lagrangian: what other terms lose is minimised among the fields whose
/// constraints hold, and not in balance with their violation.
///
///     F = f(θ) + λᵀr + (μ/2) ‖r‖² = f(θ) + (μ/2) ‖r + s‖² + const,   s = λ/μ
///
/// is the loss with a shift s of every residual r of a constraint, where μ is the weight of its term times a factor. Between
/// two changes θ goes on minimising; then s ← s + r(θ), that is λ ← λ + μ r. Where the root mean square of r is more
/// than `fall` of what it was, μ is multiplied by `growth` and s divided by it, which leaves λ as it is. All rests while every
/// constraint holds to the tolerance.
///
/// - Source: Hestenes (1969), Powell (1969); Nocedal & Wright (2006), Framework 17.3, with a fixed tolerance.
struct Multipliers {
  private let settings: ConstraintSettings
  /// The terms that are constraints.
  let terms: [Int]
  /// By the number of the point set, then `[output][residual]` in ascending order of the outputs with a shift.
  private var shifts: [Int: [[Double]]] = [:]
  /// On the weights of all terms.
  private(set) var factors: [Double]
  /// Root mean square of each constraint at the last look; NaN before.
  private(set) var sizes: [Double]
  /// Whether all constraints held at the last look.
  private(set) var isSettled = false
  private var lastIteration = 0
  /// What evaluates the residuals of the constraints; made anew where points or equations change.
  private var objective: Objective?

  /// The most that a penalty grows: beyond it rounding of the other terms is felt.
  private static let mostGrowth = 1e6

  /// - Returns: nil where no term is a constraint.
  init?(_ settings: ConstraintSettings, terms all: [Term]) {
    terms = all.indices.filter { all[$0].isConstraint }
    guard !terms.isEmpty else { return nil }
    self.settings = settings
    factors = [Double](repeating: 1, count: all.count)
    sizes = [Double](repeating: .nan, count: terms.count)
  }

  func isDue(_ iteration: Int) -> Bool {
    iteration > 0 && iteration % settings.every == 0 && iteration != lastIteration
  }

  /// The numbers of the sets with constraints.
  static func sets(_ loss: LossTerms) -> [Int] {
    loss.pointSets.indices.filter { !loss.pointSets[$0].adjustment.shiftColumns.isEmpty }
  }

  /// Looks at the residuals at θ and changes the multipliers.
  ///
  /// - Parameters: `weights` are those of the terms without factors; a constraint of weight 0 is left alone.
  /// - Returns: whether anything changed.
  mutating func look(
    _ loss: inout LossTerms, weights: [Double], theta: [Double], iteration: Int,
    objective make: (LossTerms) -> Objective
  ) -> Bool {
    lastIteration = iteration
    let numbers = Multipliers.sets(loss)
    let objective =
      self.objective
      ?? make(LossTerms(terms: loss.terms, pointSets: numbers.map { loss.pointSets[$0].unadjusted() }))
    self.objective = objective
    let residuals = objective.residuals(theta)
    guard residuals.allSatisfy(\.isFinite) else { return false }
    var (sums, counts) = (factors.map { _ in 0.0 }, factors.map { _ in 0 })
    var found: [Int: [[Double]]] = [:]
    var row = 0
    for number in numbers {
      let set = loss.pointSets[number]
      let outputs = set.adjustment.shiftedOutputs
      found[number] = outputs.map { output in
        (0..<set.residualCount).map { residuals[row + $0 * set.terms.count + output] }
      }
      for (output, values) in zip(outputs, found[number] ?? []) {
        sums[set.terms[output]] += values.reduce(0) { $0 + $1 * $1 }
        counts[set.terms[output]] += values.count
      }
      row += set.residualCount * set.terms.count
    }
    let before = sizes
    sizes = terms.map { (sums[$0] / Double(max(1, counts[$0]))).squareRoot() }
    let active = terms.indices.filter { weights[terms[$0]] > 0 }
    isSettled = active.allSatisfy { sizes[$0] <= settings.tolerance }
    guard !isSettled else { return false }
    var growth = factors.map { _ in 1.0 }
    for place in active where sizes[place] > settings.fall * before[place] {
      let term = terms[place]
      growth[term] = min(settings.growth, Multipliers.mostGrowth / factors[term])
      factors[term] *= growth[term]
    }
    for (number, values) in found {
      let set = loss.pointSets[number]
      let outputs = set.adjustment.shiftedOutputs
      let old = shifts[number] ?? values.map { $0.map { _ in 0 } }
      shifts[number] = outputs.indices.map { place in
        let term = set.terms[outputs[place]]
        guard weights[term] > 0 else { return old[place] }
        return zip(old[place], values[place]).map { ($0 + $1) / growth[term] }
      }
    }
    apply(to: &loss)
    return true
  }

  /// The points or the equations are others.
  mutating func forgetPoints() { objective = nil }

  /// Puts the shifts into a loss.
  func apply(to loss: inout LossTerms) {
    for number in Multipliers.sets(loss) {
      guard let rows = shifts[number] else { continue }
      let (adjustment, group) = (loss.pointSets[number].adjustment, loss.pointSets[number].groupSize)
      for (output, values) in zip(adjustment.shiftedOutputs, rows) {
        guard let column = adjustment.shiftColumns[output] else { continue }
        // A sum over a group of points is shifted at the first of them.
        for (place, value) in values.enumerated() { loss.pointSets[number].columns[column][place * group] = value }
      }
    }
  }

  /// What to say at the end of constraints that do not hold.
  ///
  /// - Parameter values: the mean squares of all terms.
  func notes(_ loss: LossTerms, values: [Double]) -> [String] {
    terms.filter { values[$0].squareRoot() > settings.tolerance }.map {
      "constraint '\(loss.terms[$0].name)' holds to \(Float(values[$0].squareRoot())), and not to the tolerance \(settings.tolerance): give more iterations, points or width, or a larger tolerance"
    }
  }

  var memory: [String: [Double]] {
    var memory = [
      "multipliers.factors": factors, "multipliers.sizes": sizes,
      "multipliers.state": [Double(lastIteration), isSettled ? 1 : 0],
    ]
    for (number, rows) in shifts {
      for (place, row) in rows.enumerated() { memory["multipliers.set.\(number).\(place)"] = row }
    }
    return memory
  }

  mutating func restore(_ memory: [String: [Double]]) {
    if let saved = memory["multipliers.factors"], saved.count == factors.count { factors = saved }
    if let saved = memory["multipliers.sizes"], saved.count == sizes.count { sizes = saved }
    if let state = memory["multipliers.state"], state.count == 2 {
      (lastIteration, isSettled) = (Int(state[0]), state[1] == 1)
    }
    shifts = [:]
    let prefix = "multipliers.set."
    for name in memory.keys.filter({ $0.hasPrefix(prefix) && $0.hasSuffix(".0") }) {
      guard let number = Int(name.dropFirst(prefix.count).dropLast(2)) else { continue }
      var rows: [[Double]] = []
      while let row = memory["\(prefix)\(number).\(rows.count)"] { rows.append(row) }
      shifts[number] = rows
    }
  }
}

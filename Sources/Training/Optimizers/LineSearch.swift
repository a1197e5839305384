/// A step length along a descent direction by the strong Wolfe conditions.
///
/// With φ(α) = f(x + α d) it looks for α with
///
///     φ(α) ≤ φ(0) + c₁ α φ′(0)   and   |φ′(α)| ≤ c₂ |φ′(0)|.
///
/// Close to a minimum the first condition drowns in rounding errors; there it also accepts Hager and Zhang's
/// approximate conditions, φ(α) ≤ φ(0) + ε|φ(0)| and (2c₁ − 1) φ′(0) ≥ φ′(α) ≥ c₂ φ′(0), which only compare slopes.
///
/// - Source: Nocedal & Wright (2006), Algorithms 3.5 and 3.6; Hager & Zhang (2005), SIAM J. Optim. 16, (2.4).
package struct LineSearch: Sendable {
  /// Sufficient decrease; small, so that almost every decrease counts.
  package var c1 = 1e-4
  /// How far the slope must fall. 0.9 suits quasi-Newton directions, whose unit step is usually right.
  package var c2 = 0.9
  /// Relative rounding error of f that the approximate conditions allow for.
  package var roundingError = 1e-13
  package var mostEvaluations = 25

  package init() {}

  package struct Trial: Sendable, Equatable {
    package var step: Double
    package var value: Double
    package var slope: Double

    package init(step: Double, value: Double, slope: Double) {
      self.step = step
      self.value = value
      self.slope = slope
    }
  }

  /// Finds a step. `evaluate` gives φ and φ′; values that are not finite count as too far.
  ///
  /// - Returns: nil where no acceptable step was found within `mostEvaluations`.
  package func search(
    value: Double, slope: Double, firstStep: Double, _ evaluate: (Double) -> Trial
  ) -> Trial? {
    let start = Trial(step: 0, value: value, slope: slope)
    var previous = start
    var step = firstStep
    var evaluations = 0
    while evaluations < mostEvaluations {
      let trial = evaluate(step)
      evaluations += 1
      if accepts(trial, start) { return trial }
      let isFinite = trial.value.isFinite && trial.slope.isFinite
      if !isFinite || trial.value > start.value + c1 * trial.step * start.slope
        || (evaluations > 1 && trial.value >= previous.value)
      {
        return zoom(low: previous, high: trial, start, &evaluations, evaluate)
      }
      if trial.slope >= 0 { return zoom(low: trial, high: previous, start, &evaluations, evaluate) }
      // Still descending: extrapolate, at least twofold and at most tenfold.
      let guess = LineSearch.cubicMinimum(previous, trial) ?? 2 * step
      previous = trial
      step = min(10 * step, max(2 * step, guess))
    }
    // A function that falls all along, as a plateau does: the farthest decrease is progress too.
    return previous.step > 0 && previous.value < start.value ? previous : nil
  }

  private func accepts(_ trial: Trial, _ start: Trial) -> Bool {
    guard trial.value.isFinite, trial.slope.isFinite else { return false }
    let strong =
      trial.value <= start.value + c1 * trial.step * start.slope && abs(trial.slope) <= c2 * abs(start.slope)
    let approximate =
      trial.value <= start.value + roundingError * abs(start.value)
      && (2 * c1 - 1) * start.slope >= trial.slope && trial.slope >= c2 * start.slope
    return strong || approximate
  }

  /// Narrows an interval that holds an acceptable step; `low` is the end with the smaller value.
  private func zoom(
    low: Trial, high: Trial, _ start: Trial, _ evaluations: inout Int, _ evaluate: (Double) -> Trial
  ) -> Trial? {
    var (low, high) = (low, high)
    while evaluations < mostEvaluations {
      let width = high.step - low.step
      if abs(width) <= 1e-16 * abs(low.step) || width == 0 { break }
      var step = low.step + 0.5 * width
      if high.value.isFinite, let guess = LineSearch.cubicMinimum(low, high) {
        // Keep away from the ends, or the interval need not shrink.
        let (near, far) = (low.step + 0.1 * width, low.step + 0.9 * width)
        step = min(max(guess, min(near, far)), max(near, far))
      } else if !high.value.isFinite {
        step = low.step + 0.1 * width
      }
      let trial = evaluate(step)
      evaluations += 1
      if accepts(trial, start) { return trial }
      if !(trial.value.isFinite && trial.slope.isFinite) || trial.value > start.value + c1 * step * start.slope
        || trial.value >= low.value
      {
        high = trial
      } else {
        if trial.slope * (high.step - low.step) >= 0 { high = low }
        low = trial
      }
    }
    // A decrease without the slope condition is still progress.
    return low.step > 0 && low.value < start.value ? low : nil
  }

  /// The minimum of the cubic through two values and slopes; nil where it has none.
  private static func cubicMinimum(_ a: Trial, _ b: Trial) -> Double? {
    let width = b.step - a.step
    guard width != 0 else { return nil }
    let d1 = a.slope + b.slope - 3 * (b.value - a.value) / width
    let discriminant = d1 * d1 - a.slope * b.slope
    guard discriminant >= 0 else { return nil }
    let d2 = (width < 0 ? -1.0 : 1.0) * discriminant.squareRoot()
    let denominator = b.slope - a.slope + 2 * d2
    guard denominator != 0 else { return nil }
    let step = b.step - width * (b.slope + d2 - d1) / denominator
    return step.isFinite ? step : nil
  }
}

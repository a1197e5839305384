import LinearAlgebra

/// Where a method of descent stands, and its steps along directions by a line search.
///
/// The owner sets `direction`; `search` looks for a step along it and leaves what it found in `trialPoint` and
/// `trialGradient`, from which the owner may learn before it moves there with `advance`.
struct DescentPath {
  private(set) var x: [Double]
  private(set) var value = Double.nan
  private(set) var gradient: [Double]
  /// Whether value and gradient are those of the function at x.
  private(set) var isEvaluated = false
  var direction: [Double]
  private(set) var trialPoint: [Double]
  private(set) var trialGradient: [Double]
  /// The step that led to x last.
  private(set) var lastStep = 0.0
  private var trialValue = 0.0
  /// The step that leads to `trialPoint`.
  private(set) var trialStep = 0.0
  private let lineSearch = LineSearch()

  init(start x: [Double]) {
    self.x = x
    gradient = [Double](repeating: 0, count: x.count)
    direction = gradient
    trialPoint = gradient
    trialGradient = gradient
  }

  var gradientNorm: Double { isEvaluated ? norm(gradient) : .nan }

  /// Whether value and gradient are numbers, after an evaluation if there was none.
  mutating func isFinite(_ function: some DifferentiableFunction) -> Bool {
    if !isEvaluated {
      value = function.value(x, gradient: &gradient)
      isEvaluated = true
    }
    return value.isFinite && gradientNorm.isFinite
  }

  /// Turns to the negative gradient.
  ///
  /// - Returns: the slope along it.
  mutating func turnToSteepestDescent() -> Double {
    for place in direction.indices { direction[place] = -gradient[place] }
    return slope
  }

  /// gᵀd.
  var slope: Double { dot(direction, gradient) }

  /// The first step along the negative gradient: no parameter moves by more than 1.
  var steepestFirstStep: Double { min(1, 1 / gradient.reduce(0) { $0 + abs($1) }) }

  /// Looks for a step along the direction; false where there is none.
  mutating func search(_ function: some DifferentiableFunction, slope: Double, firstStep: Double) -> Bool {
    let search = lineSearch
    let found = search.search(value: value, slope: slope, firstStep: firstStep) { evaluate(function, atStep: $0) }
    guard let found else { return false }
    // The search may settle on an earlier trial than the last.
    if found.step != trialStep { _ = evaluate(function, atStep: found.step) }
    trialValue = found.value
    return true
  }

  /// Moves to where the search led.
  mutating func advance() {
    swap(&x, &trialPoint)
    swap(&gradient, &trialGradient)
    value = trialValue
    lastStep = trialStep
  }

  /// What the line search asks for. A method, as a local function and what it captures would be allocated each time.
  private mutating func evaluate(_ function: some DifferentiableFunction, atStep step: Double) -> LineSearch.Trial {
    for place in x.indices { trialPoint[place] = x[place] + step * direction[place] }
    let trialValue = function.value(trialPoint, gradient: &trialGradient)
    trialStep = step
    return LineSearch.Trial(step: step, value: trialValue, slope: dot(trialGradient, direction))
  }

  /// Value and gradient are no longer those of the function.
  mutating func forgetValue() { isEvaluated = false }

  var memory: [String: [Double]] {
    ["x": x, "gradient": gradient, "value": [value], "evaluated": [isEvaluated ? 1 : 0]]
  }

  mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    gradient = memory["gradient"] ?? gradient
    value = memory["value"]?.first ?? value
    isEvaluated = memory["evaluated"]?.first == 1
  }
}

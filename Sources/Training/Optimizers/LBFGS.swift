/// Limited-memory BFGS: the direction −H g, where H is built from the last `history` pairs s = Δx, y = Δg.
///
/// The two-loop recursion starts from γ I with γ = sᵀy/yᵀy of the latest pair. Pairs without positive curvature are
/// left out, so H stays positive definite. Where the line search finds nothing, the memory is dropped and steepest
/// descent tried once before giving up.
///
/// - Source: Liu & Nocedal (1989), Math. Programming 45; Nocedal & Wright (2006), Algorithms 7.4 and 7.5.
package struct LBFGS: Optimizer {
  package private(set) var x: [Double]
  package private(set) var value = Double.nan
  private var gradient: [Double]
  private var isEvaluated = false
  /// Pairs with 1/sᵀy in a ring: the oldest at `oldest`, which the next one replaces when all are in use.
  private var pairs: [Pair] = []
  private var oldest = 0
  private let history: Int
  private let lineSearch = LineSearch()
  private var direction: [Double]
  private var trialPoint: [Double]
  private var trialGradient: [Double]
  /// The step that leads to `trialPoint`.
  private var trialStep = 0.0
  private var alphas: [Double]
  /// Memory of the next pair.
  private var spare: Pair

  private struct Pair {
    var s: [Double]
    var y: [Double]
    var rho: Double
  }

  package init(start x: [Double], history: Int) {
    self.x = x
    self.history = history
    gradient = [Double](repeating: 0, count: x.count)
    direction = gradient
    trialPoint = gradient
    trialGradient = gradient
    alphas = [Double](repeating: 0, count: history)
    spare = Pair(s: gradient, y: gradient, rho: 0)
    pairs.reserveCapacity(history)
  }

  package var gradientNorm: Double { isEvaluated ? norm(gradient) : .nan }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    if !isEvaluated { evaluate(function) }
    guard value.isFinite, gradientNorm.isFinite else { return .nonFinite }
    setSearchDirection()
    var slope = dot(direction, gradient)
    if !(slope < 0) { slope = resetToSteepestDescent() }
    // A stationary point: nothing to gain along any direction.
    guard slope < 0 else { return .lineSearchFailed }
    if move(function, slope) { return .moved(length: lastStep) }
    guard !pairs.isEmpty else { return .lineSearchFailed }
    return move(function, resetToSteepestDescent()) ? .moved(length: lastStep) : .lineSearchFailed
  }

  /// Forgets all pairs.
  ///
  /// - Returns: the slope along the negative gradient.
  private mutating func resetToSteepestDescent() -> Double {
    pairs = []
    oldest = 0
    for place in direction.indices { direction[place] = -gradient[place] }
    return dot(direction, gradient)
  }

  private var lastStep = 0.0

  private mutating func evaluate(_ function: some DifferentiableFunction) {
    value = function.value(x, gradient: &gradient)
    isEvaluated = true
  }

  /// Searches along the direction and takes the step; false where there is none.
  private mutating func move(_ function: some DifferentiableFunction, _ slope: Double) -> Bool {
    let firstStep = pairs.isEmpty ? min(1, 1 / gradient.reduce(0) { $0 + abs($1) }) : 1
    let search = lineSearch
    let found = search.search(value: value, slope: slope, firstStep: firstStep) { evaluate(function, atStep: $0) }
    guard let found else { return false }
    // The search may settle on an earlier trial than the last.
    if found.step != trialStep { _ = evaluate(function, atStep: found.step) }
    keepPair()
    swap(&x, &trialPoint)
    swap(&gradient, &trialGradient)
    value = found.value
    lastStep = found.step
    return true
  }

  /// What the line search asks for. A method, as a local function and what it captures would be allocated each time.
  private mutating func evaluate(_ function: some DifferentiableFunction, atStep step: Double) -> LineSearch.Trial {
    for place in x.indices { trialPoint[place] = x[place] + step * direction[place] }
    let trialValue = function.value(trialPoint, gradient: &trialGradient)
    trialStep = step
    return LineSearch.Trial(step: step, value: trialValue, slope: dot(trialGradient, direction))
  }

  /// Keeps s and y of the step from `x` to `trialPoint`, if the curvature along it is positive.
  private mutating func keepPair() {
    for place in x.indices {
      spare.s[place] = trialPoint[place] - x[place]
      spare.y[place] = trialGradient[place] - gradient[place]
    }
    let curvature = dot(spare.s, spare.y)
    // Relative to the lengths, so that the size of the loss does not matter.
    guard curvature > 1e-14 * norm(spare.s) * norm(spare.y) else { return }
    spare.rho = 1 / curvature
    if pairs.count < history {
      pairs.append(spare)
      spare = Pair(s: gradient, y: gradient, rho: 0)
    } else {
      swap(&pairs[oldest], &spare)
      oldest = (oldest + 1) % history
    }
  }

  /// Where pair number `age`, the oldest first, stands in the ring.
  private func place(_ age: Int) -> Int { (oldest + age) % max(1, pairs.count) }

  private mutating func setSearchDirection() {
    for place in direction.indices { direction[place] = gradient[place] }
    for age in pairs.indices.reversed() {
      let pair = place(age)
      alphas[age] = pairs[pair].rho * dot(pairs[pair].s, direction)
      accumulate(&direction, -alphas[age], pairs[pair].y)
    }
    if !pairs.isEmpty {
      let last = place(pairs.count - 1)
      let gamma = 1 / (pairs[last].rho * dot(pairs[last].y, pairs[last].y))
      for place in direction.indices { direction[place] *= gamma }
    }
    for age in pairs.indices {
      let pair = place(age)
      let beta = pairs[pair].rho * dot(pairs[pair].y, direction)
      accumulate(&direction, alphas[age] - beta, pairs[pair].s)
    }
    for place in direction.indices { direction[place] = -direction[place] }
  }

  /// Gradient differences across the change would mix two functions: the value is taken anew, the pairs are kept, for
  /// the curvature of the same loss at other points is much the same.
  package mutating func functionChanged(_ function: some DifferentiableFunction) { isEvaluated = false }

  package var memory: [String: [Double]] {
    let inOrder = pairs.indices.map { pairs[place($0)] }
    return [
      "x": x, "gradient": gradient, "value": [value], "evaluated": [isEvaluated ? 1 : 0],
      "s": inOrder.flatMap(\.s), "y": inOrder.flatMap(\.y), "rho": inOrder.map(\.rho),
    ]
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    gradient = memory["gradient"] ?? gradient
    value = memory["value"]?.first ?? value
    isEvaluated = memory["evaluated"]?.first == 1
    let count = x.count
    let (s, y, rho) = (memory["s"] ?? [], memory["y"] ?? [], memory["rho"] ?? [])
    guard s.count == rho.count * count, y.count == s.count else { return }
    oldest = 0
    // The latest, should there be more than there is room for.
    pairs = rho.indices.suffix(history).map { place in
      let range = place * count..<(place + 1) * count
      return Pair(s: Array(s[range]), y: Array(y[range]), rho: rho[place])
    }
  }
}

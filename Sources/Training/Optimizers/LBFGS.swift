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
  /// Pairs with 1/sᵀy, oldest first.
  private var pairs: [Pair] = []
  private let history: Int
  private let lineSearch = LineSearch()

  private struct Pair {
    var s: [Double]
    var y: [Double]
    var rho: Double
  }

  package init(start x: [Double], history: Int) {
    self.x = x
    self.history = history
    gradient = [Double](repeating: 0, count: x.count)
  }

  package var gradientNorm: Double { isEvaluated ? norm(gradient) : .nan }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    if !isEvaluated { evaluate(function) }
    guard value.isFinite, gradientNorm.isFinite else { return .nonFinite }
    var direction = searchDirection()
    var slope = dot(direction, gradient)
    if !(slope < 0) {
      pairs = []
      direction = gradient.map { -$0 }
      slope = dot(direction, gradient)
    }
    // A stationary point: nothing to gain along any direction.
    guard slope < 0 else { return .lineSearchFailed }
    if move(function, direction, slope) { return .moved(length: lastStep) }
    guard !pairs.isEmpty else { return .lineSearchFailed }
    pairs = []
    direction = gradient.map { -$0 }
    slope = dot(direction, gradient)
    return move(function, direction, slope) ? .moved(length: lastStep) : .lineSearchFailed
  }

  private var lastStep = 0.0

  private mutating func evaluate(_ function: some DifferentiableFunction) {
    value = function.value(x, gradient: &gradient)
    isEvaluated = true
  }

  /// Searches along `direction` and takes the step; false where there is none.
  private mutating func move(_ function: some DifferentiableFunction, _ direction: [Double], _ slope: Double) -> Bool {
    let firstStep = pairs.isEmpty ? min(1, 1 / gradient.reduce(0) { $0 + abs($1) }) : 1
    var trialPoint = x
    var trialGradient = gradient
    var trialStep = 0.0
    func evaluateAt(_ step: Double) -> LineSearch.Trial {
      for place in x.indices { trialPoint[place] = x[place] + step * direction[place] }
      let trialValue = function.value(trialPoint, gradient: &trialGradient)
      trialStep = step
      return LineSearch.Trial(step: step, value: trialValue, slope: dot(trialGradient, direction))
    }
    guard let found = lineSearch.search(value: value, slope: slope, firstStep: firstStep, evaluateAt) else {
      return false
    }
    // The search may settle on an earlier trial than the last.
    if found.step != trialStep { _ = evaluateAt(found.step) }
    let s = zip(trialPoint, x).map { $0 - $1 }
    let y = zip(trialGradient, gradient).map { $0 - $1 }
    let curvature = dot(s, y)
    // Relative to the lengths, so that the size of the loss does not matter.
    if curvature > 1e-14 * norm(s) * norm(y) {
      if pairs.count == history { pairs.removeFirst() }
      pairs.append(Pair(s: s, y: y, rho: 1 / curvature))
    }
    x = trialPoint
    gradient = trialGradient
    value = found.value
    lastStep = found.step
    return true
  }

  private func searchDirection() -> [Double] {
    var q = gradient
    var alphas = [Double](repeating: 0, count: pairs.count)
    for place in pairs.indices.reversed() {
      alphas[place] = pairs[place].rho * dot(pairs[place].s, q)
      accumulate(&q, -alphas[place], pairs[place].y)
    }
    if let last = pairs.last {
      let gamma = 1 / (last.rho * dot(last.y, last.y))
      for place in q.indices { q[place] *= gamma }
    }
    for place in pairs.indices {
      let beta = pairs[place].rho * dot(pairs[place].y, q)
      accumulate(&q, alphas[place] - beta, pairs[place].s)
    }
    return q.map { -$0 }
  }

  /// Gradient differences across the change would mix two functions: the value is taken anew, the pairs are kept, for
  /// the curvature of the same loss at other points is much the same.
  package mutating func functionChanged(_ function: some DifferentiableFunction) { isEvaluated = false }

  package var memory: [String: [Double]] {
    [
      "x": x, "gradient": gradient, "value": [value], "evaluated": [isEvaluated ? 1 : 0],
      "s": pairs.flatMap(\.s), "y": pairs.flatMap(\.y), "rho": pairs.map(\.rho),
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
    pairs = rho.indices.map { place in
      let range = place * count..<(place + 1) * count
      return Pair(s: Array(s[range]), y: Array(y[range]), rho: rho[place])
    }
  }
}

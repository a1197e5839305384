import LinearAlgebra

/// Limited-memory BFGS: the direction −H g, where H is built from the last `history` pairs s = Δx, y = Δg.
///
/// The two-loop recursion starts from γ I with γ = sᵀy/yᵀy of the latest pair. Pairs without positive curvature are
/// left out, so H stays positive definite. Where the line search finds nothing, the memory is dropped and steepest
/// descent tried once before giving up.
///
/// - Source: Liu & Nocedal (1989), Math. Programming 45; Nocedal & Wright (2006), Algorithms 7.4 and 7.5.
package struct LBFGS: Optimizer {
  private var path: DescentPath
  /// Pairs with 1/sᵀy in a ring: the oldest at `oldest`, which the next one replaces when all are in use.
  private var pairs: [Pair] = []
  private var oldest = 0
  private let history: Int
  private var alphas: [Double]
  /// Memory of the next pair.
  private var spare: Pair

  private struct Pair {
    var s: [Double]
    var y: [Double]
    var rho: Double
  }

  package init(start x: [Double], history: Int) {
    path = DescentPath(start: x)
    self.history = history
    alphas = [Double](repeating: 0, count: history)
    spare = Pair(s: path.gradient, y: path.gradient, rho: 0)
    pairs.reserveCapacity(history)
  }

  package var x: [Double] { path.x }
  package var value: Double { path.value }
  package var gradientNorm: Double { path.gradientNorm }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard path.isFinite(function) else { return .nonFinite }
    setSearchDirection()
    var slope = path.slope
    if !(slope < 0) { slope = resetToSteepestDescent() }
    // A stationary point: nothing to gain along any direction.
    guard slope < 0 else { return .lineSearchFailed }
    if move(function, slope) { return .moved(length: path.lastStep) }
    guard !pairs.isEmpty else { return .lineSearchFailed }
    return move(function, resetToSteepestDescent()) ? .moved(length: path.lastStep) : .lineSearchFailed
  }

  /// Forgets all pairs.
  ///
  /// - Returns: the slope along the negative gradient.
  private mutating func resetToSteepestDescent() -> Double {
    pairs = []
    oldest = 0
    return path.turnToSteepestDescent()
  }

  /// Searches along the direction and takes the step; false where there is none.
  private mutating func move(_ function: some DifferentiableFunction, _ slope: Double) -> Bool {
    guard path.search(function, slope: slope, firstStep: pairs.isEmpty ? path.steepestFirstStep : 1) else {
      return false
    }
    keepPair()
    path.advance()
    return true
  }

  /// Keeps s and y of the step from `x` to `trialPoint`, if the curvature along it is positive.
  private mutating func keepPair() {
    for place in path.direction.indices {
      spare.s[place] = path.trialPoint[place] - path.x[place]
      spare.y[place] = path.trialGradient[place] - path.gradient[place]
    }
    let curvature = dot(spare.s, spare.y)
    // Relative to the lengths, so that the size of the loss does not matter.
    guard curvature > 1e-14 * norm(spare.s) * norm(spare.y) else { return }
    spare.rho = 1 / curvature
    if pairs.count < history {
      pairs.append(spare)
      spare = Pair(s: path.gradient, y: path.gradient, rho: 0)
    } else {
      swap(&pairs[oldest], &spare)
      oldest = (oldest + 1) % history
    }
  }

  /// Where pair number `age`, the oldest first, stands in the ring.
  private func place(_ age: Int) -> Int { (oldest + age) % max(1, pairs.count) }

  private mutating func setSearchDirection() {
    for place in path.direction.indices { path.direction[place] = path.gradient[place] }
    for age in pairs.indices.reversed() {
      let pair = place(age)
      alphas[age] = pairs[pair].rho * dot(pairs[pair].s, path.direction)
      accumulate(&path.direction, -alphas[age], pairs[pair].y)
    }
    if !pairs.isEmpty {
      let last = place(pairs.count - 1)
      let gamma = 1 / (pairs[last].rho * dot(pairs[last].y, pairs[last].y))
      for place in path.direction.indices { path.direction[place] *= gamma }
    }
    for age in pairs.indices {
      let pair = place(age)
      let beta = pairs[pair].rho * dot(pairs[pair].y, path.direction)
      accumulate(&path.direction, alphas[age] - beta, pairs[pair].s)
    }
    for place in path.direction.indices { path.direction[place] = -path.direction[place] }
  }

  /// Gradient differences across the change would mix two functions: the value is taken anew, the pairs are kept, for
  /// the curvature of the same loss at other points is much the same.
  package mutating func functionChanged(_ function: some DifferentiableFunction) { path.forgetValue() }

  package var memory: [String: [Double]] {
    let inOrder = pairs.indices.map { pairs[place($0)] }
    return path.memory.merging(
      ["s": inOrder.flatMap(\.s), "y": inOrder.flatMap(\.y), "rho": inOrder.map(\.rho)], uniquingKeysWith: { $1 })
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    path.restore(memory)
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

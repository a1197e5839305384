#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Later times weigh little until the residuals at earlier ones are small.
///
///     w_i = exp(−ε Σ_{k<i} L_k)      L_k the mean square of the residuals in stretch k of time
///
/// ε takes the values of a row that ascends: the next one as soon as all w_i are above a threshold δ. After the last all
/// weights are 1, for good.
///
/// The state is the number of tolerances that have been passed, then the weight of each stretch.
///
/// - Source: Wang, Sankaran & Perdikaris (2022), arXiv:2203.07404, Algorithm 1.
package enum CausalWeights: PointWeightRule {
  package static let name = "causal"
  package static let summary = "later times wait for small residuals at earlier ones (Wang et al. 2022)"
  package static let belongsToPoints = false

  package static func start(count: Int, _ settings: PointWeightSettings) -> [Double] {
    [0] + [Double](repeating: 1, count: settings.chunks)
  }

  package static func next(
    _ state: [Double], _ look: PointWeightLook, _ settings: PointWeightSettings
  ) -> [Double] {
    let passed = Int(state[0])
    guard passed < settings.tolerances.count else { return state }
    var sums = [Double](repeating: 0, count: settings.chunks)
    var counts = sums
    for (residual, time) in zip(look.residuals, look.times) {
      let chunk = chunk(of: time, settings)
      sums[chunk] += residual * residual
      counts[chunk] += 1
    }
    var (weights, earlier) = ([Double](), 0.0)
    for (sum, count) in zip(sums, counts) {
      weights.append(exp(-settings.tolerances[passed] * earlier))
      if count > 0 { earlier += sum / count }
    }
    guard weights.allSatisfy({ $0 > settings.threshold }) else { return [Double(passed)] + weights }
    let isLast = passed + 1 == settings.tolerances.count
    return [Double(passed + 1)] + (isLast ? weights.map { _ in 1 } : weights)
  }

  package static func roots(_ state: [Double], times: [Double], _ settings: PointWeightSettings) -> [Double] {
    times.map { state[1 + chunk(of: $0, settings)].squareRoot() }
  }

  package static func isSettled(_ state: [Double], _ settings: PointWeightSettings) -> Bool {
    Int(state[0]) >= settings.tolerances.count
  }

  private static func chunk(of time: Double, _ settings: PointWeightSettings) -> Int {
    min(settings.chunks - 1, max(0, Int(time * Double(settings.chunks))))
  }
}

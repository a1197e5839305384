import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// m softmax(a).
func scaledSoftmax(_ a: [Double]) -> [Double] {
  let largest = a.max() ?? 0
  let powers = a.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { Double(a.count) * $0 / sum }
}

/// More weight for terms that fell less, since the last look and, at random, since the first.
///
///     λ̂(t, s)_k = m softmax_k(L_k(t)/(T L_k(s)))
///     λ(t) = α λ(t−1) + (1 − α) λ̂(t, t−1), where with chance 0.001 λ̂(t, 0) stands for λ(t−1);   T = 0.1
///
/// - Source: Bischof & Kraus (2021), ReLoBRaLo, arXiv:2110.09813.
package enum RelativeBalance: LossBalance {
  package static let name = "relobralo"
  package static let summary = "more weight for terms that fell less, with random looks back (Bischof & Kraus 2021)"
  package static let need = BalanceNeed.values
  private static let temperature = 0.1
  private static let chanceOfLookBack = 0.001

  package static func factors(_ look: BalanceLook) -> [Double]? {
    guard look.number > 0 else { return look.values.map { _ in 1 } }
    func target(_ values: [Double]) -> [Double] {
      scaledSoftmax(zip(look.values, values).map { $0 / (temperature * $1 + .leastNormalMagnitude) })
    }
    let looksBack = look.stream.uniform(at: UInt64(look.number)) < chanceOfLookBack
    let before = looksBack ? target(look.firstValues) : look.factors
    return zip(before, target(look.lastValues)).map { look.memory * $0 + (1 - look.memory) * $1 }
  }
}

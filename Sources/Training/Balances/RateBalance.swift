/// More weight for terms that fall more slowly.
///
///     s_k = (L_k(t) − L_k(t−1))/L_k(t−1)      λ̂ = m softmax(β s), β = 0.1      λ ← α λ + (1 − α) λ̂
///
/// - Source: Heydari, Thompson & Mehmood (2019), SoftAdapt in its normalised form, arXiv:1912.12355.
package enum RateBalance: LossBalance {
  package static let name = "softadapt"
  package static let summary = "more weight for terms that fall more slowly (Heydari et al. 2019)"
  package static let need = BalanceNeed.values
  private static let beta = 0.1

  package static func factors(_ look: BalanceLook) -> [Double]? {
    guard look.number > 0 else { return look.values.map { _ in 1 } }
    let rates = zip(look.values, look.lastValues).map { ($0 - $1) / max($1, .leastNormalMagnitude) }
    return look.mixed(scaledSoftmax(rates.map { beta * $0 }))
  }
}

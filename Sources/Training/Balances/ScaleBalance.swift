/// Each term divided by its value at the start, times the mean of all: terms in different units become comparable.
///
///     λ_k = mean_j(w_j L_j)/(w_k L_k) at the first look
package enum ScaleBalance: LossBalance {
  package static let name = "rms"
  package static let summary = "each term divided by its mean square at the start, once"
  package static let need = BalanceNeed.values

  package static func factors(_ look: BalanceLook) -> [Double]? {
    look.number == 0 ? inverseShares(look.values).map { $0 / Double(look.values.count) } : nil
  }
}

/// Equal speeds of convergence of all terms, by the traces of their blocks of the tangent kernel K = JJᵀ.
///
///     λ̂_k = Σ_j tr K_j/tr K_k      λ ← α λ + (1 − α) λ̂
///
/// - Source: Wang, Yu & Perdikaris (2022), arXiv:2007.14527.
package enum KernelBalance: LossBalance {
  package static let name = "ntk"
  package static let summary = "speeds of all terms made equal, by traces of the tangent kernel (Wang et al. 2022)"
  package static let need = BalanceNeed.traces

  package static func factors(_ look: BalanceLook) -> [Double]? { look.mixed(inverseShares(look.traces)) }
}

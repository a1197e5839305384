/// Equal lengths of the gradients of all terms.
///
///     λ̂_k = Σ_j ‖∇L_j‖/‖∇L_k‖      λ ← α λ + (1 − α) λ̂
///
/// - Source: Wang, Teng & Perdikaris (2021), arXiv:2001.04536, in the form of Wang et al. (2023), arXiv:2308.08468.
package enum GradientBalance: LossBalance {
  package static let name = "gradient-norm"
  package static let summary = "gradients of all terms made equally long (Wang et al. 2021, 2023)"
  package static let need = BalanceNeed.gradients

  package static func factors(_ look: BalanceLook) -> [Double]? { look.mixed(inverseShares(look.gradientNorms)) }
}

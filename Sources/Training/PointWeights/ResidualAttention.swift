/// Points whose residual has long been large weigh more.
///
///     λ_i ← γ λ_i + η |r_i|/max_j |r_j|      the loss is the mean of (λ_i r_i)²
///
/// λ starts at 1, lies between 0 and max(1, η/(1 − γ)), and is the state.
///
/// - Source: Anagnostopoulos, Toscano, Stergiopulos & Karniadakis (2024), arXiv:2307.00379; departs by the start, so that
///   the equations do not begin with less weight than the conditions.
package enum ResidualAttention: PointWeightRule {
  package static let name = "attention"
  package static let summary = "points of lasting residuals weigh more (Anagnostopoulos et al. 2024)"
  package static let belongsToPoints = true

  package static func next(
    _ state: [Double], _ look: PointWeightLook, _ settings: PointWeightSettings
  ) -> [Double] {
    let largest = look.residuals.max() ?? 0
    guard largest > 0, largest.isFinite else { return state }
    return zip(state, look.residuals).map { settings.memory * $0 + settings.rate * $1 / largest }
  }
}

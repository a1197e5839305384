/// Weights that climb where the parameters descend: the loss is made small where the weights make it largest.
///
///     L = mean_i λ_i² r_i²      λ ← λ + η ∂L/∂λ · N/(2 mean r²) = λ_i (1 + η r_i²/mean_j r_j²)
///
/// λ starts at 1, is divided by its root mean square after each step, and is the state. The units of the residual do not
/// matter, and the weight of the equations against other terms stays that of the file.
///
/// - Source: McClenny & Braga-Neto (2023), J. Comput. Phys. 474, 111722, arXiv:2009.04544, with the mask λ²; departs by
///   r² in units of its mean, and by the division.
package enum SelfAdaptiveWeights: PointWeightRule {
  package static let name = "adaptive"
  package static let summary = "weights climb the loss while parameters descend it (McClenny & Braga-Neto 2023)"
  package static let belongsToPoints = true

  package static func next(
    _ state: [Double], _ look: PointWeightLook, _ settings: PointWeightSettings
  ) -> [Double] {
    let squares = look.residuals.map { $0 * $0 }
    let mean = squares.reduce(0, +) / Double(max(1, squares.count))
    guard mean > 0, mean.isFinite else { return state }
    let climbed = zip(state, squares).map { $0 * (1 + settings.rate * $1 / mean) }
    let size = (climbed.reduce(0) { $0 + $1 * $1 } / Double(climbed.count)).squareRoot()
    return climbed.map { $0 / size }
  }
}

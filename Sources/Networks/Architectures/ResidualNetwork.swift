import Autodiff

/// Every layer but the first is added to what it reads:
///
///     h₁ = σ(features W₁ + b₁),   hₗ = hₗ₋₁ + σ(hₗ₋₁ Wₗ + bₗ)
///
/// - Source: He, Zhang, Ren & Sun (2016), arXiv:1512.03385, with blocks of one layer and the activation before the sum.
package enum ResidualNetwork: Architecture {
  package static let name = "residual"
  package static let summary = "each layer is added to what it reads: for many layers"

  package static func layers(inputs: Int, hidden: [Int]) -> [HiddenLayerPlan] {
    hidden.enumerated().map { place, units in
      HiddenLayerPlan(units, place == 0 ? .none : .sum(.node(place - 1), own: 1, other: 1))
    }
  }

  package static func objection(to hidden: [Int]) -> String? { objectionToDifferentWidths(hidden) }
}

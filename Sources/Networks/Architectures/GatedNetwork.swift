import Autodiff

/// Every layer is a gate z between two encoders u and v of the features:
///
///     u = σ(features W_u + b_u),   v = σ(features W_v + b_v)
///     zₗ = σ(hₗ₋₁ Wₗ + bₗ),   hₗ = (1 − zₗ) u + zₗ v = u + zₗ (v − u),   h₀ = features
///
/// v − u is made once, as what the second encoder leaves, and a gate is one product of jets.
///
/// - Source: Wang, Teng & Perdikaris (2021), arXiv:2001.04536 ("modified MLP"), with the first layer a
///   gate as all others.
package enum GatedNetwork: Architecture {
  package static let name = "gated"
  package static let summary = "each layer is a gate between two encoders of the inputs (Wang et al. 2021)"

  package static func layers(inputs: Int, hidden: [Int]) -> [HiddenLayerPlan] {
    encoders(hidden[0])
      + hidden.enumerated().map { HiddenLayerPlan($1, readsInputs: $0 == 0, .gate(.node(0), .node(1))) }
  }

  /// u, and v − u.
  static func encoders(_ units: Int) -> [HiddenLayerPlan] {
    [
      HiddenLayerPlan(units, readsInputs: true),
      HiddenLayerPlan(units, readsInputs: true, .sum(.node(0), own: 1, other: -1)),
    ]
  }

  package static func objection(to hidden: [Int]) -> String? {
    hidden.isEmpty
      ? "architecture '\(name)' needs at least one hidden layer" : objectionToDifferentWidths(hidden)
  }
}

/// Each layer reads the one before:
///
///     h₀ = features,   hₗ = σ(hₗ₋₁ Wₗ + bₗ)
package enum MultilayerPerceptron: Architecture {
  package static let name = "mlp"
  package static let summary = "multilayer perceptron: each layer reads the one before"

  package static func layers(inputs: Int, hidden: [Int]) -> [HiddenLayerPlan] { hidden.map { HiddenLayerPlan($0) } }

  package static func objection(to hidden: [Int]) -> String? { nil }
}

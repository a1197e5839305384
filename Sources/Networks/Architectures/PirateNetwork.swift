import Autodiff

/// Blocks of three layers around which what they read is led, with a share α of the block that is trained and starts at
/// 0: the network starts as a linear map of its features and grows deep as it is trained.
///
///     u, v as in `GatedNetwork`,   x₀ = features
///     f = σ(xₗ W₁ + b₁),   z = (1 − f) u + f v
///     g = σ(z W₂ + b₂),    z' = (1 − g) u + g v
///     h = σ(z' W₃ + b₃),   xₗ₊₁ = α h + (1 − α) xₗ
///
/// Every width given is that of the first two layers of a block; the third has as many units as there are features, as
/// in the authors' code. They pass sines and cosines of random frequencies: a few plain variables are a narrow path.
///
/// - Source: Wang, Li, Chen & Perdikaris (2024), arXiv:2402.00326; the start values of the outputs are drawn as
///   those of other layers, theirs are fitted to data by least squares.
package enum PirateNetwork: Architecture {
  package static let name = "pirate"
  package static let summary = "blocks of three gated layers that fade in as they are trained (Wang et al. 2024)"

  package static func layers(inputs: Int, hidden: [Int]) -> [HiddenLayerPlan] {
    var layers = GatedNetwork.encoders(hidden[0])
    var x = TapeValue.inputs
    for units in hidden {
      layers.append(HiddenLayerPlan(units, readsInputs: x == .inputs, .gate(.node(0), .node(1))))
      layers.append(HiddenLayerPlan(units, .gate(.node(0), .node(1))))
      layers.append(HiddenLayerPlan(inputs, .blend(x)))
      x = .node(layers.count - 1)
    }
    return layers
  }

  package static func objection(to hidden: [Int]) -> String? {
    hidden.isEmpty ? "architecture '\(name)' needs at least one block" : objectionToDifferentWidths(hidden)
  }
}

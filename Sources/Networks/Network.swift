package import Autodiff
package import KernelInterface
package import Kernels

/// The size and kind of a network.
package struct NetworkArchitecture: Sendable {
  package var kind: any Architecture.Type
  /// Width of every hidden layer, or of the layers of every block.
  package var hidden: [Int]
  package var activation: Activation
  /// Factor on the argument of every hidden activation, above 1 for sine networks.
  package var omega: Double
  package var initialization: Initialization
  /// Weights in factors W diag(eᵍ), where not nil.
  package var factorization: WeightFactorization?
  /// n, where activations have a trained slope a: σ(n a z), a = 1/n at first.
  ///
  /// A slope for each layer, of Jagtap, Kawaguchi & Karniadakis (2020), arXiv:1909.12228; n is how fast the product
  /// n a moves beside the weights. Their term of the loss that rewards slopes is left out.
  package var slopeScale: Double?

  package init(
    kind: any Architecture.Type = MultilayerPerceptron.self, hidden: [Int], activation: Activation, omega: Double,
    initialization: Initialization, factorization: WeightFactorization? = nil, slopeScale: Double? = nil
  ) {
    self.kind = kind
    self.hidden = hidden
    self.activation = activation
    self.omega = omega
    self.initialization = initialization
    self.factorization = factorization
    self.slopeScale = slopeScale
  }
}

/// Features, then the hidden layers of an architecture, then an affine map to the outputs.
///
///     h₀ = features(x),   hₗ = σ(s a (hₗ₋₁ Wₗ diag(eᵍ) + bₗ)), combined as the architecture says,   output = h_L W + b
package struct Network: Sendable {
  package let architecture: NetworkArchitecture
  package let features: FeatureMap
  /// The numbers of its outputs among those of all networks of the problem.
  package let outputs: Range<Int>
  /// The hidden layers in order, then that of the outputs.
  package let layers: [AffineParameters]
  private let plans: [HiddenLayerPlan]

  /// Reserves the parameters of the network in `packing`.
  package init(
    _ architecture: NetworkArchitecture, features: FeatureMap, outputs: Range<Int>, packing: inout ParameterPacking
  ) {
    self.architecture = architecture
    self.features = features
    self.outputs = outputs
    plans = architecture.kind.layers(inputs: features.count, hidden: architecture.hidden)
    let all: AffineParameters.Extras = architecture.factorization == nil ? [] : .unitScales
    var layers: [AffineParameters] = []
    var width = features.count
    for plan in plans {
      var extras = all
      if architecture.slopeScale != nil { extras.insert(.slope) }
      if case .blend = plan.combination { extras.insert(.share) }
      layers.append(
        packing.append(
          .hidden, inputs: plan.readsInputs ? features.count : width, outputs: plan.units,
          scale: architecture.omega * (architecture.slopeScale ?? 1), extras: extras))
      width = plan.units
    }
    layers.append(packing.append(.output, inputs: width, outputs: outputs.count, extras: all))
    self.layers = layers
  }

  package var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// The network recorded for jets with the given parts.
  package func tape(parts: DerivativeSet) -> Tape {
    var tape = Tape(parts: parts, inputWidth: features.count)
    for (layer, plan) in zip(layers, plans) {
      tape.append(.hidden(layer, architecture.activation, readsInputs: plan.readsInputs, plan.combination))
    }
    if let last = layers.last { tape.append(.output(last)) }
    return tape
  }

  /// Draws start values into the network's places of the parameter vector.
  ///
  /// A layer starts as the same function with factors and slopes as without: the factors multiply to the weights drawn, and
  /// n a is 1. A share is 0.
  package func initialize(_ parameters: inout [Double], stream: RandomStream) {
    for (place, layer) in layers.enumerated() {
      let isFirst = place == 0 || place < plans.count && plans[place].readsInputs
      let stream = stream.substream("layer", index: place)
      architecture.initialization.fill(
        &parameters, layer: layer, isFirst: isFirst, omega: architecture.omega, stream: stream)
      architecture.factorization?.factor(&parameters, layer: layer, stream: stream.substream("unit scales"))
      if layer.extras.contains(.slope) {
        parameters[layer.offset + layer.slopePlace] = 1 / (architecture.slopeScale ?? 1)
      }
      if layer.extras.contains(.share) { parameters[layer.offset + layer.sharePlace] = 0 }
    }
  }
}

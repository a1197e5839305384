package import Autodiff
package import KernelInterface
package import Kernels

/// The size and kind of a multilayer perceptron.
package struct NetworkArchitecture: Sendable, Equatable {
  /// Width of every hidden layer.
  package var hidden: [Int]
  package var activation: Activation
  /// Factor on the argument of every hidden activation, above 1 for sine networks.
  package var omega: Double
  package var initialization: Initialization

  package init(hidden: [Int], activation: Activation, omega: Double, initialization: Initialization) {
    self.hidden = hidden
    self.activation = activation
    self.omega = omega
    self.initialization = initialization
  }
}

/// A multilayer perceptron: features, then affine layers with an activation between each two.
///
///     h₀ = features(x),   hₗ = σ(s (hₗ₋₁ Wₗ + bₗ)),   output = h_L W + b
package struct Network: Sendable {
  package let architecture: NetworkArchitecture
  package let features: FeatureMap
  /// The numbers of its outputs among those of all networks of the problem.
  package let outputs: Range<Int>
  package let layers: [AffineParameters]

  /// Reserves the parameters of the network in `packing`.
  package init(
    _ architecture: NetworkArchitecture, features: FeatureMap, outputs: Range<Int>, packing: inout ParameterPacking
  ) {
    self.architecture = architecture
    self.features = features
    self.outputs = outputs
    var layers: [AffineParameters] = []
    var width = features.count
    for hidden in architecture.hidden {
      layers.append(packing.append(.hidden, inputs: width, outputs: hidden, scale: architecture.omega))
      width = hidden
    }
    layers.append(packing.append(.output, inputs: width, outputs: outputs.count))
    self.layers = layers
  }

  package var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// The network recorded for jets with the given parts.
  package func tape(parts: DerivativeSet) -> Tape {
    var tape = Tape(parts: parts, inputWidth: features.count)
    for layer in layers.dropLast() {
      tape.append(.hidden(layer, architecture.activation))
    }
    if let last = layers.last { tape.append(.output(last)) }
    return tape
  }

  /// Draws start values into the network's places of the parameter vector.
  package func initialize(_ parameters: inout [Double], stream: RandomStream) {
    for (place, layer) in layers.enumerated() {
      architecture.initialization.fill(
        &parameters, layer: layer, isFirst: place == 0, omega: architecture.omega,
        stream: stream.substream("layer", index: place))
    }
  }
}

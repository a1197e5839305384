package import Autodiff
package import Kernels

/// How the weights of a layer with n inputs and m outputs are drawn at first. Biases start at zero but for `siren`.
package enum Initialization: String, Sendable, CaseIterable {
  /// Normal with variance 2/(n + m): keeps the size of signals forward and in reverse for functions of slope 1 at 0
  /// (Glorot & Bengio 2010).
  case glorotNormal = "glorot-normal"
  /// Uniform with the same variance.
  case glorotUniform = "glorot-uniform"
  /// Normal with variance 2/n, for functions that pass half of their input (He et al. 2015, arXiv:1502.01852).
  case heNormal = "he-normal"
  /// Uniform with the same variance.
  case heUniform = "he-uniform"
  /// Uniform in ±1/n in the first layer and ±√(6/n)/ω in the others, biases in ±1/√n, for sine layers with the
  /// frequency factor ω (Sitzmann et al. 2020, arXiv:2006.09661).
  case siren

  /// One line for lists.
  package var summary: String {
    switch self {
    case .glorotNormal: "normal, variance 2/(inputs + outputs) (Glorot & Bengio 2010)"
    case .glorotUniform: "uniform, variance 2/(inputs + outputs)"
    case .heNormal: "normal, variance 2/inputs (He et al. 2015)"
    case .heUniform: "uniform, variance 2/inputs"
    case .siren: "uniform, for sine layers (Sitzmann et al. 2020)"
    }
  }

  /// Writes start values of a layer into its place in the parameter vector.
  ///
  /// - Parameters: `omega` is the frequency factor of the network's activations; `stream` belongs to this layer alone,
  ///   so that another layer or purpose leaves it unchanged.
  package func fill(
    _ parameters: inout [Double], layer: AffineParameters, isFirst: Bool, omega: Double, stream: RandomStream
  ) {
    let (n, m) = (Double(layer.inputs), Double(layer.outputs))
    let weights = layer.inputs * layer.outputs
    for place in 0..<weights {
      let counter = UInt64(place)
      let centred = 2 * stream.uniform(at: counter) - 1
      parameters[layer.offset + place] =
        switch self {
        case .glorotNormal: stream.normal(at: counter) * (2 / (n + m)).squareRoot()
        case .glorotUniform: centred * (6 / (n + m)).squareRoot()
        case .heNormal: stream.normal(at: counter) * (2 / n).squareRoot()
        case .heUniform: centred * (6 / n).squareRoot()
        case .siren: centred * (isFirst ? 1 / n : (6 / n).squareRoot() / omega)
        }
    }
    for place in 0..<layer.outputs {
      let counter = UInt64(weights + place)
      parameters[layer.offset + weights + place] =
        self == .siren ? (2 * stream.uniform(at: counter) - 1) / n.squareRoot() : 0
    }
  }
}

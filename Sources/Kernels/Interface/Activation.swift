/// The scalar functions between the layers of a network.
package enum Activation: String, Sendable, CaseIterable {
  case tanh
  case sin
  case swish
  case gelu
  case sigmoid
  case softplus
  case identity

  /// The function as a formula, for catalogues and documents.
  package var summary: String {
    switch self {
    case .tanh: "tanh(z)"
    case .sin: "sin(z)"
    case .swish: "z·sigmoid(z)"
    case .gelu: "z·Φ(z), Φ the normal distribution function"
    case .sigmoid: "1/(1 + exp(-z))"
    case .softplus: "log(1 + exp(z))"
    case .identity: "z"
    }
  }
}

package import Expressions
import KernelInterface

/// How the residual z of a measurement, in units of its noise, counts.
///
///     squares       ϱ(z) = z²
///     huber(k)      ϱ(z) = z² for |z| ≤ k, else 2k|z| − k²
///     student(ν)    ϱ(z) = (ν + 1) ln(1 + z²/ν)
///
/// The last two let outliers have little or hardly any influence: ϱ is −2 ln of a likelihood with tails that are
/// exponential or a power. A sum of ϱ is a sum of squares of the residuals
///
///     r(z) = sign(z) ϱ(z)^½      dr/dz = ϱ′(z)/(2 ϱ(z)^½)
///
/// whose gradient is that of Σϱ exactly, and whose rows are those of z, reweighted at every iteration by (dr/dz)². So
/// every optimizer minimises Σϱ itself, and nothing of it needs to be remembered between steps.
///
/// - Source: Huber (1964), Ann. Math. Statist. 35, 73; Lange, Little & Taylor (1989), J. Amer. Statist. Assoc. 84, 881.
package enum RobustLoss: Sendable, Equatable {
  case squares
  case huber(Double)
  case student(Double)

  /// How each is written, with what its number is.
  package static let usages = ["squares", "huber(k)", "student(ν)"]

  /// - Returns: nil for no loss of that name and number of arguments.
  package init?(name: String, arguments: [Double]) {
    switch (name, arguments.count) {
    case ("squares", 0): self = .squares
    case ("huber", 1): self = .huber(arguments[0])
    case ("student", 1): self = .student(arguments[0])
    default: return nil
    }
  }

  /// What is wrong with its number; nil where nothing is.
  package var objection: String? {
    switch self {
    case .squares: nil
    case .huber(let k): k > 0 ? nil : "the bound of huber must be above 0, found \(k)"
    case .student(let nu): nu > 0 ? nil : "the degrees of freedom of student must be above 0, found \(nu)"
    }
  }

  /// r(z).
  package func residual(_ z: NodeID, in graph: inout ExpressionGraph) -> NodeID {
    switch self {
    case .squares: return z
    case .huber(let k):
      // The part within [−k, k], and what the root adds to it beyond: smooth at 0, and never the root of less than k².
      let (bound, negative) = (graph.constant(k), graph.constant(-k))
      let capped = graph.minimum(z, bound)
      let inner = graph.maximum(capped, negative)
      let size = graph.unary(.abs, z)
      let outside = graph.maximum(size, bound)
      let twice = graph.multiply(graph.constant(2 * k), outside)
      let square = graph.subtract(twice, graph.constant(k * k))
      let excess = graph.subtract(graph.unary(.sqrt, square), bound)
      let signed = graph.multiply(graph.unary(.sign, z), excess)
      return graph.add(inner, signed)
    case .student(let nu):
      // z ((ν + 1)/ν · ln(1 + q)/q)^½ with q = z²/ν, moved off 0/0 by less than counts.
      let square = graph.multiply(z, z)
      let q = graph.add(graph.multiply(square, graph.constant(1 / nu)), graph.constant(1e-8))
      let ratio = graph.divide(graph.unary(.log1p, q), q)
      let scaled = graph.multiply(graph.constant((nu + 1) / nu), ratio)
      return graph.multiply(z, graph.unary(.sqrt, scaled))
    }
  }
}

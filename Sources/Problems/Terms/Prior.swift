package import Expressions
import KernelInterface

/// What is known of an unknown p before the data: one more residual with standard deviation 1.
///
///     normal(m, s)       (p − m)/s
///     lognormal(m, s)    (ln p − ln m)/s, m the median and s the deviation of the logarithm
///
/// Half its square is −ln of the density, which for `lognormal` is that of ln p.
package enum Prior: Sendable, Equatable {
  case normal(mean: Double, deviation: Double)
  case lognormal(median: Double, deviation: Double)

  /// How each is written.
  package static let usages = ["normal(mean, deviation)", "lognormal(median, deviation of the logarithm)"]

  /// - Returns: nil for no distribution of that name and number of arguments.
  package init?(name: String, arguments: [Double]) {
    guard arguments.count == 2 else { return nil }
    switch name {
    case "normal": self = .normal(mean: arguments[0], deviation: arguments[1])
    case "lognormal": self = .lognormal(median: arguments[0], deviation: arguments[1])
    default: return nil
    }
  }

  /// What is wrong with its numbers; nil where nothing is.
  package var objection: String? {
    switch self {
    case .lognormal(let median, _) where median <= 0: "the median of lognormal must be above 0, found \(median)"
    case .normal(_, let deviation), .lognormal(_, let deviation):
      deviation > 0 ? nil : "the deviation of a prior must be above 0, found \(deviation)"
    }
  }

  package func residual(_ p: NodeID, in graph: inout ExpressionGraph) -> NodeID {
    switch self {
    case .normal(let mean, let deviation):
      let distance = graph.subtract(p, graph.constant(mean))
      return graph.multiply(graph.constant(1 / deviation), distance)
    case .lognormal(let median, let deviation):
      let ratio = graph.multiply(p, graph.constant(1 / median))
      return graph.multiply(graph.constant(1 / deviation), graph.unary(.log, ratio))
    }
  }
}

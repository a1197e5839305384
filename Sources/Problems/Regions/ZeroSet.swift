package import Expressions
import KernelInterface

/// Where a shape or region ends, as a formula of functions f > 0 that each vanish on one piece of a boundary.
///
/// R-functions make one function of several, with the sign that the Boolean operation has and the slope of whichever operand
/// vanishes:
///
///     f ∧ g = f + g − √(f² + g²)        f ∨ g = f + g + √(f² + g²)
///
/// They are analytic but where both operands are 0. Where it is only asked that a function is positive inside, f · g serves
/// for ∧ and is analytic there, too; see `factors`.
///
/// - Source: Rvachev (1982); Shapiro (2007), Semi-analytic geometry with R-functions; Sukumar & Srivastava (2022),
///   arXiv:2104.08426.
package indirect enum ZeroSet: Sendable {
  /// Positive inside, negative outside, 0 on the piece and on what continues it, with about unit slope there.
  case piece(leaf: Int, number: Int, NodeID)
  /// Between two parallel planes.
  case slab(ZeroSet, ZeroSet)
  case all([ZeroSet])
  case any([ZeroSet])
  case complement(ZeroSet)

  /// The pieces, as those of a leaf of a region.
  func labelled(_ leaf: Int) -> ZeroSet {
    switch self {
    case .piece(_, let number, let node): .piece(leaf: leaf, number: number, node)
    case .slab(let a, let b): .slab(a.labelled(leaf), b.labelled(leaf))
    case .all(let parts): .all(parts.map { $0.labelled(leaf) })
    case .any(let parts): .any(parts.map { $0.labelled(leaf) })
    case .complement(let inner): .complement(inner.labelled(leaf))
    }
  }

  /// The same with other functions.
  func mapping(_ body: (NodeID) -> NodeID) -> ZeroSet {
    switch self {
    case .piece(let leaf, let number, let node): .piece(leaf: leaf, number: number, body(node))
    case .slab(let a, let b): .slab(a.mapping(body), b.mapping(body))
    case .all(let parts): .all(parts.map { $0.mapping(body) })
    case .any(let parts): .any(parts.map { $0.mapping(body) })
    case .complement(let inner): .complement(inner.mapping(body))
    }
  }

  var pieces: [(leaf: Int, number: Int)] {
    switch self {
    case .piece(let leaf, let number, _): [(leaf, number)]
    case .slab(let a, let b): a.pieces + b.pieces
    case .all(let parts), .any(let parts): parts.flatMap(\.pieces)
    case .complement(let inner): inner.pieces
    }
  }

  /// Formulas of which the region is the intersection. Each is positive inside, so their product is, whatever subset of
  /// them is taken; single pieces are told apart as far as the region is an intersection.
  var factors: [ZeroSet] { factors(isNegated: false) }

  private func factors(isNegated: Bool) -> [ZeroSet] {
    switch self {
    case .complement(let inner): inner.factors(isNegated: !isNegated)
    case .slab(let a, let b) where !isNegated: a.factors(isNegated: false) + b.factors(isNegated: false)
    case .all(let parts) where !isNegated: parts.flatMap { $0.factors(isNegated: false) }
    case .any(let parts) where isNegated: parts.flatMap { $0.factors(isNegated: true) }
    default: [isNegated ? .complement(self) : self]
    }
  }

  /// One function with the sign of the formula everywhere.
  package func function(in graph: inout ExpressionGraph) -> NodeID {
    switch self {
    case .piece(_, _, let node): return node
    case .slab(let a, let b):
      let (lower, upper) = (a.function(in: &graph), b.function(in: &graph))
      // The functions of parallel planes add up to their distance.
      let width = graph.add(lower, upper)
      let product = graph.multiply(lower, upper)
      return graph.constantValue(width) == nil ? product : graph.divide(product, width)
    case .complement(let inner):
      let node = inner.function(in: &graph)
      return graph.negate(node)
    case .all(let parts), .any(let parts):
      let isAll = if case .all = self { true } else { false }
      var result = parts[0].function(in: &graph)
      for part in parts.dropFirst() {
        let next = part.function(in: &graph)
        let squares = graph.add(graph.integerPower(result, 2), graph.integerPower(next, 2))
        let (sum, root) = (graph.add(result, next), graph.unary(.sqrt, squares))
        result = isAll ? graph.subtract(sum, root) : graph.add(sum, root)
      }
      return result
    }
  }
}

extension ExpressionGraph {
  /// Σ aᵢ xᵢ + b.
  mutating func affine(_ factors: [Double], _ x: [NodeID], plus shift: Double) -> NodeID {
    var sum = constant(shift)
    for (factor, node) in zip(factors, x) where factor != 0 {
      let term = multiply(constant(factor), node)
      sum = add(sum, term)
    }
    return sum
  }

  /// Σ ((xᵢ − cᵢ)/rᵢ)².
  mutating func squaredDistance(_ x: [NodeID], from center: [Double], radii: [Double]? = nil) -> NodeID {
    var sum = constant(0)
    for axis in x.indices {
      let difference = subtract(x[axis], constant(center[axis]))
      let scaled = multiply(constant(1 / (radii?[axis] ?? 1)), difference)
      sum = add(sum, integerPower(scaled, 2))
    }
    return sum
  }
}

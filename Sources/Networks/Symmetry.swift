package import Expressions

/// Symmetries that a network has whatever its weights, because its features have them.
///
/// A smooth function has the symmetry of a compact group exactly if it is a smooth function of polynomials that generate
/// the invariant ones. With ξ = (x − c)/R, R the distance of the farthest point of the domain:
///
/// | symmetry | features |
/// | --- | --- |
/// | even in x about c | ξ² |
/// | odd in x about c | ξ², and outputs times ξ |
/// | all rotations about a point | ρ² = Σ ξᵢ² |
/// | rotations by 2π/n in a plane, ζ = ξ + iη | ρ², Re ζⁿ, Im ζⁿ; without the last, reflections too |
/// | exchanges of variables | elementary symmetric polynomials Σ ξᵢ, Σ ξᵢ ξⱼ, … |
///
/// So nothing is averaged over the group and a network runs once, whatever its order.
///
/// - Source: Whitney (1943), Duke Math. J. 10, 159 for even functions; Schwarz (1975), Topology 14, 63 for the others.
package struct Symmetry: Sendable {
  package struct Mirror: Sendable {
    package var variable: Int
    package var about: Double

    package init(variable: Int, about: Double) {
      self.variable = variable
      self.about = about
    }
  }

  package struct Rotation: Sendable {
    package var about: [Mirror]
    /// n; nil for every angle.
    package var order: Int?
    package var hasMirror: Bool

    package init(about: [Mirror], order: Int?, hasMirror: Bool) {
      self.about = about
      self.order = order
      self.hasMirror = hasMirror
    }
  }

  package var even: [Mirror]
  package var odd: [Mirror]
  package var rotation: Rotation?
  package var exchange: [Int]

  package init(even: [Mirror] = [], odd: [Mirror] = [], rotation: Rotation? = nil, exchange: [Int] = []) {
    self.even = even
    self.odd = odd
    self.rotation = rotation
    self.exchange = exchange
  }

  /// The variables that features of the symmetry replace.
  package var variables: Set<Int> {
    Set(even.map(\.variable) + odd.map(\.variable) + (rotation?.about.map(\.variable) ?? []) + exchange)
  }

  /// The features, nodes of `graph`.
  ///
  /// - Parameters: `ranges` of all variables.
  package func features(_ ranges: [ClosedRange<Double>], in graph: inout ExpressionGraph) -> [NodeID] {
    var features = (even + odd).map { mirror in
      let coordinate = Symmetry.centred([mirror], ranges, &graph)[0]
      return graph.integerPower(coordinate, 2)
    }
    if let rotation { features += Symmetry.invariants(of: rotation, ranges, &graph) }
    if !exchange.isEmpty { features += symmetricPolynomials(ranges, &graph) }
    return features
  }

  /// What the outputs are multiplied with: the product of ξ over the odd variables, 1 where there are none.
  package func factor(_ ranges: [ClosedRange<Double>], in graph: inout ExpressionGraph) -> NodeID {
    var factor = graph.constant(1)
    for mirror in odd { factor = graph.multiply(factor, Symmetry.centred([mirror], ranges, &graph)[0]) }
    return factor
  }

  /// ξ of some variables, with one R for all of them.
  private static func centred(
    _ places: [Mirror], _ ranges: [ClosedRange<Double>], _ graph: inout ExpressionGraph
  ) -> [NodeID] {
    let farthest = places.reduce(0.0) { farthest, place in
      let range = ranges[place.variable]
      return max(farthest, abs(range.lowerBound - place.about), abs(range.upperBound - place.about))
    }
    return places.map { place in
      let coordinate = graph.symbol(.coordinate(place.variable, site: 0))
      let difference = graph.subtract(coordinate, graph.constant(place.about))
      return graph.multiply(graph.constant(1 / farthest), difference)
    }
  }

  private static func invariants(
    of rotation: Rotation, _ ranges: [ClosedRange<Double>], _ graph: inout ExpressionGraph
  ) -> [NodeID] {
    let coordinates = centred(rotation.about, ranges, &graph)
    var square = graph.constant(0)
    for coordinate in coordinates { square = graph.add(square, graph.integerPower(coordinate, 2)) }
    guard let order = rotation.order else { return [square] }
    let (x, y) = (coordinates[0], coordinates[1])
    var (real, imaginary) = (x, y)
    for _ in 1..<order {
      (real, imaginary) = (
        graph.subtract(graph.multiply(real, x), graph.multiply(imaginary, y)),
        graph.add(graph.multiply(real, y), graph.multiply(imaginary, x))
      )
    }
    return rotation.hasMirror ? [square, real] : [square, real, imaginary]
  }

  /// e₁ … e_k, from the product of all (1 + ξᵢ s).
  private func symmetricPolynomials(
    _ ranges: [ClosedRange<Double>], _ graph: inout ExpressionGraph
  ) -> [NodeID] {
    let lower = exchange.map { ranges[$0].lowerBound }.min() ?? 0
    let upper = exchange.map { ranges[$0].upperBound }.max() ?? 0
    let places = exchange.map { Mirror(variable: $0, about: (lower + upper) / 2) }
    var polynomials: [NodeID] = []
    for coordinate in Symmetry.centred(places, ranges, &graph) {
      polynomials.append(graph.constant(0))
      for place in polynomials.indices.reversed() {
        let below = place == 0 ? graph.constant(1) : polynomials[place - 1]
        polynomials[place] = graph.add(polynomials[place], graph.multiply(coordinate, below))
      }
    }
    return polynomials
  }
}

/// A region as it is put together from shapes.
package indirect enum RegionExpression: Sendable {
  /// A shape, with the name its boundary goes by if the user gave it one.
  case shape(any Shape, name: String?)
  case union([RegionExpression])
  case intersection([RegionExpression])
  case difference(RegionExpression, [RegionExpression])
  case moved(RegionExpression, AffineMap)

  package var dimensions: Int {
    switch self {
    case .shape(let shape, _): shape.dimensions
    case .union(let parts), .intersection(let parts): parts[0].dimensions
    case .difference(let whole, _): whole.dimensions
    case .moved(let region, _): region.dimensions
    }
  }

  /// Whether a point is inside.
  package func contains(_ point: [Double]) -> Bool {
    switch self {
    case .shape(let shape, _): shape.depth(point) > 0
    case .union(let parts): parts.contains { $0.contains(point) }
    case .intersection(let parts): parts.allSatisfy { $0.contains(point) }
    case .difference(let whole, let parts): whole.contains(point) && !parts.contains { $0.contains(point) }
    case .moved(let region, let map): region.contains(map.preimage(point))
    }
  }
}

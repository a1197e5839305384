package import Expressions

/// A box, in one dimension an interval.
package struct BoxShape: Shape {
  package let bounds: [ClosedRange<Double>]
  package let pieces: [ShapePiece]

  /// - Throws: an empty range.
  package init(_ bounds: [ClosedRange<Double>]) throws(RegionError) {
    self.bounds = bounds
    let lengths = bounds.map { $0.upperBound - $0.lowerBound }
    for (axis, length) in lengths.enumerated() where !(length > 0 && length.isFinite) {
      throw RegionError("the box has the extent \(length) along axis \(axis + 1)")
    }
    pieces = bounds.indices.flatMap { axis in
      let size = bounds.indices.filter { $0 != axis }.reduce(1) { $0 * lengths[$1] }
      return BoxShape.names(axis: axis).map {
        ShapePiece(name: $0, measure: size, coordinates: bounds.count - 1)
      }
    }
  }

  /// What the two faces of an axis are called, the lower one first.
  package static func names(axis: Int) -> [String] {
    let known = [["left", "right"], ["bottom", "top"], ["front", "back"]]
    return axis < known.count ? known[axis] : ["lower\(axis + 1)", "upper\(axis + 1)"]
  }

  package var dimensions: Int { bounds.count }

  package var measure: Double? { bounds.reduce(1) { $0 * ($1.upperBound - $1.lowerBound) } }

  package func depth(_ point: [Double]) -> Double {
    zip(point, bounds).reduce(.infinity) { min($0, $1.0 - $1.1.lowerBound, $1.1.upperBound - $1.0) }
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let distances = zip(point, bounds).flatMap { [abs($0 - $1.lowerBound), abs($1.upperBound - $0)] }
    // Beyond a corner the face is the one that the point lies behind by most.
    let beyond = zip(point, bounds).flatMap { [$1.lowerBound - $0, $0 - $1.upperBound] }
    let farthest = beyond.indices.max { beyond[$0] < beyond[$1] } ?? 0
    let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
    let piece = beyond[farthest] > 0 ? farthest : nearest
    var normal = [Double](repeating: 0, count: dimensions)
    normal[piece / 2] = piece % 2 == 1 ? 1 : -1
    return (piece, normal)
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    let (axis, isUpper) = (piece / 2, piece % 2 == 1)
    var point: [Double] = []
    var next = coordinates.startIndex
    for (place, range) in bounds.enumerated() {
      if place == axis {
        point.append(isUpper ? range.upperBound : range.lowerBound)
      } else {
        let u = coordinates[next]
        point.append(min(max((1 - u) * range.lowerBound + u * range.upperBound, range.lowerBound), range.upperBound))
        next += 1
      }
    }
    var normal = [Double](repeating: 0, count: dimensions)
    normal[axis] = isUpper ? 1 : -1
    return BoundaryPoint(point: point, normal: normal)
  }
}

extension BoxShape {
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    .all(
      bounds.indices.map { axis in
        let lower = graph.subtract(x[axis], graph.constant(bounds[axis].lowerBound))
        let upper = graph.subtract(graph.constant(bounds[axis].upperBound), x[axis])
        return .slab(.piece(leaf: 0, number: 2 * axis, lower), .piece(leaf: 0, number: 2 * axis + 1, upper))
      })
  }
}

package import Expressions

/// What lies between two spheres about one center; in the plane an annulus.
package struct RingShape: Shape {
  private let outer: BallShape
  private let inner: BallShape

  /// - Throws: radii that are not positive, or an inner one that is not below the outer.
  package init(center: [Double], inner: Double, outer: Double) throws(RegionError) {
    guard inner > 0, inner < outer, outer.isFinite else {
      throw RegionError("a ring needs 0 < inner < outer, found inner \(inner) and outer \(outer)")
    }
    self.outer = try BallShape(center: center, radius: outer)
    self.inner = try BallShape(center: center, radius: inner)
  }

  package var dimensions: Int { outer.dimensions }

  package var bounds: [ClosedRange<Double>] { outer.bounds }

  package func bounds(moved map: AffineMap) -> [ClosedRange<Double>] { outer.bounds(moved: map) }

  package var measure: Double? {
    BallShape.measure(dimensions: dimensions, radius: outer.radius)
      - BallShape.measure(dimensions: dimensions, radius: inner.radius)
  }

  package func depth(_ point: [Double]) -> Double { min(outer.depth(point), -inner.depth(point)) }

  package var pieces: [ShapePiece] {
    var hole = inner.pieces[0]
    hole.name = "inner"
    hole.isHole = true
    return outer.pieces + [hole]
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let normal = outer.outward(near: point).normal
    return abs(outer.depth(point)) <= abs(inner.depth(point)) ? (0, normal) : (1, normal.map { -$0 })
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    guard piece == 1 else { return outer.boundaryPoint(piece: 0, at: coordinates) }
    return inner.boundaryPoint(piece: 0, at: coordinates).map { found in
      BoundaryPoint(point: found.point, normal: found.normal.map { -$0 })
    }
  }
}

extension RingShape {
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let hole = inner.zeroSet(x, in: &graph).function(in: &graph)
    return .all([outer.zeroSet(x, in: &graph), .piece(leaf: 0, number: 1, graph.negate(hole))])
  }
}

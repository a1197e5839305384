package import Expressions

/// A polygon without holes; its edges may not touch but at common corners.
///
/// Edge k leads from corner k to the next, counted from 1, whichever way round they go.
package struct PolygonShape: Shape {
  package let corners: [[Double]]
  private let signedArea: Double

  package static let mostCorners = 2000

  /// - Throws: fewer than three corners, corners that repeat, edges that touch, no area.
  package init(_ corners: [[Double]]) throws(RegionError) {
    precondition(corners.allSatisfy { $0.count == 2 }, "a polygon has corners with other than two coordinates")
    guard corners.count >= 3 else {
      throw RegionError("a polygon needs at least 3 corners, found \(corners.count)")
    }
    guard corners.count <= PolygonShape.mostCorners else {
      throw RegionError("a polygon has at most \(PolygonShape.mostCorners) corners, found \(corners.count)")
    }
    self.corners = corners
    let count = corners.count
    signedArea =
      (0..<count).reduce(0) { sum, k in
        // About the first corner, for polygons far from the origin.
        let (a, b) = (corners[k], corners[(k + 1) % count])
        let (o, p) = (corners[0][0], corners[0][1])
        return sum + (a[0] - o) * (b[1] - p) - (b[0] - o) * (a[1] - p)
      } / 2
    for k in 0..<count where corners[k] == corners[(k + 1) % count] {
      throw RegionError(
        "corners \(k + 1) and \((k + 1) % count + 1) of the polygon are the same point",
        help: "the last corner is joined to the first without being written again")
    }
    let size = zip(bounds, [0, 1]).reduce(0) { max($0, $1.0.upperBound - $1.0.lowerBound) }
    guard abs(signedArea) > 1e-12 * size * size else { throw RegionError("the polygon has no area") }
    for k in 0..<count {
      for j in (k + 1)..<max(k + 1, count) where touches(k, j) {
        throw RegionError("edges \(k + 1) and \(j + 1) of the polygon touch or cross")
      }
    }
  }

  private func edge(_ k: Int) -> (a: [Double], b: [Double]) { (corners[k], corners[(k + 1) % corners.count]) }

  /// Whether two edges have more in common than the corner where one follows the other.
  private func touches(_ k: Int, _ j: Int) -> Bool {
    let (first, second) = (edge(k), edge(j))
    func side(_ a: [Double], _ b: [Double], _ c: [Double]) -> Double {
      (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    }
    func isBetween(_ c: [Double], _ e: (a: [Double], b: [Double])) -> Bool {
      side(e.a, e.b, c) == 0 && (0..<2).allSatisfy { (min(e.a[$0], e.b[$0])...max(e.a[$0], e.b[$0])).contains(c[$0]) }
    }
    if j == k + 1 { return isBetween(second.b, first) || isBetween(first.a, second) }
    if k == 0, j == corners.count - 1 { return isBetween(second.a, first) || isBetween(first.b, second) }
    if isBetween(second.a, first) || isBetween(second.b, first) || isBetween(first.a, second)
      || isBetween(first.b, second)
    {
      return true
    }
    return side(first.a, first.b, second.a) * side(first.a, first.b, second.b) < 0
      && side(second.a, second.b, first.a) * side(second.a, second.b, first.b) < 0
  }

  package var dimensions: Int { 2 }

  package var bounds: [ClosedRange<Double>] { PolygonShape.hull(corners) }

  package func bounds(moved map: AffineMap) -> [ClosedRange<Double>] {
    PolygonShape.hull(corners.map(map.point))
  }

  private static func hull(_ corners: [[Double]]) -> [ClosedRange<Double>] {
    (0..<2).map { axis in
      let values = corners.map { $0[axis] }
      return (values.min() ?? 0)...(values.max() ?? 0)
    }
  }

  package var measure: Double? { abs(signedArea) }

  /// The distance to the nearest edge; inside by counting the edges that a ray crosses.
  package func depth(_ point: [Double]) -> Double {
    var nearest = Double.infinity
    var isInside = false
    let (x, y) = (point[0], point[1])
    for k in corners.indices {
      let (a, b) = edge(k)
      nearest = min(nearest, squaredDistance(x, y, edge: k))
      if (a[1] > y) != (b[1] > y), x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) { isInside.toggle() }
    }
    return isInside ? nearest.squareRoot() : -nearest.squareRoot()
  }

  private func squaredDistance(_ x: Double, _ y: Double, edge k: Int) -> Double {
    let (a, b) = edge(k)
    let (dx, dy) = (b[0] - a[0], b[1] - a[1])
    let t = min(max(((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy), 0), 1)
    let (ex, ey) = (x - a[0] - t * dx, y - a[1] - t * dy)
    return ex * ex + ey * ey
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let distances = corners.indices.map { squaredDistance(point[0], point[1], edge: $0) }
    let piece = distances.indices.min { distances[$0] < distances[$1] } ?? 0
    return (piece, normal(edge: piece))
  }

  private func normal(edge k: Int) -> [Double] {
    let (a, b) = edge(k)
    let size = distance(a, b) * (signedArea > 0 ? 1 : -1)
    return [(b[1] - a[1]) / size, (a[0] - b[0]) / size]
  }

  package var pieces: [ShapePiece] {
    corners.indices.map { k in
      let (a, b) = edge(k)
      return ShapePiece(name: "edge\(k + 1)", measure: distance(a, b), coordinates: 1)
    }
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    let (a, b) = edge(piece)
    let u = coordinates[coordinates.startIndex]
    return BoundaryPoint(point: (0..<2).map { (1 - u) * a[$0] + u * b[$0] }, normal: normal(edge: piece))
  }
}

extension PolygonShape {
  /// Half-planes, each edge used once: a chain of edges is what all parts between the corners of its convex hull have in
  /// common, and with the next level of chains alternately what any has.
  ///
  /// - Source: Tor & Middleditch (1984), Convex decomposition of simple polygons.
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let planes = corners.indices.map { k in
      let (a, normal) = (corners[k], normal(edge: k))
      return graph.affine(normal.map { -$0 }, x, plus: normal[0] * a[0] + normal[1] * a[1])
    }
    // Counter-clockwise; the edge between corners i and i + 1 of this order.
    let count = corners.count
    let order = signedArea > 0 ? Array(0..<count) : (0..<count).reversed()
    func edge(_ i: Int) -> Int { signedArea > 0 ? order[i % count] : order[(i + 1) % count] }
    let lowest = (0..<count).min { a, b in
      let (p, q) = (corners[order[a]], corners[order[b]])
      return (p[0], p[1]) < (q[0], q[1])
    }
    let start = lowest ?? 0
    func point(_ i: Int) -> [Double] { corners[order[i % count]] }
    func formula(_ first: Int, _ last: Int, turns: Double) -> ZeroSet {
      if last == first + 1 { return .piece(leaf: 0, number: edge(first), planes[edge(first)]) }
      let hull = PolygonShape.hull(first, last, turns: turns, point)
      // Edges in one line have one half-plane.
      guard hull.count > 2 else { return .any((first..<last).map { formula($0, $0 + 1, turns: turns) }) }
      let parts = zip(hull, hull.dropFirst()).map { formula($0, $1, turns: -turns) }
      return turns > 0 ? .all(parts) : .any(parts)
    }
    return formula(start, start + count, turns: 1)
  }

  /// The corners from `first` to `last`, both included, that a string pulled tight around them touches, by gift wrapping: it
  /// turns left at each for `turns` = 1, right for −1.
  private static func hull(_ first: Int, _ last: Int, turns: Double, _ point: (Int) -> [Double]) -> [Int] {
    var found = [first]
    while let here = found.last, here < last {
      var next = here + 1
      for k in stride(from: here + 2, through: last, by: 1) {
        let (p, q, r) = (point(here), point(next), point(k))
        let side = turns * ((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
        if side < 0 || (side == 0 && distance(p, r) > distance(p, q)) { next = k }
      }
      found.append(next)
    }
    return found
  }
}

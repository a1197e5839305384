package import Expressions
import Kernels

/// A solid in the variables of space: shapes, moved and put together.
///
/// A region is closed and regular: a point belongs to it if there are points inside it as near as one likes. Whether a
/// point is on a boundary is told by `offset`: lengths below 1e-7 of the region's extent are not resolved.
package struct Region: Sendable {
  /// A shape of the region at its place.
  package struct Leaf: Sendable {
    let shape: any Shape
    /// A similarity; a shape under another map is a `StretchedShape`.
    let placement: AffineMap?
    /// `outer`, or `hole1`, `hole2`, … for what is taken away.
    let group: String
    /// The user's name.
    let name: String?
    /// Whether the leaf stands where it takes away.
    let isSubtracted: Bool

    func depth(_ point: [Double]) -> Double {
      guard let placement else { return shape.depth(point) }
      return scale * shape.depth(placement.preimage(point))
    }

    private var scale: Double { placement?.scale ?? 1 }

    func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
      let found = shape.boundaryPoint(piece: piece, at: coordinates)
      guard let placement, let found else { return found }
      return BoundaryPoint(
        point: placement.point(found.point), normal: placement.normal(found.normal).map { scale * $0 })
    }

    func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
      guard let placement else { return shape.outward(near: point) }
      let found = shape.outward(near: placement.preimage(point))
      return (found.piece, placement.normal(found.normal).map { scale * $0 })
    }

    func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
      guard let placement else { return shape.zeroSet(x, in: &graph) }
      let place = placement.preimage(x, in: &graph)
      let size = graph.constant(scale)
      return shape.zeroSet(place, in: &graph).mapping { graph.multiply(size, $0) }
    }

    /// Without an end where the shape has none.
    var bounds: [ClosedRange<Double>] {
      guard shape.isBounded else { return shape.bounds.map { _ in -.infinity ... .infinity } }
      return placement.map { shape.bounds(moved: $0) } ?? shape.bounds
    }

    var measure: Double? {
      shape.measure.map { $0 * power(scale, shape.dimensions) }
    }

    func measure(of piece: ShapePiece) -> (value: Double, error: Double) {
      let factor = power(scale, shape.dimensions - 1)
      return (piece.measure * factor, piece.error * factor)
    }
  }

  private indirect enum Node: Sendable {
    case leaf(Int)
    case union([Node])
    case intersection([Node])
    case difference(Node, [Node])
  }

  package let dimensions: Int
  package let leaves: [Leaf]
  private let root: Node
  /// A box around the region.
  package let bounds: [ClosedRange<Double>]
  /// Length, area, volume with its standard error, which is 0 where there is a closed form.
  package internal(set) var measure: (value: Double, error: Double) = (0, 0)
  /// Share of `bounds` that the region fills.
  package internal(set) var share = 1.0
  package internal(set) var pieces: [Piece] = []
  /// The box of the variables, where it cuts the region.
  private(set) var frameLeaf: Int?

  /// The largest extent, which tolerances are relative to.
  package var extent: Double { bounds.reduce(0) { max($0, $1.upperBound - $1.lowerBound) } }

  /// How far from a boundary it is looked which side is inside.
  var offset: Double { 1e-7 * extent }

  /// The region within a box, or by itself where none is given.
  ///
  /// - Throws: a region without points, one without an end, or one that fills less than a ten-thousandth of the box
  ///   around it.
  package init(_ expression: RegionExpression, within frame: [ClosedRange<Double>]? = nil) throws(RegionError) {
    dimensions = expression.dimensions
    // First without an end for what has none: a half-space cut by a disk needs no box.
    var open = Builder(frame: nil)
    let start = open.add(expression, moved: nil, isSubtracted: false, group: "outer")
    var bounds = try Region.bounds(start, open.leaves)
    var goesBeyond = false
    if let frame {
      for (axis, range) in frame.enumerated() {
        let slack = 1e-12 * (range.upperBound - range.lowerBound)
        if bounds[axis].lowerBound >= range.lowerBound - slack, bounds[axis].upperBound <= range.upperBound + slack {
          continue
        }
        goesBeyond = true
        bounds[axis] = try Region.common(bounds[axis], range)
      }
    }
    guard bounds.allSatisfy({ ($0.upperBound - $0.lowerBound).isFinite }) else {
      throw RegionError("the region has no end", help: "give the variables ranges, within which it is taken")
    }
    var builder = Builder(frame: bounds)
    var root = builder.add(expression, moved: nil, isSubtracted: false, group: "outer")
    // The box is a shape of the region only where the region goes beyond it.
    if let frame, goesBeyond {
      frameLeaf = builder.leaves.count
      let box = builder.add(
        .shape(try BoxShape(frame), name: nil), moved: nil, isSubtracted: false, group: "outer")
      root = .intersection([root, box])
    }
    self.root = root
    self.bounds = bounds
    leaves = builder.leaves
    try measureAll()
  }

  private struct Builder {
    let frame: [ClosedRange<Double>]?
    var leaves: [Leaf] = []
    var holes = 0

    mutating func nextHole() -> String {
      holes += 1
      return "hole\(holes)"
    }

    mutating func add(
      _ expression: RegionExpression, moved: AffineMap?, isSubtracted: Bool, group: String
    ) -> Node {
      switch expression {
      case .shape(let shape, let name):
        var placed = shape
        if let frame { placed = shape.within(moved?.preimage(of: frame) ?? frame) }
        var placement = moved
        if let map = moved, map.scale == nil { (placed, placement) = (StretchedShape(placed, by: map), nil) }
        leaves.append(
          Leaf(shape: placed, placement: placement, group: group, name: name, isSubtracted: isSubtracted))
        return .leaf(leaves.count - 1)
      case .union(let parts):
        return .union(parts.map { add($0, moved: moved, isSubtracted: isSubtracted, group: group) })
      case .intersection(let parts):
        return .intersection(parts.map { add($0, moved: moved, isSubtracted: isSubtracted, group: group) })
      case .difference(let whole, let parts):
        let first = add(whole, moved: moved, isSubtracted: isSubtracted, group: group)
        return .difference(
          first,
          parts.map { part in
            // What is taken away from a hole belongs to that hole.
            add(part, moved: moved, isSubtracted: !isSubtracted, group: group == "outer" ? nextHole() : group)
          })
      case .moved(let region, let map):
        return add(
          region, moved: moved.map { $0.after(map) } ?? map, isSubtracted: isSubtracted, group: group)
      }
    }
  }

  private static func bounds(_ node: Node, _ leaves: [Leaf]) throws(RegionError) -> [ClosedRange<Double>] {
    switch node {
    case .leaf(let number): return leaves[number].bounds
    case .difference(let whole, _): return try bounds(whole, leaves)
    case .union(let parts):
      var result = try bounds(parts[0], leaves)
      for part in parts.dropFirst() {
        result = zip(result, try bounds(part, leaves)).map {
          min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
        }
      }
      return result
    case .intersection(let parts):
      var result = try bounds(parts[0], leaves)
      for part in parts.dropFirst() {
        let other = try bounds(part, leaves)
        for axis in result.indices {
          result[axis] = try common(result[axis], other[axis])
        }
      }
      return result
    }
  }

  private static func common(
    _ a: ClosedRange<Double>, _ b: ClosedRange<Double>
  ) throws(RegionError) -> ClosedRange<Double> {
    let (lower, upper) = (max(a.lowerBound, b.lowerBound), min(a.upperBound, b.upperBound))
    guard lower < upper else {
      throw RegionError("the region is empty: the shapes do not meet", isOfEmptyRegion: true)
    }
    return lower...upper
  }

  /// Positive inside, negative outside; near a boundary that is no corner the distance to it, to first order.
  package func depth(_ point: [Double]) -> Double { depth(root, point) }

  private func depth(_ node: Node, _ point: [Double]) -> Double {
    switch node {
    case .leaf(let number): leaves[number].depth(point)
    case .union(let parts): parts.reduce(-.infinity) { max($0, depth($1, point)) }
    case .intersection(let parts): parts.reduce(.infinity) { min($0, depth($1, point)) }
    case .difference(let whole, let parts):
      parts.reduce(depth(whole, point)) { min($0, -depth($1, point)) }
    }
  }

  /// Whether a point is inside or nearer to the region than `tolerance` times its extent.
  ///
  /// Where two shapes have a boundary in common, what is left of no thickness is not part of the region: points at a
  /// boundary must have points inside near them.
  package func contains(_ point: [Double], tolerance: Double = 1e-9) -> Bool {
    let slack = tolerance * extent
    let value = depth(point)
    if value > slack { return true }
    if value < -slack { return false }
    let reach = max(offset, 2 * slack)
    for axis in 0..<dimensions {
      for sign in [-1.0, 1] {
        var near = point
        near[axis] += sign * reach
        if depth(near) > 0 { return true }
      }
    }
    // Sharp corners lie between the axes.
    let stream = RandomStream(seed: 0, purpose: "directions")
    for direction in 0..<64 {
      let step = (0..<dimensions).map { stream.normal(at: UInt64(direction * dimensions + $0)) }
      let size = length(step)
      if depth(zip(point, step).map { $0 + reach / size * $1 }) > 0 { return true }
    }
    return false
  }

  /// The outward normal of the region at a point of a shape's boundary, or nil where it is not the region's.
  ///
  /// The normal of a shape that is taken away comes out turned round. Where boundaries coincide, only the first shape
  /// has the point.
  func outwardNormal(leaf number: Int, _ found: BoundaryPoint) -> [Double]? {
    if leaves.count == 1 { return found.normal }
    let ahead = depth(zip(found.point, found.normal).map { $0 + offset * $1 }) > 0
    let behind = depth(zip(found.point, found.normal).map { $0 - offset * $1 }) > 0
    guard ahead != behind else { return nil }
    for earlier in 0..<number where abs(leaves[earlier].depth(found.point)) <= 1e-9 * extent { return nil }
    return behind ? found.normal : found.normal.map { -$0 }
  }
}

extension Region {
  /// The region as a formula of functions of its coordinates.
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet { zeroSet(root, x, in: &graph) }

  private func zeroSet(_ node: Node, _ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    switch node {
    case .leaf(let number): leaves[number].zeroSet(x, in: &graph).labelled(number)
    case .union(let parts): .any(parts.map { zeroSet($0, x, in: &graph) })
    case .intersection(let parts): .all(parts.map { zeroSet($0, x, in: &graph) })
    case .difference(let whole, let parts):
      .all([zeroSet(whole, x, in: &graph)] + parts.map { .complement(zeroSet($0, x, in: &graph)) })
    }
  }

  /// The piece of the boundary that a point lies on, with the outward normal there; nil for a point farther from the
  /// boundary than `tolerance` times the extent. At a corner it is one of the pieces that meet.
  func boundaryPiece(at point: [Double], tolerance: Double) -> (leaf: Int, piece: Int, normal: [Double])? {
    for number in leaves.indices {
      guard abs(leaves[number].depth(point)) <= tolerance * extent else { continue }
      // At a corner no side of it is the inside: there the points beside it tell.
      for start in [point] + neighbours(of: point) {
        let (found, piece) = leaves[number].nearestBoundaryPoint(to: start)
        if let normal = outwardNormal(leaf: number, found) { return (number, piece, normal) }
      }
    }
    return nil
  }

  private func neighbours(of point: [Double]) -> [[Double]] {
    point.indices.flatMap { axis in
      [-8.0, 8].map { step in
        var near = point
        near[axis] += step * offset
        return near
      }
    }
  }
}

extension Region.Leaf {
  /// By steps of the depth along the normal: exact for shapes whose depth is a distance.
  fileprivate func nearestBoundaryPoint(to start: [Double]) -> (point: BoundaryPoint, piece: Int) {
    var point = start
    for _ in 0..<3 {
      let (normal, depth) = (outward(near: point).normal, depth(point))
      point = zip(point, normal).map { $0 + depth * $1 }
    }
    let (piece, normal) = outward(near: point)
    return (BoundaryPoint(point: point, normal: normal), piece)
  }
}

func power(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in result * base } }

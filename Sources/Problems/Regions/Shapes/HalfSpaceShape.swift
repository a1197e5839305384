package import Expressions

/// All points on one side of a plane, in two dimensions of a line: (x − p)·n ≤ 0. It has no end of its own.
package struct HalfSpaceShape: Shape {
  private let point: [Double]
  private let normal: [Double]
  /// Unit vectors along the plane, from the patch that is sampled.
  private let tangents: [[Double]]
  package let bounds: [ClosedRange<Double>]
  /// The middle and half the side of a square patch of the plane that reaches across the box.
  private let middle: [Double]
  private let reach: Double

  /// - Parameters: `normal` points out and may have any length.
  /// - Throws: a normal that is zero.
  package init(point: [Double], normal: [Double]) throws(RegionError) {
    let size = length(normal)
    guard size > 0, size.isFinite else { throw RegionError("the normal of a half-space must not be zero") }
    let unit = normal.map { $0 / size }
    self.init(
      point: point, normal: unit,
      bounds: point.map { _ in -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude })
  }

  private init(point: [Double], normal: [Double], bounds: [ClosedRange<Double>]) {
    (self.point, self.normal, self.bounds) = (point, normal, bounds)
    tangents = HalfSpaceShape.tangents(normal)
    let center = bounds.map { $0.lowerBound / 2 + $0.upperBound / 2 }
    let offset = zip(zip(center, point), normal).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
    middle = zip(center, normal).map { $0 - offset * $1 }
    reach = length(bounds.map { $0.upperBound / 2 - $0.lowerBound / 2 })
  }

  /// An orthonormal basis of the plane: the axes, made orthogonal to the normal and to each other.
  private static func tangents(_ normal: [Double]) -> [[Double]] {
    var basis = [normal]
    // The axis nearest to the normal adds least and is left out.
    let skipped = normal.indices.max { abs(normal[$0]) < abs(normal[$1]) }
    for axis in normal.indices where axis != skipped {
      var vector = normal.indices.map { $0 == axis ? 1.0 : 0.0 }
      for known in basis {
        let part = zip(vector, known).reduce(0) { $0 + $1.0 * $1.1 }
        vector = zip(vector, known).map { $0 - part * $1 }
      }
      let size = length(vector)
      basis.append(vector.map { $0 / size })
    }
    return Array(basis.dropFirst())
  }

  package var dimensions: Int { point.count }

  package var measure: Double? { nil }

  package func within(_ box: [ClosedRange<Double>]) -> any Shape {
    HalfSpaceShape(point: point, normal: normal, bounds: box)
  }

  package var isBounded: Bool { false }

  package func depth(_ x: [Double]) -> Double {
    -zip(zip(x, point), normal).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
  }

  package var pieces: [ShapePiece] {
    let measure = tangents.reduce(1.0) { size, _ in size * 2 * reach }
    return [ShapePiece(name: nil, measure: measure, coordinates: dimensions - 1)]
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) { (0, normal) }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    var found = middle
    for (tangent, u) in zip(tangents, coordinates) {
      for axis in found.indices { found[axis] += (2 * u - 1) * reach * tangent[axis] }
    }
    return BoundaryPoint(point: found, normal: normal)
  }
}

extension HalfSpaceShape {
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let shift = zip(point, normal).reduce(0) { $0 + $1.0 * $1.1 }
    return .piece(leaf: 0, number: 0, graph.affine(normal.map { -$0 }, x, plus: shift))
  }
}

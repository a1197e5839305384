package import Expressions
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A ball in two or more dimensions; in the plane a disk.
package struct BallShape: Shape {
  package let center: [Double]
  package let radius: Double

  /// - Throws: a radius that is not positive.
  /// - Precondition: at least two dimensions; in one it is an interval.
  package init(center: [Double], radius: Double) throws(RegionError) {
    precondition(center.count >= 2, "a ball in \(center.count) dimensions")
    guard radius > 0, radius.isFinite else { throw RegionError("the radius must be above 0, found \(radius)") }
    self.center = center
    self.radius = radius
  }

  package var dimensions: Int { center.count }

  package var bounds: [ClosedRange<Double>] { center.map { ($0 - radius)...($0 + radius) } }

  package func bounds(moved map: AffineMap) -> [ClosedRange<Double>] {
    map.bounds(middle: map.point(center)) { row in radius * length(row) }
  }

  /// V_n = 2π r²/n V_(n−2), V_0 = 1, V_1 = 2r.
  package static func measure(dimensions: Int, radius: Double) -> Double {
    var volume = dimensions % 2 == 0 ? 1 : 2 * radius
    for n in stride(from: dimensions % 2 + 2, through: dimensions, by: 2) {
      volume *= 2 * .pi * radius * radius / Double(n)
    }
    return volume
  }

  package var measure: Double? { BallShape.measure(dimensions: dimensions, radius: radius) }

  package func depth(_ point: [Double]) -> Double { radius - distance(point, center) }

  package var pieces: [ShapePiece] {
    let volume = BallShape.measure(dimensions: dimensions, radius: radius)
    return [
      ShapePiece(
        name: nil, measure: Double(dimensions) * volume / radius,
        coordinates: dimensions <= 3 ? dimensions - 1 : dimensions)
    ]
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let size = distance(point, center)
    return (0, zip(point, center).map { ($0 - $1) / size })
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    let normal = BallShape.direction(Array(coordinates), dimensions: dimensions)
    return BoundaryPoint(point: zip(center, normal).map { $0 + radius * $1 }, normal: normal)
  }

  /// A unit vector, evenly spread over all directions.
  ///
  /// In the plane its angle; in space height and angle, by Archimedes' theorem; above that normally distributed numbers
  /// divided by their length.
  static func direction(_ u: [Double], dimensions: Int) -> [Double] {
    switch dimensions {
    case 2: return [cos(2 * .pi * u[0]), sin(2 * .pi * u[0])]
    case 3:
      let z = 1 - 2 * u[0]
      let r = max(0, 1 - z * z).squareRoot()
      return [r * cos(2 * .pi * u[1]), r * sin(2 * .pi * u[1]), z]
    default:
      let normal = u.map { inverseNormalDistribution(min(max($0, 0x1p-54), 1 - 0x1p-53)) }
      let size = length(normal)
      guard size > 0 else { return [1] + [Double](repeating: 0, count: dimensions - 1) }
      return normal.map { $0 / size }
    }
  }
}

extension BallShape {
  /// (r² − |x − c|²)/(2r).
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let square = graph.squaredDistance(x, from: center)
    let difference = graph.subtract(graph.constant(radius * radius), square)
    return .piece(leaf: 0, number: 0, graph.multiply(graph.constant(1 / (2 * radius)), difference))
  }
}

package import Expressions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An ellipse with axes along x and y; a turned one is rotated.
package struct EllipseShape: Shape {
  package let center: [Double]
  package let radii: [Double]
  /// The length of arc up to the parameter 2π k / `panels`.
  private let arcs: [Double]

  private static let panels = 1024

  /// - Throws: radii that are not positive.
  package init(center: [Double], radii: [Double]) throws(RegionError) {
    precondition(center.count == 2 && radii.count == 2, "an ellipse in \(center.count) dimensions")
    for radius in radii where !(radius > 0 && radius.isFinite) {
      throw RegionError("the radii must be above 0, found \(radius)")
    }
    self.center = center
    self.radii = radii
    var arcs = [0.0]
    let step = 2 * Double.pi / Double(EllipseShape.panels)
    for panel in 0..<EllipseShape.panels {
      arcs.append(arcs[panel] + EllipseShape.arc(from: Double(panel) * step, to: Double(panel + 1) * step, radii))
    }
    self.arcs = arcs
  }

  package var dimensions: Int { 2 }

  package var bounds: [ClosedRange<Double>] { zip(center, radii).map { ($0 - $1)...($0 + $1) } }

  package func bounds(moved map: AffineMap) -> [ClosedRange<Double>] {
    map.bounds(middle: map.point(center)) { row in length(zip(row, radii).map { $0 * $1 }) }
  }

  package var measure: Double? { .pi * radii[0] * radii[1] }

  /// f/|∇f| of f = (1 − |q|²)/2, q = ((x − x_c)/a, (y − y_c)/b).
  package func depth(_ point: [Double]) -> Double {
    let q = (0..<2).map { (point[$0] - center[$0]) / radii[$0] }
    let value = (1 - q[0] * q[0] - q[1] * q[1]) / 2
    let slope = length([q[0] / radii[0], q[1] / radii[1]])
    // At the center f is 1/2 and has no slope; the smaller radius is the true depth there.
    return min(value / max(slope, 0.5 / max(radii[0], radii[1])), min(radii[0], radii[1]))
  }

  package var pieces: [ShapePiece] {
    [ShapePiece(name: nil, measure: arcs[EllipseShape.panels], coordinates: 1)]
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let slope = (0..<2).map { (point[$0] - center[$0]) / (radii[$0] * radii[$0]) }
    let size = length(slope)
    return (0, slope.map { $0 / size })
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    let angle = parameter(atArc: coordinates[coordinates.startIndex] * arcs[EllipseShape.panels])
    let (c, s) = (cos(angle), sin(angle))
    let outward = [radii[1] * c, radii[0] * s]
    let size = length(outward)
    return BoundaryPoint(
      point: [center[0] + radii[0] * c, center[1] + radii[1] * s], normal: outward.map { $0 / size })
  }

  /// The parameter up to which the arc has a length: its panel by halving, then Newton's method.
  private func parameter(atArc wanted: Double) -> Double {
    var (low, high) = (0, EllipseShape.panels)
    while high - low > 1 {
      let middle = (low + high) / 2
      if arcs[middle] <= wanted { low = middle } else { high = middle }
    }
    let step = 2 * Double.pi / Double(EllipseShape.panels)
    let start = Double(low) * step
    var angle = start + step * (wanted - arcs[low]) / (arcs[high] - arcs[low])
    for _ in 0..<6 {
      let error = arcs[low] + EllipseShape.arc(from: start, to: angle, radii) - wanted
      angle = min(max(angle - error / EllipseShape.speed(angle, radii), start), start + step)
    }
    return angle
  }

  private static func speed(_ angle: Double, _ radii: [Double]) -> Double {
    length([radii[0] * sin(angle), radii[1] * cos(angle)])
  }

  /// Gauss's rule with five points.
  private static func arc(from a: Double, to b: Double, _ radii: [Double]) -> Double {
    let nodes = [0, 0.538_469_310_105_683_1, 0.906_179_845_938_664]
    let weights = [0.568_888_888_888_888_9, 0.478_628_670_499_366_5, 0.236_926_885_056_189_1]
    let (middle, half) = ((a + b) / 2, (b - a) / 2)
    var sum = weights[0] * speed(middle, radii)
    for k in 1...2 {
      sum += weights[k] * (speed(middle - half * nodes[k], radii) + speed(middle + half * nodes[k], radii))
    }
    return half * sum
  }
}

extension EllipseShape {
  /// (1 − |q|²) times half the smaller half-axis: a polynomial, whose slope is 1 at the ends of the smaller axis.
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let square = graph.squaredDistance(x, from: center, radii: radii)
    let difference = graph.subtract(graph.constant(1), square)
    return .piece(leaf: 0, number: 0, graph.multiply(graph.constant(min(radii[0], radii[1]) / 2), difference))
  }
}

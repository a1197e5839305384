import Expressions
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A shape under an affine map that is no similarity: a disk made an ellipse, a box made longer.
///
/// A piece of boundary dS with the unit normal n becomes |det A| |A⁻ᵀ n| dS with the normal A⁻ᵀ n / |A⁻ᵀ n|. Where that factor
/// varies, points spread evenly do not stay so: a curve is gone along by its new length, which is tabulated, and of a
/// surface points are kept with the probability factor/(largest factor), for which they have one more coordinate.
struct StretchedShape: Shape {
  private let shape: any Shape
  private let map: AffineMap
  let pieces: [ShapePiece]
  private let spreads: [Spread]

  /// How the points of a piece are made even.
  private enum Spread: Sendable {
    case same
    case curve(arcs: [Double])
    case rejection(largest: Double)
  }

  private static let panels = 1024

  init(_ shape: any Shape, by map: AffineMap) {
    (self.shape, self.map) = (shape, map)
    var (pieces, spreads) = ([ShapePiece](), [Spread]())
    for (number, piece) in shape.pieces.enumerated() {
      let (made, spread) = StretchedShape.stretched(piece, number, shape, map)
      pieces.append(made)
      spreads.append(spread)
    }
    (self.pieces, self.spreads) = (pieces, spreads)
  }

  private static func stretched(
    _ piece: ShapePiece, _ number: Int, _ shape: any Shape, _ map: AffineMap
  ) -> (ShapePiece, Spread) {
    var made = piece
    guard piece.measure > 0 else { return (made, .same) }
    let draws = 16
    let samples = (0..<draws).map { draw -> [Double] in
      var units = [Double](repeating: 0, count: 1024 * piece.coordinates)
      var span = units.mutableSpan
      let stream = RandomStream(seed: 0, purpose: "stretch", index: draw)
      if SobolSampler().obstacle(dimensions: piece.coordinates) == nil {
        SobolSampler().fill(&span, count: 1024, dimensions: piece.coordinates, stream: stream)
      } else {
        UniformSampler().fill(&span, count: 1024, dimensions: piece.coordinates, stream: stream)
      }
      return stride(from: 0, to: units.count, by: piece.coordinates).compactMap { start in
        factor(shape, number, units[start..<(start + piece.coordinates)], map)
      }
    }
    let all = samples.joined()
    guard let least = all.min(), let most = all.max() else { return (made, .same) }
    if most - least <= 1e-12 * most {
      made.measure *= most
      made.error *= most
      return (made, .same)
    }
    if piece.coordinates == 1 {
      let arcs = arcs(of: piece, number, shape, map)
      made.measure = arcs[panels]
      return (made, .curve(arcs: arcs))
    }
    let means = samples.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
    let mean = means.reduce(0, +) / Double(draws)
    let spread = length(means.map { $0 - mean }) / Double(draws * (draws - 1)).squareRoot()
    // The length of A⁻ᵀ n is below the Frobenius norm of A⁻¹.
    let largest = map.volume * length(Array(map.inverse.joined()))
    made.measure *= mean
    made.error = piece.measure * spread
    made.coordinates += 1
    made.acceptance *= mean / largest
    return (made, .rejection(largest: largest))
  }

  /// |det A| |A⁻ᵀ n| at a point of a piece; nil where it has no point.
  private static func factor(
    _ shape: any Shape, _ piece: Int, _ coordinates: ArraySlice<Double>, _ map: AffineMap
  ) -> Double? {
    shape.boundaryPoint(piece: piece, at: coordinates).map { map.volume * length(map.normal($0.normal)) }
  }

  // MARK: Curves

  /// The lengths up to the coordinates k/`panels`, by Gauss's rule with three points in each panel.
  private static func arcs(of piece: ShapePiece, _ number: Int, _ shape: any Shape, _ map: AffineMap) -> [Double] {
    var arcs = [0.0]
    for panel in 0..<panels {
      let (a, b) = (Double(panel) / Double(panels), Double(panel + 1) / Double(panels))
      arcs.append(arcs[panel] + piece.measure * integral(shape, number, map, from: a, to: b))
    }
    return arcs
  }

  private static func integral(
    _ shape: any Shape, _ number: Int, _ map: AffineMap, from a: Double, to b: Double
  ) -> Double {
    let (middle, half) = ((a + b) / 2, (b - a) / 2)
    func value(_ t: Double) -> Double { factor(shape, number, [middle + half * t], map) ?? 0 }
    let node = 0.6.squareRoot()
    return half * (8 * value(0) + 5 * (value(-node) + value(node))) / 9
  }

  /// The coordinate up to which the curve has a length: its panel by halving, then Newton's method.
  private func coordinate(_ number: Int, atArc wanted: Double, _ arcs: [Double]) -> Double {
    var (low, high) = (0, StretchedShape.panels)
    while high - low > 1 {
      let middle = (low + high) / 2
      if arcs[middle] <= wanted { low = middle } else { high = middle }
    }
    let (start, step) = (Double(low) / Double(StretchedShape.panels), 1 / Double(StretchedShape.panels))
    let size = shape.pieces[number].measure
    var u = start + step * (wanted - arcs[low]) / (arcs[high] - arcs[low])
    for _ in 0..<3 {
      let error = arcs[low] + size * StretchedShape.integral(shape, number, map, from: start, to: u) - wanted
      let slope = size * (StretchedShape.factor(shape, number, [u], map) ?? 0)
      guard slope > 0 else { break }
      u = min(max(u - error / slope, start), start + step)
    }
    return u
  }

  // MARK: Shape

  var dimensions: Int { shape.dimensions }

  var bounds: [ClosedRange<Double>] { shape.isBounded ? shape.bounds(moved: map) : shape.bounds }

  var isBounded: Bool { shape.isBounded }

  func bounds(moved outer: AffineMap) -> [ClosedRange<Double>] { shape.bounds(moved: outer.after(map)) }

  var measure: Double? { shape.measure.map { $0 * map.volume } }

  func depth(_ point: [Double]) -> Double {
    let place = map.preimage(point)
    let depth = shape.depth(place)
    let slope = length(map.normal(shape.outward(near: place).normal))
    // At the middle of a ball there is no normal; there the shape is at least so deep.
    return slope > 0 && slope.isFinite ? depth / slope : depth / length(Array(map.inverse.joined()))
  }

  func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let found = shape.outward(near: map.preimage(point))
    return (found.piece, unit(map.normal(found.normal)))
  }

  func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    var inner = coordinates
    switch spreads[piece] {
    case .same: break
    case .curve(let arcs):
      inner = [coordinate(piece, atArc: coordinates[coordinates.startIndex] * arcs[StretchedShape.panels], arcs)]
    case .rejection: inner = coordinates.dropLast()
    }
    guard let found = shape.boundaryPoint(piece: piece, at: inner) else { return nil }
    let normal = map.normal(found.normal)
    if case .rejection(let largest) = spreads[piece], let chance = coordinates.last,
      chance * largest >= map.volume * length(normal)
    {
      return nil
    }
    return BoundaryPoint(point: map.point(found.point), normal: unit(normal))
  }

  func within(_ box: [ClosedRange<Double>]) -> any Shape {
    StretchedShape(shape.within(map.preimage(of: box)), by: map)
  }

  private func unit(_ vector: [Double]) -> [Double] {
    let size = length(vector)
    return vector.map { $0 / size }
  }
}

extension StretchedShape {
  /// Lengths are taken to change by the n-th root of the change in volume.
  func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let place = map.preimage(x, in: &graph)
    let inner = shape.zeroSet(place, in: &graph)
    let size = graph.constant(pow(map.volume, 1 / Double(dimensions)))
    return inner.mapping { graph.multiply(size, $0) }
  }
}

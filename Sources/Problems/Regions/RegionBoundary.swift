import Kernels

/// Pieces of the boundary of a region, at all times.
///
/// A surface f(x, t) = 0 that moves is the boundary of a region of space and time. It has points of its own at every
/// time, and the normal in space, ∇f/|∇f| without the derivative by t.
package struct RegionBoundary: Sendable {
  private let domain: RegionDomain
  /// The variables beside those of the region, as far as they are not fixed.
  private var others: [Int]
  package let pieces: [Region.Piece]
  /// Whether a point, with all variables, counts.
  private let accepts: (@Sendable ([Double]) -> Bool)?

  init(domain: RegionDomain, pieces: [Region.Piece], accepts: (@Sendable ([Double]) -> Bool)? = nil) {
    self.domain = domain
    self.pieces = pieces
    self.accepts = accepts
    others = domain.others
  }

  /// Whether it is not the same at all times.
  package var isMoving: Bool { domain.time != nil }

  /// The part of a normal that is in space, with unit length; nil where there is none.
  private func spatial(_ normal: [Double]) -> [Double]? {
    guard isMoving else { return normal }
    let parts = Array(normal.dropLast())
    let size = length(parts)
    return size > 0 ? parts.map { $0 / size } : nil
  }

  /// Whether no condition restricts the pieces.
  package var isWhole: Bool { accepts == nil }

  /// The part where a condition holds; nil where it does at none of some thousand points.
  package func part(where holds: @escaping @Sendable ([Double]) -> Bool) -> RegionBoundary? {
    let tries = 4096
    let known = accepts
    let found: [Region.Piece] = pieces.compactMap { piece in
      let wanted = piece.coordinates + domain.others.count == 0 ? 1 : tries
      let points = samplePoints(
        of: piece, count: wanted, sampler: UniformSampler(), stream: RandomStream(seed: 0, purpose: "part"))
      let kept = points.count { holds($0.point) }
      guard kept > 0 else { return nil }
      return piece.scaled(by: Double(kept) / Double(points.count))
    }
    guard !found.isEmpty else { return nil }
    return RegionBoundary(domain: domain, pieces: found) { holds($0) && known?($0) != false }
  }

  /// The outward normal, of the variables of space, at a point with all variables; nil for a point farther from
  /// these pieces than `tolerance` times the extent of the region.
  package func normal(at point: [Double], tolerance: Double) -> [Double]? {
    guard accepts?(point) != false,
      let found = domain.region.boundaryPiece(at: domain.space.map { point[$0] }, tolerance: tolerance),
      pieces.contains(where: { $0.leaf == found.leaf && $0.piece == found.piece })
    else { return nil }
    return spatial(found.normal)
  }

  /// The same at one time: the lower end of its range.
  package var atOneTime: RegionBoundary {
    var fixed = self
    fixed.others = []
    return fixed
  }

  /// The coordinate of the region that a variable is; nil for time.
  func axis(of variable: Int) -> Int? { variable == domain.time ? nil : domain.space.firstIndex(of: variable) }

  /// Length or area, times the lengths of the variables beside.
  package var measure: Double {
    others.reduce(pieces.reduce(0) { $0 + $1.measure.value }) { $0 * domain.box.variables[$1].length }
  }

  /// The most coordinates of the unit cube that a point has.
  package var coordinates: Int { (pieces.map(\.coordinates).max() ?? 0) + others.count }

  /// How many of `count` points each piece has: by its size, at least one.
  ///
  /// A piece that is a single point, at all times if there is no time, has one.
  package func counts(_ count: Int) -> [Int] {
    if coordinates == 0 { return pieces.map { _ in min(1, count) } }
    let total = pieces.reduce(0) { $0 + $1.measure.value }
    let ideal = pieces.map { Double(count) * $0.measure.value / total }
    var counts = ideal.map { max(min(1, count), Int($0)) }
    // What rounding down left over goes to the largest rests.
    let order = pieces.indices.sorted { ideal[$0] - ideal[$0].rounded(.down) > ideal[$1] - ideal[$1].rounded(.down) }
    for piece in order where counts.reduce(0, +) < count { counts[piece] += 1 }
    // Small pieces with one point each are at the cost of the largest.
    while counts.reduce(0, +) > max(count, pieces.count),
      let largest = counts.indices.max(by: { counts[$0] < counts[$1] })
    {
      counts[largest] -= 1
    }
    return counts
  }

  /// Points, and the components of the outward normals.
  ///
  /// - Shapes: points [points, variables], row-major; normals `[variable of space][point]`.
  func samplePoints(
    count: Int, sampler: some Sampler, stream: RandomStream
  ) -> (points: [Double], normals: [[Double]]) {
    let drawn = draw(count: count, sampler: sampler, stream: stream, evenly: false)
    return (drawn.points, drawn.normals)
  }

  /// Points with weights, each piece by itself; those of a curve without gaps are evenly spaced.
  func quadrature(count: Int, sampler: any Sampler, stream: RandomStream) -> Quadrature {
    draw(count: count, sampler: sampler, stream: stream, evenly: true)
  }

  private func draw(count: Int, sampler: some Sampler, stream: RandomStream, evenly: Bool) -> Quadrature {
    var drawn = Quadrature(
      points: [], normals: domain.space.filter { $0 != domain.time }.map { _ in [] }, weights: [])
    for (number, (piece, wanted)) in zip(pieces, counts(count)).enumerated() {
      var found: [BoundaryPoint] = []
      if evenly, piece.coordinates == 1, others.isEmpty, piece.share == 1 {
        found = (0..<wanted).compactMap { point(of: piece, at: [(Double($0) + 0.5) / Double(wanted)][...]) }
      }
      if found.count < wanted {
        found = samplePoints(
          of: piece, count: wanted, sampler: sampler, stream: stream.substream("piece", index: number))
      }
      let measure = others.reduce(piece.measure.value) { $0 * domain.box.variables[$1].length }
      drawn.weights += [Double](repeating: measure / Double(found.count), count: found.count)
      for place in found {
        drawn.points += place.point
        for axis in drawn.normals.indices { drawn.normals[axis].append(place.normal[axis]) }
      }
    }
    return drawn
  }

  /// Points of one piece with all variables, and the normals of the variables of space.
  private func samplePoints(
    of piece: Region.Piece, count: Int, sampler: some Sampler, stream: RandomStream
  ) -> [BoundaryPoint] {
    acceptedPoints(
      count: count, dimensions: piece.coordinates + others.count, share: piece.share, sampler: sampler, stream: stream
    ) { point(of: piece, at: $0) }
  }

  /// The point of a piece for coordinates of the unit cube, those of the piece first; nil where it does not count.
  ///
  /// A variable that is neither of the region nor free is at its lower end.
  private func point(of piece: Region.Piece, at units: ArraySlice<Double>) -> BoundaryPoint? {
    let region = domain.region
    guard
      let place = region.leaves[piece.leaf].boundaryPoint(piece: piece.piece, at: units.prefix(piece.coordinates)),
      let normal = region.outwardNormal(leaf: piece.leaf, place).flatMap(spatial)
    else { return nil }
    var point = domain.box.variables.map(\.lower)
    for (axis, variable) in domain.space.enumerated() { point[variable] = place.point[axis] }
    for (variable, u) in zip(others, units.dropFirst(piece.coordinates)) {
      point[variable] = domain.box.variables[variable].value(at: u)
    }
    return accepts?(point) == false ? nil : BoundaryPoint(point: point, normal: normal)
  }
}

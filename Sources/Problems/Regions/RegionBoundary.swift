import Kernels

/// Pieces of the boundary of a region, at all times.
package struct RegionBoundary: Sendable {
  private let domain: RegionDomain
  package let pieces: [Region.Piece]
  /// Whether a point, with all variables, counts.
  private let accepts: (@Sendable ([Double]) -> Bool)?

  init(domain: RegionDomain, pieces: [Region.Piece], accepts: (@Sendable ([Double]) -> Bool)? = nil) {
    self.domain = domain
    self.pieces = pieces
    self.accepts = accepts
  }

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

  /// The outward normal, of the variables of the region, at a point with all variables; nil for a point farther from
  /// these pieces than `tolerance` times the extent of the region.
  package func normal(at point: [Double], tolerance: Double) -> [Double]? {
    guard accepts?(point) != false,
      let found = domain.region.boundaryPiece(at: domain.space.map { point[$0] }, tolerance: tolerance),
      pieces.contains(where: { $0.leaf == found.leaf && $0.piece == found.piece })
    else { return nil }
    return found.normal
  }

  /// The most coordinates of the unit cube that a point has.
  package var coordinates: Int { (pieces.map(\.coordinates).max() ?? 0) + domain.others.count }

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
  /// - Shapes: points [points, variables], row-major; normals `[dimension of the region][point]`.
  func samplePoints(
    count: Int, sampler: some Sampler, stream: RandomStream
  ) -> (points: [Double], normals: [[Double]]) {
    var points: [Double] = []
    var normals = [[Double]](repeating: [], count: domain.region.dimensions)
    for (number, (piece, wanted)) in zip(pieces, counts(count)).enumerated() {
      let found = samplePoints(
        of: piece, count: wanted, sampler: sampler, stream: stream.substream("piece", index: number))
      for place in found {
        points += place.point
        for axis in normals.indices { normals[axis].append(place.normal[axis]) }
      }
    }
    return (points, normals)
  }

  /// Points of one piece with all variables, and the normals of the variables of the region.
  private func samplePoints(
    of piece: Region.Piece, count: Int, sampler: some Sampler, stream: RandomStream
  ) -> [BoundaryPoint] {
    let (region, others) = (domain.region, domain.others)
    let leaf = region.leaves[piece.leaf]
    return acceptedPoints(
      count: count, dimensions: piece.coordinates + others.count, share: piece.share, sampler: sampler, stream: stream
    ) { units -> BoundaryPoint? in
      let place = leaf.boundaryPoint(piece: piece.piece, at: units.prefix(piece.coordinates))
      guard let normal = region.outwardNormal(leaf: piece.leaf, place) else { return nil }
      var point = [Double](repeating: 0, count: domain.box.dimensions)
      for (axis, variable) in domain.space.enumerated() { point[variable] = place.point[axis] }
      for (variable, u) in zip(others, units.dropFirst(piece.coordinates)) {
        point[variable] = domain.box.variables[variable].value(at: u)
      }
      return accepts?(point) == false ? nil : BoundaryPoint(point: point, normal: normal)
    }
  }
}

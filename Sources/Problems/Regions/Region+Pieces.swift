import Kernels

extension Region {
  /// A part of the region's boundary: what of a piece of one of its shapes is the region's boundary, too.
  package struct Piece: Sendable {
    package let leaf: Int
    package let piece: Int
    /// How many coordinates of the unit cube a point has.
    package let coordinates: Int
    /// What places call it: `outer`, `left`, `outer.left`, and the same with the name of the user.
    package let names: [String]
    /// Number of points, length, area with its standard error.
    package let measure: (value: Double, error: Double)
    /// The share of the shape's piece that is left.
    package let share: Double

    /// Whether both are of the same piece of a shape.
    package func isSame(as other: Piece) -> Bool { leaf == other.leaf && piece == other.piece }

    /// The piece of which only a part is meant.
    func scaled(by part: Double) -> Piece {
      Piece(
        leaf: leaf, piece: piece, coordinates: coordinates, names: names,
        measure: (measure.value * part, measure.error * part), share: share * part)
    }
  }

  /// The names of all pieces of the boundary, each once, the groups first.
  package var boundaryNames: [String] {
    let all = pieces.flatMap(\.names)
    let order = all.filter { $0 == "outer" } + all.filter { $0.hasPrefix("hole") } + all
    var seen: Set<String> = []
    return order.filter { seen.insert($0).inserted }
  }

  /// How many points measures are estimated from: `draws` times `points`.
  private static let draws = 16

  /// Estimates the share of each piece and of the region, and checks that there is something.
  mutating func measureAll() throws(RegionError) {
    let all = leaves.indices.flatMap { leaf in leaves[leaf].shape.pieces.indices.map { (leaf, $0) } }
    var found: [Piece] = []
    /// The sum of ± measure of the shapes, as long as no shape cuts another.
    var exact: Double? = 0
    var holes = leaves.filter { $0.group.hasPrefix("hole") }.reduce(into: Set<String>()) { $0.insert($1.group) }.count
    let points = max(16, 32_768 / Region.draws / max(1, all.count))
    for (leaf, number) in all {
      let shape = leaves[leaf].shape
      let piece = shape.pieces[number]
      let size = leaves[leaf].measure(of: piece)
      guard size.value > 0 else { continue }
      let (share, spread, flipped) =
        leaves.count == 1 ? (1, 0, 0) : sharedBoundary(leaf, number, piece.coordinates, points: points)
      if share < 1 || (flipped != 0 && flipped != 1) {
        exact = nil
      } else if number == 0 {
        exact = exact.flatMap { sum in leaves[leaf].measure.map { sum + (flipped == 1 ? -$0 : $0) } }
      }
      var group = leaves[leaf].group
      if piece.isHole, group == "outer" {
        holes += 1
        group = "hole\(holes)"
      }
      guard share > 0 else { continue }
      var names = [group] + (leaves[leaf].name.map { [$0] } ?? [])
      if let own = piece.name {
        names += names.map { "\($0).\(own)" } + (group == "outer" || piece.isHole ? [own] : [])
      }
      found.append(
        Piece(
          leaf: leaf, piece: number, coordinates: piece.coordinates, names: names,
          measure: (size.value * share, length([size.value * spread, size.error * share])),
          share: share * piece.acceptance))
    }
    pieces = found
    let box = bounds.reduce(1) { $0 * ($1.upperBound - $1.lowerBound) }
    let (mean, spread) = filledShare()
    guard mean > 0 else {
      throw RegionError(
        "the region is empty: none of \(Region.draws * 4096) points of the box around it is inside",
        isOfEmptyRegion: true)
    }
    guard mean >= 1e-4 else {
      throw RegionError("the region fills less than a ten-thousandth of the box around it")
    }
    share = mean
    measure = exact.map { ($0, 0) } ?? (mean * box, spread * box)
  }

  /// The share of a shape's piece that belongs to the region's boundary, its standard error, and how much of that has
  /// its normal turned round.
  private func sharedBoundary(
    _ leaf: Int, _ piece: Int, _ coordinates: Int, points: Int
  ) -> (share: Double, error: Double, flipped: Double) {
    let draws = coordinates == 0 ? 1 : Region.draws
    let points = coordinates == 0 ? 1 : points
    var (shares, flipped, kept) = ([Double](), 0, 0)
    for draw in 0..<draws {
      let units = Region.units(points, coordinates, draw)
      var (count, tried) = (0, 0)
      for row in 0..<points {
        let found = leaves[leaf].boundaryPoint(
          piece: piece, at: units[(row * coordinates)..<((row + 1) * coordinates)])
        guard let found else { continue }
        tried += 1
        guard let normal = outwardNormal(leaf: leaf, found) else { continue }
        count += 1
        if zip(normal, found.normal).reduce(0, { $0 + $1.0 * $1.1 }) < 0 { flipped += 1 }
      }
      kept += count
      shares.append(Double(count) / Double(max(1, tried)))
    }
    let (mean, error) = Region.meanAndError(shares)
    return (mean, error, kept > 0 ? Double(flipped) / Double(kept) : 0)
  }

  private func filledShare() -> (share: Double, error: Double) {
    let shares = (0..<Region.draws).map { draw in
      let units = Region.units(4096, dimensions, draw)
      var count = 0
      for row in 0..<4096 where depth(boxPoint(units[(row * dimensions)..<((row + 1) * dimensions)])) > 0 { count += 1 }
      return Double(count) / 4096
    }
    return Region.meanAndError(shares)
  }

  /// The point of `bounds` at coordinates of the unit cube.
  func boxPoint(_ units: ArraySlice<Double>) -> [Double] {
    zip(units, bounds).map { u, range in (1 - u) * range.lowerBound + u * range.upperBound }
  }

  private static func units(_ count: Int, _ dimensions: Int, _ draw: Int) -> [Double] {
    var units = [Double](repeating: 0, count: count * dimensions)
    guard dimensions > 0 else { return units }
    var span = units.mutableSpan
    let stream = RandomStream(seed: 0, purpose: "measures", index: draw)
    // The sequences with the fewest restrictions beyond the dimensions of Sobol's.
    if SobolSampler().obstacle(dimensions: dimensions) == nil {
      SobolSampler().fill(&span, count: count, dimensions: dimensions, stream: stream)
    } else {
      UniformSampler().fill(&span, count: count, dimensions: dimensions, stream: stream)
    }
    return units
  }

  /// Of estimates that are independent.
  private static func meanAndError(_ values: [Double]) -> (Double, Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    guard values.count > 1 else { return (mean, 0) }
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (square / (count * (count - 1))).squareRoot())
  }
}

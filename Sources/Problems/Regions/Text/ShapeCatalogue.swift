/// A word of the language of regions.
package struct ShapeEntry: Sendable {
  package let name: String
  /// What a call looks like: `disk(center, radius)`.
  package let usage: String
  /// One line.
  package let summary: String
  /// The dimensions there are such shapes in.
  let dimensions: ClosedRange<Int>
  /// The arguments by place; those in `optional` may be left out.
  let parameters: [String]
  let optional: Set<String>
  let meaning: Meaning

  /// What a call becomes.
  enum Meaning: Sendable {
    case shape(@Sendable (inout ShapeArguments) throws(RegionError) -> (any Shape)?)
    /// The first argument is a region, which is moved.
    case motion(@Sendable (inout ShapeArguments) throws(RegionError) -> AffineMap?)
    /// All arguments are regions.
    case union, intersection, difference
  }

  fileprivate init(
    _ usage: String, in dimensions: ClosedRange<Int>, _ summary: String, optional: Set<String> = [],
    _ meaning: Meaning
  ) {
    let open = usage.firstIndex(of: "(") ?? usage.endIndex
    name = String(usage[..<open])
    parameters = usage[open...].split { "(), ".contains($0) }.map(String.init).filter { $0 != "…" }
    self.usage = usage
    self.dimensions = dimensions
    self.summary = summary
    self.optional = optional
    self.meaning = meaning
  }

  fileprivate init(
    _ usage: String, in dimensions: ClosedRange<Int>, _ summary: String,
    shape: @escaping @Sendable (inout ShapeArguments) throws(RegionError) -> (any Shape)?
  ) {
    self.init(usage, in: dimensions, summary, .shape(shape))
  }
}

/// All words, in the order in which they are listed.
package let shapeCatalogue: [ShapeEntry] = [
  ShapeEntry("interval(from, to)", in: 1...1, "between two numbers") { a throws(RegionError) in
    guard let from = a.number("from"), let to = a.number("to") else { return nil }
    guard from < to else { throw RegionError("an interval must ascend, found \(from) to \(to)") }
    return try BoxShape([from...to])
  },
  ShapeEntry("box(lower, upper)", in: 1...254, "between two corners, sides along the axes") { a throws(RegionError) in
    guard let lower = a.vector("lower"), let upper = a.vector("upper") else { return nil }
    var ranges: [ClosedRange<Double>] = []
    for (low, high) in zip(lower, upper) {
      guard low < high else {
        throw RegionError("the lower corner of a box must lie below the upper one, found \(low) and \(high)")
      }
      ranges.append(low...high)
    }
    return try BoxShape(ranges)
  },
  ShapeEntry("disk(center, radius)", in: 2...2, "a disk in the plane") { a throws(RegionError) in
    guard let center = a.vector("center"), let radius = a.number("radius") else { return nil }
    return try BallShape(center: center, radius: radius)
  },
  ShapeEntry("ball(center, radius)", in: 1...254, "a ball in any number of dimensions") { a throws(RegionError) in
    guard let center = a.vector("center"), let radius = a.number("radius") else { return nil }
    guard center.count == 1 else { return try BallShape(center: center, radius: radius) }
    guard radius > 0 else { throw RegionError("the radius must be above 0, found \(radius)") }
    return try BoxShape([(center[0] - radius)...(center[0] + radius)])
  },
  ShapeEntry("sphere(center, radius)", in: 3...254, "the same as ball: as a place its surface") {
    a throws(RegionError) in
    guard let center = a.vector("center"), let radius = a.number("radius") else { return nil }
    return try BallShape(center: center, radius: radius)
  },
  ShapeEntry("ring(center, inner, outer)", in: 2...254, "between two circles or spheres about one center") {
    a throws(RegionError) in
    guard let center = a.vector("center"), let inner = a.number("inner"), let outer = a.number("outer") else {
      return nil
    }
    return try RingShape(center: center, inner: inner, outer: outer)
  },
  ShapeEntry("ellipse(center, radii)", in: 2...2, "half-axes along x and y") { a throws(RegionError) in
    guard let center = a.vector("center"), let radii = a.vector("radii") else { return nil }
    return try EllipseShape(center: center, radii: radii)
  },
  ShapeEntry("triangle(a, b, c)", in: 2...2, "by its corners") { a throws(RegionError) in
    guard let first = a.vector("a"), let second = a.vector("b"), let third = a.vector("c") else { return nil }
    return try PolygonShape([first, second, third])
  },
  ShapeEntry("polygon(corners)", in: 2...2, "by a list of corners, without holes") { a throws(RegionError) in
    guard let corners = a.vectors("corners") else { return nil }
    return try PolygonShape(corners)
  },
  ShapeEntry("halfspace(point, normal)", in: 1...254, "one side of a line or plane; the normal points out") {
    a throws(RegionError) in
    guard let point = a.vector("point"), let normal = a.vector("normal") else { return nil }
    return try HalfSpaceShape(point: point, normal: normal)
  },
  ShapeEntry("union(a, b, …)", in: 1...254, "what is in any of the regions", .union),
  ShapeEntry("intersection(a, b, …)", in: 1...254, "what is in all of the regions", .intersection),
  ShapeEntry("difference(a, b, …)", in: 1...254, "the first region without the others", .difference),
  ShapeEntry(
    "translate(region, by)", in: 1...254, "moved by a vector",
    .motion { a throws(RegionError) in a.vector("by").map { AffineMap.translation(by: $0) } }),
  ShapeEntry(
    "rotate(region, angle, center, axis)", in: 2...3,
    "turned by an angle in radians about a point, in space about an axis through it", optional: ["center", "axis"],
    .motion { a throws(RegionError) in
      guard let angle = a.number("angle"), let center = a.vector("center", fallback: 0) else { return nil }
      if center.count == 2 {
        guard !a.has("axis") else { throw RegionError("in the plane there is no axis to turn about") }
        return AffineMap.rotation(by: angle, center: center)
      }
      guard a.has("axis") else {
        throw RegionError("a rotation in space needs an axis", help: "write axis = [0, 0, 1]")
      }
      guard let axis = a.vector("axis") else { return nil }
      guard length(axis) > 0 else { throw RegionError("the axis of a rotation must not be zero") }
      return AffineMap.rotation(by: angle, axis: axis, center: center)
    }),
  ShapeEntry(
    "scale(region, factor, center)", in: 1...254,
    "made larger or smaller, one point staying; [2, 1] has a factor for each axis", optional: ["center"],
    .motion { a throws(RegionError) in
      let factors = a.isList("factor") ? a.vector("factor") : a.number("factor").map { [$0] }
      guard let factors, let center = a.vector("center", fallback: 0) else { return nil }
      for factor in factors where !(factor > 0 && factor.isFinite) {
        throw RegionError("the factor must be above 0, found \(factor)")
      }
      return AffineMap.scaling(by: center.indices.map { factors[factors.count == 1 ? 0 : $0] }, center: center)
    }),
]

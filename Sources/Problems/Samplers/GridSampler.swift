package import Kernels

/// A regular grid, the last variable running fastest.
///
/// Without counts of its own it takes as many points along each axis as come nearest to the wanted number: n along the
/// last axes and n + 1 along the first ones, so that the product is near. An average over the cell centres of a smooth
/// function is the midpoint rule, whose error falls only as N^(−2/d).
///
/// - Keys: `counts`, the number of points along each free variable, for which the wanted number is ignored; `ends`,
///   whether the first and last points sit on the bounds rather than half a cell inside, false by default. A single
///   point along an axis sits in its middle.
package struct GridSampler: Sampler {
  package static let name = "grid"
  package static let summary = "regular grid of cell centres, or with both ends; the count is met only roughly"

  /// Along each axis, or nil where they follow from the wanted number.
  package let counts: [Int]?
  package let ends: Bool

  package init() { self.init(counts: nil) }

  package init(counts: [Int]?, ends: Bool = false) {
    precondition(counts?.allSatisfy { $0 > 0 } ?? true, "a grid was given the counts \(counts ?? [])")
    self.counts = counts
    self.ends = ends
  }

  package var dependsOnStream: Bool { false }

  package func obstacle(dimensions: Int) -> String? {
    guard let counts, counts.count != dimensions else { return nil }
    return "the grid has counts for \(counts.count) dimensions, not \(dimensions)"
  }

  package func attainableCount(near count: Int, dimensions: Int) -> Int {
    guard count > 0 else { return 0 }
    if let counts { return counts.reduce(1, *) }
    return Self.counts(near: count, dimensions: dimensions).reduce(1, *)
  }

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    guard count > 0 else { return }
    let counts = self.counts ?? Self.counts(near: count, dimensions: dimensions)
    precondition(counts.reduce(1, *) == count, "a grid of \(counts) points was to have \(count)")
    var run = count
    for axis in 0..<dimensions {
      run /= counts[axis]
      for i in 0..<count {
        points[i * dimensions + axis] = coordinate(i / run % counts[axis], of: counts[axis])
      }
    }
  }

  private func coordinate(_ place: Int, of count: Int) -> Double {
    ends && count > 1 ? Double(place) / Double(count - 1) : (Double(place) + 0.5) / Double(count)
  }

  /// The counts whose product is nearest to `count` when all are n or n + 1, n the whole part of the root; of two
  /// equally near ones the smaller. For a product of this form it gives that product again.
  ///
  /// - Precondition: `count` is positive.
  package static func counts(near count: Int, dimensions: Int) -> [Int] {
    guard dimensions > 0 else { return [] }
    var base = 1
    while let power = power(base + 1, dimensions), power <= count { base += 1 }
    var best = (raised: 0, distance: Int.max)
    // `product` has `raised` factors n + 1. Every product but the last is at most `count` or the first above it.
    for raised in 0...dimensions {
      guard let raisedPart = power(base + 1, raised), let plainPart = power(base, dimensions - raised) else { break }
      let (product, overflow) = raisedPart.multipliedReportingOverflow(by: plainPart)
      if overflow { break }
      let distance = abs(product - count)
      if distance < best.distance { best = (raised, distance) }
      if product >= count { break }
    }
    return (0..<dimensions).map { $0 < best.raised ? base + 1 : base }
  }

  /// `base` to the power `exponent`, or nil where `Int` ends.
  private static func power(_ base: Int, _ exponent: Int) -> Int? {
    var result = 1
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return nil }
      result = product
    }
    return result
  }
}

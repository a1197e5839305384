import Kernels

/// The points of a slice of a box that are in a region or meet a condition.
package struct RegionSlice: Sendable {
  private let slice: BoxRegion.Slice
  private let share: Double
  /// Length, area, volume, in the variables that are free.
  package let measure: Double
  /// Whether a point, with all variables, counts.
  private let accepts: @Sendable ([Double]) -> Bool

  /// The inside of a region, with some variables fixed; nil where none of some thousand points is in the region.
  init?(_ domain: RegionDomain, fixed: [Int: Double]) {
    let variables = domain.box.variables.enumerated().map { number, variable in
      guard let axis = domain.space.firstIndex(of: number) else { return variable }
      let range = domain.region.bounds[axis]
      // A fixed value may lie beside the region, within the range of its variable.
      let value = fixed[number] ?? range.lowerBound
      return BoxRegion.Variable(
        variable.name, from: min(range.lowerBound, value), to: max(range.upperBound, value))
    }
    slice = BoxRegion(variables).slice(fixed)
    // Only where no variable of the region is fixed is all of the slice in the open.
    if !domain.space.contains(where: { fixed[$0] != nil }) {
      accepts = { point in domain.region.depth(domain.space.map { point[$0] }) > 0 }
      share = domain.region.share
      let others = slice.freeVariables.filter { !domain.space.contains($0) }
      let box = slice.region
      measure = others.reduce(domain.region.measure.value) { $0 * box.variables[$1].length }
    } else {
      accepts = { point in domain.contains(point) }
      guard let share = RegionSlice.share(of: slice, accepts) else { return nil }
      self.share = share
      measure = share * slice.measure
    }
  }

  /// The part of a slice where a condition holds; nil where it does at none of some thousand points.
  package init?(part slice: BoxRegion.Slice, where holds: @escaping @Sendable ([Double]) -> Bool) {
    guard let share = RegionSlice.share(of: slice, holds) else { return nil }
    (self.slice, self.share, accepts, measure) = (slice, share, holds, share * slice.measure)
  }

  /// The part where a condition holds, too; nil where it does at none of some thousand points.
  package func part(where holds: @escaping @Sendable ([Double]) -> Bool) -> RegionSlice? {
    let accepts = accepts
    return RegionSlice(part: slice) { accepts($0) && holds($0) }
  }

  private static func share(of slice: BoxRegion.Slice, _ accepts: ([Double]) -> Bool) -> Double? {
    let dimensions = slice.region.dimensions
    let rows = Problems.samplePoints(
      in: slice, count: slice.dimensions == 0 ? 1 : 4096, sampler: HaltonSampler(),
      stream: RandomStream(seed: 0, purpose: "slice"))
    let inside = stride(from: 0, to: rows.count, by: dimensions).filter { start in
      accepts(Array(rows[start..<(start + dimensions)]))
    }
    return inside.isEmpty ? nil : Double(inside.count) * Double(dimensions) / Double(rows.count)
  }

  package var dimensions: Int { slice.dimensions }
  /// How many coordinates a point has, fixed ones included.
  var variables: Int { slice.region.dimensions }

  /// Points of the slice, `count` of them; one where it is a single point.
  ///
  /// - Shapes: [points, variables], row-major.
  func samplePoints(count: Int, sampler: some Sampler, stream: RandomStream) -> [Double] {
    acceptedPoints(
      count: dimensions == 0 ? min(count, 1) : count, dimensions: dimensions, share: share, sampler: sampler,
      stream: stream
    ) { units -> [Double]? in
      let point = slice.points(atUnitCoordinates: Array(units).span, rows: 1)
      return accepts(point) ? point : nil
    }.flatMap { $0 }
  }
}

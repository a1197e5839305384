import Kernels

/// The inside of a region, with some variables fixed.
package struct RegionSlice: Sendable {
  private let domain: RegionDomain
  /// Of the box around the region.
  private let slice: BoxRegion.Slice
  private let share: Double
  /// Whether no variable of the region is fixed: only then is all of the slice in the open.
  private let isWhole: Bool

  /// Nil where none of some thousand points of the slice is in the region.
  init?(_ domain: RegionDomain, fixed: [Int: Double]) {
    self.domain = domain
    let variables = domain.box.variables.enumerated().map { number, variable in
      guard let axis = domain.space.firstIndex(of: number) else { return variable }
      let range = domain.region.bounds[axis]
      // A fixed value may lie beside the region, within the range of its variable.
      let value = fixed[number] ?? range.lowerBound
      return BoxRegion.Variable(
        variable.name, from: min(range.lowerBound, value), to: max(range.upperBound, value))
    }
    slice = BoxRegion(variables).slice(fixed)
    isWhole = !domain.space.contains { fixed[$0] != nil }
    guard !isWhole else {
      share = domain.region.share
      return
    }
    let tries = slice.dimensions == 0 ? 1 : 4096
    let dimensions = variables.count
    let rows = Problems.samplePoints(
      in: slice, count: tries, sampler: HaltonSampler(), stream: RandomStream(seed: 0, purpose: "slice"))
    let inside = stride(from: 0, to: rows.count, by: dimensions).filter { start in
      domain.contains(Array(rows[start..<(start + dimensions)]))
    }
    guard !inside.isEmpty else { return nil }
    share = Double(inside.count) * Double(dimensions) / Double(rows.count)
  }

  package var dimensions: Int { slice.dimensions }
  /// How many coordinates a point has, fixed ones included.
  var variables: Int { slice.region.dimensions }

  /// Length, area, volume, in the variables that are free.
  package var measure: Double {
    guard isWhole else { return share * slice.measure }
    let others = slice.freeVariables.filter { !domain.space.contains($0) }
    return others.reduce(domain.region.measure.value) { $0 * slice.region.variables[$1].length }
  }

  /// Points of the slice, `count` of them; one where it is a single point.
  ///
  /// - Shapes: [points, variables], row-major.
  func samplePoints(count: Int, sampler: some Sampler, stream: RandomStream) -> [Double] {
    let slice = slice
    return acceptedPoints(
      count: dimensions == 0 ? min(count, 1) : count, dimensions: dimensions, share: share, sampler: sampler,
      stream: stream
    ) { units -> [Double]? in
      let point = slice.points(atUnitCoordinates: Array(units).span, rows: 1)
      if isWhole { return domain.region.depth(domain.space.map { point[$0] }) > 0 ? point : nil }
      return domain.contains(point) ? point : nil
    }.flatMap { $0 }
  }
}

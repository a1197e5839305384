package import Kernels

/// How many points `samplePoints` returns when about `count` are wanted: a grid comes as near as it can, a slice
/// without free variables has one point.
package func samplePointCount(in slice: BoxRegion.Slice, near count: Int, sampler: some Sampler) -> Int {
  sampler.attainableCount(near: count, dimensions: slice.dimensions)
}

/// Points of a slice.
///
/// Fixed variables have the very bits of their values. Free ones lie within their bounds, both included.
///
/// - Shapes: [`samplePointCount`, `slice.region.dimensions`], row-major, variables in the region's order.
/// - Precondition: `count` is not negative and the sampler has no obstacle in the slice's dimensions.
package func samplePoints(
  in slice: BoxRegion.Slice, count: Int, sampler: some Sampler, stream: RandomStream
) -> [Double] {
  precondition(count >= 0, "\(count) points were asked for")
  let rows = samplePointCount(in: slice, near: count, sampler: sampler)
  var coordinates = [Double](repeating: 0, count: rows * slice.dimensions)
  if slice.dimensions > 0, rows > 0 {
    var span = coordinates.mutableSpan
    sampler.fill(&span, count: rows, dimensions: slice.dimensions, stream: stream)
  }
  return slice.points(atUnitCoordinates: coordinates.span, rows: rows)
}

/// Points of the whole box.
package func samplePoints(
  in region: BoxRegion, count: Int, sampler: some Sampler, stream: RandomStream
) -> [Double] {
  samplePoints(in: region.interior, count: count, sampler: sampler, stream: stream)
}

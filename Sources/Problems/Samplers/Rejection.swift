import Kernels

/// Points of the unit cube, of which only those count that `accept` makes something of, exactly as many as wanted.
///
/// Where a sampler goes on as the sequence it is, the first that are accepted are taken. Where its points depend on
/// their number, a number is sought that leaves enough; what is too much is left out at even distances, for in some sets
/// neighbours in the list are neighbours in space. A grid thereby has gaps, but the number that was asked for.
///
/// - Precondition: the share that is accepted is about `share`, and at least some.
func acceptedPoints<T>(
  count: Int, dimensions: Int, share: Double, sampler: some Sampler, stream: RandomStream,
  accept: (ArraySlice<Double>) -> T?
) -> [T] {
  guard count > 0 else { return [] }
  var wanted = Int((Double(count) / min(1, max(share, 1e-5))).rounded(.up))
  if !sampler.dependsOnCount { wanted += wanted / 16 + 8 }
  while true {
    let rows = dimensions == 0 ? 1 : sampler.attainableCount(near: wanted, dimensions: dimensions)
    var units = [Double](repeating: 0, count: rows * dimensions)
    if dimensions > 0 {
      var span = units.mutableSpan
      sampler.fill(&span, count: rows, dimensions: dimensions, stream: stream)
    }
    var found: [T] = []
    found.reserveCapacity(count)
    for row in 0..<rows {
      if let value = accept(units[(row * dimensions)..<((row + 1) * dimensions)]) { found.append(value) }
      if found.count == count, !sampler.dependsOnCount { return found }
    }
    if dimensions == 0 { return found }
    if found.count == count { return found }
    if found.count > count { return (0..<count).map { found[$0 * found.count / count] } }
    let missing = count - found.count
    wanted += max(8, Int(1.1 * Double(missing) / min(1, max(share, 1e-5))))
    precondition(
      wanted < 1 << 31, "\(count) points were sought, and of \(rows) only \(found.count) are in the region")
  }
}

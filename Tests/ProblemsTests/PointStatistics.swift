import Kernels
import Problems
import Testing

/// A sampler of the catalogue with its defaults.
func member(_ name: String) throws -> any Sampler {
  let found = sampler(named: name)
  return try #require(found)
}

/// Points of the unit cube straight from a sampler.
func unitPoints(_ sampler: some Sampler, count: Int, dimensions: Int, seed: UInt64 = 1, draw: Int = 0) -> [Double] {
  var points = [Double](repeating: .nan, count: count * dimensions)
  var span = points.mutableSpan
  sampler.fill(
    &span, count: count, dimensions: dimensions, stream: RandomStream(seed: seed, purpose: "points", index: draw))
  return points
}

/// One coordinate of all points.
func column(_ axis: Int, of points: [Double], dimensions: Int) -> [Double] {
  stride(from: axis, to: points.count, by: dimensions).map { points[$0] }
}

/// How many points lie in each cell of a partition of the unit square into `columns` by `rows` boxes.
func cellCounts(_ x: [Double], _ y: [Double], columns: Int, rows: Int) -> [Int] {
  var counts = [Int](repeating: 0, count: columns * rows)
  for (x, y) in zip(x, y) { counts[Int(x * Double(columns)) * rows + Int(y * Double(rows))] += 1 }
  return counts
}

/// The square of the centred L2 discrepancy.
///
/// - Source: Hickernell (1998), A generalized discrepancy and quadrature error bound, equation 5.1c.
func centredDiscrepancy(_ points: [Double], dimensions: Int) -> Double {
  let count = points.count / dimensions
  let distances = points.map { abs($0 - 0.5) }
  var single = 0.0
  var double = 0.0
  for i in 0..<count {
    var product = 1.0
    for axis in 0..<dimensions {
      let a = distances[i * dimensions + axis]
      product *= 1 + 0.5 * a - 0.5 * a * a
    }
    single += product
    for j in 0..<count {
      var product = 1.0
      for axis in 0..<dimensions {
        let (p, q) = (i * dimensions + axis, j * dimensions + axis)
        product *= 1 + 0.5 * (distances[p] + distances[q] - abs(points[p] - points[q]))
      }
      double += product
    }
  }
  let n = Double(count)
  let whole = (0..<dimensions).reduce(1.0) { product, _ in product * 13 / 12 }
  return whole - 2 / n * single + double / (n * n)
}

/// The slope of the least-squares line through the points (x, y).
func fittedSlope(_ x: [Double], _ y: [Double]) -> Double {
  let meanX = x.reduce(0, +) / Double(x.count)
  let meanY = y.reduce(0, +) / Double(y.count)
  let products = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
  return products / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
}

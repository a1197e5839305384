import Problems
import Testing

struct LatinHypercubeSamplerTests {
  @Test(arguments: [1, 2, 7, 100, 1_009])
  func `each stratum of each axis holds one point`(count: Int) {
    let points = unitPoints(LatinHypercubeSampler(), count: count, dimensions: 6)
    for axis in 0..<6 {
      let strata = column(axis, of: points, dimensions: 6).map { value in
        // The stratum by comparison with its bounds, not by a product that may round.
        (0..<count).last { Double($0) / Double(count) <= value } ?? -1
      }
      #expect(strata.sorted() == Array(0..<count))
    }
  }

  @Test func `axes are ordered differently`() {
    let points = unitPoints(LatinHypercubeSampler(), count: 50, dimensions: 3)
    let orders = (0..<3).map { column($0, of: points, dimensions: 3).map { Int($0 * 50) } }
    #expect(Set(orders).count == 3)
  }

  @Test func `the largest offset stays in its stratum`() {
    for count in [3, 10, 49, 1_000_003] {
      for stratum in [0, count / 2, count - 1] {
        let value = LatinHypercubeSampler.coordinate(stratum: stratum, offset: 1 - 0x1p-53, count: count)
        #expect(value < Double(stratum + 1) / Double(count))
      }
    }
  }
}

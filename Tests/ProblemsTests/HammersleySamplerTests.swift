import Problems
import Testing

struct HammersleySamplerTests {
  @Test func `four points in three dimensions are i/4 and the radical inverses`() {
    let expected = [
      0, 0, 0,
      0.25, 0.5, 1.0 / 3,
      0.5, 0.25, 2.0 / 3,
      0.75, 0.75, 1.0 / 9,
    ]
    #expect(unitPoints(HammersleySampler(randomized: false), count: 4, dimensions: 3) == expected)
  }

  @Test func `skipped points leave the rest where they were`() {
    let all = unitPoints(HammersleySampler(randomized: false), count: 10, dimensions: 4)
    let rest = unitPoints(HammersleySampler(randomized: false, skip: 3), count: 7, dimensions: 4)
    #expect(Array(all.dropFirst(12)) == rest)
  }

  @Test(arguments: [true, false])
  func `each elementary interval in the plane holds one point`(randomized: Bool) {
    let points = unitPoints(HammersleySampler(randomized: randomized), count: 256, dimensions: 2)
    for k in 0...8 {
      let counts = cellCounts(
        column(0, of: points, dimensions: 2), column(1, of: points, dimensions: 2), columns: 1 << k,
        rows: 1 << (8 - k))
      #expect(counts.allSatisfy { $0 == 1 })
    }
  }

  @Test func `the first coordinate keeps its even spacing under the random shift`() {
    let x = column(0, of: unitPoints(HammersleySampler(), count: 50, dimensions: 2), dimensions: 2)
    #expect(x[0] > 0 && x[0] < 0.02)
    for i in 1..<50 { #expect(abs(x[i] - x[i - 1] - 0.02) < 1e-15) }
  }
}

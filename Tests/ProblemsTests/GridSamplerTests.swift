import Kernels
import Problems
import Testing

struct GridSamplerTests {
  @Test func `cell centres are the default and both ends an option`() {
    #expect(unitPoints(GridSampler(), count: 4, dimensions: 1) == [0.125, 0.375, 0.625, 0.875])
    #expect(unitPoints(GridSampler(counts: nil, ends: true), count: 5, dimensions: 1) == [0, 0.25, 0.5, 0.75, 1])
    #expect(unitPoints(GridSampler(counts: nil, ends: true), count: 1, dimensions: 1) == [0.5])
  }

  @Test func `the last variable runs fastest`() {
    let expected = [0, 0, 0, 0.5, 0, 1, 1, 0, 1, 0.5, 1, 1]
    #expect(unitPoints(GridSampler(counts: [2, 3], ends: true), count: 6, dimensions: 2) == expected)
  }

  @Test(arguments: [
    (100, 2, [10, 10]), (1_000, 2, [32, 31]), (1_000, 3, [10, 10, 10]), (7, 1, [7]), (5, 2, [2, 2]), (8, 2, [3, 3]),
    (4_000, 10, [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]), (1, 3, [1, 1, 1]), (2, 3, [2, 1, 1]), (10, 0, []),
  ])
  func `counts come as near to the wanted number as they can`(count: Int, dimensions: Int, expected: [Int]) {
    #expect(GridSampler.counts(near: count, dimensions: dimensions) == expected)
    #expect(GridSampler().attainableCount(near: count, dimensions: dimensions) == expected.reduce(1, *))
  }

  @Test func `the attained number leads to itself`() {
    let grid = GridSampler()
    for dimensions in 1...6 {
      for wanted in 1...400 {
        let count = grid.attainableCount(near: wanted, dimensions: dimensions)
        #expect(grid.attainableCount(near: count, dimensions: dimensions) == count)
      }
    }
    #expect(grid.attainableCount(near: .max, dimensions: 254) == 1 << 62)
  }

  @Test func `given counts overrule the wanted number and must fit the dimensions`() {
    let grid = GridSampler(counts: [4, 5, 6])
    #expect(grid.attainableCount(near: 7, dimensions: 3) == 120)
    #expect(grid.obstacle(dimensions: 3) == nil)
    #expect(grid.obstacle(dimensions: 2) == "the grid has counts for 3 dimensions, not 2")
  }

  @Test func `a grid with ends reaches the very bounds of its variables`() {
    let region = BoxRegion(bounds: [-0.1...0.7, 0.1...1e3 / 3])
    let points = samplePoints(
      in: region, count: 12, sampler: GridSampler(counts: [3, 4], ends: true),
      stream: .init(seed: 1, purpose: "grid"))
    #expect(points.count == 24)
    #expect(Array(points.prefix(2)) == [-0.1, 0.1])
    #expect(Array(points.suffix(2)) == [0.7, 1e3 / 3])
  }
}

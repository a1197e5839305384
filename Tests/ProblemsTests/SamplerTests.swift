import Foundation
import Kernels
import Problems
import Testing

/// What holds for every member of the catalogue.
struct SamplerTests {
  @Test func `every sampler file has its line in the catalogue`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Problems/Samplers")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.hasSuffix("Sampler.swift") && $0 != "Sampler.swift" }
      .map { String($0.dropLast(".swift".count)) }
    #expect(files.sorted() == samplerCatalogue.map { String(describing: $0) }.sorted())
  }

  @Test func `samplers are found by their names and by no other`() throws {
    #expect(Set(samplerNames).count == samplerCatalogue.count)
    #expect(samplerNames.sorted() == ["grid", "halton", "hammersley", "latin-hypercube", "sobol", "uniform"])
    for name in samplerNames {
      let found = try member(name)
      #expect(type(of: found).name == name)
      #expect(!type(of: found).summary.isEmpty)
    }
    #expect(sampler(named: "sobel") == nil)
  }

  @Test(arguments: samplerNames)
  func `all coordinates are written and lie in the unit cube`(name: String) throws {
    let sampler = try member(name)
    for dimensions in [1, 2, 3, 7, 40, 254] {
      for wanted in [0, 1, 2, 17, 300] {
        let count = sampler.attainableCount(near: wanted, dimensions: dimensions)
        #expect((count == 0) == (wanted == 0))
        let points = unitPoints(sampler, count: count, dimensions: dimensions)
        #expect(points.allSatisfy { $0 >= 0 && $0 < 1 })
      }
    }
  }

  @Test(arguments: samplerNames)
  func `a stream gives the same points again, and a redraw or another seed gives others`(name: String) throws {
    let sampler = try member(name)
    let count = sampler.attainableCount(near: 64, dimensions: 3)
    let points = unitPoints(sampler, count: count, dimensions: 3)
    #expect(points == unitPoints(sampler, count: count, dimensions: 3))
    #expect((points != unitPoints(sampler, count: count, dimensions: 3, draw: 1)) == sampler.dependsOnStream)
    #expect((points != unitPoints(sampler, count: count, dimensions: 3, seed: 2)) == sampler.dependsOnStream)
    #expect(sampler.dependsOnStream == (name != "grid"))
  }

  @Test(arguments: samplerNames)
  func `no point comes twice and no two axes are equal`(name: String) throws {
    let sampler = try member(name)
    let count = sampler.attainableCount(near: 256, dimensions: 2)
    let points = unitPoints(sampler, count: count, dimensions: 2)
    let rows = stride(from: 0, to: points.count, by: 2).map { [points[$0], points[$0 + 1]] }
    #expect(Set(rows).count == count)
    #expect(column(0, of: points, dimensions: 2) != column(1, of: points, dimensions: 2))
  }

  @Test(arguments: samplerNames)
  func `points of a slice lie on it, its fixed variables to the bit`(name: String) throws {
    let sampler = try member(name)
    let region = BoxRegion([
      .init("x", from: -0.1, to: 0.7), .init("y", from: 1e-3, to: 1e3 / 3), .init("t", from: 0.1, to: 1.1),
    ])
    let stream = RandomStream(seed: 1, purpose: "points/walls")
    var slices = [region.interior, region.slice([1: 0.3])]
    for face in region.faces {
      slices.append(region.slice(face))
      for other in region.faces where other.variable > face.variable {
        slices.append(region.slice(face).fixing(other))
      }
    }
    for slice in slices {
      let count = samplePointCount(in: slice, near: 50, sampler: sampler)
      let points = samplePoints(in: slice, count: 50, sampler: sampler, stream: stream)
      #expect(points.count == count * 3)
      for row in 0..<count {
        let isOnSlice = slice.contains(points.span, row: row)
        #expect(isOnSlice)
        for (variable, value) in slice.fixedValues.enumerated() {
          guard let value else { continue }
          #expect(points[row * 3 + variable].bitPattern == value.bitPattern)
        }
      }
    }
  }

  @Test(arguments: samplerNames)
  func `a slice without free variables has one point`(name: String) throws {
    let sampler = try member(name)
    let corner = BoxRegion(bounds: [0...1, 2...3]).slice([0: 1, 1: 2.25])
    let stream = RandomStream(seed: 1, purpose: "corner")
    #expect(samplePointCount(in: corner, near: 100, sampler: sampler) == 1)
    #expect(samplePoints(in: corner, count: 100, sampler: sampler, stream: stream) == [1, 2.25])
    #expect(samplePoints(in: corner, count: 0, sampler: sampler, stream: stream) == [])
  }

  @Test func `points of a box are those of its interior, in the order of its variables`() {
    let region = BoxRegion(bounds: [0...1, 10...12])
    let stream = RandomStream(seed: 1, purpose: "interior")
    let points = samplePoints(in: region, count: 33, sampler: SobolSampler(), stream: stream)
    #expect(points == samplePoints(in: region.interior, count: 33, sampler: SobolSampler(), stream: stream))
    #expect(column(0, of: points, dimensions: 2).allSatisfy { $0 <= 1 })
    #expect(column(1, of: points, dimensions: 2).allSatisfy { $0 >= 10 })
  }
}

import Diagnostics
import Kernels
import Problems
import Testing

/// A region in x, y or x, y, z by its text.
func region(
  _ text: String, _ dimensions: Int = 2, within frame: [ClosedRange<Double>]? = nil
) throws -> Region {
  let variables = Array(["x", "y", "z", "v", "w"].prefix(dimensions))
  return try Region(
    parseRegion(LocatedText(text), variables: variables, constants: ["R": 2]), within: frame)
}

private let square: [ClosedRange<Double>] = [-1...1, -1...1]

/// Points of the boundary of a region with their normals, `[point][axis]`.
private func boundary(
  _ region: Region, _ name: String? = nil, count: Int = 400, sampler: any Sampler = SobolSampler()
) throws -> (points: [[Double]], normals: [[Double]]) {
  let box = BoxRegion(bounds: region.bounds)
  let domain = RegionDomain(region, box: box, space: Array(0..<region.dimensions))
  let place = try #require(domain.boundary(named: name))
  let source = PointSource(
    place: .boundary(place), count: count, sampler: sampler, stream: RandomStream(seed: 3, purpose: "boundary"))
  let (sites, normals) = source.points(dimensions: region.dimensions, draw: 0)
  func rows(_ columns: [[Double]]) -> [[Double]] { columns[0].indices.map { row in columns.map { $0[row] } } }
  return (rows(sites[0]), rows(normals))
}

private struct Size: CustomTestStringConvertible, Sendable {
  var text: String
  var dimensions = 2
  var framed = false
  var measure: Double
  var boundary: Double
  var testDescription: String { text }
}

private let sizes: [Size] = [
  Size(text: "interval(-1, R)", dimensions: 1, measure: 3, boundary: 2),
  Size(text: "box([0, 0], [2, 3])", measure: 6, boundary: 10),
  Size(text: "box([0, 0, 0], [1, 2, 3])", dimensions: 3, measure: 6, boundary: 22),
  Size(text: "disk([1, 2], R)", measure: 4 * .pi, boundary: 4 * .pi),
  Size(text: "ball([0, 0, 1], 2)", dimensions: 3, measure: 32 * .pi / 3, boundary: 16 * .pi),
  Size(text: "ball([0, 0, 0, 0], 1)", dimensions: 4, measure: .pi * .pi / 2, boundary: 2 * .pi * .pi),
  Size(text: "ring([0, 0], 0.5, 1)", measure: 0.75 * .pi, boundary: 3 * .pi),
  // Perimeter of the ellipse with half-axes 2 and 1: 8 E(√3/2).
  Size(text: "ellipse([0, 0], [2, 1])", measure: 2 * .pi, boundary: 9.688_448_220_547_675),
  Size(text: "triangle([0, 0], [3, 0], [0, 4])", measure: 6, boundary: 12),
  Size(text: "polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])", measure: 3, boundary: 8),
  Size(text: "scale(disk([1, 0], 1), 3)", measure: 9 * .pi, boundary: 6 * .pi),
  Size(text: "rotate(translate(box([0, 0], [1, 2]), [5, 5]), pi/3)", measure: 2, boundary: 6),
  Size(text: "sphere([0, 0, 1], 2)", dimensions: 3, measure: 32 * .pi / 3, boundary: 16 * .pi),
  Size(text: "ring([0, 0, 0], 1, 2)", dimensions: 3, measure: 28 * .pi / 3, boundary: 20 * .pi),
  Size(text: "ball([0, 0, 0, 0, 1], 1)", dimensions: 5, measure: 8 * .pi * .pi / 15, boundary: 8 * .pi * .pi / 3),
  // Other factors along each axis.
  Size(text: "scale(box([0, 0], [1, 2]), [3, 1])", measure: 6, boundary: 10),
  Size(text: "scale(disk([0, 0], 1), [2, 1])", measure: 2 * .pi, boundary: 9.688_448_220_547_675),
  Size(text: "rotate(scale(disk([1, 0], 1), [2, 1]), pi/3)", measure: 2 * .pi, boundary: 9.688_448_220_547_675),
  Size(text: "scale(ring([0, 0], 0.5, 1), [2, 1])", measure: 1.5 * .pi, boundary: 14.532_672_330_821_51),
  // A rhombus with the diagonals 2√2 and √2.
  Size(
    text: "scale(rotate(box([0, 0], [1, 1]), pi/4), [2, 1], center = [1, 1])", measure: 2,
    boundary: 4 * 2.5.squareRoot()),
  Size(
    text: "scale(difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2])), [2, 1])", measure: 2 * .pi - 0.32,
    boundary: 9.688_448_220_547_675 + 2.4),
  Size(text: "scale(x^2 + y^2 < 0.25, [1.5, 1])", framed: true, measure: 0.375 * .pi, boundary: 3.966359897323),
  // A prolate spheroid: 2π (1 + c/e asin e) with the half-axes 1, 1, c = 2 and e² = 3/4.
  Size(
    text: "scale(ball([0, 0, 0], 1), [2, 1, 1])", dimensions: 3, measure: 8 * .pi / 3, boundary: 21.478435327884),
  Size(text: "scale(box([0, 0, 0, 0], [1, 1, 1, 1]), [1, 2, 3, 4])", dimensions: 4, measure: 24, boundary: 100),
  // Shapes that do not cut each other have exact sizes.
  Size(
    text: "difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2]))", measure: .pi - 0.16, boundary: 2 * .pi + 1.6),
  Size(text: "union(disk([-2, 0], 1), disk([2, 0], 1))", measure: 2 * .pi, boundary: 4 * .pi),
  // Shapes that do.
  Size(text: "difference(box([-1, -1], [1, 1]), box([0, 0], [1, 1]))", measure: 3, boundary: 8),
  Size(text: "union(box([0, 0], [2, 1]), box([0, 0], [1, 2]))", measure: 3, boundary: 8),
  Size(text: "intersection(disk([0, 0], 1), box([0, 0], [2, 2]))", measure: .pi / 4, boundary: 2 + .pi / 2),
  Size(
    text: "difference(ball([0, 0, 0], 1), box([-2, -2, -2], [2, 2, 0]))", dimensions: 3, measure: 2 * .pi / 3,
    boundary: 3 * .pi),
  Size(text: "halfspace([0, 0], [1, 0])", framed: true, measure: 2, boundary: 6),
  Size(text: "translate(halfspace([0.5, 0], [1, 0]), [-0.5, 0])", framed: true, measure: 2, boundary: 6),
  Size(
    text: "intersection(disk([0, 0], 1), halfspace([0, 0], [0, 1]))", measure: .pi / 2, boundary: 2 + .pi),
  Size(text: "x^2 + y^2 < 0.25", framed: true, measure: .pi / 4, boundary: .pi),
  Size(text: "y > x", framed: true, measure: 2, boundary: 4 + 2 * 2.0.squareRoot()),
]

@Suite struct RegionTests {
  /// Sobol points in 16 draws: areas of cut shapes come out to a few 1e-4 of the box around them.
  private let estimated = 2e-3

  @Test(arguments: sizes) fileprivate func `measures are those of closed forms`(size: Size) throws {
    let found = try region(size.text, size.dimensions, within: size.framed ? square : nil)
    let tolerance = found.measure.error == 0 ? 1e-12 : estimated
    #expect(abs(found.measure.value - size.measure) <= tolerance * size.measure)
    #expect(abs(found.measure.value - size.measure) <= 5 * found.measure.error + 1e-12 * size.measure)
    let whole = found.pieces.reduce(0) { $0 + $1.measure.value }
    #expect(abs(whole - size.boundary) <= estimated * size.boundary, "\(whole)")
  }

  @Test(arguments: sizes) fileprivate func `points are on the boundary and normals point out`(size: Size) throws {
    let found = try region(size.text, size.dimensions, within: size.framed ? square : nil)
    let (points, normals) = try boundary(found)
    let step = 1e-5 * found.extent
    for (point, normal) in zip(points, normals) {
      #expect(abs(found.depth(point)) < 1e-9 * found.extent)
      #expect(found.contains(point))
      #expect(abs(normal.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
      let near = zip(point, normal).map { $0 - step * $1 }
      let far = zip(point, normal).map { $0 + step * $1 }
      // Within a step of a corner both may be outside.
      let corner = points.count(where: { $0 == point }) > 1 || found.depth(near) < 0.5 * step
      if !corner { #expect(found.depth(far) < 0) }
    }
    // ∮ n dS = 0, and ∮ x·n dS = n · measure, with points weighted by the share of their piece.
    guard size.dimensions > 1 else { return }
    let area = found.pieces.reduce(0) { $0 + $1.measure.value } / Double(points.count)
    let flux = zip(points, normals).reduce(0) { sum, pair in
      sum + zip(pair.0, pair.1).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(abs(flux * area - Double(size.dimensions) * size.measure) < 0.05 * size.boundary)
  }

  @Test(arguments: samplerNames) func `every sampler gives the number that was asked for`(name: String) throws {
    let found = try region("difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2]))")
    let box = BoxRegion([
      BoxRegion.Variable("x", from: -1, to: 1), BoxRegion.Variable("t", from: 0, to: 3),
      BoxRegion.Variable("y", from: -1, to: 1),
    ])
    let domain = RegionDomain(found, box: box, space: [0, 2])
    let sampler = try member(name)
    let stream = RandomStream(seed: 1, purpose: "test")
    for count in [1, 7, 100, 1000] {
      let inside = PointSource(
        place: .inside(try #require(domain.interior)), count: count, sampler: sampler, stream: stream)
      let points = inside.points(dimensions: 3, draw: 0).sites[0]
      #expect(points[0].count == count)
      for k in points[0].indices {
        #expect(found.depth([points[0][k], points[2][k]]) > 0)
        #expect((0...3).contains(points[1][k]))
      }
      #expect((inside.points(dimensions: 3, draw: 1).sites[0] != points) == sampler.dependsOnStream)
      let place = try #require(domain.boundary(named: nil))
      let edge = PointSource(place: .boundary(place), count: count, sampler: sampler, stream: stream)
      let (sites, normals) = edge.points(dimensions: 3, draw: 0)
      #expect(sites[0][0].count == max(count, place.pieces.count))
      #expect(normals.map(\.count) == [sites[0][0].count, sites[0][0].count])
      let start = PointSource(
        place: .inside(try #require(domain.slice([1: 0]))), count: count, sampler: sampler, stream: stream)
      #expect(start.points(dimensions: 3, draw: 0).sites[0][1] == [Double](repeating: 0, count: count))
    }
  }

  @Test func `interior points spread evenly`() throws {
    let found = try region("disk([0, 0], 1)")
    let domain = RegionDomain(found, box: BoxRegion(bounds: found.bounds), space: [0, 1])
    let source = PointSource(
      place: .inside(try #require(domain.interior)), count: 4096, sampler: SobolSampler(),
      stream: RandomStream(seed: 1, purpose: "test"))
    let points = source.points(dimensions: 2, draw: 0).sites[0]
    // The mean of x² + y² over the disk is 1/2.
    let mean = zip(points[0], points[1]).reduce(0) { $0 + $1.0 * $1.0 + $1.1 * $1.1 } / 4096
    // A sequence of low discrepancy, cut off at a curve: N^(-3/4) is 2e-3.
    #expect(abs(mean - 0.5) < 4e-3)
  }

  @Test func `arcs of an ellipse have points by their length`() throws {
    let (points, _) = try boundary(try region("ellipse([0, 0], [10, 1])"), count: 4000)
    // In the middle the ellipse is nearly two straight lines: |x| < 1 has 4.0118 of 40.6397.
    let share = Double(points.count { abs($0[0]) < 1 }) / 4000
    #expect(abs(share - 4.0002 / 40.6397) < 2e-3)
  }

  @Test func `a stretched disk is the ellipse`() throws {
    let (stretched, known) = (try region("scale(disk([0, 0], 1), [10, 1])"), try region("ellipse([0, 0], [10, 1])"))
    let (a, b) = (try boundary(stretched, count: 500), try boundary(known, count: 500))
    for (one, other) in zip(a.points + a.normals, b.points + b.normals) {
      // Two tables of the length of arc.
      for axis in 0..<2 { #expect(abs(one[axis] - other[axis]) < 1e-8) }
    }
    for point in b.points {
      #expect(abs(stretched.depth(point)) < 1e-8)
      let near = zip(point, [0.999, 0.999]).map { $0 * $1 }
      #expect(abs(stretched.depth(near) - known.depth(near)) < 0.1 * abs(known.depth(near)))
    }
  }

  /// The share of z > c on the spheroid x²/4 + y² + z² = 1 against its integral over the heights.
  @Test func `surfaces that were stretched have points by their area`() throws {
    let (points, _) = try boundary(try region("scale(ball([0, 0, 0], 1), [2, 1, 1])", 3), count: 8000)
    // The area between heights x/2 = h and h + dh is 2π √(4 − 3h²) dh.
    let steps = 100_000
    func area(from a: Double, to b: Double) -> Double {
      (0..<steps).reduce(0) { sum, k in
        let h = a + (b - a) * (Double(k) + 0.5) / Double(steps)
        return sum + (4 - 3 * h * h).squareRoot() * (b - a) / Double(steps)
      }
    }
    let share = Double(points.count { $0[0] > 1 }) / 8000
    // Rejected points of a Sobol sequence: N^(-3/4) is 1.2e-3.
    #expect(abs(share - area(from: 0.5, to: 1) / area(from: -1, to: 1)) < 5e-3)
  }

  @Test func `pieces have names`() throws {
    let plate = try region("difference(box([0, 0], [4, 2]), disk([1, 1], 0.5), disk([3, 1], 0.25, name = \"pin\"))")
    #expect(
      plate.boundaryNames.filter { !$0.contains(".") }
        == ["outer", "hole1", "hole2", "left", "right", "bottom", "top", "pin"])
    #expect(Set(try boundary(plate, "left").points.map { $0[0] }) == [0])
    #expect(Set(try boundary(plate, "outer.top").points.map { $0[1] }) == [2])
    for name in ["hole2", "pin"] {
      for (point, normal) in zip(try boundary(plate, name).points, try boundary(plate, name).normals) {
        // Out of the region is into the hole.
        #expect(abs(4 * (point[0] - 3) + normal[0]) < 1e-9)
      }
    }
    let ring = try region("ring([0, 0], 1, 2)")
    #expect(ring.boundaryNames.prefix(2) == ["outer", "hole1"])
    #expect(try boundary(ring, "inner").points.allSatisfy { abs($0[0] * $0[0] + $0[1] * $0[1] - 1) < 1e-12 })
  }

  @Test func `counts go by size and leave no piece out`() throws {
    let found = try region("difference(box([0, 0], [10, 1]), disk([5, 0.5], 0.01))")
    let domain = RegionDomain(found, box: BoxRegion(bounds: found.bounds), space: [0, 1])
    let counts = try #require(domain.boundary(named: nil)).counts(220)
    #expect(counts.reduce(0, +) == 220)
    #expect(counts == [10, 10, 100, 99, 1] || counts == [10, 10, 99, 100, 1])
  }

  @Test func `what has no thickness is no part of a region`() throws {
    let corner = try region("difference(box([-1, -1], [1, 1]), box([0, 0], [1, 1]))")
    #expect(corner.contains([0, 0.5]))
    #expect(corner.contains([1, 0]))
    #expect(corner.contains([0, 0]))
    #expect(!corner.contains([1, 0.5]))
    #expect(!corner.contains([0.5, 0.5]))
    #expect(corner.contains([1 + 1e-10, -0.5]))
    #expect(!corner.contains([1 + 1e-7, -0.5]))
  }

  @Test func `rotations and motions move boundaries`() throws {
    let turned = try region("rotate(box([0, 0], [1, 2]), pi/2)")
    #expect(abs(turned.bounds[0].lowerBound + 2) < 1e-15)
    let (points, normals) = try boundary(turned, "right")
    for (point, normal) in zip(points, normals) {
      #expect(abs(point[1] - 1) < 1e-15)
      #expect(abs(normal[1] - 1) < 1e-15)
    }
    let solid = try region("rotate(box([0, 0, 0], [1, 2, 3]), pi/2, axis = [0, 0, 1])", 3)
    #expect(solid.contains([-1, 0.5, 2]))
    #expect(!solid.contains([1, 0.5, 2]))
  }

  /// Sampled points, whose normals come from the pieces, are found again from their coordinates.
  @Test(arguments: sizes.indices)
  func `the normal at a point is that of the piece it lies on`(_ number: Int) throws {
    let size = sizes[number]
    let region = try region(size.text, size.dimensions, within: size.framed ? square : nil)
    let domain = RegionDomain(region, box: BoxRegion(bounds: region.bounds), space: Array(0..<region.dimensions))
    for name in [nil] + region.boundaryNames.map({ $0 }) {
      let place = try #require(domain.boundary(named: name))
      let (points, normals) = try boundary(region, name, count: 60)
      for (point, normal) in zip(points, normals) {
        // As a file would have it, with eight digits.
        let rounded = point.map { ($0 * 1e8).rounded() / 1e8 }
        let found = try #require(place.normal(at: rounded, tolerance: 1e-6), "\(size.text) \(name ?? "") \(point)")
        // Corners have several; no sampled point is one.
        for axis in normal.indices { #expect(abs(found[axis] - normal[axis]) < 1e-6) }
        let beside = zip(point, normal).map { $0 - 1e-3 * region.extent * $1 }
        #expect(place.normal(at: beside, tolerance: 1e-6) == nil || region.dimensions == 1)
      }
    }
  }

  @Test func `a part of a boundary has its share of the points`() throws {
    let region = try region("difference(disk([0, 0], 2), disk([0, 0], 1))")
    let domain = RegionDomain(region, box: BoxRegion(bounds: region.bounds), space: [0, 1])
    let whole = try #require(domain.boundary(named: nil))
    let part = try #require(whole.part { $0[0] > 0 }?.part { $0[1] > 0 })
    let source = PointSource(
      place: .boundary(part), count: 300, sampler: SobolSampler(), stream: RandomStream(seed: 3, purpose: "part"))
    let points = source.points(dimensions: 2, draw: 0).sites[0]
    #expect(points[0].count == 300 && points[0].allSatisfy { $0 > 0 } && points[1].allSatisfy { $0 > 0 })
    // Two thirds on the outer circle, up to what the share of each piece is known to.
    let outer = zip(points[0], points[1]).count { $0 * $0 + $1 * $1 > 2 }
    #expect(abs(outer - 200) < 10)
    #expect(part.normal(at: [-2, 0], tolerance: 1e-6) == nil && whole.normal(at: [-2, 0], tolerance: 1e-6) != nil)
    #expect(whole.part { $0[0] > 3 } == nil)
  }
}

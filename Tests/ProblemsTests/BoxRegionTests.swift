import Problems
import Testing

struct BoxRegionTests {
  /// Bounds whose sums and differences round.
  private let region = BoxRegion([
    .init("x", from: -0.1, to: 0.7), .init("y", from: 1e-3, to: 1e3 / 3), .init("t", from: 0, to: 1.1),
  ])

  @Test func `variables are found by name and counted`() {
    #expect(region.dimensions == 3)
    #expect(region.index(of: "t") == 2)
    #expect(region.index(of: "z") == nil)
    #expect(BoxRegion(bounds: [0...1, -2...3]).variables.map(\.name) == ["x1", "x2"])
  }

  @Test func `measure is the product of the lengths`() {
    #expect(BoxRegion(bounds: [0...2, -1...2, 0.5...1]).measure == 3)
    #expect(BoxRegion(bounds: [0...2, -1...2]).slice(.init(variable: 0, side: .upper)).measure == 3)
    #expect(BoxRegion(bounds: [0...2]).slice([0: 1]).measure == 1)
  }

  @Test func `faces come in pairs with opposite outward normals`() {
    let faces = region.faces
    #expect(faces.count == 6)
    #expect(faces[4] == .init(variable: 2, side: .lower))
    #expect(region.outwardNormal(of: faces[4]) == [0, 0, -1])
    #expect(region.outwardNormal(of: faces[5]) == [0, 0, 1])
    for face in faces {
      #expect(face.opposite.opposite == face)
      #expect(face.opposite.outwardSign == -face.outwardSign)
      #expect(region.slice(face).faces == [face])
    }
  }

  @Test func `slices count their free dimensions - box, face, edge, corner`() {
    let lowerX = BoxRegion.Face(variable: 0, side: .lower)
    let upperY = BoxRegion.Face(variable: 1, side: .upper)
    let start = BoxRegion.Face(variable: 2, side: .lower)
    let edge = region.slice(lowerX).fixing(upperY)
    #expect(region.interior.dimensions == 3)
    #expect(region.slice(lowerX).freeVariables == [1, 2])
    #expect(edge.freeVariables == [2])
    #expect(edge.faces == [lowerX, upperY])
    #expect(edge.fixing(start).dimensions == 0)
    #expect(edge == region.slice([1: 1e3 / 3, 0: -0.1]))
    #expect(region.slice([0: 0.2]).faces.isEmpty)
  }

  @Test func `coordinates 0 and 1 map to the very bounds and fixed variables to their very values`() {
    for variable in region.variables {
      #expect(variable.value(at: 0).bitPattern == variable.lower.bitPattern)
      #expect(variable.value(at: 1).bitPattern == variable.upper.bitPattern)
      #expect(variable.value(at: 1 - 0x1p-53) <= variable.upper)
    }
    let slice = region.slice([1: 0.3])
    let coordinates = [0, 0.5, 1, 1]
    let points = slice.points(atUnitCoordinates: coordinates.span, rows: 2)
    #expect(points == [-0.1, 0.3, 0.55, 0.7, 0.3, 1.1])
  }

  @Test func `a range next to the largest number neither overflows nor leaves itself`() {
    let variable = BoxRegion.Variable("x", from: -0x1p1022, to: 0x1p1022)
    #expect(variable.value(at: 0.5) == 0)
    #expect(variable.value(at: 0.75) == 0x1p1021)
    let narrow = BoxRegion.Variable("x", from: 1, to: 1 + 0x1p-52)
    for i in 0...100 { #expect(narrow.contains(narrow.value(at: Double(i) / 100))) }
  }

  @Test func `containment includes the bounds, widens by the tolerance and refuses what is not a number`() {
    func inBox(_ points: [Double], row: Int = 0, tolerance: Double = 0) -> Bool {
      region.contains(points.span, row: row, tolerance: tolerance)
    }
    #expect(inBox([-0.1, 1, 1.1]))
    #expect(!inBox([-0.11, 1, 1]))
    #expect(inBox([-0.11, 1, 1], tolerance: 0.02))
    #expect(!inBox([0, .nan, 1], tolerance: 1))
    #expect(!inBox([0, 1, .infinity], tolerance: 1))
    #expect(inBox([9, 9, 9, 0, 1, 1], row: 1))

    let face = region.slice(.init(variable: 0, side: .upper))
    func onFace(_ points: [Double], tolerance: Double = 0) -> Bool {
      face.contains(points.span, tolerance: tolerance)
    }
    let below = (0.7).nextDown
    #expect(onFace([0.7, 1, 1]))
    #expect(!onFace([below, 1, 1]))
    #expect(onFace([below, 1, 1], tolerance: 1e-12))
    #expect(!onFace([0.7, 400, 1]))
  }

  @Test func `a region takes 254 variables`() {
    let region = BoxRegion(bounds: [ClosedRange<Double>](repeating: 0...1, count: BoxRegion.maximumVariables))
    #expect(region.faces.count == 508)
    #expect(region.measure == 1)
  }

  @Test func `an empty range, a repeated name and a value outside are refused`() async {
    await #expect(processExitsWith: .failure) { _ = BoxRegion.Variable("x", from: 1, to: 1) }
    await #expect(processExitsWith: .failure) { _ = BoxRegion.Variable("x", from: .nan, to: 1) }
    await #expect(processExitsWith: .failure) {
      _ = BoxRegion([.init("x", from: 0, to: 1), .init("x", from: 0, to: 1)])
    }
    await #expect(processExitsWith: .failure) { _ = BoxRegion(bounds: [0...1]).slice([0: 1.5]) }
  }
}

import Diagnostics
import Expressions
import Kernels
import Problems
import Testing

private let square: [ClosedRange<Double>] = [-1...1, -1...1]

private struct Case: CustomTestStringConvertible, Sendable {
  var text: String
  var dimensions = 2
  var framed = false
  var testDescription: String { text }
}

private let comb = """
  polygon([[0, 0], [6, 0], [6, 3], [5, 3], [5, 1], [4, 1], [4, 2], [3, 1.5], [3, 3], [2, 3], [2, 0.5], [1.5, 2.5], [0, 3]])
  """

private let cases: [Case] = [
  Case(text: "interval(-1, R)", dimensions: 1),
  Case(text: "union(interval(-1, 0.5), interval(0, 2))", dimensions: 1),
  Case(text: "box([0, 0, 0], [1, 2, 3])", dimensions: 3),
  Case(text: "disk([1, 2], R)"),
  Case(text: "ball([0, 0, 0, 0], 1)", dimensions: 4),
  Case(text: "ring([0, 0], 0.5, 1)"),
  Case(text: "ellipse([0, 1], [2, 1])"),
  Case(text: "triangle([0, 0], [0, 4], [3, 0])"),
  Case(text: "polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])"),
  // Three edges in one line, and pockets within pockets.
  Case(text: "polygon([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2], [0, 1]])"),
  Case(
    text: "polygon([[0,0], [6,0], [6,6], [0,6], [0,2], [4,2], [4,4], [2,4], [2,5], [5,5], [5,1], [0,1]])"),
  Case(text: comb),
  Case(text: "rotate(translate(box([0, 0], [1, 2]), [5, 5]), pi/3)"),
  Case(text: "scale(disk([0, 0], 1), [2, 1])"),
  Case(text: "rotate(scale(ball([0, 0, 0], 1), [2, 1, 1]), 1, axis = [0, 1, 0])", dimensions: 3),
  Case(text: "difference(box([-1, -1], [1, 1]), box([0, 0], [1, 1]))"),
  Case(text: "difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2]), disk([0.5, 0.5], 0.1))"),
  Case(text: "union(box([0, 0], [2, 1]), box([0, 0], [1, 2]))"),
  Case(text: "union(disk([0, 0], 1), disk([1, 0], 1))"),
  Case(text: "union(disk([-2, 0], 1), disk([2, 0], 1))"),
  Case(text: "intersection(disk([0, 0], 1), box([0, 0], [2, 2]))"),
  Case(text: "difference(ball([0, 0, 0], 1), box([-2, -2, -2], [2, 2, 0]))", dimensions: 3),
  Case(text: "halfspace([0, 0], [1, 2])", framed: true),
  Case(text: "x^2 + y^2 < 0.25", framed: true),
  Case(text: "y > x^3 - x", framed: true),
]

@Suite struct ZeroSetTests {
  private func domain(_ item: Case) throws -> RegionDomain {
    let found = try region(item.text, item.dimensions, within: item.framed ? square : nil)
    return RegionDomain(found, box: BoxRegion(bounds: found.bounds), space: Array(0..<item.dimensions))
  }

  private func coordinates(_ dimensions: Int) -> (ExpressionGraph, [NodeID]) {
    var graph = ExpressionGraph(variableCount: dimensions, outputInputs: [])
    let x = (0..<dimensions).map { graph.symbol(.coordinate($0, site: 0)) }
    return (graph, x)
  }

  private func evaluate(_ node: NodeID, _ graph: ExpressionGraph) -> ([Double]) -> Double {
    let program = ResidualProgram(graph, outputs: [node])
    let axes = program.inputs.compactMap { symbol -> Int? in
      if case .coordinate(let axis, _) = symbol { axis } else { nil }
    }
    return { point in program.evaluate(axes.map { point[$0] })[0] }
  }

  private func boundary(_ domain: RegionDomain, _ name: String?) throws -> (points: [[Double]], normals: [[Double]]) {
    let source = PointSource(
      place: .boundary(try #require(domain.boundary(named: name))), count: 200, sampler: SobolSampler(),
      stream: RandomStream(seed: 5, purpose: "zero set"))
    let (sites, normals) = source.points(dimensions: domain.region.dimensions, draw: 0)
    func rows(_ columns: [[Double]]) -> [[Double]] { columns[0].indices.map { row in columns.map { $0[row] } } }
    return (rows(sites[0]), rows(normals))
  }

  /// Points of a box half as large again as the region's.
  private func around(_ domain: RegionDomain) -> [[Double]] {
    let stream = RandomStream(seed: 2, purpose: "around")
    let bounds = domain.region.bounds
    return (0..<1000).map { row in
      bounds.enumerated().map { axis, range in
        let u = 1.5 * stream.uniform(at: UInt64(row * bounds.count + axis)) - 0.25
        return (1 - u) * range.lowerBound + u * range.upperBound
      }
    }
  }

  @Test(arguments: cases) fileprivate func `the formula has the sign of the depth everywhere`(item: Case) throws {
    let domain = try domain(item)
    var (graph, x) = coordinates(item.dimensions)
    let value = evaluate(domain.region.zeroSet(x, in: &graph).function(in: &graph), graph)
    for point in around(domain) {
      let depth = domain.region.depth(point)
      if abs(depth) > 1e-6 { #expect((value(point) > 0) == (depth > 0), "\(point) \(depth)") }
    }
  }

  @Test(arguments: cases) fileprivate func `what vanishes on the boundary is positive inside`(item: Case) throws {
    let domain = try domain(item)
    var (graph, _) = coordinates(item.dimensions)
    let value = evaluate(try domain.vanishing(on: domain.region.pieces, in: &graph), graph)
    let inside = around(domain).filter { domain.region.depth($0) > 1e-6 }
    #expect(inside.count > 50)
    #expect(inside.allSatisfy { value($0) > 0 && value($0) < 1.5 })
    let (points, normals) = try boundary(domain, nil)
    for (point, normal) in zip(points, normals) {
      // Rounding of coordinates, in functions of slope and size about 1.
      #expect(abs(value(point)) < 1e-13, "\(point)")
      let near = zip(point, normal).map { $0 - 1e-4 * domain.region.extent * $1 }
      if domain.region.depth(near) > 0 { #expect(value(near) > 1e-9, "\(point)") }
    }
  }

  @Test(arguments: [
    ("box([0, 0], [2, 1])", "left"), ("box([0, 0], [2, 1])", "top"), ("ring([0, 0], 0.5, 1)", "inner"),
    ("difference(box([-1, -1], [1, 1]), disk([0.2, 0], 0.3))", "hole1"),
    ("difference(box([-1, -1], [1, 1]), disk([0.2, 0], 0.3))", "outer"),
    ("triangle([0, 0], [0, 4], [3, 0])", "edge2"),
    ("polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])", "edge3"),
    ("polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])", "edge1"),
    ("difference(box([-1, -1], [1, 1]), box([0, 0], [1, 1]))", "hole1"),
    ("intersection(disk([0, 0], 1), halfspace([0, 0], [0, 1], name = cut))", "cut"),
  ])
  func `a part of the boundary has a function that is positive on the rest`(text: String, name: String) throws {
    let domain = try domain(Case(text: text))
    let part = domain.region.pieces.filter { $0.names.contains(name) }
    var (graph, _) = coordinates(2)
    let value = evaluate(try domain.vanishing(on: part, in: &graph), graph)
    #expect(try boundary(domain, name).points.allSatisfy { abs(value($0)) < 1e-13 })
    for other in domain.region.boundaryNames {
      let pieces = domain.region.pieces.filter { $0.names.contains(other) }
      guard !pieces.contains(where: { piece in part.contains { $0.isSame(as: piece) } }) else { continue }
      #expect(try boundary(domain, other).points.allSatisfy { value($0) > 1e-6 }, "\(other)")
    }
  }

  @Test(arguments: [
    (
      "union(box([0, 0], [1, 1]), box([1, 0], [2, 1]))", "outer",
      "no function was found that vanishes there and nowhere else in the region"
    ),
    (
      "union(disk([0, 0], 1, name = a), disk([1, 0], 1))", "a",
      "'a' cannot be told from other parts of the boundary that it forms a corner inwards with"
    ),
  ])
  func `what has no such function is told`(text: String, name: String, message: String) throws {
    let domain = try domain(Case(text: text))
    var (graph, _) = coordinates(2)
    do throws(RegionError) {
      _ = try domain.vanishing(on: domain.region.pieces.filter { $0.names.contains(name) }, in: &graph)
      Issue.record("a function was found")
    } catch {
      #expect(error.message == message)
    }
  }
}

import Diagnostics
import Experiments
import Foundation
import Kernels
import Problems
import TestSupport
import Testing
import Training

/// Hard conditions hold up to rounding, whatever the network says.
private let exactness = 1e-12

private func problem(_ shape: String, _ conditions: String, time: Bool = false, more: String = "") -> String {
  """
  region = "\(shape)"
  variables = { x = {}, y = {}\(time ? ", t = [0, 2]" : "") }
  fields = { u = {}, v = {} }
  equation = { expr = "laplacian(u) + laplacian(v) = -1" }
  network = { hidden = [6] }
  sampling = { interior = 50, boundary = 20 }
  condition = [
  \(conditions)
  ]
  \(more)
  """
}

@Suite struct RegionHardConditionTests {
  /// Values of the first field on a named part of the boundary, for random parameters, with the points.
  private func values(
    _ problem: AssembledProblem, on name: String?
  ) throws -> [(point: [Double], value: Double)] {
    let domain = try #require(problem.model.domain)
    let source = PointSource(
      place: .boundary(try #require(domain.boundary(named: name))), count: 100, sampler: UniformSampler(),
      stream: RandomStream(seed: 8, purpose: "part"))
    let columns = source.points(dimensions: problem.model.region.dimensions, draw: 0).sites[0]
    return values(problem, columns)
  }

  private func values(_ problem: AssembledProblem, _ columns: [[Double]]) -> [(point: [Double], value: Double)] {
    let evaluator = FieldEvaluator(
      solution: problem.solution, parameters: problem.perturbedParameters(), pool: WorkerPool(threadCount: 1))
    let found = evaluator.fields(at: columns)[0]
    return found.indices.map { row in (columns.map { $0[row] }, found[row]) }
  }

  @Test(arguments: [
    "disk([0.5, 0], 2)", "ring([0, 0], 0.5, 1)", "ellipse([0, 0], [2, 1])", "triangle([0, 0], [0, 4], [3, 0])",
    "polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])", "scale(rotate(box([0, 0], [1, 1]), 1), [3, 1])",
    "difference(box([-1, -1], [1, 1]), box([0, 0], [1, 1]))", "union(disk([0, 0], 1), disk([1, 0], 1))",
    "intersection(disk([0, 0], 1), y < x)", "difference(disk([0, 0], 1), disk([0.3, 0], 0.2), disk([-0.3, 0], 0.2))",
  ])
  func `a value on all of the boundary`(shape: String) throws {
    let text = problem(shape, "{ at = \"boundary\", expr = \"2*u = sin(x) + y\", enforce = \"hard\" }")
    let assembled = try assembled(text)
    for (point, value) in try values(assembled, on: nil) {
      #expect(abs(value - (sin(point[0]) + point[1]) / 2) < exactness, "\(point)")
    }
    #expect(assembled.holding.map(\.isHard) == [true])
    // Inside the network has its say.
    let inside = values(assembled, assembled.setup.loss.pointSets[0].sites[0])
    #expect(inside.contains { abs($0.value - (sin($0.point[0]) + $0.point[1]) / 2) > 1e-3 })
  }

  @Test func `several values on the parts of a boundary`() throws {
    let shape = "difference(box([-1, -1], [1, 1]), disk([0, 0.4], 0.2), disk([0, -0.4], 0.2))"
    let assembled = try assembled(
      problem(
        shape,
        """
        { at = "left", expr = "u = y", enforce = "hard" },
        { at = ["right", "hole2"], expr = "u = 3", enforce = "hard" },
        { at = "hole1", expr = "u = x - 1", enforce = "hard" },
        { at = ["top", "bottom"], expr = "d(u, n) = 0" },
        """))
    #expect(try values(assembled, on: "left").allSatisfy { abs($0.value - $0.point[1]) < exactness })
    #expect(try values(assembled, on: "right").allSatisfy { abs($0.value - 3) < exactness })
    #expect(try values(assembled, on: "hole2").allSatisfy { abs($0.value - 3) < exactness })
    #expect(try values(assembled, on: "hole1").allSatisfy { abs($0.value - $0.point[0] + 1) < exactness })
    #expect(try values(assembled, on: "top").contains { abs($0.value - 3) > 1e-3 && abs($0.value) > 1e-3 })
  }

  @Test func `edges of a corner that goes inwards, each with its value`() throws {
    let assembled = try assembled(
      problem(
        "polygon([[0, 0], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0]])",
        """
        { at = "edge3", expr = "u = 1", enforce = "hard" },
        { at = "edge4", expr = "u = 2", enforce = "hard" },
        """))
    #expect(try values(assembled, on: "edge3").allSatisfy { abs($0.value - 1) < exactness })
    #expect(try values(assembled, on: "edge4").allSatisfy { abs($0.value - 2) < exactness })
    // At the corner itself the value is one of them, and a number.
    #expect(values(assembled, [[1], [1]])[0].value == 1)
  }

  @Test func `with a start and a rate, and a value that moves`() throws {
    let text = problem(
      "disk([0, 0], 1)",
      """
      { at = "boundary", expr = "u = x*cos(t)", enforce = "hard" },
      { at = "t = 0", expr = ["u = x + 1 - x^2 - y^2", "u_t = 0"], enforce = "hard" },
      """, time: true)
    let assembled = try assembled(text)
    for (point, value) in try values(assembled, on: nil) {
      #expect(abs(value - point[0] * cos(point[2])) < exactness)
    }
    let (x, y) = ([0.1, -0.5, 0.7, 0], [0.2, 0.3, -0.4, 0])
    for (point, value) in values(assembled, [x, y, [0, 0, 0, 0]]) {
      #expect(abs(value - (point[0] + 1 - point[0] * point[0] - point[1] * point[1])) < exactness)
    }
    let step = 1e-5
    let after = values(assembled, [x, y, x.map { _ in step }])
    let start = values(assembled, [x, y, x.map { _ in 0.0 }])
    // A slope of 0 leaves a change of the second order.
    for (one, other) in zip(after, start) { #expect(abs(one.value - other.value) < 100 * step * step) }
  }

  @Test func `an unknown in the value`() throws {
    let assembled = try assembled(
      problem(
        "disk([0, 0], 1)", "{ at = \"boundary\", expr = \"u = c*x\", enforce = \"hard\" }",
        more: "unknowns = { c = 2 }\ndata = { inline = \"x,y,u\\n0,0,1\\n\" }"))
    let found = try values(assembled, on: nil)
    let first = try #require(found.first { abs($0.point[0]) > 0.1 })
    let c = first.value / first.point[0]
    #expect(abs(c) > 0.1)
    #expect(found.allSatisfy { abs($0.value - c * $0.point[0]) < 10 * exactness })
  }

  @Test(arguments: [
    (
      "{ at = \"boundary\", expr = \"d(u, n) = 0\", enforce = \"hard\" }",
      "only a condition on the value of a field can be built in on the boundary of a region"
    ),
    (
      "{ at = \"boundary\", expr = \"u + v = 0\", enforce = \"hard\" }",
      "only a condition on one field can be built in"
    ),
    ("{ at = \"boundary\", expr = \"u^2 = 1\", enforce = \"hard\" }", "only a linear condition can be built in"),
    (
      "{ at = \"boundary\", expr = \"x*u = 1\", enforce = \"hard\" }",
      "what multiplies the field vanishes somewhere on the boundary"
    ),
    (
      "{ at = \"boundary, x < 0\", expr = \"u = 0\", enforce = \"hard\" }",
      "'boundary, x < 0' is not a whole part of the boundary, where a condition can be built in"
    ),
    (
      "{ at = \"disk([0, 0], 0.1)\", expr = \"u = 0\", enforce = \"hard\" }",
      "'disk([0, 0], 0.1)' is not a whole part of the boundary, where a condition can be built in"
    ),
    (
      "{ at = \"x = 0\", expr = \"u = 0\", enforce = \"hard\" }",
      "'x = 0' is not a face of the domain, where a condition can be built in"
    ),
    (
      "{ at = [\"outer\", \"boundary\"], expr = \"u = 0\", enforce = \"hard\" }",
      "two hard conditions on the value of 'u' at 'outer'"
    ),
  ])
  func `what cannot be built in is told`(condition: String, message: String) {
    #expect(refusal(problem("disk([0, 0], 1)", condition))?.diagnostics.first?.message == message)
  }

  @Test func `a start that disagrees with the boundary`() {
    let text = problem(
      "disk([0, 0], 1)",
      """
      { at = "boundary", expr = "u = 1", enforce = "hard" }, { at = "t = 0", expr = "u = 0", enforce = "hard" }
      """, time: true)
    #expect(
      refusal(text)?.diagnostics.first?.message
        == "hard conditions disagree where t = 0.0 meets 'outer': 0.0 against 1.0")
  }
}

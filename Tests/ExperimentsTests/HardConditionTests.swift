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

@Suite struct HardConditionTests {
  /// Values of all fields at points, for random parameters.
  private func fields(_ problem: AssembledProblem, at points: [[Double]]) -> [[Double]] {
    let evaluator = FieldEvaluator(
      solution: problem.solution, parameters: problem.perturbedParameters(), pool: WorkerPool(threadCount: 1))
    let coordinates = points[0].indices.map { variable in points.map { $0[variable] } }
    return evaluator.fields(at: coordinates)
  }

  /// Random points of the domain with some variables fixed.
  private func points(_ problem: AssembledProblem, _ fixed: [Int: Double]) -> [[Double]] {
    let rows = samplePoints(
      in: problem.model.region.slice(fixed), count: 40, sampler: UniformSampler(),
      stream: RandomStream(seed: 2, purpose: "face"))
    let dimensions = problem.model.region.dimensions
    return stride(from: 0, to: rows.count, by: dimensions).map { Array(rows[$0..<$0 + dimensions]) }
  }

  private func check(
    _ text: String, field: Int = 0, _ faces: [(fixed: [Int: Double], value: ([Double]) -> Double)]
  ) throws {
    let problem = try assembled(text)
    for (fixed, value) in faces {
      let points = points(problem, fixed)
      for (point, found) in zip(points, fields(problem, at: points)[field]) {
        #expect(abs(found - value(point)) <= exactness, "at \(point)")
      }
    }
    // Inside the network has its say.
    let inside = points(problem, [:])
    let other = FieldEvaluator(
      solution: problem.solution, parameters: problem.perturbedParameters(seed: 77), pool: WorkerPool(threadCount: 1)
    ).fields(at: inside[0].indices.map { variable in inside.map { $0[variable] } })
    for (a, b) in zip(fields(problem, at: inside)[field], other[field]) { #expect(a != b) }
  }

  @Test func `one end and both ends of a line`() throws {
    let base =
      "variables = { x = [-1, 3] }\nfields = { u = {} }\nequation = { expr = \"u_xx = 1\" }\nnetwork = { hidden = [4] }\n"
    try check(base + "condition = { at = \"x = 3\", expr = \"u = 7\", enforce = \"hard\" }", [([0: 3], { _ in 7 })])
    try check(
      base + """
        condition = [
          { at = "x = 3", expr = "u = 7", enforce = "hard" }, { at = "x = -1", expr = "exp(x) = u", enforce = "hard" },
        ]
        """, [([0: 3], { _ in 7 }), ([0: -1], { exp($0[0]) })])
  }

  @Test func `an initial condition keeps time free`() throws {
    try check(
      """
      variables = { x = [-1, 1], t = [0, 2] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xx" }
      network = { hidden = [4] }
      condition = { at = "t = 0", expr = "u = sin(3*x)", enforce = "hard" }
      """, [([1: 0], { sin(3 * $0[0]) })])
  }

  @Test func `faces that meet in a plane, opposite ones among them`() throws {
    try check(
      """
      variables = { x = [-1, 1], t = [0, 2] }
      fields = { u = {} }
      constants = { a = 3 }
      equation = { expr = "u_t = u_xx" }
      network = { hidden = [4] }
      condition = [
        { at = "t = 0", expr = "u = x^2*cos(a*x)", enforce = "hard" },
        { at = "x = -1", expr = "u = cos(a)*exp(-t)", enforce = "hard" },
        { at = "x = 1", expr = "u = cos(a) + t", enforce = "hard" },
      ]
      """,
      [
        ([1: 0], { $0[0] * $0[0] * cos(3 * $0[0]) }), ([0: -1], { cos(3) * exp(-$0[1]) }), ([0: 1], { cos(3) + $0[1] }),
      ])
  }

  @Test func `every face of a box, and the initial time`() throws {
    // One function on all faces: compatible everywhere.
    let exact: ([Double]) -> Double = { sin($0[0] + 2 * $0[1]) * $0[2] + $0[0] * $0[1] }
    try check(
      """
      variables = { x = [0, 1], y = [-1, 2], t = [0, 3] }
      fields = { u = {} }
      equation = { expr = "u_t = laplacian(u)" }
      network = { hidden = [4] }
      condition = [
        { name = "walls", at = "boundary", expr = "u = sin(x + 2*y)*t + x*y", enforce = "hard" },
        { name = "start", at = "t = 0", expr = "u = x*y", enforce = "hard" },
      ]
      """,
      [
        ([0: 0], exact), ([0: 1], exact), ([1: -1], exact), ([1: 2], exact), ([2: 0], exact),
        ([0: 0, 1: 2], exact), ([0: 1, 1: -1, 2: 0], exact),
      ])
  }

  @Test func `a transform stays inside, and fields that name the field follow it`() throws {
    let text = """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { v = "2*u + t*N", w = "u_x", u = "N^2 + 5" }
      equation = { expr = "u_t + v + w = 0" }
      network = { hidden = [4] }
      condition = { at = "x = 0", expr = "u = 1 + t", enforce = "hard" }
      """
    try check(text, field: 2, [([0: 0], { 1 + $0[1] })])
    try check(text, field: 0, [([0: 0, 1: 0], { _ in 2 })])
    // w = u_x by finite differences of the field u itself.
    let problem = try assembled(text)
    let h = 1e-5
    for point in points(problem, [0: 0.4]).prefix(5) {
      let found = fields(problem, at: [point, [point[0] - h, point[1]], [point[0] + h, point[1]]])
      #expect(abs(found[1][0] - (found[2][2] - found[2][1]) / (2 * h)) < 1e-8)
    }
  }

  @Test func `a condition with an unknown moves with it`() throws {
    let problem = try assembled(
      """
      variables = { x = [0, 1] }
      fields = { u = {} }
      unknowns = { k = 3 }
      equation = { expr = "u_x = u" }
      network = { hidden = [4] }
      condition = { at = "x = 0", expr = "u = k^2", enforce = "hard" }
      """)
    let theta = problem.perturbedParameters()
    let k = problem.setup.layout.unknownValues(theta)[0]
    #expect(abs(fields(problem, at: [[0]])[0][0] - k * k) < exactness * k * k)
  }

  @Test func `conditions that disagree where they meet are refused`() {
    func text(_ walls: String) -> String {
      """
      variables = { x = [0, 1], y = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = laplacian(u)" }
      [[condition]]
      name = "start"
      at = "t = 0"
      expr = "u = x"
      enforce = "hard"
      [[condition]]
      name = "wall"
      at = "y = 0"
      expr = "u = \(walls)"
      enforce = "hard"
      """
    }
    // 0.5 agrees with x in the middle of the edge and nowhere else.
    for wall in ["0", "0.5", "x + t + 1e-6"] {
      let failure = refusal(text(wall))
      #expect(failure?.kind == .configuration && failure?.diagnostics.count == 1)
      #expect(failure?.diagnostics.first?.message.hasPrefix("hard conditions disagree where ") == true)
    }
    #expect(refusal(text("x + sin(t)*y")) == nil)
    #expect(refusal(text("x*cos(t)")) == nil)
  }

  @Test func `what cannot be built in is refused at its place`() {
    func message(_ at: String, _ expr: String) -> String? {
      let text = """
        variables = { x = [0, 1], t = [0, 1] }
        fields = { u = {}, v = {} }
        equation = { expr = ["u_t = v_x"] }
        condition = { at = \(at), expr = \(expr), enforce = "hard" }
        """.replacing("[\"u_t = v_x\"]", with: "\"u_t = v_x\"")
      return refusal(text)?.diagnostics.map(\.message).joined(separator: "; ")
    }
    #expect(
      message("\"x = 0.5\"", "\"u = 1\"") == "'x = 0.5' is not a face of the domain, where a condition can be built in")
    #expect(
      message("\"x = 0, t = 0\"", "\"u = 1\"")
        == "'x = 0, t = 0' is not a face of the domain, where a condition can be built in")
    #expect(
      message("\"x: periodic\"", "\"u = 1\"")
        == "'x: periodic' is not a face of the domain, where a condition can be built in")
    #expect(message("\"x = 0\"", "\"u_x = 1\"") == "only a condition 'field = value' can be built in")
    #expect(message("\"x = 0\"", "\"u = v\"") == "only a condition 'field = value' can be built in")
    #expect(message("\"x = 0\"", "\"u\"") == "only a condition 'field = value' can be built in")
    #expect(message("[\"x = 0\", \"x = 0\"]", "\"u = 1\"") == "field 'u' has two hard conditions at 'x = 0'")
    #expect(message("\"x = 0\"", "[\"u = 1\", \"v = 2\"]") == nil)
  }
}

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
        == "a hard periodic condition holds for every field with all derivatives")
    #expect(
      message("\"x = 0, t < 0.5\"", "\"u = 1\"")
        == "'x = 0, t < 0.5' is not a face of the domain, where a condition can be built in")
    #expect(message("\"x = 0\"", "\"u = v\"") == "only a condition on one field can be built in")
    #expect(message("\"x = 0\"", "\"x = 1\"") == "only a condition on one field can be built in")
    for other in ["u_t = 1", "u_xx = 0", "u + u_xt = 0"] {
      #expect(
        message("\"x = 0\"", "\"\(other)\"")
          == "only a condition on a field and its slope across the face can be built in")
    }
    #expect(message("\"x = 0\"", "\"u^2 = 1\"") == "only a linear condition can be built in")
    #expect(message("\"x = 0\"", "\"u*u_x = 1\"") == "only a linear condition can be built in")
    #expect(
      message("\"x = 0\"", "\"(t - 0.5)*u_x + u = 1\"")
        == "what multiplies the slope vanishes somewhere on the face: that cannot be built in")
    #expect(
      message("\"x = 0\"", "\"x*u = 1\"")
        == "what multiplies the field vanishes somewhere on the face: that cannot be built in")
    #expect(message("[\"x = 0\", \"x = 0\"]", "\"u = 1\"") == "two hard conditions on the value of 'u' at 'x = 0'")
    #expect(message("\"x = 0\"", "[\"u_x = 1\", \"u_x = u\"]") == "two hard conditions on the slope of 'u' at 'x = 0'")
    #expect(message("\"x = 0\"", "[\"u = 1\", \"v = 2\"]") == nil)
  }

  // MARK: Slopes

  /// The largest residual of each hard condition, as training finds it out beforehand.
  private func residuals(_ text: String) throws -> [String: Double] {
    Dictionary(uniqueKeysWithValues: try assembled(text).holding.filter(\.isHard).map { ($0.name, $0.largest) })
  }

  /// Conditions of every kind at the ends of x, in pairs; `exact` meets all of them.
  private static let exact = "exp(0.5*x)*(2 + sin(t))"
  private static let lowers = [
    "", "u = 2 + sin(t)", "d(u, n) = -0.5*(2 + sin(t))", "u_x - 3*u = -2.5*(2 + sin(t))", "2*u = 4 + 2*sin(t)",
  ]
  private static let uppers = [
    "", "u - exp(0.5)*(2 + sin(t))", "2*d(u, n) = exp(0.5)*(2 + sin(t))",
    "d(u, n) + (1 + t)*u = (1.5 + t)*exp(0.5)*(2 + sin(t))",
  ]

  private func pair(_ lower: String, _ upper: String, _ start: [String]) -> String {
    var conditions: [String] = []
    for (name, at, expr) in [("lower", "x = 0", [lower]), ("upper", "x = 1", [upper]), ("start", "t = 0", start)]
    where !expr.contains("") {
      let list = expr.map { "\"\($0)\"" }.joined(separator: ", ")
      conditions.append("{ name = \"\(name)\", at = \"\(at)\", expr = [\(list)], enforce = \"hard\" }")
    }
    return """
      variables = { x = [0, 1], t = [0, 2] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xx" }
      network = { hidden = [4] }
      condition = [\(conditions.joined(separator: ", "))]
      """
  }

  @Test func `values, slopes and sums of both at the ends of a line, with a start and its rate`() throws {
    let value = "u = 2*exp(0.5*x)"
    let rate = "u_t = exp(0.5*x)"
    for lower in HardConditionTests.lowers {
      for upper in HardConditionTests.uppers {
        for start in [[""], [value], [rate], [value, rate]] {
          let count = [lower, upper, start[0]].count { !$0.isEmpty }
          guard count > 0 else { continue }
          if upper.contains("(1 + t)*u"), start == [rate] {
            // ∂/∂x + 1 + t and ∂/∂t do not commute: neither can be built in after the other.
            let message = refusal(pair(lower, upper, start))?.diagnostics.first?.message ?? ""
            #expect(message.contains(" does not hold when built in: at "), "\(message)")
            continue
          }
          let found = try residuals(pair(lower, upper, start))
          #expect(found.count == count)
          for (name, size) in found { #expect(size < 1e-13, "\(name): \(lower) | \(upper) | \(start)") }
        }
      }
    }
  }

  @Test func `value and slope at one end, and at both`() throws {
    let lower =
      "{ name = \"a\", at = \"x = 0\", expr = [\"u = 2 + sin(t)\", \"d(u, n) + t*u = (t - 0.5)*(2 + sin(t))\"], enforce = \"hard\" }"
    let upper =
      "{ name = \"b\", at = \"x = 1\", expr = [\"u_x = 0.5*exp(0.5)*(2 + sin(t))\", \"u = exp(0.5)*(2 + sin(t))\"], enforce = \"hard\" }"
    let slope = "{ name = \"c\", at = \"x = 1\", expr = \"u_x = 0.5*exp(0.5)*(2 + sin(t))\", enforce = \"hard\" }"
    for conditions in [[lower], [upper], [lower, upper], [lower, slope]] {
      let text = pair("", "", [""]).replacing(
        "condition = []", with: "condition = [\(conditions.joined(separator: ", "))]")
      let found = try residuals(text)
      #expect(found.count == conditions.count && found.values.allSatisfy { $0 < 1e-13 }, "\(found)")
    }
  }

  @Test func `slopes on all sides of a box, by differences of the field itself`() throws {
    // u = cos(πx/2) y² exp(t) meets all of them.
    let problem = try assembled(
      """
      variables = { x = [0, 1], y = [-1, 1], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u_x + u_y" }
      network = { hidden = [6] }
      condition = [
        { name = "a", at = "x = 0", expr = "d(u, n) = 0", enforce = "hard" },
        { name = "b", at = "x = 1", expr = "d(u, n) = -pi/2*y^2*exp(t)", enforce = "hard" },
        { name = "c", at = "boundary(y)", expr = "d(u, n) = 2*cos(pi*x/2)*exp(t)", enforce = "hard" },
      ]
      """)
    #expect(problem.holding.count == 3 && problem.holding.allSatisfy { $0.isHard && $0.largest < 1e-13 })
    let h = 1e-5
    for (axis, side, slope) in [
      (0, 0.0, { _ in 0 }), (0, 1.0, { -.pi / 2 * $0[1] * $0[1] * exp($0[2]) }),
      (1, -1.0, { -2 * cos(.pi / 2 * $0[0]) * exp($0[2]) }), (1, 1.0, { 2 * cos(.pi / 2 * $0[0]) * exp($0[2]) }),
    ] as [(Int, Double, ([Double]) -> Double)] {
      for point in points(problem, [axis: side]).prefix(10) {
        var (before, behind) = (point, point)
        before[axis] -= h
        behind[axis] += h
        let values = fields(problem, at: [before, behind])[0]
        #expect(abs((values[1] - values[0]) / (2 * h) - slope(point)) < 1e-8)
      }
    }
  }

  /// The structure reaches functions whose higher odd derivatives do not vanish at the walls, which an even extension
  /// would not: u = x² + x³ − (7/4) x⁴ + … has u_xxx(0) = 6.
  @Test func `a problem with slopes built in is solved`() throws {
    let folder = TemporaryFolder()
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_xx - u = 2 + 6*x - 15*x^2 - (x^2 + x^3 - 1.25*x^4)" }
      reference = { expr = "u = x^2 + x^3 - 1.25*x^4" }
      sampling = { interior = 64 }
      network = { hidden = [12] }
      optimizer = { method = "gauss-newton", iterations = 100 }
      condition = { at = "boundary", expr = "d(u, n) = 0", enforce = "hard" }
      """
    let report = try train(try experiment(text), options: RunOptions(folder: folder["run"], threads: 1))
    #expect(try #require(report.metrics.first { $0.name == "rel_l2_u" }).value < 1e-6)
  }

  @Test func `a hard periodic condition makes features periodic`() throws {
    let text = """
      variables = { x = [-1, 1], t = [0, 1] }
      fields = { u = {}, v = "u_x*N" }
      equation = { expr = "u_t + v = u_xxx" }
      network = { hidden = [6] }
      condition = { name = "ring", at = "x: periodic", enforce = "hard" }
      """
    let problem = try assembled(text)
    #expect(problem.holding.map(\.name) == ["ring"] && problem.holding[0].largest < 1e-12)
    let ends = fields(problem, at: [[-1, 0.3], [1, 0.3]])
    for field in ends { #expect(abs(field[0] - field[1]) < exactness) }
    // A condition that is not periodic cannot be built in besides.
    let both = text.replacing(
      "condition = {", with: "condition = [{ at = \"t = 0\", expr = \"u = x\", enforce = \"hard\" }, {"
    )
    .replacing("periodic\", enforce = \"hard\" }", with: "periodic\", enforce = \"hard\" }]")
    let message = refusal(both)?.diagnostics.first?.message ?? ""
    #expect(message.hasPrefix("hard condition 'ring' does not hold when built in: at t = "))
    #expect(message.contains(" 'u' has the residual -2.0"))
  }

  @Test func `rates that disagree with the walls are refused`() {
    func message(_ rate: String, _ wall: String) -> String? {
      refusal(
        """
        variables = { x = [0, 1], t = [0, 1] }
        fields = { u = {} }
        equation = { expr = "u_tt = u_xx" }
        condition = [
          { at = "t = 0", expr = ["u = 0", "u_t = \(rate)"], enforce = "hard" },
          { at = "x = 0", expr = "\(wall)", enforce = "hard" },
        ]
        """)?.diagnostics.first?.message
    }
    #expect(message("cos(x)", "u = sin(t)") == nil)
    #expect(message("x", "u = sin(t)") == "hard conditions disagree where x = 0.0 meets t = 0.0: 1.0 against 0.0")
    #expect(message("x^2 + 3*x", "d(u, n) = -3*t") == nil)
    #expect(
      message("x^2 + 3*x", "d(u, n) + 7*u = t")
        == "hard conditions disagree where x = 0.0 meets t = 0.0: -1.0 against 3.0")
  }
}

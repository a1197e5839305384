import Diagnostics
import Experiments
import TestSupport
import Testing

/// What is found out about conditions before training.
@Suite struct ConditionCheckTests {
  private func text(field: String = "N", features: String = "", _ conditions: String) -> String {
    """
    variables = { x = [-1, 1], t = [0, 1] }
    fields = { u = "\(field)" }
    equation = { expr = "u_t = u_xx" }
    network = { hidden = [6]\(features) }
    condition = [
    \(conditions)
    ]
    """
  }

  private func message(field: String = "N", features: String = "", _ conditions: String) -> String? {
    refusal(text(field: field, features: features, conditions))?.diagnostics.first?.message
  }

  private func notes(field: String = "N", features: String = "", _ conditions: String) throws -> [String] {
    try assembled(text(field: field, features: features, conditions)).notes
  }

  @Test func `a transform that meets a condition is said to`() throws {
    let walls = "{ name = \"walls\", at = \"boundary\", expr = \"u = 0\" }"
    #expect(
      try notes(field: "(1 - x^2)*N", walls) == [
        "condition 'walls' holds by construction, residual at most 0.0: it needs no loss term"
      ])
    #expect(try notes(field: "(1 - x^3)*N", walls) == [])
    #expect(try notes(walls) == [])
    // Small numbers are not taken for rounding.
    #expect(try notes(field: "1e-15*N", walls) == [])
    #expect(try notes(field: "1e15*N", walls) == [])
  }

  @Test func `a condition that nothing can meet is an error with its place and value`() {
    let start = "{ name = \"start\", at = \"t = 0\", expr = [\"u = 1\", \"u_t = 0\"] }"
    let found = message(field: "3 + t^2*N", start) ?? ""
    #expect(found.hasPrefix("condition 'start' cannot hold: 'u = 1' has the residual 2.0 at x = "))
    #expect(found.hasSuffix("t = 0.0 whatever the parameters are"))
    #expect(message(field: "1 + t^2*N", start) == nil)
    #expect(message(field: "1 + t*N", start) == nil)
    #expect((message(field: "1 + t + t^2*N", start) ?? "").contains("'u_t = 0' has the residual 1.0"))
    // A hard condition against a soft one.
    let both =
      "{ at = \"x = 1\", expr = \"u = 2*t\", enforce = \"hard\" }, { name = \"wall\", at = \"x = 1\", expr = \"u_t = 0\" }"
    #expect((message(both) ?? "").hasPrefix("condition 'wall' cannot hold: 'u_t = 0' has the residual 2.0 at x = 1.0"))
  }

  private func system(_ conditions: String, equations: String = "u_t = u_xx") -> String {
    """
    variables = { x = [0, 1], t = [0, 1] }
    fields = { u = {}, v = {}, w = {} }
    equation = [{ name = "heat", expr = "\(equations)" }, { name = "second", expr = "v_t = v_xx + w^2" }]
    network = { hidden = [6] }
    condition = [
    \(conditions)
    ]
    """
  }

  @Test func `three conditions that only together contradict each other`() {
    let three = """
      { name = "a", at = "x = 0", expr = "u + v = 1" }, { name = "b", at = "boundary", expr = "v - w = 0" },
      { name = "other", at = "x = 0", expr = "d(v, n) = 3" },
      { name = "c", at = "x = 0", expr = "u + w = 2 + t" },
      """
    let found = refusal(system(three))?.diagnostics.first?.message ?? ""
    #expect(found.hasPrefix("conditions 'a', 'b', 'c' contradict each other at x = 0.0: at x = 0.0, t = "))
    #expect(found.contains("'u + v = 1'") && !found.contains("'other'"))
    // The same with values that agree, or without one of them.
    #expect(refusal(system(three.replacing("2 + t", with: "1"))) == nil)
    #expect(refusal(system(three.replacing("v - w = 0", with: "v - 2*w = 0"))) == nil)
  }

  @Test func `derivatives along a face belong to what a condition says`() {
    let text = system(
      """
      { name = "same", at = "t = 0", expr = "u = v" }, { name = "first", at = "t = 0", expr = "u = x" },
      { name = "third", at = "t = 0", expr = "v_x = 0" },
      """)
    let found = refusal(text)?.diagnostics.first?.message ?? ""
    #expect(found.hasPrefix("conditions 'third', 'same', 'first' contradict each other at t = 0.0"))
    #expect(refusal(text.replacing("v_x = 0", with: "v_x = 1")) == nil)
    #expect(refusal(text.replacing("v_x = 0", with: "v_t = 0")) == nil)
  }

  @Test func `a start that leaves an equation no rate`() throws {
    let start = "{ name = \"start\", at = \"t = 0\", expr = [\"u = x^2\", \"u_t = 0\"] }"
    let notes = try assembled(system(start)).notes
    #expect(notes.contains { $0.hasPrefix("condition 'start' contradicts equation 'heat' at t = 0.0: at x = ") })
    #expect(try assembled(system(start.replacing("u_t = 0", with: "u_t = 2"))).notes == [])
    // The wave equation takes both.
    #expect(try assembled(system(start, equations: "d(u, t, t) = u_xx")).notes == [])
  }

  @Test func `an unknown can meet a condition that the network cannot`() {
    let text = text(field: "k + t*N", "{ at = \"t = 0\", expr = \"u = 3\" }") + "\nunknowns = { k = 1 }\n"
    #expect(refusal(text) == nil)
  }

  /// The start x² cos πx has slopes ±2 at the walls. With periodic features and a factor that is 0 at t = 0 alone the
  /// difference of the slopes stays what it is at the start for all times.
  @Test func `features and factors that hold slopes at the walls are found`() throws {
    let walls = "{ name = \"walls\", at = \"x: periodic\" }"
    let features = ", features = { periodic = \"x\" }"
    for field in ["x^2*cos(pi*x) + t*N", "x^2*cos(pi*x) + t*(1 - x^2)^2*N"] {
      let found = message(field: field, features: features, walls) ?? ""
      #expect(found.hasPrefix("condition 'walls' cannot hold: 'd(u, x)' has the residual 4.0 at t = "), "\(found)")
    }
    // Here the start alone is held.
    #expect(
      try notes(field: "x^2*cos(pi*x) + t*(1 - x^2)*N", features: features, walls) == [
        "condition 'walls' cannot hold where it meets t = 0.0: 'd(u, x)' has the residual 4.0 at t = 0.0 whatever the parameters are"
      ])
    #expect(
      try notes(field: "cos(pi*x) + t*N", features: features, walls).first?.hasPrefix(
        "condition 'walls' holds by construction") == true)
    // Without the condition the features alone are held against the field.
    let start = "{ at = \"t = 0\", expr = \"u_t = 0\" }"
    let found = try notes(field: "x^2*cos(pi*x) + t*N", features: features, start)
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("features are periodic in x, but 'd(u, x)' is not: it differs by 4.0 at t = "))
    #expect(try notes(field: "cos(pi*x) + t*N", features: features, start) == [])
  }

  @Test func `conditions that contradict each other are told`() throws {
    let start = "{ name = \"start\", at = \"t = 0\", expr = \"u = 1\" }"
    func wall(_ expr: String, at: String = "x = 1") -> String {
      ", { name = \"wall\", at = \"\(at)\", expr = \"\(expr)\" }"
    }
    #expect(
      try notes(start + wall("u = t")) == [
        "conditions 'start' and 'wall' disagree where t = 0.0 meets x = 1.0: 1.0 against 0.0 for 'u'; no solution is smooth there"
      ])
    #expect(try notes(start + wall("u = 1 + t")) == [])
    #expect(try notes(start + wall("d(u, n) = t")) == [])
    #expect(try notes(start + wall("d(u, n) + 2*u = t")).count == 1)
    #expect(
      message(start + wall("2*u = 4", at: "t = 0"))
        == "conditions 'start' and 'wall' contradict each other at t = 0.0: 1.0 against 2.0 for 'u'")
    #expect(try notes(start + wall("u = if(x < 0.5, 1, 2)", at: "t = 0")).count == 1)
    #expect(message(start + wall("u_t = 4", at: "t = 0")) == nil)
    // Walls that a transform has built in, against the start.
    #expect(
      try notes(field: "(1 - x^2)*N", start)
        == [-1.0, 1.0].map {
          "condition 'start' cannot hold where it meets x = \($0): 'u = 1' has the residual -1.0 at x = \($0), t = 0.0 whatever the parameters are"
        })
  }
}

import Autodiff
import Diagnostics
import Experiments
import Expressions
import Networks
import Problems
import TestSupport
import Testing
import Training

@Suite struct FieldModelTests {
  private func problem(fields: String, define: String = "", equation: String = "u_x = 1", extra: String = "") -> String
  {
    """
    variables = { x = [0, 1], t = [0, 1] }
    fields = { \(fields) }
    define = { \(define) }
    equation = { expr = "\(equation)" }
    network = { hidden = [4] }
    sampling = { interior = 9 }
    \(extra)
    """
  }

  @Test func `outputs belong to the fields that name N, in order`() throws {
    let found = try assembled(problem(fields: "u = {}, v = \"2*u\", w = \"x*N\"", equation: "u + v = w"))
    #expect(found.model.networks.map(\.outputs) == [0..<2])
    #expect(found.setup.networks[0].outputs == 0..<2)
    #expect(found.model.fieldNames == ["u", "v", "w"])
  }

  @Test func `fields may refer to later ones, by subscripts and through definitions`() throws {
    let direct = try assembled(
      problem(fields: "u_1 = \"N*x\", v = \"N + 2*u_1\", w = \"3*d(u_1, x)\"", equation: "v + w = u_1_t"))
    let others = [
      problem(
        fields: "u_1 = \"N*x\", v = \"twice + N\", w = \"3*slope\"", define: "twice = \"2*u_1\", slope = \"u_1_x\"",
        equation: "v + w = u_1_t"),
      problem(
        fields: "u_1 = \"own*x\", v = \"own + 2*u_1\", w = \"3*u_1_x\"", define: "own = \"N\"",
        equation: "v + w = u_1_t"),
    ]
    let theta = direct.perturbedParameters()
    for text in others {
      #expect(try assembled(text).objective().residuals(theta) == direct.objective().residuals(theta))
    }
    // Named before it is there.
    let turned = try assembled(problem(fields: "w = \"3*u_1_x\", u_1 = \"N*x\"", equation: "w = u_1_t"))
    #expect(turned.model.networks.map(\.outputs) == [0..<1])
  }

  @Test func `circles and missing outputs are errors`() {
    func messages(_ fields: String, _ define: String = "") -> [String]? {
      refusal(problem(fields: fields, define: define))?.diagnostics.map(\.message)
    }
    #expect(messages("u = \"v*N\", v = \"u*N\"") == ["fields refer to each other in a circle: u, v"])
    #expect(messages("u = \"k*N\", v = \"u*N\"", "k = \"v\"") == ["fields refer to each other in a circle: u, v"])
    #expect(messages("u = \"x^2\"") == ["no field uses its network output 'N'"])
    #expect(messages("u = \"u + N\"") != nil)
    #expect(messages("u = \"N + zeta\", v = \"N*(\"").map(\.count) == 2)
  }

  @Test func `definitions that nothing uses are checked, those in use where they are used`() throws {
    #expect(
      refusal(problem(fields: "u = {}", define: "k = \"x + nonsense\""))?.diagnostics.map(\.message) == [
        "unknown name 'nonsense'"
      ])
    // The normal is known in the condition only, N in the transform only.
    let text = problem(
      fields: "u = \"own\"", define: "flux = \"3*d(u, n)\", own = \"x*N\"",
      extra: "condition = { at = \"x = 1\", expr = \"flux = 0\", points = 3 }")
    #expect(refusal(text) == nil)
  }

  @Test func `an unknown that nothing depends on is refused`() {
    let failure = refusal(problem(fields: "u = {}", extra: "unknowns = { D = 1 }"))
    #expect(failure?.diagnostics.map(\.message) == ["unknown 'D' appears in no equation, condition or data"])
    #expect(failure?.diagnostics.first?.location?.line == 7)
  }

  @Test func `an equation without a field has nothing to train`() {
    #expect(
      refusal(problem(fields: "u = {}", equation: "x = t"))?.diagnostics.first?.message
        == "no field is left in 'x = t': nothing can be trained on it")
  }

  @Test func `metrics that are required must be there`() {
    let extra = "reference = { expr = \"u = x\" }\nunknowns = { D = { true = 2 }, E = 1 }\n"
    func failure(_ metric: String) -> InputFailure? {
      refusal(problem(fields: "u = {}", equation: "D*u_x = E", extra: extra + "require = { \(metric) = 1 }"))
    }
    for known in [
      "total_loss", "loss_equation", "heldout_residual", "rel_l2_u", "max_error_u", "rmse_u", "rel_error_D",
    ] {
      #expect(failure(known) == nil, "\(known)")
    }
    #expect(failure("rel_l2_uu")?.diagnostics.map(\.message) == ["there is no metric 'rel_l2_uu'"])
    #expect(failure("rel_l2_uu")?.diagnostics.first?.help == "did you mean 'rel_l2_u'?")
    #expect(failure("rel_error_E") != nil && failure("heldout_rmse") != nil && failure("rel_l2_u_2") != nil)
  }

  @Test func `each output carries the derivatives that its point set asks for and no others`() throws {
    let found = try assembled(
      """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {}, v = {} }
      equation = [{ name = "one", expr = "u_t + u*u_x = u_xx" }, { name = "two", expr = "v_xt = u" }]
      condition = [
        { name = "start", at = "t = 0", expr = "u = x" }, { name = "flux", at = "boundary", expr = "d(v, n) = 0" },
        { name = "around", at = "x: periodic" },
      ]
      network = { hidden = [4] }
      """)
    func parts(_ set: Int, _ output: Int, site: Int = 0) -> [MultiIndex] {
      found.setup.loss.pointSets[set].program.derivativeSet(output: output, site: site).indices
    }
    let (x, t) = (MultiIndex([0]), MultiIndex([1]))
    #expect(parts(0, 0) == [.value, x, t, MultiIndex([0, 0])])
    #expect(parts(0, 1) == [.value, x, t, MultiIndex([0, 1])])
    #expect(parts(1, 0) == [.value])
    #expect(parts(2, 1) == [.value, x])
    // Equations of second order in x: periodic in value and slope.
    #expect(parts(4, 0) == [.value, x] && parts(4, 0, site: 1) == [.value, x])
    #expect(found.setup.loss.pointSets[4].program.outputs.count == 4)
  }

  @Test func `a velocity made of a stream function is free of divergence to the last bit`() throws {
    let failure = refusal(
      """
      variables = { x = [0, 1], y = [0, 1] }
      networks = { flow = { outputs = ["psi"], hidden = [4] } }
      fields = { u = "psi_y", v = "-psi_x" }
      equation = { expr = "u_x + v_y = 0" }
      """)
    // The residual is the expression 0, not a small number.
    #expect(
      failure?.diagnostics.map(\.message) == ["no field is left in 'u_x + v_y = 0': nothing can be trained on it"])
  }

  @Test func `outputs of named networks are fields where nothing else is said`() throws {
    let found = try assembled(
      """
      variables = { q = [0, 1], p = [0, 1] }
      networks = { H = { hidden = [4] }, K = { inputs = "q", outputs = ["a", "b"], hidden = [3] } }
      equation = { expr = "H_p + a = b_q*p + b_p" }
      """)
    #expect(found.model.fieldNames == ["H", "a", "b"])
    #expect(found.model.networks.map(\.inputs) == [[0, 1], [0]])
    #expect(found.model.networks.map(\.outputs) == [0..<1, 1..<3])
    #expect(found.setup.networks.map(\.parameterCount) == [3 * 4 + 5, 2 * 3 + 8])
    // b does not depend on p.
    let parts = found.setup.loss.pointSets[0].program.derivativeSet(output: 2, site: 0).indices
    #expect(parts == [.value, MultiIndex([0])])
  }

  @Test func `networks are drawn independently`() throws {
    let found = try assembled(
      """
      variables = { x = [0, 1] }
      networks = { a = { hidden = [4] }, b = { hidden = [4] } }
      equation = { expr = "a_x = b" }
      """)
    let theta = found.setup.layout.initialParameters(networks: found.setup.networks, seed: 3)
    #expect(theta[..<4] != theta[13..<17] && theta[0] != 0 && theta[13] != 0)
  }

  @Test func `mistakes with named networks are explained`() {
    func message(_ networks: String, _ fields: String = "u = {}", _ equation: String = "u_x = f") -> String? {
      let failure = refusal(
        """
        variables = { x = [0, 1], t = [0, 1] }
        constants = { k = 2 }
        networks = { \(networks) }
        fields = { \(fields) }
        equation = { expr = "\(equation)" }
        """)
      return failure.map {
        $0.diagnostics.map { $0.message + ($0.help.map { "; \($0)" } ?? "") }.joined(separator: " | ")
      }
    }
    #expect(message("f = { hidden = [3] }") == nil)
    #expect(
      message("f = { inputs = \"tt\" }") == "input 'tt' of network 'f' is not a variable; did you mean 't'?")
    #expect(message("f = { inputs = [\"t\", \"t\"] }") == "network 'f' has the input 't' twice")
    #expect(message("f = {}, g = { outputs = \"f\" }") == "'f' is already an output of network 'f'")
    #expect(message("g = { outputs = [\"f\", \"k\"] }") == "'k' is already a name in [constants]")
    #expect(message("g = { outputs = [\"f\", \"2b\"] }")?.hasPrefix("'2b' cannot be used as a name") == true)
    #expect(
      message("g = { outputs = [\"f\", \"h\"] }")
        == "output 'h' of network 'g' appears in no equation, condition or data")
    #expect(
      message("f = {}", "u = {}, f = \"2*x\"")
        == "field 'f' does not use the network output of the same name; 'N' is that output here; or give the output in [networks] another name"
    )
    #expect(
      message("f = { inputs = \"x\", features = [\"x\", \"sin(t)\"] }")
        == "feature 'sin(t)' uses t, which is no input of network 'f'")
    #expect(
      message("f = { inputs = \"x\", features = { periodic = \"t\" } }")
        == "'t' in 'periodic' is not an input of network 'f'")
    #expect(message("f = { hiden = 3 }") == "unknown key 'hiden' in an entry of [networks]; did you mean 'hidden'?")
  }
}

@Suite struct UnitAssemblyTests {
  private func text(_ fields: String, _ equation: String, unit: String = "mm^2/s") -> String {
    """
    variables = { x = { range = [0, 1], unit = "mm" }, t = { range = [0, 1], unit = "s" } }
    fields = { \(fields) }
    constants = { k = { value = 2, unit = "1/s" } }
    unknowns = { D = { guess = 0.5, unit = "\(unit)" } }
    equation = { expr = "\(equation)" }
    """
  }

  private func message(_ fields: String, _ equation: String, unit: String = "mm^2/s") -> String? {
    refusal(text(fields, equation, unit: unit))?.diagnostics.map(\.message).joined(separator: " | ")
  }

  @Test func `units of every section are checked`() {
    let u = "u = { unit = \"K\" }"
    #expect(message(u, "u_t = D*u_xx - k*u") == nil)
    #expect(message("u = {}", "u_t = D*u_xx - k*u_x") == nil)
    #expect(
      message(u, "u_t = D*u_xx - u")
        == "the terms of a difference differ in their units: 'D*u_xx' is in K/s, 'u' is in K")
    #expect(message(u, "u_t = D*u_xx", unit: "m^2/s")?.hasPrefix("the sides of an equation") == true)
    #expect(
      message(u + ", q = { expr = \"-D*u_x\", unit = \"K/s\" }", "u_t = -q_x")
        == "'-D*u_x' is in K*mm/s, expected K/s")
    #expect(message(u + ", q = { expr = \"-D*u_x\", unit = \"K*mm/s\" }", "u_t = -q_x") == nil)
    #expect(message("u = { expr = \"t*N\", unit = \"K\" }", "u_t = D*u_xx") == nil)
    #expect(message(u, "u_t = D*u_xx", unit: "mm^2/")?.contains("a unit is missing") == true)
  }

  @Test func `a factor between units is told`() {
    let help = refusal(text("u = { unit = \"K\" }", "u_t = D*u_xx", unit: "m^2/s"))?.diagnostics.first?.help
    #expect(
      help == "the first unit is 1e-06 times the second; numbers are taken as they stand, so use one of them")
  }

  @Test func `a word that is not known is a unit of its own, and a note says so`() throws {
    let found = try assembled(text("u = { unit = \"cells/AU\" }", "u_t = D*u_xx"))
    #expect(
      found.notes == ["AU", "cells"].map { "'\($0)' is no unit that is known: it is taken as a unit of its own" })
  }
}

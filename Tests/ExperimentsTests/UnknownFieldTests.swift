import Configurations
import Diagnostics
import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

@Suite struct UnknownFieldTests {
  private func text(_ unknowns: String, _ extra: String = "") -> String {
    """
    variables = { x = [0, 1], y = [0, 2], t = [0, 1] }
    fields = { u = {} }
    \(unknowns)
    equation = [{ name = "flow", expr = "u_t = d(D*u_x, x) + d(D*u_y, y)" }]
    sampling = { interior = 12, boundary = 5, heldout = 8 }
    network = { hidden = [4] }
    \(extra)
    """
  }

  /// An unknown function, and the network, field, condition and penalties that it is to stand for.
  @Test func `an unknown function is a network, a field, a condition and penalties`() throws {
    let short = try assembled(
      text(
        """
        [unknowns]
        D = { field = ["x", "y"], min = 0.2, max = 5, boundary = "1 + x", smooth = { tv = 1e-3, h1 = 2e-4 }, \
        network = { hidden = [3, 2], activation = "sin" } }
        """.replacing("[unknowns]\nD", with: "unknowns.D")))
    let long = try assembled(
      text(
        """
        networks.D = { inputs = ["x", "y"], hidden = [3, 2], activation = "sin" }
        """,
        """
        loss = { weights = { D_h1_x = 2e-4, D_h1_y = 2e-4, D_tv = 1e-3 } }
        """
      ).replacing("fields = { u = {} }", with: "fields = { u = {}, D = \"0.2*25^sigmoid(N)\" }")
        .replacing(
          "y)\" }]",
          with: """
            y)" }, { name = "D_h1_x", expr = "D_x", role = "penalty" }, { name = "D_h1_y", expr = "D_y", role = "penalty" },
              { name = "D_tv", expr = "(D_x^2 + D_y^2 + 1e-4)^0.25", role = "penalty" }]
            condition = [{ name = "D_boundary", at = "boundary", expr = "D = 1 + x" }]
            """))
    #expect(short.setup.loss.terms == long.setup.loss.terms)
    #expect(short.setup.loss.terms.map(\.kind) == [.equation, .penalty, .penalty, .penalty, .condition])
    #expect(short.setup.weights == long.setup.weights)
    let theta = long.perturbedParameters()
    #expect(short.setup.layout.count == theta.count)
    let residuals = (short.objective().residuals(theta), long.objective().residuals(theta))
    #expect(residuals.0.count == residuals.1.count)
    for (a, b) in zip(residuals.0, residuals.1) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b))) }
    // What need not vanish is not part of the residual at held-out points.
    let trainer = Trainer(setup: short.setup, pool: WorkerPool(threadCount: 1), observer: SilentObserver())
    let heldout = Objective(
      short.setup.heldout, networks: short.setup.networks, layout: short.setup.layout,
      pool: WorkerPool(threadCount: 1))
    #expect(trainer.heldoutMeans(theta)?.residual == heldout.termValues(theta)[0])
  }

  @Test(arguments: [
    ("min = 0.2, max = 5", "0.2*25.0^sigmoid(N)"), ("min = 0, max = 4", "0.0 + 4.0*sigmoid(N)"),
    ("min = 0.5, guess = 2", "0.5 + 1.5*exp(N)"), ("guess = 3, scale = \"log\"", "3.0*exp(N)"),
    ("guess = 2", "2.0 + N"),
    ("max = 3", "3.0 - 2.0*exp(N)"), ("form = \"softplus(N)\"", "softplus(N)"),
  ])
  func `bounds and guess make the form`(keys: String, form: String) throws {
    let found = try experiment(text("unknowns.D = { field = \"x\", \(keys) }"))
    #expect(found.fields.last?.expression.text == form)
    #expect(found.unknowns.isEmpty)
    #expect(found.namedNetworks.map { $0.inputs.map(\.text) } == [["x"]])
    #expect(found.namedNetworks[0].settings.hidden == [20, 20])
    // The resolved file says the same in the long form, and reads back equal.
    let again = try experiment(tomlText(of: found.resolved))
    #expect(tomlText(of: again.resolved) == tomlText(of: found.resolved))
  }

  @Test func `each group may have a function of its own`() throws {
    let found = try experiment(
      text("groups.slab = 2\nunknowns.D = { field = \"x\", per = \"slab\" }").replacing(
        "u = {}", with: "u = { per = \"slab\" }"))
    #expect(found.fields.map(\.name.name) == ["u[1]", "u[2]", "D[1]", "D[2]"])
    #expect(found.namedNetworks.map(\.name.name) == ["D[1]", "D[2]"])
  }

  @Test func `keys of functions need a field`() {
    let found = refusal(text("unknowns.D = { guess = 1, smooth = 1e-3 }"))
    #expect(found?.diagnostics.map(\.message) == ["'smooth' is for unknown functions, and 'D' is a number"])
    #expect(found?.diagnostics.first?.help == "say what it depends on: field = [\"x\", \"y\"]")
    let other = refusal(text("unknowns.D = { field = [\"x\", \"z\"] }"))
    #expect(other?.diagnostics.first?.message == "input 'z' of network 'D' is not a variable")
    #expect(
      refusal(text("unknowns.D = { field = \"x\", smooth = { tw = 1 } }"))?.diagnostics.first?.help?.contains("tv")
        == true)
  }
}

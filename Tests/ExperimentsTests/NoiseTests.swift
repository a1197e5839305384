import Configurations
import Diagnostics
import Experiments
import Expressions
import Problems
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct NoiseTests {
  private func text(_ data: String, unknown: String = "guess = 0.5", rows: String = "0.1,1,0.2\n0.6,3,0.5\n") -> String
  {
    """
    variables = { x = [0, 1] }
    fields = { u = {} }
    constants = { s = 0.25 }
    unknowns = { k = { \(unknown) } }
    equation = { expr = "u_x = k*u" }
    network = { hidden = [3] }
    sampling = { interior = 8 }
    [[data]]
    name = "samples"
    \(data)
    inline = "x,u,error\\n\(rows.replacing("\n", with: "\\n"))"
    """
  }

  /// Residuals of the data at some parameters, as they are and without a noise.
  private func residuals(_ data: String, _ expr: [String]) throws -> (scaled: [Double], plain: [Double]) {
    let scaled = try assembled(text((expr + [data]).joined(separator: "\n")))
    let plain = try assembled(text(expr.joined(separator: "\n")))
    let theta = plain.perturbedParameters()
    return (Array(scaled.objective().residuals(theta)[8...]), Array(plain.objective().residuals(theta)[8...]))
  }

  private func expect(_ data: String, _ sigma: [Double], of expr: [String] = []) throws {
    let (scaled, plain) = try residuals(data, expr)
    #expect(scaled.count == sigma.count)
    for ((a, b), sigma) in zip(zip(scaled, plain), sigma) { #expect(abs(a - b / sigma) < 1e-13 * abs(a), "\(data)") }
  }

  @Test func `residuals are in units of the noise: a number, a column, an expression of columns and variables`() throws
  {
    try expect("sigma = 0.1", [0.1, 0.1])
    try expect("sigma = \"s/2\"", [0.125, 0.125])
    try expect("sigma = \"error\"", [0.2, 0.5])
    try expect("sigma = \"s*abs(u) + x + error\"", [0.25 + 0.1 + 0.2, 0.75 + 0.6 + 0.5])
    try expect("sigma = \"error\"", [0.2, 0.5], of: ["expr = \"u = error\""])
  }

  @Test func `one noise leaves the loss as it is, and data sets count by their rows and noises`() throws {
    let (plain, scaled) = (try assembled(text("")), try assembled(text("sigma = 0.1")))
    let theta = plain.perturbedParameters()
    let values = (plain.objective().termValues(theta), scaled.objective().termValues(theta))
    #expect(abs(plain.objective().total(values.0) / scaled.objective().total(values.1) - 1) < 1e-14)
    #expect(plain.setup.loss.terms[1].noise == .unknown(negligible: 1e-6))
    #expect(scaled.setup.loss.terms[1].noise == .unit(typical: 0.1))

    let both = try assembled(
      text("sigma = \"error\"") + "\n[[data]]\nname = \"other\"\nsigma = 2\ninline = \"x,u\\n0.5,1\\n\"\n"
        + "[loss]\nweights = { other = 3 }\n")
    // Σ 1/σ² = 25 + 4 + 1/4.
    #expect(abs(both.setup.weights[1] - 2 / 29.25) < 1e-15 && abs(both.setup.weights[2] - 3 / 29.25) < 1e-15)
    let prior = try assembled(text("sigma = \"error\"", unknown: "guess = 0.5, prior = \"normal(1, 0.5)\""))
    #expect(prior.setup.loss.terms.last == Term(name: "prior", kind: .prior))
    #expect(abs(prior.setup.weights[2] - 1 / 29) < 1e-15)
  }

  @Test func `what is kept back stays in the units of the field`() throws {
    let rows = (0..<10).map { "\(Double($0) / 10),\($0),0.5" }.joined(separator: "\n") + "\n"
    let scaled = try assembled(text("sigma = 0.1\nholdout = 0.4", rows: rows))
    let plain = try assembled(text("holdout = 0.4", rows: rows))
    #expect(scaled.setup.heldout.pointSets.last?.program == plain.setup.heldout.pointSets.last?.program)
  }

  @Test func `noise that is added is noise that is known`() throws {
    let found = try experiment(text("noise = 0.125"))
    #expect(found.dataSets[0].sigma?.text == "0.125")
    #expect(try experiment(text("noise = 0.125\nsigma = 0.5")).dataSets[0].sigma?.text == "0.5")
    #expect(try experiment(text("")).dataSets[0].sigma == nil)
  }

  @Test(arguments: ["squares", "huber(1.5)", "huber(0.2)", "student(4)", "student(0.5)"])
  func `squares of robust residuals are what the loss counts, and smooth`(name: String) throws {
    let parts = name.split(separator: "(")
    let loss = try #require(
      RobustLoss(name: String(parts[0]), arguments: parts.dropFirst().compactMap { Double($0.dropLast()) }))
    var graph = ExpressionGraph(variableCount: 1, outputInputs: [])
    let z = graph.symbol(.column(0))
    let residual = loss.residual(z, in: &graph)
    let program = ResidualProgram(graph, outputs: [residual])
    func counted(_ z: Double) -> Double {
      switch loss {
      case .squares: z * z
      case .huber(let k): abs(z) <= k ? z * z : 2 * k * abs(z) - k * k
      case .student(let nu): (nu + 1) * log1p(z * z / nu)
      }
    }
    for z in [-40, -3, -1.6, -1.5, -0.3, -1e-3, 0, 1e-9, 0.2, 0.7, 1.4, 1.6, 12, 1e5] {
      let r = program.evaluate([z])[0]
      // `student` is moved by a relative 1e-8 off its 0/0.
      #expect(abs(r * r - counted(z)) <= 1e-7 * counted(z) + 1e-300, "\(name) at \(z)")
      #expect(r.sign == z.sign || z == 0)
    }
    // No jump of slope: differences on both sides of 0 and of the bounds agree.
    for place in [0, 0.2, 1.5, -1.5] {
      let (a, b, c) = (place - 1e-5, place, place + 1e-5)
      let slopes = zip([a, b], [b, c]).map { (program.evaluate([$1])[0] - program.evaluate([$0])[0]) / 1e-5 }
      #expect(abs(slopes[0] - slopes[1]) < 1e-3, "\(name) at \(place)")
    }
  }

  private func message(_ data: String, unknown: String = "guess = 0.5", rows: String? = nil) -> (String, String?)? {
    let failure = refusal(rows.map { text(data, unknown: unknown, rows: $0) } ?? text(data, unknown: unknown))
    return failure?.diagnostics.first.map { ($0.message, $0.help) }
  }

  @Test func `what is wrong with noise, losses and priors is told`() {
    #expect(message("sigma = 0")?.0 == "sigma must be above 0, found 0.0")
    #expect(message("sigma = \"error\"", rows: "0.1,1,0.2\n0.2,1,-1\n")?.0 == "sigma must be above 0, found -1.0")
    #expect(message("sigma = \"eror\"")?.0.contains("eror") == true)
    #expect(message("sigma = \"k\"")?.0.contains("k") == true)
    #expect(message("sigma = 1\nloss = \"hubert(2)\"")! == ("there is no loss 'hubert'", "did you mean 'huber'?"))
    #expect(message("sigma = 1\nloss = \"huber\"")?.0 == "loss is written huber(k), found 'huber'")
    #expect(message("sigma = 1\nloss = \"huber(-1)\"")?.0 == "the bound of huber must be above 0, found -1.0")
    #expect(message("sigma = 1\nloss = \"student(2\"")?.0 == "'student(2' has no closing bracket")
    #expect(message("sigma = 1\nloss = \"student(x)\"")?.0.contains("x") == true)
    #expect(
      message("loss = \"huber(1.5)\"")?.0
        == "'huber(1.5)' counts residuals in units of their noise, which is not given")
    #expect(message("sigma = 1", unknown: "guess = 1, prior = \"normal(1)\"")?.0.hasPrefix("prior is written") == true)
    #expect(
      message("sigma = 1", unknown: "guess = 1, prior = \"normal(1, 0)\"")?.0
        == "the deviation of a prior must be above 0, found 0.0")
    #expect(
      message("sigma = 1", unknown: "guess = 1, prior = \"lognormal(1, 0.1)\"")?.1 == "add scale = \"log\" or min = 0")
    #expect(message("sigma = 1", unknown: "guess = 1, min = 0, prior = \"lognormal(1, 0.1)\"") == nil)
    #expect(
      message("", unknown: "guess = 1, prior = \"normal(s, 2*s)\"")?.0
        == "a prior is weighed against the noise of the data, and that of 'samples' is not given")
    #expect(message("sigma = 1", unknown: "guess = 1, prior = \"normal(s, max(s, 2))\"") == nil)
  }
}

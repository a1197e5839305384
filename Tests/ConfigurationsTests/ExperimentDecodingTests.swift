import Configurations
import Diagnostics
import Foundation
import KernelInterface
import Networks
import TestSupport
import Testing
import Training

@Suite struct ExperimentDecodingTests {
  @Test func `the smallest file has every default`() throws {
    let found = try decoded(smallest)
    #expect(found.name == "file" && found.title == "" && found.seed == 0)
    #expect(found.variables.map(\.name) == ["x"])
    #expect(found.variables[0].range == 0...1)
    #expect(!found.variables[0].isTime)
    #expect(found.fields[0].expression.text == "N")
    #expect(found.equations[0].name == "equation")
    #expect(found.sampling.points == 256 && found.sampling.method == "sobol" && found.sampling.resampleEvery == nil)
    #expect(found.sampling.heldoutPoints == 64 && found.sampling.heldoutEvery == 10)
    #expect(found.network.hidden == [32, 32, 32] && found.network.activation == .tanh && found.network.omega == 1)
    #expect(found.network.initialization == .glorotNormal && found.network.normalizesInputs)
    #expect(found.phases.map(\.method) == [.auto])
    #expect(found.phases.map(\.iterations) == [1000])
    #expect(found.phases[0].adam.learningRate == 2e-3 && found.phases[0].stop.change == nil)
    #expect(found.grid == [201] && !found.writesAtReference)
    #expect(found.termNames == ["equation"])
  }

  @Test func `defaults follow from the number of variables and the activation`() throws {
    let expected = [
      (256, 64, 64, 201), (2000, 128, 400, 101), (5000, 400, 1000, 21), (10_000, 1000, 2000, 7),
      (10_000, 1000, 2000, 3),
    ]
    for (count, (interior, boundary, heldout, grid)) in zip(1..., expected) {
      let names = (1...count).map { "x\($0) = [0, 1]" }.joined(separator: ", ")
      let found = try decoded(
        "variables = { \(names) }\nfields = { u = {} }\nequation = { expr = \"u\" }\ncondition = { at = \"x1 = 0\", expr = \"u\" }"
      )
      #expect(found.sampling.points == interior)
      #expect(found.conditions[0].points == boundary)
      #expect(found.sampling.heldoutPoints == heldout)
      #expect(found.grid == [Int](repeating: grid, count: count))
    }
    let many = (1...30).map { "x\($0) = [0, 1]" }.joined(separator: ", ")
    #expect(
      try decoded("variables = { \(many) }\nfields = { u = {} }\nequation = { expr = \"u\" }").grid.allSatisfy {
        $0 == 1
      })
    for (activation, initialization) in [
      ("sine", Initialization.siren), ("sin", .glorotNormal), ("swish", .heNormal), ("gelu", .heNormal),
      ("softplus", .heNormal), ("sigmoid", .glorotNormal), ("tanh", .glorotNormal),
    ] {
      let found = try decoded(smallest + "network = { activation = \"\(activation)\" }")
      #expect(found.network.initialization == initialization)
      #expect(found.network.omega == (activation == "sine" ? 30 : 1))
    }
  }

  @Test func `short forms mean the long ones`() throws {
    let pairs = [
      ("constants = { a = 2 }", "constants = { a = { value = 2 } }"),
      ("constants = { a = \"2*pi\" }", "constants = { a = { value = \(2 * Double.pi) } }"),
      ("unknowns = { D = 0.5 }", "unknowns = { D = { guess = 0.5 } }"),
      ("sampling = { interior = 40 }", "sampling = { interior = { points = 40 } }"),
      (
        "sampling = { heldout = 40, boundary = 9 }",
        "sampling = { heldout = { points = 40 }, boundary = { points = 9 } }"
      ),
      ("sampling = { interior = { resample = 7 } }", "sampling = { interior = { resample = { every = 7 } } }"),
      ("network = { features = [\"x\", \"x^2\"] }", "network = { features = { expressions = [\"x\", \"x^2\"] } }"),
      ("network = { features = { periodic = \"x\" } }", "network = { features = { periodic = [\"x\"] } }"),
      (
        "optimizer = { iterations = 3, schedule = \"cosine\" }",
        "[[optimizer]]\niterations = 3\nschedule = { kind = \"cosine\" }"
      ),
      ("condition = { at = \"x = 0\", expr = \"u\" }", "[[condition]]\nat = [\"x = 0\"]\nexpr = [\"u\"]"),
      ("define = { k = 3 }", "define = { k = \"3\" }"),
      ("data = { file = \"a.csv\", use = \"u\" }", "[[data]]\nfile = \"/base/a.csv\"\nuse = [\"u\"]"),
    ]
    for (short, long) in pairs {
      #expect(
        tomlText(of: try decoded(smallest + short).resolved) == tomlText(of: try decoded(smallest + long).resolved),
        "\(short)")
    }
    let field = "variables = { x = [0, 1] }\nequation = { expr = \"u\" }\n"
    #expect(try decoded(field + "fields = { u = \"x*N\" }").fields[0].expression.text == "x*N")
    #expect(try decoded(field + "fields = { u = { expr = \"x*N\", unit = \"m\" } }").fields[0].unit == "m")
  }

  @Test func `numbers may be expressions of constants, whatever the order of sections`() throws {
    let found = try decoded(
      """
      variables = { x = ["-L", "2*L"] }
      fields = { u = {} }
      equation = { name = "e", expr = "u" }
      unknowns = { D = { guess = "L/2", max = "L" } }
      loss = { weights = { e = "1/L^2" } }
      require = { total_loss = "1e-3/L" }
      constants = { L = "sqrt(4)", M = "3*L", H = { value = "M + 1", unit = "m" } }
      """)
    #expect(found.variables[0].range == -2...4)
    #expect(found.unknowns[0].guess == 1 && found.unknowns[0].upper == 2)
    #expect(found.weights[0].weight == 0.25)
    #expect(found.requirements[0].bounds.upper == 5e-4)
    #expect(found.constants.map(\.value) == [2, 6, 7])
    #expect(complaints(decoding: smallest + "constants = { A = \"B\", B = 1 }").count == 1)
  }

  @Test func `entries without a name are numbered where there are several`() throws {
    let found = try decoded(
      """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = [{ expr = "u" }, { name = "named", expr = "u_x" }, { expr = "u_xx" }]
      condition = { at = "x = 0", expr = "u = 1" }
      data = [{ inline = "x,u\\n0,1" }, { inline = "x,u\\n0,1" }]
      """)
    #expect(found.termNames == ["equation1", "named", "equation3", "condition", "data1", "data2"])
  }

  @Test func `paths start from the folder of the file`() throws {
    let text = smallest + "data = [{ file = \"a/b.csv\" }, { file = \"/abs.csv\" }, { file = \"../c.csv\" }]"
    for base in ["/base", "/base/"] {
      let found = try decoded(text, baseDirectory: base)
      #expect(found.dataSets.map(\.source.path) == ["/base/a/b.csv", "/abs.csv", "/base/../c.csv"])
    }
  }

  @Test func `F26 a whole number serves as a number`() throws {
    let found = try decoded(smallest + "optimizer = { iterations = 2, learning_rate = 1 }")
    #expect(found.phases[0].adam.learningRate == 1)
  }

  @Test func `phases carry all of their keys`() throws {
    let found = try decoded(
      smallest + """
        [[optimizer]]
        method = "adam"
        iterations = 70
        learning_rate = 0.1
        beta1 = 0.5
        beta2 = 0.25
        epsilon = 1e-3
        schedule = { kind = "exponential" }
        batch = 12
        stop = { loss = 1e-4, gradient = 2e-4, change = 3e-4, minutes = 5 }
        weights = { equation = 7 }
        unknowns = "hold"
        """)
    let phase = found.phases[0]
    #expect(
      phase
        == PhaseSettings(
          method: .adam, iterations: 70,
          adam: AdamSettings(
            learningRate: 0.1, beta1: 0.5, beta2: 0.25, epsilon: 1e-3,
            schedule: Schedule(kind: .exponential, rate: 0.9, steps: 1, iterations: 70), batch: 12),
          history: 50, stop: StopRule(loss: 1e-4, gradient: 2e-4, change: 3e-4, minutes: 5),
          weights: ["equation": 7], trainsUnknowns: false))
  }

  @Test func `unknowns that are not estimated become constants`() throws {
    let text =
      smallest + """
        unknowns = { a = { guess = 2 }, b = { guess = 2, true = 3 }, c = { guess = 2, true = 3, fixed = 4 }, D = 5 }
        require = { rel_error_b = 0.1, total_loss = 1 }
        """
    let (held, notes) = try decoded(text).estimating(only: ["D"], baseDirectory: "/base")
    #expect(held.unknowns.map(\.name) == ["D"])
    #expect(held.constants.map(\.name) == ["a", "b", "c"])
    #expect(held.constants.map(\.value) == [2, 3, 4])
    #expect(
      notes == ["a is held at 2.0, its guess", "b is held at 3.0, its true value", "c is held at 4.0, its fixed value"])
    #expect(held.requirements.map(\.name.name) == ["total_loss"])
    let failure = #expect(throws: InputFailure.self) { try decoded(text).estimating(only: ["E"], baseDirectory: "/") }
    #expect(failure?.kind == .usage)
  }

  /// Files that use most of the keys.
  private static let files = [
    smallest,
    smallest + "optimizer = []",
    smallest
      + "condition = { at = \"x = 0\", expr = [\"u = 1\", \"u_x = 2\"], enforce = \"soft\" }\noutput = { grid = { x = 7 } }",
    """
    name = "all"
    title = "with \\"quotes\\" and ünïcode"
    seed = 12
    variables = { s = { range = [0, "2*pi"], unit = "m" }, tau = { range = [0, 3], time = true } }
    fields = { u = "N", v = { expr = "s*N", unit = "V" } }
    constants = { c = 3e-300, d = { value = "c/7", unit = "1/s" } }
    unknowns = { D = { guess = 0.1, min = 0, max = 1, scale = "log", true = 0.2, unit = "m^2" }, k = 3 }
    define = { flux = "D*u_s", n1 = 3 }
    require = { total_loss = 1e-3 }
    [[equation]]
    expr = "u_tau = v"
    [[equation]]
    name = "second"
    expr = '''v = D*u_s
      + k'''
    [[condition]]
    at = "s: periodic"
    [[condition]]
    at = ["s = 0", "tau = 0"]
    expr = "u = c"
    points = 5
    method = "uniform"
    [[data]]
    file = "x y/d.csv"
    columns = { u = "U [mV]" }
    where = "s > 1"
    rows = [1, 20]
    fraction = 0.5
    noise = 0.01
    sigma = 0.1
    holdout = 0.25
    [[reference]]
    file = "ref.csv"
    [[reference]]
    expr = "u = s"
    [network]
    hidden = []
    activation = "sine"
    features = { expressions = ["s", "sin(s)"], periodic = "s", harmonics = 2, fourier = { count = 3 } }
    [sampling]
    interior = { points = 30, resample = 4, method = "halton" }
    [[optimizer]]
    method = "adam"
    iterations = 9
    schedule = "inverse-time"
    batch = 3
    stop = { minutes = 1 }
    [[optimizer]]
    iterations = 3
    weights = { second = 0.5 }
    """,
  ]

  @Test(arguments: files.indices)
  func `the resolved file is a fixed point`(_ number: Int) throws {
    try checkFixedPoint(decoded(ExperimentDecodingTests.files[number]))
  }

  @Test func `every shipped configuration resolves to a fixed point`() throws {
    let names = ShippedConfigs.names
    #expect(!names.isEmpty)
    for name in names {
      let path = ShippedConfigs.folder.appending(path: name)
      let tree = try readConfiguration(path: path.path)
      let folder = path.deletingLastPathComponent().path
      try checkFixedPoint(Experiment(from: tree, baseDirectory: folder, defaultName: name))
    }
  }

  /// Text, tree and text again; read from anywhere and under any name, for nothing is left to be derived.
  private func checkFixedPoint(_ experiment: Experiment) throws {
    let text = tomlText(of: experiment.resolved)
    let again = try decoded(text, baseDirectory: "/elsewhere", defaultName: "other")
    #expect(tomlText(of: again.resolved) == text)
    #expect(
      again.phases == experiment.phases && again.termNames == experiment.termNames && again.grid == experiment.grid)
    #expect(again.writesAtReference == experiment.writesAtReference)
  }
}

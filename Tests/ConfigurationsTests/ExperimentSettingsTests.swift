import Configurations
import Diagnostics
import Testing
import Training

@Suite struct ExperimentSettingsTests {
  private let text = """
    variables = { x = [0, 1] }
    fields = { u = {} }
    constants = { nu = 0.5 }
    unknowns = { k = 3 }
    equation = [{ expr = "u_xx = nu*k" }]
    sampling = { interior = 5000 }
    """

  private func experiment(_ settings: [String]) throws -> Experiment {
    var tree = try readConfiguration(text, named: "test.toml", format: .toml)
    for setting in settings { try applyToExperiment(setting: setting, &tree) }
    return try Experiment(from: tree, baseDirectory: "/", defaultName: "test")
  }

  @Test func `a setting reaches behind a shorthand and keeps what it stood for`() throws {
    let changed = try experiment([
      "sampling.interior.resample=100", "unknowns.k.min=1", "constants.nu.unit=m", "variables.x.unit=mm",
    ])
    #expect(changed.sampling.points == 5000)
    #expect(changed.sampling.resampleEvery == 100)
    #expect(changed.unknowns[0].guess == 3)
    #expect(changed.unknowns[0].lower == 1)
    #expect(changed.constants[0].value == 0.5)
    #expect(changed.variables[0].range == 0...1)
    #expect(changed.variables[0].unit == "mm")
  }

  @Test func `a setting may replace a shorthand as a whole`() throws {
    #expect(try experiment(["sampling.interior=70"]).sampling.points == 70)
    #expect(try experiment(["constants.nu=0.25"]).constants[0].value == 0.25)
  }

  @Test func `the phases that stand in for missing ones can be changed one by one`() throws {
    let changed = try experiment(["optimizer.0.iterations=7", "optimizer[0].learning_rate=0.5"])
    #expect(changed.phases.map(\.iterations) == [7])
    #expect(changed.phases[0].method == .auto && changed.phases[0].adam.learningRate == 0.5)
    #expect(try experiment(["optimizer.method=adam", "optimizer.iterations=3"]).phases.count == 1)
  }

  @Test func `a setting that fails leaves the tree as it was`() throws {
    var tree = try readConfiguration(text, named: "test.toml", format: .toml)
    let before = tree
    #expect(throws: InputFailure.self) { try applyToExperiment(setting: "sampling.interior.points=[", &tree) }
    #expect(tree == before)
  }
}

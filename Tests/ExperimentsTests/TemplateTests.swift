import Configurations
import Experiments
import Synchronization
import TestSupport
import Testing
import Training

extension ExperimentTemplate: CustomTestStringConvertible {
  package var testDescription: String { name }
}

@Suite struct TemplateTests {
  @Test func `templates have names, summaries and comments of their own`() {
    let all = ExperimentTemplate.all
    #expect(all.count >= 12)
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(Set(all.map(\.summary)).count == all.count)
    for template in all {
      let lines = template.text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first?.hasPrefix("# ") == true, "\(template.name) does not begin by saying what it is")
      #expect(lines.contains { $0.hasPrefix("title = ") }, "\(template.name)")
      #expect(lines.count { $0.contains("# ") } >= 2, "\(template.name) explains too little")
      #expect(template.text.hasSuffix("\n"), "\(template.name)")
      // 120 with the indentation that the text has in its source.
      for line in lines { #expect(line.count <= 114, "\(template.name): \(line)") }
    }
  }

  @Test(arguments: ExperimentTemplate.all)
  func `the schema for editors lets it pass`(_ template: ExperimentTemplate) throws {
    let tree = try readConfiguration(template.text, named: template.name, format: .toml)
    #expect(try JSONSchemaValidator.editors().complaints(about: tree) == [])
  }

  @Test(arguments: ExperimentTemplate.all)
  func `a short run lets the loss fall`(_ template: ExperimentTemplate) throws {
    let folder = TemporaryFolder()
    var tree = try readConfiguration(template.text, named: template.name, format: .toml)
    try applyToExperiment(setting: "optimizer={method = \"l-bfgs\", iterations=200}", &tree)
    try applyToExperiment(setting: "require={}", &tree)
    let experiment = try Experiment(from: tree, baseDirectory: folder.path, defaultName: template.name)
    let totals = Mutex<[Double]>([])
    let options = RunOptions(
      folder: folder["run"], threads: 2,
      progress: { progress in
        if case .iterated(let row, _, _) = progress { totals.withLock { $0.append(row.total) } }
      })
    #expect(try train(experiment, options: options).status == .finished)
    let (first, last) = totals.withLock { ($0.first ?? .nan, $0.last ?? .nan) }
    // Two hundred steps of L-BFGS make the loss of every template smaller by more than that.
    #expect(last < 0.5 * first, "from \(first) to \(last)")
  }

  /// A second or two each.
  @Test(arguments: ExperimentTemplate.all.filter { $0.text.contains("\n[require]") })
  func `a whole run meets its own bounds`(_ template: ExperimentTemplate) throws {
    let folder = TemporaryFolder()
    let report = try train(
      try experiment(template.text, defaultName: template.name),
      options: RunOptions(folder: folder["run"], threads: 2))
    #expect(report.status == .finished)
    #expect(report.missed.isEmpty, "\(report.missed)")
  }
}

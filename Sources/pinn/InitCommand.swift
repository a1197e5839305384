import ArgumentParser
import Diagnostics
import Experiments
import Tables

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Prints a starting file.",
    discussion: "Templates: \(ExperimentTemplate.all.map(\.name).joined(separator: ", ")).")

  @Argument(help: "Which template; pinn list templates tells more.")
  var template: String = ExperimentTemplate.all[0].name

  func run() throws {
    guard let found = ExperimentTemplate.all.first(where: { $0.name == template }) else {
      let names = ExperimentTemplate.all.map(\.name)
      throw InputFailure(
        .usage, "there is no template '\(template)'",
        help: nearestName(to: template, among: names).map { "did you mean '\($0)'?" }
          ?? "templates are \(names.joined(separator: ", "))")
    }
    try Terminal.results { writer throws(WriteFailure) in try writer.write(found.text) }
  }
}

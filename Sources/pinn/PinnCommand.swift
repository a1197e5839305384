import ArgumentParser
import Diagnostics
import Experiments

@main
struct PinnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pinn",
    abstract: "Solves differential equations, and estimates their coefficients, with physics-informed neural networks.",
    discussion: """
      One TOML or YAML file states the equations, the domain, the conditions and the measured data. \
      Results go to standard output as CSV, talk goes to standard error.
      """,
    version: pinnVersion,
    subcommands: [
      TrainCommand.self, InferCommand.self, DiscoverCommand.self, SweepCommand.self, PredictCommand.self,
      EvaluateCommand.self, VerifyCommand.self, ReproduceCommand.self, CheckCommand.self, InitCommand.self,
      ListCommand.self, ExplainCommand.self, SchemaCommand.self, BenchCommand.self,
    ])

  static func main() {
    ProcessSetup.prepare()
    Coloring.prepare()
    Terminal.conclude({
      try checkCommandName()
      var command = try parseAsRoot()
      try command.run()
    })
  }

  /// ArgumentParser has no suggestion for a mistyped command.
  private static func checkCommandName() throws(InputFailure) {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard CommandLine.arguments.count > 1, let given = Optional(CommandLine.arguments[1]), !given.hasPrefix("-"),
      given != "help", !names.contains(given)
    else { return }
    throw InputFailure(
      .usage, "there is no command '\(given)'",
      help: nearestName(to: given, among: names).map { "did you mean 'pinn \($0)'?" }
        ?? "commands are \(names.joined(separator: ", ")); see pinn --help")
  }
}

import ArgumentParser
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
      TrainCommand.self,
      SweepCommand.self,
    ])

  static func main() {
    ProcessSetup.prepare()
    Terminal.exit(runs: {
      var command = try parseAsRoot()
      try command.run()
    })
  }
}

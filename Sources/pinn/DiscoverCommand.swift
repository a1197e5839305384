import ArgumentParser
import Diagnostics
import Experiments
import Tables

struct DiscoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discover",
    abstract: "Finds equations among candidate terms; prints them.",
    discussion: """
      The candidates are those of [[library]]. The folder gets equations.txt, parameters.csv, library.csv with every \
      candidate, and discovered.toml, an experiment with the equations found.
      """)

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var running: RunningOptions

  func run() throws {
    let experiment = try configuration.experiment()
    let progress = ProgressDisplay(quiet: running.quiet)
    let report = try discover(experiment, options: runOptions(running, progress))
    try Terminal.results { writer throws(WriteFailure) in
      for equation in report.equations { try writer.write(equation.text + "\n") }
    }
    progress.conclude(report)
    if let training = report.training { finish(training) }
  }
}

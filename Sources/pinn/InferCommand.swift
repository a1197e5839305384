import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Tables

struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Estimates unknown coefficients from data; prints parameters.csv.",
    discussion: """
      Unknowns that --params leaves out are held at their 'fixed' value, else their 'true' value, else their guess; \
      a note says which.
      """)

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var running: RunningOptions

  @Option(help: ArgumentHelp("Unknowns to estimate, separated by commas; all by default.", valueName: "names"))
  var params: String?

  func run() throws {
    var experiment = try configuration.experiment()
    var notes: [String] = []
    if let params {
      (experiment, notes) = try experiment.estimating(params, baseDirectory: configuration.baseDirectory)
    }
    guard !experiment.unknowns.isEmpty else {
      throw InputFailure(
        .configuration, "there is nothing to infer: the experiment has no unknowns",
        help: "name them in [unknowns]: D = { guess = 0.5 }")
    }
    if !running.quiet { for note in notes { Terminal.say("note: \(note)") } }
    let report = try runTraining(experiment, running)
    let table = try fileBytes(report.folder + "/parameters.csv")
    try Terminal.results { writer throws(WriteFailure) in try writer.write(table) }
    finish(report)
  }
}

extension Experiment {
  /// The experiment with the unknowns that `--params` leaves out held, and what is to be said about it.
  func estimating(
    _ params: String, baseDirectory: String
  ) throws(InputFailure) -> (experiment: Experiment, notes: [String]) {
    guard params.contains(where: { $0 != "," && !$0.isWhitespace }) else {
      throw InputFailure(.usage, "--params names no unknown", help: "leave it out to estimate all of them")
    }
    let names = params.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
    return try estimating(only: names, baseDirectory: baseDirectory)
  }
}

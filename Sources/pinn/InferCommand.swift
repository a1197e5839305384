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

      --ensemble trains again and again, with rows of the data drawn anew with replacement and other seeds, and prints \
      ensemble.csv instead: standard errors and intervals by the spread. The same command goes on where it was stopped.

      --profile holds each unknown at one value after the other while all else follows, and prints intervals.csv instead: \
      where the measurements object. Behind it names may follow: --profile a,D.
      """)

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var running: RunningOptions

  @Option(help: ArgumentHelp("Unknowns to estimate, separated by commas; all by default.", valueName: "names"))
  var params: String?

  @Option(help: ArgumentHelp("Standard errors by the spread of so many more trainings.", valueName: "count"))
  var ensemble: Int?

  /// Empty for all of them.
  @Option(
    defaultAsFlag: "", help: ArgumentHelp("Intervals by profiles: of these unknowns, or of all.", valueName: "names"))
  var profile: String?

  func validate() throws {
    if profile != nil, ensemble != nil {
      throw ValidationError("--profile and --ensemble each print a table of their own: give one of them")
    }
    if let ensemble, !(2...10_000).contains(ensemble) {
      throw ValidationError("--ensemble must be between 2 and 10000, found \(ensemble)")
    }
  }

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
    let members = try ensemble.map { count throws(InputFailure) in
      guard !experiment.dataSets.isEmpty else {
        throw InputFailure(.configuration, "an ensemble draws rows of data again, and there are none")
      }
      return try Ensemble(experiment, count: count, baseDirectory: configuration.baseDirectory)
    }
    let profiles = try profile.map { names throws(InputFailure) in
      try Profiles(experiment, names: names.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) })
    }
    let report = try runTraining(experiment, running)
    var name = "parameters.csv"
    if report.status == .finished {
      if let members {
        try train(members, of: report)
        name = Ensemble.tableName
      } else if let profiles {
        let progress = ProgressDisplay(quiet: running.quiet)
        try profiles.write(inRun: report.folder, options: runOptions(running, progress))
        progress.end()
        name = Profiles.intervalsName
      }
    }
    let table = try fileBytes("\(report.folder)/\(name)")
    try Terminal.results { writer throws(WriteFailure) in try writer.write(table) }
    finish(report)
  }

  /// Trains the members of an ensemble; ends the process where they are not through.
  private func train(_ ensemble: Ensemble, of report: RunReport) throws {
    let count = ensemble.sweep.members.count
    let jobs = min(count, running.processors.threadCount)
    let display = SweepDisplay(quiet: running.quiet, sweep: ensemble.sweep)
    let folder = report.folder + "/" + Ensemble.folderName
    display.begin(in: folder, jobs: jobs, notes: [])
    let options = SweepOptions(
      jobs: jobs, threads: 1, instructionSet: running.processors.instructions.set, maxSeconds: running.maxSeconds,
      stopRequest: { StopSignals.request }, progress: { display.show($0) })
    let result = try ensemble.run(inRun: report.folder, configuration: configuration.path, options: options)
    display.conclude(result)
    if result.openCount > 0 { pinn.finish(result) }
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

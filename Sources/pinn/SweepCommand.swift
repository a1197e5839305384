import ArgumentParser
import Diagnostics
import Experiments
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Trains all combinations of some values and seeds; prints one CSV row per member.",
    discussion: """
      Values are those of --set, with commas between them: --over network.hidden=[20,20],[30,30] \
      --over network.activation=tanh,sin. 1..5 stands for five whole numbers, 0..1:5 for five numbers at equal \
      distances, log:1..1000:4 for four at equal ratios.

      Members that are complete already, from an earlier sweep in the same folder, are not trained again. A member that \
      fails or diverges has a row that says why, and the others go on; the exit status is 5 then.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @Option(
    name: .customLong("over"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Vary a key. May be repeated: all combinations.", valueName: "key=value,value,…"))
  var axes: [String] = []

  @Option(
    help: ArgumentHelp(
      "Train every combination with so many seeds, from the file's own on, or with these: 1,5,9 or 1..5.",
      valueName: "count|list"))
  var seeds: String?

  @OptionGroup var sweeping: SweepingOptions

  @Flag(name: .customLong("list-members"), help: "Print number, id and --set options of every member; train nothing.")
  var listsMembers = false

  func run() throws {
    let sweep = try expanded()
    if listsMembers {
      try Terminal.results { writer throws(WriteFailure) in
        for member in sweep.members { try writer.write(line(for: member) + "\n") }
      }
      return
    }
    let jobs = sweeping.jobCount(members: sweep.members.count)
    let (columns, notes) = try sweep.checked(
      jobs: jobs, threads: sweeping.threadCount(jobs: jobs), memory: sweeping.memory.limit)
    StopSignals.listen()
    let folder = try SweepFolder(
      sweeping.folder, of: sweep, columns: columns, configuration: configuration.path, extends: sweeping.extends,
      fileSystem: TestFault.fileSystem)
    let display = SweepDisplay(quiet: sweeping.quiet, sweep: sweep)
    display.begin(in: folder.path, jobs: jobs, notes: notes)
    let options = SweepOptions(
      jobs: jobs, threads: sweeping.threadCount(jobs: jobs), instructionSet: sweeping.instructions.set,
      maxSeconds: sweeping.maxSeconds, checkpointSeconds: sweeping.checkpoints.seconds,
      failureLimit: sweeping.failFast ? 1 : sweeping.maxFailures, stopRequest: { StopSignals.request },
      checkpointRequests: { StopSignals.checkpointRequests },
      progress: { display.show($0) })
    let report = try runSweep(
      sweep, columns: columns, in: folder, options: options, output: try CheckedWriter.standardOutput())
    if let failure = report.outputFailure { throw failure }
    display.conclude(report)
    finish(report)
  }

  private func expanded() throws(InputFailure) -> Sweep {
    guard !axes.isEmpty || seeds != nil else {
      throw InputFailure(
        .usage, "there is nothing to vary", help: "give --over loss.weights.walls=1,10,100, or --seeds 3")
    }
    var axesRead: [SweepAxis] = []
    for option in axes { axesRead.append(try SweepAxis(option: option)) }
    let seedsRead = if let seeds { try SweepSeeds(option: seeds) } else { SweepSeeds.count(1) }
    return try Sweep(
      tree: try configuration.tree(), settings: configuration.settings, axes: axesRead, seeds: seedsRead,
      baseDirectory: configuration.baseDirectory, defaultName: configuration.defaultName)
  }

  private func line(for member: SweepMember) -> String {
    let arguments = member.settings.map { "--set \(shellQuoted($0))" }.joined(separator: " ")
    return "\(member.number)\t\(member.id)\t\(arguments)"
  }
}

/// Ends the process with the status a sweep deserves; returns where that is 0.
func finish(_ report: SweepReport) {
  if StopSignals.request != nil, report.openCount > 0 {
    if StopSignals.wasInterrupted {
      signal(SIGINT, SIG_DFL)
      raise(SIGINT)
    }
    exit(ExitStatus.stoppedEarly)
  }
  if report.failureCount > 0 { exit(ExitStatus.sweepHadFailures) }
  if report.stoppedCount > 0 { exit(ExitStatus.stoppedEarly) }
  if report.missedCount > 0 { exit(ExitStatus.requirementMissed) }
}

/// How a sweep is carried out.
struct SweepingOptions: ParsableArguments {
  @Option(
    name: .customLong("out"), help: ArgumentHelp("Folder; runs/<name>-sweep-<hash> by default.", valueName: "dir"))
  var folder: String?

  @Option(help: "Members trained at the same time; by default one per processor that --threads leaves.")
  var jobs: Int?

  @Option(help: "Threads of each member; by default its share of the processors. Any number gives the same bits.")
  var threads: Int?

  @OptionGroup var instructions: InstructionOptions

  @Option(
    name: .customLong("max-time"),
    help: ArgumentHelp("Stop each member after so long, with a checkpoint: 90s, 10m, 2h.", valueName: "time"))
  var maxTime: String?

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var memory: MemoryOptions

  @Flag(name: .customLong("fail-fast"), help: "Stop the sweep when a member fails or diverges.")
  var failFast = false

  @Option(name: .customLong("max-failures"), help: "Stop the sweep when so many members failed or diverged.")
  var maxFailures: Int?

  @Flag(
    name: .customLong("extend"), help: "Allow members that the earlier sweep in the folder of --out did not have.")
  var extends = false

  @Flag(help: "Go on where an earlier sweep stopped; a sweep does so in any case.")
  var resume = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func validate() throws {
    for (name, value) in [("jobs", jobs), ("threads", threads)] {
      if let value, !(1...1024).contains(value) {
        throw ValidationError("--\(name) must be between 1 and 1024, found \(value)")
      }
    }
    if let maxFailures, maxFailures < 1 {
      throw ValidationError("--max-failures must be at least 1, found \(maxFailures)")
    }
    if failFast, maxFailures != nil { throw ValidationError("--fail-fast is --max-failures 1: give one of them") }
    if let maxTime, RunningOptions.seconds(maxTime) == nil {
      throw ValidationError("--max-time must look like 90s, 10m or 2h, found '\(maxTime)'")
    }
    if extends, folder == nil {
      throw ValidationError("--extend needs --out: without it another sweep has another folder")
    }
  }

  var maxSeconds: Double? { maxTime.flatMap(RunningOptions.seconds) }

  /// Runs side by side use the processors better than threads inside one.
  func jobCount(members: Int) -> Int {
    min(members, jobs ?? max(1, Processors.allowed / (threads ?? 1)))
  }

  func threadCount(jobs: Int) -> Int { threads ?? max(1, Processors.allowed / jobs) }
}

/// Progress of a sweep on standard error: a line for each member that has ended.
struct SweepDisplay: Sendable {
  let quiet: Bool
  let sweep: Sweep

  func begin(in folder: String, jobs: Int, notes: [String]) {
    guard !quiet else { return }
    for note in notes { Terminal.say("note: \(escapingControls(note))") }
    let count = sweep.members.count
    Terminal.say("sweep of \(count) member\(count == 1 ? "" : "s"), \(jobs) at a time; results in \(folder)")
  }

  func show(_ progress: SweepProgress) {
    guard !quiet else { return }
    let row = progress.row
    var line = "\(progress.doneCount)/\(progress.memberCount): "
    line += "member \(row.member.number) (\(sweep.description(of: row.member))) "
    line += row.wasFinished ? "was complete: \(row.status.rawValue)" : row.status.rawValue
    if let loss = row.metrics["total_loss"] { line += ", loss \(short(loss))" }
    if !row.reason.isEmpty, row.status != .finished { line += ": \(row.reason)" }
    if let seconds = progress.secondsLeft { line += "; about \(duration(seconds)) left" }
    Terminal.say(escapingControls(line))
  }

  func conclude(_ report: SweepReport) {
    guard !quiet else { return }
    if report.openCount > 0 {
      Terminal.say(
        "stopped: \(report.openCount) of \(sweep.members.count) members are open; the same command goes on with them")
    }
    if report.failureCount > 0 {
      Terminal.say("\(report.failureCount) of \(sweep.members.count) members failed or diverged")
    }
    if report.missedCount > 0 { Terminal.say("\(report.missedCount) members do not meet the requirements") }
  }
}

/// The text as one word of a shell's command line.
func shellQuoted(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || "-_=+./,:@%".utf8.contains(byte)
  }
  if isPlain, !text.isEmpty { return text }
  return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

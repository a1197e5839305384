import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Kernels
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The configuration and what is changed in it from the command line.
struct ConfigurationOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Experiment file, TOML or YAML; '-' reads standard input.", valueName: "config"))
  var path: String

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Change a key: network.hidden=[30,30]. May be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "Seed of all random draws; the same as --set seed=N.")
  var seed: Int?

  /// The located tree with all changes.
  func tree() throws(InputFailure) -> LocatedTable {
    var tree = try readConfiguration(path: path)
    if let seed { try apply(setting: "seed=\(seed)", to: &tree) }
    for setting in settings { try applyToExperiment(setting: setting, &tree) }
    return tree
  }

  func experiment() throws(InputFailure) -> Experiment {
    try Experiment(from: try tree(), baseDirectory: baseDirectory, defaultName: defaultName)
  }

  /// Folder that relative paths of the file start from.
  var baseDirectory: String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let current = getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? "."
    guard path != "-", let slash = path.lastIndex(of: "/") else { return current }
    let folder = String(path[..<slash])
    if folder.isEmpty { return "/" }
    return folder.hasPrefix("/") ? folder : current + "/" + folder
  }

  var defaultName: String {
    guard path != "-" else { return "stdin" }
    let file = path.split(separator: "/").last.map(String.init) ?? "run"
    return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
  }
}

/// How a run is carried out.
struct RunningOptions: ParsableArguments {
  @Option(name: .customLong("out"), help: ArgumentHelp("Run folder; runs/<name>-<hash> by default.", valueName: "dir"))
  var folder: String?

  @OptionGroup var processors: ProcessorOptions

  @Flag(help: "Go on from the checkpoint of an earlier run in the same folder.")
  var resume = false

  @Flag(
    name: .customLong("allow-config-change"),
    help: "With --resume: go on though keys differ that nothing computed so far depends on.")
  var allowsChanges = false

  @Flag(
    name: .customLong("new-part"),
    help: "With --resume: keep a losses.csv that was changed under another name and begin a new one.")
  var startsNewPart = false

  @Option(
    name: .customLong("max-time"),
    help: ArgumentHelp("Stop after so long, with a checkpoint: 90s, 10m, 2h.", valueName: "time"))
  var maxTime: String?

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup var memory: MemoryOptions

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Option(
    name: .customLong("log-level"),
    help: ArgumentHelp("Details on standard error: trace, debug, info, notice, warning, error.", valueName: "level"))
  var logLevel = "warning"

  /// A logger for the inner workings of a run.
  var logger: Logger {
    var logger = Logger(label: "pinn") { StreamLogHandler.standardError(label: $0) }
    let level = Logger.Level(rawValue: logLevel) ?? .warning
    logger.logLevel = quiet ? max(level, .error) : level
    return logger
  }

  func validate() throws {
    if Logger.Level(rawValue: logLevel) == nil {
      let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--log-level must be one of \(levels), found '\(logLevel)'")
    }
    if let maxTime, RunningOptions.seconds(maxTime) == nil {
      throw ValidationError("--max-time must look like 90s, 10m or 2h, found '\(maxTime)'")
    }
    if allowsChanges || startsNewPart, !resume {
      throw ValidationError("\(allowsChanges ? "--allow-config-change" : "--new-part") needs --resume")
    }
  }

  var checkpointSeconds: Double { checkpoints.seconds }

  var maxSeconds: Double? { maxTime.flatMap(RunningOptions.seconds) }

  /// `90s`, `10m`, `2h`, `1d` or a number of seconds; nil for anything else.
  static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = text.last else { return nil }
    let number = units[last] == nil ? Double(text) : Double(text.dropLast())
    guard let number, number > 0, number.isFinite else { return nil }
    return number * (units[last] ?? 1)
  }
}

/// How often the state is saved.
struct CheckpointOptions: ParsableArguments {
  @Option(
    name: .customLong("checkpoint-every"),
    help: ArgumentHelp("Time between two checkpoints: 30s by default.", valueName: "time"))
  var interval = "30s"

  func validate() throws {
    if RunningOptions.seconds(interval) == nil {
      throw ValidationError("--checkpoint-every must look like 90s, 10m or 2h, found '\(interval)'")
    }
  }

  var seconds: Double { RunningOptions.seconds(interval) ?? 30 }
}

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Flag(help: "Train even where more memory is needed than there seems to be.")
  var force = false

  var limit: MemoryLimit? { force ? nil : .current }
}

/// What a command computes with.
struct ProcessorOptions: ParsableArguments {
  @Option(help: "Threads; by default the processors this process may use. Any number gives the same bits.")
  var threads: Int?

  @OptionGroup var instructions: InstructionOptions

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024, found \(threads)")
    }
  }

  var threadCount: Int { threads ?? Processors.allowed }

  var pool: WorkerPool { WorkerPool(threadCount: threadCount, instructionSet: instructions.set) }
}

/// The instruction set of the kernels.
struct InstructionOptions: ParsableArguments {
  @Option(
    name: .customLong("isa"),
    help: ArgumentHelp(
      "Instruction set: \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")); by default the best.",
      valueName: "name"))
  var name: String?

  func validate() throws {
    guard let name else { return }
    guard let known = InstructionSet(rawValue: name) else {
      let names = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--isa must be one of \(names), found '\(name)'")
    }
    guard known.isSupported else {
      let names = InstructionSet.allCases.filter(\.isSupported).map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--isa \(name): this processor does not have it; it has \(names)")
    }
  }

  var set: InstructionSet { name.flatMap(InstructionSet.init(rawValue:)) ?? .best }
}

/// How many processors a run uses by default.
enum Processors {
  /// What affinity and cgroup allow, and within Slurm no more than the task was given.
  static var allowed: Int {
    let slurm = getenv("SLURM_CPUS_PER_TASK").flatMap { Int(String(cString: $0)) }
    return max(1, min(ProcessorCount.allowed, slurm ?? .max))
  }
}

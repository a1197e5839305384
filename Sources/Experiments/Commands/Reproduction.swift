import Configurations
package import Diagnostics
import Hashing
import Kernels
import Synchronization
import Tables
import Training

/// What came of training a run again.
package struct Reproduction: Sendable {
  package enum State: String, Sendable {
    case equal, differs, missing
  }

  package var folder: String
  package var files: [(name: String, state: State)]

  package var isEqual: Bool { files.allSatisfy { $0.state == .equal } }

  /// The tables in which no clock and no machine has a part: those of every run.
  static let names = ["losses.csv", "parameters.csv", "fields.csv", "metrics.csv"]
  /// And those of some.
  static let optionalNames = ["correlation.csv", "rollout.csv", Profiles.tableName, Profiles.intervalsName]
}

/// Trains the experiment of a run folder again, as far as it went, from its resolved file, and compares the tables bit for bit.
///
/// - Parameter options: its folder, `<run>-reproduced` for nil, takes the new run.
/// - Throws: `.missingInput` where the folder is no run, `.data` where input files have changed since, and all that
///   training throws.
package func reproduce(_ path: String, options: RunOptions) throws(InputFailure) -> Reproduction {
  var run = path
  while run.count > 1, run.hasSuffix("/") { run.removeLast() }
  guard exists("\(run)/\(RunFolder.configurationName)"),
    let record = RunRecord(json: try fileBytes("\(run)/\(RunFolder.recordName)"))
  else {
    throw InputFailure(
      .missingInput, "'\(path)' is not a run folder: it has no '\(RunFolder.configurationName)' with its record",
      help: "pinn train prints the path of the folder it writes")
  }
  for input in record.inputs where try fileHash(input.path).hexadecimal != input.checksum {
    throw InputFailure(.data, "'\(input.path)' has changed since the run in '\(path)' was trained")
  }
  let machines = Set(record.segments?.map(\.instructionSet) ?? [record.instructionSet])
  if machines != [options.instructionSet.rawValue] {
    options.note(
      "the run was trained with \(machines.sorted().joined(separator: ", ")), this is "
        + "\(options.instructionSet.rawValue): the bits may differ")
  }
  if record.version != pinnVersion {
    options.note("the run was trained by version \(record.version), this is \(pinnVersion): the bits may differ")
  }
  let tree = try readConfiguration(path: "\(run)/\(RunFolder.configurationName)")
  var again = options
  again.folder = options.folder ?? "\(run)-reproduced"
  // A run that was stopped is trained again as far as it went.
  let isWhole = record.status == RunStatus.finished.rawValue || record.status == RunStatus.diverged.rawValue
  let count = Mutex(0)
  let stopRequest = options.stopRequest
  if !isWhole {
    again.stopRequest = {
      let done = count.withLock { count in
        count += 1
        return count
      }
      return done >= record.iterations ? "as far as the run went" : stopRequest()
    }
  }
  let experiment = try Experiment(from: tree, baseDirectory: run, defaultName: "run")
  let report = try train(experiment, options: again)
  if exists("\(run)/\(Profiles.tableName)"), report.status == .finished {
    let profiled = try readTable(path: "\(run)/\(Profiles.tableName)").texts("name")
    try Profiles(experiment, names: profiled).write(inRun: report.folder, options: again)
  }
  let optional = Reproduction.optionalNames.filter { exists("\(run)/\($0)") || exists("\(report.folder)/\($0)") }
  let files = try (Reproduction.names + optional).map { name throws(InputFailure) in
    guard exists("\(run)/\(name)"), exists("\(report.folder)/\(name)") else {
      return (name, Reproduction.State.missing)
    }
    let isSame = try fileHash("\(run)/\(name)").digest == fileHash("\(report.folder)/\(name)").digest
    return (name, isSame ? .equal : .differs)
  }
  return Reproduction(folder: report.folder, files: files)
}

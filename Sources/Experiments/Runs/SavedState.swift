import Configurations
import Diagnostics
import Hashing
import Tables
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a run folder holds to go on from.
struct SavedState {
  var checkpoint: Checkpoint
  /// What the user should know about it.
  var notes: [String] = []
  /// Keys of the configuration that were changed, as the user allowed.
  var changedKeys: [String] = []

  /// Reads the last checkpoint of a folder, or the one before it where the last is damaged or missing.
  ///
  /// Where the older one is used it takes the place of the last, so that writing the next one does not replace a good file by
  /// a damaged one.
  ///
  /// - Returns: nil where there is none.
  /// - Throws: `.data` where there are some and none can be read.
  init?(in folder: RunFolder) throws(InputFailure) {
    let slots = [RunFolder.checkpointName, RunFolder.previousCheckpointName].filter { exists(folder.file($0)) }
    guard let newest = slots.first else { return nil }
    do throws(InputFailure) {
      checkpoint = try readCheckpoint(folder.file(newest))
    } catch {
      guard slots.count > 1, let older = try? readCheckpoint(folder.file(slots[1])) else { throw error }
      checkpoint = older
      let reason = error.diagnostics.first?.message ?? ""
      notes = ["\(reason); going on from the one before it, '\(folder.file(slots[1]))'"]
      try writing { () throws(WriteFailure) in
        try folder.contents.rename(slots[1], to: newest)
        try folder.contents.synchronize()
      }
      return
    }
    if newest == RunFolder.previousCheckpointName {
      // Killed between the two renames of a commit.
      try writing { () throws(WriteFailure) in
        try folder.contents.rename(newest, to: RunFolder.checkpointName)
        try folder.contents.synchronize()
      }
    }
  }

  /// How a run ended that is over; nil for one that can go on.
  var endStatus: RunStatus? {
    checkpoint.texts["status"].flatMap(RunStatus.init(rawValue:)).flatMap { $0 == .stopped ? nil : $0 }
  }

  var iteration: Int { checkpoint.vectors["iteration"]?.first.flatMap { Int(exactly: $0) } ?? 0 }
  /// The phase under way; in later slabs of time all have been.
  private var phase: Int {
    guard checkpoint.vectors["slab.0.theta"] == nil else { return .max }
    return checkpoint.vectors["phase"]?.first.flatMap { Int(exactly: $0) } ?? 0
  }

  /// Makes sure that the checkpoint belongs to a configuration and its input files.
  ///
  /// - Parameter allowsChanges: whether keys may differ that do not change what has been computed so far.
  /// - Throws: `.data` with the keys and files that differ.
  mutating func check(
    configuration text: String, digest: String, inputs: [RunRecord.InputFile], in folder: RunFolder,
    allowsChanges: Bool
  ) throws(InputFailure) {
    if checkpoint.texts["configuration"] != digest {
      try checkChanges(text, in: folder, allowsChanges: allowsChanges)
    }
    for input in inputs {
      let saved = checkpoint.texts["input \(input.path)"]
      if saved == input.checksum { continue }
      // As checkpoints of format 1 have it.
      if saved?.count == 16, saved == hexadecimal(fnv1a(try fileBytes(input.path))) { continue }
      throw InputFailure(
        .data, "'\(input.path)' has changed since the checkpoint in '\(folder.path)' was written",
        help: "train without --resume to start anew, or give another folder with --out")
    }
    if let other = checkpoint.texts["architecture"], other != machineArchitecture {
      notes.append("the checkpoint was written on \(other): on \(machineArchitecture) the bits may differ")
    }
  }

  private mutating func checkChanges(
    _ text: String, in folder: RunFolder, allowsChanges: Bool
  ) throws(InputFailure) {
    let start = "the checkpoint in '\(folder.path)' belongs to another configuration"
    guard let saved = checkpoint.texts["configuration.text"],
      let old = try? readConfiguration(saved, named: "checkpoint", format: .toml),
      let new = try? readConfiguration(text, named: "configuration", format: .toml)
    else {
      throw InputFailure(
        .data, start, help: "train without --resume to start anew, or give another folder with --out")
    }
    let all = differences(old, new)
    let unsafe = all.filter { !SavedState.isSafe($0.key, phase: phase, of: new) }
    guard unsafe.isEmpty else {
      throw InputFailure(
        .data,
        [Diagnostic(.error, "\(start): \(SavedState.text(unsafe))")]
          + [
            Diagnostic(
              .note, "these keys decide what has been computed so far",
              help:
                "train without --resume to start anew, or give another folder with --out")
          ])
    }
    guard allowsChanges else {
      throw InputFailure(
        .data, "\(start): \(SavedState.text(all))", help: "--allow-config-change goes on with it as it is now")
    }
    guard endStatus == nil else {
      throw InputFailure(
        .data, "the run in '\(folder.path)' is over: its configuration cannot be changed any more",
        help: "give another folder with --out")
    }
    changedKeys = all.map(\.key)
    notes.append("going on with another configuration: \(SavedState.text(all))")
  }

  /// Keys that nothing computed so far depends on: what is written and required at the end, all of phases that have not
  /// begun, and how long the one under way lasts, unless its learning rate follows a curve over its length.
  ///
  /// - Parameter phase: the one under way; those before it are over.
  private static func isSafe(_ key: String, phase: Int, of configuration: LocatedTable) -> Bool {
    if ["title", "output", "require"].contains(where: { key == $0 || key.hasPrefix($0 + ".") }) { return true }
    guard key.hasPrefix("optimizer["), let close = key.firstIndex(of: "]"),
      let number = Int(key[key.index(key.startIndex, offsetBy: "optimizer[".count)..<close]), number >= phase
    else { return false }
    if number > phase { return true }
    let rest = key[key.index(after: close)...]
    if rest == ".stop" || rest.hasPrefix(".stop.") { return true }
    return [".iterations", ".schedule.steps"].contains(rest) && hasConstantRate(phase: phase, of: configuration)
  }

  private static func hasConstantRate(phase: Int, of configuration: LocatedTable) -> Bool {
    guard case .array(let phases)? = configuration["optimizer"]?.content, phases.indices.contains(phase),
      case .table(let settings) = phases[phase].content, case .table(let schedule)? = settings["schedule"]?.content,
      case .string(let kind)? = schedule["kind"]?.content
    else { return false }
    return kind.text == ScheduleKind.constant.rawValue
  }

  private static func text(_ differences: [ConfigurationDifference]) -> String {
    let shown = differences.prefix(8).map { escapingControls($0.text) }.joined(separator: "; ")
    return differences.count > 8 ? "\(shown); and \(differences.count - 8) more" : shown
  }
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// The kind of processor that this program was compiled for.
let machineArchitecture: String = {
  #if arch(x86_64)
    "x86_64"
  #elseif arch(arm64)
    "arm64"
  #else
    "unknown"
  #endif
}()

/// The last complete checkpoint of a folder that may be in use: while one is being replaced there may be the one before it
/// alone.
func readCheckpoint(inFolder folder: String) throws(InputFailure) -> Checkpoint {
  let names = [RunFolder.checkpointName, RunFolder.previousCheckpointName].map { "\(folder)/\($0)" }
  return try readCheckpoint(names.first(where: exists) ?? names[0])
}

/// Reads a checkpoint file.
///
/// - Throws: `.data` where it is none or is damaged, with both versions where it has another format.
func readCheckpoint(_ path: String) throws(InputFailure) -> Checkpoint {
  let bytes = try fileBytes(path)
  do throws(Checkpoint.Failure) {
    return try Checkpoint(bytes: bytes)
  } catch {
    let reason =
      switch error {
      case .notACheckpoint: "it is not a checkpoint of pinn"
      case .otherVersion(let version):
        "it has format \(version), this program reads formats 1 to \(Checkpoint.formatVersion)"
      case .otherByteOrder: "it was written with the other byte order"
      case .damaged: "it is damaged"
      }
    throw InputFailure(.data, "cannot use the checkpoint '\(path)': \(reason)")
  }
}

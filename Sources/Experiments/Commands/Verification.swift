import Configurations
package import Diagnostics
import Hashing
import Tables
import Training

/// What `pinn verify` finds: whether the files of a run are what they were when it wrote them.
package struct Verification: Sendable {
  package enum State: String, Sendable {
    case intact = "ok"
    case changed, missing, damaged
    /// An input file that is not there any more: nothing of the run itself is wrong.
    case absent
  }

  package struct Line: Sendable {
    package var file: String
    package var state: State
    /// The hash that is recorded; for a checkpoint, which has its own inside, nil.
    package var recorded: String?
  }

  package private(set) var lines: [Line] = []

  /// Whether nothing is changed, missing or damaged.
  package var isGood: Bool { lines.allSatisfy { $0.state == .intact || $0.state == .absent } }

  /// Reads everything in a run folder that has a hash, and the input files of the run.
  ///
  /// Of a run that is under way, or was killed, the tables count as far as they were at the last checkpoint.
  ///
  /// - Throws: `.missingInput` where the folder is no run.
  package init(folder: String) throws(InputFailure) {
    guard exists("\(folder)/\(RunFolder.configurationName)") || exists("\(folder)/\(RunManifest.name)") else {
      throw InputFailure(
        .missingInput, "'\(folder)' is not a run folder: it has no '\(RunFolder.configurationName)'",
        help: "pinn train prints the path of the folder it writes")
    }
    let checkpoint = checkCheckpoints(folder)
    if exists("\(folder)/\(RunManifest.name)") {
      let bytes = try fileBytes("\(folder)/\(RunManifest.name)")
      if let manifest = RunManifest(text: String(decoding: bytes, as: UTF8.self)) {
        for (name, hash) in manifest.hashes { check(name, in: folder, against: hash) }
      } else {
        lines.append(Line(file: RunManifest.name, state: .damaged))
      }
    } else if let checkpoint {
      check(checkpoint, in: folder)
    }
    for (name, hash) in checkpoint?.texts.sorted(by: { $0.key < $1.key }) ?? [] where name.hasPrefix("input ") {
      let path = String(name.dropFirst("input ".count))
      let found = try? fileHash(path).hexadecimal
      // Checkpoints of format 1 have shorter hashes of another kind.
      let isIntact = hash.count == 16 ? (try? fileBytes(path)).map { hexadecimal(fnv1a($0)) } == hash : found == hash
      lines.append(
        Line(file: path, state: found == nil ? .absent : isIntact ? .intact : .changed, recorded: hash))
    }
  }

  /// - Returns: the last that can be read.
  private mutating func checkCheckpoints(_ folder: String) -> Checkpoint? {
    var newest: Checkpoint?
    let names = [RunFolder.checkpointName, RunFolder.previousCheckpointName]
    for name in names where exists("\(folder)/\(name)") {
      let checkpoint = try? readCheckpoint("\(folder)/\(name)")
      newest = newest ?? checkpoint
      lines.append(Line(file: name, state: checkpoint == nil ? .damaged : .intact))
    }
    if lines.isEmpty { lines.append(Line(file: names[0], state: .missing)) }
    return newest
  }

  private mutating func check(_ name: String, in folder: String, against hash: String, first count: Int = .max) {
    // A checkpoint that is damaged is told already.
    if let place = lines.firstIndex(where: { $0.file == name }) {
      guard lines[place].state == .intact else { return }
      lines.remove(at: place)
    }
    let found = try? fileHash("\(folder)/\(name)", first: count).hexadecimal
    lines.append(
      Line(file: name, state: found == nil ? .missing : found == hash ? .intact : .changed, recorded: hash))
  }

  /// What a checkpoint knows of the files beside it.
  private mutating func check(_ checkpoint: Checkpoint, in folder: String) {
    if let text = checkpoint.texts["configuration.text"] {
      check(RunFolder.configurationName, in: folder, against: SHA256.hexadecimal(of: text.utf8))
    }
    for name in ["losses", "timing"] {
      guard let hash = checkpoint.texts["run.\(name)"],
        let length = checkpoint.vectors["run.\(name)"]?.first.flatMap({ Int(exactly: $0) })
      else { continue }
      check("\(name).csv", in: folder, against: hash, first: length)
    }
  }
}

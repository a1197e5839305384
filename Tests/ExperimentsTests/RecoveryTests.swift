import Configurations
import Diagnostics
import Experiments
import Foundation
import Synchronization
import Tables
import TestSupport
import Testing
import Training

/// A problem of milliseconds with two kinds of optimizers and points that are drawn anew.
private let decay = """
  name = "decay"
  seed = 4
  variables = { t = [0, 1] }
  fields = { u = {} }
  unknowns = { k = { guess = 1, true = 2 } }
  equation = [{ name = "decay", expr = "u_t = -k*u" }]
  condition = [{ name = "start", at = "t = 0", expr = "u = 1" }]
  sampling = { interior = { points = 8, resample = 3 }, heldout = 4 }
  network = { hidden = [4] }
  output = { grid = { t = 3 } }
  data = [{ name = "samples", file = "samples.csv" }]
  optimizer = [
    { method = "adam", iterations = 4, learning_rate = 1e-2 }, { method = "l-bfgs", iterations = 4, history = 2 },
  ]
  """

/// What the clock decides no part of.
private let results = [
  "losses.csv", "parameters.csv", "fields.csv", "metrics.csv", "config.resolved.toml", "checkpoint",
]

@Suite struct RecoveryTests {
  private let folder = TemporaryFolder()

  private func problem(_ text: String = decay) throws -> Experiment {
    let rows = (0...4).map { "\(Double($0) / 4),\(exp(-Double($0) / 2))" }
    folder.write("t,u\n" + rows.joined(separator: "\n") + "\n", to: "samples.csv")
    return try experiment(text, baseDirectory: folder.path)
  }

  /// Trains, and stops after some iterations of this call.
  @discardableResult
  private func train(
    _ experiment: Experiment, in name: String, stoppingAfter limit: Int = .max, resumes: Bool = false,
    checkpointSeconds: Double = 0, allowsChanges: Bool = false, startsNewPart: Bool = false,
    fileSystem: any FileSystem = SystemFileSystem(), threads: Int = 1,
    note: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> RunReport {
    let count = Mutex(0)
    return try Experiments.train(
      experiment,
      options: RunOptions(
        folder: folder[name], threads: threads, resumes: resumes, allowsChanges: allowsChanges,
        startsNewPart: startsNewPart, checkpointSeconds: checkpointSeconds, fileSystem: fileSystem,
        stopRequest: {
          count.withLock { count in
            count += 1
            return count >= limit ? "asked to" : nil
          }
        }, note: note))
  }

  private func failure(_ body: () throws -> Void) -> InputFailure? {
    #expect(throws: InputFailure.self, performing: body)
  }

  private func expectEqual(_ name: String, _ other: String, sourceLocation: Testing.SourceLocation = #_sourceLocation)
    throws
  {
    for file in results {
      let (a, b) = (try fileBytes(folder["\(name)/\(file)"]), try fileBytes(folder["\(other)/\(file)"]))
      #expect(a == b, "\(file) of \(name) and \(other)", sourceLocation: sourceLocation)
    }
  }

  private func record(_ name: String) throws -> RunRecord {
    try #require(RunRecord(json: try fileBytes(folder["\(name)/run.json"])))
  }

  // MARK: F3, F4

  @Test func `F3 a power failure at any moment leaves a run that goes on to the same bits`() throws {
    let problem = try problem()
    try train(problem, in: "whole")
    let disk = RecordingFileSystem()
    // A run that is stopped, goes on, and is begun anew.
    try train(problem, in: "cut", stoppingAfter: 2, fileSystem: disk)
    try train(problem, in: "cut", resumes: true, fileSystem: disk)
    try train(problem, in: "cut", stoppingAfter: 1, fileSystem: disk)
    let images = disk.images()
    #expect(images.count >= 200, "\(images.count) images")
    for (number, image) in images.enumerated() {
      let name = "image"
      try? FileManager.default.removeItem(atPath: folder[name])
      try FileManager.default.createDirectory(atPath: folder[name], withIntermediateDirectories: false)
      for (file, bytes) in image { try Data(bytes).write(to: URL(fileURLWithPath: folder["\(name)/\(file)"])) }
      do {
        let report = try train(problem, in: name, resumes: true, checkpointSeconds: 1000)
        #expect(report.status == .finished)
        try expectEqual(name, "whole")
      } catch {
        Issue.record("image \(number) of \(images.count): \(error); \(image.mapValues(\.count))")
      }
    }
  }

  @Test func `F4 a disk that is full from any call on ends the run, which goes on when there is space`() throws {
    let problem = try problem()
    try train(problem, in: "whole")
    var failures = 0
    for number in 1... {
      let disk = FaultyFileSystem(.fails(28), atCall: number)
      try? FileManager.default.removeItem(atPath: folder["cut"])
      do {
        try train(problem, in: "cut", fileSystem: disk)
        #expect(disk.callCount < number)
        break
      } catch let failure as InputFailure {
        failures += 1
        #expect(failure.kind == .inputOutput, "\(number): \(failure)")
        #expect(failure.diagnostics[0].message.contains(folder["cut"]), "\(failure)")
        #expect(failure.diagnostics[0].message.contains("No space left on device"), "\(failure)")
      }
      #expect(try train(problem, in: "cut", resumes: true).status == .finished)
      try expectEqual("cut", "whole")
    }
    #expect(failures >= 64)
  }

  // MARK: F11

  @Test func `F11 a damaged checkpoint is replaced by the one before it, with a warning`() throws {
    let problem = try problem()
    try train(problem, in: "whole")
    for damage in ["cut", "flipped", "empty", "gone"] {
      try? FileManager.default.removeItem(atPath: folder["run"])
      try train(problem, in: "run", stoppingAfter: 6)
      let path = folder["run/checkpoint"]
      var bytes = try fileBytes(path)
      switch damage {
      case "cut": bytes.removeLast(bytes.count / 3)
      case "flipped": bytes[bytes.count / 2] ^= 0x10
      default: bytes = []
      }
      if damage == "gone" {
        try FileManager.default.removeItem(atPath: path)
      } else {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
      }
      let notes = Mutex<[String]>([])
      try train(problem, in: "run", resumes: true, note: { note in notes.withLock { $0.append(note) } })
      let isWarned = notes.withLock { $0 }.contains { $0.contains("going on from the one before it") }
      // A missing file is what a kill between two renames leaves: nothing is lost.
      #expect(isWarned == (damage != "gone"), "\(damage) \(notes.withLock { $0 })")
      try expectEqual("run", "whole")
    }
  }

  @Test func `F11 with both checkpoints damaged the run is refused and left as it is`() throws {
    let problem = try problem()
    try train(problem, in: "run", stoppingAfter: 5)
    for name in ["checkpoint", "checkpoint.previous"] {
      let bytes = try fileBytes(folder["run/\(name)"])
      try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: folder["run/\(name)"]))
    }
    let losses = try fileBytes(folder["run/losses.csv"])
    let failure = failure { try train(problem, in: "run", resumes: true) }
    #expect(failure?.kind == .data)
    #expect(failure?.diagnostics[0].message == "cannot use the checkpoint '\(folder["run/checkpoint"])': it is damaged")
    #expect(try fileBytes(folder["run/losses.csv"]) == losses)
  }

  @Test func `F11 ten thousand flipped bits in a real checkpoint are all detected`() throws {
    try train(try problem(), in: "run", stoppingAfter: 6)
    let bytes = try fileBytes(folder["run/checkpoint"])
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      let (place, bit) = (Int.random(in: bytes.indices, using: &random), Int.random(in: 0..<8, using: &random))
      var changed = bytes
      changed[place] ^= 1 << UInt8(bit)
      if (try? Checkpoint(bytes: changed)) != nil { Issue.record("bit \(bit) of byte \(place)") }
    }
  }

  // MARK: F12, F13, F14

  @Test func `F12 a checkpoint of a later version is refused with both versions`() throws {
    let problem = try problem()
    try train(problem, in: "run", stoppingAfter: 1)
    var bytes = try fileBytes(folder["run/checkpoint"])
    bytes[16] = 77
    try Data(bytes).write(to: URL(fileURLWithPath: folder["run/checkpoint"]))
    let failure = failure { try train(problem, in: "run", resumes: true) }
    #expect(failure?.kind == .data)
    #expect(
      failure?.diagnostics[0].message.hasSuffix("it has format 77, this program reads formats 1 to 2") == true)
  }

  @Test func `F13 a checkpoint of another configuration is refused with the keys that differ`() throws {
    try train(try problem(), in: "run", stoppingAfter: 3)
    let other = decay.replacing("seed = 4", with: "seed = 5").replacing("guess = 1", with: "guess = 3")
    let failure = failure { try train(try problem(other), in: "run", resumes: true, allowsChanges: true) }
    #expect(failure?.kind == .data)
    #expect(
      failure?.diagnostics[0].message
        == "the checkpoint in '\(folder["run"])' belongs to another configuration: seed: 4, now 5; "
        + "unknowns.k.guess: 1.0, now 3.0; data[0].seed: 4, now 5")
  }

  @Test func `F13 keys that nothing so far depends on may be changed where that is allowed`() throws {
    let longer = try problem(decay.replacing("iterations = 4, history", with: "iterations = 9, history"))
    try train(longer, in: "whole")
    try train(try problem(), in: "run", stoppingAfter: 6)
    let refused = failure { try train(longer, in: "run", resumes: true) }
    #expect(
      refused?.diagnostics[0].message.hasSuffix(
        "another configuration: optimizer[1].iterations: 4, now 9; optimizer[1].schedule.steps: 4, now 9") == true)
    #expect(refused?.diagnostics[0].help?.hasPrefix("--allow-config-change") == true)
    try train(longer, in: "run", resumes: true, allowsChanges: true)
    try expectEqual("run", "whole")
    #expect(
      try record("run").segments?.last?.changedKeys == ["optimizer[1].iterations", "optimizer[1].schedule.steps"])
    // The first phase is over by then.
    try train(try problem(), in: "late", stoppingAfter: 6)
    let late = try problem(decay.replacing("\"adam\", iterations = 4", with: "\"adam\", iterations = 9"))
    #expect(failure { try train(late, in: "late", resumes: true, allowsChanges: true) }?.kind == .data)
    // A learning rate that follows a curve over the length of the phase would have been another one.
    let bent = decay.replacing(
      "\"adam\", iterations = 4", with: "\"adam\", schedule = { kind = \"cosine\" }, iterations = 4")
    try train(try problem(bent), in: "bent", stoppingAfter: 2)
    let bentLonger = try problem(bent.replacing("iterations = 4, learn", with: "iterations = 9, learn"))
    #expect(failure { try train(bentLonger, in: "bent", resumes: true, allowsChanges: true) }?.kind == .data)
    // A phase that has not begun may become another one.
    let other = try problem(decay.replacing("\"l-bfgs\", iterations = 4, history = 2", with: "\"gauss-newton\""))
    try train(try problem(), in: "early", stoppingAfter: 2)
    try train(other, in: "early", resumes: true, allowsChanges: true)
    try train(other, in: "other")
    try expectEqual("early", "other")
    // A run that is over cannot become longer.
    try train(try problem(), in: "over")
    #expect(failure { try train(longer, in: "over", resumes: true, allowsChanges: true) }?.kind == .data)
  }

  @Test func `F13 changed data are refused`() throws {
    let problem = try problem()
    try train(problem, in: "run", stoppingAfter: 3)
    folder.write("t,u\n0.5,0.25\n", to: "samples.csv")
    let found = failure { try train(problem, in: "run", resumes: true, allowsChanges: true) }
    #expect(found?.kind == .data)
    #expect(found?.diagnostics[0].message.hasPrefix("'\(folder["samples.csv"])' has changed") == true)
  }

  @Test(arguments: ["losses", "timing"], ["edited", "cut", "gone", "lengthened"])
  func `F14 rows that were changed are refused, longer files cut back, and a new part is offered`(
    table: String, change: String
  ) throws {
    let problem = try problem()
    try train(problem, in: "whole")
    try train(problem, in: "run", stoppingAfter: 3)
    let path = folder["run/\(table).csv"]
    var bytes = try fileBytes(path)
    switch change {
    case "edited": bytes[bytes.count - 2] ^= 1
    case "cut": bytes.removeLast(3)
    default: bytes += Array("99,1,2,3\n4".utf8)
    }
    if change == "gone" {
      try FileManager.default.removeItem(atPath: path)
    } else {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
    if change == "lengthened" {
      try train(problem, in: "run", resumes: true, startsNewPart: true)
      try expectEqual("run", "whole")
      return
    }
    let found = failure { try train(problem, in: "run", resumes: true) }
    #expect(found?.kind == .data)
    #expect(found?.diagnostics[0].message.contains(path) == true)
    #expect(found?.diagnostics[0].help?.contains("--new-part") == true)
    try train(problem, in: "run", resumes: true, startsNewPart: true)
    let whole = String(decoding: try fileBytes(folder["whole/losses.csv"]), as: UTF8.self).split(separator: "\n")
    let rest = String(decoding: try fileBytes(folder["run/losses.csv"]), as: UTF8.self).split(separator: "\n")
    #expect(rest == [whole[0]] + whole[4...])
    for name in ["parameters.csv", "fields.csv", "metrics.csv", "checkpoint"] {
      #expect(try fileBytes(folder["run/\(name)"]) == fileBytes(folder["whole/\(name)"]), "\(name)")
    }
    #expect(try record("run").segments?.last?.keptLosses == "losses.part-1.csv")
    if change != "gone" { #expect(try fileBytes(folder["run/\(table).part-1.csv"]) == bytes) }
  }

  // MARK: F15

  @Test(arguments: [1 << 31 - 1, 1 << 31, 1 << 32, 1 << 53 - 8]) func `F15 counters go on beyond years of steps`(
    iteration: Int
  ) throws {
    let problem = try problem(decay.replacing("resample = 3", with: "method = \"sobol\""))
    try train(problem, in: "run", stoppingAfter: 2)
    var checkpoint = try Checkpoint(bytes: try fileBytes(folder["run/checkpoint"]))
    checkpoint.vectors["iteration"] = [Double(iteration)]
    try Data(checkpoint.bytes()).write(to: URL(fileURLWithPath: folder["run/checkpoint"]))
    #expect(try train(problem, in: "run", resumes: true).status == .finished)
    let rows = try #require(fileText(folder["run/losses.csv"])).split(separator: "\n").map { $0.prefix { $0 != "," } }
    #expect(rows.dropFirst().map { Int($0) } == [1, 2] + (1...6).map { iteration + $0 })
    #expect(try record("run").iterations == iteration + 6)
  }

  // MARK: F17

  /// The first steps lead beyond the pole of the logarithm; smaller ones do not.
  private static let pole = """
    variables = { t = [0, 1] }
    fields = { u = "2 + N" }
    equation = { name = "bad", expr = "log(u) = -3" }
    sampling = { interior = 9 }
    network = { hidden = [4] }
    output = { grid = { t = 3 } }
    optimizer = { method = "adam", iterations = 40, learning_rate = 0.5 }
    """

  @Test(arguments: [1, 2, 5, 9, 20]) func `F17 a run goes back from what is not finite, also across a stop`(
    stop: Int
  ) throws {
    let notes = Mutex<[String]>([])
    let problem = try experiment(RecoveryTests.pole)
    let report = try train(problem, in: "whole", note: { note in notes.withLock { $0.append(note) } })
    #expect(report.status == .finished)
    let told = notes.withLock { $0 }.filter { $0.contains("is not finite") }
    #expect((1...3).contains(told.count), "\(told)")
    #expect(told[0].contains("the residual of 'bad' at (") && told[0].contains("from log(N + 2) = nan"))
    try train(problem, in: "cut", stoppingAfter: stop)
    let checkpoint = try Checkpoint(bytes: try fileBytes(folder["cut/checkpoint"]))
    #expect(checkpoint.vectors["theta"]?.allSatisfy(\.isFinite) == true)
    try train(problem, in: "cut", resumes: true, threads: 2)
    try expectEqual("cut", "whole")
  }

  @Test func `F17 what never becomes finite ends after three attempts, and keeps the last finite state`() throws {
    let text = RecoveryTests.pole.replacing("log(u) = -3", with: "log(u) = -100")
      .replacing("learning_rate = 0.5", with: "learning_rate = 1e6")
    let notes = Mutex<[String]>([])
    let report = try train(
      try experiment(text), in: "run", note: { note in notes.withLock { $0.append(note) } })
    #expect(report.status == .diverged)
    #expect(notes.withLock { $0 }.count { $0.contains("going on from before it with smaller steps") } == 3)
    for name in ["checkpoint", "checkpoint.previous"] {
      let checkpoint = try Checkpoint(bytes: try fileBytes(folder["run/\(name)"]))
      #expect(checkpoint.vectors["theta"]?.allSatisfy(\.isFinite) == true)
    }
    #expect(try readTable(path: folder["run/fields.csv"]).numbers("u").allSatisfy { $0.isFinite })
  }

  // MARK: F16

  @Test func `F16 every start is a segment with its machine, threads and iterations`() throws {
    let problem = try problem()
    try train(problem, in: "run", stoppingAfter: 3)
    try train(problem, in: "run", stoppingAfter: 2, resumes: true, threads: 3)
    // As if the third were killed: its record ends nowhere.
    let text = String(decoding: try fileBytes(folder["run/run.json"]), as: UTF8.self)
    folder.write(text.replacing("\"toIteration\" : 5,", with: ""), to: "run/run.json")
    try train(problem, in: "run", resumes: true, threads: 2)
    let record = try record("run")
    let segments = try #require(record.segments)
    #expect(segments.map(\.fromIteration) == [0, 3, 5] && segments.map(\.toIteration) == [3, 5, 8])
    #expect(segments.map(\.threads) == [1, 3, 2])
    #expect(segments.allSatisfy { $0.version == record.version && $0.host == record.host })
    #expect(record.startedAt == segments[0].startedAt)
  }
}

import Diagnostics
import Hashing
import Problems
import Tables
import Training

/// Writes what a trainer tells: `losses.csv` row by row, `timing.csv` beside it, checkpoints.
///
/// Wall-clock times stand in a file of their own, so that `losses.csv` is the same in every run of an experiment.
final class RunRecorder: TrainingObserver {
  private let folder: RunFolder
  private let options: RunOptions
  private let losses: CheckedWriter
  private let timing: CheckedWriter
  private let rows: CSVWriter
  private let times: CSVWriter
  private let configuration: String
  private let inputs: [RunRecord.InputFile]
  private var setup: TrainingSetup
  /// The slab of time under way, where it is cut into slabs; and what came of those before.
  private var slab: Int?
  private var finishedParts: [FinishedPart] = []
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let secondsBefore: Double
  private var lastCheckpoint: ContinuousClock.Instant
  private var lastFlush: ContinuousClock.Instant
  /// Requests for checkpoints that have been seen to.
  private var requestsServed: Int
  /// The name under which the rows so far are kept, where `losses.csv` was begun anew.
  let keptLosses: String?
  /// The first failure of writing; training ends with it.
  private(set) var failure: InputFailure?
  private var isFinished = false

  /// - Parameters: `configuration` is the resolved text; `resuming` the checkpoint to go on from: the files are cut back to
  ///   where they were then.
  /// - Throws: `.data` where the files do not begin with what they were then.
  init(
    folder: RunFolder, setup: TrainingSetup, hasSlabs: Bool = false, options: RunOptions, configuration: String,
    inputs: [RunRecord.InputFile], resuming: Checkpoint?
  ) throws(InputFailure) {
    self.folder = folder
    self.options = options
    self.configuration = configuration
    self.inputs = inputs
    self.setup = setup
    start = clock.now
    lastCheckpoint = start
    lastFlush = start
    requestsServed = options.checkpointRequests()
    secondsBefore = resuming?.vectors["run.seconds"]?.first ?? 0
    let header =
      ["iteration"] + (hasSlabs ? ["slab"] : []) + ["phase", "total"] + setup.loss.terms.map(\.name)
      + RunRecorder.heldoutColumns(setup) + ["gradient_norm", "step"] + setup.layout.unknowns.map(\.name)
      + (setup.changesWeights ? setup.loss.terms.map { "weight_\($0.name)" } : [])
      + (setup.pointWeights.method == "none" ? [] : ["least_point_weight"])
      + setup.constraintNames.map { "rms_\($0)" }
    (losses, timing, keptLosses) = try RunRecorder.files(in: folder, resuming, options)
    let continues = resuming != nil && keptLosses == nil
    let (lossFile, timeFile) = (losses, timing)
    rows = try writing { () throws(WriteFailure) in
      try CSVWriter(lossFile, header: header, continues: continues)
    }
    times = try writing { () throws(WriteFailure) in
      try CSVWriter(timeFile, header: ["iteration", "seconds"], continues: continues)
    }
  }

  var path: String { folder.path }

  /// Goes on with a slab of time, after those that are finished.
  func begin(slab number: Int, _ setup: TrainingSetup, after parts: [FinishedPart]) {
    slab = number
    self.setup = setup
    finishedParts = parts
  }

  /// The files of rows, new or as they were at a checkpoint.
  private static func files(
    in folder: RunFolder, _ checkpoint: Checkpoint?, _ options: RunOptions
  ) throws(InputFailure) -> (losses: CheckedWriter, timing: CheckedWriter, keptLosses: String?) {
    let names = ["losses", "timing"]
    if let checkpoint {
      var writers: [CheckedWriter] = []
      do throws(InputFailure) {
        for name in names { writers.append(try reopened(name, in: folder, checkpoint)) }
        return (writers[0], writers[1], nil)
      } catch {
        guard error.kind == .data, options.startsNewPart else { throw error }
      }
    }
    let kept = checkpoint == nil ? nil : try keepParts(names, in: folder)
    let writers = try names.map { name throws(InputFailure) in
      try writing { () throws(WriteFailure) in
        try folder.contents.writer("\(name).csv", mode: .replace, hashing: true)
      }
    }
    return (writers[0], writers[1], kept)
  }

  /// A file cut back to what it was at a checkpoint.
  ///
  /// - Throws: `.data` where it does not begin so.
  private static func reopened(
    _ name: String, in folder: RunFolder, _ checkpoint: Checkpoint
  ) throws(InputFailure) -> CheckedWriter {
    let file = "\(name).csv"
    let length = checkpoint.vectors["run.\(name)"]?.first.flatMap { Int(exactly: $0) } ?? 0
    let help = "train without --resume to start anew, or add --new-part to keep it as it is and begin another"
    guard exists(folder.file(file)) else {
      throw InputFailure(.data, "'\(folder.file(file))' is gone, which the checkpoint goes on with", help: help)
    }
    let hash = try fileHash(folder.file(file), first: length)
    guard hash.byteCount == length else {
      throw InputFailure(
        .data, "'\(folder.file(file))' is shorter than it was when the checkpoint was written", help: help)
    }
    // Checkpoints of format 1 have no hash.
    if let saved = checkpoint.texts["run.\(name)"], saved != hash.hexadecimal {
      throw InputFailure(
        .data, "'\(folder.file(file))' was changed since the checkpoint was written", help: help)
    }
    return try writing { () throws(WriteFailure) in
      let writer = try folder.contents.writer(file, mode: .append, hashing: true)
      try writer.truncate(toByteCount: length)
      writer.continue(from: hash)
      return writer
    }
  }

  /// Keeps files of rows under the first free names `<name>.part-<number>.csv`.
  ///
  /// - Returns: the name of the kept `losses.csv`.
  private static func keepParts(_ names: [String], in folder: RunFolder) throws(InputFailure) -> String {
    let taken = folder.contents.names()
    var number = 1
    while names.contains(where: { taken.contains("\($0).part-\(number).csv") }) { number += 1 }
    for name in names {
      try writing { () throws(WriteFailure) in
        try folder.contents.rename("\(name).csv", to: "\(name).part-\(number).csv", mayBeMissing: true)
      }
    }
    return "losses.part-\(number).csv"
  }

  static func heldoutColumns(_ setup: TrainingSetup) -> [String] {
    let kinds = setup.heldout.terms.map(\.kind)
    return (kinds.contains(.equation) ? ["heldout_residual"] : []) + (kinds.contains(.data) ? ["heldout_data"] : [])
  }

  /// Of training, stops left out.
  var seconds: Double { secondsBefore + secondsOfSegment }
  /// Since the run was started or taken up.
  var secondsOfSegment: Double { (clock.now - start).inSeconds }

  func didIterate(_ row: LossRow) {
    let now = seconds
    var cells: [CSVCell] = [.integer(row.iteration)]
    if let slab { cells.append(.integer(slab + 1)) }
    cells += [.integer(row.phase), .number(row.total)]
    cells += row.terms.map { .number($0) }
    for column in RunRecorder.heldoutColumns(setup) {
      cells.append(CSVCell(column == "heldout_data" ? row.heldoutData : row.heldoutResidual))
    }
    cells += [.number(row.gradientNorm), .number(row.step)]
    cells += (row.unknowns + row.weights).map { .number($0) }
    if let least = row.leastPointWeight { cells.append(.number(least)) }
    cells += row.constraintSizes.map { CSVCell($0) }
    let (rows, times, losses, timing) = (rows, times, losses, timing)
    let isTimeToFlush = (clock.now - lastFlush).inSeconds >= 1
    keep { () throws(WriteFailure) in
      try rows.write(cells)
      try times.write([.integer(row.iteration), .number((now * 1000).rounded() / 1000)])
      if isTimeToFlush {
        try losses.flush()
        try timing.flush()
      }
    }
    if isTimeToFlush { lastFlush = clock.now }
    options.progress(
      .iterated(row, iterationsInPhase: setup.phases[row.phase - 1].iterations, seconds: now))
  }

  func stopRequest() -> String? {
    if failure != nil { return "results cannot be written" }
    if let limit = options.maxSeconds, secondsOfSegment >= limit { return "time limit reached" }
    return options.stopRequest()
  }

  func wantsCheckpoint() -> Bool {
    options.checkpointRequests() != requestsServed
      || (clock.now - lastCheckpoint).inSeconds >= options.checkpointSeconds
  }

  func save(_ checkpoint: Checkpoint) {
    lastCheckpoint = clock.now
    let requests = options.checkpointRequests()
    if !isFinished {
      keep { () throws(WriteFailure) in
        try losses.synchronize()
        try timing.synchronize()
      }
    }
    guard failure == nil else { return }
    var checkpoint = checkpoint
    // A finished run is not resumed, and its checkpoint should not depend on the clock.
    if checkpoint.texts["status"] == nil {
      checkpoint.vectors["run.seconds"] = [seconds]
      checkpoint.vectors["run.losses"] = [Double(losses.byteCount)]
      checkpoint.vectors["run.timing"] = [Double(timing.byteCount)]
      checkpoint.texts["run.losses"] = losses.hash.hexadecimal
      checkpoint.texts["run.timing"] = timing.hash.hexadecimal
    }
    checkpoint.texts["configuration"] = configurationDigest(configuration)
    checkpoint.texts["configuration.text"] = configuration
    for (number, part) in finishedParts.enumerated() { part.write(to: &checkpoint, number: number) }
    for input in inputs { checkpoint.texts["input \(input.path)"] = input.checksum }
    checkpoint.texts["version"] = pinnVersion
    checkpoint.texts["architecture"] = machineArchitecture
    keep { () throws(WriteFailure) in
      try folder.contents.replace(
        RunFolder.checkpointName, keeping: RunFolder.previousCheckpointName, with: checkpoint.bytes())
    }
    if requests != requestsServed, failure == nil {
      requestsServed = requests
      let iteration = checkpoint.vectors["iteration"]?.first ?? 0
      options.note("checkpoint saved at iteration \(Int(iteration)), as asked")
    }
  }

  func didEnd(phase: Int, _ end: PhaseEnd) { options.progress(.endedPhase(phase, end)) }

  func didNote(_ text: String) { options.note(text) }

  /// Closes the files.
  func finish() {
    isFinished = true
    let (losses, timing) = (losses, timing)
    keep { () throws(WriteFailure) in
      try losses.close()
      try timing.close()
    }
  }

  private func keep(_ body: () throws(WriteFailure) -> Void) {
    guard failure == nil else { return }
    do throws(WriteFailure) {
      try body()
    } catch {
      failure = error.inputFailure
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

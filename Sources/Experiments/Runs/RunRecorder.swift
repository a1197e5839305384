import Diagnostics
import Problems
import Tables
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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
  private let setup: TrainingSetup
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let secondsBefore: Double
  private var lastCheckpoint: ContinuousClock.Instant
  private var lastFlush: ContinuousClock.Instant
  /// The first failure of writing; training ends with it.
  private(set) var failure: InputFailure?
  private var isFinished = false

  /// - Parameters: `resuming` is the checkpoint to go on from; the files are cut back to where they were then.
  init(
    folder: RunFolder, setup: TrainingSetup, options: RunOptions, configuration: String,
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
    secondsBefore = resuming?.vectors["run.seconds"]?.first ?? 0
    if resuming == nil { try folder.removeResults() }
    let mode: CheckedWriter.Mode = resuming == nil ? .replace : .append
    losses = try writing { () throws(WriteFailure) in try CheckedWriter(path: folder.file("losses.csv"), mode: mode) }
    timing = try writing { () throws(WriteFailure) in try CheckedWriter(path: folder.file("timing.csv"), mode: mode) }
    if let resuming {
      let (losses, timing) = (losses, timing)
      for (writer, key) in [(losses, "run.losses"), (timing, "run.timing")] {
        let length = resuming.vectors[key]?.first.flatMap { Int(exactly: $0) } ?? 0
        do throws(WriteFailure) {
          try writer.truncate(toByteCount: length)
        } catch {
          guard error.code == EINVAL else { throw error.inputFailure }
          throw InputFailure(
            .data, "'\(writer.path)' is shorter than it was when the checkpoint was written",
            help: "train without --resume to start anew")
        }
      }
    }
    let header =
      ["iteration", "phase", "total"] + setup.loss.terms.map(\.name)
      + RunRecorder.heldoutColumns(setup) + ["gradient_norm", "step"] + setup.layout.unknowns.map(\.name)
    let (lossFile, timeFile) = (losses, timing)
    rows = try writing { () throws(WriteFailure) in
      try CSVWriter(lossFile, header: header, continues: resuming != nil)
    }
    times = try writing { () throws(WriteFailure) in
      try CSVWriter(timeFile, header: ["iteration", "seconds"], continues: resuming != nil)
    }
  }

  static func heldoutColumns(_ setup: TrainingSetup) -> [String] {
    let kinds = setup.heldout.terms.map(\.kind)
    return (kinds.contains(.equation) ? ["heldout_residual"] : []) + (kinds.contains(.data) ? ["heldout_data"] : [])
  }

  var seconds: Double { secondsBefore + (clock.now - start).inSeconds }

  func didIterate(_ row: LossRow) {
    let now = seconds
    var cells: [CSVCell] = [.integer(row.iteration), .integer(row.phase), .number(row.total)]
    cells += row.terms.map { .number($0) }
    for column in RunRecorder.heldoutColumns(setup) {
      cells.append(CSVCell(column == "heldout_data" ? row.heldoutData : row.heldoutResidual))
    }
    cells += [.number(row.gradientNorm), .number(row.step)]
    cells += row.unknowns.map { .number($0) }
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
    if let limit = options.maxSeconds, (clock.now - start).inSeconds >= limit { return "time limit reached" }
    return options.stopRequest()
  }

  func wantsCheckpoint() -> Bool { (clock.now - lastCheckpoint).inSeconds >= options.checkpointSeconds }

  func save(_ checkpoint: Checkpoint) {
    lastCheckpoint = clock.now
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
    }
    checkpoint.texts["configuration"] = configuration
    for input in inputs { checkpoint.texts["input \(input.path)"] = input.checksum }
    checkpoint.texts["version"] = pinnVersion
    let path = folder.file(RunFolder.checkpointName)
    keep { () throws(WriteFailure) in try atomicallyReplace(path, with: checkpoint.bytes()) }
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

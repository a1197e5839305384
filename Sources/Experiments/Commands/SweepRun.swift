package import Diagnostics
package import Kernels
import Synchronization
package import Tables
import Training

/// How a sweep is carried out; nothing here changes a row but where its run is stopped.
package struct SweepOptions: Sendable {
  /// Members trained at the same time.
  package var jobs: Int
  /// Threads of each.
  package var threads: Int
  package var instructionSet: InstructionSet
  /// The most seconds that each may take; nil for no limit.
  package var maxSeconds: Double?
  /// Seconds between two checkpoints of a member.
  package var checkpointSeconds: Double
  /// How many members may fail or diverge before the sweep is stopped; nil for any number.
  package var failureLimit: Int?
  /// A reason to stop now, or nil; from the first reason on it is always asked for.
  package var stopRequest: @Sendable () -> String?
  /// How often a checkpoint of all members under way was asked for so far.
  package var checkpointRequests: @Sendable () -> Int
  /// Told about every member that has ended, from any thread but one at a time.
  package var progress: @Sendable (SweepProgress) -> Void

  package init(
    jobs: Int, threads: Int, instructionSet: InstructionSet = .best, maxSeconds: Double? = nil,
    checkpointSeconds: Double = 30, failureLimit: Int? = nil,
    stopRequest: @escaping @Sendable () -> String? = { nil },
    checkpointRequests: @escaping @Sendable () -> Int = { 0 },
    progress: @escaping @Sendable (SweepProgress) -> Void = { _ in }
  ) {
    self.jobs = jobs
    self.threads = threads
    self.instructionSet = instructionSet
    self.maxSeconds = maxSeconds
    self.checkpointSeconds = checkpointSeconds
    self.failureLimit = failureLimit
    self.stopRequest = stopRequest
    self.checkpointRequests = checkpointRequests
    self.progress = progress
  }
}

/// What is told when a member has ended.
package struct SweepProgress: Sendable {
  package var row: SweepRow
  /// Members that have ended, this one included.
  package var doneCount: Int
  package var memberCount: Int
  /// How long the others will take, from those trained so far; nil where none was, or none is left.
  package var secondsLeft: Double?
}

/// What a sweep came to.
package struct SweepReport: Sendable {
  package var folder: String
  /// Members that failed or diverged.
  package var failureCount = 0
  /// Members stopped by the time limit.
  package var stoppedCount = 0
  /// Members that finished but do not meet the requirements of the file.
  package var missedCount = 0
  /// Members without a row, because the sweep was stopped.
  package var openCount = 0
  /// Why nothing more was printed; the sweep is stopped then.
  package var outputFailure: WriteFailure?
}

/// Trains the members of a sweep and writes its table, to `output`, where there is one, and into the folder.
///
/// A row is written as soon as its member and all before it have ended. When the sweep is stopped, the rows of members that
/// had ended before follow; members that were stopped in between save their state and have no row. Members that were
/// complete before are not trained again. A member that fails does not disturb the others.
///
/// - Throws: failures of the sweep's own files; those of members are rows, those of `output` are returned.
package func runSweep(
  _ sweep: Sweep, columns: SweepColumns, in folder: SweepFolder, options: SweepOptions, output: sending CheckedWriter?
) throws(InputFailure) -> SweepReport {
  let partial = try folder.partialTable()
  let board = SweepBoard(sweep, columns, options: options, output: output, file: partial)
  if board.isStopped { return try board.finish(folder) }
  WorkerPool(threadCount: min(options.jobs, sweep.members.count)).run(count: sweep.members.count) { item, _ in
    guard !board.isStopped else { return }
    let member = sweep.members[item]
    if let row = trainedRow(member, in: folder, options: options, board: board) {
      board.post(row, at: item)
    }
  }
  return try board.finish(folder)
}

/// Trains a member, or takes it as it is where it is complete; nil where it was stopped on request.
private func trainedRow(
  _ member: SweepMember, in folder: SweepFolder, options: SweepOptions, board: SweepBoard
) -> SweepRow? {
  let path = folder.contents.file(folder.runFolder(of: member))
  do throws(InputFailure) {
    let runOptions = RunOptions(
      folder: folder.runFolder(of: member), parent: folder.contents, threads: options.threads,
      instructionSet: options.instructionSet, resumes: !lacksResults(path), maxSeconds: options.maxSeconds,
      checkpointSeconds: options.checkpointSeconds, fileSystem: folder.contents.fileSystem,
      stopRequest: { board.stopReason }, checkpointRequests: options.checkpointRequests)
    let report = try train(member.experiment, options: runOptions)
    if report.status == .stopped, let reason = board.stopReason, report.phaseEnds.last == .stopped(reason) {
      return nil
    }
    return try SweepRow(member, report: report)
  } catch {
    return SweepRow(member, folder: path, failure: error)
  }
}

/// Whether the last run in the folder was killed between its last checkpoint, which says that training is over, and the
/// last of its tables: only training it anew brings them.
private func lacksResults(_ path: String) -> Bool {
  guard let checkpoint = try? readCheckpoint(inFolder: path),
    let status = checkpoint.texts["status"].flatMap(RunStatus.init(rawValue:)), status != .stopped
  else { return false }
  let record = (try? fileBytes(path + "/" + RunFolder.recordName)).flatMap { RunRecord(json: $0) }
  return record?.status != status.rawValue
}

/// Where the workers of a sweep put their rows.
private final class SweepBoard: Sendable {
  private struct State {
    var rows: [SweepRow?]
    /// Rows before this one are written.
    var next = 0
    var doneCount = 0
    var trainedCount = 0
    var failureCount = 0
    var output: CSVWriter?
    var file: CSVWriter?
    var outputFailure: WriteFailure?
    var fileFailure: WriteFailure?
    var stopReason: String?
  }

  private let columns: SweepColumns
  private let options: SweepOptions
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Writes the header lines.
  init(
    _ sweep: Sweep, _ columns: SweepColumns, options: SweepOptions, output: sending CheckedWriter?,
    file: sending CheckedWriter
  ) {
    self.columns = columns
    self.options = options
    var state = State(rows: sweep.members.map { _ in nil })
    let header = columns.header
    do throws(WriteFailure) {
      if let output { state.output = try CSVWriter(output, header: header, flushesRows: true) }
    } catch {
      state.outputFailure = error
      state.stopReason = "the table cannot be written"
    }
    do throws(WriteFailure) {
      state.file = try CSVWriter(file, header: header, flushesRows: true)
    } catch {
      state.fileFailure = error
      state.stopReason = "the table cannot be written"
    }
    self.state = Mutex(state)
  }

  /// Why no more is to be trained, or nil.
  var stopReason: String? { state.withLock { $0.stopReason } ?? options.stopRequest() }

  var isStopped: Bool { stopReason != nil }

  func post(_ row: SweepRow, at item: Int) {
    state.withLock { state in
      state.rows[item] = row
      state.doneCount += 1
      if !row.wasFinished { state.trainedCount += 1 }
      if row.status == .failed || row.status == .diverged {
        state.failureCount += 1
        if let limit = options.failureLimit, state.failureCount >= limit, state.stopReason == nil {
          state.stopReason = state.failureCount == 1 ? "a member failed" : "\(state.failureCount) members failed"
        }
      }
      while state.next < state.rows.count, let row = state.rows[state.next] {
        write(row, &state)
        state.next += 1
      }
      let left = state.rows.count - state.doneCount
      let seconds = (ContinuousClock.now - start).inSeconds
      options.progress(
        SweepProgress(
          row: row, doneCount: state.doneCount, memberCount: state.rows.count,
          secondsLeft: state.trainedCount > 0 && left > 0
            ? seconds / Double(state.trainedCount) * Double(left) : nil))
    }
  }

  private func write(_ row: SweepRow, _ state: inout State) {
    let cells = columns.cells(row)
    if let output = state.output, state.outputFailure == nil {
      do throws(WriteFailure) {
        try output.write(cells)
      } catch {
        state.outputFailure = error
        state.stopReason = state.stopReason ?? "the table cannot be written"
      }
    }
    if let file = state.file, state.fileFailure == nil {
      do throws(WriteFailure) {
        try file.write(cells)
      } catch {
        state.fileFailure = error
        state.stopReason = state.stopReason ?? "the table cannot be written"
      }
    }
  }

  /// Writes what is left of the tables, when no worker works any more.
  func finish(_ folder: SweepFolder) throws(InputFailure) -> SweepReport {
    let (report, fileFailure) = state.withLock { state in
      for row in state.rows[state.next...] {
        if let row { write(row, &state) }
      }
      state.next = state.rows.count
      if let file = state.file, state.fileFailure == nil {
        do throws(WriteFailure) {
          try file.output.close()
        } catch {
          state.fileFailure = error
        }
      }
      let rows = state.rows.compactMap { $0 }
      let report = SweepReport(
        folder: folder.path, failureCount: state.failureCount,
        stoppedCount: rows.count { $0.status == .stopped }, missedCount: rows.count { $0.missedCount > 0 },
        openCount: state.rows.count - rows.count, outputFailure: state.outputFailure)
      return (report, state.fileFailure)
    }
    if let fileFailure { throw fileFailure.inputFailure }
    if report.openCount == 0 { try folder.publishTable() }
    return report
  }
}

import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Kernels
import Logging
import Tables
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains an experiment; prints the path of the run folder.")

  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var running: RunningOptions

  func run() throws {
    let report = try runTraining(try configuration.experiment(), running)
    do throws(WriteFailure) {
      try Terminal.results { writer throws(WriteFailure) in try writer.write(report.folder + "\n") }
    } catch {
      // Ctrl-C ends the other programs of a pipe too: that nobody reads any more is no news then.
      guard error.isBrokenPipe, report.status == .stopped else { throw error }
    }
    finish(report)
  }
}

/// Trains with progress on standard error.
func runTraining(_ experiment: Experiment, _ running: RunningOptions) throws -> RunReport {
  let progress = ProgressDisplay(quiet: running.quiet)
  let report = try train(experiment, options: runOptions(running, progress))
  progress.conclude(report)
  return report
}

/// How to run, with progress shown and signals heard.
func runOptions(_ running: RunningOptions, _ progress: ProgressDisplay) -> RunOptions {
  StopSignals.listen()
  let logger = running.logger
  logger.debug(
    "kernels",
    metadata: [
      "instruction set": "\(running.processors.instructions.set.rawValue)",
      "threads": "\(running.processors.threadCount)",
    ])
  return RunOptions(
    folder: running.folder, threads: running.processors.threadCount,
    instructionSet: running.processors.instructions.set,
    resumes: running.resume, allowsChanges: running.allowsChanges, startsNewPart: running.startsNewPart,
    maxSeconds: running.maxSeconds, checkpointSeconds: running.checkpointSeconds, memory: running.memory.limit,
    fileSystem: TestFault.fileSystem,
    stopRequest: { StopSignals.request }, checkpointRequests: { StopSignals.checkpointRequests },
    progress: { event in
      progress.show(event)
      if case .iterated(let row, _, let seconds) = event {
        logger.trace(
          "iteration",
          metadata: [
            "number": "\(row.iteration)", "phase": "\(row.phase)", "loss": "\(row.total)", "step": "\(row.step)",
            "seconds": "\(short(seconds))",
          ])
      }
    }, note: { progress.note($0) })
}

/// Ends the process with the status a run deserves; returns where that is 0.
func finish(_ report: RunReport) {
  switch report.status {
  case .diverged:
    Terminal.complain(
      escapingControls(
        "error: training diverged: \(report.phaseEnds.last?.sentence ?? "in an earlier session")"))
    exit(ExitStatus.diverged)
  case .stopped:
    if StopSignals.wasInterrupted {
      signal(SIGINT, SIG_DFL)
      raise(SIGINT)
    }
    exit(ExitStatus.stoppedEarly)
  case .finished: if !report.missed.isEmpty { exit(ExitStatus.requirementMissed) }
  }
}

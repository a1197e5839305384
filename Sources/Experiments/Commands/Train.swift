package import Configurations
package import Diagnostics
import Kernels
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

/// Trains an experiment and writes its run folder.
///
/// - Throws: wrong input before training starts; failures of writing whenever they come.
package func train(_ experiment: Experiment, options: RunOptions) throws(InputFailure) -> RunReport {
  let problem = try AssembledProblem(experiment)
  for note in problem.notes { options.note(note) }
  let text = tomlText(of: experiment.resolved)
  let digest = hexadecimal(Checkpoint.checksum(Array(text.utf8)[...]))
  let path = options.folder ?? "runs/\(fileName(from: experiment.name))-\(digest.prefix(8))"
  let folder = try RunFolder(creating: path)
  let inputs = try inputFiles(experiment)
  let checkpoint = options.resumes ? try savedCheckpoint(in: folder, configuration: digest, inputs: inputs) : nil
  if let checkpoint, checkpoint.texts["status"] != nil,
    let status = RunStatus(rawValue: checkpoint.texts["status"] ?? ""), status != .stopped
  {
    return try RunReport(finishedIn: folder, status: status, experiment: experiment)
  }
  let earlier = (try? fileBytes(folder.file(RunFolder.recordName))).flatMap { RunRecord(json: $0) }
  if let earlier, earlier.configuration != digest {
    options.note("replacing the run of another configuration in '\(path)', started at \(earlier.startedAt)")
  }
  try writing { () throws(WriteFailure) in
    try atomicallyReplace(folder.file(RunFolder.configurationName), with: text)
  }
  let run = try Run(
    problem: problem, folder: folder, options: options, digest: digest, inputs: inputs, resuming: checkpoint,
    startedAt: checkpoint == nil ? nil : earlier?.startedAt)
  return try run.carryOut()
}

/// The checkpoint of a folder, for resuming; nil where there is none yet.
///
/// - Throws: `.data` where it is damaged or belongs to another configuration.
private func savedCheckpoint(
  in folder: RunFolder, configuration: String, inputs: [RunRecord.InputFile]
) throws(InputFailure) -> Checkpoint? {
  let path = folder.file(RunFolder.checkpointName)
  guard access(path, F_OK) == 0 else { return nil }
  let checkpoint = try readCheckpoint(path)
  guard checkpoint.texts["configuration"] == configuration else {
    throw InputFailure(
      .data, "the checkpoint in '\(folder.path)' belongs to another configuration",
      help: "train without --resume to start anew, or give another folder with --out")
  }
  for input in inputs where checkpoint.texts["input \(input.path)"] != input.checksum {
    throw InputFailure(
      .data, "'\(input.path)' has changed since the checkpoint in '\(folder.path)' was written",
      help: "train without --resume to start anew, or give another folder with --out")
  }
  return checkpoint
}

/// The files that training reads, with checksums.
private func inputFiles(_ experiment: Experiment) throws(InputFailure) -> [RunRecord.InputFile] {
  var inputs: [RunRecord.InputFile] = []
  for file in experiment.dataFiles + experiment.references.compactMap(\.file?.text) {
    inputs.append(
      RunRecord.InputFile(path: file, checksum: hexadecimal(Checkpoint.checksum(try fileBytes(file)[...]))))
  }
  return inputs
}

/// Reads a checkpoint file.
func readCheckpoint(_ path: String) throws(InputFailure) -> Checkpoint {
  let bytes = try fileBytes(path)
  do throws(Checkpoint.Failure) {
    return try Checkpoint(bytes: bytes)
  } catch {
    let reason =
      switch error {
      case .notACheckpoint: "it is not a checkpoint of pinn"
      case .otherVersion(let version):
        "it has format \(version), this program reads format \(Checkpoint.formatVersion)"
      case .damaged: "it is damaged"
      }
    throw InputFailure(.data, "cannot use the checkpoint '\(path)': \(reason)")
  }
}

/// The bytes of a file.
///
/// - Throws: `.missingInput` where it cannot be read.
package func fileBytes(_ path: String) throws(InputFailure) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw InputFailure(.missingInput, "cannot read '\(path)': \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count == 0 { return bytes }
    if count < 0 {
      if errno == EINTR { continue }
      throw InputFailure(.missingInput, "cannot read '\(path)': \(String(cString: strerror(errno)))")
    }
    bytes += buffer[..<count]
  }
}

func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// One training run from its first row to its last table.
private struct Run {
  let problem: AssembledProblem
  let folder: RunFolder
  let options: RunOptions
  let digest: String
  let pool: WorkerPool
  let recorder: RunRecorder
  let trainer: Trainer
  var record: RunRecord

  init(
    problem: AssembledProblem, folder: RunFolder, options: RunOptions, digest: String,
    inputs: [RunRecord.InputFile], resuming: Checkpoint?, startedAt: String?
  ) throws(InputFailure) {
    self.problem = problem
    self.folder = folder
    self.options = options
    self.digest = digest
    let experiment = problem.experiment
    pool = WorkerPool(threadCount: options.threads, instructionSet: options.instructionSet)
    recorder = try RunRecorder(
      folder: folder, setup: problem.setup, options: options, configuration: digest, inputs: inputs,
      resuming: resuming)
    trainer = Trainer(
      setup: problem.setup, pool: pool, observer: recorder)
    if let resuming {
      guard trainer.restore(resuming) else {
        throw InputFailure(.data, "the checkpoint in '\(folder.path)' does not fit this experiment")
      }
    }
    record = RunRecord(
      status: "running", configuration: digest, experiment: experiment, phases: problem.setup.phases,
      threads: options.threads,
      instructionSet: options.instructionSet.rawValue, parameters: problem.setup.layout.count, inputs: inputs)
    if let startedAt { record.startedAt = startedAt }
    try writeRecord()
    options.progress(
      .began(
        folder: folder.path, parameters: problem.setup.layout.count,
        residuals: problem.setup.loss.residualCounts.reduce(0, +), terms: problem.setup.loss.terms.map(\.name),
        unknowns: experiment.unknowns.map(\.name), phases: problem.setup.phases.map(\.method.rawValue)))
  }

  private func writeRecord() throws(InputFailure) {
    try writing { () throws(WriteFailure) in
      try atomicallyReplace(folder.file(RunFolder.recordName), with: record.json())
    }
  }

  consuming func carryOut() throws(InputFailure) -> RunReport {
    let result = trainer.run()
    let status: RunStatus = result.diverged ? .diverged : result.wasStopped ? .stopped : .finished
    recorder.finish()
    if let failure = recorder.failure { throw failure }
    let metrics = try writeResults(result)
    if status != .diverged, let doubt = doubtfulResidual(result, metrics) { options.note(doubt) }
    record.status = status.rawValue
    record.iterations = result.iterations
    record.seconds = recorder.seconds
    for (number, end) in result.phaseEnds.enumerated() { record.phases[number].stopReason = end.sentence }
    try writeRecord()
    // Last of all: a checkpoint that says "finished" vouches for the tables.
    if status != .stopped {
      recorder.save(
        Checkpoint(
          vectors: ["theta": result.parameters, "iteration": [Double(result.iterations)]],
          texts: ["status": status.rawValue]))
      if let failure = recorder.failure { throw failure }
    }
    return RunReport(
      folder: folder.path, status: status, metrics: metrics, phaseEnds: result.phaseEnds,
      missed: missedRequirements(problem.experiment, metrics), wasFinished: false)
  }

  /// A small loss is not a small error: what to say where the equations hold at the points trained on and not between.
  private func doubtfulResidual(
    _ result: TrainingResult, _ metrics: [(name: String, value: Double)]
  ) -> String? {
    guard let heldout = metrics.first(where: { $0.name == "heldout_residual" })?.value else { return nil }
    let setup = problem.setup
    let trained = setup.loss.terms.indices.filter { setup.loss.terms[$0].kind == .equation }
      .reduce(0) { $0 + setup.weights[$1] * result.terms[$1] }
    guard trained > 0, heldout > Run.doubtfulRatio * trained else { return nil }
    let ratio = heldout / trained
    let times = ratio < 1e6 ? "\(Int(ratio.rounded()))" : "more than a million"
    return
      "the residual at held-out points is \(times) times that at the points trained on: more points in [sampling] interior would help more than more iterations"
  }

  /// Of held-out to trained mean squares; a well sampled equation has about 1.
  private static let doubtfulRatio = 100.0

  private func writeResults(_ result: TrainingResult) throws(InputFailure) -> [(name: String, value: Double)] {
    let evaluator = FieldEvaluator(solution: problem.solution, parameters: result.parameters, pool: pool)
    let tables = RunResults(problem: problem, parameters: result.parameters, evaluator: evaluator)
    try writeTable(
      header: RunResults.parameterHeader, rows: tables.parameterRows(), to: folder.file("parameters.csv"))
    try tables.writeFields(to: folder.file("fields.csv"))
    var metrics: [(name: String, value: Double)] = [("total_loss", result.total)]
    metrics += zip(problem.setup.loss.terms, result.terms).map { ("loss_\($0.name)", $1) }
    if let heldout = trainer.heldoutMeans(result.parameters) {
      if let residual = heldout.residual { metrics.append(("heldout_residual", residual)) }
      if let data = heldout.data { metrics.append(("heldout_rmse", data.squareRoot())) }
    }
    metrics += fieldMetrics(problem.solution, references: problem.references, evaluator: evaluator)
    metrics += unknownMetrics(problem.solution, result.parameters)
    try writeTable(
      header: ["name", "value"], rows: metrics.map { [.text($0.name), .number($0.value)] },
      to: folder.file("metrics.csv"))
    return metrics
  }
}

/// The requirements that the metrics do not meet, as sentences.
private func missedRequirements(
  _ experiment: Experiment, _ metrics: [(name: String, value: Double)]
) -> [String] {
  experiment.requirements.compactMap { name, bound in
    guard let metric = metrics.first(where: { $0.name == name.name }) else {
      return "there is no metric '\(name.name)'; metrics are \(metrics.map(\.name).joined(separator: ", "))"
    }
    return metric.value <= bound
      ? nil : "\(metric.name) is \(shortestDecimal(metric.value)), required at most \(shortestDecimal(bound))"
  }
}

extension RunReport {
  /// The report of a run that was complete before.
  fileprivate init(finishedIn folder: RunFolder, status: RunStatus, experiment: Experiment) throws(InputFailure) {
    let table = try readTable(path: folder.file("metrics.csv"))
    let metrics = Array(zip(try table.texts("name"), try table.numbers("value", allowing: .nonFinite)))
    self.init(
      folder: folder.path, status: status, metrics: metrics.map { (name: $0, value: $1) }, phaseEnds: [],
      missed: missedRequirements(experiment, metrics.map { (name: $0, value: $1) }), wasFinished: true)
  }
}

package import Configurations
package import Diagnostics
import Hashing
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
  try MemoryEstimate.checkLeast(experiment, against: options.memory)
  let problem = try AssembledProblem(experiment)
  try MemoryEstimate(problem, threads: options.threads).check(against: options.memory)
  for note in problem.notes { options.note(note) }
  let text = tomlText(of: experiment.resolved)
  let digest = configurationDigest(text)
  let path = options.folder ?? "runs/\(fileName(from: experiment.name))-\(digest.prefix(8))"
  let folder = try RunFolder(creating: path, below: options.parent, fileSystem: options.fileSystem)
  let inputs = try inputFiles(experiment)
  var saved = options.resumes ? try SavedState(in: folder) : nil
  try saved?.check(
    configuration: text, digest: digest, inputs: inputs, in: folder, allowsChanges: options.allowsChanges)
  for note in saved?.notes ?? [] { options.note(note) }
  if let status = saved?.endStatus {
    if !exists(folder.file(RunManifest.name)) { try RunManifest(of: folder).write(to: folder) }
    return try RunReport(finishedIn: folder, status: status, experiment: experiment)
  }
  let earlier = (try? fileBytes(folder.file(RunFolder.recordName))).flatMap { RunRecord(json: $0) }
  if let earlier, earlier.configuration != digest, saved == nil {
    options.note("replacing the run of another configuration in '\(path)', started at \(earlier.startedAt)")
  }
  // What belongs to another configuration goes before this one comes.
  if saved == nil { try folder.removeResults() }
  try folder.replace(RunFolder.configurationName, with: text)
  let run = try Run(
    problem: problem, folder: folder, options: options, text: text, inputs: inputs, resuming: saved,
    earlier: saved == nil ? nil : earlier)
  return try run.carryOut()
}

/// The files that training reads, with checksums.
private func inputFiles(_ experiment: Experiment) throws(InputFailure) -> [RunRecord.InputFile] {
  var inputs: [RunRecord.InputFile] = []
  for file in experiment.dataFiles + experiment.comparedFiles {
    inputs.append(RunRecord.InputFile(path: file, checksum: try fileHash(file).hexadecimal))
  }
  return inputs
}

/// One training run from its first row to its last table.
private struct Run {
  let problem: AssembledProblem
  let folder: RunFolder
  let options: RunOptions
  let pool: WorkerPool
  let recorder: RunRecorder
  let training: TrainingSequence
  var record: RunRecord

  init(
    problem: AssembledProblem, folder: RunFolder, options: RunOptions, text: String, inputs: [RunRecord.InputFile],
    resuming saved: SavedState?, earlier: RunRecord?
  ) throws(InputFailure) {
    self.problem = problem
    self.folder = folder
    self.options = options
    let experiment = problem.experiment
    pool = WorkerPool(threadCount: options.threads, instructionSet: options.instructionSet)
    recorder = try RunRecorder(
      folder: folder, setup: problem.setup, hasSlabs: experiment.slabbedVariable != nil, options: options,
      configuration: text, inputs: inputs, resuming: saved?.checkpoint)
    training = try TrainingSequence(problem, pool: pool, recorder: recorder, resuming: saved?.checkpoint)
    // Short trainings come before the first slab alone.
    let later = (TimeSlabs(experiment)?.count ?? 1) - 1
    let repeated = (0..<later).flatMap { _ in problem.setup.phases.filter { !$0.isTrial } }
    record = RunRecord(
      status: "running", configuration: configurationDigest(text), experiment: experiment,
      phases: problem.setup.phases + repeated, threads: options.threads,
      instructionSet: options.instructionSet.rawValue, parameters: problem.setup.layout.count, inputs: inputs)
    record.begin(
      after: earlier, at: saved?.iteration ?? 0, changedKeys: saved?.changedKeys ?? [], keptLosses: recorder.keptLosses)
    try writing { () throws(WriteFailure) in try folder.contents.remove(RunManifest.name) }
    try writeRecord()
    options.progress(
      .began(
        folder: folder.path, parameters: problem.setup.layout.count,
        residuals: problem.setup.loss.residualCounts.reduce(0, +), terms: problem.setup.loss.terms.map(\.name),
        unknowns: experiment.unknowns.map(\.name), phases: problem.setup.phases.map(\.method.rawValue)))
  }

  private func writeRecord() throws(InputFailure) { try folder.replace(RunFolder.recordName, with: record.json()) }

  consuming func carryOut() throws(InputFailure) -> RunReport {
    let (result, heldout) = try training.run()
    let status: RunStatus = result.diverged ? .diverged : result.wasStopped ? .stopped : .finished
    recorder.finish()
    if let failure = recorder.failure { throw failure }
    let estimates = status == .finished ? self.estimates(result) : nil
    let metrics = try writeResults(result, heldout, estimates)
    if status != .diverged, let doubt = doubtfulResidual(result, metrics) { options.note(doubt) }
    record.status = status.rawValue
    record.iterations = result.iterations
    record.seconds = recorder.seconds
    record.endSegment(at: result.iterations, seconds: recorder.secondsOfSegment)
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
    try RunManifest(of: folder).write(to: folder)
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

  /// The errors of what was estimated, with what is to be said about them; nil where there is nothing to say.
  ///
  /// A problem without unknowns has bands of its fields alone, and only where the noise of its data is known.
  private func estimates(_ result: TrainingResult) -> Estimates? {
    let experiment = problem.experiment
    guard !experiment.unknowns.isEmpty || experiment.dataSets.contains(where: { $0.sigma != nil }) else { return nil }
    switch Estimates.at(result.parameters, of: problem, pool: pool) {
    case .found(let estimates):
      for note in experiment.unknowns.isEmpty ? [] : estimates.notes { options.note(note) }
      return estimates
    case .none(let reason):
      if !experiment.unknowns.isEmpty { options.note("the estimates have no standard errors: \(reason)") }
      return nil
    }
  }

  private func writeResults(
    _ result: TrainingResult, _ heldout: (residual: Double?, data: Double?)?, _ estimates: Estimates?
  ) throws(InputFailure) -> [(name: String, value: Double)] {
    let evaluator = try training.evaluator(result)
    let tables = RunResults(
      problem: problem, parameters: result.parameters, evaluator: evaluator, estimates: estimates)
    try writeTable(
      header: RunResults.parameterHeader, rows: tables.parameterRows(), to: "parameters.csv", in: folder)
    if let estimates, estimates.lines.count > 1 {
      let table = estimates.correlationTable
      try writeTable(header: table.header, rows: table.rows, to: "correlation.csv", in: folder)
    }
    try tables.writeFields(to: "fields.csv", in: folder)
    var metrics: [(name: String, value: Double)] = [("total_loss", result.total)]
    metrics += zip(problem.setup.loss.terms, result.terms).map { ("loss_\($0.name)", $1) }
    if let heldout {
      if let residual = heldout.residual { metrics.append(("heldout_residual", residual)) }
      if let data = heldout.data { metrics.append(("heldout_rmse", data.squareRoot())) }
    }
    metrics += fieldMetrics(problem.solution, references: problem.references, evaluator: evaluator)
    var states: [[Double]] = []
    if let rollout = problem.rollout {
      let solution = rollout.integrated(evaluator)
      if let note = solution.note { options.note(note) }
      try rollout.write(solution.states, to: folder)
      metrics += rolloutMetrics(rollout, states: solution.states)
      states = solution.states
    }
    metrics += problem.metrics.map { ($0.name, $0.value(evaluator, states: states)) }
    metrics += unknownMetrics(problem.solution, result.parameters)
    try writeTable(
      header: ["name", "value"], rows: metrics.map { [.text($0.name), .number($0.value)] },
      to: "metrics.csv", in: folder)
    return metrics
  }
}

/// The requirements that the metrics do not meet, as sentences.
private func missedRequirements(
  _ experiment: Experiment, _ metrics: [(name: String, value: Double)]
) -> [String] {
  experiment.requirements.compactMap { name, bounds in
    guard let metric = metrics.first(where: { $0.name == name.name }) else {
      return "there is no metric '\(name.name)'; metrics are \(metrics.map(\.name).joined(separator: ", "))"
    }
    let found = "\(metric.name) is \(shortestDecimal(metric.value)), required at"
    // Written so that NaN meets no bound.
    if let upper = bounds.upper, !(metric.value <= upper) { return "\(found) most \(shortestDecimal(upper))" }
    if let lower = bounds.lower, !(metric.value >= lower) { return "\(found) least \(shortestDecimal(lower))" }
    return nil
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

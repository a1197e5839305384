import Diagnostics
import Kernels
import Training

/// Trains a problem: slab by slab where its time is cut, else at once.
///
/// A slab has the parameters of its own that all phases make of those of the slab before. It is assembled when that one is
/// finished, since its start is the end of that.
final class TrainingSequence {
  private let problem: AssembledProblem
  private let slabs: TimeSlabs?
  private let pool: WorkerPool
  private let recorder: RunRecorder
  private var parts: [FinishedPart] = []
  private var finished: [FinishedSlab] = []
  private var current: AssembledProblem
  private var trainer: Trainer

  /// - Parameter checkpoint: what to go on from.
  /// - Throws: `.data` where the checkpoint does not fit.
  init(
    _ problem: AssembledProblem, pool: WorkerPool, recorder: RunRecorder, resuming checkpoint: Checkpoint?
  ) throws(InputFailure) {
    self.problem = problem
    self.pool = pool
    self.recorder = recorder
    slabs = TimeSlabs(problem.experiment)
    current = problem
    trainer = Trainer(setup: problem.setup, pool: pool, observer: recorder)
    if slabs != nil { try begin() }
    for part in checkpoint.map(FinishedPart.all) ?? [] { try begin(after: part) }
    if let checkpoint, !trainer.restore(checkpoint) {
      throw InputFailure(.data, "the checkpoint in '\(recorder.path)' does not fit this experiment")
    }
  }

  /// Takes up the next slab.
  private func begin(after part: FinishedPart? = nil) throws(InputFailure) {
    guard let slabs else { return }
    if let part {
      guard parts.count + 1 < slabs.count, part.parameters.count == current.setup.layout.count else {
        throw InputFailure(.data, "the checkpoint in '\(recorder.path)' does not fit this experiment")
      }
      parts.append(part)
      finished.append(slabs.finished(current.solution, part.parameters, pool.instructionSet))
    }
    current = try AssembledProblem(slabs.experiment(ofSlab: parts.count), after: finished.last)
    current.setup.warmStart = part?.parameters
    current.setup.iterationsBefore = part?.iterations ?? 0
    recorder.begin(slab: parts.count, current.setup, after: parts)
    trainer = Trainer(setup: current.setup, pool: pool, observer: recorder)
  }

  /// Trains what is left.
  ///
  /// - Returns: the parameters at the end, and means over slabs of what the terms are, which are those over all of the
  ///   time; all of those slabs that were begun.
  func run() throws(InputFailure) -> (result: TrainingResult, heldout: (residual: Double?, data: Double?)?) {
    guard let slabs else { return train() }
    while true {
      recorder.didNote(slabs.text(parts.count))
      let (result, heldout) = train()
      let part = FinishedPart(result, heldout: heldout?.residual)
      if result.wasStopped || result.diverged || parts.count + 1 == slabs.count {
        return (mean(parts + [part], last: result), heldoutMean(parts + [part]))
      }
      try begin(after: part)
    }
  }

  /// Trains the slab under way, and looks at what only its own points and parameters tell.
  private func train() -> (result: TrainingResult, heldout: (residual: Double?, data: Double?)?) {
    let result = trainer.run()
    if !result.wasStopped, !result.diverged {
      let refinement = ConditionRefinement(current.setup, parameters: result.parameters, pool: pool)
      if let doubt = refinement.note(trained: result.terms) { recorder.didNote(doubt) }
    }
    return (result, trainer.heldoutMeans(result.parameters))
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  private func mean(_ parts: [FinishedPart], last: TrainingResult) -> TrainingResult {
    var result = last
    result.phaseEnds = parts.flatMap(\.phaseEnds)
    result.terms = last.terms.indices.map { term in TrainingSequence.mean(parts.map { $0.terms[term] }) }
    result.total = TrainingSequence.mean(parts.map(\.total))
    return result
  }

  private func heldoutMean(_ parts: [FinishedPart]) -> (residual: Double?, data: Double?)? {
    let heldout = parts.compactMap(\.heldout)
    return heldout.isEmpty ? nil : (TrainingSequence.mean(heldout), nil)
  }

  /// The fields of the parameters that training came to.
  func evaluator(_ result: TrainingResult) throws(InputFailure) -> FieldEvaluator {
    let all = try slabs.map { slabs throws(InputFailure) in
      try slabs.finished(begun: parts.map(\.parameters), last: result.parameters, pool.instructionSet)
    }
    return FieldEvaluator(
      solution: problem.solution, parameters: result.parameters, slabs: all ?? [], pool: pool)
  }
}

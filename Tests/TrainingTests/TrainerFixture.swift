import Experiments
import Kernels
import TestSupport
import Training

/// Keeps everything that a trainer tells.
final class Recorder: TrainingObserver {
  var rows: [LossRow] = []
  var checkpoints: [Checkpoint] = []
  var notes: [String] = []
  var ends: [PhaseEnd] = []
  /// Save after every iteration.
  var savesAlways = false
  /// Ask to stop after this iteration.
  var stopsAfter: Int?

  func didIterate(_ row: LossRow) { rows.append(row) }
  func stopRequest() -> String? { rows.last?.iteration == stopsAfter ? "asked to" : nil }
  func wantsCheckpoint() -> Bool { savesAlways }
  func save(_ checkpoint: Checkpoint) { checkpoints.append(checkpoint) }
  func didEnd(phase: Int, _ end: PhaseEnd) { ends.append(end) }
  func didNote(_ text: String) { notes.append(text) }
}

/// Trains what a text describes.
func trained(
  _ problem: AssembledProblem, _ recorder: Recorder, from checkpoint: Checkpoint? = nil, threads: Int = 1
) -> TrainingResult? {
  let trainer = Trainer(
    setup: problem.setup, pool: WorkerPool(threadCount: threads),
    observer: recorder)
  if let checkpoint, !trainer.restore(checkpoint) { return nil }
  return trainer.run()
}

/// A small inverse problem: equation, soft condition, an unknown; phases are added by the tests.
func diffusion(_ phases: String, sampling: String = "interior = 24", extra: String = "") -> String {
  """
  variables = { x = [0, 1], t = [0, 1] }
  fields = { u = {} }
  unknowns = { D = { guess = 0.5, min = 0 } }
  equation = [{ name = "heat", expr = "\(extra.contains("constants") ? "u_t = k*D*u_xx" : "u_t = D*u_xx")" }]
  condition = [
    { name = "start", at = "t = 0", expr = "u = sin(pi*x)", points = 12 },
    { name = "walls", at = ["x = 0", "x = 1"], expr = "u = 0", points = 5 },
  ]
  sampling = { \(sampling), heldout = { points = 16, every = 4 } }
  network = { hidden = [6, 5] }
  optimizer = [\(phases)]
  \(extra)
  """
}

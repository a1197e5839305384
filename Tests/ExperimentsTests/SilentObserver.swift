import Training

/// Lets a training run to its end and keeps nothing of it.
final class SilentObserver: TrainingObserver {
  func didIterate(_ row: LossRow) {}
  func stopRequest() -> String? { nil }
  func wantsCheckpoint() -> Bool { false }
  func save(_ checkpoint: Checkpoint) {}
  func didEnd(phase: Int, _ end: PhaseEnd) {}
  func didNote(_ text: String) {}
}

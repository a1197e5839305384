/// The dampings λ that a step of Levenberg–Marquardt tries, from small to large, and how well a step has to do.
///
/// The row starts two places below the damping of the last step, so λ falls as fast as the model allows. Four and seven
/// places led to the same points.
struct DampingRow: Sequence, IteratorProtocol {
  private var trial: Double
  private var count = 0

  /// Neighbours are so far apart.
  private static let ratio = 10.0.squareRoot()
  private static let most = 40
  private static let largest = 1e12

  /// - Parameter least: smaller ones are left out.
  init(after damping: Double, least: Double) { trial = Swift.max(least, DampingRow.first(after: damping)) }

  /// Where the row after this damping starts.
  static func first(after damping: Double) -> Double { damping * (1 / (ratio * ratio)) }

  mutating func next() -> Double? {
    guard count < DampingRow.most, trial <= DampingRow.largest else { return nil }
    defer {
      trial *= DampingRow.ratio
      count += 1
    }
    return trial
  }

  /// The least ratio of actual to predicted drop: 0.15 at first, 0.4 after a hundred steps.
  static func targetRatio(iteration: Int) -> Double { 0.15 + 0.25 * Swift.min(1, Double(iteration) / 100) }
}

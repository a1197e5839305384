import Kernels
import Problems

/// Finds where J = P + S of `LikelihoodProfile` is least while one unknown is held, by Gauss-Newton steps.
final class HeldMinimum {
  struct Minimum {
    var theta: [Double]
    /// S and P, in units of the square of the noise.
    var data: Double
    var physics: Double
  }

  private let loss: WeightedLoss
  private let isPhysics: [Bool]
  private let unit: Double
  private let place: Int
  private var optimizer: GaussNewton

  /// - Parameter unit: what S and P are told in.
  init(of unknown: Int, in setup: TrainingSetup, weights: [Double], unit: Double, pool: WorkerPool) {
    let layout = setup.layout.holding(unknown)
    let objective = Objective(setup.loss, networks: setup.networks, layout: layout, pool: pool)
    objective.weights = weights
    loss = WeightedLoss(objective: objective, heldFrom: nil)
    isPhysics = setup.loss.terms.map(\.kind.isPhysics)
    place = layout.unknownOffset + unknown
    self.unit = unit
    optimizer = GaussNewton(start: [Double](repeating: 0, count: layout.count), freeCount: layout.count, pool: pool)
  }

  /// Rows of equations are a thousand times those of measurements: this much beside them lets both be felt at once.
  private static let firstDamping = 1e-6
  private static let mostSteps = 60
  /// A minimum is reached when over so many steps S changes by less than this, and J by less than this or this part of P.
  private static let window = 3
  private static let settled = (deviance: 1e-4, part: 1e-2)

  /// The minimum with the unknown at `raw`, after those at the values one and two steps before it.
  ///
  /// The steps are equally long: the straight line through both is where to start, unless it is worse than to stay.
  func minimum(at raw: Double, after last: Minimum, _ previous: Minimum?) -> Minimum? {
    var starts = [last.theta]
    if let previous { starts.append(zip(last.theta, previous.theta).map { 2 * $0 - $1 }) }
    for number in starts.indices { starts[number][place] = raw }
    let values = starts.map { self[$0].map { $0.data + $0.physics } ?? .infinity }
    return minimum(from: values.count > 1 && values[1] < values[0] ? starts[1] : starts[0])
  }

  /// - Returns: nil where S or P is not finite.
  func minimum(from start: [Double]) -> Minimum? {
    optimizer.restore(["x": start, "damping": [HeldMinimum.firstDamping]])
    guard let first = self[start] else { return nil }
    var found = [first]
    search: while found.count <= HeldMinimum.mostSteps {
      switch optimizer.step(loss) {
      case .moved: break
      case .lineSearchFailed, .nonFinite: break search
      }
      found.append(minimum(optimizer.x))
      if isSettled(found) { break }
    }
    return found[found.count - 1]
  }

  private func isSettled(_ found: [Minimum]) -> Bool {
    guard found.count > HeldMinimum.window else { return false }
    let (before, now) = (found[found.count - 1 - HeldMinimum.window], found[found.count - 1])
    let (bound, part) = HeldMinimum.settled
    let fall = before.data + before.physics - now.data - now.physics
    return abs(before.data - now.data) < bound && fall < max(bound, part * now.physics)
  }

  /// S and P at a point; nil where they are not finite.
  private subscript(theta: [Double]) -> Minimum? {
    var residuals = [Double](repeating: 0, count: loss.residualCount)
    guard loss.residuals(theta, into: &residuals).isFinite else { return nil }
    return minimum(theta)
  }

  /// S and P of the last evaluation.
  private func minimum(_ theta: [Double]) -> Minimum {
    var (data, physics) = (0.0, 0.0)
    for (number, value) in loss.termValues.enumerated() where loss.weights[number] != 0 {
      let square = loss.weights[number] * value / unit
      if isPhysics[number] { physics += square } else { data += square }
    }
    return Minimum(theta: theta, data: data, physics: physics)
  }
}

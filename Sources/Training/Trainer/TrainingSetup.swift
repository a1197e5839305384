package import Expressions
package import Networks
package import Problems

/// A problem ready to be trained.
package struct TrainingSetup: Sendable {
  package var networks: [Network]
  package var layout: ParameterLayout
  /// The loss; terms in the order of the columns of `losses.csv`.
  package var loss: LossTerms
  /// The same equations at points that are never trained on, and the rows of data kept back.
  package var heldout: LossTerms
  /// Weight of every term.
  package var weights: [Double]
  package var phases: [PhaseSettings]
  /// The same problem with other constants, for the phases that name one.
  package var variants: [ProblemVariant] = []
  package var start = StartRule()
  /// What training starts from instead of the weights of the first draw.
  package var warmStart: [Double]?
  /// Iterations of what was trained before, for counting on.
  package var iterationsBefore = 0
  /// How the points of equations follow the residual at each draw; nil where all points are drawn by their samplers.
  package var refinement: RefinementSettings?
  package var balance = BalanceSettings()
  package var pointWeights = PointWeightSettings()
  package var constraints = ConstraintSettings()
  /// Iterations between two draws of collocation points; nil for never.
  package var resampleEvery: Int?
  /// Iterations between two looks at the held-out terms.
  package var heldoutEvery: Int
  package var seed: UInt64
  /// How many coordinates a point has.
  package var dimensions: Int
  /// What the symbols of the residuals are called in messages.
  package var names = SymbolNames(variables: [])

  package init(
    networks: [Network], layout: ParameterLayout, loss: LossTerms, heldout: LossTerms, weights: [Double],
    phases: [PhaseSettings], resampleEvery: Int?, heldoutEvery: Int, seed: UInt64, dimensions: Int
  ) {
    self.networks = networks
    self.layout = layout
    self.loss = loss
    self.heldout = heldout
    self.weights = weights
    self.phases = phases
    self.resampleEvery = resampleEvery
    self.heldoutEvery = heldoutEvery
    self.seed = seed
    self.dimensions = dimensions
  }

  /// Start values: draw 0 is the one to begin with.
  func initialParameters(draw: Int = 0) -> [Double] {
    if draw == 0, let warmStart { return warmStart }
    return layout.initialParameters(networks: networks, seed: seed, draw: draw)
  }

  /// The names of the terms that are to hold exactly.
  package var constraintNames: [String] { loss.terms.filter(\.isConstraint).map(\.name) }
  /// Whether weights of terms change within a phase.
  package var changesWeights: Bool { balance.method != "none" || !constraintNames.isEmpty }

  /// The weights in force in a phase.
  func weights(phase: PhaseSettings) -> [Double] {
    zip(loss.terms, weights).map { term, weight in
      (phase.weights[term.name] ?? weight) * (term.kind.isPhysics ? phase.physics : 1)
    }
  }
}

/// A problem with constants of its own: the same terms, points, parameters and outputs.
package struct ProblemVariant: Sendable {
  package var networks: [Network]
  package var loss: LossTerms
  package var heldout: LossTerms

  package init(networks: [Network], loss: LossTerms, heldout: LossTerms) {
    self.networks = networks
    self.loss = loss
    self.heldout = heldout
  }
}

/// One row of `losses.csv`: the loss at the point that an iteration reached (L-BFGS) or started from (Adam).
package struct LossRow: Sendable, Equatable {
  package var iteration: Int
  /// From 1.
  package var phase: Int
  package var total: Double
  /// Mean square of every term, without weights.
  package var terms: [Double]
  /// Weighted sum of the mean squares of the equations at held-out points; nil where not looked at.
  package var heldoutResidual: Double?
  /// Mean square over all held-out rows of data; nil where there are none or not looked at.
  package var heldoutData: Double?
  package var gradientNorm: Double
  /// Step length of the line search, learning rate, or length of a Gauss-Newton step.
  package var step: Double
  package var unknowns: [Double]
  /// The weight of every term where they change within a phase, else none.
  package var weights: [Double]
  /// The least weight of a point of the equations where points have weights.
  package var leastPointWeight: Double?
  /// Root mean square of each constraint at the last change of multipliers; nil before.
  package var constraintSizes: [Double?]
}

/// Why a phase ended.
package enum PhaseEnd: Sendable, Equatable {
  case iterationsUsed(Int)
  case lossReached(Double)
  case gradientReached(Double)
  case changeBelow(Double, iterations: Int)
  case minutesUsed(Double)
  /// The phase had nothing to do, and why.
  case notNeeded(String)
  case lineSearchFailed
  /// Which term, and where.
  case nonFinite(String)
  case stopped(String)

  package var sentence: String {
    switch self {
    case .iterationsUsed(let count): "all \(count) iterations used"
    case .lossReached(let loss): "loss fell to \(loss)"
    case .gradientReached(let norm): "norm of the gradient fell to \(norm)"
    case .changeBelow(let change, let iterations):
      "loss fell by less than \(change) of itself over \(iterations) iterations"
    case .minutesUsed(let minutes): "\(minutes) minutes used"
    case .notNeeded(let reason): "not needed: \(reason)"
    case .lineSearchFailed: "no step lowers the loss any more: converged to the rounding error of the loss"
    case .nonFinite(let place): "loss is not finite: \(place); the last finite state is kept"
    case .stopped(let reason): reason
    }
  }

  /// As one line that `init(code:)` reads back, for checkpoints.
  package var code: String {
    switch self {
    case .iterationsUsed(let count): "iterations \(count)"
    case .lossReached(let loss): "loss \(loss)"
    case .gradientReached(let norm): "gradient \(norm)"
    case .changeBelow(let change, let iterations): "change \(change) \(iterations)"
    case .minutesUsed(let minutes): "minutes \(minutes)"
    case .notNeeded(let reason): "not-needed \(reason)"
    case .lineSearchFailed: "line-search "
    case .nonFinite(let place): "non-finite \(place)"
    case .stopped(let reason): "stopped \(reason)"
    }
  }

  package init?(code: String) {
    guard let blank = code.firstIndex(of: " ") else { return nil }
    let rest = String(code[code.index(after: blank)...])
    let made: PhaseEnd? =
      switch code[..<blank] {
      case "iterations": Int(rest).map { .iterationsUsed($0) }
      case "loss": Double(rest).map { .lossReached($0) }
      case "gradient": Double(rest).map { .gradientReached($0) }
      case "change": PhaseEnd.change(rest.split(separator: " "))
      case "minutes": Double(rest).map { .minutesUsed($0) }
      case "not-needed": .notNeeded(rest)
      case "line-search": .lineSearchFailed
      case "non-finite": .nonFinite(rest)
      case "stopped": .stopped(rest)
      default: nil
      }
    guard let made else { return nil }
    self = made
  }
}

extension PhaseEnd {
  private static func change(_ words: [Substring]) -> PhaseEnd? {
    guard words.count == 2, let change = Double(words[0]), let iterations = Int(words[1]) else { return nil }
    return .changeBelow(change, iterations: iterations)
  }
}

/// What came of a training run.
package struct TrainingResult: Sendable {
  package var parameters: [Double]
  package var phaseEnds: [PhaseEnd]
  package var iterations: Int
  /// The terms at the end, without weights.
  package var terms: [Double]
  package var total: Double

  /// Whether the run ended at a loss that is not finite; a short training may, if another does not.
  package var diverged: Bool { if case .nonFinite? = phaseEnds.last { true } else { false } }
  /// Whether it was stopped from outside before its phases were through.
  package var wasStopped: Bool { phaseEnds.contains { if case .stopped = $0 { true } else { false } } }
}

/// What a trainer tells while it works, and asks.
package protocol TrainingObserver: AnyObject {
  /// After every iteration.
  func didIterate(_ row: LossRow)
  /// After every iteration: a reason to stop now, or nil.
  func stopRequest() -> String?
  /// After every iteration: whether the state should be saved now.
  func wantsCheckpoint() -> Bool
  func save(_ checkpoint: Checkpoint)
  /// A phase is over.
  func didEnd(phase: Int, _ end: PhaseEnd)
  /// Something the user should know.
  func didNote(_ text: String)
}

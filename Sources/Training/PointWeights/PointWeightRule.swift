/// The variable along which the past comes before the future.
package struct TimeAxis: Sendable, Equatable {
  package var name: String
  /// Its number among the coordinates of a point.
  package var variable: Int
  package var range: ClosedRange<Double>

  package init(name: String, variable: Int, range: ClosedRange<Double>) {
    self.name = name
    self.variable = variable
    self.range = range
  }
}

/// How the weights of single points of the equations follow the training.
package struct PointWeightSettings: Sendable, Equatable {
  /// The name of a `PointWeightRule`; "none" for points that weigh the same.
  package var method: String
  /// Iterations between two looks at the residuals.
  package var every: Int
  /// Stretches of time, of causal weights.
  package var chunks: Int
  /// How strongly earlier residuals close later times, one value after the other, of causal weights.
  package var tolerances: [Double]
  /// The least weight at which the next tolerance is taken, of causal weights.
  package var threshold: Double
  /// Share of a weight that is kept at each look, of attention.
  package var memory: Double
  /// How fast weights grow, of attention and self-adaptive weights.
  package var rate: Double
  /// Nil where no variable is time.
  package var time: TimeAxis?

  package init(
    method: String = "none", every: Int = 1, chunks: Int = 32, tolerances: [Double] = [0.01, 0.1, 1, 10, 100],
    threshold: Double = 0.99, memory: Double = 0.999, rate: Double = 0.01, time: TimeAxis? = nil
  ) {
    self.method = method
    self.every = every
    self.chunks = chunks
    self.tolerances = tolerances
    self.threshold = threshold
    self.memory = memory
    self.rate = rate
    self.time = time
  }
}

/// What a rule is shown: the points of one set, in their order.
package struct PointWeightLook {
  /// (Σ_k w_k r_k²)^½ over the equations at each point.
  package var residuals: [Double]
  /// Where each point lies in time, 0 at the start and 1 at the end; 0 where there is no time.
  package var times: [Double]

  package init(residuals: [Double], times: [Double]) {
    self.residuals = residuals
    self.times = times
  }
}

/// A rule for factors on the residuals of single points.
///
/// A member of the family is one file and one line in `pointWeightCatalogue`. Its state is a row of numbers that is kept in
/// checkpoints; everything else is a function of it and of a look. The factors are not differentiated: the loss stays a sum
/// of squares.
package protocol PointWeightRule: Sendable {
  /// What the user calls it.
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }
  /// Whether the weights belong to single points, and so end with them.
  static var belongsToPoints: Bool { get }

  /// The state before the first look at so many points.
  static func start(count: Int, _ settings: PointWeightSettings) -> [Double]
  /// The state after a look.
  static func next(_ state: [Double], _ look: PointWeightLook, _ settings: PointWeightSettings) -> [Double]
  /// The factor on the residual of each point, the root of its weight in the loss.
  static func roots(_ state: [Double], times: [Double], _ settings: PointWeightSettings) -> [Double]
  /// Whether the weights will not change any more.
  static func isSettled(_ state: [Double], _ settings: PointWeightSettings) -> Bool
}

/// A rule whose state is the factors themselves, 1 before the first look, and that goes on for as long as training does.
extension PointWeightRule {
  package static func start(count: Int, _ settings: PointWeightSettings) -> [Double] {
    [Double](repeating: 1, count: count)
  }

  package static func roots(_ state: [Double], times: [Double], _ settings: PointWeightSettings) -> [Double] { state }

  package static func isSettled(_ state: [Double], _ settings: PointWeightSettings) -> Bool { false }
}

/// All rules, in the order in which they are listed.
package let pointWeightCatalogue: [any PointWeightRule.Type] = [
  CausalWeights.self,
  ResidualAttention.self,
  SelfAdaptiveWeights.self,
]

package func pointWeightRule(named name: String) -> (any PointWeightRule.Type)? {
  pointWeightCatalogue.first { $0.name == name }
}

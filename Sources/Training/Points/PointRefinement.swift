package import Kernels

/// How points of the equations are put where the residual is large.
package struct RefinementSettings: Sendable, Equatable {
  /// The name of a `PointRefinement`.
  package var method: String
  /// Candidates that are looked at for each point.
  package var candidates: Int
  /// The power k of the residual in the density of points.
  package var power: Double
  /// The share c of points that are spread evenly.
  package var even: Double
  /// Points that are added each time.
  package var added: Int

  package init(method: String, candidates: Int = 10, power: Double = 1, even: Double = 1, added: Int = 100) {
    self.method = method
    self.candidates = candidates
    self.power = power
    self.even = even
    self.added = added
  }
}

/// What a new choice of points is made from. Points are coordinates `[variable][point]`; the residual at a point is
/// (Σ_k w_k r_k²)^½ over the equations.
package struct RefinementRound: Sendable {
  package var points: [[Double]]
  package var residuals: [Double]
  /// Independent random points of the domain.
  package var candidates: [[Double]]
  package var candidateResiduals: [Double]
  package var settings: RefinementSettings
  package var stream: RandomStream

  package init(
    points: [[Double]], residuals: [Double], candidates: [[Double]], candidateResiduals: [Double],
    settings: RefinementSettings, stream: RandomStream
  ) {
    self.points = points
    self.residuals = residuals
    self.candidates = candidates
    self.candidateResiduals = candidateResiduals
    self.settings = settings
    self.stream = stream
  }

  package var count: Int { residuals.count }

  /// The candidates of the given numbers.
  func candidates(_ numbers: [Int]) -> [[Double]] { candidates.map { row in numbers.map { row[$0] } } }

  /// The density εᵏ/mean(εᵏ) + c at the candidates; even where no residual is a positive number.
  func density(even: Double) -> [Double] {
    let powers = candidateResiduals.map { Density.power($0, settings.power) }
    let mean = powers.reduce(0, +) / Double(max(1, powers.count))
    guard mean > 0, mean.isFinite else { return powers.map { _ in 1 } }
    return powers.map { $0 / mean + even }
  }
}

/// What a method chose.
package struct ChosenPoints: Sendable, Equatable {
  /// `[variable][point]`
  package var points: [[Double]]
  /// The weight of the square of each residual; nil for 1 everywhere.
  package var weights: [Double]?

  package init(points: [[Double]], weights: [Double]? = nil) {
    self.points = points
    self.weights = weights
  }
}

/// A way of choosing points by the residual at candidates.
///
/// A member of the family is one file and one line in `refinementCatalogue`. A choice is a function of the round: the
/// same residuals and stream give the same points.
package protocol PointRefinement: Sendable {
  /// What the user calls it.
  static var name: String { get }
  /// One line for lists: what it is and when to take it.
  static var summary: String { get }
  /// Whether it gives points weights.
  static var weighsPoints: Bool { get }

  static func choose(_ round: RefinementRound) -> ChosenPoints
}

extension PointRefinement {
  package static var weighsPoints: Bool { false }
}

/// All ways, in the order in which they are listed.
package let refinementCatalogue: [any PointRefinement.Type] = [
  ResidualDistribution.self,
  ResidualAddition.self,
  LargestResiduals.self,
  RetainResampleRelease.self,
  ImportanceSampling.self,
]

package func refinement(named name: String) -> (any PointRefinement.Type)? {
  refinementCatalogue.first { $0.name == name }
}

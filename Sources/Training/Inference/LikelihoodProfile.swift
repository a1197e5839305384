package import Kernels

/// What the measurements say about one unknown when it is held at one value after the other and all else follows.
///
/// With the weights of `JointInformation` let (θ(v), q′(v)) be where
///
///     J = P + S        P = Σ r²/τ² over equations and conditions, S = Σ r²/σ² over everything else
///
/// is least while the raw unknown in question is v. The deviance of v is
///
///     d(v) = (S(v) − min S)/s²
///
/// with s the factor from the assumed to the estimated noise, 1 where the noise is known. As τ → 0 the equations hold along
/// the path, S is −2 ln of the likelihood but for a constant, and d(v) is −2 ln of the likelihood ratio with everything
/// but v at its best. P stays out: it vanishes as τ² where the networks can follow the equations, and where they cannot, what is
/// left is no knowledge about v.
///
/// Where all is linear, the least S with q held at v is min S + (v − q̂)²/C with C the entry of (R_qqᵀR_qq)⁻¹, by elimination
/// of the other unknowns from ‖R_qq(q − q̂)‖². So d = ((v − q̂)/standard error)²: its second derivative is twice the
/// inverse of the squared standard error, and {v : d(v) ≤ t²} is the interval q̂ ± t · standard error. Where it is not
/// linear, only the set remains true: it follows from the likelihood, not from the coordinate, and d(v) has the
/// distribution χ² with one degree of freedom, with estimated noise that of Student's t², for large samples.
///
/// - Source: Bates & Watts (1988), Nonlinear Regression Analysis, chapter 6; Venzon & Moolgavkar (1988), Appl. Statist. 37,
///   87.
package struct LikelihoodProfile: Sendable {
  package struct Point: Sendable, Equatable {
    /// The raw value v of the unknown.
    package var raw: Double
    package var deviance: Double
    /// What equations and conditions are violated by, P in the unit of the deviance: not small where the networks cannot
    /// follow.
    package var violation: Double
  }

  /// By ascending raw value.
  package private(set) var points: [Point]
  /// Where the deviance passes the limit; nil where it does not as far as was looked.
  package private(set) var lower: Double?
  package private(set) var upper: Double?

  /// How far a profile is looked for.
  package struct Reach: Sendable {
    /// The limit of the deviance is the square of this.
    package var quantile: Double
    /// Of the raw unknown; infinite where it is not determined.
    package var standardError: Double
    /// The factor s from the assumed to the estimated noise.
    package var scale: Double

    package init(quantile: Double, standardError: Double, scale: Double) {
      self.quantile = quantile
      self.standardError = standardError
      self.scale = scale
    }

    package static let mostSteps = 12

    /// The distance of two values: a fourth of the way that the deviance of a linear problem needs to its limit.
    var step: Double { min(quantile * standardError / 4, 0.5) }
  }

  /// Follows the path from a point on to both sides, until the deviance has passed the limit.
  ///
  /// - Parameters:
  ///   - weights: those of `JointInformation` at `theta`.
  ///   - goesOn: asked after every point; false ends the search.
  /// - Returns: nil where it was ended, or where S is not finite at `theta`.
  package init?(
    of unknown: Int, in setup: TrainingSetup, at theta: [Double], weights: [Double], reach: Reach, pool: WorkerPool,
    goesOn: (Point) -> Bool
  ) {
    let path = HeldMinimum(of: unknown, in: setup, weights: weights, unit: reach.scale * reach.scale, pool: pool)
    let place = setup.layout.unknownOffset + unknown
    guard let center = path.minimum(from: theta) else { return nil }
    /// Downward from the center, and upward.
    var sides: [[HeldMinimum.Minimum]] = [[], []]
    var least = center.data
    func point(_ minimum: HeldMinimum.Minimum) -> Point {
      Point(raw: minimum.theta[place], deviance: minimum.data - least, violation: minimum.physics)
    }
    guard goesOn(point(center)) else { return nil }
    for side in [1, 0] {
      var (last, previous) = (center, sides[1 - side].first)
      while sides[side].count < Reach.mostSteps, last.data - least <= reach.quantile * reach.quantile {
        let raw = last.theta[place] + (side == 1 ? reach.step : -reach.step)
        guard let next = path.minimum(at: raw, after: last, previous) else { break }
        sides[side].append(next)
        (last, previous) = (next, last)
        least = min(least, next.data)
        guard goesOn(point(next)) else { return nil }
      }
    }
    points = (sides[0].reversed() + [center] + sides[1]).map(point)
    let minimum = points.indices.min { points[$0].deviance < points[$1].deviance } ?? 0
    lower = LikelihoodProfile.end(points[...minimum].reversed(), root: reach.quantile)
    upper = LikelihoodProfile.end(Array(points[minimum...]), root: reach.quantile)
  }

  /// Where √d passes `root` on the way outward from its minimum.
  ///
  /// √d is close to a straight line, so v is interpolated as a parabola of it, through the points beside the passage and
  /// the one before.
  private static func end(_ outward: [Point], root limit: Double) -> Double? {
    let roots = outward.map { max(0, $0.deviance).squareRoot() }
    guard let beyond = roots.firstIndex(where: { $0 > limit }), beyond > 0 else { return nil }
    let (r1, r2) = (roots[beyond - 1], roots[beyond])
    let (v1, v2) = (outward[beyond - 1].raw, outward[beyond].raw)
    let slope = (v2 - v1) / (r2 - r1)
    let straight = v1 + slope * (limit - r1)
    guard beyond > 1, roots[beyond - 2] < r1 else { return straight }
    let (r0, v0) = (roots[beyond - 2], outward[beyond - 2].raw)
    let bend = (slope - (v1 - v0) / (r1 - r0)) / (r2 - r0)
    let curved = straight + bend * (limit - r1) * (limit - r2)
    return min(v1, v2) <= curved && curved <= max(v1, v2) ? curved : straight
  }
}

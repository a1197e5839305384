/// All points drawn anew, with the density εᵏ/mean(εᵏ) + c.
///
/// - Source: Wu et al. (2023), RAD, arXiv:2207.10289; k = 1, c = 1 as there.
package enum ResidualDistribution: PointRefinement {
  package static let name = "rad"
  package static let summary = "all points anew, denser where the residual is large (Wu et al. 2023): the first to try"

  package static func choose(_ round: RefinementRound) -> ChosenPoints {
    let numbers = Density.withoutReplacement(
      round.count, weights: round.density(even: round.settings.even), stream: round.stream)
    return ChosenPoints(points: round.candidates(numbers))
  }
}

/// Points added, drawn with the density εᵏ/mean(εᵏ) + c.
///
/// - Source: Wu et al. (2023), RAR-D, arXiv:2207.10289; there k = 2, c = 0.
package enum ResidualAddition: PointRefinement {
  package static let name = "rar-d"
  package static let summary = "adds points, drawn where the residual is large (Wu et al. 2023)"

  package static func choose(_ round: RefinementRound) -> ChosenPoints {
    let numbers = Density.withoutReplacement(
      round.settings.added, weights: round.density(even: round.settings.even), stream: round.stream)
    return ChosenPoints(points: zip(round.points, round.candidates(numbers)).map { $0 + $1 })
  }
}

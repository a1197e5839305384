/// All points drawn anew with chances p ∝ εᵏ/mean(εᵏ) + c, their squares weighted by 1/p: the loss stays an estimate of
/// the same mean over the domain, with less scatter.
///
/// - Source: Nabian, Gladstone & Meidani (2021), arXiv:2104.12325.
package enum ImportanceSampling: PointRefinement {
  package static let name = "importance"
  package static let summary = "as rad, with weights that keep the loss the mean over the domain (Nabian et al. 2021)"
  package static let weighsPoints = true

  package static func choose(_ round: RefinementRound) -> ChosenPoints {
    let density = round.density(even: round.settings.even)
    let numbers = Density.systematic(round.count, weights: density, stream: round.stream)
    let mean = density.reduce(0, +) / Double(max(1, density.count))
    return ChosenPoints(points: round.candidates(numbers), weights: numbers.map { mean / density[$0] })
  }
}

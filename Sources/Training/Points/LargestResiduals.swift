/// Points added: the candidates with the largest residuals.
///
/// - Source: Lu et al. (2021), RAR, arXiv:1907.04502.
package enum LargestResiduals: PointRefinement {
  package static let name = "rar"
  package static let summary = "adds the candidates with the largest residuals (Lu et al. 2021): for few, sharp places"

  package static func choose(_ round: RefinementRound) -> ChosenPoints {
    let sizes = round.candidateResiduals.map { Density.power($0, 1) }
    let largest = sizes.indices.sorted { sizes[$0] == sizes[$1] ? $0 < $1 : sizes[$0] > sizes[$1] }
    let numbers = Array(largest.prefix(round.settings.added))
    return ChosenPoints(points: zip(round.points, round.candidates(numbers)).map { $0 + $1 })
  }
}

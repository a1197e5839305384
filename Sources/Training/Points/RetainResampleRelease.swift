/// Points whose residual is above the mean stay, all others are drawn anew, evenly.
///
/// - Source: Daw et al. (2023), R3, arXiv:2207.02338.
package enum RetainResampleRelease: PointRefinement {
  package static let name = "r3"
  package static let summary = "keeps points with residuals above the mean, draws the others anew (Daw et al. 2023)"

  package static func choose(_ round: RefinementRound) -> ChosenPoints {
    let sizes = round.residuals.map { Density.power($0, 1) }
    let mean = sizes.reduce(0, +) / Double(max(1, sizes.count))
    var next = 0
    var points = round.points
    for place in sizes.indices where !(sizes[place] > mean) && next < round.candidateResiduals.count {
      for variable in points.indices { points[variable][place] = round.candidates[variable][next] }
      next += 1
    }
    return ChosenPoints(points: points)
  }
}

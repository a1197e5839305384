import Problems

/// The residual of the equations at each point of a set, whatever the weights of these points: (Σ_k w_k r_k²)^½.
struct ResidualSizes {
  private let objective: Objective
  private let terms: [Int]
  private let count: Int

  /// - Parameter objective: makes what evaluates residuals.
  init(_ set: PointSet, terms: [Term], objective: (LossTerms) -> Objective) {
    self.objective = objective(LossTerms(terms: terms, pointSets: [set.unadjusted()]))
    self.terms = set.terms
    count = set.count
  }

  /// - Parameter weights: of the terms; those of weight 0 take no part.
  func at(_ theta: [Double], weights: [Double]) -> [Double] {
    let residuals = objective.residuals(theta)
    return (0..<count).map { point in
      let squares = terms.indices.map { output -> Double in
        let (weight, residual) = (weights[terms[output]], residuals[point * terms.count + output])
        return weight == 0 ? 0 : weight * residual * residual
      }
      return squares.reduce(0, +).squareRoot()
    }
  }
}

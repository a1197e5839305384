import Autodiff
import Configurations
import Expressions
import Kernels
import Problems

/// The size of the residuals of every term, as it is before anything is known of the solution.
///
/// A network output o is of order one, and its derivative ∂^α o of order Π 2/Lᵢ, one factor for each variable derived by,
/// whose range has the length Lᵢ. At 64 points of every place the residuals are taken with normally distributed numbers of these
/// sizes in the place of outputs and derivatives, and with unknowns at their guesses. The size is the median of |r|, which a pole
/// somewhere does not change. Where it is 0 it is taken as 1.
struct TermSizes {
  private(set) var sizes: [Double]

  private static let points = 64

  /// - Parameter loss: without merged Laplacians.
  init(_ loss: LossTerms, _ experiment: Experiment) {
    var found = [[Double]](repeating: [], count: loss.terms.count)
    for (number, set) in loss.pointSets.enumerated() {
      let stream = RandomStream(seed: 0, purpose: "sizes", index: number)
      for (term, value) in TermSizes.residuals(set, experiment, stream) where value.isFinite {
        found[term].append(abs(value))
      }
    }
    sizes = zip(loss.terms, found).map { term, values in
      // An energy is no square.
      guard term.kind != .energy, !values.isEmpty else { return 1 }
      let median = values.sorted()[values.count / 2]
      return median > 0 ? median : 1
    }
  }

  /// Residuals with their terms; those of an integral are sums over a group of points.
  private static func residuals(
    _ set: PointSet, _ experiment: Experiment, _ stream: RandomStream
  ) -> [(term: Int, value: Double)] {
    let groups = min(points, set.residualCount)
    var position: UInt64 = 0
    var results: [(term: Int, value: Double)] = []
    for group in 0..<groups {
      let first = group * set.residualCount / groups * set.groupSize
      var sums = [Double](repeating: 0, count: set.terms.count)
      // All points of an integral have the same random numbers: it is as large as its integrand.
      let start = position
      for point in first..<first + set.groupSize {
        position = start
        var coefficient = 0
        let inputs = set.program.inputs.map { symbol -> Double in
          switch symbol {
          case .coordinate(let variable, let site): return set.sites[site][variable][point]
          case .column(let column): return set.columns[column][point]
          case .unknown(let number): return experiment.unknowns[number].guess
          case .coefficient:
            coefficient += 1
            return set.coefficients[coefficient - 1][point]
          case .output(_, let index, _):
            defer { position += 1 }
            return index.variables.reduce(stream.normal(at: position)) { size, variable in
              let range = experiment.variables[variable].range
              return size * 2 / (range.upperBound - range.lowerBound)
            }
          case .laplacian, .bound, .integral: preconditionFailure("a residual reads \(symbol)")
          }
        }
        for (output, value) in set.program.evaluate(inputs).enumerated() { sums[output] += value }
      }
      results += zip(set.terms, sums).map { ($0, $1) }
    }
    return results
  }
}

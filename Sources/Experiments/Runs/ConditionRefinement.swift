package import Kernels
import Problems
package import Training

/// Soft conditions at the end of training, looked at again at twice as many points that were never trained on.
///
/// The equations have held-out points for this; conditions are trained at all points they have. Those on integrals, and
/// rows of files, are left out: they are no draws from a place.
package struct ConditionRefinement {
  /// The mean square of each condition at its fresh points, by the number of the term.
  package private(set) var fresh: [Int: Double] = [:]
  private let setup: TrainingSetup

  package init(_ setup: TrainingSetup, parameters: [Double], pool: WorkerPool) {
    self.setup = setup
    var refined = LossTerms(terms: setup.loss.terms)
    for set in setup.loss.pointSets {
      guard var source = set.source, set.groupSize == 1, !source.isWeighted,
        set.terms.allSatisfy({ setup.loss.terms[$0].kind == .condition })
      else { continue }
      source.count *= 2
      source.sampler = UniformSampler()
      source.stream = source.stream.substream("refinement")
      let points = source.points(dimensions: setup.dimensions, draw: 0)
      var fresh = set
      fresh.load(sites: points.sites, columns: points.columns)
      refined.pointSets.append(fresh)
    }
    guard !refined.pointSets.isEmpty else { return }
    let values = Objective(refined, networks: setup.networks, layout: setup.layout, pool: pool).termValues(parameters)
    for term in Set(refined.pointSets.flatMap(\.terms)) { fresh[term] = values[term] }
  }

  /// What to say of the condition whose mean square grew most; nil where none grew by much.
  ///
  /// - Parameter trained: the mean square of every term at the points trained on.
  package func note(trained: [Double]) -> String? {
    let grown = fresh.filter { setup.weights[$0.key] > 0 && trained[$0.key] > 0 }.map {
      ($0.key, $0.value / trained[$0.key])
    }
    guard let (term, ratio) = grown.max(by: { ($0.1, $1.0) < ($1.1, $0.0) }), ratio > ConditionRefinement.doubtfulRatio
    else { return nil }
    let times = ratio < 1e6 ? "\(Int(ratio.rounded()))" : "more than a million"
    return
      "the mean square of '\(setup.loss.terms[term].name)' at twice as many fresh points is \(times) times that at the points trained on: more points for this condition would help more than more iterations"
  }

  /// Of fresh to trained mean squares, as for held-out equations.
  private static let doubtfulRatio = 100.0
}

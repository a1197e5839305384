import Configurations
package import Kernels
import Problems
import Training

extension Identifiability {
  /// A place where one more measurement would tell most, with the relative errors of the unknowns after it.
  package struct DesignPoint: Sendable {
    package var coordinates: [Double]
    package var errors: [Double]
  }

  /// More unknowns than this are not designed for.
  package static let mostDesignUnknowns = 20
  private static let mostCandidates = 2000
  /// Singular values that are zero count as this one, so that what is not determined comes first.
  private static let zeroValue = 1e-12

  /// Places for further measurements of the first data set, one after the other the best of the output grid.
  ///
  /// Each makes the determinant of the information of the unknowns as large as one measurement can (D-optimal). What a
  /// measurement tells about the state, where that is open, is not carried on to the next.
  ///
  /// - Source: Fedorov (1972), Theory of Optimal Experiments.
  package func design(count: Int, pool: WorkerPool) -> [DesignPoint] {
    let (setup, experiment) = (problem.setup, problem.experiment)
    guard let noise = estimates.noise.first,
      let term = setup.loss.terms.firstIndex(where: { $0.name == noise.name && $0.kind == .data }),
      var set = setup.loss.pointSets.first(where: { $0.terms.contains(term) }), set.groupSize == 1,
      estimates.lines.count <= Identifiability.mostDesignUnknowns
    else { return [] }
    let all = OutputGrid(experiment: experiment, counts: experiment.grid).coordinates
    let total = all.first?.count ?? 0
    let every = max(1, (total + Identifiability.mostCandidates - 1) / Identifiability.mostCandidates)
    let places = Array(stride(from: 0, to: total, by: every))
    let coordinates = all.map { variable in places.map { variable[$0] } }
    // Measured values do not matter for rows, but noise of rows that is a column has to be a typical one.
    set.load(sites: [coordinates], columns: set.columns.map { _ in places.map { _ in noise.sigma } })
    set.terms = set.terms.map { _ in 0 }
    let objective = Objective(
      LossTerms(terms: [Term(name: noise.name, kind: .data)], pointSets: [set]), networks: setup.networks,
      layout: setup.layout, pool: pool)
    let unit = estimates.scale / noise.deviation
    let rows = objective.jacobianRows(parameters).map { row in row.map { $0 * unit } }
    let outputs = max(1, rows.count / max(1, places.count))
    let gains = estimates.joint.gains(of: rows)
    var information = estimates.joint.unknowns
    var points: [DesignPoint] = []
    for _ in 0..<count where !gains.isEmpty {
      var best = (place: 0, value: -Double.infinity, information: information)
      for place in places.indices {
        let next = information.adding(rows: gains[place * outputs..<(place + 1) * outputs])
        let value = next.logarithmOfDeterminant(floor: Identifiability.zeroValue)
        if value > best.value { best = (place, value, next) }
      }
      information = best.information
      points.append(
        DesignPoint(
          coordinates: coordinates.map { $0[best.place] },
          errors: information.scaled(by: estimates.units.map { $0 / estimates.scale }).standardErrors))
    }
    return points
  }
}

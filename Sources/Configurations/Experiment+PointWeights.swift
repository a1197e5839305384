import Diagnostics
import Training

extension Experiment {
  /// Whether points of the equations have weights of their own.
  package var weighsPoints: Bool {
    pointWeights.method != "none" || sampling.refinement.flatMap { refinement(named: $0.method)?.weighsPoints } ?? false
  }

  /// Weights of points that ask for what is not there, or that new points would take away.
  func checkPointWeights(_ root: LocatedTable, _ report: Report) {
    let table = root.table("loss").table("point_weights")
    guard let rule = pointWeightRule(named: pointWeights.method) else { return }
    let location = table["method"]?.location
    if equations.isEmpty { report("there is no [[equation]] whose points could have weights", location, nil) }
    if rule == CausalWeights.self, pointWeights.time == nil {
      report("causal weights need a variable that is time", location, "write t = { range = [0, 1], time = true }, say")
    }
    let tolerances = pointWeights.tolerances
    if !zip(tolerances, tolerances.dropFirst()).allSatisfy({ $0 < $1 }) {
      report("tolerances must ascend", table["tolerances"]?.location, nil)
    }
    if let resample = root.table("sampling").table("interior").tableIfPresent("resample") {
      if rule.belongsToPoints {
        report(
          "weights by '\(rule.name)' belong to single points, which 'resample' replaces", resample.location,
          "leave one of them out")
      } else if sampling.refinement.flatMap({ refinement(named: $0.method)?.weighsPoints }) == true {
        report(
          "'\(resample.word("method"))' and 'point_weights' both give weights to points", resample.location,
          "leave one of them out")
      }
    }
  }
}

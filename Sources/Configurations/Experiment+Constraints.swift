import Diagnostics

extension Experiment {
  /// Whether anything is to hold exactly by multipliers.
  package var hasConstraints: Bool {
    equations.contains { $0.role == .constraint } || conditions.contains(where: \.isConstraint)
  }

  /// Multipliers belong to points, which cannot change under them.
  func checkConstraints(_ root: LocatedTable, _ report: Report) {
    guard hasConstraints, let resample = root.table("sampling").table("interior").tableIfPresent("resample") else {
      return
    }
    report(
      "multipliers of constraints belong to single points, which 'resample' replaces", resample.location,
      "leave 'resample' out, or make the constraints terms of a large weight")
  }
}

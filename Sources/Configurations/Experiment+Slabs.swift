import Diagnostics

extension Experiment {
  /// The number of the variable whose range is cut into slabs; nil where none is.
  package var slabbedVariable: Int? { variables.firstIndex { $0.slabs != nil } }

  /// What cannot be trained slab by slab, as far as the file alone tells.
  func checkSlabs(_ root: LocatedTable, _ report: Report) {
    guard let variable = slabbedVariable.map({ variables[$0] }) else { return }
    let place = variable.slabs?.location
    guard variable.isTime else {
      report(
        "'\(variable.name)' has slabs and is no time", place,
        "slabs follow each other from the state that the last ended with; write time = true if that is meant")
      return
    }
    for section in ["unknowns", "rollout"] {
      guard let table = root.tableIfPresent(section), !table.entries.isEmpty else { continue }
      report("[\(section)] cannot go with slabs of '\(variable.name)'", table.location, Self.needsAll)
    }
    for section in ["data", "energy", "metric", "library"] {
      for table in root.tables(section) {
        report("[[\(section)]] cannot go with slabs of '\(variable.name)'", table.location, Self.needsAll)
      }
    }
    for condition in conditions where condition.rows != nil {
      report(
        "a condition at the rows of a file cannot go with slabs of '\(variable.name)'", condition.location,
        Self.needsAll)
    }
    for features in ([network] + namedNetworks.map(\.settings)).map(\.features) {
      for name in features.periodic where name.text == variable.name {
        report(
          "the fields cannot be periodic in '\(name.text)', which is cut into slabs", name.location, Self.needsAll)
      }
    }
  }

  private static let needsAll = "it needs all of the time at once: leave out 'slabs'"
}

extension Experiment.Variable {
  /// One slab is no cut.
  static func slabs(_ table: LocatedTable) -> (count: Int, location: SourceLocation?)? {
    guard let count = table.integerIfPresent("slabs"), count > 1 else { return nil }
    return (count, table["slabs"]?.location)
  }
}

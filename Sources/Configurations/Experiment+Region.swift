import Diagnostics
import Problems

extension LocatedTable {
  /// Reads the region and gives the variables that have no range that of the region.
  ///
  /// - Throws: what is wrong with the region, and variables without a range.
  mutating func fillRanges(constants: [String: Double]) throws(InputFailure) -> Region? {
    let variables = tableEntries("variables")
    let space = variables.filter { !$0.table.boolean("time") }
    guard let shape = tableIfPresent("region")?.text("shape") else {
      try checkRanges(variables)
      return nil
    }
    try checkRanges(variables.filter { $0.table.boolean("time") })
    guard !space.isEmpty else {
      throw InputFailure(.configuration, "a region needs a variable other than time", at: shape.location)
    }
    let expression = try parseRegion(shape, variables: space.map(\.key.name), constants: constants)
    let region: Region
    do throws(RegionError) {
      let ranges = space.map { self.range($0.table) }
      if ranges.allSatisfy({ $0 == nil }) {
        region = try Region(expression)
      } else {
        // Variables without a range have that of the region by itself.
        let own = ranges.contains { $0 == nil } ? try Region(expression).bounds : []
        region = try Region(expression, within: ranges.enumerated().map { $1 ?? own[$0] })
      }
    } catch {
      throw InputFailure(.configuration, error.message, at: shape.location, help: error.help)
    }
    var filled = table("variables")
    for (axis, variable) in space.enumerated() where variable.table["range"] == nil {
      var entry = variable.table
      let range = region.bounds[axis]
      entry.set(
        "range",
        .array([range.lowerBound, range.upperBound].map { LocatedValue(.float($0), at: variable.key.location) }))
      filled.set(variable.key.name, .table(entry))
    }
    set("variables", .table(filled))
    return region
  }

  /// Nil where the range is missing or makes no sense, which is told elsewhere.
  private func range(_ table: LocatedTable) -> ClosedRange<Double>? {
    let ends = (table.listIfPresent("range") ?? []).compactMap { value -> Double? in
      if case .float(let number) = value.content { number } else { nil }
    }
    guard ends.count == 2, ends[0] < ends[1], (ends[1] - ends[0]).isFinite else { return nil }
    return ends[0]...ends[1]
  }

  private func checkRanges(_ variables: [(key: LocatedKey, table: LocatedTable)]) throws(InputFailure) {
    let missing = variables.filter { $0.table["range"] == nil }
    guard missing.isEmpty else {
      throw InputFailure(
        .configuration,
        missing.map {
          Diagnostic(
            .error, "missing key 'range' in an entry of [variables]: lower and upper end of the domain",
            at: $0.table.location)
        })
    }
  }
}

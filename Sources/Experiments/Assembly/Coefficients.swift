import Configurations
import Diagnostics
import Expressions
import Problems
import Tables

extension FieldModel {
  /// Reads the files of `[[coefficients]]` and gives their names a meaning in expressions.
  ///
  /// - Parameter texts: of expressions; only files with names that these use are read. Without them all are.
  /// - Throws: files that cannot be read, columns that are missing, rows that form no grid or do not cover the domain.
  mutating func addCoefficients(_ experiment: Experiment, usedBy texts: [LocatedText]? = nil) throws(InputFailure) {
    let used = texts?.reduce(into: Set<String>()) { $0.formUnion(FieldModel.names(usedBy: $1.text, experiment)) }
    var collector = DiagnosticCollector()
    for coefficients in experiment.coefficients
    where used.map({ used in coefficients.names.contains { used.contains($0.name.name) } }) ?? true {
      let functions = collector.attempt { () throws(InputFailure) in try read(coefficients) }
      for (name, function) in zip(coefficients.names, functions ?? []) {
        scope.names[name.name.name] = .node(graph.coefficient(function))
      }
    }
    try collector.throwIfAny()
  }

  private func read(_ coefficients: Experiment.Coefficients) throws(InputFailure) -> [GridFunction] {
    let table = try readTable(from: coefficients.source)
    let map = ColumnMap(columns: coefficients.columns, source: coefficients.source)
    // A column that the user names must be there; of others those that are there count.
    let axes = region.variables.indices.filter { variable in
      let name = region.variables[variable].name
      return coefficients.columns[name] != nil || table.index(ofColumn: name) != nil
    }
    let names = axes.map { region.variables[$0].name }
    let place = coefficients.source.text.location
    guard !axes.isEmpty else {
      throw InputFailure(
        .data, "no column of \(map.table) is a variable; columns are \(table.header.joined(separator: ", "))",
        at: place,
        help: "name the columns of variables: columns = { \(region.variables[0].name) = \"…\" }")
    }
    let coordinates = try table.numbers(columns: try map.names(names, table))
    let known = ColumnMap(
      columns: Dictionary(
        coefficients.names.map { ($0.name.name, $0.column) }, uniquingKeysWith: { first, _ in first }),
      source: coefficients.source)
    let columns = try table.numbers(columns: try known.names(coefficients.names.map(\.name.name), table, key: "as"))
    let functions: [GridFunction]
    do throws(GridFunction.Failure) {
      functions = try columns.map { column throws(GridFunction.Failure) in
        try GridFunction(variables: axes, coordinates: coordinates, values: column)
      }
    } catch {
      let counts = zip(error.counts, names).map { "\($0) values of \($1)" }.joined(separator: ", ")
      throw InputFailure(
        .data, "the \(table.rowCount) rows of \(map.table) form no grid: there are \(counts)", at: place,
        help:
          "a grid has every combination once, with the very same numbers; scattered values belong into [[data]], whose 'expr' may name their columns"
      )
    }
    for axis in functions.first?.axes ?? [] { try checkCovers(axis, map.table, place) }
    return functions
  }

  /// The values of pictures are those of the middles of their cells: half a cell may be missing at each end.
  private func checkCovers(
    _ axis: GridFunction.Axis, _ table: String, _ place: SourceLocation
  ) throws(InputFailure) {
    let (variable, ticks) = (region.variables[axis.variable], axis.ticks)
    let rounding = 1e-9 * variable.length
    let count = ticks.count
    let (below, above) = count < 2 ? (0, 0) : ((ticks[1] - ticks[0]) / 2, (ticks[count - 1] - ticks[count - 2]) / 2)
    guard ticks[0] - below > variable.lower + rounding || ticks[count - 1] + above < variable.upper - rounding else {
      return
    }
    throw InputFailure(
      .data,
      "the values of \(table) reach from \(variable.name) = \(ticks[0]) to \(ticks[count - 1]): they do not cover the domain [\(variable.lower), \(variable.upper)]",
      at: place, help: "they may end half a cell inside of the domain, not more")
  }

  /// What is needed for predictions does without files of data.
  func checkCoefficients(_ experiment: Experiment) throws(InputFailure) {
    let names = Set(experiment.coefficients.flatMap { $0.names.map(\.name.name) })
    guard !names.isEmpty else { return }
    var collector = DiagnosticCollector()
    func check(_ texts: [LocatedText], _ message: String, _ help: String) {
      for text in texts {
        guard let name = FieldModel.names(usedBy: text.text, experiment).intersection(names).min() else { continue }
        collector.report("coefficient '\(name)' cannot \(message)", at: text.location, help: help)
      }
    }
    check(
      experiment.fields.map(\.expression), "be part of a field",
      "predictions do without its file; use it in equations, conditions, energies and data")
    check(
      experiment.conditions.filter(\.isHard).flatMap { $0.expressions ?? [] }, "be built into a field",
      "use enforce = \"soft\"")
    check(
      networks.flatMap { $0.settings.features.expressions ?? [] }, "be an input of a network",
      "predictions do without its file")
    try collector.throwIfAny()
  }
}

package import Configurations
import Diagnostics
import Expressions
import Problems
import Tables

/// A known solution at some points: what errors are measured against. Never trained on.
package struct ReferenceSolution: Sendable {
  /// `[variable][point]`
  package var coordinates: [[Double]]
  /// Known fields: their numbers and `[point]` values.
  package var values: [(field: Int, values: [Double])]
  /// Which of the references of the experiment it belongs to.
  package var number = 0
  /// How many rows were left out because they lie outside the domain.
  package var outside = 0

  /// The solutions of one `[[reference]]`: one, or one for each group where its rows belong to groups.
  static func all(
    _ reference: Experiment.Reference, experiment: Experiment, model: inout FieldModel
  ) throws(InputFailure) -> [ReferenceSolution] {
    guard let file = reference.file else {
      return [try ReferenceSolution(reference.expressions ?? [], at: reference.location, experiment, &model)]
    }
    let table = try readTable(path: file.text)
    let map = ColumnMap(columns: reference.columns, source: .file(file))
    return try all(table: table, map: map, experiment: experiment, model: model)
  }

  /// From a table with all variables and at least one field.
  static func all(
    table: CSVTable, map: ColumnMap, experiment: Experiment, model: FieldModel
  ) throws(InputFailure) -> [ReferenceSolution] {
    let names = model.baseNames.filter { table.header.contains(map.columnName($0)) }
    // Columns may also be called as the fields of single groups, "S[2]".
    guard let kind = model.group, names.contains(where: model.isGrouped),
      let label = table.index(ofColumn: map.columnName(kind.name.name))
    else {
      return [
        try ReferenceSolution(
          table: table, map: map, experiment: experiment, model: model,
          known: model.fieldNames.enumerated().map { ($1, $0) })
      ]
    }
    let labels = try table.texts(table.header[label])
    var solutions: [ReferenceSolution] = []
    for (group, name) in kind.labels.enumerated() {
      let rows = Set(
        labels.indices.filter { labels[$0] == name || (Double(name) != nil && Double(labels[$0]) == Double(name)) })
      guard !rows.isEmpty else { continue }
      solutions.append(
        try ReferenceSolution(
          table: table, map: map, experiment: experiment, model: model,
          known: names.compactMap { name in model.field(named: name, group: group).map { (name, $0) } },
          rows: rows))
    }
    return solutions
  }

  package init(coordinates: [[Double]], values: [(field: Int, values: [Double])]) {
    self.coordinates = coordinates
    self.values = values
  }

  /// `field = expression in the variables`, each on the output grid.
  private init(
    _ texts: [LocatedText], at location: SourceLocation, _ experiment: Experiment, _ model: inout FieldModel
  ) throws(InputFailure) {
    let coordinates = OutputGrid(experiment: experiment, counts: experiment.grid).coordinates
    guard coordinates.first?.isEmpty == false else {
      throw InputFailure(
        .configuration, "no point of the output grid lies in the region", at: location,
        help: "give [output] grid more points")
    }
    var values: [(field: Int, values: [Double])] = []
    for text in texts {
      for group in model.groups(of: [text]) {
        values.append(try ReferenceSolution.exact(text, at: coordinates, group: group, &model))
      }
    }
    self.init(coordinates: coordinates, values: values)
  }

  /// - Parameters: `known` are columns and fields that may be in the table, `rows` those to take, nil for all.
  private init(
    table: CSVTable, map: ColumnMap, experiment: Experiment, model: FieldModel,
    known fields: [(name: String, field: Int)], rows: Set<Int>? = nil
  ) throws(InputFailure) {
    let variables = experiment.variables
    // A map of x and y needs no column of t.
    let given = variables.indices.filter { number in
      table.index(ofColumn: map.columnName(variables[number].name)) != nil
        || fields.contains { name, field in
          table.index(ofColumn: map.columnName(name)) != nil && model.depends(field: field, on: number)
        }
    }
    let columnsGiven = try table.numbers(columns: try map.names(given.map { variables[$0].name }, table))
    var all = variables.map { [Double](repeating: $0.range.lowerBound, count: table.rowCount) }
    for (number, column) in zip(given, columnsGiven) { all[number] = column }
    let known = fields.filter { table.index(ofColumn: map.columnName($0.name)) != nil }
    guard !known.isEmpty else {
      throw InputFailure(
        .data,
        "no column of \(map.table) is a field; columns are \(table.header.joined(separator: ", "))",
        at: map.location)
    }
    let columns = try table.numbers(columns: known.map { map.columnName($0.name) })
    // A file may cover more than the experiment; beyond its domain nothing is asked of the fields.
    let domain = RegionDomain(experiment)
    let inside = all[0].indices.filter { row in
      rows?.contains(row) != false
        && domain?.contains(all.map { $0[row] }, tolerance: RegionDomain.dataTolerance) != false
        && zip(experiment.variables, all).allSatisfy { variable, values in
          let slack = 1e-9 * (variable.range.upperBound - variable.range.lowerBound)
          return values[row] >= variable.range.lowerBound - slack && values[row] <= variable.range.upperBound + slack
        }
    }
    outside = (rows?.count ?? table.rowCount) - inside.count
    guard !inside.isEmpty else {
      throw InputFailure(.data, "no row of \(map.table) lies inside the domain", at: map.location)
    }
    coordinates = all.map { values in inside.map { values[$0] } }
    values = zip(known, columns).map { known, values in (known.field, inside.map { values[$0] }) }
  }

  /// `field = expression in the variables`.
  private static func exact(
    _ text: LocatedText, at coordinates: [[Double]], group: Int?, _ model: inout FieldModel
  ) throws(InputFailure) -> (field: Int, values: [Double]) {
    let scope = model.scope(model.scope, group: group)
    let equation = try parseEquation(text, in: scope, graph: &model.graph)
    guard let right = equation.right, let field = model.fields.firstIndex(of: equation.left) else {
      throw InputFailure(
        .configuration, "an exact solution has the form 'field = expression'", at: text.location)
    }
    let program = ResidualProgram(model.graph, outputs: [right])
    var variables: [Int] = []
    for symbol in program.inputs {
      guard case .coordinate(let number, _) = symbol else {
        throw InputFailure(
          .configuration, "an exact solution may use variables and constants only", at: text.location)
      }
      variables.append(number)
    }
    let count = coordinates.first?.count ?? 0
    let values = (0..<count).map { point in program.evaluate(variables.map { coordinates[$0][point] })[0] }
    return (field, values)
  }
}

/// The points of a regular grid over the domain, the first variable slowest; those outside of a region are left out.
package struct OutputGrid: Sendable {
  package var coordinates: [[Double]]

  /// - Parameters: `counts` has the number of points along each variable; one point is the lower end, or the value in
  ///   `fixed` of that variable.
  package init(experiment: Experiment, counts: [Int], fixed: [Int: Double] = [:]) {
    let total = counts.reduce(1, *)
    coordinates = []
    var repeats = total
    for (number, (variable, count)) in zip(experiment.variables, counts).enumerated() {
      repeats /= count
      let ticks = (0..<count).map { tick -> Double in
        guard count > 1 else { return fixed[number] ?? variable.range.lowerBound }
        if tick == count - 1 { return variable.range.upperBound }
        let fraction = Double(tick) / Double(count - 1)
        return variable.range.lowerBound + fraction * (variable.range.upperBound - variable.range.lowerBound)
      }
      let inner = repeats
      coordinates.append((0..<total).map { ticks[$0 / inner % count] })
    }
    guard let domain = RegionDomain(experiment) else { return }
    let inside = (0..<total).filter { point in domain.contains(coordinates.map { $0[point] }) }
    coordinates = coordinates.map { values in inside.map { values[$0] } }
  }
}

import Configurations
import Diagnostics
import Expressions
import KernelInterface
import Kernels
import Problems
import Tables

/// The rows of a data set that are used, split into those to fit and those kept back.
struct Observations {
  /// Coordinates `[variable][row]` and known values `[column][row]` of the rows to fit; one set for each group of rows.
  var fitted: [PointSet]
  /// The rows kept for checking; empty where `holdout` is 0.
  var heldout: [PointSet]
  /// Σ 1/σ² over the residuals to fit; nil where the noise is not known.
  var precision: Double?
  /// A mean square of the residuals that is no noise: that of a thousandth of the spread of what is measured.
  var negligible = 0.0
}

/// Reads data sets: selects rows, adds noise, makes residuals of fields and columns.
struct ObservationReader {
  let experiment: Experiment

  /// - Parameters: `term` is the number of the loss term; `model` gains the residuals' nodes.
  /// - Throws: files that cannot be read, columns that are missing, rows outside the domain, wrong expressions.
  func read(
    _ data: Experiment.DataSet, term: Int, model: inout FieldModel
  ) throws(InputFailure) -> Observations {
    let table = try readTable(from: data.source)
    let coordinateNames = try columnNames(experiment.variables.map(\.name), data, table)
    let coordinates = try table.numbers(columns: coordinateNames)
    var rows = try selectedRows(data, table)
    try checkInside(rows, coordinates, coordinateNames, table)
    rows = draw(rows, data)
    let (fitted, heldout) = split(rows, data)
    var result = Observations(fitted: [], heldout: [])
    var spread = (sum: 0.0, count: 0)
    var noiseStream = 0
    for part in try groups(of: rows, data, table, model) {
      let scope = model.scope(model.scope, group: part.group)
      let residuals = try self.residuals(data, table, scope, group: part.group, &model)
      var columns = try table.numbers(columns: residuals.columns)
      if data.noise > 0 {
        for column in columns.indices {
          let stream = RandomStream(seed: data.seed, purpose: "noise \(data.name)", index: noiseStream + column)
          for row in part.rows { columns[column][row] += data.noise * stream.normal(at: UInt64(row)) }
        }
      }
      // Rows that tell of several groups have a noise for each.
      if part.sharesRows { noiseStream += columns.count }
      let terms = [Int](repeating: term, count: residuals.nodes.count)
      let all = PointSet(
        program: ResidualProgram(model.graph, outputs: residuals.nodes), terms: terms, sites: [coordinates],
        columns: columns)
      let own = Set(part.rows)
      let ownHeldout = heldout.filter(own.contains)
      var ownFitted = fitted.filter(own.contains)
      if experiment.drawsRowsAgain {
        let stream = RandomStream(
          seed: experiment.seed, purpose: "bootstrap \(data.name)", index: part.group ?? 0)
        ownFitted = ownFitted.indices.map { ownFitted[stream.integer(below: ownFitted.count, at: UInt64($0))] }
      }
      // What is kept back is compared in the units of the fields.
      result.heldout.append(all.selecting(ownHeldout))
      if let noise = try noise(data, table, coordinates, ownFitted, firstColumn: columns.count, &model) {
        result.precision = (result.precision ?? 0) + noise.precision * Double(terms.count)
        let nodes = residuals.nodes.map { node in
          let z = model.graph.divide(node, noise.sigma)
          return data.loss.residual(z, in: &model.graph)
        }
        let scaled = PointSet(
          program: ResidualProgram(model.graph, outputs: nodes), terms: terms, sites: [coordinates],
          columns: columns + noise.columns)
        result.fitted.append(scaled.selecting(ownFitted))
      } else {
        result.fitted.append(all.selecting(ownFitted))
      }
      if data.expressions == nil {
        for column in columns {
          spread.sum += sumOfSquaredDeviations(ownFitted.map { column[$0] })
          spread.count += ownFitted.count
        }
      }
    }
    if spread.count > 0 { result.negligible = 1e-6 * spread.sum / Double(spread.count) }
    return result
  }

  /// The standard deviation of the noise as a node, the columns it reads behind those of the residuals, and Σ 1/σ² over
  /// `rows`; nil where it is not known.
  private func noise(
    _ data: Experiment.DataSet, _ table: CSVTable, _ coordinates: [[Double]], _ rows: [Int], firstColumn: Int,
    _ model: inout FieldModel
  ) throws(InputFailure) -> (sigma: NodeID, columns: [[Double]], precision: Double)? {
    guard let text = data.sigma else { return nil }
    var scope = Scope(variables: experiment.variables.map(\.name))
    for (name, value) in experiment.constants { scope.names[name] = .node(model.graph.constant(value)) }
    for (number, name) in table.header.enumerated() where scope.names[name] == nil {
      scope.names[name] = .node(model.graph.symbol(.column(firstColumn + number)))
    }
    let node = try parseExpression(text, in: scope, graph: &model.graph)
    var used: [Int] = []
    for case .column(let number) in model.graph.symbols(of: [node]) { used.append(number - firstColumn) }
    var images: [Symbol: NodeID] = [:]
    for (place, number) in used.enumerated() {
      images[.column(firstColumn + number)] = model.graph.symbol(.column(firstColumn + place))
    }
    let sigma = model.graph.replacing(node) { images[$0] }
    let columns = try table.numbers(columns: used.map { table.header[$0] })
    let program = ResidualProgram(model.graph, outputs: [sigma])
    var precision = 0.0
    for row in rows {
      let value = program.evaluate(
        program.inputs.map { symbol in
          switch symbol {
          case .coordinate(let variable, _): coordinates[variable][row]
          case .column(let number): columns[number - firstColumn][row]
          default: preconditionFailure("\(symbol) in a standard deviation")
          }
        })[0]
      guard value.isFinite, value > 0 else {
        throw InputFailure(
          used.isEmpty ? .configuration : .data, "sigma must be above 0, found \(value)",
          at: used.first.map { table.location(row: row, column: $0) } ?? text.location,
          help: used.isEmpty ? nil : "leave such rows out with 'where'")
      }
      precision += 1 / (value * value)
    }
    return (sigma, columns, precision)
  }

  /// Σ (y − mean)².
  private func sumOfSquaredDeviations(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// Rows of a table that tell of one group, or of what is the same in all.
  struct GroupRows {
    var group: Int?
    var rows: [Int]
    /// Whether the same rows tell of other groups too, in other columns.
    var sharesRows = false
  }

  /// The rows of each group, by the column that is called as the group; all rows and no group where what they are
  /// compared with is the same in all groups. Without such a column, and with columns for the fields of single groups, "S[2]",
  /// each row tells of all those groups.
  ///
  /// - Throws: no such column; labels that no group has.
  func groups(
    of rows: [Int], _ data: Experiment.DataSet, _ table: CSVTable, _ model: FieldModel,
    expressions: [LocatedText]? = nil
  ) throws(InputFailure) -> [GroupRows] {
    guard let kind = model.group else { return [GroupRows(rows: rows)] }
    let map = ColumnMap(columns: data.columns, source: data.source)
    let own = expressions == nil ? ownColumns(data, table, model) : []
    if !own.isEmpty {
      // A name in 'use' or 'columns' that has no column is a mistake all the same.
      let named = data.columns.keys.filter(model.fieldNames.contains).sorted()
      let used = (data.fields?.map(\.text) ?? []).filter { name in
        model.baseNames.contains(name) && !own.contains { model.baseName(ofField: $0.field) == name }
      }
      _ = try map.names(named + used, table)
      let told = own.reduce(into: [Int?]()) { if !$0.contains($1.group) { $0.append($1.group) } }
      return told.map { GroupRows(group: $0, rows: rows, sharesRows: true) }
    }
    let isGrouped: Bool
    if let texts = expressions ?? data.expressions {
      isGrouped = model.groups(of: texts) != [nil]
    } else {
      let wanted = data.fields?.map(\.text) ?? model.baseNames.filter { table.header.contains(map.columnName($0)) }
      isGrouped = wanted.contains(where: model.isGrouped)
    }
    guard isGrouped else { return [GroupRows(rows: rows)] }
    let column = try map.names([kind.name.name], table)[0]
    let labels = try table.texts(column)
    let numbers = kind.labels.map { Double($0) }
    var parts = kind.labels.indices.map { GroupRows(group: $0, rows: []) }
    for row in rows {
      // "1.0" is the label 1.
      let value = Double(labels[row])
      guard
        let place = kind.labels.firstIndex(of: labels[row])
          ?? numbers.firstIndex(where: { $0 != nil && $0 == value })
      else {
        throw InputFailure(
          .data, "there is no \(kind.name.name) '\(labels[row])'",
          at: table.location(row: row, column: table.index(ofColumn: column) ?? 0),
          help: "labels are \(kind.labels.prefix(12).joined(separator: ", ")); leave such rows out with 'where'")
      }
      parts[place].rows.append(row)
    }
    return parts.filter { !$0.rows.isEmpty }
  }

  /// The fields that a table without a column for the group has columns for, those of single groups being called "S[2]";
  /// none where no group has a column of its own.
  private func ownColumns(
    _ data: Experiment.DataSet, _ table: CSVTable, _ model: FieldModel
  ) -> [(field: Int, group: Int?, column: String)] {
    let map = ColumnMap(columns: data.columns, source: data.source)
    guard let kind = model.group, data.expressions == nil,
      table.index(ofColumn: map.columnName(kind.name.name)) == nil
    else { return [] }
    let wanted = data.fields?.map(\.text)
    let found = model.fieldNames.indices.compactMap { field -> (field: Int, group: Int?, column: String)? in
      let column = map.columnName(model.fieldNames[field])
      guard wanted?.contains(model.baseName(ofField: field)) != false, table.index(ofColumn: column) != nil else {
        return nil
      }
      return (field, model.groupNumber(ofField: field), column)
    }
    return found.contains { $0.group != nil } ? found : []
  }

  /// The columns that hold some variables or fields, in their order.
  func columnNames(
    _ names: [String], _ data: Experiment.DataSet, _ table: CSVTable
  ) throws(InputFailure) -> [String] {
    try ColumnMap(columns: data.columns, source: data.source).names(names, table)
  }

  /// What is to vanish at each row: field − column, or the relations of `expr`; and the names of the columns that the
  /// nodes read, by their numbers there.
  ///
  /// - Parameters: `scope` has the names of `group`; in it the components of a normal, if there are any, are the columns
  ///   that follow.
  func residuals(
    _ data: Experiment.DataSet, _ table: CSVTable, _ scope: Scope, group: Int?, _ model: inout FieldModel
  ) throws(InputFailure) -> (nodes: [NodeID], columns: [String]) {
    if let texts = data.expressions { return try relations(texts, table, scope, &model) }
    let map = ColumnMap(columns: data.columns, source: data.source)
    let names = model.baseNames
    for name in data.fields ?? [] where !names.contains(name.text) {
      let near = nearestName(to: name.text, among: names)
      throw InputFailure(
        .configuration, "'\(name.text)' in 'use' is not a field", at: name.location,
        help: near.map { "did you mean '\($0)'?" } ?? "fields are \(names.joined(separator: ", "))")
    }
    let own = ownColumns(data, table, model).filter { $0.group == group }
    if !own.isEmpty {
      let nodes = own.enumerated().map { place, own in
        model.graph.subtract(model.fields[own.field], model.graph.symbol(.column(place)))
      }
      return (nodes, own.map(\.column))
    }
    let wanted: [String]
    if let used = data.fields {
      wanted = used.map(\.text)
    } else {
      wanted = names.filter { table.header.contains(map.columnName($0)) }
      guard !wanted.isEmpty else {
        throw InputFailure(
          .data,
          "no column of \(data.source.description) is a field; columns are \(table.header.joined(separator: ", "))",
          at: data.source.text.location, help: "name the columns of fields: columns = { u = \"…\" }")
      }
    }
    let columns = try map.names(wanted, table)
    var nodes: [NodeID] = []
    for (place, name) in wanted.enumerated() {
      guard let field = model.field(named: name, group: group) else { preconditionFailure("no field '\(name)'") }
      nodes.append(model.graph.subtract(model.fields[field], model.graph.symbol(.column(place))))
    }
    return (nodes, columns)
  }

  /// Relations between fields and columns; a column may be named where its name means nothing else.
  private func relations(
    _ texts: [LocatedText], _ table: CSVTable, _ known: Scope, _ model: inout FieldModel
  ) throws(InputFailure) -> (nodes: [NodeID], columns: [String]) {
    var scope = known
    // A name that is an expression already, as `u`, `u_x` and `pi` are, keeps its meaning; so does the normal.
    let columns = table.header.filter { name in
      (try? parseExpression(LocatedText(name), in: known, graph: &model.graph)) == nil
        && !(name == "n" && known.normal != nil)
    }
    for (place, name) in columns.enumerated() { scope.names[name] = .node(model.graph.symbol(.column(place))) }
    // The normal goes behind all columns, until it is known which of them are used.
    scope.normal = known.normal.map { normal in
      normal.enumerated().map { variable, component in
        model.graph.isVarying(component) ? model.graph.symbol(.column(columns.count + variable)) : component
      }
    }
    var nodes: [NodeID] = []
    for text in texts { nodes.append(try parseResidual(text, in: scope, graph: &model.graph)) }
    // Only columns that are named must be numbers.
    let used = Set(
      model.graph.symbols(of: nodes).compactMap { symbol -> Int? in
        if case .column(let number) = symbol, number < columns.count { number } else { nil }
      }
    ).sorted()
    var images: [Symbol: NodeID] = [:]
    for (place, number) in used.enumerated() { images[.column(number)] = model.graph.symbol(.column(place)) }
    var next = used.count
    for (variable, component) in (known.normal ?? []).enumerated() where model.graph.isVarying(component) {
      images[.column(columns.count + variable)] = model.graph.symbol(.column(next))
      next += 1
    }
    nodes = nodes.map { node in model.graph.replacing(node) { images[$0] } }
    return (nodes, used.map { columns[$0] })
  }

  /// The numbers of the rows of the data set for which its `where` holds.
  func selectedRows(_ data: Experiment.DataSet, _ table: CSVTable) throws(InputFailure) -> [Int] {
    var rows = Array(0..<table.rowCount)
    if let range = data.rows { rows = rows.filter { range.contains($0 + 1) } }
    if let filter = data.filter {
      var graph = ExpressionGraph(variableCount: 0, outputInputs: [])
      var scope = Scope()
      for (name, value) in experiment.constants { scope.names[name] = .node(graph.constant(value)) }
      for (number, name) in table.header.enumerated() { scope.names[name] = .node(graph.symbol(.column(number))) }
      for variable in experiment.variables.map(\.name) {
        let column = data.columns[variable]?.text ?? variable
        if let number = table.index(ofColumn: column) { scope.names[variable] = .node(graph.symbol(.column(number))) }
      }
      let node = try parseExpression(filter, in: scope, graph: &graph)
      let program = ResidualProgram(graph, outputs: [node])
      var names: [String] = []
      for case .column(let number) in program.inputs { names.append(table.header[number]) }
      let columns = try table.numbers(columns: names)
      rows = rows.filter { row in
        let value = program.evaluate(columns.map { $0[row] })[0]
        return value != 0 && !value.isNaN
      }
    }
    guard !rows.isEmpty else {
      throw InputFailure(
        .data, "no row of \(data.source.description) is selected",
        at: data.filter?.location ?? data.source.text.location)
    }
    return rows
  }

  func checkInside(
    _ rows: [Int], _ coordinates: [[Double]], _ names: [String], _ table: CSVTable
  ) throws(InputFailure) {
    let domain = RegionDomain(experiment)
    for row in rows {
      for (number, variable) in experiment.variables.enumerated() {
        let value = coordinates[number][row]
        let slack = 1e-9 * (variable.range.upperBound - variable.range.lowerBound)
        guard value < variable.range.lowerBound - slack || value > variable.range.upperBound + slack else { continue }
        let column = table.index(ofColumn: names[number]) ?? 0
        throw InputFailure(
          .data,
          "\(variable.name) = \(value) lies outside the domain [\(variable.range.lowerBound), \(variable.range.upperBound)]",
          at: table.location(row: row, column: column),
          help:
            "leave such rows out: where = \"\(variable.name) >= \(variable.range.lowerBound) and \(variable.name) <= \(variable.range.upperBound)\""
        )
      }
      let point = coordinates.map { $0[row] }
      if let domain, !domain.contains(point, tolerance: RegionDomain.dataTolerance) {
        let place = zip(experiment.variables, point).map { "\($0.name) = \($1)" }.joined(separator: ", ")
        throw InputFailure(
          .data, "\(place) lies outside the region", at: table.location(row: row, column: 0),
          help: "leave such rows out with 'where'")
      }
    }
  }

  /// `fraction` of the rows, in their order.
  private func draw(_ rows: [Int], _ data: Experiment.DataSet) -> [Int] {
    guard data.fraction < 1 else { return rows }
    let count = max(1, Int((data.fraction * Double(rows.count)).rounded()))
    let order = RandomStream(seed: data.seed, purpose: "fraction \(data.name)").permutation(rows.count)
    return order.prefix(count).sorted().map { rows[$0] }
  }

  private func split(_ rows: [Int], _ data: Experiment.DataSet) -> (fitted: [Int], heldout: [Int]) {
    let count = min(rows.count - 1, Int((data.holdout * Double(rows.count)).rounded()))
    guard count > 0 else { return (rows, []) }
    let order = RandomStream(seed: data.seed, purpose: "holdout \(data.name)").permutation(rows.count)
    let heldout = Set(order.prefix(count))
    return (
      rows.indices.filter { !heldout.contains($0) }.map { rows[$0] },
      rows.indices.filter { heldout.contains($0) }.map { rows[$0] }
    )
  }
}

/// Which column of a table holds a variable or field: its own name, or the one the user gave.
struct ColumnMap {
  private let columns: [String: LocatedText]
  /// What messages call the table, and where they point.
  let table: String
  let location: SourceLocation
  /// Whether there is a configuration in which columns can be given other names.
  private let isConfigured: Bool

  /// For a table that an experiment names.
  init(columns: [String: LocatedText], source: Experiment.DataSource) {
    self.columns = columns
    table = source.description
    location = source.text.location
    isConfigured = true
  }

  /// For a table given on the command line.
  init(of table: CSVTable) {
    columns = [:]
    self.table = "'\(table.name)'"
    location = table.headerLocation
    isConfigured = false
  }

  func columnName(_ name: String) -> String { columns[name]?.text ?? name }

  /// - Parameter key: where in the experiment the columns are named.
  /// - Throws: names without a column in the table.
  func names(_ wanted: [String], _ table: CSVTable, key: String = "columns") throws(InputFailure) -> [String] {
    var collector = DiagnosticCollector()
    for name in wanted where table.index(ofColumn: columnName(name)) == nil {
      let near = nearestName(to: columnName(name), among: table.header)
      let help =
        near.map { isConfigured ? "if it is '\($0)': \(key) = { \(name) = \"\($0)\" }" : "did you mean '\($0)'?" }
        ?? (isConfigured ? "name the column of '\(name)': \(key) = { \(name) = \"…\" }" : nil)
      collector.report(
        "\(self.table) has no column '\(columnName(name))'; columns are \(table.header.joined(separator: ", "))",
        at: columns[name]?.location ?? location, help: help)
    }
    do throws(InputFailure) {
      try collector.throwIfAny()
    } catch {
      throw InputFailure(.data, error.diagnostics)
    }
    return wanted.map(columnName)
  }
}

extension Experiment.DataSource {
  /// What messages call it.
  var description: String {
    switch self {
    case .file(let path): "'\(path.text)'"
    case .inline: "the inline data"
    }
  }
}

/// Reads a table from its file, or from the experiment itself.
func readTable(from source: Experiment.DataSource) throws(InputFailure) -> CSVTable {
  switch source {
  case .file(let path): try readTable(path: path.text)
  case .inline(let text): try readTable(text: text.text, named: "\(text.file.name): inline data")
  }
}

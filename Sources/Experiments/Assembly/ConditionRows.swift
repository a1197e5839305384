import Autodiff
import Configurations
import Diagnostics
import Expressions
import Problems
import Tables

extension ObservationReader {
  /// The points of a condition that are rows of a table, one set for each group of rows: each point lies on one of the condition's places, which has the
  /// normal there.
  ///
  /// A variable without a column has the value at which the places fix it.
  ///
  /// - Throws: as for data sets; rows that lie on none of the places.
  func read(
    _ rows: Experiment.DataSet, at places: [ConditionPlace], term: Int, isConstraint: Bool, model: inout FieldModel
  ) throws(InputFailure) -> [PointSet] {
    let table = try readTable(from: rows.source)
    let map = ColumnMap(columns: rows.columns, source: rows.source)
    let names = experiment.variables.map(\.name)
    let fixed = names.indices.map { variable -> Double? in
      let hasColumn = table.index(ofColumn: map.columnName(names[variable])) != nil
      return hasColumn ? nil : ConditionPlace.value(of: variable, at: places)
    }
    let given = names.indices.filter { fixed[$0] == nil }
    let columns = try table.numbers(columns: try map.names(given.map { names[$0] }, table))
    var coordinates = fixed.map { [Double](repeating: $0 ?? 0, count: table.rowCount) }
    for (variable, values) in zip(given, columns) { coordinates[variable] = values }

    var scope = model.scope
    let hasNormals = places.allSatisfy(\.hasNormal)
    if hasNormals {
      scope.normal = names.indices.map { variable in
        scope.timeVariable == variable ? model.graph.constant(0) : model.graph.symbol(.column(variable))
      }
    }
    let selected = try selectedRows(rows, table)
    var normals = names.indices.map { _ in [Double](repeating: 0, count: table.rowCount) }
    var strays: [Diagnostic] = []
    let ground = model
    for row in selected {
      let point = coordinates.map { $0[row] }
      guard let (place, normal) = places.lazy.compactMap({ $0.locating(point, ground) }).first else {
        let column = given.first.flatMap { table.index(ofColumn: map.columnName(names[$0])) } ?? 0
        let text = zip(names, point).map { "\($0) = \($1)" }.joined(separator: ", ")
        strays.append(
          Diagnostic(
            .error, "\(text) does not lie where condition '\(rows.name)' holds",
            at: table.location(row: row, column: column), help: "leave such rows out with 'where'"))
        continue
      }
      for variable in names.indices {
        coordinates[variable][row] = place[variable]
        normals[variable][row] = normal?[variable] ?? 0
      }
    }
    guard strays.isEmpty else { throw InputFailure(.data, Array(strays.prefix(20))) }
    let used = scope.normal.map { normal in names.indices.filter { model.graph.isVarying(normal[$0]) } } ?? []
    var sets: [PointSet] = []
    for part in try groups(of: selected, rows, table, model) {
      let residuals = try self.residuals(
        rows, table, model.scope(scope, group: part.group), group: part.group, &model)
      let values = try table.numbers(columns: residuals.columns)
      let set = PointSet(
        of: residuals.nodes, in: &model.graph, term: term, isConstraint: isConstraint, sites: [coordinates],
        columns: values + used.map { normals[$0] })
      sets.append(set.selecting(part.rows))
    }
    return sets
  }
}

extension ConditionPlace {
  var hasNormal: Bool {
    switch self {
    case .slice(_, let normal, _): normal != nil
    case .boundary: true
    case .periodic: false
    }
  }

  /// The value that all places fix a variable at.
  fileprivate static func value(of variable: Int, at places: [ConditionPlace]) -> Double? {
    let values = places.map { place -> Double? in
      if case .slice(let slice, _, _) = place { slice.fixedValues[variable] } else { nil }
    }
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// The point, at the very values of fixed variables, and the normal there; nil where it does not lie on the place up
  /// to the rounding of files.
  fileprivate func locating(_ point: [Double], _ model: FieldModel) -> (point: [Double], normal: [Double]?)? {
    let tolerance = RegionDomain.dataTolerance
    switch self {
    case .slice(let slice, let normal, let filter):
      guard slice.contains(point.span, tolerance: tolerance) else { return nil }
      let exact = zip(zip(slice.fixedValues, slice.region.variables), point).map { place, value in
        // A coordinate beyond a bound by rounding is that bound.
        place.0 ?? min(max(value, place.1.lower), place.1.upper)
      }
      guard model.domain?.contains(exact, tolerance: tolerance) != false, filter?(exact) != false else { return nil }
      return (exact, normal)
    case .boundary(let boundary):
      let box = model.region
      guard box.contains(point.span, tolerance: tolerance),
        let found = boundary.normal(at: point, tolerance: tolerance)
      else { return nil }
      var normal = [Double](repeating: 0, count: box.dimensions)
      let space = box.variables.indices.filter { $0 != model.scope.timeVariable }
      for (variable, component) in zip(space, found) { normal[variable] = component }
      return (point, normal)
    case .periodic: return nil
    }
  }
}

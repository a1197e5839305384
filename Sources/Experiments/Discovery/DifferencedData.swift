import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Tables

/// The fields of one data set on a grid, with derivatives from differences, at which expressions can be computed.
struct DifferencedData {
  private let experiment: Experiment
  private let data: Experiment.DataSet
  /// Ascending values along each variable.
  private let ticks: [[Double]]
  /// How far apart neighbours along each variable are.
  private let strides: [Int]
  /// `[field][point]`, the last variable fastest.
  private let values: [[Double]]
  /// Numbers of the fields that have a column, in the experiment.
  private let fields: [Int]

  /// - Throws: data that are no grid, too few values for the differences, what differences cannot do.
  init(_ experiment: Experiment, _ data: Experiment.DataSet) throws(InputFailure) {
    self.experiment = experiment
    self.data = data
    let place = data.source.text.location
    guard data.fraction == 1, data.holdout == 0, data.expressions == nil else {
      throw InputFailure(
        .configuration, "differences need all rows of data set '\(data.name)'", at: data.location,
        help: "leave out 'fraction', 'holdout' and 'expr', or take derivatives = \"network\"")
    }
    let table = try readTable(from: data.source)
    let map = ColumnMap(columns: data.columns, source: data.source)
    let reader = ObservationReader(experiment: experiment)
    let names = try map.names(experiment.variables.map(\.name), table)
    let all = try table.numbers(columns: names)
    let rows = try reader.selectedRows(data, table)
    try reader.checkInside(rows, all, names, table)
    fields = experiment.fields.indices.filter { table.header.contains(map.columnName(experiment.fields[$0].baseName)) }
    let columns = try table.numbers(columns: fields.map { map.columnName(experiment.fields[$0].baseName) })
    let coordinates = all.map { column in rows.map { column[$0] } }
    var functions: [GridFunction] = []
    do throws(GridFunction.Failure) {
      for (number, column) in columns.enumerated() {
        let stream = RandomStream(seed: data.seed, purpose: "noise \(data.name)", index: number)
        let noisy = rows.map { data.noise > 0 ? column[$0] + data.noise * stream.normal(at: UInt64($0)) : column[$0] }
        functions.append(
          try GridFunction(variables: Array(coordinates.indices), coordinates: coordinates, values: noisy))
      }
    } catch {
      let counts = zip(error.counts, names).map { "\($0) values of \($1)" }.joined(separator: ", ")
      throw InputFailure(
        .data, "the \(rows.count) rows of \(map.table) form no grid: there are \(counts)", at: place,
        help: "differences need every combination once; derivatives = \"network\" does without")
    }
    guard let first = functions.first else {
      throw InputFailure(
        .data, "no column of \(map.table) is a field; columns are \(table.header.joined(separator: ", "))", at: place)
    }
    let ticks = first.axes.map(\.ticks)
    var strides = [Int](repeating: 1, count: ticks.count)
    for axis in ticks.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * ticks[axis + 1].count }
    let grid = ticks.indices.map { axis in
      rows.indices.map { point in ticks[axis][point / strides[axis] % ticks[axis].count] }
    }
    self.ticks = ticks
    self.strides = strides
    values = functions.map { $0.values(at: grid) }
  }

  /// Expressions at the points where all derivatives are central: not at the outermost ones of a variable by which
  /// something is derived.
  ///
  /// - Returns: `[expression][point]`.
  /// - Throws: what is wrong with the texts, and what differences of the data cannot give.
  func values(of texts: [LocatedText]) throws(InputFailure) -> [[Double]] {
    let variables = experiment.variables
    var graph = ExpressionGraph(
      variableCount: variables.count,
      outputInputs: [Set<Int>](repeating: Set(variables.indices), count: fields.count))
    var scope = Scope(variables: variables.map(\.name), timeVariable: variables.firstIndex(where: \.isTime))
    for (name, value) in experiment.constants { scope.names[name] = .node(graph.constant(value)) }
    for (name, expression) in experiment.definitions { scope.names[name.name] = .definition(expression) }
    for (place, field) in fields.enumerated() {
      scope.names[experiment.fields[field].baseName] = .node(graph.symbol(.output(place, .value, site: 0)))
    }
    var collector = DiagnosticCollector()
    var nodes: [NodeID] = []
    for text in texts {
      let node = collector.attempt { () throws(InputFailure) in
        let node = try parseExpression(text, in: scope, graph: &graph)
        for symbol in graph.symbols(of: [node]) where symbol.site != 0 {
          throw InputFailure(
            .configuration, "differences know the fields at the points of the data alone", at: text.location,
            help: "derivatives = \"network\" knows them everywhere")
        }
        return node
      }
      if let node { nodes.append(node) }
    }
    try collector.throwIfAny()
    let program = ResidualProgram(graph, outputs: nodes)
    var derived: Set<Int> = []
    var columns: [[Double]] = []
    let count = ticks.reduce(1) { $0 * $1.count }
    for symbol in program.inputs {
      switch symbol {
      case .coordinate(let variable, _):
        columns.append((0..<count).map { ticks[variable][$0 / strides[variable] % ticks[variable].count] })
      case .output(let field, let index, _):
        derived.formUnion(index.variables)
        columns.append(try derivative(of: values[field], index))
      default: preconditionFailure("\(symbol) in an expression of data")
      }
    }
    let margin = experiment.discovery.window / 2
    var result = nodes.map { _ in [Double]() }
    for point in 0..<count {
      let isInside = derived.allSatisfy { axis in
        (margin..<ticks[axis].count - margin).contains(point / strides[axis] % ticks[axis].count)
      }
      guard isInside else { continue }
      for (place, value) in program.evaluate(columns.map { $0[point] }).enumerated() { result[place].append(value) }
    }
    return result
  }

  private func derivative(of values: [Double], _ index: MultiIndex) throws(InputFailure) -> [Double] {
    var values = values
    for axis in Set(index.variables).sorted() {
      let order = index.variables.count { $0 == axis }
      let name = experiment.variables[axis].name
      let (window, degree) = (experiment.discovery.window, experiment.discovery.degree)
      guard order <= degree else {
        throw InputFailure(
          .configuration, "differences of degree \(degree) have no derivative of order \(order) by \(name)",
          at: data.location, help: "raise 'degree' in [discovery], and 'window' above it")
      }
      guard ticks[axis].count > 2 * (window / 2) else {
        throw InputFailure(
          .data,
          "data set '\(data.name)' has \(ticks[axis].count) values of \(name), too few for a window of \(window)",
          at: data.location)
      }
      values = derivative(of: values, axis, order, window: window, degree: degree)
    }
    return values
  }

  private func derivative(
    of values: [Double], _ axis: Int, _ order: Int, window: Int, degree: Int
  ) -> [Double] {
    let line = ticks[axis]
    let stencils = line.indices.map { tick in
      // Near the ends the window does not have the point in its middle; those points are left out in the end.
      let first = max(0, min(tick - window / 2, line.count - window))
      let places = Array(line[first..<first + window])
      let weights = DifferenceWeights(places: places, at: line[tick], degree: degree, highest: order).weights[order]
      return (first: first, weights: weights)
    }
    let stride = strides[axis]
    return values.indices.map { point in
      let tick = point / stride % line.count
      let start = point - tick * stride
      return stencils[tick].weights.enumerated().reduce(0) {
        $0 + $1.element * values[start + (stencils[tick].first + $1.offset) * stride]
      }
    }
  }
}

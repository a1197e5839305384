import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems
import Tables

/// Reads metrics: their expressions, and the points that their sums run over.
struct MetricReader {
  let terms: TermAssembly
  let rollout: Rollout?

  private var experiment: Experiment { terms.experiment }

  /// One metric, or one for each group where its expression means something of its own in each.
  ///
  /// - Throws: wrong expressions, files that cannot be read, places without points.
  func read(_ metric: Experiment.Metric, _ model: inout FieldModel) throws(InputFailure) -> [FieldMetric] {
    let ground = try ground(metric, model)
    let parts = try groups(metric, ground, model)
    var metrics: [FieldMetric] = []
    for part in parts {
      var found = try read(metric, ground, part, &model)
      if let group = part.group { found.name += "[\(model.group?.labels[group] ?? "")]" }
      metrics.append(found)
    }
    return metrics
  }

  /// The points of sums, before it is known which columns are read.
  private struct Ground {
    var description: String
    /// `[variable][point]`
    var coordinates: [[Double]]
    /// The components of the normal by variable, where there is one.
    var normals: [[Double]]?
    var weights: [Double]?
    /// The table whose columns have names, and its rows that are points.
    var table: CSVTable?
    var rows: [Int] = []
    var data: Experiment.DataSet?
    /// Columns beside those of the table.
    var more: [(name: String, values: [Double])] = []
    var isOfRollout = false
  }

  private func ground(
    _ metric: Experiment.Metric, _ model: FieldModel
  ) throws(InputFailure) -> Ground {
    switch metric.points {
    case .rows(let data): return try ground(data, model)
    case .places(let texts):
      var parts: [IntegralPoints.Part] = []
      for text in texts { parts += try self.parts(text, model) }
      let list = texts.map { "'\($0.text)'" }.joined(separator: ", ")
      return quadrature(parts, metric, index: 0, "points at \(list)", model)
    case .rollout(let text):
      guard let rollout, let first = rollout.sets.first else {
        throw InputFailure(
          .configuration, "there is no [rollout] whose states the metric could take", at: text.location)
      }
      return Ground(
        description: "states of the roll-out", coordinates: first.coordinates,
        table: rollout.table, rows: first.rows, data: rollout.settings.rows, more: rollout.references,
        isOfRollout: true)
    case .open:
      for coefficients in experiment.coefficients {
        var data = Experiment.DataSet(
          rowsOf: coefficients.source, name: metric.name.text, columns: coefficients.columns, seed: experiment.seed)
        data.expressions = [metric.expression]
        let table = try readTable(from: data.source)
        let map = ColumnMap(columns: data.columns, source: data.source)
        if experiment.variables.allSatisfy({ table.index(ofColumn: map.columnName($0.name)) != nil }) {
          return try ground(data, model)
        }
      }
      return quadrature(domain(model), metric, index: 0, "points of the domain", model)
    }
  }

  private func ground(_ data: Experiment.DataSet, _ model: FieldModel) throws(InputFailure) -> Ground {
    let reader = ObservationReader(experiment: experiment)
    let table = try readTable(from: data.source)
    let names = try reader.columnNames(experiment.variables.map(\.name), data, table)
    let coordinates = try table.numbers(columns: names)
    let rows = try reader.selectedRows(data, table)
    try reader.checkInside(rows, coordinates, names, table)
    return Ground(
      description: "rows of \(data.source.description)",
      coordinates: coordinates.map { values in rows.map { values[$0] } }, table: table, rows: rows, data: data)
  }

  private func quadrature(
    _ parts: [IntegralPoints.Part], _ metric: Experiment.Metric, index: Int, _ description: String,
    _ model: FieldModel
  ) -> Ground {
    let dimensions = model.region.dimensions
    var ground = Ground(
      description: description, coordinates: model.region.variables.map { _ in [] },
      normals: model.region.variables.map { _ in [] }, weights: [])
    for (number, part) in parts.enumerated() {
      let stream = terms.stream("metric \(metric.name.text) \(index)", index: number)
      let found = part.place.quadrature(count: metric.count, sampler: SobolSampler(), stream: stream)
      ground.weights? += found.weights
      for variable in 0..<dimensions {
        ground.coordinates[variable] += found.weights.indices.map { found.points[$0 * dimensions + variable] }
        ground.normals?[variable] += found.weights.indices.map { part.normal(found, variable, $0) }
      }
    }
    return ground
  }

  /// The points of each group, and the group; all of them and no group where the expression is the same in all.
  private func groups(
    _ metric: Experiment.Metric, _ ground: Ground, _ model: FieldModel
  ) throws(InputFailure) -> [(group: Int?, points: [Int])] {
    let all = Array(ground.coordinates.first?.indices ?? 0..<0)
    guard let table = ground.table, let data = ground.data else {
      return model.groups(of: [metric.expression]).map { ($0, all) }
    }
    let parts = try ObservationReader(experiment: experiment).groups(
      of: ground.rows, data, table, model, expressions: [metric.expression])
    return parts.map { part in
      let rows = Set(part.rows)
      return (part.group, all.filter { rows.contains(ground.rows[$0]) })
    }
  }

  private func read(
    _ metric: Experiment.Metric, _ ground: Ground, _ part: (group: Int?, points: [Int]), _ model: inout FieldModel
  ) throws(InputFailure) -> FieldMetric {
    let dimensions = model.region.dimensions
    var scope = model.scope(model.scope, group: part.group)
    scope.allowsIntegrals = true
    scope.allowsReductions = true
    // The components of the normal, then the columns of the table, then others.
    scope.normal = (0..<dimensions).map { variable in
      variable == scope.timeVariable ? model.graph.constant(0) : model.graph.symbol(.column(variable))
    }
    let header = ground.table?.header ?? []
    for (place, name) in (header + ground.more.map(\.name)).enumerated()
    where (try? parseExpression(LocatedText(name), in: scope, graph: &model.graph)) == nil && name != "n" {
      scope.names[name] = .node(model.graph.symbol(.column(dimensions + place)))
    }
    let unit: Unit? = metric.unit.text.isEmpty ? nil : try Unit(metric.unit)
    let first = model.graph.integrals.count
    let node = try parseExpression(metric.expression, in: scope, graph: &model.graph, unit: unit)
    let numbers = Array(first..<model.graph.integrals.count)
    var images: [Symbol: NodeID] = [:]
    for (place, number) in numbers.enumerated() { images[.integral(number)] = model.graph.symbol(.column(place)) }
    try checkOutside(node, images, metric, model)
    let outer = model.graph.replacing(node) { images[$0] }

    var sums: [FieldMetric.PointSums] = []
    let integrals = numbers.map { model.graph.integrals[$0] }
    let own = integrals.indices.filter { integrals[$0].kind != .integral }
    if !own.isEmpty {
      if ground.weights != nil, let place = own.first(where: { integrals[$0].kind == .sum }) {
        _ = place
        throw InputFailure(
          .configuration, "'sum' has no meaning over \(ground.description), of which there are as many as you like",
          at: metric.expression.location,
          help: "write mean(…) or integral(…), or name the 'file' whose rows are meant")
      }
      sums.append(try sum(ground, part.points, own, integrals, metric, &model))
    }
    for place in integrals.indices where integrals[place].kind == .integral {
      let parts = try integrals[place].place.map { text throws(InputFailure) in try self.parts(text, model) }
      let ground = quadrature(parts ?? domain(model), metric, index: 1 + place, "points of an integral", model)
      let points = Array(ground.coordinates[0].indices)
      sums.append(try sum(ground, points, [place], integrals, metric, &model))
    }
    let used = Set(integrals.flatMap { model.graph.symbols(of: [$0.integrand]) } + model.graph.symbols(of: [outer]))
    guard used.contains(where: { $0.networkOutput != nil || $0.isUnknown }) || ground.isOfRollout else {
      throw InputFailure(
        .configuration, "metric '\(metric.name.text)' depends on no field and no unknown",
        at: metric.expression.location)
    }
    let count = sums.first { !own.isEmpty && $0.places == own }?.coordinates.first?.count
    return FieldMetric(
      name: metric.name.text,
      points: count.map { "\($0) \(ground.description)" } ?? "the points of its integrals", sums: sums,
      value: ResidualProgram(model.graph, outputs: [outer]), origin: model.region.variables.map(\.lower))
  }

  /// The sums over some points of a ground.
  private func sum(
    _ ground: Ground, _ points: [Int], _ places: [Int], _ integrals: [PlacedIntegral], _ metric: Experiment.Metric,
    _ model: inout FieldModel
  ) throws(InputFailure) -> FieldMetric.PointSums {
    let dimensions = model.region.dimensions
    let header = ground.table?.header ?? []
    let nodes = places.map { integrals[$0].integrand }
    let used = model.graph.symbols(of: nodes).compactMap { symbol -> Int? in
      if case .column(let number) = symbol { number } else { nil }
    }
    var columns: [[Double]] = []
    var images: [Symbol: NodeID] = [:]
    for (place, number) in used.enumerated() {
      images[.column(number)] = model.graph.symbol(.column(place))
      if number < dimensions {
        guard let normals = ground.normals else {
          throw InputFailure(
            .configuration, "rows have no outward normal", at: metric.expression.location,
            help: "a flux through the boundary is integral(d(u, n), boundary)")
        }
        columns.append(points.map { normals[number][$0] })
      } else if let table = ground.table, number - dimensions < header.count {
        let values = try table.numbers(header[number - dimensions])
        columns.append(points.map { values[ground.rows[$0]] })
      } else if number - dimensions - header.count < ground.more.count, ground.table != nil {
        let values = ground.more[number - dimensions - header.count].values
        columns.append(points.map { values[$0] })
      } else {
        throw InputFailure(
          .configuration, "a column has no values at the points of an integral", at: metric.expression.location,
          help: "sum(…) and mean(…) run over the rows of the file")
      }
    }
    let renumbered = nodes.map { node in model.graph.replacing(node) { images[$0] } }
    return FieldMetric.PointSums(
      coordinates: ground.coordinates.map { values in points.map { values[$0] } }, columns: columns,
      weights: ground.weights.map { weights in points.map { weights[$0] } }, isOfRollout: ground.isOfRollout,
      program: ResidualProgram(model.graph, outputs: renumbered), kinds: places.map { integrals[$0].kind },
      places: places)
  }

  /// Outside of sums only what is the same everywhere may stand.
  private func checkOutside(
    _ node: NodeID, _ images: [Symbol: NodeID], _ metric: Experiment.Metric, _ model: FieldModel
  ) throws(InputFailure) {
    for symbol in model.graph.symbols(of: [node]) {
      switch symbol {
      case .unknown: continue
      case .integral where images[symbol] != nil: continue
      default:
        // A place with fixed coordinates: at(u, x = 0, t = 1).
        if let site = symbol.site, let coordinates = model.graph.coordinates(ofSite: site),
          model.graph.symbols(of: coordinates).isEmpty
        {
          continue
        }
        let variables = experiment.variables.map { "\($0.name) = …" }.joined(separator: ", ")
        throw InputFailure(
          .configuration, "what stands outside of sums in metric '\(metric.name.text)' differs from point to point",
          at: metric.expression.location,
          help: "write mean(…), max(…) or integral(…) around it, or at(…, \(variables))")
      }
    }
  }

  // MARK: Places

  /// All of the domain, time included.
  private func domain(_ model: FieldModel) -> [IntegralPoints.Part] {
    [IntegralPoints.Part(place: model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior))]
  }

  private func parts(_ text: LocatedText, _ model: FieldModel) throws(InputFailure) -> [IntegralPoints.Part] {
    if text.text.filter({ !$0.isWhitespace }) == "domain" { return domain(model) }
    return try terms.places.readStanding(text).map { place throws(InputFailure) in
      switch place {
      case .slice(let slice, let normal, let filter):
        IntegralPoints.Part(place: try terms.points(of: slice, filter, model, text), normal: normal)
      case .boundary(let boundary): IntegralPoints.Part(place: .boundary(boundary))
      case .periodic:
        throw InputFailure(.configuration, "'\(text.text)' is no place for a metric", at: text.location)
      }
    }
  }
}

extension Symbol {
  fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

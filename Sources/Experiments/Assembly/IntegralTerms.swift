import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// The quadrature of an integral, for `pinn check`.
package struct IntegralEstimate: Sendable {
  /// The term it belongs to.
  package var term: String
  /// "integral(…, boundary)", "energy".
  package var name: String
  package var points: Int
  package var measure: Double
  /// Of a bell as wide as the domain, relative to its integral.
  package var relativeError: Double
}

extension TermAssembly {
  /// A condition on integrals over parts of space.
  ///
  ///     R(t) = Σ_k a_k(t) ∫_k e_k dx + b(t)
  ///
  /// becomes a sum over points: Σ_i Σ_k a_k q_{ki} e_k(x_{ki}, t) + b, q_{ki} and x_{ki} the weights and points of the
  /// quadrature of the k-th place and b counted once. What stands outside of integrals may depend on unknowns and on the time.
  ///
  /// - Returns: false, and does nothing, where the condition has no such integral.
  mutating func addIntegrals(
    _ condition: Experiment.Condition, _ model: inout FieldModel
  ) throws(InputFailure) -> Bool {
    guard let texts = condition.expressions, condition.rows == nil else { return false }
    var residuals: [(node: NodeID, text: LocatedText)] = []
    for (text, group) in texts.flatMap({ text in model.groups(of: [text]).map { (text, $0) } }) {
      var scope = model.scope(model.scope, group: group)
      scope.allowsIntegrals = true
      // Each integral has a normal of its own: `integrand` puts it in.
      scope.normal = model.region.variables.indices.map { model.graph.symbol(.column($0)) }
      // What is wrong is told by the reading of a condition of another kind.
      guard let node = try? parseResidual(text, in: scope, graph: &model.graph) else {
        if text.text.contains("integral") { _ = try parseResidual(text, in: scope, graph: &model.graph) }
        return false
      }
      residuals.append((node, text))
    }
    let integrals = residuals.map { TermAssembly.integrals(of: $0.node, model) }
    guard integrals.contains(where: { !$0.isEmpty }) else { return false }
    let times = try times(condition, model)
    let term = loss.terms.count
    var sets: [PointSet] = []
    for (place, ((node, text), numbers)) in zip(residuals, integrals).enumerated() {
      let isNew = !residuals[..<place].contains { $0.text == text }
      guard !numbers.isEmpty else {
        throw InputFailure(
          .configuration, "'\(text.text)' has no integral over a part of space", at: text.location,
          help: "make it a condition of its own")
      }
      for (number, time) in times.enumerated() {
        let stream = stream("condition \(condition.name)", index: sets.count)
        sets.append(
          try pointSet(node, numbers, text, condition, term, time, isFirst: isNew && number == 0, stream, &model))
      }
    }
    loss.terms.append(Term(name: condition.name, kind: .condition, isConstraint: condition.isConstraint))
    loss.pointSets += sets
    return true
  }

  private static func integrals(of node: NodeID, _ model: FieldModel) -> [Int] {
    model.graph.symbols(of: [node]).compactMap { if case .integral(let number) = $0 { number } else { nil } }
  }

  /// The times at which a condition on integrals holds: those of its places, else all.
  private func times(
    _ condition: Experiment.Condition, _ model: FieldModel
  ) throws(InputFailure) -> [IntegralPoints.Times] {
    guard let time = model.scope.timeVariable else {
      guard let text = condition.places.first else { return [.none] }
      throw InputFailure(
        .configuration, "a condition on integrals has no place of its own where there is no time", at: text.location,
        help: "leave 'at' out, and give the integral its place: integral(u, boundary)")
    }
    if condition.places.isEmpty {
      var fixed: [Int: Double] = [:]
      for (number, variable) in model.region.variables.enumerated() where number != time {
        fixed[number] = variable.lower
      }
      return [.drawn(variable: time, slice: model.region.slice(fixed), count: condition.times)]
    }
    var times: [IntegralPoints.Times] = []
    for text in condition.places {
      for place in try places.read(text) {
        guard case .slice(let slice, _, nil) = place, let value = slice.fixedValues[time],
          slice.dimensions == model.region.dimensions - 1
        else {
          throw InputFailure(
            .configuration, "a condition on integrals holds at times, not at '\(text.text)'", at: text.location,
            help: "write \"\(model.region.variables[time].name) = …\", or leave 'at' out for all times")
        }
        times.append(.at(variable: time, value: value))
      }
    }
    return times
  }

  private mutating func pointSet(
    _ node: NodeID, _ numbers: [Int], _ text: LocatedText, _ condition: Experiment.Condition, _ term: Int,
    _ times: IntegralPoints.Times, isFirst: Bool, _ stream: RandomStream, _ model: inout FieldModel
  ) throws(InputFailure) -> PointSet {
    let parts = try numbers.map { number throws(InputFailure) in try self.parts(model.graph.integrals[number], model) }
    let points = IntegralPoints(integrals: parts, times: times, box: model.region)
    let residual = try sumOverPoints(node, numbers, points, text, &model)
    let member = try sampler(
      condition.method, dimensions: max(1, model.region.dimensions - 1), at: condition.location)
    let source = PointSource(place: .integrals(points), count: condition.points, sampler: member, stream: stream)
    let drawn = source.points(dimensions: model.region.dimensions, draw: 0)
    let groups = drawn.columns[points.firstColumn].count { $0 == 1 }
    if isFirst {
      for (number, parts) in zip(numbers, parts) {
        estimate(
          condition.name, "integral over \(model.graph.integrals[number].place?.text ?? "domain")", parts,
          source, points.counts(parts, condition.points), model)
      }
    }
    return PointSet(
      of: [residual], in: &model.graph, term: term, isConstraint: condition.isConstraint, sites: drawn.sites,
      columns: drawn.columns, groupSize: drawn.sites[0][0].count / groups, source: source)
  }

  private mutating func estimate(
    _ term: String, _ name: String, _ parts: [IntegralPoints.Part], _ source: PointSource, _ counts: [Int],
    _ model: FieldModel
  ) {
    let measures = parts.map(\.place.measure)
    let total = measures.reduce(0, +)
    var error = 0.0
    for (part, (count, measure)) in zip(parts, zip(counts, measures)) {
      error +=
        measure
        * part.place.relativeError(
          count: count, sampler: source.sampler, stream: source.stream, box: model.region)
    }
    integrals.append(
      IntegralEstimate(
        term: term, name: name, points: counts.reduce(0, +), measure: total,
        relativeError: total > 0 ? error / total : 0))
  }

  /// R as a sum over the points: every integral by its linear part.
  private func sumOverPoints(
    _ node: NodeID, _ numbers: [Int], _ points: IntegralPoints, _ text: LocatedText, _ model: inout FieldModel
  ) throws(InputFailure) -> NodeID {
    func isIntegral(_ symbol: Symbol) -> Bool { if case .integral = symbol { true } else { false } }
    let notLinear = InputFailure(
      .configuration, "an integral can be added and multiplied by numbers and unknowns, not more", at: text.location,
      help: "what is not linear, as its square, needs an integral over variables: integral(u, x, a, b)")
    let zero = model.graph.constant(0)
    let outside = model.graph.replacing(node) { isIntegral($0) ? zero : nil }
    var sum = outside
    var factors: [NodeID] = []
    for (place, number) in numbers.enumerated() {
      guard let factor = model.graph.slope(of: node, by: .integral(number)),
        !model.graph.symbols(of: [factor]).contains(where: isIntegral)
      else { throw notLinear }
      factors.append(factor)
      let weight = model.graph.symbol(.column(points.weightColumn(place)))
      let integrand = try integrand(number, at: place, points, text, &model)
      let weighted = model.graph.multiply(weight, integrand)
      let summand = model.graph.multiply(factor, weighted)
      sum = place == 0 ? summand : model.graph.add(sum, summand)
    }
    for part in factors + [outside] {
      for symbol in model.graph.symbols(of: [part]) {
        switch symbol {
        case .unknown: continue
        case .coordinate(let variable, site: 0) where variable == model.scope.timeVariable: continue
        case .output(_, _, let site) where TermAssembly.isOutsideOfSpace(site, model): continue
        default:
          throw InputFailure(
            .configuration,
            "outside of the integrals of '\(text.text)' only numbers, unknowns and the time may stand",
            at: text.location, help: "a field there needs a place of its own: at(u, x = 0)")
        }
      }
    }
    let first = model.graph.symbol(.column(points.firstColumn))
    let once = model.graph.multiply(first, outside)
    sum = model.graph.add(sum, once)
    try checkDependsOnFields([sum], model, text)
    return sum
  }

  /// What is integrated, read at the points of the integral.
  private func integrand(
    _ number: Int, at place: Int, _ points: IntegralPoints, _ text: LocatedText, _ model: inout FieldModel
  ) throws(InputFailure) -> NodeID {
    var images: [Symbol: NodeID] = [:]
    for variable in model.region.variables.indices {
      images[.column(variable)] = model.graph.symbol(.column(points.normalColumn(place, variable)))
      // Those of the first integral are the points themselves, at the same time as all.
      guard place > 0, variable != model.scope.timeVariable else { continue }
      images[.coordinate(variable, site: 0)] = model.graph.symbol(.column(points.coordinateColumn(place, variable)))
    }
    do throws(PlaceFailure) {
      return try model.graph.evaluated(model.graph.integrals[number].integrand, with: images)
    } catch {
      throw InputFailure(
        .configuration, "an integral over a part of space cannot be inside another: '\(text.text)'", at: text.location)
    }
  }

  /// Whether a site has the same coordinates in space for all points.
  private static func isOutsideOfSpace(_ site: Int, _ model: FieldModel) -> Bool {
    guard let coordinates = model.graph.coordinates(ofSite: site) else { return false }
    return model.graph.symbols(of: coordinates).allSatisfy { symbol in
      if case .coordinate(let variable, _) = symbol { variable == model.scope.timeVariable } else { false }
    }
  }

  /// The parts of the place of an integral, at one time, and their outward normals.
  private func parts(_ integral: PlacedIntegral, _ model: FieldModel) throws(InputFailure) -> [IntegralPoints.Part] {
    var fixed: [Int: Double] = [:]
    if let time = model.scope.timeVariable { fixed[time] = model.region.variables[time].lower }
    guard let text = integral.place, text.text.trimmed != "domain" else {
      if let domain = model.domain {
        guard let slice = domain.slice(fixed) else { preconditionFailure("a region without points") }
        return [IntegralPoints.Part(place: .inside(slice), normal: model.region.variables.map { _ in 0 })]
      }
      let slice = model.region.slice(fixed)
      return [IntegralPoints.Part(place: .slice(slice), normal: model.region.variables.map { _ in 0 })]
    }
    var parts: [IntegralPoints.Part] = []
    for place in try places.readStanding(text) {
      switch place {
      case .boundary(let boundary): parts.append(IntegralPoints.Part(place: .boundary(boundary.atOneTime)))
      case .periodic:
        throw InputFailure(.configuration, "'\(text.text)' is no place to integrate over", at: text.location)
      case .slice(let slice, let normal, let filter):
        if let time = model.scope.timeVariable, slice.fixedValues[time] != nil {
          throw InputFailure(
            .configuration, "the place of an integral is one in space; its time is that of the condition",
            at: text.location, help: "write at = \"\(text.text)\"")
        }
        let atOneTime = model.scope.timeVariable.map {
          slice.fixing($0, at: model.region.variables[$0].lower)
        }
        parts.append(
          IntegralPoints.Part(
            place: try points(of: atOneTime ?? slice, filter, model, text),
            normal: normal ?? model.region.variables.map { _ in 0 }))
      }
    }
    return parts
  }

  // MARK: Energies

  /// ∫ e over each place, by points with weights: the value is added to the loss as it is.
  mutating func add(_ energy: Experiment.Energy, _ model: inout FieldModel) throws(InputFailure) {
    let term = loss.terms.count
    var sets: [PointSet] = []
    func append(_ place: PointSource.Place, _ normal: [NodeID]?, _ columns: Int, _ dimensions: Int) throws(InputFailure)
    {
      var integrands: [NodeID] = []
      for group in model.groups(of: [energy.expression]) {
        var scope = model.scope(model.scope, group: group)
        scope.normal = normal
        integrands.append(try parseExpression(energy.expression, in: scope, graph: &model.graph))
      }
      try checkDependsOnFields(integrands, model, energy.expression)
      let member = try sampler(energy.method, dimensions: dimensions, at: energy.location)
      let source = PointSource(
        place: place, count: energy.points, sampler: member,
        stream: stream("energy \(energy.name)", index: sets.count), isWeighted: true)
      let drawn = source.points(dimensions: model.region.dimensions, draw: 0)
      let weight = model.graph.symbol(.column(columns))
      let weighted = integrands.map { model.graph.multiply(weight, $0) }
      sets.append(
        PointSet(
          program: ResidualProgram(model.graph, outputs: weighted), terms: weighted.map { _ in term },
          sites: drawn.sites,
          columns: drawn.columns, source: source))
      estimate(
        energy.name, "energy", [IntegralPoints.Part(place: place)], source, [energy.points], model)
    }
    if let texts = energy.places {
      for text in texts {
        for place in try places.readStanding(text) {
          switch place {
          case .slice(let slice, let normal, let filter):
            try append(
              try points(of: slice, filter, model, text), normal.map { constants($0, &model) }, 0, slice.dimensions)
          case .boundary(let boundary):
            let space = model.region.variables.indices.filter { $0 != model.scope.timeVariable }
            var normal = model.region.variables.map { _ in model.graph.constant(0) }
            for (axis, variable) in space.enumerated() { normal[variable] = model.graph.symbol(.column(axis)) }
            try append(.boundary(boundary), normal, space.count, boundary.coordinates)
          case .periodic:
            throw InputFailure(.configuration, "'\(text.text)' is no place to integrate over", at: text.location)
          }
        }
      }
    } else {
      let interior: PointSource.Place = model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior)
      try append(interior, nil, 0, model.region.dimensions)
    }
    loss.terms.append(Term(name: energy.name, kind: .energy))
    loss.pointSets += sets
  }
}

extension String {
  fileprivate var trimmed: String { filter { !$0.isWhitespace } }
}

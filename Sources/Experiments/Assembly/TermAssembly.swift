import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems

/// Turns equations, conditions and data sets into loss terms with points.
struct TermAssembly {
  let experiment: Experiment
  let places: ConditionPlaceReader
  /// Not private: integrals are in a file of their own.
  var loss = LossTerms()
  private(set) var heldout = LossTerms()
  /// What is known about the error of the quadratures.
  var integrals: [IntegralEstimate] = []

  init(experiment: Experiment, places: ConditionPlaceReader) {
    self.experiment = experiment
    self.places = places
  }

  func stream(_ purpose: String, index: Int = 0) -> RandomStream {
    RandomStream(seed: experiment.seed, purpose: purpose, index: index)
  }

  /// The sampler of a name, checked for the dimensions it is to fill.
  func sampler(
    _ name: String, dimensions: Int, at location: SourceLocation?
  ) throws(InputFailure) -> any Sampler {
    guard let member = Problems.sampler(named: name) else {
      throw InputFailure(.configuration, "there is no sampler '\(name)'", at: location)
    }
    if dimensions > 0, let obstacle = member.obstacle(dimensions: dimensions) {
      throw InputFailure(.configuration, "the '\(name)' sampler cannot be used here: \(obstacle)", at: location)
    }
    return member
  }

  /// All equations at shared points, and the same at held-out ones.
  mutating func addEquations(_ model: inout FieldModel, _ collector: inout DiagnosticCollector) {
    guard !experiment.equations.isEmpty else { return }
    var nodes: [NodeID] = []
    for equation in experiment.equations {
      let node = collector.attempt { () throws(InputFailure) in
        let node = try parseResidual(equation.expression, in: model.scope, graph: &model.graph)
        try checkDependsOnFields([node], model, equation.expression)
        return node
      }
      if let node { nodes.append(node) }
    }
    guard nodes.count == experiment.equations.count else { return }
    let terms = experiment.equations.map { Term(name: $0.name, kind: .equation) }
    let program = ResidualProgram(model.graph, outputs: nodes)
    let sampling = experiment.sampling
    let dimensions = model.region.dimensions
    let interior: PointSource.Place =
      model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior)
    collector.attempt { () throws(InputFailure) in
      let member = try sampler(sampling.method, dimensions: dimensions, at: nil)
      let source = PointSource(
        place: interior, count: sampling.points, sampler: member, stream: stream("interior"))
      loss.append(terms, program, source, dimensions: dimensions)
      let check = PointSource(
        place: interior, count: sampling.heldoutPoints, sampler: SobolSampler(), stream: stream("heldout"))
      heldout.append(terms, program, check, dimensions: dimensions)
    } ?? ()
  }

  func checkDependsOnFields(
    _ nodes: [NodeID], _ model: FieldModel, _ text: LocatedText
  ) throws(InputFailure) {
    let usesNetwork = model.graph.symbols(of: nodes).contains { if case .output = $0 { true } else { false } }
    guard !usesNetwork else { return }
    throw InputFailure(
      .configuration, "no field is left in '\(text.text)': nothing can be trained on it", at: text.location)
  }

  /// A soft condition on each of its places.
  mutating func add(_ condition: Experiment.Condition, _ model: inout FieldModel) throws(InputFailure) {
    if try addIntegrals(condition, &model) { return }
    guard !condition.places.isEmpty else {
      throw InputFailure(
        .configuration, "condition '\(condition.name)' has no 'at'", at: condition.location,
        help: "only a condition on integrals may leave it out")
    }
    let term = loss.terms.count
    var sets: [PointSet] = []
    var number = 0
    var collector = DiagnosticCollector()
    let found = condition.places.map { text in
      collector.attempt { () throws(InputFailure) in try places.read(text) }
    }
    if found.contains(where: { $0 == nil }) {
      // The expressions are looked at all the same, as if on some face, to tell all errors at once.
      let face = BoxRegion.Face(variable: 0, side: .lower)
      _ = collector.attempt { () throws(InputFailure) in
        condition.expressions == nil
          ? [] : try residuals(condition, normal: TermAssembly.normal(of: face, &model), &model)
      }
    }
    try collector.throwIfAny()
    for (placeText, places) in zip(condition.places, found.compactMap { $0 }) {
      for place in places {
        let purpose = "condition \(condition.name)"
        switch place {
        case .slice(let slice, let face):
          let member = try sampler(condition.method, dimensions: slice.dimensions, at: placeText.location)
          let nodes = try residuals(condition, normal: face.map { TermAssembly.normal(of: $0, &model) }, &model)
          let source = PointSource(
            place: try inside(slice, model, placeText), count: condition.points, sampler: member,
            stream: stream(purpose, index: number))
          sets.append(pointSet(nodes, model, term, source))
        case .boundary(let boundary):
          let member = try sampler(condition.method, dimensions: boundary.coordinates, at: placeText.location)
          // The components of the normal are the first columns of the point set.
          var normal = model.region.variables.map { _ in model.graph.constant(0) }
          for (axis, variable) in (model.domain?.space ?? []).enumerated() {
            normal[variable] = model.graph.symbol(.column(axis))
          }
          let nodes = try residuals(condition, normal: normal, &model)
          let source = PointSource(
            place: .boundary(boundary), count: condition.points, sampler: member,
            stream: stream(purpose, index: number))
          sets.append(pointSet(nodes, model, term, source))
        case .periodic(let variable):
          let face = BoxRegion.Face(variable: variable, side: .lower)
          let slice = model.region.slice(face)
          let member = try sampler(condition.method, dimensions: slice.dimensions, at: placeText.location)
          let nodes = try periodicResiduals(condition, variable, &model)
          let partner = (variable: variable, value: model.region.variables[variable].upper)
          let source = PointSource(
            place: try inside(slice, model, placeText), count: condition.points, sampler: member,
            stream: stream(purpose, index: number), partner: partner)
          sets.append(pointSet(nodes, model, term, source))
        }
        number += 1
      }
    }
    loss.terms.append(Term(name: condition.name, kind: .condition))
    loss.pointSets += sets
  }

  /// A slice of the domain: of the box, or of what the region leaves of it.
  func inside(
    _ slice: BoxRegion.Slice, _ model: FieldModel, _ text: LocatedText
  ) throws(InputFailure) -> PointSource.Place {
    guard let domain = model.domain else { return .slice(slice) }
    var fixed: [Int: Double] = [:]
    for (variable, value) in slice.fixedValues.enumerated() { fixed[variable] = value }
    guard let found = domain.slice(fixed) else {
      throw InputFailure(
        .configuration, "no point of the region was found at '\(text.text)'", at: text.location)
    }
    return .inside(found)
  }

  private static func normal(of face: BoxRegion.Face, _ model: inout FieldModel) -> [NodeID] {
    model.region.outwardNormal(of: face).map { model.graph.constant($0) }
  }

  private func pointSet(_ nodes: [NodeID], _ model: FieldModel, _ term: Int, _ source: PointSource) -> PointSet {
    let points = source.points(dimensions: experiment.variables.count, draw: 0)
    return PointSet(
      program: ResidualProgram(model.graph, outputs: nodes), terms: nodes.map { _ in term }, sites: points.sites,
      columns: points.columns, source: source)
  }

  private func residuals(
    _ condition: Experiment.Condition, normal: [NodeID]?, _ model: inout FieldModel
  ) throws(InputFailure) -> [NodeID] {
    guard let texts = condition.expressions else {
      throw InputFailure(
        .configuration, "condition '\(condition.name)' has no 'expr'", at: condition.location,
        help: "only periodic conditions may leave it out")
    }
    var scope = model.scope
    scope.normal = normal
    var nodes: [NodeID] = []
    for text in texts {
      let node = try parseResidual(text, in: scope, graph: &model.graph)
      try checkDependsOnFields([node], model, text)
      nodes.append(node)
    }
    return nodes
  }

  /// e(x = a) − e(x = b) for every expression; without expressions every field and its derivatives by x below the
  /// highest that the equations have.
  private func periodicResiduals(
    _ condition: Experiment.Condition, _ variable: Int, _ model: inout FieldModel
  ) throws(InputFailure) -> [NodeID] {
    var values: [NodeID] = []
    if let texts = condition.expressions {
      for text in texts {
        let node = try parseExpression(text, in: model.scope, graph: &model.graph)
        try checkDependsOnFields([node], model, text)
        values.append(node)
      }
    } else {
      let order = max(1, highestOrder(by: variable, model))
      for field in model.fields {
        var node = field
        for derivative in 0..<order {
          if derivative > 0 { node = (try? model.graph.derivative(of: node, by: variable)) ?? node }
          values.append(node)
        }
      }
    }
    guard !model.graph.symbols(of: values).contains(where: { ($0.site ?? 0) > 1 }) else {
      throw InputFailure(
        .configuration, "a periodic condition cannot compare fields at other places", at: condition.location,
        help: "'at' and 'integral' are for other conditions")
    }
    return values.map { model.graph.subtract($0, model.graph.moved($0, toSite: 1)) }
  }

  private func highestOrder(by variable: Int, _ model: FieldModel) -> Int {
    var order = 0
    for set in loss.pointSets {
      for case .output(_, let index, _) in set.program.inputs {
        order = max(order, index.variables.filter { $0 == variable }.count)
      }
    }
    return order
  }

  mutating func add(_ data: Experiment.DataSet, _ model: inout FieldModel) throws(InputFailure) {
    let observations = try ObservationReader(experiment: experiment).read(
      data, term: loss.terms.count, model: &model)
    loss.terms.append(Term(name: data.name, kind: .data))
    loss.pointSets.append(observations.fitted)
    if observations.heldout.count > 0 {
      var set = observations.heldout
      set.terms = set.terms.map { _ in heldout.terms.count }
      heldout.terms.append(Term(name: data.name, kind: .data))
      heldout.pointSets.append(set)
    }
  }
}

extension LossTerms {
  /// Terms that share their points, each with one output of `program`.
  fileprivate mutating func append(
    _ new: [Term], _ program: ResidualProgram, _ source: PointSource, dimensions: Int
  ) {
    let numbers = new.indices.map { terms.count + $0 }
    terms += new
    pointSets.append(
      PointSet(
        program: program, terms: numbers,
        sites: source.points(dimensions: dimensions, draw: 0).sites, source: source))
  }
}

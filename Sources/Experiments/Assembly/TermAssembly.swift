import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Problems
import Training

/// Turns equations, conditions and data sets into loss terms with points.
struct TermAssembly {
  let experiment: Experiment
  let places: ConditionPlaceReader
  /// Not private: integrals are in a file of their own.
  var loss = LossTerms()
  private(set) var heldout = LossTerms()
  /// What is known about the error of the quadratures.
  var integrals: [IntegralEstimate] = []
  /// Σ 1/σ² over the residuals of each term of data whose noise is known.
  private var precisions: [Int: Double] = [:]

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
    var residuals: [(term: Int, node: NodeID)] = []
    for (number, equation) in experiment.equations.enumerated() {
      for group in model.groups(of: [equation.expression]) {
        let node = collector.attempt { () throws(InputFailure) in
          let node = try parseResidual(
            equation.expression, in: model.scope(model.scope, group: group), graph: &model.graph)
          try checkDependsOnFields([node], model, equation.expression)
          return node
        }
        // A mistake is the same in every group.
        guard let node else { break }
        residuals.append((number, node))
      }
    }
    guard Set(residuals.map(\.term)).count == experiment.equations.count else { return }
    let nodes = residuals.map(\.node)
    let outputs = residuals.map(\.term)
    let terms = experiment.equations.map {
      Term(name: $0.name, kind: $0.role == .penalty ? .penalty : .equation, isConstraint: $0.role == .constraint)
    }
    let program = ResidualProgram(model.graph, outputs: nodes)
    let sampling = experiment.sampling
    let adjustment = PointAdjustment(
      weighs: experiment.weighsPoints, shifted: outputs.indices.filter { terms[outputs[$0]].isConstraint })
    let adjusted = adjustment.apply(to: nodes, in: &model.graph)
    let trained = ResidualProgram(model.graph, outputs: adjusted)
    let dimensions = model.region.dimensions
    collector.attempt { () throws(InputFailure) in
      let interior = try interior(model)
      let member = try sampler(sampling.method, dimensions: dimensions, at: nil)
      let source = PointSource(
        place: interior, count: sampling.points, sampler: member, stream: stream("interior"))
      loss.append(terms, outputs, trained, source, dimensions: dimensions, adjustment)
      let check = PointSource(
        place: interior, count: sampling.heldoutPoints, sampler: SobolSampler(), stream: stream("heldout"))
      heldout.append(terms, outputs, program, check, dimensions: dimensions)
    } ?? ()
  }

  /// The inside of the domain without what is excluded.
  private func interior(_ model: FieldModel) throws(InputFailure) -> PointSource.Place {
    let texts = experiment.sampling.excluded
    let whole: PointSource.Place = model.domain?.interior.map { .inside($0) } ?? .slice(model.region.interior)
    guard let part = whole.keeping(try places.filter(excluding: texts)) else {
      throw InputFailure(
        .configuration, "'exclude' leaves no point of the domain to the equations", at: texts.first?.location)
    }
    return part
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
    var collector = DiagnosticCollector()
    let found = condition.places.map { text in
      collector.attempt { () throws(InputFailure) in try places.read(text) }
    }
    if found.contains(where: { $0 == nil }), condition.rows == nil {
      // The expressions are looked at all the same, as if on some face, to tell all errors at once.
      let normal = model.region.outwardNormal(of: BoxRegion.Face(variable: 0, side: .lower))
      _ = collector.attempt { () throws(InputFailure) in
        condition.expressions == nil ? [] : try residuals(condition, normal: constants(normal, &model), &model)
      }
    }
    try collector.throwIfAny()
    let all = zip(condition.places, found.compactMap { $0 }).flatMap { text, places in places.map { (text, $0) } }
    var sets: [PointSet] = []
    if let rows = condition.rows {
      let reader = ObservationReader(experiment: experiment)
      sets += try reader.read(
        rows, at: all.map(\.1), term: term, isConstraint: condition.isConstraint, model: &model)
    } else {
      for (number, (text, place)) in all.enumerated() {
        if let set = try pointSet(condition, at: place, text, number: number, term: term, &model) { sets.append(set) }
      }
      guard !sets.isEmpty else {
        throw InputFailure(
          .configuration, "'exclude' leaves no point to condition '\(condition.name)'", at: condition.location)
      }
    }
    loss.terms.append(Term(name: condition.name, kind: .condition, isConstraint: condition.isConstraint))
    loss.pointSets += sets
  }

  /// The points of one place with the residuals there, nil where all are excluded; `number` counts the places of the
  /// condition.
  private func pointSet(
    _ condition: Experiment.Condition, at place: ConditionPlace, _ text: LocatedText, number: Int, term: Int,
    _ model: inout FieldModel
  ) throws(InputFailure) -> PointSet? {
    let nodes: [NodeID]
    let source: PointSource.Place
    let dimensions: Int
    var partner: (variable: Int, value: Double)?
    switch place {
    case .slice(let slice, let normal, let filter):
      let stated = try residuals(condition, normal: normal.map { constants($0, &model) }, &model)
      nodes = model.isSeam(slice) ? try continued(stated, condition, &model) : stated
      source = try points(of: slice, filter, model, text)
      dimensions = slice.dimensions
    case .boundary(let boundary):
      // The components of the normal are the first columns of the point set.
      var normal = model.region.variables.map { _ in model.graph.constant(0) }
      let space = model.region.variables.indices.filter { $0 != model.scope.timeVariable }
      for (axis, variable) in space.enumerated() { normal[variable] = model.graph.symbol(.column(axis)) }
      nodes = try residuals(condition, normal: normal, &model)
      source = .boundary(boundary)
      dimensions = boundary.coordinates
    case .periodic(let variable):
      let slice = model.region.slice(BoxRegion.Face(variable: variable, side: .lower))
      nodes = try periodicResiduals(condition, variable, &model)
      source = try points(of: slice, nil, model, text)
      dimensions = slice.dimensions
      partner = (variable: variable, value: model.region.variables[variable].upper)
    }
    guard let kept = source.keeping(try places.filter(excluding: condition.excluded)) else { return nil }
    return pointSet(
      nodes, &model, term,
      PointSource(
        place: kept, count: condition.points,
        sampler: try sampler(condition.method, dimensions: dimensions, at: text.location),
        stream: stream("condition \(condition.name)", index: number), partner: partner),
      isConstraint: condition.isConstraint)
  }

  /// A slice of the domain: of the box, or of what the region and inequalities leave of it.
  func points(
    of slice: BoxRegion.Slice, _ filter: ConditionPlace.Filter?, _ model: FieldModel, _ text: LocatedText
  ) throws(InputFailure) -> PointSource.Place {
    var found: RegionSlice?
    if let domain = model.domain {
      var fixed: [Int: Double] = [:]
      for (variable, value) in slice.fixedValues.enumerated() { fixed[variable] = value }
      found = domain.slice(fixed)
      if let filter { found = found?.part(where: filter) }
    } else if let filter {
      found = RegionSlice(part: slice, where: filter)
    } else {
      return .slice(slice)
    }
    guard let found else {
      throw InputFailure(
        .configuration, "no point of the region was found at '\(text.text)'", at: text.location)
    }
    return .inside(found)
  }

  func constants(_ normal: [Double], _ model: inout FieldModel) -> [NodeID] {
    normal.map { model.graph.constant($0) }
  }

  private func pointSet(
    _ nodes: [NodeID], _ model: inout FieldModel, _ term: Int, _ source: PointSource, isConstraint: Bool
  ) -> PointSet {
    let points = source.points(dimensions: experiment.variables.count, draw: 0)
    return PointSet(
      of: nodes, in: &model.graph, term: term, isConstraint: isConstraint, sites: points.sites, columns: points.columns,
      source: source)
  }

  private func residuals(
    _ condition: Experiment.Condition, normal: [NodeID]?, _ model: inout FieldModel
  ) throws(InputFailure) -> [NodeID] {
    guard let texts = condition.expressions else {
      throw InputFailure(
        .configuration, "condition '\(condition.name)' has no 'expr'", at: condition.location,
        help: "only periodic conditions may leave it out")
    }
    var nodes: [NodeID] = []
    for text in texts {
      for group in model.groups(of: [text]) {
        var scope = model.scope(model.scope, group: group)
        scope.normal = normal
        let node = try parseResidual(text, in: scope, graph: &model.graph)
        try checkDependsOnFields([node], model, text)
        nodes.append(node)
      }
    }
    return nodes
  }

  /// r(u) − r(v) for every residual r at the start of a slab, with the fields v of the slab before.
  private func continued(
    _ nodes: [NodeID], _ condition: Experiment.Condition, _ model: inout FieldModel
  ) throws(InputFailure) -> [NodeID] {
    guard let before = model.before else { return nodes }
    var last = before.solution.fields
    return zip(nodes, try residuals(condition, normal: nil, &last)).map { node, old in
      model.graph.subtract(node, model.graph.coefficient(before.end(of: old, in: last.graph)))
    }
  }

  /// e(x = a) − e(x = b) for every expression; without expressions every field and its derivatives by x up to `order`,
  /// by default those below the highest that the equations have.
  private func periodicResiduals(
    _ condition: Experiment.Condition, _ variable: Int, _ model: inout FieldModel
  ) throws(InputFailure) -> [NodeID] {
    var values: [NodeID] = []
    if let texts = condition.expressions {
      for text in texts {
        for group in model.groups(of: [text]) {
          let scope = model.scope(model.scope, group: group)
          let node = try parseExpression(text, in: scope, graph: &model.graph)
          try checkDependsOnFields([node], model, text)
          values.append(node)
        }
      }
    } else {
      for field in model.fields {
        var node = field
        for derivative in 0...(condition.order ?? max(0, highestOrder(by: variable, &model) - 1)) {
          if derivative > 0 { node = try self.derivative(of: node, by: variable, condition, &model) }
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

  private func derivative(
    of node: NodeID, by variable: Int, _ condition: Experiment.Condition, _ model: inout FieldModel
  ) throws(InputFailure) -> NodeID {
    do {
      return try model.graph.derivative(of: node, by: variable)
    } catch {
      throw InputFailure(
        .configuration,
        "derivatives of so high an order by \(model.region.variables[variable].name) are not supported",
        at: condition.location, help: "lower 'order', or list in 'expr' what agrees on both sides")
    }
  }

  /// The highest derivative of a field that the equations have.
  private func highestOrder(by variable: Int, _ model: inout FieldModel) -> Int {
    var order = 0
    for equation in experiment.equations {
      let scope = model.formalScope(group: model.groups(of: [equation.expression])[0])
      guard let node = try? parseResidual(equation.expression, in: scope, graph: &model.graph) else { continue }
      for case .output(_, let index, _) in model.graph.symbols(of: [node]) {
        order = max(order, index.variables.count { $0 == variable })
      }
    }
    return order
  }

  mutating func add(_ data: Experiment.DataSet, _ model: inout FieldModel) throws(InputFailure) {
    let observations = try ObservationReader(experiment: experiment).read(
      data, term: loss.terms.count, model: &model)
    precisions[loss.terms.count] = observations.precision
    let residualCount = observations.fitted.reduce(0) { $0 + $1.count * $1.terms.count }
    let noise = observations.precision.map { Term.Noise.unit(typical: (Double(residualCount) / $0).squareRoot()) }
    loss.terms.append(
      Term(name: data.name, kind: .data, noise: noise ?? .unknown(negligible: observations.negligible)))
    loss.pointSets += observations.fitted
    if observations.heldout.contains(where: { $0.count > 0 }) {
      for var set in observations.heldout where set.count > 0 {
        set.terms = set.terms.map { _ in heldout.terms.count }
        heldout.pointSets.append(set)
      }
      heldout.terms.append(Term(name: data.name, kind: .data))
    }
  }

  /// One residual for each unknown that has a prior.
  mutating func addPriors(_ model: inout FieldModel) {
    var nodes: [NodeID] = []
    for (number, unknown) in experiment.unknowns.enumerated() {
      guard let prior = unknown.prior else { continue }
      let value = model.graph.symbol(.unknown(number))
      nodes.append(prior.residual(value, in: &model.graph))
    }
    guard !nodes.isEmpty else { return }
    // Where the point lies does not matter.
    loss.pointSets.append(
      PointSet(
        program: ResidualProgram(model.graph, outputs: nodes), terms: nodes.map { _ in loss.terms.count },
        sites: [experiment.variables.map { [$0.range.lowerBound] }]))
    loss.terms.append(Term(name: Experiment.priorName, kind: .prior))
  }

  /// The factor that brings each term to the scale of the loss, for user's weights to multiply: 1, but of terms in units
  /// of their standard deviation.
  ///
  /// Their sum is χ², over data sets k Σ_k N_k L_k and the priors besides, times s²/N, with N = Σ_k N_k and s² the harmonic
  /// mean of all σ². So a data set of one σ counts as it does where σ is not known, by the mean square of its misfit.
  var standardWeights: [Double] {
    let counts = loss.residualCounts
    // In the order of the terms, for the same bits in every run.
    let precision = precisions.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    return loss.terms.enumerated().map { number, term in
      guard precision > 0, term.kind == .prior || precisions[number] != nil else { return 1 }
      return Double(counts[number]) / precision
    }
  }
}

extension LossTerms {
  /// Terms that share their points; `outputs` says for each output of `program` which of them it belongs to.
  fileprivate mutating func append(
    _ new: [Term], _ outputs: [Int], _ program: ResidualProgram, _ source: PointSource, dimensions: Int,
    _ adjustment: PointAdjustment = PointAdjustment()
  ) {
    let numbers = outputs.map { terms.count + $0 }
    terms += new
    let sites = source.points(dimensions: dimensions, draw: 0).sites
    var set = PointSet(program: program, terms: numbers, sites: sites, source: source)
    set.adjust(adjustment)
    pointSets.append(set)
  }
}

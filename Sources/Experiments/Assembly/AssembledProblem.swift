package import Configurations
package import Diagnostics
import Expressions
import Problems
package import Training

/// An experiment made ready: expressions compiled, points drawn, files read, parameters laid out.
package struct AssembledProblem: Sendable {
  package var solution: SolutionModel
  package var setup: TrainingSetup
  package var references: [ReferenceSolution]
  package var metrics: [FieldMetric]
  package var rollout: Rollout?
  /// The quadratures of conditions and energies.
  package var integrals: [IntegralEstimate]
  /// Why the methods of phases that leave them open are what they are.
  package private(set) var choices: [String] = []
  /// What the user should know though nothing is wrong.
  package var notes: [String]
  /// The conditions that hold by construction, with the largest residual at random points for random parameters.
  package var holding: [(name: String, isHard: Bool, largest: Double)]

  package var experiment: Experiment { solution.experiment }
  /// The names of the experiment and the expressions of its fields.
  package var model: FieldModel { solution.fields }

  /// - Parameters: `before` is the slab of time before this one; without `mergingLaplacians` networks carry every second
  ///   derivative by itself: the same residuals up to rounding, at a higher cost.
  /// - Throws: everything that is wrong with expressions, places and files, together.
  package init(
    _ experiment: Experiment, after before: FinishedSlab? = nil, mergingLaplacians: Bool = true
  ) throws(InputFailure) {
    notes = []
    holding = []
    references = []
    metrics = []
    integrals = []
    solution = try SolutionModel(experiment, after: before)
    var collector = DiagnosticCollector()
    var model = solution.fields
    let terms = try AssembledProblem.terms(experiment, &model, &collector)
    for (number, reference) in experiment.references.enumerated() {
      let found = collector.attempt { () throws(InputFailure) in
        try ReferenceSolution.all(reference, experiment: experiment, model: &model)
      }
      for var solution in found ?? [] {
        solution.number = number
        references.append(solution)
        if solution.outside > 0 {
          notes.append("\(solution.outside) rows of a reference lie outside the domain and are left out")
        }
      }
    }
    rollout = collector.attempt { () throws(InputFailure) in try Rollout(experiment, &model) } ?? nil
    let reader = MetricReader(terms: terms, rollout: rollout)
    for metric in experiment.metrics {
      metrics += collector.attempt { () throws(InputFailure) in try reader.read(metric, &model) } ?? []
    }
    try collector.throwIfAny()
    solution.fields = model
    integrals = terms.integrals
    let weights = zip(terms.loss.terms, terms.standardWeights).map { term, standard in
      standard
        * (experiment.energies.first { $0.name == term.name }.map { experiment.weight(of: $0) }
          ?? experiment.weights.first { $0.name.name == term.name }?.weight ?? 1)
    }
    let problem = AssembledProblem.variant(solution, terms, mergingLaplacians)
    setup = TrainingSetup(
      networks: problem.networks, layout: solution.layout, loss: problem.loss, heldout: problem.heldout,
      weights: weights, phases: [],
      resampleEvery: experiment.sampling.resampleEvery, heldoutEvery: experiment.sampling.heldoutEvery,
      seed: experiment.seed, dimensions: experiment.variables.count)
    setup.start = experiment.start
    setup.refinement = experiment.sampling.refinement
    setup.balance = experiment.balance
    setup.pointWeights = experiment.pointWeights
    setup.constraints = experiment.constraints
    setup.names = model.symbolNames(experiment)
    for (number, unknown) in experiment.unknowns.enumerated()
    where !terms.loss.pointSets.contains(where: { set in
      set.program.inputs.contains(.unknown(number)) && set.terms.contains { terms.loss.terms[$0].kind != .prior }
    }) {
      throw InputFailure(
        .configuration, "unknown '\(unknown.name)' appears in no equation, condition or data",
        at: experiment.resolved.table(named: "unknowns")?.key(unknown.baseName)?.location)
    }
    for word in Set(model.scope.units.values.flatMap(\.unknownWords)).sorted() {
      notes.append("'\(word)' is no unit that is known: it is taken as a unit of its own")
    }
    if !experiment.libraries.isEmpty {
      notes.append("the equations of [[library]] are unknown yet, and nothing is trained on them: see pinn discover")
    }
    try checkOutputs(terms.loss)
    try TimeSlabs(experiment)?.check(model, setup.loss)
    // Those of a later slab are those of the first but for values that are met there by what came before.
    if before == nil {
      noteUnusedFields(terms.loss)
      let checks = try ConditionChecks(experiment, solution)
      holding = checks.holding
      notes += checks.notes
    }
    try checkMetrics()
    choosePhases(experiment)
    if experiment.scalesResiduals { scaleResiduals(TermSizes(terms.loss, experiment).sizes) }
    try addVariants(mergingLaplacians)
    let residuals = setup.loss.residualCounts.reduce(0, +)
    for method in setup.phases.map(\.method) {
      if let reason = method.entry.obstacle(setup.layout.count, residuals) {
        throw InputFailure(
          .configuration, "'\(method.rawValue)' cannot be used: \(reason)", help: "use l-bfgs, or a smaller network")
      }
    }
    try TimeSlabs(experiment)?.checkSecond(self)
    if experiment.sampling.resampleEvery != nil, experiment.sampling.refinement == nil,
      sampler(named: experiment.sampling.method)?.dependsOnStream == false
    {
      notes.append(
        "the '\(experiment.sampling.method)' sampler draws the same points again: resampling changes nothing")
    }
  }

  /// The terms of an experiment.
  ///
  /// - Throws: what is wrong with the files of coefficients; all else is collected.
  private static func terms(
    _ experiment: Experiment, _ model: inout FieldModel, _ collector: inout DiagnosticCollector
  ) throws(InputFailure) -> TermAssembly {
    try model.addCoefficients(experiment)
    var terms = TermAssembly(experiment: experiment, places: ConditionPlaceReader(experiment, model))
    terms.addEquations(&model, &collector)
    for condition in experiment.conditions where !condition.isHard {
      _ = collector.attempt { () throws(InputFailure) in try terms.add(condition, &model) }
    }
    for energy in experiment.energies {
      _ = collector.attempt { () throws(InputFailure) in try terms.add(energy, &model) }
    }
    for data in experiment.dataSets {
      _ = collector.attempt { () throws(InputFailure) in try terms.add(data, &model) }
    }
    terms.addPriors(&model)
    return terms
  }

  private static func variant(
    _ solution: SolutionModel, _ terms: TermAssembly, _ mergingLaplacians: Bool
  ) -> ProblemVariant {
    ProblemVariant(
      networks: solution.networks, loss: mergingLaplacians ? terms.loss.mergingLaplacians() : terms.loss,
      heldout: mergingLaplacians ? terms.heldout.mergingLaplacians() : terms.heldout)
  }

  /// Assembles the problem once more for each set of constants that phases have of their own.
  private mutating func addVariants(_ mergingLaplacians: Bool) throws(InputFailure) {
    var known: [[String: Double]] = []
    for number in setup.phases.indices where !setup.phases[number].constants.isEmpty {
      let constants = setup.phases[number].constants
      var changed = experiment
      for place in changed.constants.indices {
        changed.constants[place].value = constants[changed.constants[place].name] ?? changed.constants[place].value
      }
      let isOwn = zip(changed.constants, experiment.constants).allSatisfy { $0.value == $1.value }
      if isOwn { continue }
      if !known.contains(constants) {
        let solution = try SolutionModel(changed, after: model.before)
        var model = solution.fields
        var collector = DiagnosticCollector()
        let terms = try AssembledProblem.terms(changed, &model, &collector)
        try collector.throwIfAny()
        setup.variants.append(AssembledProblem.variant(solution, terms, mergingLaplacians))
        known.append(constants)
      }
      setup.phases[number].variant = known.firstIndex(of: constants)
    }
    if let last = setup.phases.last, last.variant != nil {
      let values = last.constants.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
      notes.append(
        "the last phase trains with \(values.joined(separator: ", ")): losses at the end and results are told for [constants] as it stands"
      )
    }
  }

  /// Divides residuals by their sizes: weights by the squares of these.
  private mutating func scaleResiduals(_ sizes: [Double]) {
    for (number, size) in sizes.enumerated() where size != 1 {
      let name = setup.loss.terms[number].name
      setup.weights[number] /= size * size
      for phase in setup.phases.indices {
        setup.phases[phase].weights[name] = setup.phases[phase].weights[name].map { $0 / (size * size) }
      }
      notes.append("residuals of '\(name)' are divided by their size \(shortNumber(size)) in the total loss")
    }
  }

  /// An output that no term depends on would never be trained.
  private func checkOutputs(_ loss: LossTerms) throws(InputFailure) {
    let used = Set(loss.pointSets.flatMap { $0.program.inputs.compactMap { $0.networkOutput?.number } })
    for (planned, named) in zip(model.networks.filter { $0.name != nil }, experiment.namedNetworks) {
      for (number, name) in zip(planned.outputs, named.outputs) where !used.contains(number) {
        throw InputFailure(
          .configuration,
          "output '\(name.text)' of network '\(named.name.name)' appears in no equation, condition or data",
          at: name.location)
      }
    }
  }

  /// A field of the unnamed network that no term depends on is trained by nothing, though the network has to be there.
  private mutating func noteUnusedFields(_ loss: LossTerms) {
    let used = Set(loss.pointSets.flatMap { $0.program.inputs.compactMap { $0.networkOutput?.number } })
    for (name, field) in zip(model.fieldNames, model.fields) {
      let outputs = model.graph.symbols(of: [field]).compactMap { $0.networkOutput?.number }
      guard !outputs.isEmpty, used.isDisjoint(with: outputs) else { continue }
      notes.append("field '\(name)' appears in no equation, condition or data: nothing determines it")
    }
  }

  /// Puts phases in the place of those that leave the method open.
  private mutating func choosePhases(_ experiment: Experiment) {
    let residuals = setup.loss.residualCounts.reduce(0, +)
    for phase in experiment.phases {
      if phase.method == .auto {
        let energy = zip(setup.loss.terms, setup.weights).first { term, weight in
          term.kind == .energy && phase.weights[term.name] ?? weight != 0
        }
        let choice = MethodChoice(
          auto: phase, parameters: setup.layout.count, residuals: residuals, energy: energy?.0.name,
          dataResiduals: phase == experiment.phases.last ? residualsOfNoisyData(experiment) : nil)
        setup.phases += choice.phases
        choices.append(choice.reason)
      } else {
        setup.phases.append(phase)
      }
    }
    setup.phases = setup.start.phases(before: setup.phases)
  }

  /// How many measurements unknowns are estimated from by exact physics; nil where there is nothing of the kind.
  private func residualsOfNoisyData(_ experiment: Experiment) -> Int? {
    let terms = setup.loss.terms
    let hasUnknowns = !experiment.unknowns.isEmpty || experiment.equations.contains { $0.role == .penalty }
    guard experiment.hasExactPhysics, !experiment.hasConstraints, hasUnknowns,
      terms.contains(where: { $0.kind == .equation })
    else { return nil }
    let count = zip(terms, setup.loss.residualCounts).reduce(0) { $0 + ($1.0.noise == nil ? 0 : $1.1) }
    return count > 0 ? count : nil
  }

  /// A misspelt metric is found before training and not after it.
  private func checkMetrics() throws(InputFailure) {
    let known = metricNames(self)
    var collector = DiagnosticCollector()
    for metric in experiment.metrics where known.count(where: { $0 == metric.name.text }) > 1 {
      collector.report("metrics.csv has another row '\(metric.name.text)'", at: metric.name.location)
    }
    for (name, _) in experiment.requirements where !known.contains(name.name) {
      let near = nearestName(to: name.name, among: known)
      collector.report(
        "there is no metric '\(name.name)'", at: name.location,
        help: near.map { "did you mean '\($0)'?" } ?? "metrics are \(known.joined(separator: ", "))")
    }
    try collector.throwIfAny()
  }
}

extension LocatedTable {
  fileprivate func table(named name: String) -> LocatedTable? {
    guard case .table(let table)? = self[name]?.content else { return nil }
    return table
  }
}

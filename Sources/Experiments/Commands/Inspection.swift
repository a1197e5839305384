package import Configurations
package import Diagnostics
import Expressions
import KernelInterface
package import Kernels
import Networks
import Problems
package import Training

/// What `pinn check` reports: everything short of training.
package struct Inspection: Sendable {
  package struct TermLine: Sendable {
    package var name: String
    package var kind: String
    package var points: Int
    package var residuals: Int
    /// The derivatives carried, as the user writes them: "u, u_t, u_x, u_xx".
    package var derivatives: String
    package var weight: Double
    /// Mean square at the start values.
    package var startValue: Double
  }

  package struct NetworkLine: Sendable {
    /// Nil for that of [network].
    package var name: String?
    /// Widths from the features to the outputs.
    package var layers: [Int]
    package var activation: String
    /// The first features, as expressions.
    package var features: [String]
  }

  package var experiment: Experiment
  package var notes: [String]
  /// The phases with their methods chosen, and why they were.
  package var phases: [PhaseSettings]
  package var choices: [String]
  package var parameters: Int
  package var networks: [NetworkLine]
  package var fields: [(name: String, expression: String)]
  package var terms: [TermLine]
  /// The parts of a region: what it is, its name, its size with a standard error, the way the size is called.
  package var region: [(part: String, size: Double, error: Double, measure: String)]
  /// The conditions that hold by construction, with the largest residual at random points for random parameters.
  package var holding: [(name: String, isHard: Bool, largest: Double)]
  /// The quadratures of integrals over parts of space.
  package var integrals: [IntegralEstimate]
  /// The numbers reported besides errors, and what their sums run over.
  package var metrics: [(name: String, points: String)]
  /// How the time is cut; nil where it is not.
  package var slabs: String?
  package var heldoutResiduals: Int
  /// What training takes.
  package var memory: MemoryEstimate
  /// Floating-point operations of the matrix products in one evaluation of loss and gradient.
  package var operationsPerStep: Int
  package var secondsPerStep: Double
  package var startTotal: Double
  private let problem: AssembledProblem

  /// Assembles the problem and evaluates it once.
  ///
  /// - Parameter memory: what the points may take; nil for whatever they need.
  /// - Throws: everything that is wrong with the experiment.
  package init(_ experiment: Experiment, pool: WorkerPool, memory: MemoryLimit? = nil) throws(InputFailure) {
    try MemoryEstimate.checkLeast(experiment, against: memory)
    let whole = try AssembledProblem(experiment)
    // Where the time is cut, the points, networks and costs are those of one slab.
    let slabs = TimeSlabs(experiment)
    let problem = if let slabs { try AssembledProblem(slabs.experiment(ofSlab: 0)) } else { whole }
    self.problem = problem
    self.experiment = experiment
    self.slabs = slabs.map {
      "\($0.count) slabs, each trained with all points and phases; what follows is of the first"
    }
    notes = whole.notes
    holding = whole.holding
    metrics = whole.metrics.map { ($0.name, $0.points) }
    if let rollout = problem.rollout { metrics.insert(("of the roll-out", rollout.summary), at: 0) }
    let setup = problem.setup
    (phases, choices) = (setup.phases, problem.choices)
    parameters = setup.layout.count
    let names = problem.model.symbolNames(experiment)
    networks = problem.model.networks.compactMap { planned in
      // With separate trunks the first stands for all.
      guard let network = setup.networks.first(where: { planned.outputs.contains($0.outputs.lowerBound) }) else {
        return nil
      }
      return NetworkLine(
        name: planned.name,
        layers: [network.features.count] + network.architecture.hidden + [planned.outputs.count],
        activation: "\(network.architecture.activation)",
        features: network.features.features.prefix(12).map {
          network.features.graph.text($0, names: names, limit: 80)
        })
    }
    fields = zip(problem.model.fieldNames, problem.model.fields).map {
      ($0, problem.model.graph.text($1, names: names, limit: 200))
    }
    let objective = Objective(
      setup.loss, networks: setup.networks, layout: setup.layout, pool: pool)
    objective.weights = setup.weights
    let theta = setup.layout.initialParameters(networks: setup.networks, seed: setup.seed)
    var gradient = [Double](repeating: 0, count: theta.count)
    // The first evaluation touches all memory; the second is what a step costs.
    let values = objective.termValues(theta, gradient: &gradient)
    let clock = ContinuousClock()
    secondsPerStep = clock.measure { _ = objective.termValues(theta, gradient: &gradient) }.inSeconds
    startTotal = objective.total(values)
    heldoutResiduals = setup.heldout.residualCounts.reduce(0, +)
    self.memory = MemoryEstimate(problem, threads: pool.threadCount)
    let counts = setup.loss.residualCounts
    terms = setup.loss.terms.enumerated().map { number, term in
      let sets = setup.loss.pointSets.filter { $0.terms.contains(number) }
      return TermLine(
        name: term.name, kind: "\(term.kind)", points: sets.reduce(0) { $0 + $1.count }, residuals: counts[number],
        derivatives: Inspection.derivatives(sets, of: number, names), weight: setup.weights[number],
        startValue: values[number])
    }
    region = Inspection.region(experiment.region)
    integrals = problem.integrals
    // Forward, and twice that in reverse, two operations a multiply-add.
    operationsPerStep = 6 * objective.multiplyAddsOfValues
  }

  /// What an iteration of a method takes, by the one evaluation that was timed and the sizes of the matrices.
  package func secondsPerStep(_ method: OptimizerMethod) -> Double {
    let residuals = terms.reduce(0) { $0 + $1.residuals }
    let work: Double
    switch method {
    case .gaussNewton: work = 2 * MethodChoice.multiplyAdds(parameters: parameters, residuals: residuals)
    case .gaussNewtonCG: work = 2 * GaussNewtonCG.multiplyAdds(parameters: parameters, residuals: residuals)
    case .nncg: return Double(NNCG.usualGradients) * secondsPerStep
    default: return secondsPerStep
    }
    return 4 * secondsPerStep + work / (Double(max(1, operationsPerStep)) / secondsPerStep)
  }

  /// What the measurements can be expected to tell about the unknowns; nil where there are none.
  ///
  /// - Throws: as `Identifiability.at`.
  package func identifiability(
    at place: Identifiability.Place?, noise: Double?, pool: WorkerPool
  ) throws(InputFailure) -> Identifiability.Outcome? {
    experiment.unknowns.isEmpty ? nil : try Identifiability.at(place, of: problem, noise: noise, pool: pool)
  }

  /// Draws the points of all terms as SVG.
  ///
  /// - Throws: what kept the file from being written.
  package func drawPoints(to path: String) throws(InputFailure) { try PointDrawing(problem).write(to: path) }

  /// The region, and the parts of its boundary by what places call them.
  private static func region(
    _ region: Region?
  ) -> [(part: String, size: Double, error: Double, measure: String)] {
    guard let region else { return [] }
    let words = ["points", "length", "area", "volume"]
    func word(_ dimensions: Int) -> String { dimensions < words.count ? words[dimensions] : "measure" }
    var lines = [("region", region.measure.value, region.measure.error, word(region.dimensions))]
    for name in region.boundaryNames where !name.contains(".") {
      let pieces = region.pieces.filter { $0.names.contains(name) }
      let size = pieces.reduce(0) { $0 + $1.measure.value }
      let square = pieces.reduce(0) { $0 + $1.measure.error * $1.measure.error }
      lines.append(("boundary \(name)", size, square.squareRoot(), word(region.dimensions - 1)))
    }
    return lines
  }

  private static func derivatives(_ sets: [PointSet], of term: Int, _ names: SymbolNames) -> String {
    var texts: [String] = []
    for set in sets {
      let own = set.terms.indices.filter { set.terms[$0] == term }
      for symbol in set.program.inputs(ofOutputs: own) where symbol.networkOutput != nil {
        let text = names.text(symbol)
        if !texts.contains(text) { texts.append(text) }
      }
    }
    return texts.joined(separator: ", ")
  }
}

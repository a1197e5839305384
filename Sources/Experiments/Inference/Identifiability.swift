import Configurations
package import Diagnostics
package import Kernels
import Problems
import Training

/// What the measurements of an experiment can be expected to tell about its unknowns, before it is trained.
package struct Identifiability {
  /// Where the sensitivities are taken.
  package enum Place: Equatable, Sendable {
    case guess, truth
    /// Where a quick fit leads.
    case fit
    /// A run folder.
    case run(String)
  }

  package var place: Place
  package var estimates: Estimates
  /// What the user should know.
  package var notes: [String]
  let parameters: [Double]
  let problem: AssembledProblem

  package var variableNames: [String] { problem.experiment.variables.map(\.name) }

  package enum Outcome {
    case found(Identifiability)
    case none(reason: String)
  }

  /// The noise of data that do not say theirs, beside the root mean square of what was measured.
  package static let defaultNoise = 0.05
  /// Gauss-Newton steps of the solution, or of the fit.
  private static let mostSteps = (held: 60, fitted: 80)
  /// Multiply-adds that are spent unasked, a few seconds; and at most.
  private static let mostMultiplyAdds = (unasked: 1e11, asked: 1e13)
  /// So much of the loss at the start is no solution.
  private static let poorSolution = 1e-5
  /// A state with so many parameters left open is not determined by equations and conditions.
  private static let leastOpenParameters = 0.5
}

extension Identifiability {
  /// Solves the problem with the unknowns held at a place, without measurements where equations and conditions determine
  /// the solution, and takes the information of the measurements there.
  ///
  /// - Parameters:
  ///   - place: nil for the guess, and only if that takes no longer than some seconds.
  ///   - noise: of data sets without `sigma`; nil for the noise that the experiment adds, or a twentieth of the values.
  /// - Throws: unknowns without a true value where it is asked for, a run that does not fit.
  package static func at(
    _ place: Place?, of problem: AssembledProblem, noise: Double?, pool: WorkerPool
  ) throws(InputFailure) -> Outcome {
    let setup = problem.setup
    if let obstacle = obstacle(setup, isAsked: place != nil) { return .none(reason: obstacle) }
    var notes: [String] = []
    var theta = setup.layout.initialParameters(networks: setup.networks, seed: setup.seed)
    let place = place ?? .guess
    if place == .truth {
      for (number, unknown) in problem.experiment.unknowns.enumerated() {
        theta[setup.layout.unknownOffset + number] = try rawTruth(unknown, setup.layout.unknowns[number])
      }
    }
    let usesData: Bool
    switch place {
    case .guess, .truth:
      let solution = setup.solved(
        from: theta, holdsUnknowns: true, mostSteps: mostSteps.held, pool: pool, takesPart: { $0.kind.isPhysics })
      theta = solution.parameters
      usesData = false
      if !(solution.loss <= poorSolution * solution.startLoss) { notes.append(poor(solution.loss)) }
    case .fit:
      theta =
        setup.solved(
          from: theta, holdsUnknowns: false, mostSteps: mostSteps.fitted, pool: pool, takesPart: { _ in true }
        ).parameters
      usesData = true
    case .run(let folder):
      let run = try TrainedRun(folder: folder)
      guard run.parameters.count == theta.count,
        run.solution.experiment.unknowns.map(\.name)
          == problem.experiment.unknowns.map(\.name)
      else {
        throw InputFailure(.data, "the run in '\(folder)' has other networks or unknowns than this experiment")
      }
      theta = run.parameters
      usesData = true
    }
    // A fit has a misfit that tells the noise; without one it has to be said.
    var assumed: [String: Double] = [:]
    for data in problem.experiment.dataSets where data.sigma == nil {
      if let noise {
        assumed[data.name] = noise
      } else if data.noise > 0 {
        assumed[data.name] = data.noise
      } else if !usesData {
        assumed[data.name] = defaultNoise(of: data.name, setup)
        notes.append("the noise of '\(data.name)' is not known: a twentieth of its values is taken; errors go with it")
      }
    }
    func estimates(_ theta: [Double]) -> Estimates.Outcome {
      Estimates.at(theta, of: problem, sigma: { assumed[$0] }, pool: pool)
    }
    var found: Estimates
    switch estimates(theta) {
    case .found(let first): found = first
    case .none(let reason): return .none(reason: reason)
    }
    let open = found.joint.effectiveParameters - Double(setup.layout.unknowns.count)
    if !usesData, open > leastOpenParameters {
      let start = setup.layout.initialParameters(networks: setup.networks, seed: setup.seed)
      let solution = setup.solved(
        from: Array(start[..<setup.layout.unknownOffset] + theta[setup.layout.unknownOffset...]),
        holdsUnknowns: true, mostSteps: mostSteps.held, pool: pool, takesPart: { _ in true })
      theta = solution.parameters
      if case .found(let fitted) = estimates(theta) { found = fitted }
      notes.append("equations and conditions leave the solution open: it is fitted to the measurements")
    }
    notes += found.directionNotes + found.correlationNotes + found.sensitivityNotes
    return .found(
      Identifiability(place: place, estimates: found, notes: notes, parameters: theta, problem: problem))
  }

  private static func obstacle(_ setup: TrainingSetup, isAsked: Bool) -> String? {
    if let obstacle = JointInformation.obstacle(setup.loss, weights: setup.weights, layout: setup.layout) {
      return obstacle
    }
    let (parameters, residuals) = (setup.layout.count, setup.loss.residualCounts.reduce(0, +))
    if let obstacle = GaussNewton.obstacle(parameters: parameters, residuals: residuals) { return obstacle }
    let work = Double(mostSteps.held) * MethodChoice.multiplyAdds(parameters: parameters, residuals: residuals)
    if work > (isAsked ? mostMultiplyAdds.asked : mostMultiplyAdds.unasked) {
      return "it would take some \(Int((work / 1e10).rounded(.up))) s"
        + (isAsked ? "" : "; ask for it with --at guess")
    }
    return nil
  }

  private static func rawTruth(
    _ unknown: Experiment.Unknown, _ parameter: UnknownParameter
  ) throws(InputFailure) -> Double {
    guard let truth = unknown.truth else {
      throw InputFailure(
        .usage, "unknown '\(unknown.name)' has no true value", help: "give it as 'true', or use --at guess")
    }
    let raw = parameter.raw(truth)
    guard raw.isFinite else {
      throw InputFailure(.usage, "the true value of '\(unknown.name)' does not lie between its bounds")
    }
    return raw
  }

  private static func poor(_ loss: Double) -> String {
    "the solution at these values is poor, its loss is \(loss): errors are a rough guide"
  }

  private static func defaultNoise(of name: String, _ setup: TrainingSetup) -> Double {
    guard let term = setup.loss.terms.firstIndex(where: { $0.name == name && $0.kind == .data }) else { return 1 }
    var (sum, count) = (0.0, 0)
    for column in setup.loss.pointSets.filter({ $0.terms.contains(term) }).flatMap(\.columns) {
      for value in column { sum += value * value }
      count += column.count
    }
    let noise = defaultNoise * (sum / Double(max(1, count))).squareRoot()
    return noise.isNormal ? noise : 1
  }
}

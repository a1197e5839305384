import Configurations
package import Kernels
import Problems
package import Training

/// The unknowns at a point with what the measurements say about their errors.
package struct Estimates {
  /// The noise of a data set.
  package struct Noise: Sendable {
    package var name: String
    package var sigma: Double
    /// The same of the residuals of its term, 1 where they are in units of it.
    package var deviation: Double
    package var isEstimated: Bool
    package var count: Int
  }

  package struct Line: Sendable {
    package var name: String
    package var value: Double
    /// Infinite where the measurements do not determine it.
    package var standardError: Double
    package var interval: ClosedRange<Double>
    /// Which bound the value has run into, if any.
    package var bound: Double?
    /// The way to the minimum of the linear problem, in standard errors.
    package var unsettled: Double
  }

  package var lines: [Line]
  package var noise: [Noise]
  /// Degrees of freedom that the intervals allow for; infinite where the noise is known.
  package var freedom: Double
  /// What the measurements say, in coordinates of relative change, for noise as it is.
  package var information: UnknownInformation
  package let joint: JointInformation
  /// What a relative change of 1 is in the raw value of each unknown.
  let units: [Double]
  /// The factor from unit noise of `joint` to the noise found.
  package let scale: Double
  /// The largest relative change of a standard error when equations are believed ten times as exactly.
  package var sensitivity: Double

  package static let confidence = 0.95

  /// Half the width of an interval of a raw value, in standard errors.
  package var reach: Double { Estimates.reach(freedom: freedom) }

  private static func reach(freedom: Double) -> Double { studentQuantile(within: confidence, freedom: freedom) }
}

extension Estimates {
  /// What is said about a point, or why nothing is.
  package enum Outcome {
    case found(Estimates)
    case none(reason: String)
  }

  /// Errors of the unknowns at the end of training.
  ///
  /// The noise of a data set is its `sigma`; where it has none, it is estimated from the misfit at the minimum of the
  /// linear problem, σ² = S/(N − p) with p the number of parameters that the measurements determine.
  ///
  /// - Parameter sigma: the noise of a data set, by name, that does not say its own; nil where it is to be estimated.
  package static func at(
    _ theta: [Double], of problem: AssembledProblem, sigma: (String) -> Double? = { _ in nil }, pool: WorkerPool
  ) -> Outcome {
    let setup = problem.setup
    if let obstacle = JointInformation.obstacle(setup.loss, weights: setup.weights, layout: setup.layout) {
      return .none(reason: obstacle)
    }
    let objective = Objective(setup.loss, networks: setup.networks, layout: setup.layout, pool: pool)
    let (values, counts) = (objective.termValues(theta), setup.loss.residualCounts)
    var known: [Double?] = []
    var deviations: [Double] = []
    for (number, term) in setup.loss.terms.enumerated() {
      let given: Double? =
        switch (term.kind, term.noise) {
        case (.prior, _), (.data, .unit): 1
        default: sigma(term.name)
        }
      known.append(given)
      let misfit = values[number].squareRoot()
      deviations.append(given ?? (misfit.isNormal ? misfit : 1))
    }
    // What is to be small counts beside the measurements as in the loss.
    let share = zip(setup.weights, counts).map { $0 / Double(max(1, $1)) }
    if let data = setup.loss.terms.indices.first(where: { setup.loss.terms[$0].kind == .data && share[$0] > 0 }) {
      for number in setup.loss.terms.indices where setup.loss.terms[number].kind == .penalty && share[number] > 0 {
        deviations[number] = deviations[data] * (share[data] / share[number]).squareRoot()
      }
    }
    func information(_ equationError: Double) -> JointInformation? {
      var settings = JointInformation.Settings()
      settings.equationError = equationError
      return JointInformation(
        setup.loss, weights: setup.weights, networks: setup.networks, layout: setup.layout, pool: pool, at: theta,
        noise: deviations, settings: settings)
    }
    let usual = JointInformation.Settings().equationError
    guard let joint = information(usual), let stricter = information(usual / 10) else {
      return .none(reason: "a derivative is not a finite number")
    }
    let isEstimated = setup.loss.terms.indices.contains {
      setup.loss.terms[$0].kind == .data && setup.weights[$0] != 0 && known[$0] == nil
    }
    let freedom = Double(joint.measurementCount) - joint.effectiveParameters
    guard freedom >= 0.5 || !isEstimated else {
      return .none(
        reason: "\(joint.measurementCount) measurements leave nothing to estimate their noise from; give their 'sigma'")
    }
    let scale = isEstimated ? (joint.misfit / freedom).squareRoot() : 1
    let noise = setup.loss.terms.indices.filter { setup.loss.terms[$0].kind == .data && setup.weights[$0] != 0 }.map {
      let deviation = known[$0] ?? deviations[$0] * scale
      var sigma = deviation
      if case .unit(let typical)? = setup.loss.terms[$0].noise { sigma = typical }
      return Noise(
        name: setup.loss.terms[$0].name, sigma: sigma, deviation: deviation, isEstimated: known[$0] == nil,
        count: counts[$0])
    }
    return .found(
      Estimates(
        at: theta, problem, joint: joint, stricter: stricter, scale: scale, noise: noise,
        freedom: isEstimated ? freedom : .infinity))
  }

  private init(
    at theta: [Double], _ problem: AssembledProblem, joint: JointInformation, stricter: JointInformation,
    scale: Double, noise: [Noise], freedom: Double
  ) {
    let layout = problem.setup.layout
    let factor = Estimates.reach(freedom: freedom)
    self.joint = joint
    self.scale = scale
    self.noise = noise
    self.freedom = freedom
    var (lines, units, sensitivity): ([Line], [Double], Double) = ([], [], 0)
    for (number, unknown) in layout.unknowns.enumerated() {
      let raw = theta[layout.unknownOffset + number]
      let (value, slope) = unknown.value(raw: raw)
      let error = joint.unknowns.standardError(number) * scale
      let ends = [raw - factor * error, raw + factor * error].map { unknown.value(raw: $0).value }
      lines.append(
        Line(
          name: unknown.name, value: value,
          standardError: error.isFinite ? abs(slope) * error : .infinity,
          interval: min(ends[0], ends[1])...max(ends[0], ends[1]), bound: unknown.boundReached(by: value),
          unsettled: error.isFinite && error > 0 ? joint.shift[layout.unknownOffset + number] / error : 0))
      // The relative change of a value of zero is that of its guess.
      let size = value != 0 ? abs(value) : unknown.guess != 0 ? abs(unknown.guess) : 1
      units.append(slope != 0 ? size / slope : 0)
      let ratio = stricter.unknowns.standardError(number) / joint.unknowns.standardError(number)
      if ratio.isFinite { sensitivity = max(sensitivity, abs(ratio - 1)) }
    }
    self.lines = lines
    self.sensitivity = sensitivity
    self.units = units
    information = joint.unknowns.scaled(by: units.map { $0 / scale })
  }
}

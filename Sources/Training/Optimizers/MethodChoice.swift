import Problems

/// What stands in for a phase of `method = "auto"`, and why.
package struct MethodChoice: Sendable, Equatable {
  package var phases: [PhaseSettings]
  /// A sentence with the figures that decided.
  package var reason: String

  /// Multiply-adds of a Gauss-Newton step above which gradient steps get further in the same time: a few seconds a step
  /// on one core.
  package static let mostMultiplyAdds = 5e10
  /// Learning rate of the Adam phase and relative fall of the loss that ends Gauss-Newton, where the phase names none.
  package static let learningRate = 2e-3
  package static let leastChange = 0.1

  /// Multiply-adds of a Gauss-Newton step, about: half of m n k for the sums over m residuals and n parameters, with k the
  /// less of the two, and a factorization for each of three dampings, k³/6.
  package static func multiplyAdds(parameters: Int, residuals: Int) -> Double {
    let order = Double(min(parameters, residuals))
    return Double(parameters) * Double(residuals) * order / 2 + order * order * order / 2
  }

  /// Gauss-Newton where it can be used and a step is affordable: there it gets further than the others in less time. No
  /// other phase comes before it, since it gains nothing by that. Else Adam, which finds the way from a random start,
  /// and L-BFGS with five times the iterations.
  ///
  /// Where unknowns are estimated from data, more phases follow in which equations weigh more, by a hundred each time: as
  /// long as their violation explains noise (`PhysicsMisfit`).
  ///
  /// - Parameters: `energy` is the name of a term that is no square, if there is one; `dataResiduals` counts the
  ///   measurements, where they are to be fitted by exact physics.
  package init(
    auto phase: PhaseSettings, parameters: Int, residuals: Int, energy: String? = nil, dataResiduals: Int? = nil
  ) {
    let work = MethodChoice.multiplyAdds(parameters: parameters, residuals: residuals)
    let sizes = "\(parameters) parameters, \(residuals) residuals"
    let obstacle =
      energy.map { "energy '\($0)' is no sum of squares" }
      ?? GaussNewton.obstacle(parameters: parameters, residuals: residuals)
      ?? (work > MethodChoice.mostMultiplyAdds
        ? "a step would take \(Int(work / 1e9)) thousand million multiply-adds" : nil)
    guard let obstacle else {
      var step = phase
      step.method = .gaussNewton
      step.stop.change = phase.stop.change ?? MethodChoice.leastChange
      phases = [step]
      reason = "gauss-newton for \(sizes): a step is affordable"
      weighPhysics(dataResiduals)
      return
    }
    var (first, second) = (phase, phase)
    first.method = .adam
    first.iterations = min(phase.iterations, OptimizerMethod.adam.entry.defaultIterations)
    second.method = .lbfgs
    second.iterations = 5 * phase.iterations
    phases = [first, second]
    reason = "adam and l-bfgs for \(sizes): gauss-newton is out, \(obstacle)"
    weighPhysics(dataResiduals)
  }

  /// Factors on the weights of the physics in the phases for noise, and their rule to end: a window of iterations over
  /// which χ² of the data falls by less than this.
  private static let factorsForNoise = [1e2, 1e4, 1e6, 1e8]
  private static let leastFallForNoise = 0.02
  private static let windowForNoise = (gaussNewton: 5, other: 100)

  /// Adds the phases for noise.
  private mutating func weighPhysics(_ dataResiduals: Int?) {
    guard let dataResiduals, let last = phases.last else { return }
    for factor in MethodChoice.factorsForNoise {
      var phase = last
      phase.physics *= factor
      phase.isForNoise = true
      let isGaussNewton = phase.method == .gaussNewton
      phase.stop.change = MethodChoice.leastFallForNoise / Double(max(1, dataResiduals))
      phase.stop.window = isGaussNewton ? MethodChoice.windowForNoise.gaussNewton : MethodChoice.windowForNoise.other
      phases.append(phase)
    }
    reason += "; then heavier equations, unless they hold well enough for the noise of the data"
  }
}

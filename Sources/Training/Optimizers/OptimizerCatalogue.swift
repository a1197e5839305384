import Autodiff
package import Kernels
import Problems

/// What there is to know of an optimizer before it runs, and how it is made.
package struct OptimizerEntry: Sendable {
  /// What it is and for what, in a line.
  package var summary: String
  /// The iterations of a phase that names none: enough to end by another rule.
  package var defaultIterations: Int
  /// Iterations over which a fall of the loss is looked at.
  package var changeWindow = 100
  /// The relative fall over them that ends a phase which names none; nil for no such end.
  package var leastChange: Double?
  /// Settings of a phase that names none.
  package var learningRate = 1e-3
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var weightDecay = 0.0
  /// Whether it can do with mini-batches.
  package var takesBatches = false
  /// Whether the loss has to be a sum of squares.
  package var needsSquares = false
  /// Why it cannot be used for so many parameters and residuals, with the figures; nil where it can.
  package var obstacle: @Sendable (_ parameters: Int, _ residuals: Int) -> String? = { _, _ in nil }
  /// Numbers that it keeps in memory for so many parameters and residuals.
  package var memoryNumbers: @Sendable (_ phase: PhaseSettings, _ parameters: Int, _ residuals: Int) -> Int
  package var make: @Sendable (OptimizerStart) -> any Optimizer
}

/// What an optimizer is made from.
package struct OptimizerStart {
  package var x: [Double]
  package var phase: PhaseSettings
  package var layout: ParameterLayout
  package var pool: WorkerPool

  package init(x: [Double], phase: PhaseSettings, layout: ParameterLayout, pool: WorkerPool) {
    self.x = x
    self.phase = phase
    self.layout = layout
    self.pool = pool
  }

  /// Factors on the learning rate of every parameter.
  var rateFactors: [Double] {
    [Double](repeating: 1, count: layout.packing.parameterCount) + layout.unknowns.map(\.learningRateFactor)
  }

  /// The first so many parameters move.
  var freeCount: Int { phase.trainsUnknowns ? layout.count : layout.unknownOffset }
}

extension OptimizerMethod {
  package var entry: OptimizerEntry {
    switch self {
    case .auto:
      OptimizerEntry(
        summary:
          "gauss-newton where the problem is small enough for it, else adam and then l-bfgs; `pinn check` tells which",
        defaultIterations: 1000, learningRate: MethodChoice.learningRate,
        memoryNumbers: { _, _, _ in 0 },
        make: { _ in preconditionFailure("a method is chosen before training") })
    case .adam:
      .adaptive("adaptive moments (Kingma & Ba 2015, arXiv:1412.6980): robust at the start, works with mini-batches") {
        Adam(
          start: $0.x, settings: $0.phase.adam, factors: $0.rateFactors, matrices: $0.layout.weightMatrices)
      }
    case .adamW:
      .adaptive(
        "Adam with weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101): smooth fits of noisy data",
        weightDecay: 0.01
      ) {
        Adam(
          start: $0.x, settings: $0.phase.adam, factors: $0.rateFactors, matrices: $0.layout.weightMatrices)
      }
    case .soap:
      .adaptive(
        "Adam in the eigenbasis of Shampoo (Vyas et al. 2024, arXiv:2409.11321): for wide networks and mini-batches",
        learningRate: 3e-3, beta1: 0.95, beta2: 0.95, numbersPerParameter: 40
      ) {
        SOAP(
          start: $0.x, settings: $0.phase.adam, factors: $0.rateFactors, matrices: $0.layout.weightMatrices,
          pool: $0.pool)
      }
    case .muon:
      .adaptive(
        "momentum with singular values made equal (Jordan et al. 2024): for wide networks and mini-batches",
        beta1: 0.95, numbersPerParameter: 20
      ) {
        Muon(
          start: $0.x, settings: $0.phase.adam, factors: $0.rateFactors, matrices: $0.layout.weightMatrices,
          pool: $0.pool)
      }
    case .lbfgs:
      OptimizerEntry(
        summary:
          "limited-memory BFGS with a strong-Wolfe line search (Liu & Nocedal 1989): accurate at the end, all points",
        defaultIterations: 5000,
        memoryNumbers: { phase, parameters, _ in (2 * min(phase.history, phase.iterations) + 8) * parameters },
        make: { LBFGS(start: $0.x, history: $0.phase.history) })
    case .bfgs:
      .quasiNewton("BFGS with the whole inverse Hessian: like l-bfgs that forgets nothing", .bfgs)
    case .selfScaledBFGS:
      .quasiNewton("BFGS that scales down old curvature where it was too large (Al-Baali 1998)", .selfScaledBFGS)
    case .selfScaledBroyden:
      .quasiNewton(
        "self-scaled Broyden updates (Al-Baali & Khalfan 2005; Urbán et al. 2024, arXiv:2405.04230): the most accurate "
          + "of the methods that need gradients alone", .selfScaledBroyden)
    case .nncg:
      OptimizerEntry(
        summary:
          "Newton's method by conjugate gradients with a Nyström preconditioner (Rathore et al. 2024, "
          + "arXiv:2402.01868): after l-bfgs, for networks that are too large for ss-broyden",
        defaultIterations: 500, changeWindow: 20,
        memoryNumbers: { _, parameters, _ in NNCG.memoryNumbers(parameters: parameters) },
        make: { NNCG(start: $0.x) })
    case .gaussNewtonCG:
      OptimizerEntry(
        summary:
          "gauss-newton by conjugate gradients, without JᵀJ: for networks of more than some thousand parameters with as "
          + "many points",
        defaultIterations: 1000, changeWindow: 20, leastChange: MethodChoice.leastChange, needsSquares: true,
        memoryNumbers: { GaussNewtonCG.memoryNumbers(parameters: $1, residuals: $2) },
        make: { GaussNewtonCG(start: $0.x, freeCount: $0.freeCount) })
    case .gaussNewton:
      OptimizerEntry(
        summary:
          "Levenberg-Marquardt with corrections: few, costly steps to the lowest losses, for up to a few thousand "
          + "parameters",
        // A step does what tens of others do.
        defaultIterations: 1000, changeWindow: 20, leastChange: MethodChoice.leastChange, needsSquares: true,
        obstacle: { GaussNewton.obstacle(parameters: $0, residuals: $1) },
        memoryNumbers: { GaussNewton.memoryNumbers(parameters: $1, residuals: $2) },
        make: { GaussNewton(start: $0.x, freeCount: $0.freeCount, pool: $0.pool) })
    }
  }
}

extension OptimizerEntry {
  /// Adam and what is made of it.
  fileprivate static func adaptive(
    _ summary: String, learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    weightDecay: Double = 0, numbersPerParameter: Int = 8, _ make: @escaping @Sendable (OptimizerStart) -> any Optimizer
  ) -> OptimizerEntry {
    OptimizerEntry(
      summary: summary, defaultIterations: 500, learningRate: learningRate, beta1: beta1, beta2: beta2,
      weightDecay: weightDecay, takesBatches: true,
      memoryNumbers: { _, parameters, _ in numbersPerParameter * parameters }, make: make)
  }

  fileprivate static func quasiNewton(_ summary: String, _ update: BroydenUpdate) -> OptimizerEntry {
    OptimizerEntry(
      summary: "\(summary), for up to some thousand parameters", defaultIterations: 5000,
      obstacle: { parameters, _ in
        parameters <= QuasiNewton.mostParameters
          ? nil : "it is for at most \(QuasiNewton.mostParameters) parameters, found \(parameters)"
      },
      memoryNumbers: { _, parameters, _ in parameters * (parameters + 24) / 2 + 32 * parameters },
      make: { QuasiNewton(start: $0.x, update: update, pool: $0.pool) })
  }
}

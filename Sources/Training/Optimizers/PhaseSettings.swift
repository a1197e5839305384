/// The optimizers a phase may use; `entry` says what there is to know of each.
package enum OptimizerMethod: String, Sendable, CaseIterable {
  /// The one that suits the size of the problem; `PhaseSettings.chosen` puts others in its place before training.
  case auto
  case adam
  case adamW = "adamw"
  case soap
  case muon
  case lbfgs = "l-bfgs"
  case bfgs
  case selfScaledBFGS = "ss-bfgs"
  case selfScaledBroyden = "ss-broyden"
  case nncg
  case gaussNewton = "gauss-newton"
  case gaussNewtonCG = "gauss-newton-cg"
}

/// What Adam and the methods made of it go by.
package struct AdamSettings: Sendable, Equatable {
  package var learningRate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var schedule: Schedule
  /// Points of each term that a step looks at; nil for all.
  package var batch: Int?
  /// By how much weights shrink in a step, in units of the learning rate.
  package var weightDecay: Double
  /// Steps of SOAP between two changes of its bases.
  package var preconditionEvery: Int

  package init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, schedule: Schedule,
    batch: Int? = nil, weightDecay: Double = 0, preconditionEvery: Int = 10
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.schedule = schedule
    self.batch = batch
    self.weightDecay = weightDecay
    self.preconditionEvery = preconditionEvery
  }
}

/// When a phase ends before its iterations are used up; nil never.
package struct StopRule: Sendable, Equatable {
  package var loss: Double?
  package var gradient: Double?
  /// Relative fall of the loss over `OptimizerEntry.changeWindow` iterations.
  package var change: Double?
  package var minutes: Double?
  /// Other iterations for `change`; nil for those of the method.
  package var window: Int?

  package init(
    loss: Double? = nil, gradient: Double? = nil, change: Double? = nil, minutes: Double? = nil, window: Int? = nil
  ) {
    self.loss = loss
    self.gradient = gradient
    self.change = change
    self.minutes = minutes
    self.window = window
  }
}

/// One phase of training.
package struct PhaseSettings: Sendable, Equatable {
  package var method: OptimizerMethod
  package var iterations: Int
  package var adam: AdamSettings
  /// Pairs that L-BFGS remembers.
  package var history: Int
  package var stop: StopRule
  /// Weights of terms in this phase, by name, over those of the experiment.
  package var weights: [String: Double]
  /// Multiplies the weights of all equations and conditions.
  package var physics: Double
  /// Whether the phase is left out where its equations hold well enough for the noise of the data.
  package var isForNoise = false
  /// Whether the unknown coefficients move.
  package var trainsUnknowns: Bool
  /// Constants that differ from those of the experiment, by name.
  package var constants: [String: Double] = [:]
  /// The number among `TrainingSetup.variants` of the problem with these constants; nil for that of the experiment.
  package var variant: Int?
  /// Whether it is one of several short trainings, each from start values of its own.
  package var isTrial = false

  package init(
    method: OptimizerMethod, iterations: Int, adam: AdamSettings, history: Int = 50, stop: StopRule = StopRule(),
    weights: [String: Double] = [:], physics: Double = 1, trainsUnknowns: Bool = true
  ) {
    self.method = method
    self.iterations = iterations
    self.adam = adam
    self.history = history
    self.stop = stop
    self.weights = weights
    self.physics = physics
    self.trainsUnknowns = trainsUnknowns
  }
}

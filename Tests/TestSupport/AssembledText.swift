package import Configurations
package import Diagnostics
package import Experiments
package import Kernels
package import Training

/// The experiment that a text in TOML describes.
package func experiment(
  _ text: String, baseDirectory: String = "/nowhere", defaultName: String = "test"
) throws(InputFailure) -> Experiment {
  let tree = try readConfiguration(text, named: "test.toml", format: .toml)
  return try Experiment(from: tree, baseDirectory: baseDirectory, defaultName: defaultName)
}

/// The same, made ready for training.
package func assembled(
  _ text: String, baseDirectory: String = "/nowhere", mergingLaplacians: Bool = true
) throws(InputFailure) -> AssembledProblem {
  try AssembledProblem(experiment(text, baseDirectory: baseDirectory), mergingLaplacians: mergingLaplacians)
}

/// Why a text cannot be trained; nil where it can.
package func refusal(_ text: String, baseDirectory: String = "/nowhere") -> InputFailure? {
  do throws(InputFailure) {
    _ = try assembled(text, baseDirectory: baseDirectory)
    return nil
  } catch {
    return error
  }
}

extension AssembledProblem {
  /// Its loss with the weights of the experiment.
  package func objective(threads: Int = 1, instructionSet: InstructionSet = .best) -> Objective {
    let pool = WorkerPool(threadCount: threads, instructionSet: instructionSet)
    let objective = Objective(setup.loss, networks: setup.networks, layout: setup.layout, pool: pool)
    objective.weights = setup.weights
    return objective
  }

  /// Start values, moved a little so that no bias and no unknown is special.
  package func perturbedParameters(seed: UInt64 = 5) -> [Double] {
    let stream = RandomStream(seed: seed, purpose: "perturbation")
    let start = setup.layout.initialParameters(networks: setup.networks, seed: seed)
    return start.enumerated().map { $1 + 0.1 * stream.normal(at: UInt64($0)) }
  }
}

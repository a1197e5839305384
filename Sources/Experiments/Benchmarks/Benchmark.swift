import Configurations
package import Diagnostics
import KernelInterface
package import Kernels
import Networks
import Problems
import Training

/// What was measured of a benchmark case.
package struct BenchmarkResult: Sendable {
  package var name: String
  /// Points of all point sets, and the parts of the jets of the largest.
  package var points: Int
  package var parts: Int
  /// Widths from the inputs to the outputs.
  package var layers: [Int]
  package var parameters: Int
  package var threads: Int
  package var instructionSet: InstructionSet
  package var medianSeconds: Double
  package var leastSeconds: Double
  /// Floating-point operations of the matrix products, two a multiply-add, by the median time.
  package var operationsPerSecond: Double
  /// What all threads together reach with multiply-adds in registers alone: the median of runs between the others.
  package var peakOperationsPerSecond: Double

  package var fraction: Double { operationsPerSecond / peakOperationsPerSecond }
}

/// Times a case for about `seconds`, in turn with the peak, so that both see the same machine.
///
/// - Throws: nothing but faults of the built-in experiments.
package func measure(
  _ benchmark: BenchmarkCase, pool: WorkerPool, seconds: Double
) throws(InputFailure) -> BenchmarkResult {
  let tree = try readConfiguration(benchmark.text, named: benchmark.name, format: .toml)
  let experiment = try Experiment(from: tree, baseDirectory: "/", defaultName: benchmark.name)
  let setup = try AssembledProblem(experiment).setup
  let objective = Objective(setup.loss, networks: setup.networks, layout: setup.layout, pool: pool)
  let theta = setup.layout.initialParameters(networks: setup.networks, seed: setup.seed)
  var gradient = [Double](repeating: 0, count: theta.count)
  let equations = benchmark.work == .normalEquations ? NormalEquations(objective) : nil
  let (multiplyAdds, evaluate): (Int, () -> Void) =
    switch benchmark.work {
    case .gradient:
      (objective.multiplyAddsOfGradient, { _ = objective.termValues(theta, gradient: &gradient) })
    case .normalEquations:
      (objective.multiplyAddsOfNormalEquations, { if let equations { objective.sumSquares(theta, into: equations) } })
    case .values:
      (objective.multiplyAddsOfValues, { _ = objective.termValues(theta) })
    }
  let clock = ContinuousClock()
  let peak = PeakMeasurement(pool: pool)
  // The first evaluation touches all memory.
  evaluate()
  var times: [Double] = []
  var peaks: [Double] = []
  let end = clock.now + .seconds(seconds)
  while clock.now < end || times.count < 5 {
    times.append(clock.measure(evaluate).inSeconds)
    peaks.append(peak.operationsPerSecond())
  }
  let network = setup.networks[0]
  return BenchmarkResult(
    name: benchmark.name, points: setup.loss.pointSets.reduce(0) { $0 + $1.count },
    parts: objective.mostParts,
    layers: [network.features.count] + network.architecture.hidden + [network.outputs.count],
    parameters: theta.count, threads: pool.threadCount, instructionSet: pool.instructionSet,
    medianSeconds: median(times), leastSeconds: times.min() ?? .nan,
    operationsPerSecond: 2 * Double(multiplyAdds) / median(times), peakOperationsPerSecond: median(peaks))
}

private func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The rate of multiply-adds in registers, all threads at once.
private final class PeakMeasurement {
  private let pool: WorkerPool
  private let results: UnsafeNumberBuffer
  /// Items for each thread, so that none waits long for the last, and rounds of an item: about 0.1 ms.
  private static let itemsPerThread = 16
  private static let rounds = 30_000

  init(pool: WorkerPool) {
    self.pool = pool
    results = UnsafeNumberBuffer(count: 2 * pool.threadCount * PeakMeasurement.itemsPerThread)
  }

  func operationsPerSecond() -> Double {
    let count = pool.threadCount * PeakMeasurement.itemsPerThread
    let seconds = ContinuousClock().measure {
      pool.run(count: count) { item, _ in
        let (multiplyAdds, result) = pool.kernels.multiplyAddPeak(PeakMeasurement.rounds, 0.999)
        results.base[2 * item] = Double(multiplyAdds)
        results.base[2 * item + 1] = result
      }
    }.inSeconds
    let multiplyAdds = (0..<count).reduce(0) { $0 + results.base[2 * $1] }
    return 2 * multiplyAdds / seconds
  }
}

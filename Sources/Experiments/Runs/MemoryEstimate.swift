package import Configurations
package import Diagnostics
package import Kernels
import Problems
import Tables
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How much memory a run takes at its peak, known before any of it is allocated.
///
///     program + points + max(loss + optimizer, tables)
///
/// What is counted is what grows: copies of points and rows, the sums of a loss, a method's vectors and matrices. The factors
/// that say how many copies there are at the same time are measured, see `docs/reliability.md`.
package struct MemoryEstimate: Sendable {
  /// The program itself, with its libraries and threads.
  package var program: Int
  /// Points and rows of data, in all their copies.
  package var points: Int
  /// The sums of the loss, and what its threads work with.
  package var loss: Int
  package var optimizer: Int
  /// The tables of results, while they are made.
  package var tables: Int

  package var total: Int { program + points + max(loss + optimizer, tables) }

  /// Beyond what the process has taken before a run begins.
  package var needed: Int { total - program }

  private static let number = 8

  package init(_ problem: AssembledProblem, threads: Int) {
    let (setup, experiment) = (problem.setup, problem.experiment)
    let parameters = setup.layout.count
    program = 33_000_000 + threads * 150_000
    points =
      MemoryEstimate.points(setup)
      + problem.references.reduce(0) { sum, reference in
        let columns = reference.coordinates.count + reference.values.count
        // A file is read into columns, of which some are kept.
        let isRead = experiment.references[reference.number].file != nil
        return sum + MemoryEstimate.number * (isRead ? 3 : 1) * columns * (reference.coordinates.first?.count ?? 0)
      }
    let numbers = [setup.loss, setup.heldout].reduce(0) { sum, loss in
      loss.pointSets.isEmpty
        ? sum
        : sum
          + Objective.memoryNumbers(loss, networks: setup.networks, layout: setup.layout, threadCount: threads)
    }
    let residuals = setup.loss.residualCounts.reduce(0, +)
    // All residuals once, to see which of them is no number.
    loss = MemoryEstimate.number * (numbers + residuals)
    // Start values, the step before, the gradient, what a checkpoint and its bytes are made of.
    let vectors = 12 * parameters
    let most = setup.phases.map { $0.method.entry.memoryNumbers($0, parameters, residuals) }.max() ?? 0
    optimizer = MemoryEstimate.number * (vectors + most)
    let atReference = experiment.writesAtReference ? problem.references.first : nil
    let rows = atReference?.coordinates.first?.count ?? experiment.grid.reduce(1) { $0 &* $1 }
    let columns =
      experiment.variables.count + experiment.fields.count + 2 * (problem.references.first?.values.count ?? 0)
    tables = MemoryEstimate.number * (rows * columns + 65_536 * 6)
  }

  private static func points(_ setup: TrainingSetup) -> Int {
    func numbers(_ loss: LossTerms, drawn isDrawn: Bool? = nil) -> Int {
      loss.pointSets.reduce(0) { sum, set in
        guard isDrawn == nil || isDrawn == (set.source != nil) else { return sum }
        return sum + set.count * (set.sites.reduce(0) { $0 + $1.count } + set.known.count)
      }
    }
    // The arrays, the store of the objective, and for a while what they are drawn or read into; more where they are drawn
    // anew.
    let drawn = setup.resampleEvery == nil ? 2.4 : 5.2
    let trained = drawn * Double(numbers(setup.loss, drawn: true)) + 4.5 * Double(numbers(setup.loss, drawn: false))
    let variants = setup.variants.reduce(0) { $0 + numbers($1.loss) + numbers($1.heldout) }
    let all = trained + 2.2 * Double(numbers(setup.heldout)) + Double(variants)
    return Int(Double(number) * all)
  }

  /// A lower bound from the experiment alone, before its points are drawn and its files read.
  package static func least(_ experiment: Experiment) -> Int {
    let points = Double(experiment.sampling.points) * 2.4 + Double(experiment.sampling.heldoutPoints) * 2.2
    let grid = experiment.grid.reduce(1.0) { $0 * Double($1) }
    let variables = Double(experiment.variables.count)
    let files = (experiment.dataFiles + experiment.references.compactMap(\.file?.text)).reduce(0.0) { sum, path in
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? sum + Double(status.st_size) : sum
    }
    let fields = variables + Double(experiment.fields.count)
    let hidden = experiment.network.hidden
    let weights = zip(hidden, hidden.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return Int(min(1e18, Double(number) * (points * variables + grid * fields + 20 * weights) + files))
  }

  /// Refuses what does not fit.
  ///
  /// - Throws: `.resources` with what is needed, what there is, and what takes the most.
  package func check(against limit: MemoryLimit?, copies: Int = 1) throws(InputFailure) {
    let parts = [("points and data", points), ("the loss", loss), ("the optimizer", optimizer), ("tables", tables)]
    let largest = parts.max { $0.1 < $1.1 } ?? parts[0]
    try MemoryEstimate.check(
      copies * needed, against: limit, what: "training", largest: "\(largest.0) take \(MemoryEstimate.text(largest.1))")
  }

  /// Refuses an experiment of which the points alone do not fit.
  package static func checkLeast(_ experiment: Experiment, against limit: MemoryLimit?) throws(InputFailure) {
    try check(
      least(experiment), against: limit, what: "the points, tables, files and weights of the experiment", largest: nil)
  }

  private static func check(
    _ needed: Int, against limit: MemoryLimit?, what: String, largest: String?
  ) throws(InputFailure) {
    guard let limit, needed > limit.bytes else { return }
    throw InputFailure(
      .resources,
      "\(what) would need about \(text(needed)) of memory, and \(limit.source) leaves \(text(limit.bytes))"
        + (largest.map { "; \($0)" } ?? ""),
      help: "take fewer points or parameters, or --force to try all the same")
  }

  package static func text(_ bytes: Int) -> String {
    bytes < 10_000_000_000 ? "\((bytes + 500_000) / 1_000_000) MB" : "\(bytes / 1_000_000_000) GB"
  }
}

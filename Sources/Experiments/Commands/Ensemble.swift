package import Configurations
package import Diagnostics
package import Problems
import Synchronization
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The spread of estimates over repetitions of a run: each with rows of the data drawn again from those there are, as many
/// with replacement (bootstrap), and with start values and points of a seed of its own.
///
/// The standard error is the standard deviation s of the unbounded numbers q that unknowns are trained through, the interval
/// q̂ ± t s with the 97.5 % point t of Student's distribution with one degree of freedom less than there are members, both
/// mapped to the unknown: an interval never leaves its bounds.
///
/// - Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 6 and 12.
package struct Ensemble: Sendable {
  private let experiment: Experiment
  package let sweep: Sweep

  package static let tableName = "ensemble.csv"
  /// Within the run folder: that of the sweep over the members.
  package static let folderName = "ensemble"

  /// - Throws: what is wrong with the members.
  package init(_ experiment: Experiment, count: Int, baseDirectory: String) throws(InputFailure) {
    self.experiment = experiment
    sweep = try Sweep(
      tree: experiment.treeOfMember, settings: [], axes: [], seeds: .count(count), baseDirectory: baseDirectory,
      defaultName: experiment.name)
  }

  /// Trains the members that are not complete yet, and writes the table beside that of the run.
  ///
  /// - Returns: the report of the sweep; the table is there where no member is open.
  package func run(
    inRun folder: String, configuration: String, options: SweepOptions
  ) throws(InputFailure) -> SweepReport {
    let (columns, _) = try sweep.checked(jobs: options.jobs)
    let members = try SweepFolder(
      folder + "/" + Ensemble.folderName, of: sweep, columns: columns, configuration: configuration, extends: true)
    let rows = Rows()
    var options = options
    let progress = options.progress
    options.progress = { event in
      rows.keep(event.row)
      progress(event)
    }
    let report = try runSweep(sweep, columns: columns, in: members, options: options, output: nil)
    if report.openCount == 0 { try writeTable(folder, rows.estimates) }
    return report
  }

  private func writeTable(_ folder: String, _ members: [[String: Double]]) throws(InputFailure) {
    let table = try readTable(path: folder + "/parameters.csv")
    let estimates = Dictionary(
      zip(try table.texts("name"), try table.numbers("estimate", allowing: .nonFinite)),
      uniquingKeysWith: { first, _ in first })
    let rows = experiment.unknowns.map { unknown -> [CSVCell] in
      let spread = Ensemble.spread(
        UnknownParameter(unknown), estimate: estimates[unknown.name] ?? .nan,
        members: members.compactMap { $0[unknown.name] })
      return [
        .text(unknown.name), CSVCell(estimates[unknown.name]), CSVCell(spread?.error), CSVCell(spread?.low),
        CSVCell(spread?.high), .number(unknown.guess), CSVCell(unknown.truth),
        unknown.unit.isEmpty ? .empty : .text(unknown.unit), .integer(members.count),
      ]
    }
    try Experiments.writeTable(
      header: RunResults.parameterHeader + ["members"], rows: rows, to: Ensemble.tableName,
      in: try RunFolder(creating: folder))
  }

  /// Standard error and interval of an estimate by those of the members; nil for fewer than two that are finite.
  package static func spread(
    _ unknown: UnknownParameter, estimate: Double, members: [Double]
  ) -> (error: Double, low: Double, high: Double)? {
    let raw = members.map(unknown.raw).filter(\.isFinite)
    let center = unknown.raw(estimate)
    guard raw.count > 1, center.isFinite else { return nil }
    let mean = raw.reduce(0, +) / Double(raw.count)
    let variance = raw.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(raw.count - 1)
    let deviation = variance.squareRoot()
    let reach = studentPoint(degrees: raw.count - 1) * deviation
    let ends = [center - reach, center + reach].map { unknown.value(raw: $0).value }.sorted()
    return (deviation * abs(unknown.value(raw: center).slope), ends[0], ends[1])
  }

  /// The 97.5 % point of Student's distribution.
  ///
  /// From three degrees of freedom on by the expansion in 1/ν about that of the normal distribution, within 1 %.
  ///
  /// - Source: Abramowitz & Stegun (1964), 26.7.5.
  package static func studentPoint(degrees: Int) -> Double {
    if degrees < 3 { return degrees == 1 ? 12.706_205 : 4.302_653 }
    let (z, nu) = (1.959_963_985, Double(degrees))
    let (z2, z3) = (z * z, z * z * z)
    let first = (z3 + z) / 4
    let second = (5 * z3 * z2 + 16 * z3 + 3 * z) / 96
    let third = (3 * z3 * z2 * z2 + 19 * z3 * z2 + 17 * z3 - 15 * z) / 384
    return z + first / nu + second / (nu * nu) + third / (nu * nu * nu)
  }

  /// The rows of members, from any thread.
  private final class Rows: Sendable {
    private let rows = Mutex<[Int: [String: Double]]>([:])

    func keep(_ row: SweepRow) {
      guard row.status == .finished else { return }
      rows.withLock { $0[row.member.number] = row.estimates }
    }

    /// In the order of the members.
    var estimates: [[String: Double]] { rows.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }
  }
}

extension UnknownParameter {
  package init(_ unknown: Experiment.Unknown) {
    self.init(
      name: unknown.name, guess: unknown.guess, otherGuesses: unknown.otherGuesses, lower: unknown.lower,
      upper: unknown.upper,
      isLogarithmic: unknown.isLogarithmic, learningRateFactor: unknown.learningRateFactor)
  }
}

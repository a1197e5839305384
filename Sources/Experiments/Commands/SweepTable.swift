import Configurations
import Diagnostics
import Problems
import Tables
import Training

/// The columns of a sweep's table, known before anything is trained.
///
///     member, id, <axes>, seed, status, iterations, <metrics>, <unknowns>, folder, reason
///
/// Metrics are those of `metrics.csv`, `total_loss` first. Where members differ in theirs, there is a column for each,
/// and empty cells. No column depends on the clock, so that a sweep gives the same table again.
package struct SweepColumns: Sendable, Equatable {
  private(set) var axes: [String]
  private(set) var metrics: [String] = []
  private(set) var unknowns: [String] = []

  init(axes: [SweepAxis]) { self.axes = axes.map(\.key) }

  init(axes: [SweepAxis], _ problem: AssembledProblem) {
    self.init(axes: axes)
    metrics = metricNames(problem)
    unknowns = problem.experiment.unknowns.map(\.name)
  }

  mutating func formUnion(_ other: SweepColumns) {
    for name in other.metrics where !metrics.contains(name) { metrics.append(name) }
    for name in other.unknowns where !unknowns.contains(name) { unknowns.append(name) }
  }

  /// The header line; a name that stands there already gets a number.
  package var header: [String] {
    var header: [String] = []
    let names =
      ["member", "id"] + axes + ["seed", "status", "iterations"] + metrics + unknowns + ["folder", "reason"]
    for name in names.map(escapingControls) {
      var (unique, number) = (name, 1)
      while header.contains(unique) {
        number += 1
        unique = "\(name)_\(number)"
      }
      header.append(unique)
    }
    return header
  }

  func cells(_ row: SweepRow) -> [CSVCell] {
    var cells: [CSVCell] = [.integer(row.member.number), .text(row.member.id)]
    cells += row.member.values.map { .text(escapingControls($0)) }
    cells += [.integer(row.member.seed), .text(row.status.rawValue), row.iterations.map { .integer($0) } ?? .empty]
    cells += metrics.map { CSVCell(row.metrics[$0]) }
    cells += unknowns.map { CSVCell(row.estimates[$0]) }
    return cells + [.text(row.folder), row.reason.isEmpty ? .empty : .text(escapingControls(row.reason))]
  }
}

/// How a member ended.
package enum SweepStatus: String, Sendable {
  case finished
  /// The loss was not finite any more.
  case diverged
  /// A time limit was reached; the next sweep in the same folder goes on from there.
  case stopped
  /// It could not be carried out.
  case failed
}

/// What came of a member.
package struct SweepRow: Sendable {
  package var member: SweepMember
  package var status: SweepStatus
  package var iterations: Int?
  package var metrics: [String: Double] = [:]
  package var estimates: [String: Double] = [:]
  package var folder: String
  /// Why it is not finished, or which requirements are not met; empty where there is nothing to say.
  package var reason: String
  /// The `require` entries of the file that are not met.
  package var missedCount = 0
  /// It was complete before.
  package var wasFinished = false

  /// A member that could not be carried out.
  init(_ member: SweepMember, folder: String, failure: InputFailure) {
    self.member = member
    self.folder = folder
    status = .failed
    let errors = failure.diagnostics.filter { $0.severity == .error }.map(\.message)
    reason = errors.first ?? "unknown"
    if errors.count > 1 { reason += " (and \(errors.count - 1) more errors)" }
  }

  /// A member as its run folder tells it: in the same way whether it was trained now or before.
  ///
  /// - Throws: where files of the folder are missing or damaged.
  init(_ member: SweepMember, report: RunReport) throws(InputFailure) {
    self.member = member
    folder = report.folder
    status =
      switch report.status {
      case .finished: .finished
      case .diverged: .diverged
      case .stopped: .stopped
      }
    wasFinished = report.wasFinished
    let path = folder + "/" + RunFolder.recordName
    guard let record = RunRecord(json: try fileBytes(path)) else {
      throw InputFailure(.data, "'\(path)' is not the record of a run")
    }
    iterations = record.iterations
    let metricTable = try readTable(path: folder + "/metrics.csv", options: TableOptions(textColumns: ["name"]))
    metrics = Dictionary(
      zip(try metricTable.texts("name"), try metricTable.numbers("value", allowing: .nonFinite)),
      uniquingKeysWith: { first, _ in first })
    let parameterTable = try readTable(
      path: folder + "/parameters.csv", options: TableOptions(textColumns: ["name"], allowsNoRows: true))
    if !member.experiment.unknowns.isEmpty {
      estimates = Dictionary(
        zip(try parameterTable.texts("name"), try parameterTable.numbers("estimate", allowing: .nonFinite)),
        uniquingKeysWith: { first, _ in first })
    }
    missedCount = report.missed.count
    reason =
      status == .finished
      ? report.missed.map { "requirement not met: \($0)" }.joined(separator: "; ")
      : record.phases.last { $0.stopReason != nil }?.stopReason ?? ""
  }
}

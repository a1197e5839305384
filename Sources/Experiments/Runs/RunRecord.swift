import Configurations
import Foundation
import Training

/// What `run.json` says about a run.
package struct RunRecord: Codable, Sendable {
  package struct Phase: Codable, Sendable {
    package var method: String
    package var stopReason: String?
  }

  package struct InputFile: Codable, Sendable {
    package var path: String
    /// SHA-256.
    package var checksum: String
  }

  /// From a start, or from being taken up again, to the next end: on one machine, by one version.
  package struct Segment: Codable, Sendable {
    package var version = pinnVersion
    package var architecture = machineArchitecture
    package var host = RunFolder.hostName
    package var threads: Int
    package var instructionSet: String
    package var startedAt: String
    package var fromIteration: Int
    /// Up to where the run goes on from it; nil while it is under way.
    package var toIteration: Int?
    /// Nil where it was killed.
    package var seconds: Double?
    /// Keys of the configuration that were changed when it began.
    package var changedKeys: [String]?
    /// The name under which the rows before it were kept, where `losses.csv` was begun anew.
    package var keptLosses: String?
  }

  package var program = "pinn"
  package var version = pinnVersion
  package var status: String
  package var configuration: String
  package var name: String
  package var seed: UInt64
  package var threads: Int
  package var instructionSet: String
  package var host: String
  package var parameters: Int
  package var iterations: Int
  package var startedAt: String
  package var seconds: Double
  package var phases: [Phase]
  package var inputs: [InputFile]
  /// Nil in the records of versions that did not keep them.
  package var segments: [Segment]?

  /// Begins a segment, after those of the record of the same run so far.
  mutating func begin(
    after earlier: RunRecord?, at iteration: Int, changedKeys: [String] = [], keptLosses: String? = nil
  ) {
    var all = earlier?.segments ?? []
    // Rows after the last checkpoint of one that was killed are gone.
    if !all.isEmpty, all[all.count - 1].toIteration == nil { all[all.count - 1].toIteration = iteration }
    all.append(
      Segment(
        threads: threads, instructionSet: instructionSet, startedAt: startedAt, fromIteration: iteration,
        changedKeys: changedKeys.isEmpty ? nil : changedKeys, keptLosses: keptLosses))
    segments = all
    if let earlier { startedAt = earlier.startedAt }
  }

  /// Ends the last segment.
  mutating func endSegment(at iteration: Int, seconds: Double) {
    guard var all = segments, var last = all.popLast() else { return }
    (last.toIteration, last.seconds) = (iteration, seconds)
    segments = all + [last]
  }

  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Encoding plain strings and finite numbers does not fail.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
  }

  package init?(json: [UInt8]) {
    guard let record = try? JSONDecoder().decode(RunRecord.self, from: Data(json)) else { return nil }
    self = record
  }

  init(
    status: String, configuration: String, experiment: Experiment, phases: [PhaseSettings], threads: Int,
    instructionSet: String,
    parameters: Int, inputs: [InputFile]
  ) {
    self.status = status
    self.configuration = configuration
    self.name = experiment.name
    self.seed = experiment.seed
    self.threads = threads
    self.instructionSet = instructionSet
    self.host = RunFolder.hostName
    self.parameters = parameters
    self.iterations = 0
    self.startedAt = ISO8601DateFormatter().string(from: Date())
    self.seconds = 0
    self.phases = phases.map { Phase(method: $0.method.rawValue, stopReason: nil) }
    self.inputs = inputs
  }
}

/// The version of the program.
package let pinnVersion = "0.1.0"

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
    package var checksum: String
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

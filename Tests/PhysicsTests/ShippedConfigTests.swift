import Foundation
import TestSupport
import Testing

extension Tag {
  /// Runs for minutes: only with the environment variable PINN_SLOW_TESTS, as `make test-all` sets it.
  @Tag static var slow: Self
}

/// Every file in `configs/` trains to the errors that its own `[require]` states.
///
/// - Checked against: the exact solutions and reference data in `data/`.
@Suite(.serialized) struct ShippedConfigTests {
  /// Seconds each.
  static let quick = [
    "poisson.toml", "diffusion-hard.toml", "heat.toml", "heat.yaml", "spring.toml", "spring.yaml", "kepler.toml",
    "perfusion.toml", "beam.toml",
  ]
  /// Up to minutes each.
  static let slow = ["action-potential-1d.toml", "burgers.toml", "kdv.toml", "schrodinger.toml"]

  private static let configs = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "configs")

  private static func path(_ config: String) -> String { configs.appending(path: config).path }

  private func trainsToItsErrors(_ config: String, timeoutSeconds: Double) async throws {
    let outcome = try await BinaryRunner().run(
      ["train", ShippedConfigTests.path(config), "--out", "run", "--threads", "2", "--quiet"],
      timeoutSeconds: timeoutSeconds)
    #expect(outcome.status == 0, "\(config): \(outcome)")
  }

  @Test(arguments: quick) func `trains to the errors it promises`(config: String) async throws {
    try await trainsToItsErrors(config, timeoutSeconds: 120)
  }

  @Test(.tags(.slow), .enabled(if: ProcessInfo.processInfo.environment["PINN_SLOW_TESTS"] != nil), arguments: slow)
  func `trains for minutes to the errors it promises`(config: String) async throws {
    try await trainsToItsErrors(config, timeoutSeconds: 1800)
  }

  @Test func `every config has a test and a bound`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: ShippedConfigTests.configs.path)
      .filter { $0.hasSuffix(".toml") || $0.hasSuffix(".yaml") }
    #expect(names.sorted() == (ShippedConfigTests.quick + ShippedConfigTests.slow).sorted())
    for name in names {
      let text = try String(contentsOf: ShippedConfigTests.configs.appending(path: name), encoding: .utf8)
      #expect(text.contains("[require]") || text.contains("\nrequire:"), "\(name) promises nothing")
    }
  }

  @Test(arguments: ["heat", "spring"]) func `YAML and TOML give the same bits`(name: String) async throws {
    var losses: [String] = []
    for suffix in ["toml", "yaml"] {
      let runner = try BinaryRunner()
      // A few iterations tell as much as all of them.
      let outcome = try await runner.run([
        "train", ShippedConfigTests.path("\(name).\(suffix)"), "--out", "run", "--quiet", "--set",
        "optimizer=[{method=\"l-bfgs\", iterations=100}]", "--set", "require={}",
      ])
      #expect(outcome.status == 0, "\(outcome)")
      losses.append(try runner.read("run/losses.csv"))
    }
    #expect(losses[0] == losses[1])
  }

  @Test func `infers flow and arrival with the decay time held`() async throws {
    let outcome = try await BinaryRunner().run(
      ["infer", ShippedConfigTests.path("perfusion.toml"), "--params", "CBF,AT", "--out", "run", "--quiet"])
    #expect(outcome.status == 0, "\(outcome)")
    let rows = outcome.lines.dropFirst().map { $0.split(separator: ",") }
    #expect(rows.map { $0.first ?? "" } == ["CBF", "AT"])
    for (row, truth) in zip(rows, [0.7744067519636624, 0.9009488346910405]) {
      let estimate = try #require(Double(row[1]))
      #expect(abs(estimate / truth - 1) < 0.02, "\(row[0])")
    }
  }
}

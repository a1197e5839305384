import Foundation
import TestSupport
import Testing

extension Tag {
  /// Runs for minutes: only with the environment variable PINN_SLOW_TESTS, as `make test-all` sets it.
  @Tag static var slow: Self
}

/// Places for processes that compute: two at a time, each with one thread, use two processors better than one after the
/// other with two threads, and no more than two keep each other from their time limits.
private actor Places {
  private var free = 2
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

private let places = Places()

/// Runs the program in a place of its own.
private func run(
  _ arguments: [String], in runner: BinaryRunner, timeoutSeconds: Double = 120
) async throws -> BinaryOutcome {
  await places.take()
  let result: Result<BinaryOutcome, any Error>
  do {
    result = .success(try await runner.run(arguments + ["--threads", "1"], timeoutSeconds: timeoutSeconds))
  } catch {
    result = .failure(error)
  }
  await places.leave()
  return try result.get()
}

/// Every file in the folders of `configs/` is a valid experiment, begins to train, and trains to the errors that its own
/// `[require]` states.
///
/// - Checked against: the exact solutions and reference data in `data/`.
@Suite struct ShippedConfigTests {
  /// Seconds each.
  static let quick = [
    "basics/diffusion-hard.toml", "basics/heat.toml", "basics/heat.yaml", "basics/poisson.toml",
    "basics/poisson-periodic.toml", "basics/poisson-robin.toml", "basics/spring.toml", "basics/spring.yaml",
    "evolution/beam.toml",
    "inverse/diffusion-coefficient.toml", "inverse/reaction-rate.toml", "mechanics/hamiltonian-spring.toml",
    "mechanics/kepler.toml", "tissue/perfusion.toml",
  ]
  /// Up to minutes each: all others.
  static let slow = trained.filter { !quick.contains($0) }
  /// Those of `discovery` have no equations yet to be trained on; `DiscoveryTests` is about them.
  static let trained = ShippedConfigs.names.filter { !$0.hasPrefix("discovery/") }

  private static func path(_ config: String) -> String { ShippedConfigs.folder.appending(path: config).path }

  private func trainsToItsErrors(_ config: String, timeoutSeconds: Double) async throws {
    let outcome = try await run(
      ["train", ShippedConfigTests.path(config), "--out", "run", "--quiet"], in: BinaryRunner(),
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

  /// A hundred iterations of L-BFGS at few points. A term that begins near zero has to rise first, as that of an
  /// equation that a constant fulfils; none may be at its highest when training ends.
  @Test(arguments: trained) func `checks and begins to train`(config: String) async throws {
    let runner = try BinaryRunner()
    let check = try await run(["check", ShippedConfigTests.path(config)], in: runner)
    #expect(check.status == 0, "\(check)")
    #expect(!check.errors.contains("warning"), "\(check)")
    let outcome = try await run(
      [
        "train", ShippedConfigTests.path(config), "--out", "run", "--quiet", "--set", "sampling.interior=300", "--set",
        "sampling.boundary=20", "--set", "optimizer=[{method=\"l-bfgs\", iterations=100}]",
        // Multipliers that are moved on the way change what the loss is.
        "--set", "loss.constraints.every=100",
      ], in: runner)
    // Status 4: trained, though not yet to what the file requires.
    #expect([0, 4].contains(outcome.status), "\(outcome)")
    let metrics = try runner.read("run/metrics.csv").split(separator: "\n").map { $0.split(separator: ",")[0] }
    for name in try requirements(of: config) { #expect(metrics.contains { $0 == name }, "\(name)") }

    var rows = try runner.read("run/losses.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let names = rows[0]
    // Later slabs of time begin from what this short training left.
    if let slab = names.firstIndex(of: "slab") { rows = [names] + rows.dropFirst().filter { $0[slab] == "1" } }
    let total = try #require(names.firstIndex(of: "total"))
    // Without equations there is no held-out residual.
    let end = try #require(names.firstIndex { ["heldout_residual", "gradient_norm"].contains($0) })
    for column in total..<end {
      let values = try rows.dropFirst().map { try #require(Double($0[column])) }
      let first = values[0]
      let last = values[values.count - 1]
      #expect(values.allSatisfy(\.isFinite) && last < values.max()!, "\(names[column]) ends at its highest, \(last)")
      if column == total { #expect(last < 0.8 * first, "the loss only fell from \(first) to \(last)") }
    }
  }

  /// The metrics that `[require]` bounds.
  private func requirements(of config: String) throws -> [Substring] {
    let text = try String(contentsOfFile: ShippedConfigTests.path(config), encoding: .utf8)
    let start = try #require(
      text.range(of: "[require]") ?? text.range(of: "\nrequire:"), "\(config) promises nothing")
    let lines = text[start.upperBound...].split(separator: "\n").prefix { !$0.hasPrefix("[") }
    let bounds = lines.compactMap { $0.firstMatch(of: #/^ *"?([^#\s"]+)"? ?[=:]/#)?.1 }
    #expect(!bounds.isEmpty, "\(config) promises nothing")
    return bounds
  }

  @Test func `every quick config is there`() {
    #expect(ShippedConfigTests.trained.count > 40)
    #expect(Set(ShippedConfigTests.quick).isSubset(of: ShippedConfigTests.trained))
  }

  @Test(arguments: ["heat", "spring"]) func `YAML and TOML give the same bits`(name: String) async throws {
    var losses: [String] = []
    for suffix in ["toml", "yaml"] {
      let runner = try BinaryRunner()
      // A few iterations tell as much as all of them.
      let outcome = try await runner.run([
        "train", ShippedConfigTests.path("basics/\(name).\(suffix)"), "--out", "run", "--quiet", "--set",
        "optimizer=[{method=\"l-bfgs\", iterations=100}]", "--set", "require={}",
      ])
      #expect(outcome.status == 0, "\(outcome)")
      losses.append(try runner.read("run/losses.csv"))
    }
    #expect(losses[0] == losses[1])
  }

  @Test func `infers flow and arrival with the decay time held`() async throws {
    let outcome = try await BinaryRunner().run(
      ["infer", ShippedConfigTests.path("tissue/perfusion.toml"), "--params", "CBF,AT", "--out", "run", "--quiet"])
    #expect(outcome.status == 0, "\(outcome)")
    let rows = outcome.lines.dropFirst().map { $0.split(separator: ",") }
    #expect(rows.map { $0.first ?? "" } == ["CBF", "AT"])
    for (row, truth) in zip(rows, [0.7744067519636624, 0.9009488346910405]) {
      let estimate = try #require(Double(row[1]))
      #expect(abs(estimate / truth - 1) < 0.02, "\(row[0])")
    }
  }
}

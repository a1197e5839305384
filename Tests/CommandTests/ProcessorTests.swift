import Foundation
import Kernels
import Tables
import TestSupport
import Testing

/// Has second derivatives both apart and summed, and many functions: training goes through the kernels of fields, of
/// residuals and of their gradients.
private let mixture = """
  [variables]
  x = [0, 1]
  y = [0, 1]
  t = [0, 1]
  [fields]
  u = {}
  v = {}
  [define]
  rest = "tanh(u) + softplus(v) + erf(u) + sqrt(1 + v^2) + atan2(u, 2 + v) + cbrt(2 + sin(u)) + 1/cosh(v)"
  [[equation]]
  expr = "u_t = 0.1*laplacian(u) + exp(-t)*sin(pi*x)*log(2 + u^2)"
  [[equation]]
  expr = "v_xx + 0.3*v_xt = u*v_y - exp(-v^2) + 0.01*rest"
  [[condition]]
  at = "t = 0"
  expr = ["u = sin(pi*x)*sin(pi*y)", "v = 0"]
  [sampling]
  interior = 100
  [network]
  hidden = [12, 12]
  [[optimizer]]
  method = "adam"
  iterations = 10
  [[optimizer]]
  method = "l-bfgs"
  iterations = 10

  """

/// The columns of `losses.csv` that are losses.
private let lossColumns = ["total", "equation1", "equation2", "condition"]

/// A processor that qemu's user mode plays: an instruction that it does not have ends the program with a signal.
private struct EmulatedProcessor: Sendable, CustomTestStringConvertible {
  /// As `qemu-x86_64 -cpu` takes it.
  var name: String
  /// The best that it has.
  var instructionSet: InstructionSet

  /// No AVX.
  static let nehalem = EmulatedProcessor(name: "Nehalem", instructionSet: .portable)
  /// AVX2 and FMA, no AVX-512.
  static let haswell = EmulatedProcessor(name: "Haswell", instructionSet: .v3)

  var testDescription: String { name }

  /// Runs `pinn` on it.
  func run(_ arguments: String, in runner: BinaryRunner) async throws -> BinaryOutcome {
    try await runner.shell(
      "qemu-x86_64 -cpu \(name) \"$BINARY\" \(arguments)", environment: ["BINARY": BinaryRunner.binary])
  }

  /// Whether this machine can play it: from 7.2 on qemu translates AVX2, before that its Haswell lacks it.
  static func isAvailable() async throws -> Bool {
    #if arch(x86_64) && os(Linux)
      let answer = try await BinaryRunner().shell("qemu-x86_64 --version")
      guard answer.status == 0, let version = answer.output.firstMatch(of: /version (\d+)\.(\d+)/),
        let major = Int(version.1), let minor = Int(version.2)
      else { return false }
      return (major, minor) >= (7, 2)
    #else
      return false
    #endif
  }
}

/// What `run.json` says the kernels of a run were compiled for.
private func recordedSet(_ folder: String, in runner: BinaryRunner) throws -> String {
  struct Record: Decodable { var instructionSet: String }
  return try JSONDecoder().decode(Record.self, from: Data(runner.bytes(folder + "/run.json"))).instructionSet
}

@Suite struct ProcessorTests {
  @Test func `an unknown instruction set is refused with those there are`() async throws {
    let runner = try BinaryRunner()
    try runner.write(mixture, to: "mixture.toml")
    let outcome = try await runner.run(["train", "mixture.toml", "--isa", "nonsense"])
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.errors.contains("--isa must be one of portable, v3, v4, found 'nonsense'\n"), "\(outcome)")
    #expect(!runner.exists("runs"))
  }

  @Test(arguments: InstructionSet.supported)
  func `a forced instruction set trains and is recorded`(instructionSet: InstructionSet) async throws {
    let runner = try BinaryRunner()
    try runner.write(mixture, to: "mixture.toml")
    let outcome = try await runner.run([
      "train", "mixture.toml", "--quiet", "--out", "run", "--isa", instructionSet.rawValue,
    ])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try recordedSet("run", in: runner) == instructionSet.rawValue)
  }

  @Test func `the best instruction set of the machine is taken`() async throws {
    let runner = try BinaryRunner()
    try runner.write(mixture, to: "mixture.toml")
    let outcome = try await runner.run(["train", "mixture.toml", "--quiet", "--out", "run"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try recordedSet("run", in: runner) == InstructionSet.best.rawValue)
  }
}

/// The binary on processors older than this one.
///
/// - Checked against: the processor itself, forced to the same instruction set.
///
/// One at a time: a dozen emulators beside each other on two processors keep each other waiting for minutes.
@Suite(
  .serialized,
  .enabled("needs x86-64 Linux and qemu-x86_64 7.2 or newer, Debian's package qemu-user") {
    try await EmulatedProcessor.isAvailable()
  }) struct EmulatedProcessorTests
{
  /// Kernels of one set compute the same bits on any processor, but the C library picks its functions by processor,
  /// with and without fused multiply-add, and those may differ in the last bit. Twenty iterations leave such a difference
  /// far below this: between two sets it is 1e-13.
  private static let lossTolerance = 1e-9

  private static let activations = ["tanh", "sin", "swish", "gelu", "sigmoid", "softplus", "sine"]

  @Test(arguments: [EmulatedProcessor.nehalem, .haswell], activations)
  private func `an older processor trains with what it has to the losses of this one`(
    processor: EmulatedProcessor, activation: String
  ) async throws {
    let runner = try BinaryRunner()
    try runner.write(mixture, to: "mixture.toml")
    let options = "train mixture.toml --quiet --threads 2 --set network.activation=\(activation)"
    let outcome = try await processor.run(options + " --out emulated", in: runner)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try recordedSet("emulated", in: runner) == processor.instructionSet.rawValue)

    // On a machine that is older than the processor there is nothing to compare with.
    guard processor.instructionSet.isSupported else { return }
    let native = try await runner.shell(
      "pinn \(options) --out native --isa \(processor.instructionSet.rawValue)")
    #expect(native.status == 0, "\(native)")
    let emulatedLosses = try readTable(path: runner.path("emulated/losses.csv"))
    let nativeLosses = try readTable(path: runner.path("native/losses.csv"))
    #expect(emulatedLosses.rowCount == 20)
    #expect(emulatedLosses.rowCount == nativeLosses.rowCount)
    for column in lossColumns {
      let pairs = zip(try emulatedLosses.numbers(column), try nativeLosses.numbers(column))
      let error = pairs.map { abs($0 - $1) / abs($1) }.max() ?? 0
      #expect(error <= EmulatedProcessorTests.lossTolerance, "\(column): \(error)")
    }
  }

  @Test(arguments: [
    (EmulatedProcessor.nehalem, "v3", "portable"), (.nehalem, "v4", "portable"), (.haswell, "v4", "portable, v3"),
  ])
  private func `an instruction set that a processor lacks is refused with those it has`(
    processor: EmulatedProcessor, lacking: String, owned: String
  ) async throws {
    let runner = try BinaryRunner()
    try runner.write(mixture, to: "mixture.toml")
    let outcome = try await processor.run("train mixture.toml --isa \(lacking)", in: runner)
    #expect(outcome.status == 64, "\(outcome)")
    #expect(
      outcome.errors.contains("--isa \(lacking): this processor does not have it; it has \(owned)\n"), "\(outcome)")
    #expect(!runner.exists("runs"))
  }
}

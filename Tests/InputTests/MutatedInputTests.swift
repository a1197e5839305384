import Foundation
import TestSupport
import Testing

@Suite struct MutatedInputTests {
  /// Inputs changed at random for each reader; `make fuzz` goes on for as long as it is told.
  private static let executions = 100_000
  /// Each seed is another sequence of changes. `make soak` gives them one after another to processes of their own, because
  /// TOMLKit never frees some of what it reads (`Tests/Sanitizers/leaks.supp`).
  private static let seed = ProcessInfo.processInfo.environment["PINN_INPUT_SEED"].flatMap(UInt64.init) ?? 1
  /// No input of a few hundred bytes is worth a second of work, counted as processor time: others share the machine.
  private static let longestRun = 1.0

  @Test(arguments: FuzzTarget.all)
  func `F23 F29 F30 F33 no input breaks a reader or keeps it busy`(_ target: FuzzTarget) throws {
    let seed = Self.seed
    var mutator = try ByteMutator(target, seed: seed)
    var accepted = 0
    var violations = 0
    for round in 0..<Self.executions where violations < 5 {
      let input = mutator.next()
      let start = processorSeconds()
      let outcome = target.run(input)
      if processorSeconds() - start > Self.longestRun {
        Issue.record("\(target.name), seed \(seed), round \(round) takes over a second: \(shown(input))")
        violations += 1
      }
      switch outcome {
      case .accepted: accepted += 1
      case .refused: break
      case .violation(let reason):
        Issue.record("\(target.name), seed \(seed), round \(round): \(reason)\n\(shown(input))")
        violations += 1
      }
    }
    // Changes that only ever give refused inputs would test nothing but the first line of a reader.
    #expect(accepted > Self.executions / 50, "\(target.name)")
  }

  @Test(arguments: FuzzTarget.all)
  func `every input of the corpus passes, whole and cut at every byte`(_ target: FuzzTarget) throws {
    var accepted = 0
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty)
    for input in seeds {
      switch target.run(input) {
      case .accepted: accepted += 1
      case .refused: break
      case .violation(let reason): Issue.record("\(reason)\n\(shown(input))")
      }
      for length in 0..<min(input.count, 400) {
        if case .violation(let reason) = target.run(Array(input[..<length])) {
          Issue.record("cut at \(length): \(reason)\n\(shown(input))")
        }
      }
    }
    #expect(2 * accepted >= seeds.count, "\(accepted) of \(seeds.count) are read")
  }

  /// Of this thread.
  private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func shown(_ input: [UInt8]) -> String { String(decoding: input, as: UTF8.self).debugDescription }
}

import Experiments
import Foundation
import Kernels
import TestSupport
import Testing
import Training

/// Whether intervals contain the truth as often as they say: 95 of 100 draws of the noise.
struct CalibrationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// With SEED in place of the seed of the noise.
    var text: String
    var truths: [Double]
  }

  private static let spring = Case(
    testDescription: "spring",
    text: """
      variables = { t = [0, 3] }
      fields = { x = {} }
      unknowns = { k = { guess = 3, min = 0 } }
      equation = [{ name = "newton", expr = "x_tt = -k*x" }]
      condition = [{ at = "t = 0", expr = ["x = 1", "x_t = 0"], enforce = "hard" }]
      sampling = { interior = 40, heldout = { points = 1 } }
      network = { hidden = [12] }
      loss = { weights = { newton = 100 } }
      data = [{ inline = "DATA", noise = 0.05, seed = SEED, sigma = 0.05 }]
      """.replacingOccurrences(of: "DATA", with: rows("t,x", (1...20).map { 0.15 * Double($0) }) { cos(2 * $0) }),
    truths: [4])

  private static let perfusion = Case(
    testDescription: "perfusion",
    text: """
      variables = { t = [0, 3.6] }
      fields = { S = "tanh(t/0.6)*N" }
      constants = { tau = 0.6, T1b = 2 }
      unknowns = { CBF = { guess = 0.5, min = 0.01, max = 2.5 }, AT = { guess = 0.7, min = 0.01, max = 2.5 } }
      define = { come = "smoothstep(t - AT, 0.2)", gone = "smoothstep(t - AT - tau, 0.2)" }
      equation = [{ name = "kinetics", expr = "S_t = CBF*exp(-t/T1b)*(come*(1 - gone)*(1 - (t - AT)/T1b) - gone*tau/T1b)" }]
      sampling = { interior = 80, heldout = { points = 1 } }
      network = { hidden = [24] }
      loss = { weights = { kinetics = 100 } }
      data = [{ inline = "DATA", noise = 0.01, seed = SEED, sigma = 0.01 }]
      """.replacingOccurrences(
        of: "DATA",
        with: rows("t,S", (1...36).map { 0.1 * Double($0) }, perfusionSignal)),
    truths: [0.8, 0.9])

  private static let heat = Case(
    testDescription: "heat",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      unknowns = { D = { guess = 0.2, scale = "log" } }
      equation = [{ name = "heat", expr = "u_t = D*u_xx" }]
      condition = [{ at = ["t = 0", "x = 0", "x = 1"], expr = "u = sin(pi*x)", enforce = "hard" }]
      sampling = { interior = 80, heldout = { points = 1 } }
      network = { hidden = [12] }
      loss = { weights = { heat = 100 } }
      data = [{ inline = "DATA", noise = 0.02, seed = SEED }]
      """.replacingOccurrences(
        of: "DATA",
        with: "x,t,u\\n"
          + (1...4).flatMap { i in
            (1...5).map { j in
              let (x, t) = (0.2 * Double(i), 0.2 * Double(j))
              return "\(x),\(t),\(exp(-0.1 * .pi * .pi * t) * sin(.pi * x))"
            }
          }.joined(separator: "\\n")),
    truths: [0.1])

  private static func rows(_ header: String, _ times: [Double], _ value: (Double) -> Double) -> String {
    header + "\\n" + times.map { "\($0),\(value($0))" }.joined(separator: "\\n")
  }

  /// The solution of the rounded equation by the trapezoidal rule in steps of 1e-4.
  private static func perfusionSignal(_ end: Double) -> Double {
    func step(_ z: Double) -> Double { 0.5 * (1 + tanh(z / 0.2)) }
    func rate(_ t: Double) -> Double {
      let (come, gone) = (step(t - 0.9), step(t - 1.5))
      return 0.8 * exp(-t / 2) * (come * (1 - gone) * (1 - (t - 0.9) / 2) - gone * 0.3)
    }
    let count = Int((end / 1e-4).rounded())
    var sum = 0.5 * (rate(0) + rate(end))
    for place in 1..<count { sum += rate(Double(place) * 1e-4) }
    return sum * 1e-4
  }

  /// How many of the draws have the truth in the interval, for each unknown.
  private static func coverage(_ member: Case, draws: Int) throws -> [Int] {
    var hits = member.truths.map { _ in 0 }
    let pool = WorkerPool(threadCount: 1)
    for draw in 1...draws {
      let problem = try assembled(member.text.replacingOccurrences(of: "SEED", with: "\(draw)"))
      let result = Trainer(setup: problem.setup, pool: pool, observer: SilentObserver()).run()
      guard case .found(let found) = Estimates.at(result.parameters, of: problem, pool: pool) else { continue }
      for (number, truth) in member.truths.enumerated() where found.lines[number].interval.contains(truth) {
        hits[number] += 1
      }
    }
    return hits
  }

  /// With 95 % each, fewer than 20 of 25 come in 1 of 3000 series; half as wide intervals give 17.
  @Test(arguments: [spring, perfusion, heat]) func `most intervals contain the truth`(member: Case) throws {
    let hits = try Self.coverage(member, draws: 25)
    #expect(hits.allSatisfy { $0 >= 20 }, "\(hits) of 25")
  }

  @Test(
    .tags(.slow), .enabled(if: ProcessInfo.processInfo.environment["PINN_SLOW_TESTS"] != nil),
    arguments: [spring, perfusion, heat])
  func `95 of 100 intervals contain the truth`(member: Case) throws {
    let hits = try Self.coverage(member, draws: 100)
    // For the table of docs/theory/inference.md.
    print("\(member.testDescription): \(hits) of 100 intervals contain the truth")
    #expect(hits.allSatisfy { (88...99).contains($0) }, "\(hits) of 100")
  }
}

extension Tag {
  /// Takes more than some seconds; runs where PINN_SLOW_TESTS is set.
  @Tag static var slow: Self
}

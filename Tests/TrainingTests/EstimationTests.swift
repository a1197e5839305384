import Experiments
import Kernels
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Decay, u = exp(−k t), from noisy samples: what is estimated with a network, against the same estimate with the exact
/// solution, which the tests find by themselves.
@Suite struct EstimationTests {
  private static let truth = 1.3
  private static let sigma = 0.05
  private static let times = (1...30).map { Double($0) / 15 }

  /// Samples with noise; a few of them wrong by far, where wanted.
  private static func samples(seed: UInt64, outliers: [Int: Double] = [:]) -> [Double] {
    let stream = RandomStream(seed: seed, purpose: "noise of a test")
    return times.enumerated().map { row, t in
      exp(-truth * t) + sigma * stream.normal(at: UInt64(row)) + (outliers[row] ?? 0)
    }
  }

  private static func text(_ samples: [Double], data: String, unknown: String = "", extra: String = "") -> String {
    let rows = zip(times, samples).map { "\($0),\($1)" }.joined(separator: "\n")
    return """
      variables = { t = [0, 2] }
      fields = { u = "1 + t*N" }
      unknowns = { k = { guess = 0.5, scale = "log"\(unknown) } }
      equation = { name = "decay", expr = "u_t = -k*u" }
      sampling = { interior = 40 }
      network = { hidden = [10] }
      \(extra)
      [[data]]
      \(data)
      inline = \"\"\"
      t,u
      \(rows)
      \"\"\"
      """
  }

  /// The k that minimises −2 ln of a likelihood, by golden sections: it has one minimum there.
  private static func minimum(_ function: (Double) -> Double) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (0.3, 4.0)
    for _ in 0..<80 {
      let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
      if function(a) < function(b) { high = b } else { low = a }
    }
    return (low + high) / 2
  }

  /// 1/s² for the standard error s of k by Fisher's information.
  private static func information(_ k: Double) -> Double {
    times.reduce(0) { $0 + pow($1 * exp(-k * $1) / sigma, 2) }
  }

  private func estimate(_ text: String) throws -> (k: Double, ends: [PhaseEnd], problem: AssembledProblem) {
    let problem = try assembled(text)
    let result = try #require(trained(problem, Recorder()))
    return (problem.setup.layout.unknownValues(result.parameters)[0], result.phaseEnds, problem)
  }

  /// What is left of the noise that violated equations explain, in standard errors; a third is allowed at most.
  private let closeness = 0.05

  @Test(arguments: ["sigma = 0.05", ""], [UInt64(1), 2, 3])
  func `noisy data give the estimate of least squares on the exact solution`(data: String, seed: UInt64) throws {
    let samples = EstimationTests.samples(seed: seed)
    let expected = EstimationTests.minimum { k in
      zip(EstimationTests.times, samples).reduce(0) { $0 + pow(exp(-k * $1.0) - $1.1, 2) }
    }
    let found = try estimate(EstimationTests.text(samples, data: data))
    let error = 1 / EstimationTests.information(expected).squareRoot()
    #expect(abs(found.k - expected) < closeness * error, "\(found.k) for \(expected) ± \(error), \(found.ends)")
  }

  @Test func `without heavier equations the network explains noise by violating them`() throws {
    let samples = EstimationTests.samples(seed: 1)
    let weighted = "loss = { physics = \"weighted\", weights = { decay = 1e-3 } }"
    let (light, _, problem) = try estimate(EstimationTests.text(samples, data: "sigma = 0.05", extra: weighted))
    #expect(problem.setup.phases.count == 1)
    let exact = try estimate(
      EstimationTests.text(samples, data: "sigma = 0.05", extra: "loss = { weights = { decay = 1e-3 } }"))
    let expected = try estimate(EstimationTests.text(samples, data: "sigma = 0.05"))
    let error = 1 / EstimationTests.information(expected.k).squareRoot()
    #expect(abs(light - expected.k) > 0.3 * error)
    #expect(abs(exact.k - expected.k) < 0.1 * error, "\(exact.k), \(exact.ends)")
  }

  /// χ² stands still on the way from a weight that is far too small.
  @Test(arguments: [UInt64(1), 2, 3]) func `light equations give the same estimate`(seed: UInt64) throws {
    let samples = EstimationTests.samples(seed: seed)
    let expected = EstimationTests.minimum { k in
      zip(EstimationTests.times, samples).reduce(0) { $0 + pow(exp(-k * $1.0) - $1.1, 2) }
    }
    let found = try estimate(
      EstimationTests.text(samples, data: "sigma = 0.05", extra: "loss = { weights = { decay = 1e-3 } }"))
    let error = 1 / EstimationTests.information(expected).squareRoot()
    #expect(abs(found.k - expected) < 0.3 * error, "\(found.k) for \(expected) ± \(error), \(found.ends)")
  }

  @Test func `clean data need no heavier equations`() throws {
    let samples = EstimationTests.times.map { exp(-EstimationTests.truth * $0) }
    let found = try estimate(EstimationTests.text(samples, data: ""))
    #expect(abs(found.k - EstimationTests.truth) < 1e-6)
    #expect(found.ends.dropFirst().allSatisfy { $0 == .notNeeded("the data are explained to a thousandth") })
    #expect(found.ends.count == 5)
  }

  @Test(arguments: ["squares", "huber(1.5)", "student(3)"])
  func `a robust loss finds the minimum of its likelihood`(loss: String) throws {
    let samples = EstimationTests.samples(seed: 4, outliers: [3: 0.8, 11: 1.1, 20: 0.9, 27: 1.3])
    func counted(_ z: Double) -> Double {
      switch loss {
      case "huber(1.5)": abs(z) <= 1.5 ? z * z : 3 * abs(z) - 2.25
      case "student(3)": 4 * log(1 + z * z / 3)
      default: z * z
      }
    }
    let expected = EstimationTests.minimum { k in
      zip(EstimationTests.times, samples).reduce(0) {
        $0 + counted((exp(-k * $1.0) - $1.1) / EstimationTests.sigma)
      }
    }
    let found = try estimate(EstimationTests.text(samples, data: "sigma = 0.05\nloss = \"\(loss)\""))
    let error = 1 / EstimationTests.information(EstimationTests.truth).squareRoot()
    #expect(abs(found.k - expected) < 2 * closeness * error, "\(found.k) for \(expected)")
    // Outliers move least squares by several standard errors, and the others hardly.
    #expect((abs(found.k - EstimationTests.truth) > 4 * error) == (loss == "squares"))
  }

  @Test(arguments: ["normal(2, 0.1)", "lognormal(2, 0.05)"])
  func `a prior is weighed against the data by their noise`(prior: String) throws {
    let samples = EstimationTests.samples(seed: 5)
    let expected = EstimationTests.minimum { k in
      let distance = prior.hasPrefix("normal") ? (k - 2) / 0.1 : (log(k) - log(2)) / 0.05
      return distance * distance
        + zip(EstimationTests.times, samples).reduce(0) {
          $0 + pow((exp(-k * $1.0) - $1.1) / EstimationTests.sigma, 2)
        }
    }
    let found = try estimate(
      EstimationTests.text(samples, data: "sigma = 0.05", unknown: ", prior = \"\(prior)\""))
    let error = 1 / EstimationTests.information(expected).squareRoot()
    #expect(abs(found.k - expected) < closeness * error, "\(found.k) for \(expected)")
    let plain = try estimate(EstimationTests.text(samples, data: "sigma = 0.05"))
    #expect(found.k > plain.k + error)
  }

  @Test func `phases for noise are taken up from every checkpoint with the same bits`() throws {
    let samples = EstimationTests.samples(seed: 6, outliers: [8: 0.9])
    let problem = try assembled(
      EstimationTests.text(
        samples, data: "sigma = 0.05\nloss = \"student(4)\"", unknown: ", prior = \"normal(1, 0.5)\"",
        extra: "loss = { weights = { decay = 1e-3 } }"))
    let undisturbed = Recorder()
    undisturbed.savesAlways = true
    let expected = try #require(trained(problem, undisturbed, threads: 2))
    #expect(Set(undisturbed.rows.map(\.phase)).isSuperset(of: [1, 2, 3]))
    let stride = max(1, undisturbed.checkpoints.count / 12)
    for (place, checkpoint) in undisturbed.checkpoints.enumerated() where place % stride == 0 {
      let result = try #require(trained(problem, Recorder(), from: try Checkpoint(bytes: checkpoint.bytes())))
      #expect(result.parameters == expected.parameters)
      #expect(result.phaseEnds == expected.phaseEnds)
    }
  }
}

import Configurations
import Diagnostics
import Experiments
import Foundation
import Kernels
import Problems
import Synchronization
import TestSupport
import Testing
import Training

/// Profiles with networks, against those of the closed solution, which the tests compute by brute force.
struct ProfileTests {
  private static let times = (1...12).map { Double($0) / 6 }

  /// Values of a function at the times, with noise.
  private static func samples(noise: Double, seed: UInt64, _ value: (Double) -> Double) -> [Double] {
    let stream = RandomStream(seed: seed, purpose: "noise of a profile")
    return times.enumerated().map { value($1) + noise * stream.normal(at: UInt64($0)) }
  }

  private static func text(
    _ samples: [Double], unknowns: String, equation: String, condition: String?, sigma: Double?
  ) -> String {
    let rows = zip(times, samples).map { "\($0),\($1)" }.joined(separator: "\\n")
    return """
      seed = 2
      variables = { t = [0, 2] }
      fields = { u = {} }
      unknowns = { \(unknowns) }
      equation = [{ name = "rate", expr = "\(equation)" }]
      \(condition.map { "condition = [{ at = \"t = 0\", expr = \"\($0)\", enforce = \"hard\" }]" } ?? "")
      sampling = { interior = 40, heldout = { points = 1 } }
      output = { grid = { t = 3 } }
      network = { hidden = [10] }
      loss = { weights = { rate = 100 } }
      data = [{ name = "samples", inline = "t,u\\n\(rows)"\(sigma.map { ", sigma = \($0)" } ?? "") }]
      """
  }

  /// Trains a text as the command does and profiles its unknowns.
  private static func profiles(_ text: String) throws -> (Estimates, [LikelihoodProfile], AssembledProblem) {
    let problem = try assembled(text)
    let pool = WorkerPool(threadCount: 1)
    let theta = Trainer(setup: problem.setup, pool: pool, observer: SilentObserver()).run().parameters
    guard case .found(let estimates) = Estimates.at(theta, of: problem, pool: pool) else {
      throw InputFailure(.data, "no estimates")
    }
    let profiles = try problem.experiment.unknowns.indices.map { number in
      let error = estimates.joint.unknowns.standardError(number) * estimates.scale
      return try #require(
        LikelihoodProfile(
          of: number, in: problem.setup, at: theta, weights: estimates.joint.weights,
          reach: LikelihoodProfile.Reach(quantile: estimates.reach, standardError: error, scale: estimates.scale),
          pool: pool, goesOn: { _ in true }))
    }
    return (estimates, profiles, problem)
  }

  /// The least of a function with one minimum, by golden sections.
  private static func minimum(_ low: Double, _ high: Double, _ function: (Double) -> Double) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (low, high)
    for _ in 0..<100 {
      let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
      if function(a) < function(b) { high = b } else { low = a }
    }
    return (low + high) / 2
  }

  /// Where a function that rises from `inside` to `outside` passes a limit, by halving.
  private static func passage(_ inside: Double, _ outside: Double, _ limit: Double, _ function: (Double) -> Double)
    -> Double
  {
    var (inside, outside) = (inside, outside)
    for _ in 0..<100 {
      let middle = (inside + outside) / 2
      if function(middle) < limit { inside = middle } else { outside = middle }
    }
    return (inside + outside) / 2
  }

  /// Of the 95 % point of the normal distribution.
  private static let limit = 1.959964 * 1.959964
  /// Networks and finite weights of the equations, interpolation between points: in standard errors.
  private static let closeness = 0.02

  /// A straight line from its samples alone, with the noise estimated: every profile is a parabola.
  @Test func `the profile of a linear problem ends where the interval does`() throws {
    let samples = Self.samples(noise: 0.1, seed: 3) { 1 + 0.5 * $0 }
    let (estimates, profiles, _) = try Self.profiles(
      Self.text(samples, unknowns: "a = { guess = 1 }", equation: "u_t = a", condition: nil, sigma: nil))
    let line = estimates.lines[0]
    #expect(abs(estimates.freedom - 10) < 0.05)
    let (lower, upper) = (try #require(profiles[0].lower), try #require(profiles[0].upper))
    #expect(abs(lower - line.interval.lowerBound) < 0.005 * line.standardError)
    #expect(abs(upper - line.interval.upperBound) < 0.005 * line.standardError)
    for point in profiles[0].points {
      let z = (point.raw - line.value) / line.standardError
      #expect(abs(point.deviance - z * z) < 0.01 * (1 + z * z), "\(point)")
    }
  }

  /// The standard error comes from one triangle at the estimate, the deviance from minima at values beside it.
  @Test func `a profile is as curved at its minimum as the standard error says`() throws {
    // Residuals times second derivatives are in the curvature and not in the information: there are none here.
    let samples = Self.samples(noise: 0, seed: 4) { 1.2 * exp(-1.5 * $0) }
    let (estimates, profiles, _) = try Self.profiles(
      Self.text(
        samples, unknowns: "k = { guess = 1 }, A = { guess = 1 }", equation: "u_t = -k*u", condition: "u = A",
        sigma: 0.02))
    for (number, profile) in profiles.enumerated() {
      let error = estimates.joint.unknowns.standardError(number)
      let center = try #require(profile.points.firstIndex { $0.deviance == 0 })
      let step = profile.points[center + 1].raw - profile.points[center].raw
      func difference(_ count: Int) -> Double {
        (profile.points[center - count].deviance + profile.points[center + count].deviance)
          / (Double(count) * step * Double(count) * step)
      }
      // Half a standard error beside the minimum the fourth derivative counts: two differences without it.
      let curvature = (4 * difference(1) - difference(2)) / 3
      #expect(abs(curvature * error * error / 2 - 1) < 1e-4, "\(curvature) for \(2 / (error * error))")
    }
  }

  @Test func `a rate from few noisy samples has the lopsided profile of the exact solution`() throws {
    let samples = Self.samples(noise: 0.15, seed: 5) { exp(-1.5 * $0) }
    func square(_ k: Double) -> Double {
      zip(Self.times, samples).reduce(0) { $0 + pow((exp(-k * $1.0) - $1.1) / 0.15, 2) }
    }
    let best = Self.minimum(0.2, 10, square)
    func deviance(_ k: Double) -> Double { square(k) - square(best) }
    let (estimates, profiles, problem) = try Self.profiles(
      Self.text(samples, unknowns: "k = { guess = 1 }", equation: "u_t = -k*u", condition: "u = 1", sigma: 0.15))
    let error = estimates.lines[0].standardError
    let low = try #require(profiles[0].lower)
    let high = try #require(profiles[0].upper)
    // The guess is 1: the raw value is the value.
    #expect(problem.setup.layout.unknowns[0].value(raw: high).value == high)
    #expect(abs(low - Self.passage(best, 0, Self.limit, deviance)) < Self.closeness * error)
    #expect(abs(high - Self.passage(best, 20, Self.limit, deviance)) < Self.closeness * error)
    #expect(high - best > 1.1 * (best - low), "\(low), \(best), \(high)")
    for point in profiles[0].points { #expect(abs(point.deviance - deviance(point.raw)) < 0.05, "\(point)") }
  }

  @Test func `what else is unknown follows along a profile`() throws {
    let samples = Self.samples(noise: 0.1, seed: 6) { 1.2 * exp(-1.5 * $0) }
    // A is linear: its best value at k is closed.
    func square(_ k: Double) -> Double {
      let e = Self.times.map { exp(-k * $0) }
      let amplitude = zip(e, samples).reduce(0) { $0 + $1.0 * $1.1 } / e.reduce(0) { $0 + $1 * $1 }
      return zip(e, samples).reduce(0) { $0 + pow((amplitude * $1.0 - $1.1) / 0.1, 2) }
    }
    let best = Self.minimum(0.2, 10, square)
    let (estimates, profiles, _) = try Self.profiles(
      Self.text(
        samples, unknowns: "k = { guess = 1 }, A = { guess = 1 }", equation: "u_t = -k*u", condition: "u = A",
        sigma: 0.1))
    let error = estimates.lines[0].standardError
    let deviance = { square($0) - square(best) }
    let low = try #require(profiles[0].lower)
    let high = try #require(profiles[0].upper)
    #expect(abs(low - Self.passage(best, 0, Self.limit, deviance)) < Self.closeness * error)
    #expect(abs(high - Self.passage(best, 20, Self.limit, deviance)) < Self.closeness * error)
  }

  /// The rate k/(1 + k) is 0.9, and 1 for ever larger k is 1.2 standard errors away. Deviations of alternating sign hardly
  /// move the estimate.
  @Test func `a side without an end is told as one`() throws {
    let samples = Self.times.enumerated().map { exp(-0.9 * $1) + ($0 % 2 == 0 ? 0.1 : -0.1) }
    func square(_ k: Double) -> Double {
      zip(Self.times, samples).reduce(0) { $0 + pow((exp(-k / (1 + k) * $1.0) - $1.1) / 0.1, 2) }
    }
    let best = Self.minimum(1, 100, square)
    let (_, profiles, problem) = try Self.profiles(
      Self.text(
        samples, unknowns: #"k = { guess = 2, scale = "log" }"#, equation: "u_t = -k/(1 + k)*u", condition: "u = 1",
        sigma: 0.1))
    #expect(profiles[0].upper == nil)
    let low = problem.setup.layout.unknowns[0].value(raw: try #require(profiles[0].lower)).value
    let expected = Self.passage(best, 0, Self.limit) { square($0) - square(best) }
    #expect(abs(low / expected - 1) < 0.02, "\(low) for \(expected)")
  }

  private static func product() -> String {
    let samples = samples(noise: 0.01, seed: 8) { exp(-1.5 * $0) }
    return text(
      samples, unknowns: "a = { guess = 1, min = 0 }, b = { guess = 1, min = 0 }", equation: "u_t = -a*b*u",
      condition: "u = 1", sigma: 0.01)
  }

  @Test func `factors of a product have no ends, and their table and notes say so`() throws {
    let folder = TemporaryFolder()
    let problem = try experiment(Self.product())
    let report = try train(problem, options: RunOptions(folder: folder["run"], threads: 1))
    let notes = Mutex<[String]>([])
    try Profiles(problem, names: ["b"]).write(
      inRun: report.folder, options: RunOptions(threads: 1, note: { note in notes.withLock { $0.append(note) } }))
    let lines = try #require(fileText(folder["run/intervals.csv"])).split(separator: "\n")
    #expect(lines.count == 2 && lines[0] == "name,estimate,profile_low,profile_high,ci_low,ci_high,true,unit")
    let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(cells[0] == "b" && cells[2] == "" && cells[3] == "" && cells[4] == "0" && cells[5] == "inf")
    let rows = try #require(fileText(folder["run/profile.csv"])).split(separator: "\n").dropFirst()
    #expect(rows.count == 1 + 2 * LikelihoodProfile.Reach.mostSteps)
    #expect(rows.allSatisfy { Double($0.split(separator: ",")[2]).map { $0 < 0.05 } == true }, "\(rows)")
    let texts = notes.withLock { $0 }
    #expect(texts.count == 2)
    #expect(texts[0].hasPrefix("b is not bounded from below: at 0.00") && texts[0].hasSuffix(", of 3.84"), "\(texts)")
    #expect(texts[1].hasPrefix("b is not bounded from above: at "), "\(texts)")
  }

  @Test func `profiles have the same bits for any number of threads, and leave a run intact`() throws {
    let folder = TemporaryFolder()
    let samples = Self.samples(noise: 0.1, seed: 6) { 1.2 * exp(-1.5 * $0) }
    let problem = try experiment(
      Self.text(
        samples, unknowns: "k = { guess = 1 }, A = { guess = 1 }", equation: "u_t = -k*u", condition: "u = A",
        sigma: nil))
    for threads in [1, 3] {
      let options = RunOptions(folder: folder["\(threads)"], threads: threads)
      let report = try train(problem, options: options)
      try Profiles(problem, names: []).write(inRun: report.folder, options: options)
      #expect(try Verification(folder: report.folder).isGood)
      #expect(fileText(folder["\(threads)/SHA256SUMS"])?.contains("  profile.csv\n") == true)
    }
    for name in [Profiles.tableName, Profiles.intervalsName] {
      #expect(fileText(folder["1/\(name)"]) == fileText(folder["3/\(name)"]))
    }
    let again = try reproduce(folder["1"], options: RunOptions(folder: folder["again"], threads: 2))
    #expect(again.files.map(\.name).suffix(3) == ["correlation.csv", "profile.csv", "intervals.csv"])
    #expect(again.isEqual, "\(again.files)")
    // Another training in the folder leaves nothing of them.
    _ = try train(problem, options: RunOptions(folder: folder["3"], threads: 1))
    #expect(fileText(folder["3/profile.csv"]) == nil && fileText(folder["3/intervals.csv"]) == nil)
  }

  @Test func `a stop leaves the run as it was`() throws {
    let folder = TemporaryFolder()
    let problem = try experiment(Self.product())
    let report = try train(problem, options: RunOptions(folder: folder["run"], threads: 1))
    let before = fileText(folder["run/SHA256SUMS"])
    let failure = #expect(throws: InputFailure.self) {
      try Profiles(problem, names: []).write(
        inRun: report.folder, options: RunOptions(threads: 1, stopRequest: { "asked to" }))
    }
    #expect(failure?.kind == .temporary && failure?.diagnostics[0].message == "no profile: asked to")
    #expect(fileText(folder["run/SHA256SUMS"]) == before && fileText(folder["run/profile.csv"]) == nil)
  }

  @Test func `names that are no unknowns and problems without profiles are told before training`() throws {
    let problem = try experiment(Self.product())
    let unknown = #expect(throws: InputFailure.self) { try Profiles(problem, names: ["a", "B"]) }
    #expect(unknown?.kind == .usage)
    #expect(unknown?.diagnostics[0].message == "--profile names 'B', which is no unknown that is estimated")
    let energy = try experiment(
      """
      variables = { x = [0, 1] }
      fields = { u = "x*(1 - x)*N" }
      unknowns = { k = { guess = 1 } }
      energy = [{ name = "work", expr = "k*u_x^2/2 - u" }]
      data = [{ inline = "x,u\\n0.5,0.1" }]
      """)
    let none = #expect(throws: InputFailure.self) { try Profiles(energy, names: []) }
    #expect(none?.kind == .configuration)
    #expect(none?.diagnostics[0].message == "there are no profiles: energy 'work' is no sum of squares")
  }
}

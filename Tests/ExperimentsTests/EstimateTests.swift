import Configurations
import Diagnostics
import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rows of a function with noise of a seed, as inline data.
private func table(_ header: String, _ times: [Double], noise: Double, seed: UInt64, _ value: (Double) -> Double)
  -> String
{
  let stream = RandomStream(seed: seed, purpose: "noise of a test")
  return header + "\\n"
    + times.enumerated().map { "\($1),\(value($1) + noise * stream.normal(at: UInt64($0)))" }.joined(separator: "\\n")
}

private let times = (1...20).map { Double($0) / 20 }

/// Exponential decay from a known start.
private func decay(
  _ data: String, unknowns: String = "k = { guess = 1, min = 0 }", rate: String = "k", extra: String = ""
)
  -> String
{
  """
  seed = 4
  variables = { t = [0, 1] }
  fields = { u = {} }
  unknowns = { \(unknowns) }
  equation = [{ name = "decay", expr = "u_t = -(\(rate))*u" }]
  condition = [{ at = "t = 0", expr = "u = 1", enforce = "hard" }]
  sampling = { interior = 30 }
  network = { hidden = [8] }
  loss = { weights = { decay = 100 } }
  data = [{ name = "samples", inline = "\(data)" \(extra) }]
  """
}

/// Trains a text as the command does, without its folder.
private func estimates(_ text: String) throws -> (Estimates, AssembledProblem) {
  let problem = try assembled(text)
  let pool = WorkerPool(threadCount: 1)
  let trainer = Trainer(setup: problem.setup, pool: pool, observer: SilentObserver())
  guard case .found(let found) = Estimates.at(trainer.run().parameters, of: problem, pool: pool) else {
    throw InputFailure(.data, "no estimates")
  }
  return (found, problem)
}

struct EstimateTests {
  /// Errors by the network differ from those of the closed form by what the network and τ > 0 change.
  private static let closeness = 0.02

  private func expectClose(_ found: Double, _ expected: Double, _ comment: Comment? = nil) {
    #expect(abs(found / expected - 1) < Self.closeness, comment)
  }

  @Test func `the error of a decay rate is that of the exact solution`() throws {
    let data = table("t,u", times, noise: 0.01, seed: 1) { exp(-2 * $0) }
    let (found, _) = try estimates(decay(data, extra: ", sigma = 0.01"))
    let k = found.lines[0].value
    let squares = times.reduce(0) { $0 + pow($1 * exp(-k * $1), 2) }
    expectClose(found.lines[0].standardError, 0.01 / squares.squareRoot())
    #expect(found.freedom == .infinity && found.noise[0].sigma == 0.01 && !found.noise[0].isEstimated)
    // The interval is symmetric in ln k.
    let line = found.lines[0]
    #expect(abs(line.interval.lowerBound * line.interval.upperBound / (k * k) - 1) < 1e-9)
    expectClose(log(line.interval.upperBound / k), 1.959964 * line.standardError / k)
  }

  @Test func `a spring constant has the error of the exact solution`() throws {
    let data = table("t,x", times.map { 3 * $0 }, noise: 0.02, seed: 2) { cos(2 * $0) }
    let (found, _) = try estimates(
      """
      variables = { t = [0, 3] }
      fields = { x = {} }
      unknowns = { k = { guess = 3 } }
      equation = [{ name = "newton", expr = "x_tt = -k*x" }]
      condition = [{ at = "t = 0", expr = ["x = 1", "x_t = 0"], enforce = "hard" }]
      sampling = { interior = 60 }
      network = { hidden = [12] }
      loss = { weights = { newton = 100 } }
      data = [{ inline = "\(data)", sigma = 0.02 }]
      """)
    let omega = found.lines[0].value.squareRoot()
    let squares = times.reduce(0) { $0 + pow(3 * $1 * sin(3 * $1 * omega) / (2 * omega), 2) }
    expectClose(found.lines[0].standardError, 0.02 / squares.squareRoot())
  }

  /// Nothing but the measurements says where the line starts: the classical straight line with its noise estimated.
  @Test func `where only data fix the state the error is that of a regression`() throws {
    let data = table("t,u", times, noise: 0.05, seed: 3) { 1 + 0.5 * $0 }
    let (found, _) = try estimates(
      """
      variables = { t = [0, 1] }
      fields = { u = {} }
      unknowns = { a = { guess = 1 } }
      equation = [{ name = "slope", expr = "u_t = a" }]
      sampling = { interior = 30 }
      network = { hidden = [8] }
      loss = { weights = { slope = 1e4 } }
      data = [{ name = "samples", inline = "\(data)" }]
      """)
    let stream = RandomStream(seed: 3, purpose: "noise of a test")
    let y = times.enumerated().map { 1 + 0.5 * $1 + 0.05 * stream.normal(at: UInt64($0)) }
    let (n, meanT, meanY) = (20.0, times.reduce(0, +) / 20, y.reduce(0, +) / 20)
    let squares = times.reduce(0) { $0 + ($1 - meanT) * ($1 - meanT) }
    let slope = zip(times, y).reduce(0) { $0 + ($1.0 - meanT) * ($1.1 - meanY) } / squares
    let misfit = zip(times, y).reduce(0) { $0 + pow($1.1 - meanY - slope * ($1.0 - meanT), 2) }
    let sigma = (misfit / (n - 2)).squareRoot()
    expectClose(found.noise[0].sigma, sigma)
    expectClose(found.lines[0].standardError, sigma / squares.squareRoot())
    #expect(abs(found.lines[0].value - slope) < 0.05 * found.lines[0].standardError)
    #expect(found.noise[0].isEstimated && abs(found.freedom - 18) < 0.05)
    let half = (found.lines[0].interval.upperBound - found.lines[0].interval.lowerBound) / 2
    // Student's quantile for 18 degrees of freedom.
    expectClose(half, 2.10092 * found.lines[0].standardError)
  }

  @Test func `a product is determined and its factors are not`() throws {
    let data = table("t,u", times, noise: 0.01, seed: 4) { exp(-2 * $0) }
    let unknowns = #"a = { guess = 1, min = 0 }, b = { guess = 1, min = 0 }"#
    let (found, _) = try estimates(decay(data, unknowns: unknowns, rate: "a*b", extra: ", sigma = 0.01"))
    #expect(found.lines.allSatisfy { $0.standardError == .infinity && $0.interval == 0...(.infinity) })
    #expect(abs(found.information.correlation(0, 1) + 1) < 1e-6)
    let notes = found.directionNotes
    #expect(notes.count == 1)
    #expect(
      notes[0].hasPrefix("the data do not determine a/b,") || notes[0].hasPrefix("the data do not determine 1/a*b,"))
  }

  @Test func `the noise of measurements passes into a band of the field`() throws {
    let data = table("t,u", times, noise: 0.01, seed: 1) { exp(-2 * $0) }
    let (found, problem) = try estimates(decay(data, extra: ", sigma = 0.01"))
    let layout = problem.setup.layout
    let pool = WorkerPool(threadCount: 1)
    let trainer = Trainer(setup: problem.setup, pool: pool, observer: SilentObserver())
    let evaluator = FieldEvaluator(solution: problem.solution, parameters: trainer.run().parameters, pool: pool)
    let band = try #require(evaluator.standardErrors(at: [[0, 0.5, 1]], found))
    #expect(layout.unknowns.count == 1 && band[0][0] < 1e-12)
    // du = |∂u/∂k| dk = t e^(−kt) dk
    let (k, error) = (found.lines[0].value, found.lines[0].standardError)
    expectClose(band[0][1], 0.5 * exp(-0.5 * k) * error)
    expectClose(band[0][2], exp(-k) * error)
  }

  @Test func `a run leaves correlations and errors, the same for any number of threads`() throws {
    let folder = TemporaryFolder()
    let data = table("t,u", times, noise: 0.01, seed: 4) { exp(-2 * $0) - 0.2 * $0 }
    let text = decay(
      data, unknowns: "k = { guess = 1, min = 0 }, s = { guess = 0.1 }", rate: "k + s/(u + 3)", extra: ", sigma = 0.01")
    for threads in [1, 3] {
      _ = try train(experiment(text), options: RunOptions(folder: folder["\(threads)"], threads: threads))
    }
    for name in ["parameters.csv", "correlation.csv", "fields.csv"] {
      let first = try #require(fileText(folder["1/\(name)"]))
      #expect(fileText(folder["3/\(name)"]) == first)
      if name == "correlation.csv" { #expect(first.hasPrefix("name,k,s\nk,1,-0.")) }
    }
  }

  @Test func `without measurements there is nothing to be said`() throws {
    let problem = try assembled(
      """
      variables = { t = [0, 1] }
      fields = { u = {} }
      unknowns = { k = { guess = 1 } }
      equation = [{ expr = "u_t = -k*u" }]
      condition = [{ at = "t = 1", expr = "u = 1" }]
      """)
    let theta = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 1)
    guard case .none(let reason) = Estimates.at(theta, of: problem, pool: WorkerPool(threadCount: 1)) else {
      Issue.record("there are estimates")
      return
    }
    #expect(reason == "there are no measurements")
  }
}

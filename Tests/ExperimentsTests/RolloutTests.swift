import Diagnostics
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

/// Two trajectories of q' = 2p, p' = −2q, the second shorter, with uneven times and rows that take turns.
private let orbits: String = {
  var lines = ["trajectory,t,q,p,energy"]
  for place in 0..<12 {
    for (label, radius, phase) in [("first", 1.0, 0.3), ("second", 0.4, 2.0)] where label == "first" || place < 7 {
      let t = 0.2 * Double(place) + 0.01 * Double(place * place)
      lines.append("\(label),\(t),\(radius * cos(2 * t + phase)),\(-radius * sin(2 * t + phase)),\(radius * radius)")
    }
  }
  return lines.joined(separator: "\\n") + "\\n"
}()

private func problem(_ rollout: String, _ rest: String = "") throws -> AssembledProblem {
  try assembled(
    """
    variables = { q = [-2, 2], p = [-2, 2] }
    fields = { H = "q^2 + p^2 + N" }
    equation = { expr = "H" }
    network = { hidden = [2] }
    rollout = { state = ["q", "p"], rate = ["H_p", "-d(H, q)"], inline = "\(orbits)", \(rollout) }
    \(rest)
    """)
}

/// With zero weights H is q² + p².
private func evaluator(_ problem: AssembledProblem) -> FieldEvaluator {
  FieldEvaluator(
    solution: problem.solution, parameters: [Double](repeating: 0, count: problem.setup.layout.count),
    pool: WorkerPool(threadCount: 2, instructionSet: .best))
}

private func largestError(_ rollout: String) throws -> Double {
  let problem = try problem(rollout)
  let rollout = try #require(problem.rollout)
  let states = rollout.integrated(evaluator(problem)).states
  #expect(states[0].count == 19)
  return zip(rollout.references, states).reduce(0) { largest, pair in
    zip(pair.0.values, pair.1).reduce(largest) { max($0, abs($1.0 - $1.1)) }
  }
}

@Suite struct RolloutTests {
  @Test func `follows the exact motion to its tolerance`() throws {
    // The error of a solution is at most some times that which its halved steps show.
    #expect(try largestError("tolerance = 1e-9") < 1e-8)
    #expect(try largestError("tolerance = 1e-4") > 1e-8)
  }

  @Test func `has the error of a method of fourth order in its step`() throws {
    let (coarse, fine) = (try largestError("step = 0.05"), try largestError("step = 0.025"))
    #expect((12...20).contains(coarse / fine), "\(coarse) \(fine)")
  }

  @Test func `metrics of its states see the columns of the file`() throws {
    let problem = try problem(
      "tolerance = 1e-10",
      """
      metric = [
        { name = "energy", expr = "max(abs(H - energy))", at = "rollout" },
        { name = "distance", expr = "sqrt(mean((q - q_ref)^2 + (p - p_ref)^2))", at = "rollout" },
        { name = "rows", expr = "sum(1 + 0*H)", at = "rollout" },
      ]
      """)
    let evaluator = evaluator(problem)
    let states = try #require(problem.rollout).integrated(evaluator).states
    let values = problem.metrics.map { $0.value(evaluator, states: states) }
    #expect(values[0] < 1e-9 && values[1] < 1e-9 && values[1] > 0)
    #expect(values[2] == 19)
  }

  @Test func `time and fixed parameters may be variables`() throws {
    // x' = a t: x = x₀ + a t²/2
    let problem = try assembled(
      """
      variables = { x = [-9, 9], a = [0, 9], t = [0, 3] }
      fields = { u = "a*t + N" }
      equation = { expr = "u" }
      network = { hidden = [2] }
      rollout = { state = "x", rate = "u", inline = "a,t,x\\n4,0,1\\n4,1,3\\n4,3,19\\n", step = 1 }
      """)
    let states = try #require(problem.rollout).integrated(evaluator(problem)).states
    // Simpson's rule is exact.
    for (value, exact) in zip(states[0], [1, 3, 19.0]) { #expect(abs(value - exact) < 1e-13) }
    #expect(states[1] == [4, 4, 4] && states[2] == [0, 1, 3])
  }

  @Test func `wrong ones are told where they are wrong`() throws {
    func message(_ rollout: String) -> String {
      let failure = refusal(
        """
        variables = { q = [-2, 2], p = [-2, 2] }
        fields = { H = {} }
        equation = { expr = "H = q" }
        rollout = { \(rollout) }
        """)
      return failure?.diagnostics.first.map { "\($0.location?.line ?? 0) \($0.message)" } ?? "accepted"
    }
    let file = "inline = \"t,q,p\\n0,0,0\\n1,0.5,0\\n\""
    #expect(message("state = [\"q\", \"p\"], rate = [\"H_p\", \"-H_q\"], \(file)") == "accepted")
    #expect(
      message("state = [\"q\", \"v\"], rate = [\"H_p\", \"-H_q\"], \(file)")
        == "4 'v' in the state of the roll-out is not a variable")
    #expect(message("state = [\"q\", \"q\"], rate = [\"H_p\", \"-H_q\"], \(file)") == "4 'q' is in the state twice")
    #expect(
      message("state = [\"q\", \"p\"], rate = \"H_p\", \(file)")
        == "4 the state has 2 variables, and 'rate' 1 expressions")
    #expect(message("state = \"q\", rate = \"G_p\", \(file)").hasPrefix("4 "))
    #expect(message("state = \"q\", rate = \"H_p\", inline = \"t,q\\n0,0\\n\"").contains("has no column 'p'"))
    #expect(
      message("state = \"q\", rate = \"H_p\", inline = \"t,q,p\\n0,0,0\\n1,0,0\\n0,1,0\\n\"").hasSuffix(
        "the times of a trajectory must ascend, found 0.0 after 1.0"))
    #expect(message("state = \"q\", rate = \"H_p\"") == "4 [rollout] needs either 'from' or 'inline'")
  }
}

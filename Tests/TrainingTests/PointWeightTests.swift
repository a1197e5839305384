import Configurations
import Experiments
import Foundation
import Kernels
import Problems
import TestSupport
import Testing
import Training

@Suite struct PointWeightTests {
  private func rule(_ name: String) throws -> any PointWeightRule.Type { try #require(pointWeightRule(named: name)) }

  @Test func `causal weights are exponentials of what lies before`() throws {
    let causal = try rule("causal")
    let settings = PointWeightSettings(method: "causal", chunks: 4, tolerances: [0.5, 2], threshold: 0.9)
    // Two points in the first and third quarter, one in the second, none in the last; the end of time is in the last.
    let times = [0.1, 0.2, 0.3, 0.6, 0.7]
    let look = PointWeightLook(residuals: [1, 2, 3, 0.5, 0.1], times: times)
    let state = causal.next(causal.start(count: 5, settings), look, settings)
    let sums = [0, 2.5, 11.5, 11.5 + 0.13]
    #expect(state[0] == 0)
    for (weight, sum) in zip(state.dropFirst(), sums) { #expect(abs(weight - exp(-0.5 * sum)) <= 1e-15) }
    let roots = causal.roots(state, times: times + [1, 1.0.nextUp], settings)
    for (root, chunk) in zip(roots, [0, 0, 1, 2, 2, 3, 3]) {
      #expect(abs(root * root - exp(-0.5 * sums[chunk])) <= 1e-15)
    }
  }

  @Test func `tolerances follow one another once all weights are above the threshold, and then all weigh the same`()
    throws
  {
    let causal = try rule("causal")
    let settings = PointWeightSettings(method: "causal", chunks: 2, tolerances: [0.5, 2], threshold: 0.9)
    func look(_ size: Double) -> PointWeightLook { PointWeightLook(residuals: [size, 7], times: [0, 1]) }
    var state = causal.start(count: 2, settings)
    // exp(−ε a²) > 0.9 for a² < 0.2107 at ε = 0.5, for a² < 0.0527 at ε = 2. What the last stretch holds does not matter.
    for (square, passed) in [(0.22, 0.0), (0.2, 1), (0.06, 1), (0.05, 2), (9, 2)] as [(Double, Double)] {
      state = causal.next(state, look(square.squareRoot()), settings)
      #expect(state[0] == passed, "\(square)")
      #expect(causal.isSettled(state, settings) == (passed == 2))
    }
    #expect(state == [2, 1, 1])
  }

  @Test func `attention and self-adaptive weights are their formulas`() throws {
    let look = PointWeightLook(residuals: [1, 0, 4, 2], times: [0, 0, 0, 0])
    let settings = PointWeightSettings(memory: 0.75, rate: 0.5)
    let attention = try rule("attention")
    let start = attention.start(count: 4, settings)
    #expect(start == [1, 1, 1, 1])
    let once = attention.next(start, look, settings)
    #expect(once == [0.875, 0.75, 1.25, 1])
    #expect(attention.roots(once, times: look.times, settings) == once)
    // Forever the same residuals: η/(1 − γ) |r|/max |r|.
    var lasting = start
    for _ in 0..<200 { lasting = attention.next(lasting, look, settings) }
    for (weight, limit) in zip(lasting, [0.5, 0, 2, 1]) { #expect(abs(weight - limit) < 1e-12) }

    // Mean square 5.25: factors 1 + 0.5 r²/5.25, then divided by their root mean square.
    let adaptive = try rule("adaptive")
    let climbed = [1 + 0.5 / 5.25, 1, 1 + 8 / 5.25, 1 + 2 / 5.25]
    let size = (climbed.map { $0 * $0 }.reduce(0, +) / 4).squareRoot()
    let found = adaptive.next([1, 1, 1, 1], look, settings)
    for (one, other) in zip(found, climbed) { #expect(abs(one - other / size) < 1e-15) }
    // No step where nothing is wrong, or everything.
    for size in [0, .infinity] as [Double] {
      let none = PointWeightLook(residuals: [size, size, size, size], times: look.times)
      #expect(attention.next(once, none, settings) == once && adaptive.next(found, none, settings) == found)
    }
  }

  /// The squares of residuals times weights from the objective without weights, term by term.
  private func weightedMeans(_ problem: AssembledProblem, _ theta: [Double], weight: (Double, Int) -> Double) -> Double
  {
    let residuals = problem.objective().residuals(theta)
    let set = problem.setup.loss.pointSets[0]
    let times = set.sites[0][1]
    return (0..<set.count).reduce(0) { $0 + weight(times[$1], $1) * residuals[$1] * residuals[$1] } / Double(set.count)
  }

  @Test(arguments: ["adam", "gauss-newton", "l-bfgs"])
  func `the loss of a step is that of the weights at its start`(_ method: String) throws {
    let phases = "{ method = \"\(method)\", iterations = 3 }"
    let extra = "loss = { point_weights = { method = \"causal\", chunks = 3, tolerances = [2000] } }"
    let problem = try assembled(diffusion(phases, extra: extra))
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(problem, recorder))
    for (row, checkpoint) in zip(recorder.rows, recorder.checkpoints) {
      let state = try #require(checkpoint.vectors["pointWeighting.set.0"])
      #expect(state.count == 4 && state[0] == 0)
      // Adam tells the loss where a step starts; the others that where it ends, and a checkpoint has the latter.
      guard method != "adam" else { continue }
      let theta = try #require(checkpoint.vectors["optimizer.x"] ?? checkpoint.vectors["theta"])
      let mean = weightedMeans(problem, theta) { time, _ in state[1 + min(2, Int(time * 3))] }
      #expect(abs(row.terms[0] - mean) <= 1e-12 * mean)
      // The columns have its root.
      let least = try #require(state.dropFirst().min())
      #expect(try abs(#require(row.leastPointWeight) - least) <= 1e-15 * least)
    }
    // What is reported at the end has no weights.
    let end = Recorder()
    let result = try #require(trained(problem, end))
    let plain = weightedMeans(problem, result.parameters) { _, _ in 1 }
    #expect(abs(result.terms[0] - plain) <= 1e-13 * plain)
    #expect(end.notes.count == 1 && end.notes[0].hasPrefix("the causal weights did not open: points beyond t = "))
  }

  /// u' = −u with the weights of time opening one after the other.
  @Test func `causal weights open in the order of time`() throws {
    let problem = try assembled(
      """
      variables = { t = [0, 4] }
      fields = { u = "1 + t*N" }
      equation = { expr = "u_t = -u" }
      sampling = { interior = 64, heldout = 16 }
      network = { hidden = [8] }
      loss = { point_weights = { method = "causal", chunks = 4, tolerances = [30] } }
      optimizer = { method = "adam", iterations = 3000, learning_rate = 1e-2 }
      """)
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(problem, recorder))
    var opened = [Int?](repeating: nil, count: 4)
    for (iteration, checkpoint) in recorder.checkpoints.enumerated() {
      let state = try #require(checkpoint.vectors["pointWeighting.set.0"])
      // Never more weight for later times.
      #expect(zip(state.dropFirst(), state.dropFirst(2)).allSatisfy { $0 >= $1 })
      for chunk in 0..<4 where opened[chunk] == nil && state[1 + chunk] > 0.5 { opened[chunk] = iteration }
    }
    let order = opened.compactMap { $0 }
    #expect(
      order.count == 4 && order == order.sorted() && order[0] == 0 && order[1] > 0 && order[3] > order[1], "\(opened)")
  }

  @Test(arguments: ["causal", "attention", "adaptive"])
  func `any number of threads gives the same bits`(_ method: String) throws {
    for optimizer in ["adam", "gauss-newton"] {
      let problem = try assembled(
        diffusion(
          "{ method = \"\(optimizer)\", iterations = 8 }", sampling: "interior = 700",
          extra: "loss = { point_weights = { method = \"\(method)\", rate = 0.3, memory = 0.8 } }"))
      let (one, three) = (Recorder(), Recorder())
      let result = try #require(trained(problem, one, threads: 1))
      let other = try #require(trained(problem, three, threads: 3))
      #expect(one.rows == three.rows && result.parameters == other.parameters)
      #expect(one.rows.allSatisfy { $0.leastPointWeight != nil } && Set(one.rows.map(\.leastPointWeight)).count > 4)
    }
  }

  @Test func `attention turns to the points of large residuals`() throws {
    let problem = try assembled(
      diffusion(
        "{ method = \"l-bfgs\", iterations = 30 }",
        extra: "loss = { point_weights = { method = \"attention\", memory = 0.9, rate = 0.1 } }"))
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(problem, recorder))
    // The state at a checkpoint follows from the one before and the residuals there.
    let objective = problem.objective()
    for (before, after) in zip(recorder.checkpoints, recorder.checkpoints.dropFirst()) {
      let theta = try #require(before.vectors["optimizer.x"] ?? before.vectors["theta"])
      let residuals = objective.residuals(theta).prefix(24).map { abs($0) }
      let largest = try #require(residuals.max())
      let old = try #require(before.vectors["pointWeighting.set.0"])
      let new = try #require(after.vectors["pointWeighting.set.0"])
      for place in old.indices {
        #expect(abs(new[place] - (0.9 * old[place] + 0.1 * residuals[place] / largest)) < 1e-13)
      }
    }
  }
}

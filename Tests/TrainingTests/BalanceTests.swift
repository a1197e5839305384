import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

@Suite struct BalanceTests {
  private func first(_ method: String, weights: String = "{ walls = 3 }") throws -> (Recorder, [Double]) {
    let extra = "loss = { weights = \(weights), balance = { method = \"\(method)\", every = 2, memory = 0.5 } }"
    let problem = try assembled(diffusion("{ method = \"l-bfgs\", iterations = 5 }", extra: extra))
    let recorder = Recorder()
    _ = try #require(trained(problem, recorder))
    return (recorder, problem.setup.weights)
  }

  /// The values and gradients of each term alone at the start, by the objective itself.
  private func terms() throws -> (values: [Double], norms: [Double], traces: [Double]) {
    let problem = try assembled(diffusion("{ method = \"l-bfgs\", iterations = 5 }"))
    let objective = problem.objective()
    let theta = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 0)
    let values = objective.termValues(theta)
    var (norms, traces) = ([Double](), [Double]())
    for term in values.indices {
      objective.weights = values.indices.map { $0 == term ? 1 : 0 }
      var gradient = [Double](repeating: 0, count: theta.count)
      _ = objective.termValues(theta, gradient: &gradient)
      norms.append(gradient.reduce(0) { $0 + $1 * $1 }.squareRoot())
      // Differences of every residual by every parameter, with the weight of its term.
      let base = objective.residuals(theta)
      let counts = objective.lossTerms.residualCounts
      var trace = 0.0
      for place in theta.indices {
        var moved = theta
        moved[place] += 1e-6
        let change = objective.residuals(moved)
        var row = 0
        for set in objective.lossTerms.pointSets {
          for _ in 0..<set.count {
            for output in set.terms {
              if output == term { trace += ((change[row] - base[row]) / 1e-6) * ((change[row] - base[row]) / 1e-6) }
              row += 1
            }
          }
        }
      }
      traces.append(trace / Double(counts[term]))
    }
    return (values, norms, traces)
  }

  private func expectEqualShares(_ shares: [Double], tolerance: Double) {
    for share in shares { #expect(abs(share - shares[0]) <= tolerance * shares[0], "\(shares)") }
  }

  @Test func `rms makes the weighted terms equal at the start, once`() throws {
    let (recorder, _) = try first("rms")
    let (values, _, _) = try terms()
    expectEqualShares(zip(recorder.rows[0].weights, values).map { $0 * $1 }, tolerance: 1e-12)
    // Their sum is that of before.
    let sum = zip([1, 1, 3], values).reduce(0) { $0 + $1.0 * $1.1 }
    let weighted = zip(recorder.rows[0].weights, values).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(sum - weighted) <= 1e-12 * sum)
    #expect(Set(recorder.rows.map(\.weights)).count == 1)
  }

  @Test func `gradient-norm makes the gradients of all terms equally long`() throws {
    let (recorder, _) = try first("gradient-norm")
    let (_, norms, _) = try terms()
    expectEqualShares(zip(recorder.rows[0].weights, norms).map { $0 * $1 }, tolerance: 1e-12)
    #expect(
      recorder.rows[0].weights == recorder.rows[1].weights && recorder.rows[1].weights != recorder.rows[2].weights)
  }

  @Test func `ntk makes the traces of the tangent kernel equal`() throws {
    let (recorder, _) = try first("ntk")
    let (_, _, traces) = try terms()
    // The rounding error of differences.
    expectEqualShares(zip(recorder.rows[0].weights, traces).map { $0 * $1 }, tolerance: 1e-3)
  }

  @Test(arguments: ["relobralo", "softadapt"])
  func `the others start from the weights of the file and keep the sum of the factors`(_ method: String) throws {
    let (recorder, weights) = try first(method)
    #expect(recorder.rows[0].weights == weights)
    for row in recorder.rows {
      let sum = zip(row.weights, weights).reduce(0) { $0 + $1.0 / $1.1 }
      #expect(abs(sum - 3) <= 1e-12)
    }
    #expect(recorder.rows[2].weights != weights)
  }

  @Test func `relobralo and softadapt are their formulas`() throws {
    let look = BalanceLook(
      values: [1, 2], firstValues: [4, 4], lastValues: [2, 2], number: 1, factors: [0.5, 1.5], memory: 0.75,
      stream: RandomStream(seed: 0, purpose: "balance"))
    // Ratios 0.5 and 1 over T = 0.1: softmax of 5 and 10 is 1/(1 + e⁵) of the first.
    let small = 1 / (1 + 148.413_159_102_576_6)
    let relative = try #require(balance(named: "relobralo"))
    let relativeFactors = relative.factors(look)
    let found = try #require(relativeFactors)
    let expected: [Double] = [0.375 + 0.5 * small, 1.125 + 0.5 * (1 - small)]
    for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-14) }
    // Rates −0.5 and 0 times β = 0.1.
    let slow = 1 / (1 + 1.051_271_096_376_024)
    let rate = try #require(balance(named: "softadapt"))
    let slowerFactors = rate.factors(look)
    let slower = try #require(slowerFactors)
    let mixed: Double = 0.375 + 0.5 * slow
    #expect(abs(slower[0] - mixed) < 1e-14)
  }

  @Test func `totals are those of the weights of their rows`() throws {
    for method in ["rms", "gradient-norm", "ntk", "relobralo", "softadapt"] {
      let (recorder, _) = try first(method)
      for row in recorder.rows {
        let total = zip(row.weights, row.terms).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(row.total - total) <= 1e-13 * total)
      }
    }
  }

  @Test func `a term of weight zero takes no part`() throws {
    let (recorder, _) = try first("gradient-norm", weights: "{ walls = 0 }")
    #expect(recorder.rows.allSatisfy { $0.weights[2] == 0 && $0.weights[0] > 0 })
  }
}

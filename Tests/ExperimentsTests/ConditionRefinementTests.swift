import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

@Suite struct ConditionRefinementTests {
  /// The residual at t = 0 is x − 1/2 but for a billionth of the field.
  private let text = """
    variables = { x = [0, 1], t = [0, 1] }
    fields = { u = {} }
    equation = { expr = "u_t = u_xx" }
    condition = { name = "start", at = "t = 0", expr = "x - 0.5 + 1e-9*u = 0", points = 200 }
    network = { hidden = [4] }
    """

  @Test func `a condition that holds at its points alone is told`() throws {
    let problem = try assembled(text)
    let setup = problem.setup
    let theta = setup.layout.initialParameters(networks: setup.networks, seed: 0)
    let term = try #require(setup.loss.terms.firstIndex { $0.name == "start" })
    let refinement = ConditionRefinement(setup, parameters: theta, pool: WorkerPool(threadCount: 1))
    #expect(refinement.fresh.keys.sorted() == [term])
    // The mean square of x − 1/2 is 1/12 with a variance of 1/180: four standard deviations for 400 random points.
    let fresh = try #require(refinement.fresh[term])
    #expect(abs(fresh - 1.0 / 12) < 4 * (1.0 / 180 / 400).squareRoot())
    var trained = setup.loss.terms.map { _ in 1.0 }
    trained[term] = fresh / 99
    #expect(refinement.note(trained: trained) == nil)
    trained[term] = fresh / 250
    #expect(
      refinement.note(trained: trained)
        == "the mean square of 'start' at twice as many fresh points is 250 times that at the points trained on: more points for this condition would help more than more iterations"
    )
  }
}

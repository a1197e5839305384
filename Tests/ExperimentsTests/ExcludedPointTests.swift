import Diagnostics
import Experiments
import Problems
import TestSupport
import Testing
import Training

/// A cavity whose lid jumps at the corners.
private func cavity(
  _ sampling: String, condition: String = "", variables: String = "x = [0, 1], y = [0, 1]"
) -> String {
  """
  variables = { \(variables) }
  fields = { u = {} }
  equation = { expr = "laplacian(u) = 0" }
  condition = [
    { name = "lid", at = "y = 1", expr = "u = 1"\(condition) },
    { name = "walls", at = ["x = 0", "x = 1", "y = 0"], expr = "u = 0" },
    { name = "corner", at = "x = 0, y = 1", expr = "u = 0.5" },
  ]
  network = { hidden = [4] }
  sampling = { interior = 2000, boundary = 400, \(sampling) }
  """
}

@Suite struct ExcludedPointTests {
  /// All points of a term, `[point][variable]`.
  private func points(_ problem: AssembledProblem, _ term: Int) -> [[Double]] {
    let sets = problem.setup.loss.pointSets.filter { $0.terms.contains(term) }
    return sets.flatMap { set in (0..<set.count).map { point in set.sites[0].map { $0[point] } } }
  }

  private func distance(_ point: [Double], _ x: Double, _ y: Double) -> Double {
    ((point[0] - x) * (point[0] - x) + (point[1] - y) * (point[1] - y)).squareRoot()
  }

  @Test func `no points lie near the corners of a lid`() throws {
    let text = cavity("exclude = [\"disk([0, 1], 0.1)\", \"disk([1, 1], 0.1)\"]")
    let problem = try assembled(text)
    for term in 0...2 {
      let found = points(problem, term)
      #expect(found.count == [2000, 400, 1200][term])
      #expect(found.allSatisfy { distance($0, 0, 1) >= 0.1 && distance($0, 1, 1) >= 0.1 })
      // They come as near as they may.
      #expect(found.contains { distance($0, 0, 1) < 0.15 })
    }
    // A place that is a point was named on purpose.
    #expect(points(problem, 3) == [[0, 1]])
    let heldout = problem.setup.heldout.pointSets[0]
    #expect(zip(heldout.sites[0][0], heldout.sites[0][1]).allSatisfy { distance([$0, $1], 0, 1) >= 0.1 })
  }

  @Test func `equations and conditions may have exclusions of their own`() throws {
    let text = cavity(
      "interior = { points = 2000, exclude = [] }, exclude = \"x < 0.25\"", condition: ", exclude = \"x > 0.5\"")
    let problem = try assembled(text.replacing("interior = 2000, ", with: ""))
    #expect(points(problem, 0).contains { $0[0] < 0.25 })
    #expect(points(problem, 1).allSatisfy { $0[0] <= 0.5 } && points(problem, 1).contains { $0[0] < 0.25 })
    let walls = points(problem, 2)
    // Nothing is left of x = 0: two places remain.
    #expect(walls.count == 800 && walls.allSatisfy { $0[0] >= 0.25 })
  }

  @Test func `inequalities may have time in them, shapes hold at all times`() throws {
    let variables = "x = [0, 1], y = [0, 1], t = [0, 1]"
    let problem = try assembled(
      cavity("exclude = [\"x < 0.5 and t < 0.5\", \"disk([1, 0], 0.3)\"]", variables: variables))
    let found = points(problem, 0)
    #expect(found.allSatisfy { !($0[0] < 0.5 && $0[2] < 0.5) && distance($0, 1, 0) >= 0.3 })
    #expect(found.contains { $0[0] < 0.5 } && found.contains { $0[2] < 0.5 })
  }

  @Test func `points on the boundary of a region are excluded, too`() throws {
    let text = """
      region = "disk([0, 0], 1)"
      variables = { x = {}, y = {} }
      fields = { u = {} }
      equation = { expr = "laplacian(u) = 0" }
      condition = { at = "boundary", expr = "u = x" }
      network = { hidden = [4] }
      sampling = { interior = 500, boundary = 200, exclude = "x > 0" }
      """
    let problem = try assembled(text)
    #expect(points(problem, 0).allSatisfy { $0[0] <= 0 } && points(problem, 1).allSatisfy { $0[0] <= 0 })
    #expect(points(problem, 0).count == 500 && points(problem, 1).count == 200)
  }

  @Test(arguments: [
    ("exclude = \"x > -1\"", "'exclude' leaves no point of the domain to the equations"),
    ("boundary = { points = 9, exclude = \"y > 0.9\" }", "'exclude' leaves no point to condition 'lid'"),
    ("exclude = \"corner\"", "'corner' is no part of the domain that could be excluded"),
    ("exclude = \"disk([0], 1)\"", "'center' must have a number for each of x, y, found 1"),
    ("exclude = \"z < 1\"", "unknown name 'z'"),
  ])
  func `what cannot be excluded is told`(sampling: String, message: String) {
    let text = cavity(sampling)
    let once = sampling.hasPrefix("boundary") ? text.replacing("boundary = 400, ", with: "") : text
    #expect(refusal(once)?.diagnostics.first?.message == message)
  }
}

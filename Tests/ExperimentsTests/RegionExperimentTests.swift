import Configurations
import Diagnostics
import Experiments
import Problems
import TestSupport
import Testing
import Training

/// Poisson's equation on a region, with more keys behind.
private func problem(_ shape: String, variables: String = "x = {}, y = {}", _ rest: String = "") -> String {
  """
  region = "\(shape)"
  variables = { \(variables) }
  fields = { u = {} }
  equation = { expr = "laplacian(u) = -1" }
  sampling = { interior = 200, boundary = 60, heldout = 64 }
  network = { hidden = [12, 12] }
  optimizer = { method = "l-bfgs", iterations = 2000, stop = { loss = 1e-8 } }
  output = { grid = { x = 21, y = 21 } }
  \(rest)
  """
}

@Suite struct RegionExperimentTests {
  private let folder = TemporaryFolder()

  private func message(_ text: String) -> String? { refusal(text)?.diagnostics.first?.message }

  /// The relative L2 error after training.
  private func error(_ text: String) throws -> Double {
    let report = try train(try experiment(text), options: RunOptions(folder: folder["run"], threads: 1))
    return try #require(report.metrics.first { $0.name == "rel_l2_u" }).value
  }

  /// 2000 steps of L-BFGS on 260 points with 205 parameters reach about 5e-4.
  @Test func `Poisson's equation on a disk`() throws {
    let text = problem(
      "disk([0, 0], 1)", variables: "x = {}, y = {}",
      """
      reference = { expr = "u = (1 - x^2 - y^2)/4" }
      condition = { at = "boundary", expr = "u = 0" }
      """)
    #expect(try error(text) < 3e-3)
    let rows = (fileText(folder["run/fields.csv"]) ?? "").split(separator: "\n").count - 1
    // Of 21 × 21 points those with x² + y² ≤ 1: the lattice points of a circle of radius 10.
    #expect(rows == 317)
  }

  /// u = −r²/4 + c log r + const has the slope −r/2 + c/r.
  @Test func `a Neumann problem on a ring`() throws {
    let text = problem(
      "ring([0, 0], 0.5, 1)", variables: "x = {}, y = {}",
      """
      reference = { expr = "u = -(x^2 + y^2)/4 + 0.5*log(sqrt(x^2 + y^2))" }
      condition = [
        { at = "outer", expr = "d(u, n) = 0" }, { at = "hole1", expr = "d(u, n) = -0.75" },
        { at = "x = 1, y = 0", expr = "u = -0.25" },
      ]
      """)
    // Derivatives on all of the boundary and one value: measured 6e-3.
    #expect(try error(text) < 2e-2)
  }

  @Test func `normals are columns and follow the points when they are drawn again`() throws {
    let text = problem(
      "disk([0, 0], 2)", variables: "x = {}, y = {}, t = [0, 1]",
      "condition = { at = \"boundary\", expr = \"d(u, n) = 0\" }")
    let found = try assembled(text.replacing("sampling = { interior = 200", with: "sampling = { interior = 50"))
    let set = found.setup.loss.pointSets[1]
    #expect(set.columns.count == 2)
    for k in set.columns[0].indices {
      #expect(abs(2 * set.columns[0][k] - set.sites[0][0][k]) < 1e-12)
      #expect(abs(2 * set.columns[1][k] - set.sites[0][1][k]) < 1e-12)
    }
    let again = try #require(set.source).points(dimensions: 3, draw: 1)
    #expect(again.columns != set.columns)
    #expect(again.columns[0].count == set.columns[0].count)
  }

  @Test func `ranges are those of the region, and a resolved file says the same`() throws {
    let first = try experiment(
      problem(
        "translate(ellipse([0, 0], [2, 1]), [1, 0])", variables: "x = {}, y = {}",
        "condition = { at = \"outer\", expr = \"u = 0\" }"))
    #expect(first.variables.map(\.range) == [-1...3, -1...1])
    let second = try experiment(tomlText(of: first.resolved))
    #expect(second.variables.map(\.range) == [-1...3, -1...1])
    let points = try assembled(tomlText(of: first.resolved)).setup.loss.pointSets.map(\.sites)
    #expect(try AssembledProblem(first).setup.loss.pointSets.map(\.sites) == points)
  }

  @Test func `places that a region does not have are told`() {
    func at(_ place: String, _ more: String = "") -> String? {
      message(
        problem(
          "ring([0, 0], 0.5, 1)", variables: "x = {}, y = {}",
          "condition = { at = \"\(place)\", expr = \"u = 0\"\(more) }"))
    }
    #expect(at("hole2") == "no part of the region's boundary is called 'hole2'")
    #expect(at("boundary(x)") == "the boundary of a region is not one of single variables")
    #expect(at("x: periodic") == "'x: periodic' needs a domain that is a box in space")
    #expect(at("x = 0, y = 0") == "no point of the region was found at 'x = 0, y = 0'")
    #expect(at("outer", ", enforce = \"hard\"") == nil)
    #expect(at("hole1") == nil)
    #expect(at("x = 0") == nil)
  }

  @Test func `variables without a range need a region`() {
    #expect(
      message(problem("disk([0, 0], 1)", variables: "x = {}, y = {}, t = {}"))
        == "missing key 'range' in an entry of [variables]: lower and upper end of the domain")
    #expect(message(problem("x + y < 0")) == "the region has no end")
    #expect(message(problem("x + y < 0", variables: "x = [-1, 1], y = [-1, 1]")) == nil)
    #expect(message(problem("disk([0, 0], 0)")) == "the radius must be above 0, found 0.0")
  }

  @Test func `data outside of the region are refused`() throws {
    let text = problem(
      "disk([0, 0], 1)", variables: "x = {}, y = {}",
      "data = { inline = \"x,y,u\\n0.6,0.6,1\\n0.600001,0.8,1\\n0.8,0.8,1\\n\" }")
    #expect(message(text) == "x = 0.8, y = 0.8 lies outside the region")
  }
}

import Diagnostics
import Experiments
import Problems
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

/// A problem in x, y and t with one soft condition.
private func problem(at place: String, expr: String = "u = 1", points: Int = 6) -> String {
  """
  variables = { x = [-1, 1], y = [0, 2], t = [0, 1] }
  fields = { u = {} }
  constants = { L = 2 }
  equation = { expr = "u_t = laplacian(u)" }
  sampling = { interior = 8 }
  network = { hidden = [3] }
  [[condition]]
  name = "c"
  at = \(place)
  expr = "\(expr)"
  points = \(points)
  """
}

@Suite struct ConditionPlaceTests {
  private func sets(at place: String, expr: String = "u = 1", points: Int = 6) throws -> [PointSet] {
    Array(try assembled(problem(at: place, expr: expr, points: points)).setup.loss.pointSets.dropFirst())
  }

  /// The variables at which all points have one value, with that value.
  private func fixed(_ set: PointSet) -> [Int: Double] {
    var fixed: [Int: Double] = [:]
    for (variable, row) in set.sites[0].enumerated() where Set(row).count == 1 { fixed[variable] = row[0] }
    return fixed
  }

  @Test func `one variable fixed is a face or a cut`() throws {
    #expect(try sets(at: "\"x = -1\"").map(fixed) == [[0: -1]])
    #expect(try sets(at: "\" y=L \"").map(fixed) == [[1: 2]])
    #expect(try sets(at: "\"y = L/4\"").map(fixed) == [[1: 0.5]])
    #expect(try sets(at: "\"t = 0\"").map(fixed) == [[2: 0]])
    // A value that misses the bound by rounding is the bound.
    #expect(try sets(at: "\"x = 0.1 + 0.2 + 0.7000000000000001\"").map(fixed) == [[0: 1]])
  }

  @Test func `several variables fixed are an edge or a corner`() throws {
    #expect(try sets(at: "\"x = -1, y = 2\"").map(fixed) == [[0: -1, 1: 2]])
    let corner = try sets(at: "\"x = -1, y = 2, t = 0.5\"")
    #expect(corner.map(\.count) == [1])
    #expect(corner[0].sites[0] == [[-1], [2], [0.5]])
  }

  @Test func `several places are point sets of one term`() throws {
    let found = try assembled(problem(at: "[\"x = -1\", \"x = 1\", \"t = 0\"]"))
    #expect(found.setup.loss.pointSets.dropFirst().map(fixed) == [[0: -1], [0: 1], [2: 0]])
    #expect(found.setup.loss.terms.map(\.name) == ["equation", "c"])
    #expect(found.setup.loss.residualCounts == [8, 18])
    // Each place draws points of its own.
    let (first, second) = (found.setup.loss.pointSets[1], found.setup.loss.pointSets[2])
    #expect(first.sites[0][1] != second.sites[0][1])
  }

  @Test func `the boundary leaves time out, or has the variables that are named`() throws {
    #expect(try sets(at: "\"boundary\"").map(fixed) == [[0: -1], [0: 1], [1: 0], [1: 2]])
    #expect(try sets(at: "\"boundary(y)\"").map(fixed) == [[1: 0], [1: 2]])
    #expect(try sets(at: "\" boundary ( t , x ) \"").map(fixed) == [[2: 0], [2: 1], [0: -1], [0: 1]])
    #expect(try sets(at: "\"boundary(x, x)\"").map(fixed) == [[0: -1], [0: 1]])
  }

  @Test func `a periodic place pairs points of both ends`() throws {
    let set = try sets(at: "\"y: periodic\"", expr: "u")[0]
    #expect(set.sites.count == 2 && set.count == 6)
    #expect(set.sites[0][1].allSatisfy { $0 == 0 } && set.sites[1][1].allSatisfy { $0 == 2 })
    #expect(set.sites[0][0] == set.sites[1][0] && set.sites[0][2] == set.sites[1][2])
  }

  @Test func `the outward normal points out of every face`() throws {
    // d(u, n) − u_n by hand is zero whatever the network.
    for (place, slope) in [("x = -1", "-u_x"), ("x = 1", "u_x"), ("y = 0", "-u_y"), ("y = 2", "u_y")] {
      let found = try assembled(
        problem(at: "\"\(place)\"", expr: "d(u, n) - (\(slope)) + 3*u - 3*u = 0*u + u*0 + u - u_x"))
      let theta = found.perturbedParameters()
      let other = try assembled(problem(at: "\"\(place)\"", expr: "0 = u - u_x"))
      let (a, b) = (found.objective().residuals(theta), other.objective().residuals(theta))
      for (first, second) in zip(a, b) { #expect(abs(first - second) < 1e-12) }
    }
  }

  private static let mistakes: [(place: String, column: Int, message: String)] = [
    ("z = 0", 0, "'z' is not a variable"),
    ("x = 3", 4, "x = 3.0 lies outside the domain [-1.0, 1.0]"),
    ("x = 0, z = 1", 7, "'z' is not a variable"),
    ("x = 0, x = 1", 7, "'x' has two values in one place"),
    ("x", 0, "'x' is not a place"),
    ("x == 0", 0, "'x == 0' is not a place"),
    ("x = K", 4, "unknown name 'K'"),
    ("x: odd", 0, "'odd' is not a kind of place"),
    ("  z: periodic", 2, "'z' is not a variable"),
    ("boundary(x, zz)", 12, "'zz' is not a variable"),
    ("boundary(x", 0, "missing ')' in 'boundary(x'"),
    ("boundary()", 9, "'' is not a variable"),
    ("x < 0.5", 0, "an inequality is part of a place, and no place of its own"),
    ("x = 1, y > 2.5", 0, "no point was found at 'x = 1, y > 2.5'"),
    ("x = 1, q < 2", 7, "unknown name 'q'"),
    ("boundary, x = 0", 10, "'x = 0' is not a place"),
    ("x: periodic, y < 1", 0, "a periodic place has no inequalities"),
    ("disk([0, 1], -1)", 0, "the radius must be above 0, found -1.0"),
    ("disk([9, 1], 0.5)", 0, "no point was found at 'disk([9, 1], 0.5)'"),
    ("t + 4 = x", 0, "no point was found at 't + 4 = x'"),
    ("x^2 + y^2 = 99", 0, "no point was found at 'x^2 + y^2 = 99'"),
    ("x^2 + y^2 = q", 12, "unknown name 'q'"),
    ("x = t + 4", 0, "no point was found at 'x = t + 4'"),
    ("t = t^2 + 1", 0, "'t = t^2 + 1' has no variable of space"),
    ("x^2 = y = 1", 0, "'x^2 = y = 1' is not a place"),
  ]

  @Test(arguments: mistakes.indices)
  func `a place that is wrong is told at its character`(_ number: Int) {
    let mistake = ConditionPlaceTests.mistakes[number]
    let failure = refusal(problem(at: "\"\(mistake.place)\""))
    #expect(failure?.kind == .configuration)
    #expect(failure?.diagnostics.map(\.message) == [mistake.message])
    let location = failure?.diagnostics.first?.location
    #expect(location?.line == 9 && location?.column == "at = \"".count + 1 + mistake.column, "\(mistake)")
  }

  @Test func `a domain of time alone has no boundary`() {
    let text = """
      variables = { t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u" }
      condition = { at = "boundary", expr = "u = 1" }
      """
    #expect(refusal(text)?.diagnostics.map(\.message) == ["time is the only variable, and 'boundary' leaves time out"])
  }

  @Test func `the normal of a cut points to where the variable grows`() throws {
    let theta = try assembled(problem(at: "\"x = 0\"", expr: "d(u, n) = 2")).perturbedParameters()
    let cut = try assembled(problem(at: "\"x = 0\"", expr: "d(u, n) = 2")).objective().residuals(theta)
    #expect(cut == (try assembled(problem(at: "\"x = 0\"", expr: "u_x = 2")).objective().residuals(theta)))
  }

  /// All points of a place, one array a point.
  private func points(at place: String, points: Int = 200) throws -> [[Double]] {
    try sets(at: place, expr: "u = 1", points: points).flatMap { set in
      (0..<set.count).map { point in set.sites[0].map { $0[point] } }
    }
  }

  @Test func `inequalities cut a place`() throws {
    for (place, holds) in [
      ("x = -1, y < 0.5", { $0[0] == -1 && $0[1] < 0.5 }),
      ("y <= L/4, x = -1, t > 0.5", { $0[0] == -1 && $0[1] <= 0.5 && $0[2] > 0.5 }),
      ("x = 1, min(y, t) > 0.25", { $0[0] == 1 && min($0[1], $0[2]) > 0.25 }),
      ("t = 0, x^2 + (y - 1)^2 < 0.25", { $0[2] == 0 && $0[0] * $0[0] + ($0[1] - 1) * ($0[1] - 1) < 0.25 }),
    ] as [(String, ([Double]) -> Bool)] {
      let found = try points(at: "\"\(place)\"")
      #expect(found.count == 200 && found.allSatisfy(holds), "\(place)")
      // Spread over all of the part: no half of it is empty.
      let middle = found.map { $0[2] + $0[1] }.reduce(0, +) / 200
      #expect(found.contains { $0[1] + $0[2] < middle - 0.05 } && found.contains { $0[1] + $0[2] > middle + 0.05 })
    }
    // Faces without points drop out: of four faces two and two halves are left.
    let left = try sets(at: "\"boundary, x > 0\"").map(fixed)
    #expect(left == [[0: 1], [1: 0], [1: 2]])
    #expect(try points(at: "\"x = -1, y = 2, t = 0.5, x + y > 0\"") == [[-1, 2, 0.5]])
  }

  @Test func `a part of a face keeps its normal`() throws {
    let theta = try assembled(problem(at: "\"x = -1, y < 1\"", expr: "d(u, n) = 2")).perturbedParameters()
    let part = try assembled(problem(at: "\"x = -1, y < 1\"", expr: "d(u, n) = 2")).objective().residuals(theta)
    #expect(part == (try assembled(problem(at: "\"x = -1, y < 1\"", expr: "-u_x = 2")).objective().residuals(theta)))
  }

  @Test func `curves and shapes inside of the domain are places with normals`() throws {
    let circle: ([Double]) -> Double = { abs(($0[0] * $0[0] + ($0[1] - 1) * ($0[1] - 1)).squareRoot() - 0.5) }
    for place in ["disk([0, 1], 0.5)", "x^2 + (y - 1)^2 = 0.25", "disk(center = [0, 1], radius = 0.5), y > 1"] {
      let found = try points(at: "\"\(place)\"")
      #expect(found.count == 200 && found.allSatisfy { circle($0) < 1e-12 }, "\(place)")
      #expect(place.hasSuffix("y > 1") == found.allSatisfy { $0[1] > 1 })
      #expect(Set(found.map { $0[2] }).count > 100)
      // With the radius 1/2 the normal is twice the distance from the centre.
      let set = try sets(at: "\"\(place)\"", expr: "d(u, n) = 1", points: 20)[0]
      for point in 0..<20 {
        #expect(abs(set.columns[0][point] - 2 * set.sites[0][0][point]) < 1e-9)
        #expect(abs(set.columns[1][point] - 2 * (set.sites[0][1][point] - 1)) < 1e-9)
      }
    }
    // What lies outside of the domain is left out, and the sides of the domain are no part of it.
    let cut = try points(at: "\"disk([1, 0], 0.5)\"")
    #expect(
      cut.allSatisfy { abs(($0[0] - 1) * ($0[0] - 1) + $0[1] * $0[1] - 0.25) < 1e-12 && $0[0] <= 1 && $0[1] >= 0 })
    let line = try points(at: "\"y = x + 1\"")
    #expect(line.allSatisfy { abs($0[1] - $0[0] - 1) < 1e-12 })
    // The sides of an equation say where the normal points: to where the left one is larger.
    let set = try sets(at: "\"y = x + 1\"", expr: "d(u, n) = 1")[0]
    #expect(set.columns[0].allSatisfy { abs($0 + 0.5.squareRoot()) < 1e-9 })
    #expect(set.columns[1].allSatisfy { abs($0 - 0.5.squareRoot()) < 1e-9 })
  }

  @Test func `a place may move with time`() throws {
    for (place, rest) in [
      ("x = 0.5*t - 0.2", { $0[0] - 0.5 * $0[2] + 0.2 }),
      ("0.5*t - 0.2 = x", { $0[0] - 0.5 * $0[2] + 0.2 }),
      ("x - 0.3*sin(3*t)*y = 0.1", { $0[0] - 0.3 * sin(3 * $0[2]) * $0[1] - 0.1 }),
      ("(x - t/2)^2 + (y - 1)^2 = 0.25", { pow($0[0] - $0[2] / 2, 2) + pow($0[1] - 1, 2) - 0.25 }),
    ] as [(String, ([Double]) -> Double)] {
      let found = try points(at: "\"\(place)\"")
      #expect(found.count == 200 && found.allSatisfy { abs(rest($0)) < 1e-12 }, "\(place)")
      #expect(found.allSatisfy { (-1...1).contains($0[0]) && (0...2).contains($0[1]) && (0...1).contains($0[2]) })
      // All times take part.
      for part in 0..<4 { #expect(found.contains { $0[2] > Double(part) / 4 && $0[2] < Double(part + 1) / 4 }) }
    }
    let part = try points(at: "\"x = 0.5*t - 0.2, y < 1, t > 0.5\"")
    #expect(part.allSatisfy { abs($0[0] - 0.5 * $0[2] + 0.2) < 1e-12 && $0[1] < 1 && $0[2] > 0.5 })
  }

  @Test func `the normal of a place that moves is one in space`() throws {
    // Of a front it is the direction of x; the left side is larger on the one side or on the other.
    for (place, sign) in [("x = 0.5*t - 0.2", 1.0), ("0.5*t - 0.2 = x", -1.0)] {
      let set = try sets(at: "\"\(place)\"", expr: "d(u, n) = 1")[0]
      #expect(set.columns.count == 2)
      #expect(set.columns[0].allSatisfy { abs($0 - sign) < 1e-12 } && set.columns[1].allSatisfy { abs($0) < 1e-12 })
    }
    // Of a circle that moves it points from its centre of the time.
    let set = try sets(at: "\"(x - t/2)^2 + (y - 1)^2 = 0.25\"", expr: "d(u, n) = 1", points: 30)[0]
    for point in 0..<30 {
      let (x, y, t) = (set.sites[0][0][point], set.sites[0][1][point], set.sites[0][2][point])
      #expect(abs(set.columns[0][point] - 2 * (x - t / 2)) < 1e-9 && abs(set.columns[1][point] - 2 * (y - 1)) < 1e-9)
    }
    // u = x² − y t + N has ∂u/∂n = 2 (x − t/2)·2x − 2 (y − 1) t, with all weights zero.
    let text = problem(at: "\"(x - t/2)^2 + (y - 1)^2 = 0.25\"", expr: "d(u, n) = 4*(x - t/2)*x - 2*(y - 1)*t")
    let found = try assembled(text.replacing("u = {}", with: "u = \"x^2 - y*t + N\""))
    let theta = [Double](repeating: 0, count: found.setup.layout.count)
    for residual in found.objective().residuals(theta).suffix(6) { #expect(abs(residual) < 1e-9) }
  }

  @Test func `rows of a file may lie on a place that moves`() throws {
    let folder = TemporaryFolder()
    folder.write("x,y,t,g\n-0.2,1,0,1\n0.3,0.5,1,2\n", to: "front.csv")
    let text = problem(at: "\"x = 0.5*t - 0.2\"", expr: "d(u, n) = g")
      .replacing("points = 6", with: "file = \"front.csv\"")
    let found = try assembled(text, baseDirectory: folder.path)
    #expect(found.setup.loss.residualCounts[1] == 2)
    folder.write("x,y,t,g\n-0.2,1,0,1\n0.3,0.5,0.5,2\n", to: "front.csv")
    #expect(refusal(text, baseDirectory: folder.path) != nil)
  }

  @Test func `what cannot be at a place that moves is refused`() {
    let hard = problem(at: "\"x = 0.5*t\"") + "\nenforce = \"hard\""
    #expect(
      refusal(hard.replacing("points = 6", with: ""))?.diagnostics.map(\.message) == [
        "'x = 0.5*t' moves, and a condition there cannot be built in"
      ])
  }

  @Test func `a normal is known on faces in space only`() {
    for place in ["t = 0", "x = 1, y = 0"] {
      #expect(
        refusal(problem(at: "\"\(place)\"", expr: "d(u, n) = 0"))?.diagnostics.map(\.message) == [
          "no outward normal here"
        ])
    }
  }

  @Test func `a condition without a field has nothing to train`() {
    #expect(
      refusal(problem(at: "\"x = 1\"", expr: "x = 1"))?.diagnostics.first?.message.hasPrefix("no field is left") == true
    )
  }

  @Test func `only periodic conditions may leave expressions out`() {
    let text = problem(at: "\"x = 1\"").replacing("expr = \"u = 1\"\npoints", with: "points")
    #expect(refusal(text)?.diagnostics.map(\.message) == ["condition 'c' has no 'expr'"])
  }
}

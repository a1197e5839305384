import Configurations
import Diagnostics
import Experiments
import Expressions
import Kernels
import Problems
import TestSupport
import Testing
import Training

/// A CSV file with a row for each combination of the values, the first variable fastest.
private func csv(_ axes: [(name: String, ticks: [Double])], _ value: ([Double]) -> Double) -> String {
  var rows: [[Double]] = [[]]
  for axis in axes.reversed() { rows = rows.flatMap { row in axis.ticks.map { [$0] + row } } }
  let lines = rows.map { row in (row + [value(row)]).map { "\($0)" }.joined(separator: ",") }
  return "\(axes.map(\.name).joined(separator: ",")),value,label\n" + lines.map { "\($0),some\n" }.joined()
}

private let xTicks = [-1.0, -0.9, 0.25, 2.0]
private let yTicks = [0.0, 0.1, 0.7, 1.0, 3.0]
private let zTicks = [5.0, 5.5, 6.0]
private let variables = "variables = { x = [-1, 2], y = [0, 3], z = [5, 6], t = [0, 1] }"

/// With all weights zero the network is zero, and the residual of u + k is k.
private func look(
  _ file: String, _ rest: String = "equation = { expr = \"u + k\" }", variables: String = variables
) throws -> (sites: [[[Double]]], residuals: [Double], problem: AssembledProblem) {
  let folder = TemporaryFolder()
  folder.write(file, to: "k.csv")
  let text = """
    \(variables)
    fields = { u = {} }
    coefficients = { file = "k.csv", as = { k = "value" } }
    sampling = { interior = 300 }
    network = { hidden = [2] }
    \(rest)
    """
  let problem = try assembled(text, baseDirectory: folder.path)
  let residuals = problem.objective().residuals([Double](repeating: 0, count: problem.setup.layout.count))
  return (problem.setup.loss.pointSets[0].sites, residuals, problem)
}

/// Rounding of a sum of eight products of numbers of size 100.
private let rounding = 1e-12

@Suite struct CoefficientTests {
  private struct Function: CustomTestStringConvertible, Sendable {
    var axes: [(name: String, ticks: [Double])]
    var value: @Sendable ([Double]) -> Double
    var numbers: [Int]

    var testDescription: String { axes.map(\.name).joined() }
  }

  @Test(arguments: [
    Function(axes: [("x", xTicks)], value: { 2 - 3 * $0[0] }, numbers: [0]),
    Function(axes: [("y", yTicks), ("x", xTicks)], value: { (1 + $0[0]) * (2 - 3 * $0[1]) }, numbers: [1, 0]),
    Function(
      axes: [("x", xTicks), ("y", yTicks), ("z", zTicks)],
      value: { (1 + $0[0]) * (2 - 3 * $0[1]) * (0.5 + $0[2]) + $0[1] }, numbers: [0, 1, 2]),
  ])
  private func `a function linear in each variable is met everywhere`(_ function: Function) throws {
    let (sites, residuals, _) = try look(csv(function.axes, function.value))
    try #require(residuals.count == 300)
    for (point, residual) in residuals.enumerated() {
      let expected = function.value(function.numbers.map { sites[0][$0][point] })
      #expect(abs(residual - expected) <= rounding * max(1, abs(expected)), "\(residual), not \(expected)")
    }
  }

  @Test func `between two points of a curve lies its chord`() throws {
    let (sites, residuals, _) = try look(csv([("x", xTicks)]) { $0[0] * $0[0] })
    for (x, residual) in zip(sites[0][0], residuals) {
      let upper = try #require(xTicks.firstIndex { $0 > x })
      let (a, b) = (xTicks[upper - 1], xTicks[upper])
      // The chord of x² through a and b is (a + b) x − a b.
      #expect(abs(residual - ((a + b) * x - a * b)) <= rounding)
    }
  }

  @Test func `rows may come in any order, and half a cell may be missing at the border`() throws {
    let middles = (0..<10).map { -1 + 0.3 * (Double($0) + 0.5) }
    let text = csv([("x", middles)]) { $0[0] }
    let lines = text.split(separator: "\n")
    let shuffled = RandomStream(seed: 1, purpose: "rows").permutation(10).map { lines[$0 + 1] }
    let file = "\(lines[0])\n" + shuffled.map { "\($0)\n" }.joined()
    let (sites, residuals, _) = try look(file)
    for (x, residual) in zip(sites[0][0], residuals) {
      #expect(abs(residual - min(max(x, middles[0]), middles[9])) <= rounding)
    }
  }

  @Test func `other points have other values`() throws {
    let (_, _, problem) = try look(csv([("x", xTicks)]) { 2 - $0[0] })
    var set = problem.setup.loss.pointSets[0]
    let source = try #require(set.source)
    let points = source.points(dimensions: 4, draw: 3)
    #expect(points.sites[0] != set.sites[0])
    set.load(sites: points.sites, columns: points.columns)
    #expect(set.coefficients.count == 1)
    for (x, value) in zip(points.sites[0][0], set.coefficients[0]) { #expect(abs(value - (2 - x)) <= rounding) }
    let some = set.selecting([5, 2])
    #expect(some.coefficients[0] == [set.coefficients[0][5], set.coefficients[0][2]])
  }

  @Test func `conditions, energies, data and other places know them`() throws {
    let file = csv([("x", xTicks), ("y", yTicks)]) { $0[0] + 10 * $0[1] }
    func values(_ rest: String) throws -> [Double] {
      try look(file, rest, variables: "variables = { x = [-1, 2], y = [0, 3] }").residuals
    }
    #expect(try values("condition = { at = \"x = 2, y = 1\", expr = \"u = k\" }") == [-12])
    #expect(try values("condition = { at = \"x = 1, y = 1\", expr = \"u = at(k, x = y + 1, y = 3*x)\" }") == [-32])
    #expect(
      try values("condition = { at = \"y: periodic\", expr = \"k + u\", points = 4 }").allSatisfy {
        abs($0 + 30) < 1e-12
      })
    // ∫∫ x + 10 y over [−1, 2] × [0, 3]; the kinks of the interpolant vanish, since it is linear.
    let integral = try values("condition = { expr = \"integral(u + k)\" }")
    #expect(integral.count == 1 && abs(integral[0] - (4.5 + 135)) < 1e-10)
    let energy = try values("energy = { expr = \"k + u\" }")
    #expect(abs(energy.reduce(0, +) - (4.5 + 135)) < 1e-10)
    #expect(try values("data = { inline = \"x,y,m\\n2,3,5\\n-1,1,3\\n\", expr = \"k*m = u\" }") == [160, 27])
  }

  @Test func `it is constant along variables that its file does not have`() throws {
    let file = csv([("x", xTicks)]) { 3 + $0[0] }
    let (sites, residuals, _) = try look(file, "equation = { expr = \"d(k*(u + t), t) + d(at(k*y, x = t), y)\" }")
    for (point, residual) in residuals.enumerated() {
      let (x, t) = (sites[0][0][point], sites[0][3][point])
      #expect(abs(residual - (3 + x + 3 + t)) <= rounding)
    }
  }

  private struct Mistake: CustomTestStringConvertible, Sendable {
    var coefficients: String
    var rest = "equation = { expr = \"u_x = k\" }"
    var message: String
    var line = 3

    var testDescription: String { message }
  }

  private static let grid = "inline = \"x,y,k\\n0,0,1\\n1,0,3\\n0,1,2\\n1,1,2\\n\""

  @Test(arguments: [
    Mistake(
      coefficients: "inline = \"x,y,k\\n0,0,1\\n1,0,3\\n0,1,2\\n\", as = { k = \"k\" }",
      message: "the 3 rows of the inline data form no grid: there are 2 values of x, 2 values of y"),
    Mistake(
      coefficients: "inline = \"x,y,k\\n0,0,1\\n1,0,3\\n0,1,2\\n0,1,2\\n\", as = { k = \"k\" }",
      message: "the 4 rows of the inline data form no grid: there are 2 values of x, 2 values of y"),
    Mistake(
      coefficients: "\(grid), as = { k = \"q\" }",
      message: "the inline data has no column 'q'; columns are x, y, k"),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }, columns = { x = \"px\" }",
      message: "the inline data has no column 'px'; columns are x, y, k"),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }, columns = { q = \"x\" }",
      message: "'q' in 'columns' is not a variable"),
    Mistake(
      coefficients: "inline = \"a,k\\n0,1\\n1,3\\n\", as = { k = \"k\" }",
      message: "no column of the inline data is a variable; columns are a, k"),
    Mistake(
      coefficients: "inline = \"x,k\\n0.0,1\\n0.6,3\\n\", as = { k = \"k\" }",
      message: "the values of the inline data reach from x = 0.0 to 0.6: they do not cover the domain [0.0, 1.0]"),
    Mistake(
      coefficients: "inline = \"x,k\\n0.5,1\\n\", as = { k = \"k\" }",
      message: "the values of the inline data reach from x = 0.5 to 0.5: they do not cover the domain [0.0, 1.0]"),
    Mistake(coefficients: "\(grid), as = { u = \"k\" }", message: "'u' is already a name in [fields]"),
    Mistake(coefficients: "as = { k = \"k\" }", message: "[[coefficients]] needs either 'file' or 'inline'"),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }", rest: "equation = { expr = \"u_x = d(k, y)\" }",
      message: "cannot differentiate the column 'k'", line: 4),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }",
      rest: "equation = { expr = \"u_x = d(at(k, x = x*y, y = 0), y)\" }",
      message: "cannot differentiate the column 'k'", line: 4),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }",
      rest: "condition = { at = \"x = 0\", expr = \"u = k\", enforce = \"hard\" }\nequation = { expr = \"u\" }",
      message: "coefficient 'k' cannot be built into a field", line: 4),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }",
      rest: "network = { features = [\"k*x\"] }\nequation = { expr = \"u\" }",
      message: "coefficient 'k' cannot be an input of a network", line: 4),
    Mistake(
      coefficients: "\(grid), as = { k = \"k\" }",
      rest: "reference = { expr = \"u = k\" }\nequation = { expr = \"u\" }",
      message: "an exact solution may use variables and constants only", line: 4),
  ])
  private func `mistakes are told where they are`(_ mistake: Mistake) throws {
    let text = """
      variables = { x = [0, 1], y = [0, 1] }
      fields = { u = {} }
      coefficients = { \(mistake.coefficients) }
      \(mistake.rest)
      """
    let failure = try #require(refusal(text))
    let found = try #require(failure.diagnostics.first)
    #expect(found.message == mistake.message)
    #expect(found.location?.line == mistake.line)
  }

  @Test func `expressions for predictions name them, and their files are read only then`() throws {
    let folder = TemporaryFolder()
    folder.write("x,k\n0,1\n0.5,2\n1,5\n", to: "k.csv")
    let text = """
      variables = { x = [0, 1] }
      fields = { u = "3 + N" }
      define = { twice = "2*k" }
      coefficients = { file = "k.csv", as = { k = "k" } }
      equation = { expr = "u = twice" }
      network = { hidden = [2] }
      """
    // As of a run read back: without what assembling the terms read.
    let solution = try SolutionModel(experiment(text, baseDirectory: folder.path))
    let evaluator = FieldEvaluator(
      solution: solution, parameters: [Double](repeating: 0, count: solution.layout.count),
      pool: WorkerPool(threadCount: 1, instructionSet: .best))
    let points = [[0, 0.25, 0.75, 1]]
    func values(_ text: String) throws -> [Double] { try evaluator.values(of: [LocatedText(text)], at: points)[0] }
    #expect(try values("k") == [1, 1.5, 3.5, 5])
    #expect(try values("u*twice") == [6, 9, 21, 30])
    folder.write("x\n0\n", to: "k.csv")
    #expect(try values("u_x + u") == [3, 3, 3, 3])
    let failure = #expect(throws: InputFailure.self) { try values("k") }
    #expect(failure?.diagnostics.first?.message.hasSuffix("has no column 'k'; columns are x") == true)
  }

  @Test func `a field cannot be made of one`() throws {
    let text = """
      variables = { x = [0, 1] }
      fields = { u = "k*N" }
      define = { both = "2*k" }
      coefficients = { inline = "x,k\\n0,1\\n1,2\\n", as = { k = "k" } }
      equation = { expr = "u_x = both" }
      """
    let failure = try #require(refusal(text))
    #expect(failure.diagnostics.first?.message == "coefficient 'k' cannot be part of a field")
    #expect(failure.diagnostics.first?.location?.line == 2)
    #expect(refusal(text.replacing("k*N", with: "both + N"))?.diagnostics.first?.location?.line == 2)
    #expect(refusal(text.replacing("k*N", with: "N")) == nil)
  }
}

import Autodiff
import Experiments
import Expressions
import Problems
import TestSupport
import Testing
import Training

/// A problem and the Laplacians that its point sets carry, in their order.
private struct LaplacianCase: CustomTestStringConvertible, Sendable {
  var name: String
  var text: String
  var carried: [[[Int]]]

  var testDescription: String { name }
}

private let laplacianCases = [
  LaplacianCase(
    name: "Poisson in five variables",
    text: """
      variables = { a = [0, 1], b = [0, 1], c = [0, 1], d = [0, 1], e = [0, 1] }
      fields = { u = {} }
      equation = { expr = "laplacian(u) = a*b - u" }
      condition = { at = "boundary", expr = "u = 0", points = 2 }
      sampling = { interior = 21 }
      network = { hidden = [6, 5] }
      """,
    carried: [[[0, 1, 2, 3, 4]]] + [[[Int]]](repeating: [], count: 10)),
  LaplacianCase(
    name: "heat in two dimensions with hard conditions",
    text: """
      variables = { x = [-1, 1], y = [0, 2], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = 0.3*laplacian(u) + x*u" }
      condition = [
        { at = "t = 0", expr = "u = sin(pi*x)*y*(2 - y)", enforce = "hard" },
        { at = ["x = -1", "x = 1", "y = 0", "y = 2"], expr = "u = 0", enforce = "hard" },
      ]
      sampling = { interior = 23 }
      network = { hidden = [5, 4], activation = "swish" }
      """,
    carried: [[[0, 1]]]),
  LaplacianCase(
    name: "an unknown coefficient, and an equation for it",
    text: """
      variables = { x = [0, 1], y = [0, 1], t = [0, 1] }
      fields = { u = {}, D = "1 + exp(N)" }
      unknowns = { k = 0.5 }
      equation = [
        { name = "heat", expr = "u_t = k*D*u_xx + k*D*u_yy + D_x*u_x + D_y*u_y" },
        { name = "smooth", expr = "k*laplacian(D) = 0" },
      ]
      sampling = { interior = 19 }
      network = { hidden = [5, 4] }
      """,
    carried: [[[0, 1]]]),
  LaplacianCase(
    name: "a variable coefficient",
    text: """
      variables = { x = [0, 1], y = [-1, 1], z = [0, 3] }
      fields = { u = {} }
      define = { D = "1 + x^2*sin(y)" }
      equation = { expr = "d(D*u_x, x) + d(D*u_y, y) + D*u_zz = 1" }
      condition = { at = "x: periodic", expr = "laplacian(u)", points = 4 }
      sampling = { interior = 17 }
      network = { hidden = [5, 4], activation = "gelu" }
      """,
    carried: [[[0, 1, 2]], [[0, 1, 2]]]),
  LaplacianCase(
    name: "a system of two fields",
    text: """
      variables = { x = [0, 1], y = [0, 1], t = [0, 2] }
      fields = { u = {}, v = {} }
      unknowns = { D = { guess = 0.1, min = 0 } }
      equation = [
        { name = "first", expr = "u_t = laplacian(u) + u*v" },
        { name = "second", expr = "v_t = D*v_xx - u^2 + D*v_yy" },
      ]
      condition = { at = "t = 0", expr = ["u_xx + u_yy = v", "u_xx = x"], points = 5 }
      sampling = { interior = 17 }
      network = { hidden = [4, 4], activation = "sin" }
      """,
    carried: [[[0, 1]], []]),
  LaplacianCase(
    name: "the square of the Laplacian and a limiter",
    text: """
      variables = { x = [0, 1], y = [0, 1], z = [0, 1] }
      fields = { u = "x*y*N" }
      equation = { expr = "laplacian(u)^2 + max(laplacian(u), u) = sin(laplacian(u) + x)" }
      sampling = { interior = 17 }
      network = { hidden = [5, 4] }
      """,
    carried: [[[0, 1, 2]]]),
  LaplacianCase(
    name: "two Laplacians of one field",
    text: """
      variables = { x = [0, 1], y = [0, 1], p = [0, 1], q = [0, 1] }
      fields = { u = {} }
      equation = { expr = "laplacian(u, x, y) + 0.2*laplacian(u, p, q) = u + u_x" }
      sampling = { interior = 17 }
      network = { hidden = [5, 4] }
      """,
    carried: [[[0, 1], [2, 3]]]),
  LaplacianCase(
    name: "the Laplacian beside derivatives of third order",
    text: """
      variables = { x = [0, 1], y = [0, 1], z = [0, 1] }
      fields = { u = {} }
      equation = { expr = "laplacian(u) + u_xxy + u*u_yzx = 1" }
      sampling = { interior = 17 }
      network = { hidden = [5, 4] }
      """,
    carried: [[[1, 2]]]),
  LaplacianCase(
    name: "anisotropic",
    text: """
      variables = { x = [0, 1], y = [0, 1] }
      fields = { u = {} }
      unknowns = { D = 0.5 }
      equation = { expr = "u_xx + D*u_yy = 1" }
      sampling = { interior = 9 }
      network = { hidden = [5] }
      """,
    carried: [[]]),
  LaplacianCase(
    name: "one second derivative by itself",
    text: """
      variables = { x = [0, 1], y = [0, 1] }
      fields = { u = {}, v = "u_xx*N" }
      equation = [{ name = "one", expr = "laplacian(u) = v" }, { name = "two", expr = "v = u" }]
      sampling = { interior = 9 }
      network = { hidden = [5] }
      """,
    carried: [[]]),
]

/// Sums of some dozen squares by two orders of summation.
private let tolerance = 1e-11

@Suite struct LaplacianObjectiveTests {
  private func expectEqual(_ a: [Double], _ b: [Double], _ what: String) {
    let size = b.reduce(1) { max($0, abs($1)) }
    #expect(a.count == b.count)
    for (first, second) in zip(a, b) { #expect(abs(first - second) <= tolerance * size, "\(what)") }
  }

  private func rows(_ objective: Objective, _ theta: [Double]) -> [Double] {
    var all: [Double] = []
    objective.forEachJacobianBlock(theta) { _, count, block in
      all += (0..<count * theta.count).map { block[$0] }
    }
    return all
  }

  private func compare(_ text: String, seed: UInt64) throws {
    let merged = try assembled(text)
    let whole = try assembled(text, mergingLaplacians: false)
    let theta = merged.perturbedParameters(seed: seed)
    let (short, long) = (merged.objective(), whole.objective())
    expectEqual(short.residuals(theta), long.residuals(theta), "residuals of \(text)")
    var (gradient, expected) = (theta, theta)
    let values = short.termValues(theta, gradient: &gradient)
    expectEqual(values, long.termValues(theta, gradient: &expected), "terms of \(text)")
    expectEqual(gradient, expected, "gradient of \(text)")
    expectEqual(rows(short, theta), rows(long, theta), "rows of \(text)")
  }

  @Test(arguments: laplacianCases)
  private func `values, gradients and rows are those of the summands carried one by one`(
    _ example: LaplacianCase
  ) throws {
    let sets = try assembled(example.text).setup.loss.pointSets
    let carried = sets.map { set in
      let numbers = Set(set.program.inputs.compactMap { $0.networkOutput?.number })
      return numbers.reduce(into: Set<Laplacian>()) {
        $0.formUnion(set.program.derivativeSet(output: $1, site: 0).laplacians)
      }.sorted().map(\.variables)
    }
    #expect(carried == example.carried)
    let whole = try assembled(example.text, mergingLaplacians: false)
    let isWhole = whole.setup.loss.pointSets.allSatisfy { set in
      set.program.inputs.allSatisfy { if case .laplacian = $0 { false } else { true } }
    }
    #expect(isWhole)
    try compare(example.text, seed: 21)
  }

  @Test(arguments: 0..<30)
  func `random problems are the same either way`(_ seed: Int) throws {
    var random = SeededNumbers(seed: UInt64(seed))
    let leaves = [
      "x", "0.7", "a", "u", "v", "u_x", "v_zz", "u_xy", "laplacian(u)", "laplacian(u)", "laplacian(u, x, y)",
      "laplacian(v)", "a*laplacian(u)", "u_xxy",
    ]
    let own = (0..<3).map { _ in random.element(leaves) } + ["u"]
    let equations = (0..<2).map { _ in randomExpression(own, depth: 3, &random) }
    try compare(
      """
      variables = { x = [-1, 1], y = [0, 1], z = [0, 2] }
      fields = { u = "\(random.element(["N", "a*N", "x*N + y", "tanh(N)"]))", v = {} }
      unknowns = { a = 0.8 }
      equation = [{ name = "one", expr = "\(equations[0]) = u + a" }, { name = "two", expr = "\(equations[1]) = v" }]
      sampling = { interior = \(random.integer(1...40)) }
      network = { hidden = [5, 4], activation = "\(random.element(["tanh", "sin", "swish", "softplus"]))" }
      """, seed: UInt64(seed))
  }
}

import Configurations
import Diagnostics
import Experiments
import Expressions
import Kernels
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

/// With all weights zero the network is zero, and a field "f + N" is f.
private func residuals(_ text: String) throws -> [Double] {
  let problem = try assembled(text + "\nnetwork = { hidden = [2] }")
  return problem.objective().residuals([Double](repeating: 0, count: problem.setup.layout.count))
}

private struct Known: CustomTestStringConvertible, Sendable {
  var condition: String
  var expected: [Double]
  var tolerance = 1e-13
  var domain = "variables = { x = [0, 2], y = [-1, 1] }"
  var field = "exp(x)*cos(y) + N"

  var testDescription: String { condition }
}

private let disk = "variables = { x = {}, y = {} }\nregion = \"disk([1, 0], 2)\""
private let timeDomain = "variables = { x = [0, 1], t = [0, 3] }"

/// ∫₀² eˣ dx ∫₋₁¹ cos y dy for the field eˣ cos y, and its parts.
private let byX: Double = exp(2) - 1
private let byY: Double = 2 * sin(1)
private let both: Double = byX * byY
/// ∫₀¹ᐟ² e^{1/2 − s} s ds · 2²
private let volterra: Double = 4 * (exp(0.5) - 1.5)
private let leibniz: Double = 2 * 4 / 32

private func inTime(_ condition: String, _ expected: Double...) -> Known {
  Known(condition: condition, expected: expected, domain: timeDomain, field: "x*t^2 + N")
}

private let known: [Known] = [
  Known(condition: "expr = \"integral(u)\"", expected: [both]),
  Known(condition: "expr = \"integral(u, domain) = 3\"", expected: [both - 3]),
  Known(condition: "expr = \"integral(u, x = 2)\"", expected: [exp(2) * byY]),
  Known(condition: "expr = \"integral(u, y = 0.5)\"", expected: [byX * cos(0.5)]),
  Known(condition: "expr = \"integral(u, x = 2, y = 1)\"", expected: [exp(2) * cos(1)]),
  // A harmonic function has no flux through a closed curve.
  Known(condition: "expr = \"integral(d(u, n), boundary)\", points = 80", expected: [0], tolerance: 1e-12),
  // The flux through both ends of x is ∫ (e² − 1) cos y dy; ∫ x y² is 4/3.
  Known(
    condition: "expr = \"integral(d(u, n), boundary(x)) = 2 - 3*integral(x*y^2 + 0*u_x*u)\"", expected: [both + 2]),
  // A disk of radius 2 about (1, 0): area 4π, ∫ x = 4π, ∫ over the circle of x² = 4π (1 + 2).
  Known(
    condition: "expr = \"integral(x^2*u, boundary)\", points = 40", expected: [12 * Double.pi], domain: disk,
    field: "1 + N"),
  Known(
    condition: "expr = \"integral(x*u)\", points = 4096", expected: [4 * Double.pi], tolerance: 1e-2, domain: disk,
    field: "1 + N"),
  Known(
    condition: "expr = \"integral(d(u, n), boundary) = integral(laplacian(u))\", points = 50", expected: [0],
    tolerance: 1e-11, domain: disk, field: "x^2 + y^2 + N"),
  // An integrand that exists at its own place alone: 1/x at x = 0, the logarithm of u where it is not positive.
  Known(condition: "expr = \"integral(u/x, x = 2) = integral(u, x = 0)\"", expected: [exp(2) * byY / 2 - byY]),
  Known(
    condition: "expr = \"integral(log(u), x = 2) + 2*integral(u, x = 0) - integral(u)\"", expected: [-4],
    field: "x - 1 + N"),
  // A single point beside a face of many, a normal beside another: ∂/∂x at x = 2 and −∂/∂x at x = 0.
  Known(
    condition: "expr = \"integral(u/x, x = 2, y = 1) - integral(d(u, n), x = 0) + integral(d(u, n)/x, x = 2)\"",
    expected: [exp(2) * cos(1) / 2 + byY + exp(2) * byY / 2]),
  inTime("at = [\"t = 2\", \"t = 0\"], expr = \"integral(u)\"", 2, 0),
  inTime("expr = \"integral(at(u, x = 1)/x*t, x = 1) = integral(at(u, t = t), x = 0) + t^3\", times = 4", 0, 0, 0, 0),
  inTime("expr = \"integral(u) = t^2/2\", times = 5", 0, 0, 0, 0, 0),
  inTime("expr = \"integral(u, x = 1) = at(u, x = 0.5)*2\", times = 3", 0, 0, 0),
  Known(
    condition: "expr = \"integral(u) = 1/2 - integral(u, x = 0)\"", expected: [0],
    domain: "variables = { x = [0, 1] }", field: "x + N"),
  // Over a variable: exact for polynomials of degree 31, or of degree 2n - 1 with n nodes.
  inTime("at = \"x = 0.5, t = 2\", expr = \"integral(u, x)\"", 2),
  inTime("at = \"x = 0.5, t = 2\", expr = \"integral(u, x, 0, x)\"", 0.5),
  inTime("at = \"x = 0.5, t = 2\", expr = \"integral(u^3*t, x, 0, x, 2)\"", 2),
  inTime("at = \"x = 0.5, t = 2\", expr = \"integral(exp(x - s)*at(u, x = s), s, 0, x)\"", volterra),
  // ∫₀ˣ ∫₀¹ s r ds dr t² = x²/4 t²
  inTime("at = \"x = 0.5, t = 2\", expr = \"integral(integral(at(u, x = s*r), s, 0, 1), r, 0, x)\"", 0.25),
  // d/dx x⁶/3 t² = 2 x⁵ t²
  inTime("at = \"x = 0.5, t = 2\", expr = \"d(integral(u*x, x, 0, x^2), x)\"", leibniz),
  // d²/dx² of x⁴/12 t² is x² t²
  inTime("at = \"x = 0.5, t = 2\", expr = \"d(integral((x - s)^2*at(u, x = s), s, 0, x), x, x)\"", 1),
  // u_t(1, 1) = 2 and ∫₀² r² dr
  inTime(
    "at = \"x = 0.5, t = 2\", expr = \"at(u_t, t = t - 1, x = 2*x) + integral(at(u_x, t = r), r, 0, t)\"",
    2.0 + 8.0 / 3.0),
]

@Suite struct IntegralTests {
  @Test(arguments: known)
  fileprivate func `integrals have their closed values`(_ example: Known) throws {
    let found = try residuals(
      "\(example.domain)\nfields = { u = \"\(example.field)\" }\ncondition = { \(example.condition) }")
    try #require(found.count == example.expected.count)
    for (value, expected) in zip(found, example.expected) {
      #expect(abs(value - expected) <= example.tolerance * max(1, abs(expected)), "\(value), not \(expected)")
    }
  }

  @Test func `gradients do not see where an integrand does not exist`() throws {
    // 1/x, its slope and log(x) are infinite at the points of the second integral and of the third.
    let text = """
      variables = { x = [0, 2], y = [-1, 1] }
      fields = { u = {} }
      condition = { expr = "integral(u^2/x + log(x)*u_x, x = 2) + integral(u, x = 0) = integral(u, x = 0, y = 1)" }
      network = { hidden = [3] }
      """
    let problem = try assembled(text)
    let theta = problem.perturbedParameters()
    let objective = problem.objective()
    var gradient = [Double](repeating: 0, count: theta.count)
    let total = objective.total(objective.termValues(theta, gradient: &gradient))
    #expect(total.isFinite)
    for place in theta.indices {
      let slope = fourthOrderDifference(theta, place) { objective.total(objective.termValues($0)) }
      #expect(abs(gradient[place] - slope) < 1e-8 * max(1, abs(slope)), "\(gradient[place]), not \(slope)")
    }
  }

  @Test func `quadratures get better with their points as far as they say`() throws {
    var estimates: [Double] = []
    for points in [64, 1024, 16_384] {
      let text = """
        \(disk)
        fields = { u = "exp(x*y)*cos(3*x) + N" }
        condition = { expr = "integral(u)", points = \(points) }
        network = { hidden = [2] }
        """
      let problem = try assembled(text)
      let estimate = try #require(problem.integrals.first)
      let value = problem.objective().residuals([Double](repeating: 0, count: problem.setup.layout.count))[0]
      // By 400 × 400 nodes of a product of Gauss rules in polar coordinates.
      let (radial, angular) = (GaussLegendre(count: 400), 800)
      let step = 2 * Double.pi / Double(angular)
      var (exact, square) = (0.0, 0.0)
      for (r, w) in zip(radial.nodes, radial.weights) {
        for k in 0..<angular {
          let angle = step * Double(k)
          let (x, y) = (1 + 2 * r * cos(angle), 2 * r * sin(angle))
          let area: Double = 4 * w * r * step
          let value: Double = exp(x * y) * cos(3 * x)
          exact += area * value
          square += area * value * value
        }
      }
      // The standard error of as many independent points; these should do no worse.
      let size: Double = 4 * Double.pi
      let variance: Double = square / size - exact * exact / (size * size)
      let bound = (variance / Double(points)).squareRoot()
      let error = abs(value - exact) / size
      #expect(error < bound, "\(points) points: \(error)")
      #expect(estimate.points == points && abs(estimate.measure - 4 * .pi) < 1e-12)
      estimates.append(estimate.relativeError)
    }
    #expect(estimates[0] < 0.1 && estimates[2] > 0 && estimates[2] < estimates[0] / 10)
  }

  @Test func `Gauss and Legendre are exact to degree 2n - 1 and for no more`() {
    for n in 1...40 {
      let rule = GaussLegendre(count: n)
      func moment(_ power: Int) -> Double {
        zip(rule.nodes, rule.weights).reduce(0) { sum, node in
          sum + node.1 * (0..<power).reduce(1) { product, _ in product * (2 * node.0 - 1) }
        }
      }
      for power in 0..<2 * n {
        let exact = power % 2 == 0 ? 1 / Double(power + 1) : 0
        #expect(abs(moment(power) - exact) < 1e-14)
      }
      #expect(rule.nodes == rule.nodes.sorted() && rule.weights.allSatisfy { $0 > 0 })
      if n < 20 { #expect(abs(moment(2 * n) - 1 / Double(2 * n + 1)) > 1e-14) }
    }
  }

  @Test func `drawing again keeps the groups`() throws {
    let text = """
      variables = { x = {}, t = [0, 1] }
      region = "interval(0, 1)"
      fields = { u = "x*t + N" }
      equation = { expr = "u_t = x" }
      condition = { expr = "integral(u) = t/2", times = 6, points = 64 }
      sampling = { interior = { points = 8, resample = 2 } }
      network = { hidden = [2] }
      """
    let problem = try assembled(text)
    let objective = problem.objective()
    let theta = [Double](repeating: 0, count: problem.setup.layout.count)
    let source = try #require(problem.setup.loss.pointSets[1].source)
    let first = source.points(dimensions: 2, draw: 0)
    let second = source.points(dimensions: 2, draw: 1)
    #expect(first.sites != second.sites && first.sites[0].map(\.count) == second.sites[0].map(\.count))
    objective.load(pointSet: 1, sites: second.sites, columns: second.columns)
    // 64 scrambled Sobol points.
    for residual in objective.residuals(theta).suffix(6) { #expect(abs(residual) < 1e-2) }
  }
}

private struct Mistake: CustomTestStringConvertible, Sendable {
  var text: String
  var message: String
  var domain = timeDomain

  var testDescription: String { text }
}

private let mistakes: [Mistake] = [
  Mistake(
    text: "condition = { expr = \"integral(u)^2 = 1\" }",
    message: "an integral can be added and multiplied by numbers and unknowns, not more"),
  Mistake(
    text: "condition = { expr = \"step(integral(u)) = 1\" }",
    message: "an integral can be added and multiplied by numbers and unknowns, not more"),
  Mistake(
    text: "condition = { expr = \"integral(u) = u\" }",
    message: "outside of the integrals of 'integral(u) = u' only numbers, unknowns and the time may stand"),
  Mistake(
    text: "condition = { expr = \"integral(u) = x\" }",
    message: "outside of the integrals of 'integral(u) = x' only numbers, unknowns and the time may stand"),
  Mistake(
    text: "condition = { expr = \"integral(x) = 1\" }",
    message: "no field is left in 'integral(x) = 1': nothing can be trained on it"),
  Mistake(
    text: "condition = { at = \"x = 0\", expr = \"integral(u) = 1\" }",
    message: "a condition on integrals holds at times, not at 'x = 0'"),
  Mistake(
    text: "condition = { at = \"x = 0\", expr = \"integral(u) = 1\" }",
    message: "a condition on integrals has no place of its own where there is no time",
    domain: "variables = { x = [0, 1] }"),
  Mistake(
    text: "condition = { expr = \"integral(u, t = 0) = 1\" }",
    message: "the place of an integral is one in space; its time is that of the condition"),
  Mistake(
    text: "condition = { expr = \"integral(u, wall) = 1\" }", message: "'wall' is not a variable"),
  Mistake(
    text: "condition = { expr = [\"integral(u) = 1\", \"u = 0\"] }",
    message: "'u = 0' has no integral over a part of space"),
  Mistake(text: "condition = { expr = \"u = 0\" }", message: "condition 'condition' has no 'at'"),
  Mistake(
    text: "condition = { expr = \"u = 0\", enforce = \"hard\" }\nequation = { expr = \"u_t = 0\" }",
    message: "a hard condition needs 'at'"),
  Mistake(
    text:
      "condition = { at = \"t = 0\", expr = \"integral(u) = 0\", enforce = \"hard\" }\nequation = { expr = \"u_t = 0\" }",
    message: "an integral over a part of space can stand in a soft condition only"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(u)\" }",
    message: "an integral over a part of space can stand in a soft condition only"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(u, x, 0, u)\" }",
    message: "the limits of an integral may depend on variables and numbers only"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(u, x, 0)\" }",
    message: "an integral over a variable needs both limits"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(u, x, 0, 1, 0.5)\" }",
    message: "the number of nodes of an integral is a whole number from 1 to 64"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(exp(x - s)*u, s, 0, x)\" }",
    message: "the integrand does not depend on the variable of the integral through any field"),
  Mistake(
    text: "equation = { expr = \"u_t = integral(at(u, x = u), u, 0, x)\" }", message: "'u' means something else already"
  ),
  Mistake(
    text: "equation = { expr = \"u_t = at(u, x = u)\" }",
    message: "the place of 'at' may depend on variables and numbers only"),
  Mistake(
    text: "equation = { expr = \"u_t = at(u, z = 0)\" }", message: "'z' is not a variable; variables are x, t"),
  Mistake(
    text: "equation = { expr = \"u_t = at(u, x = 0, x = 1)\" }", message: "'x' has two values in one call of 'at'"),
  Mistake(
    text: "equation = { expr = \"u_t = at(u, 0)\" }", message: "expected 'variable = value' in a call of 'at'"),
  Mistake(
    text: "condition = { expr = \"integral(integral(u), x = 0) = 1\" }",
    message: "an integral over a part of space cannot stand inside another"),
  Mistake(
    text: "condition = { expr = \"d(integral(u), t) = 1\" }",
    message: "cannot differentiate an integral over a part of space"),
  Mistake(
    text: "condition = { at = \"x: periodic\", expr = \"at(u, t = 0)\" }",
    message: "a periodic condition cannot compare fields at other places"),
  Mistake(
    text: "condition = { at = \"x = 0\", expr = \"integral(u, x) = 0\" }",
    message: "the range of 'x' is not the same everywhere",
    domain: "variables = { x = {}, y = {}, t = [0, 1] }\nregion = \"disk([0, 0], 1)\""),
  Mistake(
    text: "energy = { expr = \"u_x^2\", at = \"x = 0.1*t\" }",
    message: "'x = 0.1*t' moves: it is a place for conditions, not for integrals and means"),
  Mistake(
    text: "condition = { expr = \"integral(u, x = 0.1*t) = 1\" }",
    message: "'x = 0.1*t' moves: it is a place for conditions, not for integrals and means"),
  Mistake(
    text: "energy = { expr = \"u_x^2\", at = \"x: periodic\" }", message: "'x: periodic' is no place to integrate over"),
  Mistake(
    text: "energy = { expr = \"x^2\" }", message: "no field is left in 'x^2': nothing can be trained on it"),
  Mistake(
    text: "energy = { expr = \"u^2\" }\noptimizer = { method = \"gauss-newton\", iterations = 1 }",
    message: "'gauss-newton' minimises a sum of squares, and energy 'energy' is none"),
]

@Suite struct IntegralMistakeTests {
  @Test(arguments: mistakes)
  fileprivate func `mistakes are told at their place`(_ example: Mistake) throws {
    let text = "\(example.domain)\nfields = { u = {} }\n\(example.text)\n"
    let failure = try #require(refusal(text))
    let diagnostic = try #require(failure.diagnostics.first { $0.message == example.message }, "\(failure)")
    #expect(diagnostic.location != nil)
  }
}

/// With zero weights: ∫ over the place.
private func energy(_ domain: String, _ field: String, _ energy: String) throws -> Double {
  let problem = try assembled(
    "\(domain)\nfields = { u = \"\(field)\" }\nenergy = { \(energy) }\nnetwork = { hidden = [2] }")
  return problem.objective().termValues([Double](repeating: 0, count: problem.setup.layout.count))[0]
}

@Suite struct EnergyTests {
  @Test func `an energy is its integral, over all times`() throws {
    // ∫₀¹ ∫₀³ t⁴ dt dx with u_x = t²
    let all = try energy(timeDomain, "x*t^2 + N", "expr = \"u_x^2\"")
    #expect(abs(all - 243.0 / 5) < 1e-11)
    let end = try energy(timeDomain, "x*t^2 + N", "expr = \"-d(u, n)\", at = [\"x = 1\", \"x = 0\"], points = 4")
    #expect(abs(end) < 1e-12)
    let later = try energy(timeDomain, "x*t^2 + N", "expr = \"u\", at = \"t = 2\"")
    #expect(abs(later - 2) < 1e-13)
    let area = try energy(disk, "1 + N", "expr = \"u\", points = 1000")
    #expect(abs(area - 4 * .pi) < 1e-11)
    let circle = try energy(disk, "x^2 + N", "expr = \"d(u, n)\", at = \"boundary\", points = 64")
    // ∮ 2 x nₓ = 2 area
    #expect(abs(circle - 8 * .pi) < 1e-11)
  }

  @Test func `its gradient is that of the value, with the weight, for any number of threads`() throws {
    let problem = try assembled(
      """
      variables = { x = [0, 1], y = [0, 1] }
      fields = { u = {} }
      unknowns = { k = { guess = 0.7 } }
      energy = [
        { name = "one", expr = "u_x^2/2 + u_y^2/2 - k*u", points = 900, weight = 0.3 },
        { name = "two", expr = "-u*k^2", at = "x = 1", points = 30 },
      ]
      condition = { expr = "integral(u) = k", points = 400 }
      loss = { weights = { two = 2 } }
      network = { hidden = [5, 4] }
      """)
    #expect(problem.setup.weights == [1, 0.3, 2])
    let theta = problem.perturbedParameters(seed: 3)
    var expected: [Double]?
    for threads in [1, 2, 5] {
      let objective = problem.objective(threads: threads)
      var gradient = [Double](repeating: .nan, count: theta.count)
      let values = objective.termValues(theta, gradient: &gradient)
      #expect(objective.termValues(theta) == values)
      if let expected { #expect(gradient == expected) }
      expected = gradient
      let largest = gradient.reduce(0) { max($0, abs($1)) }
      for place in theta.indices {
        let difference = fourthOrderDifference(theta, place) { objective.total(objective.termValues($0)) }
        #expect(abs(gradient[place] - difference) <= 1e-9 * max(1, largest), "\(place)")
      }
    }
  }
}

private func fourthOrderDifference(_ theta: [Double], _ place: Int, _ f: ([Double]) -> Double) -> Double {
  func at(_ steps: Double) -> Double {
    var moved = theta
    moved[place] += steps * 1e-3
    return f(moved)
  }
  return (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / 12e-3
}

import Diagnostics
import Experiments
import Expressions
import Foundation
import Problems
import TestSupport
import Testing
import Training

/// A known solution and a condition that it meets.
private struct KnownCase: CustomTestStringConvertible, Sendable {
  var fields: [(name: String, expression: String)]
  /// The keys of the condition.
  var condition: String
  /// Before the fields: variables, region, constants, unknowns.
  var ground = "variables = { x = [0, 2], y = [0, 1], t = [0, 1] }"
  var testDescription: String { condition }

  /// The file, the fields being the solution and so much of the network.
  func text(disturbance: String) -> String {
    let list = fields.map { "\($0.name) = \"\($0.expression) + \(disturbance)*N\"" }.joined(separator: ", ")
    return
      "\(ground)\nfields = { \(list) }\nnetwork = { hidden = [8] }\nsampling = { boundary = 50 }\n[[condition]]\n\(condition)\n"
  }
}

private let wave = [("u", "exp(-t)*sin(pi*x)*cos(pi*y)")]
private let square = "variables = { x = [0, 1], y = [0, 1] }\nconstants = { k1 = 2, k2 = 5 }"
private let disk = "region = \"disk([0, 0], 2)\"\nvariables = { x = {}, y = {}, t = [0, 1] }"

private let cases: [KnownCase] = [
  // Dirichlet, Neumann, Robin.
  KnownCase(fields: wave, condition: "at = \"boundary\"\nexpr = \"u = exp(-t)*sin(pi*x)*cos(pi*y)\""),
  KnownCase(fields: wave, condition: "at = [\"y = 0\", \"y = 1\"]\nexpr = \"d(u, n) = 0\""),
  KnownCase(fields: wave, condition: "at = \"x = 0\"\nexpr = \"d(u, n) = -pi*exp(-t)*cos(pi*y)\""),
  KnownCase(fields: wave, condition: "at = \"x = 2\"\nexpr = \"d(u, n) + 3*u = pi*exp(-t)*cos(pi*y)\""),
  // Periodic, up to the fourth derivative.
  KnownCase(fields: wave, condition: "at = \"x: periodic\""),
  KnownCase(fields: wave, condition: "at = \"x: periodic\"\norder = 4"),
  KnownCase(fields: wave, condition: "at = \"x: periodic\"\nexpr = [\"u\", \"u_xxx\", \"u*u_x\"]"),
  // The start, its rate, operators of higher order at faces and points.
  KnownCase(
    fields: wave, condition: "at = \"t = 0\"\nexpr = [\"u = sin(pi*x)*cos(pi*y)\", \"u_t = -sin(pi*x)*cos(pi*y)\"]"),
  KnownCase(fields: wave, condition: "at = \"x = 0\"\nexpr = [\"u_xx = 0\", \"d(u, x, x, x, x) = 0\"]"),
  KnownCase(
    fields: wave,
    condition: "at = \"x = 0.5, y = 0, t = 0\"\nexpr = [\"u = 1\", \"u_xx = -pi^2\", \"laplacian(u) = -2*pi^2\"]"),
  KnownCase(fields: wave, condition: "at = \"y = 0, t = 1\"\nexpr = \"d(u, x, t) = -pi*cos(pi*x)/e\""),
  // A gauge at one point; a quantity made of fields; definitions; unknowns.
  KnownCase(fields: [("p", "x^2 - y^2")], condition: "at = \"x = 0, y = 0\"\nexpr = \"p = 0\"", ground: square),
  KnownCase(
    fields: wave, condition: "at = \"x = 0\"\nexpr = \"d(u, n) - flux = 0\"",
    ground:
      "variables = { x = [0, 2], y = [0, 1], t = [0, 1] }\ndefine = { flux = \"-pi*d(u, y, y)*0 - pi*exp(-t)*cos(pi*y)\" }"
  ),
  KnownCase(
    fields: [("u", "k^2*x")], condition: "at = \"y = 1\"\nexpr = [\"u_x = k^2\", \"u - k*(k*x) = 0\"]",
    ground: square + "\nunknowns = { k = 3 }"),
  // Two materials that meet: on a line, on a circle, on a curve.
  KnownCase(
    fields: [("u1", "x/k1 + 0*y"), ("u2", "0.5/k1 + (x - 0.5)/k2")],
    condition: "at = \"x = 0.5\"\nexpr = [\"u1 = u2\", \"k1*d(u1, n) = k2*d(u2, n)\", \"d(u1, n) = 1/k1\"]",
    ground: square),
  KnownCase(
    fields: [
      ("u1", "((x - 0.5)^2 + (y - 0.5)^2)/k1"),
      ("u2", "0.0625/k1 + (log((x - 0.5)^2 + (y - 0.5)^2 + 1e-30) - log(0.0625))/16/k2"),
    ],
    condition:
      "at = \"disk([0.5, 0.5], 0.25)\"\nexpr = [\"u1 = u2\", \"k1*d(u1, n) = k2*d(u2, n)\", \"k1*d(u1, n) = 0.5\"]",
    ground: square),
  KnownCase(
    fields: [("u1", "x - y^2"), ("u2", "3*(x - y^2)")],
    condition: "at = \"x = y^2\"\nexpr = [\"u1 = u2\", \"3*d(u1, n) = d(u2, n)\", \"d(u1, n) = sqrt(1 + 4*y^2)\"]",
    ground: square),
  // A part of the boundary only.
  KnownCase(
    fields: [("u", "if(y < 0.5, x, 7)")], condition: "at = \"x = 1, y < 0.5\"\nexpr = \"u = 1\"", ground: square),
  KnownCase(
    fields: [("u", "(x^2 + y^2)*if(y > 0, 1, 3)")],
    condition: "at = \"boundary, y > 0, t < 0.5\"\nexpr = [\"d(u, n) = 4\", \"u = 4\"]",
    ground: disk),
  // Rows of a file.
  KnownCase(
    fields: [("u", "x + 2*y + 3*t"), ("v", "x*t")],
    condition: "at = \"t = 1\"\ninline = \"x,y,u,v\\n0,0,3,0\\n0.5,1,5.5,0.5\\n\""),
  KnownCase(
    fields: [("u", "(x^2 + y^2)*t")],
    condition:
      "at = \"boundary\"\nexpr = [\"d(u, n) = g\", \"u = trace\"]\ninline = \"x,y,t,g,trace\\n2,0,0.5,2,2\\n1.2,1.6,1,4,4\\n\"",
    ground: disk),
]

/// Solutions put into the language itself, as fields that are expressions of the coordinates.
@Suite struct ConditionResidualTests {
  /// Residuals of solutions of size one, with derivatives up to π⁴.
  private static let rounding = 5e-13

  private func residuals(_ text: String) throws -> [Double] {
    let problem = try assembled(text)
    return problem.objective().residuals(problem.perturbedParameters()).map(abs)
  }

  @Test(arguments: cases.indices)
  func `a known solution meets its conditions, and a disturbed one does not`(_ number: Int) throws {
    let known = cases[number]
    // The network must have a say, be it the smallest.
    let exact = try residuals(known.text(disturbance: "1e-300"))
    #expect(!exact.isEmpty && exact.allSatisfy { $0 < ConditionResidualTests.rounding }, "\(exact.max() ?? 0)")
    let disturbed = try residuals(known.text(disturbance: "0.1"))
    #expect(disturbed.allSatisfy { $0 > 0 } && disturbed.contains { $0 > 1e-3 })
  }

  @Test(arguments: cases.indices)
  func `a solution that holds by construction is said to`(_ number: Int) throws {
    let found = try assembled(cases[number].text(disturbance: "1e-300"))
    #expect(found.holding.count == 1)
    #expect(found.notes.contains { $0.hasPrefix("condition 'condition' holds by construction") })
    #expect(try assembled(cases[number].text(disturbance: "0.1")).holding.isEmpty)
  }

  @Test func `the order of a periodic condition is one below that of the equations, or the one that is given`() throws {
    func count(_ equation: String, _ order: String) throws -> Int {
      let text = """
        variables = { x = [0, 1], t = [0, 1] }
        fields = { u = {}, w = "u_x" }
        equation = { expr = "\(equation)" }
        network = { hidden = [3] }
        condition = { at = "x: periodic"\(order) }
        """
      return try assembled(text).setup.loss.pointSets[1].program.outputs.count
    }
    // Two fields; the second is a derivative, which does not make the equation's order in it higher.
    #expect(try count("u_t = u_xx", "") == 4)
    #expect(try count("u_t = w_xx", "") == 4)
    #expect(try count("u_t = u_xxxx", ", order = 3") == 8)
    #expect(try count("u_t = u", "") == 2)
    #expect(try count("u_t = u", ", order = 2") == 6)
    #expect(
      refusal(
        """
        variables = { x = [0, 1], t = [0, 1] }
        fields = { u = {}, w = "u_x" }
        equation = { expr = "u_t = u_xxxx" }
        condition = { at = "x: periodic", order = 4 }
        """)?.diagnostics.map(\.message) == ["derivatives of so high an order by x are not supported"])
  }
}

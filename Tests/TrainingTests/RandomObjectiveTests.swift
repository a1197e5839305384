import Diagnostics
import Experiments
import Kernels
import TestSupport
import Testing
import Training

/// Writes random equations in two fields, their derivatives up to fourth order, coordinates and unknowns.
struct EquationWriter {
  private let stream: RandomStream
  private var place: UInt64 = 0

  init(seed: Int) { stream = RandomStream(seed: UInt64(seed), purpose: "equations") }

  mutating func choice(_ count: Int) -> Int {
    place += 1
    return stream.integer(below: count, at: place)
  }

  mutating func choice<Element>(_ elements: [Element]) -> Element { elements[choice(elements.count)] }

  /// Bounded arguments keep values of a size that differences can follow.
  mutating func expression(depth: Int) -> String {
    if depth == 0 {
      switch choice(6) {
      case 0: return choice(["x", "t", "0.7", "pi"])
      case 1: return choice(["a", "b", "c"])
      case 2: return choice(["u", "v"])
      default:
        let order = 1 + choice(4)
        return choice(["u_", "v_"]) + (0..<order).map { _ in choice(["x", "t"]) }.joined()
      }
    }
    let (first, second) = (expression(depth: depth - 1), expression(depth: choice(depth)))
    switch choice(10) {
    case 0, 1: return "(\(first) + \(second))"
    case 2: return "(\(first) - \(second))"
    case 3, 4: return "(\(first)) * (\(second))"
    case 5: return "(\(first))/(2 + (\(second))^2)"
    case 6: return "\(choice(["sin", "cos", "tanh", "sigmoid", "atan"]))(\(first))"
    case 7: return "(\(first))^2"
    case 8: return "d((x + tanh(u))*v, \(choice(["x", "t"])))*(\(first))"
    default: return "exp(-(\(first))^2)"
    }
  }

  mutating func problem() -> String {
    let activation = choice(["tanh", "sin", "swish", "gelu", "sigmoid", "softplus"])
    return """
      variables = { x = [-1, 1], t = [0, 1] }
      fields = { u = "\(choice(["N", "a*N", "x*N + t"]))", v = "\(choice(["N", "N*(1 + u^2)", "sin(N)"]))" }
      unknowns = { a = { guess = 0.8, min = 0 }, b = 1.3, c = { guess = 0.5, min = -1, max = 2 } }
      equation = [
        { name = "one", expr = "\(expression(depth: 3)) = u + a*v" },
        { name = "two", expr = "\(expression(depth: 3)) = b*v + c" },
      ]
      condition = [
        { name = "soft", at = "boundary(x, t)", expr = "\(expression(depth: 1)) = u", points = \(1 + choice(11)) },
        { name = "around", at = "x: periodic", expr = "v*u + v_t", points = \(1 + choice(11)) },
      ]
      sampling = { interior = { points = \(1 + choice(40)), method = "uniform" } }
      loss = { weights = { one = 0.5, soft = 2 } }
      network = { hidden = [\(2 + choice(9)), \(2 + choice(9))], activation = "\(activation)" }
      """
  }
}

@Suite struct RandomObjectiveTests {
  @Test(arguments: 0..<60)
  func `random problems agree with a plain evaluation and with finite differences`(_ seed: Int) throws {
    var writer = EquationWriter(seed: seed)
    let text = writer.problem()
    let problem: AssembledProblem
    do {
      problem = try assembled(text)
    } catch {
      // A product rule may ask for a fifth derivative; that is all that may be wrong.
      let isOrder = error.diagnostics.allSatisfy { $0.message.contains("order") }
      #expect(isOrder, "\(text)\n\(error.diagnostics.map(\.message))")
      return
    }
    let theta = problem.perturbedParameters(seed: UInt64(seed))
    let objective = problem.objective()
    let plain = problem.plainResiduals(problem.setup.loss, theta, features: [.scaled(0, -1...1), .scaled(1, 0...1)])
    let residuals = objective.residuals(theta)
    try #require(residuals.count == plain.count)
    for (residual, expected) in zip(residuals, plain) {
      #expect(abs(residual - expected.residual) <= 1e-9 * (1 + abs(expected.residual)), "\(text)")
    }

    // A directional derivative looks at all parameters at once.
    var gradient = [Double](repeating: .nan, count: theta.count)
    let total = objective.total(objective.termValues(theta, gradient: &gradient))
    let stream = RandomStream(seed: UInt64(seed), purpose: "directions")
    for number in 0..<4 {
      let direction = theta.indices.map { stream.normal(at: UInt64(number * theta.count + $0)) }
      let h = 2e-4
      func value(_ steps: Double) -> Double {
        objective.total(objective.termValues(zip(theta, direction).map { $0 + steps * h * $1 }))
      }
      let difference = (value(-2) - 8 * value(-1) + 8 * value(1) - value(2)) / (12 * h)
      let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let size = zip(gradient, direction).reduce(total) { $0 + abs($1.0 * $1.1) }
      #expect(abs(slope - difference) <= 1e-6 * size, "\(text)")
    }
  }
}

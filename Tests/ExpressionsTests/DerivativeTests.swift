import Autodiff
import Diagnostics
import Expressions
import KernelInterface
import RealModule
import Testing

/// The widest difference.
private let step = 0.02
/// Ridders' error estimate is not a bound: differences up to this many times of it are accepted …
private let estimateFactor = 20.0
/// … and this share of the value, for the rounding of the two evaluations (1e-16 over steps of 0.002, and more where
/// the expression itself amplifies rounding).
private let rounding = 1e-8
/// Points where the estimate is worse tell nothing: a jump or pole lies between the steps.
private let usefulEstimate = 1e-4

/// Compares a derivative with differences of a function; nil where the differences tell nothing.
private func agrees(_ derivative: Double, _ function: (Double) -> Double) -> Bool? {
  let difference = ridders(step: step, function)
  let scale = max(1e-3, difference.value.magnitude)
  guard difference.value.isFinite, difference.error < usefulEstimate * scale, function(0).magnitude < 1e6 else {
    return nil
  }
  return (derivative - difference.value).magnitude
    <= estimateFactor * difference.error + rounding * max(scale, function(0).magnitude)
}

@Suite struct `Symbolic derivatives` {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `agree with finite differences on random expressions`(seed: UInt64) throws {
    var generator = Generator(seed: seed)
    var (checked, asked) = (0, 0)
    for _ in 0..<2500 {
      let tree = Tree.random(depth: Int.random(in: 1...5, using: &generator), &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let point = Point(
        x: Double.random(in: -1.5...1.5, using: &generator), t: Double.random(in: 0.1...2, using: &generator))
      for variable in 0...1 {
        asked += 1
        let derivative = try fixture.graph.derivative(of: node, by: variable)
        let value = fixture.value(derivative, at: point)
        guard tree.isSmooth(at: point, along: variable, step: step) else { continue }
        guard let agrees = agrees(value, { tree.value(at: point.moved(variable, by: $0)) }) else { continue }
        checked += 1
        #expect(agrees, "seed \(seed): d(\(tree.text), \(variable)) at \(point) gives \(value)")
      }
    }
    // Poles, domains and jumps leave most expressions of this kind usable.
    #expect(checked > asked / 2, "only \(checked) of \(asked) could be checked")
  }

  @Test(arguments: [11, 12] as [UInt64])
  func `of second order agree with finite differences, and do not depend on the order of derivation`(
    seed: UInt64
  ) throws {
    var generator = Generator(seed: seed)
    var checked = 0
    for _ in 0..<1500 {
      let tree = Tree.random(depth: 3, &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let point = Point(
        x: Double.random(in: -1.5...1.5, using: &generator), t: Double.random(in: 0.1...2, using: &generator))
      let byX = try fixture.graph.derivative(of: node, by: 0)
      let byT = try fixture.graph.derivative(of: node, by: 1)
      guard (0...1).allSatisfy({ tree.isSmooth(at: point, along: $0, step: step) }) else { continue }
      let seconds = [
        (0, byX, try fixture.graph.derivative(of: byX, by: 0)), (1, byX, try fixture.graph.derivative(of: byX, by: 1)),
        (0, byT, try fixture.graph.derivative(of: byT, by: 0)), (1, byT, try fixture.graph.derivative(of: byT, by: 1)),
      ]
      for (variable, first, second) in seconds {
        let value = fixture.value(second, at: point)
        // The first derivative is known to be right where the function is smooth; its program is differenced here.
        guard let agrees = agrees(value, { fixture.value(first, at: point.moved(variable, by: $0)) }) else { continue }
        checked += 1
        #expect(agrees, "seed \(seed): second derivative of \(tree.text) at \(point) gives \(value)")
      }
      let (xt, tx) = (fixture.value(seconds[1].2, at: point), fixture.value(seconds[2].2, at: point))
      // Kinks may be derived from either side; jumps apart, the two orders agree to rounding, which poles amplify.
      if xt.isFinite, tx.isFinite, xt.magnitude < 1e3 {
        #expect((xt - tx).magnitude <= 1e-6 * max(1, xt.magnitude), "seed \(seed): \(tree.text) at \(point)")
      }
    }
    #expect(checked > 2000)
  }

  @Test func `of every function agree with finite differences inside its domain`() throws {
    let samples = [-2.3, -0.83, -0.4, 0.31, 0.77, 1.6, 3.4]
    // Over points of a metric, and no functions of a number.
    let sums: Set = ["sum", "mean"]
    for function in functionCatalogue where function.arity == 1...1 && !sums.contains(function.name) {
      var fixture = Fixture()
      let node = try fixture.parse("\(function.name)(x)")
      let derivative = try fixture.graph.derivative(of: node, by: 0)
      let second = try fixture.graph.derivative(of: derivative, by: 0)
      var checked = 0
      for x in samples where Tree.elementary(function.name, x).isFinite {
        let point = Point(x: x, t: 1)
        let direct = Tree.elementary(function.name, x)
        #expect((fixture.value(node, at: point) - direct).magnitude <= 1e-14 * max(1, direct.magnitude))
        if let agrees = agrees(fixture.value(derivative, at: point), { Tree.elementary(function.name, x + $0) }) {
          checked += 1
          #expect(agrees, "\(function.name)' at \(x)")
        }
        if let agrees = agrees(
          fixture.value(second, at: point), { fixture.value(derivative, at: Point(x: x + $0, t: 1)) })
        {
          #expect(agrees, "\(function.name)'' at \(x)")
        }
      }
      #expect(checked >= 2, "\(function.name) was checked at \(checked) points")
    }
  }

  @Test func `stay finite where the parts of a quotient overflow`() throws {
    var fixture = Fixture()
    for text in ["d(sech(x), x)", "d(x/exp(x^2), x)", "d(d(1/cosh(x), x), x)"] {
      #expect(try fixture.value(text, at: Point(x: 900, t: 0)) == 0, "\(text)")
    }
  }

  @Test func `derive the first operand at a tie and take zero at the corner of abs`() throws {
    var fixture = Fixture()
    let corner = Point(x: 0, t: 0)
    for (text, expected) in [
      ("d(min(2*x, 3*x), x)", 2.0), ("d(max(2*x, 3*x), x)", 2), ("d(max(3*x, 2*x), x)", 3), ("d(abs(x), x)", 0),
      ("d(step(x), x)", 0), ("d(floor(x), x)", 0), ("d(if(x > 0, 5*x, 7*x), x)", 7), ("d(x < 1, x)", 0),
    ] {
      #expect(try fixture.value(text, at: corner) == expected, "\(text)")
    }
  }

  @Test func `have the expected form`() throws {
    var fixture = Fixture()
    for (text, expected) in [
      ("d(x^3, x)", "3*x^2"), ("d(u*u, x)", "2*u*u_x"), ("d(exp(2*x), x)", "2*exp(2*x)"),
      ("d(tanh(u), x)", "u_x*(1 - tanh(u)^2)"), ("d(sigmoid(x), x)", "sigmoid(x)*(1 - sigmoid(x))"),
      ("d(sqrt(x), x)", "0.5/sqrt(x)"), ("d(log(u), t)", "u_t/u"), ("d(D*u_x, x)", "D*u_xx"), ("d(v, t)", "0"),
      ("d(D, x)", "0"), ("d(2^x, x)", "0.6931471805599453*2^x"), ("d(e^x, x)", "exp(x)"), ("d(x^D, x)", "D*x^(D - 1)"),
      ("d(1/x, x)", "-(1/x)^2"), ("d(if(x > 0, u, v), t)", "if(0 < x, u_t, 0)"),
    ] {
      #expect(try fixture.printed(text) == expected, "\(text)")
    }
  }

  @Test func `are kept, so that deriving twice adds nothing`() throws {
    var fixture = Fixture()
    let node = try fixture.parse("sin(u*x)*exp(-t)")
    let first = try fixture.graph.derivative(of: node, by: 0)
    let count = fixture.graph.count
    #expect(try fixture.graph.derivative(of: node, by: 0) == first)
    #expect(fixture.graph.count == count)
  }

  @Test func `refuse order five and columns, but not columns in a condition`() throws {
    var fixture = Fixture()
    var node = try fixture.parse("u")
    for _ in 0..<4 { node = try fixture.graph.derivative(of: node, by: 0) }
    #expect(throws: DerivativeFailure.order) { try fixture.graph.derivative(of: node, by: 1) }
    let column = try fixture.parse("g*u")
    #expect(throws: DerivativeFailure.column(.column(0))) { try fixture.graph.derivative(of: column, by: 0) }
    let condition = try fixture.parse("if(g > 0, u, 2*u)")
    let derivative = try fixture.graph.derivative(of: condition, by: 0)
    #expect(fixture.text(derivative) == "if(0 < g, u_x, 2*u_x)")
    #expect(throws: DerivativeFailure.size) {
      var hard = try fixture.parse((1...90).map { "sin(\($0)*x + t)^x" }.joined(separator: "*"))
      for _ in 0..<60 { hard = try fixture.graph.derivative(of: hard, by: 0) }
    }
  }
}

import Autodiff
import Diagnostics
import Expressions
import KernelInterface
import RealModule
import Testing

@Suite struct Simplification {
  @Test(arguments: [
    ("0 + x", "x"), ("x + 0", "x"), ("1*x", "x"), ("x*0", "0"), ("x - x", "0"), ("--x", "x"), ("x^1", "x"),
    ("x^0", "1"), ("0/x", "0"), ("x/x", "1"), ("x*x", "x^2"), ("x*x*x", "x^3"), ("(x^2)^3", "x^6"), ("x^3/x", "x^2"),
    ("x + x", "2*x"), ("2*x + 3*x", "5*x"), ("3*x - 2*x", "x"), ("2*(3*x)", "6*x"), ("x*2*t*3", "6*x*t"),
    ("x/4", "0.25*x"), ("-(x - t)", "t - x"), ("x + -t", "x - t"), ("-x + t", "t - x"), ("-x - t", "-(x + t)"),
    ("x - -2*t", "x + 2*t"), ("(-x)*t", "-x*t"), ("(-x)*(-t)", "x*t"), ("(-x)/(2*t)", "-0.5*(x/t)"), ("1 - x", "1 - x"),
    ("1 - (1 - x)", "x"), ("x + 1 + 1", "x + 2"), ("x - 1 + 1", "x"), ("-x + 1", "1 - x"), ("sqrt(x)", "sqrt(x)"),
    ("x^0.5", "sqrt(x)"), ("x^-1", "1/x"), ("x^-2", "x^-2"), ("sin(-x)", "-sin(x)"), ("cos(-x)", "cos(x)"),
    ("abs(-x)", "abs(x)"), ("(-x)^2", "x^2"), ("(-x)^3", "-x^3"), ("2 + 3*4", "14"), ("2^10", "1024"),
    ("e^x", "exp(x)"),
    ("sin(x)/cos(x)", "tan(x)"), ("if(1 < 2, x, t)", "x"), ("if(x > 0, t, t)", "t"), ("min(x, x)", "x"),
    ("not not (x < t)", "x < t"), ("x > t", "t < x"), ("x != t", "(x == t) == 0"), ("3 > 2", "1"),
    ("2*x/t*3", "6*(x/t)"),
    ("2*(u - u)", "0"), ("+x", "x"), ("pow(x, 2)", "x^2"), ("ln(x)", "log(x)"), ("x - 0.1 - 0.2", "x - 0.1 - 0.2"),
  ])
  func `gives one form`(text: String, expected: String) throws {
    var fixture = Fixture()
    #expect(try fixture.printed(text) == expected)
  }

  @Test func `shares what is written in another order`() throws {
    var fixture = Fixture()
    for (a, b) in [
      ("x*u + t", "t + u*x"), ("(x + t)*u", "u*(t + x)"), ("2*x*t", "t*x*2"), ("x - t", "-(t - x)"), ("u**2", "u*u"),
      ("x == t", "t == x"), ("x >= t", "t <= x"), ("-(x*t)", "x*(-t)"), ("x && t", "x and t"),
    ] {
      #expect(try fixture.parse(a) == fixture.parse(b), "\(a) and \(b)")
    }
  }

  @Test func `never hides a constant that is not finite`() throws {
    var fixture = Fixture()
    let point = Point(x: 1, t: 1)
    for text in [
      "1/0", "0*(0/0)", "0/0 - 0/0", "(0/0)/(0/0)", "0*(1/0)", "log(-1)", "sqrt(-1)", "log(0) + x", "1e200*1e200",
    ] {
      let node = try fixture.parse(text)
      #expect(fixture.graph.constantValue(node) == nil, "\(text)")
      #expect(!fixture.value(node, at: point).isFinite, "\(text)")
    }
  }

  @Test func `keeps small terms that regrouping would round away`() throws {
    var fixture = Fixture()
    #expect(try fixture.value("x - 1 + 1e-20", at: Point(x: 1, t: 0)) == 1e-20)
    #expect(try fixture.value("(x - 1) + u*1e-20/u", at: Point(x: 1, t: 0)) == 1e-20)
    #expect(try fixture.value("1e-200*(1e-200*(x*1e300))", at: Point(x: 1, t: 0)) == 1e-100)
  }

  @Test(arguments: [21, 22, 23] as [UInt64])
  func `keeps values up to rounding on random expressions`(seed: UInt64) throws {
    var generator = Generator(seed: seed)
    var checked = 0
    for _ in 0..<3000 {
      let tree = Tree.random(depth: Int.random(in: 1...6, using: &generator), &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let point = Point(
        x: Double.random(in: -2...2, using: &generator), t: Double.random(in: 0.1...2, using: &generator))
      let direct = tree.value(at: point)
      guard tree.isFinite(at: point) else { continue }
      // How far relative errors of 1e-14 in every intermediate result carry tells how well the text defines a value.
      var spread = 0.0
      for _ in 0..<6 {
        let noisy = tree.value(at: point) { $2 * (1 + 1e-14 * Double.random(in: -1...1, using: &generator)) }
        spread = max(spread, (noisy - direct).magnitude)
      }
      guard spread <= 1e-6 * max(1, direct.magnitude) else { continue }
      checked += 1
      let value = fixture.value(node, at: point)
      #expect(
        (value - direct).magnitude <= 10 * spread + 1e-13 * direct.magnitude + 1e-15,
        "seed \(seed): \(tree.text) at \(point): \(value), directly \(direct)")
    }
    #expect(checked > 1500)
  }
}

@Suite struct Printing {
  @Test(arguments: [31, 32, 33] as [UInt64])
  func `gives a text that parses back to the same node`(seed: UInt64) throws {
    var generator = Generator(seed: seed)
    for _ in 0..<2000 {
      let tree = Tree.random(depth: Int.random(in: 1...6, using: &generator), &generator)
      var fixture = Fixture()
      let node = try fixture.parse(tree.text)
      let derivative = try fixture.graph.derivative(of: node, by: 0)
      for original in [node, derivative] {
        let text = fixture.graph.text(original, names: fixture.names, limit: 50_000)
        if text.hasSuffix("…") { continue }
        let again = try fixture.parse(text)
        #expect(again == original, "seed \(seed): \(tree.text) prints \(text), reads \(fixture.text(again))")
      }
    }
  }

  @Test(arguments: [
    "d(sin(u*1e308)^3/sqrt(1 + t^2), x, t)", "d(sin(u*1e308)^2*cos(1e308*t), x, t)/1e300",
    "(1e200*x)*(1e200*t)*1e-200", "1e-200*(x/(1e200*t))", "3*(1e-200*x)*(1e-200*u)", "(1e300*x)/(1e308*t)",
    "1e300*(1e-8*x/(1e308*t))", "1e-320*x*(1e300*t)", "(1e200*x)*(1e200*t)/((1e200*u)*(1e200*x))",
  ])
  func `gives such a text where factors together are too large or too small`(_ text: String) throws {
    var fixture = Fixture()
    let node = try fixture.parse(text)
    let derivative = try fixture.graph.derivative(of: node, by: 0)
    for original in [node, derivative, fixture.graph.multiply(fixture.graph.constant(1e-300), node)] {
      let text = fixture.graph.text(original, names: fixture.names)
      let again = try fixture.parse(text)
      #expect(again == original, "prints \(text), reads \(fixture.text(again))")
    }
  }

  @Test func `uses d() where a subscript would be misread`() {
    var graph = ExpressionGraph(variableCount: 2, outputInputs: [[0, 1]])
    let node = graph.symbol(.output(0, .init([0, 1]), site: 0))
    #expect(graph.text(node, names: SymbolNames(variables: ["x", "t"], outputs: ["u"])) == "u_xt")
    #expect(graph.text(node, names: SymbolNames(variables: ["x", "tau"], outputs: ["u"])) == "d(u, x, tau)")
    #expect(
      graph.text(node, names: SymbolNames(variables: ["x", "t"], outputs: ["u"], columns: ["u_xt"])) == "d(u, x, t)")
    let partner = graph.moved(node, toSite: 1)
    #expect(graph.text(partner, names: SymbolNames(variables: ["x", "t"], outputs: ["u"])) == "elsewhere(u_xt)")
    #expect(graph.text(partner, names: SymbolNames(variables: [])) == "elsewhere(d(output0, x0, x1))")
  }

  @Test func `cuts long texts and ends`() throws {
    var fixture = Fixture()
    var node = try fixture.parse("x + t")
    // A graph of 100 nodes whose text would have 2^100 leaves.
    for _ in 0..<100 {
      let sine = fixture.graph.unary(.sin, node)
      node = fixture.graph.add(node, fixture.graph.multiply(sine, node))
    }
    let text = fixture.graph.text(node, names: fixture.names, limit: 1000)
    #expect(text.count == 1001 && text.hasSuffix("…"))
  }
}

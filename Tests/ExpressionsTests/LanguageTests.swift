import Autodiff
import Diagnostics
import Expressions
import RealModule
import Testing

@Suite struct Language {
  @Test(
    arguments: [
      ("1 + 2*3", 7), ("(1 + 2)*3", 9), ("2^3^2", 512), ("2**3**2", 512), ("-2^2", -4), ("(-2)^2", 4), ("2^-1", 0.5),
      ("2^-2^2", 0.0625), ("10 - 4 - 3", 3), ("16/4/2", 2), ("2*-3", -6), ("- - 3", 3), ("+-+3", -3), ("1 - -1", 2),
      (".5 + 1. + 1e-1 + 2E+1", 21.6), ("1 < 2", 1), ("2 <= 1", 0), ("2 > 1", 1), ("2 >= 3", 0), ("2 == 2", 1),
      ("2 != 2", 0), ("not 1", 0), ("!0", 1), ("not 1 > 2", 1), ("1 and 0", 0), ("1 && 2", 1), ("0 or 3", 1),
      ("0 || 0", 0),
      ("1 or 1 and 0", 1), ("(1 or 1) and 0", 0), ("not 0 and 0", 0), ("1 + 1 == 2 and 3 > 2", 1),
      ("if(2 > 1, 10, 20)", 10),
      ("if(0, 10, 20)", 20), ("min(3, 1, 2)", 1), ("max(3, 1, 2, 7)", 7), ("pow(2, 5)", 32), ("step(0)", 0),
      ("step(1e-300)", 1), ("sign(-3)", -1), ("floor(-1.5)", -2), ("abs(-2)", 2), ("cbrt(-27)", -3), ("log10(1000)", 3),
      ("log2(8)", 3), ("ln(e)", 1), ("sqrt(16)", 4), ("pi", Double.pi), ("π", Double.pi), ("smoothstep(0, 0.1)", 0.5),
      ("smoothstep(0.2, 0.4)", 0.5 * (1 + Double.tanh(0.5))), ("sech(0)", 1), ("atan2(1, -1)", 0.75 * Double.pi),
      ("  1\n+\t2 ", 3), ("(-8)^3", -512), ("(-8.0)^(1/1)", -8), ("1e308", 1e308),
      ("5e-324", Double.leastNonzeroMagnitude), ("0.1e1", 1),
    ] as [(String, Double)])
  func `computes constants`(text: String, expected: Double) throws {
    let value = try evaluateConstant(LocatedText(text), constants: [:])
    #expect((value - expected).magnitude <= 4e-16 * expected.magnitude)
  }

  @Test func `computes numbers of a file from named constants`() throws {
    #expect(try evaluateConstant(LocatedText("0.01/pi"), constants: [:]) == 0.01 / .pi)
    #expect(try evaluateConstant(LocatedText("2*L + e"), constants: ["L": 3, "e": 1]) == 7)
    #expect(throws: InputFailure.self) { try evaluateConstant(LocatedText("1/0"), constants: [:]) }
  }

  @Test func `reads subscripts as derivatives`() throws {
    var fixture = Fixture()
    for (short, long) in [
      ("u_x", "d(u, x)"), ("u_xt", "d(d(u, x), t)"), ("u_tx", "d(u, x, t)"), ("u_x_t", "d(u, x, t)"),
      ("v_xxxx", "d(v, x, x, x, x)"), ("laplacian(u, x, t)", "u_xx + u_tt"), ("laplacian(u)", "u_xx"), ("D_x", "0"),
      ("v_t", "0"), ("pi_x", "0"), ("x_x", "1"), ("d(u^2, x)", "2*u*u_x"),
      ("u_t + u*u_x = D*u_xx", "d(u,t) + u*d(u,x) - D*d(u,x,x)"),
    ] {
      #expect(try fixture.parse(short) == fixture.parse(long), "\(short)")
    }
  }

  @Test func `reads subscripts of variables with long names`() throws {
    var graph = ExpressionGraph(variableCount: 3, outputInputs: [[0, 1, 2]])
    var scope = Scope(variables: ["tau", "x", "x_1"])
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    scope.names["u_old"] = .node(graph.constant(5))
    for (short, by) in [
      ("u_tau", [0]), ("u_tau_x", [0, 1]), ("u_xtau", [0, 1]), ("u_x_1", [2]), ("u_x_1tau", [0, 2]),
      ("u_xx_1", [1, 2]),
    ] {
      let node = try parseExpression(LocatedText(short), in: scope, graph: &graph)
      #expect(node == graph.symbol(.output(0, MultiIndex(by), site: 0)), "\(short)")
    }
    #expect(try parseExpression(LocatedText("u_old"), in: scope, graph: &graph) == graph.constant(5))
    #expect(try parseExpression(LocatedText("u_old_x"), in: scope, graph: &graph) == graph.constant(0))
  }

  @Test func `lets names of the user hide constants and functions`() throws {
    var fixture = Fixture()
    fixture.scope.names["e"] = .node(fixture.graph.constant(3))
    fixture.scope.names["step"] = .node(fixture.graph.symbol(.unknown(1)))
    fixture.scope.names["n"] = .node(fixture.graph.constant(7))
    #expect(try fixture.value("e + n") == 10)
    #expect(try fixture.printed("step*step(x)") == "unknown1*step(x)")
    #expect(throws: InputFailure.self) { try fixture.parse("d(u, n)") }
    fixture.scope.names["αβ_1"] = .node(fixture.graph.constant(2))
    #expect(try fixture.value("αβ_1^2") == 4)
  }

  @Test func `derives through fields that are expressions`() throws {
    var fixture = Fixture()
    fixture.scope.names["w"] = .node(try fixture.parse("sin(pi*x) + t*(1 - x^2)*u"))
    let point = Point(x: 0.3, t: 0.6)
    let value = try fixture.value("w_xx", at: point)
    let source: Double = -Double.pi * Double.pi * Double.sin(Double.pi * 0.3)
    let product: Double = (1 - 0.09) * point.u(2, 0) - 4 * 0.3 * point.u(1, 0) - 2 * point.u()
    let direct = source + 0.6 * product
    #expect((value - direct).magnitude < 1e-13)
    let program = try fixture.program("w_xx")
    #expect(program.derivativeSet(output: 0, site: 0).indices == [.value, MultiIndex([0]), MultiIndex([0, 0])])
  }

  @Test func `takes derivatives along the normal and leaves out components that are zero`() throws {
    var fixture = Fixture()
    let (one, zero, column) = (fixture.graph.constant(-1), fixture.graph.constant(0), fixture.graph.symbol(.column(1)))
    fixture.scope.normal = [one, zero]
    #expect(try fixture.parse("d(u, n)") == fixture.parse("-u_x"))
    #expect(try fixture.parse("d(u, n, n)") == fixture.parse("u_xx"))
    fixture.scope.normal = [column, column]
    fixture.scope.names["c"] = .node(column)
    #expect(try fixture.parse("D*d(u, n)") == fixture.parse("D*(c*u_x + c*u_t)"))
    #expect(try fixture.parse("d(u, n, n)") == fixture.parse("c^2*u_xx + c^2*u_xt + c^2*u_xt + c^2*u_tt"))
  }

  @Test func `reads both sides of a condition apart`() throws {
    var fixture = Fixture()
    let equation = try parseEquation(LocatedText("u = -sin(pi*x)"), in: fixture.scope, graph: &fixture.graph)
    #expect(try equation.left == fixture.parse("u"))
    #expect(try equation.right == fixture.parse("-sin(pi*x)"))
    #expect(try parseEquation(LocatedText("u"), in: fixture.scope, graph: &fixture.graph).right == nil)
  }

  @Test func `says which texts are names`() {
    for name in ["u", "_a", "Δp", "x1", "u_old"] { #expect(isName(name)) }
    for name in ["", "1x", "a b", "a-b", "and", "or", "not", "x²", String(repeating: "a", count: 257)] {
      #expect(!isName(name))
    }
  }

  @Test func `lists every function once, with a usage that begins with its name`() {
    #expect(Set(functionCatalogue.map(\.name)).count == functionCatalogue.count)
    for function in functionCatalogue {
      #expect(function.usage.hasPrefix(function.name + "(") && !function.summary.isEmpty)
    }
  }
}

@Suite struct Definitions {
  private func scope(_ definitions: [String: String], _ fixture: inout Fixture) {
    for (name, text) in definitions { fixture.scope.names[name] = .definition(LocatedText(text, named: name)) }
  }

  @Test func `are read where they are used, through each other, and derived`() throws {
    var fixture = Fixture()
    scope(["a": "b*x + b", "b": "sin(c)", "c": "u + 1", "unused": "1 +"], &fixture)
    #expect(try fixture.parse("a_x") == fixture.parse("d(sin(u + 1)*x + sin(u + 1), x)"))
    #expect(try fixture.parse("d(b, x) + a") == fixture.parse("d(sin(u + 1), x) + (sin(u + 1)*x + sin(u + 1))"))
  }

  @Test func `may form chains of any length`() throws {
    var fixture = Fixture()
    var texts = ["a0": "u"]
    for i in 1...5000 { texts["a\(i)"] = "sin(a\(i - 1)) + a\(i - 1)" }
    scope(texts, &fixture)
    let node = try fixture.parse("a5000_x")
    #expect(fixture.graph.symbols(of: [node]).count == 2)
  }

  @Test func `that refer to themselves are errors at the reference`() {
    var fixture = Fixture()
    scope(["a": "1 + b", "b": "x*c_x", "c": "2 + a", "self": "self"], &fixture)
    do {
      _ = try fixture.parse("u + a")
      Issue.record("a cycle was accepted")
    } catch {
      #expect(error.diagnostics.map(\.message) == ["definition 'a' refers to itself: a -> b -> c -> a"])
      #expect(error.diagnostics[0].location?.file.name == "c")
      #expect(error.diagnostics[0].location?.column == 5)
    }
    #expect(throws: InputFailure.self) { try fixture.parse("self") }
  }

  @Test func `report their own errors at their own place`() {
    var fixture = Fixture()
    scope(["a": "1 + foo"], &fixture)
    do {
      _ = try fixture.parse("u + a + bar")
      Issue.record("unknown names were accepted")
    } catch {
      #expect(error.diagnostics.map { $0.location?.file.name } == ["a", "<built-in>"])
      #expect(error.diagnostics.map { $0.location?.column } == [5, 9])
    }
  }
}

import Autodiff
import Diagnostics
import Expressions
import Testing

private func unit(_ text: String) throws -> Unit { try Unit(LocatedText(text)) }

@Suite struct UnitTests {
  @Test(arguments: [
    ("N", "kg*m/s^2"), ("Pa", "N/m^2"), ("J", "N m"), ("W", "J/s"), ("V", "W/A"), ("Ohm", "V/A"), ("S", "1/Ω"),
    ("F", "C/V"), ("Wb", "V·s"), ("T", "Wb/m²"), ("H", "Wb/A"), ("Hz", "s⁻¹"), ("mm^2/s", "mm*mm/s"), ("L", "dm^3"),
    ("ml", "cm³"), ("M", "mol/l"), ("h", "60 min"), ("d", "24 h"), ("mN", "g*m/s^2"), ("1", "m/m"), ("rad", "1"),
    ("V^2", "(V^(1/2))^4"), ("W/(m*K)", "W/m/K"), ("kPa", "1000 Pa"), ("10^6/ml", "1000000/ml"), ("µm", "um"),
    ("cells/ml", "cells / cm^3"), ("mmHg", "133.322387415 Pa"), ("years", "yr"), ("%", "0.01"), ("hPa", "100 Pa"),
    ("P", "0.1 Pa s"), ("cal", "4.184 J"), ("kHz", "1/ms"),
  ])
  func `units are equal where they are the same multiple of base units`(_ a: String, _ b: String) throws {
    guard case .same = try unit(a).compared(with: unit(b)) else {
      Issue.record("\(a) and \(b): \(try unit(a).compared(with: unit(b)))")
      return
    }
  }

  @Test(arguments: [
    ("m", "mm", 1000.0), ("h", "s", 3600), ("mm^2/s", "m^2/s", 1e-6), ("bar", "kPa", 100), ("T", "G", 0),
  ])
  func `units of one kind differ by a factor`(_ a: String, _ b: String, _ ratio: Double) throws {
    switch try unit(a).compared(with: unit(b)) {
    case .scaled(let found): #expect(abs(found / ratio - 1) < 1e-12)
    // A gauss is not known.
    case .different: #expect(ratio == 0)
    case .same: Issue.record("\(a) is not \(b)")
    }
  }

  @Test(arguments: [("m", "s"), ("N", "J"), ("AU", "s"), ("cells", "1"), ("K", "mol"), ("m^2", "m^3"), ("md", "d")])
  func `other units are different`(_ a: String, _ b: String) throws {
    guard case .different = try unit(a).compared(with: unit(b)) else {
      Issue.record("\(a) and \(b): \(try unit(a).compared(with: unit(b)))")
      return
    }
  }

  @Test func `words that are not known are told`() throws {
    #expect(try unit("mm^2/AU/kV/cells").unknownWords == ["AU", "cells"])
    #expect(try unit("min*mmin").unknownWords == ["mmin"])
  }

  @Test(arguments: [
    ("kg*m/s^2", "kg*m/s^2"), ("1/s", "1/s"), ("m/m", "1"), ("W/m/K", "W/(K*m)"), ("V^(1/2)", "V^(1/2)"),
    ("m s⁻²", "m/s^2"), ("10^6/ml", "1000000.0/ml"), ("(m/s)^2", "m^2/s^2"),
  ])
  func `units are printed as products`(_ text: String, _ printed: String) throws {
    #expect(try unit(text).description == printed)
    guard case .same = try unit(printed).compared(with: unit(text)) else {
      Issue.record("\(printed) is not \(text)")
      return
    }
  }

  @Test(arguments: [
    ("", "a unit is missing", 0), ("m/", "a unit is missing", 2),
    ("m^", "exponent of a unit is no whole number or fraction", 2),
    ("m^x", "exponent of a unit is no whole number or fraction", 2),
    ("m^(1/0)", "exponent of a unit is no whole number or fraction", 2),
    ("(m", "missing ')' for this '(' in a unit", 0), ("m)", "unexpected ')' in a unit", 1),
    ("m#", "unexpected '#' in a unit", 1),
    ("0 m", "'0' in a unit is no positive number", 0), ("µ+m", "unexpected '+' in a unit", 1),
    ("m**s", "unexpected '*' in a unit", 2), ("1.2.3", "'1.2.3' in a unit is no positive number", 0),
  ])
  func `what is no unit is refused at its character`(_ text: String, _ message: String, _ offset: Int) throws {
    let failure = try #require(throws: InputFailure.self) {
      try Unit(LocatedText(text, named: "file"))
    }
    #expect(failure.diagnostics.map(\.message) == [message])
    #expect(failure.diagnostics.first?.location?.column == offset + 1)
  }

  @Test func `any text is read or refused`() {
    let pieces = ["m", "s", "^", "(", ")", "/", "*", "-", "2", "²", " ", ".", "⁻", "°", "\u{301}", "👩‍👩‍👧", "1e9", "(1/2)"]
    var state: UInt64 = 7
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int(state >> 33) % 9 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      state = state &* 6_364_136_223_846_793_005 &+ 1
      if let found = try? unit(text) { _ = found.description }
    }
  }
}

/// Units of expressions: x in mm, t in s, T a temperature in K, D in mm²/s, k = 2/s, a without a unit.
@Suite struct UnitCheckTests {
  private func complaints(_ text: String, define: [String: String] = [:]) throws -> [Diagnostic] {
    var graph = ExpressionGraph(variableCount: 3, outputInputs: [[0, 1, 2]])
    var scope = Scope(variables: ["x", "y", "t"], timeVariable: 2)
    scope.names["T"] = .node(graph.symbol(.output(0, .value, site: 0)))
    scope.names["D"] = .node(graph.symbol(.unknown(0)))
    scope.names["a"] = .node(graph.symbol(.unknown(1)))
    scope.names["k"] = .node(graph.constant(2))
    for (name, text) in define { scope.names[name] = .definition(LocatedText(text, named: "file")) }
    for (name, text) in ["x": "mm", "y": "mm", "t": "s", "T": "K", "D": "mm^2/s", "k": "1/s"] {
      scope.units[name] = try unit(text)
    }
    scope.normal = [graph.constant(1), graph.constant(0), graph.constant(0)]
    do {
      _ = try parseResidual(LocatedText(text, named: "file"), in: scope, graph: &graph)
      return []
    } catch { return error.diagnostics }
  }

  @Test(arguments: [
    "T_t = D*T_xx", "T_t = D*laplacian(T)", "T_t = d(D*T_x, x) - k*T", "T = 300", "T = 0", "2*T + T = 5 - T",
    "x = 1 + y",
    "T_t = 3", "d(T, n) = k*T/D*x", "T = T*exp(-k*t)*sin(pi*x/y)", "sqrt(D*t) = x", "x^2 = D*t", "x^2^1 = D*t",
    "x^(1/2)*y^0.5 = x",
    "pow(x, 2) = x*y", "T = a*x", "a = T", "T_t = a*T_xx", "T^a = 1", "T = if(x > y, T, 3)", "min(x, y) = max(x, 2)",
    "smoothstep(t - 1, 0.05)*T = T", "smoothstep(x, y) = 2", "atan2(x, y) = 1", "abs(x) = -x", "step(t)*T = T",
    "x*y/(D*t) = exp(x/y)",
    "floor(x/y) = 2", "cbrt(x*x*y) = y", "d(3, x) = T", "-x = +y", "not (x < y) and t > 2", "1/k = t", "2^(k*t) = 1",
    "sign(x) = 1",
    "T_xt = T_x*k", "(T) = (T)", "T*(1 + k*t) = 0", "log(T/(2*T)) = 1", "x = a + y",
  ])
  func `what agrees passes`(_ text: String) throws {
    #expect(try complaints(text).map(\.message) == [])
  }

  @Test(arguments: [
    ("T_t = T_xx", "the sides of an equation differ in their units: 'T_t' is in K/s, 'T_xx' is in K/mm^2", 5),
    (
      "T = 20*exp(-k*t)", "the sides of an equation differ in their units: 'T' is in K, '20*exp(-k*t)' is in 1", 3
    ),
    ("x + t", "the terms of a sum differ in their units: 'x' is in mm, 't' is in s", 3),
    ("T - 2*T_x", "the terms of a difference differ in their units: 'T' is in K, '2*T_x' is in K/mm", 3),
    (
      "T_t = D*T_xx + (k + k)*x",
      "the terms of a sum differ in their units: 'D*T_xx' is in K/s, '(k + k)*x' is in mm/s", 14
    ),
    ("exp(-k) = 1", "exp takes a number without a unit, but '-k' is in 1/s", 5),
    ("sin(pi*x) = 1", "sin takes a number without a unit, but 'pi*x' is in mm", 5),
    ("x < t", "the sides of a comparison differ in their units: 'x' is in mm, 't' is in s", 3),
    ("min(x, y, t)", "arguments of min differ in their units: 'x' is in mm, 't' is in s", 1),
    ("if(x > 0, x, t)", "arguments of if differ in their units: 'x' is in mm, 't' is in s", 1),
    ("smoothstep(t, x)", "arguments of smoothstep differ in their units: 't' is in s, 'x' is in mm", 1),
    ("2^t", "an exponent has no unit, but 't' is in s", 2),
    ("x^(x/y)", "'x' is in mm: it can be raised to a fixed whole number or simple fraction only", 2),
    ("laplacian(T, x, t)", "laplacian over variables in different units", 1),
    (
      "D*laplacian(T) = T", "the sides of an equation differ in their units: 'D*laplacian(T)' is in K/s, 'T' is in K",
      16
    ),
    ("sqrt(x*y) = D", "the sides of an equation differ in their units: 'sqrt(x*y)' is in mm, 'D' is in mm^2/s", 11),
  ])
  func `what disagrees is told with both sides`(_ text: String, _ message: String, _ column: Int) throws {
    let found = try complaints(text)
    #expect(found.map(\.message) == [message])
    #expect(found.first?.location?.column == column)
  }

  @Test func `definitions carry their units`() throws {
    let define = ["flux": "-D*T_x", "wrong": "x + t"]
    #expect(try complaints("T_t = -d(flux, x)", define: define).isEmpty)
    #expect(
      try complaints("T_t = flux", define: define).map(\.message) == [
        "the sides of an equation differ in their units: 'T_t' is in K/s, 'flux' is in K*mm/s"
      ])
    #expect(try complaints("wrong = x", define: define).map(\.message).first?.hasPrefix("the terms of a sum") == true)
  }

  @Test func `several disagreements are told at once`() throws {
    #expect(try complaints("(x + t)*(T + D) = exp(x)").count == 3)
  }
}

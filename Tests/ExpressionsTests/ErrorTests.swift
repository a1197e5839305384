import Autodiff
import Diagnostics
import Expressions
import Testing

@Suite struct `Errors of a text` {
  /// The text with a « before every place where an error is expected, the messages with their help.
  static let cases: [(text: String, errors: [String])] = [
    ("«", ["empty expression"]),
    ("«   ", ["empty expression"]),
    ("u + «foo", ["unknown name 'foo' (known names are D, g, t, u, v, x)"]),
    (
      "«ux + «ww = 1",
      ["unknown name 'ux' (did you mean 'u'?)", "unknown name 'ww' (known names are D, g, t, u, v, x)"]
    ),
    ("«U_xx", ["unknown name 'U_xx' (did you mean 'u_xx'?)"]),
    ("«u_z", ["unknown name 'u_z' ('u' is known, but 'z' is not made of variables; variables are x, t)"]),
    ("«u_x_", ["unknown name 'u_x_' ('u' is known, but 'x_' is not made of variables; variables are x, t)"]),
    ("2*«sin", ["unknown name 'sin' ('sin' is a function: write sin(…))"]),
    ("«sine(x)", ["unknown function 'sine' (did you mean 'sin'?)"]),
    ("«frobnicate(x) + «y", ["unknown function 'frobnicate'", "unknown name 'y' (known names are D, g, t, u, v, x)"]),
    ("«u(x)", ["'u' is not a function (write u*(…))"]),
    ("«smoothstep(x)", ["smoothstep takes 2 arguments, found 1 (write smoothstep(x, width))"]),
    ("«sin(x, t)", ["sin takes 1 argument, found 2 (write sin(x))"]),
    ("«sin()", ["sin takes 1 argument, found 0 (write sin(x))"]),
    ("«min(x)", ["min takes 2 or more arguments, found 1 (write min(a, b, …))"]),
    ("«d(u)", ["d takes 2 or more arguments, found 1 (write d(expr, x, …))"]),
    ("«if(x, 1)", ["if takes 3 arguments, found 2 (write if(condition, a, b))"]),
    ("d(u, «a)", ["cannot differentiate by 'a': not a variable; variables are x, t"]),
    ("d(u, «X)", ["cannot differentiate by 'X': not a variable; variables are x, t (did you mean 'x'?)"]),
    ("d(u, «D)", ["cannot differentiate by 'D': not a variable; variables are x, t"]),
    ("d(u, x, «2*x)", ["cannot differentiate by '2*x': not a variable; variables are x, t"]),
    ("laplacian(u, «sin(t))", ["cannot differentiate by 'sin(t)': not a variable; variables are x, t"]),
    ("d(u, «)", ["expected a variable, found ')'"]),
    ("d(u, «n)", ["no outward normal here (d(…, n) is for conditions on a boundary)"]),
    ("d«(u, x", ["missing ')' for this '('"]),
    ("«u_xxxxx", ["derivative of order 5; the highest is 4"]),
    ("«d(u, x, x, x, x, x)", ["derivative of order 5; the highest is 4"]),
    ("«d(u_xx, x, x, t)", ["derivative of order 5; the highest is 4"]),
    ("d(u, x) + «d(g*u, x)", ["cannot differentiate the column 'g' (values known at points only have no derivative)"]),
    ("«g_x", ["cannot differentiate the column 'g' (values known at points only have no derivative)"]),
    ("2«x + 1", ["missing operator between '2' and 'x' (write 2*x)"]),
    ("2«(x + 1)", ["missing operator between '2' and '(' (write 2*(…))"]),
    ("(x + 1)«t", ["missing operator between ')' and 't' (write )*t)"]),
    ("(x)«(t)", ["missing operator between ')' and '(' (write )*(…))"]),
    (
      "x «t «u",
      ["missing operator between 'x' and 't' (write x*t)", "missing operator between 't' and 'u' (write t*u)"]
    ),
    ("1 «2", ["missing operator between '1' and '2' (write an operator, or a point in a decimal number)"]),
    ("2«e", ["missing operator between '2' and 'e' (write 2*e)"]),
    ("«1.2.3", ["malformed number '1.2.3'"]),
    ("«1e999", ["number '1e999' is too large (the largest is about 1.8e308)"]),
    ("sin«(x", ["missing ')' for this '('"]),
    ("(x + «(t + 0", ["missing ')' for this '('"]),
    ("(x + (t «= 0", ["'=' inside parentheses (close the '(' of line 1, column 6, or write == to compare)"]),
    ("x «+", ["expected a value after '+'"]),
    ("x + «* t", ["expected a value, found '*'"]),
    ("(«)", ["expected a value, found ')'"]),
    ("x«)", ["unmatched ')'"]),
    ("x«, t", ["unexpected ',' (decimals take a point; a comma separates arguments)"]),
    ("(x«, t)", ["unexpected ',' (decimals take a point; a comma separates arguments)"]),
    ("min(x, «)", ["expected a value, found ')'"]),
    ("x «@ t", ["unexpected character '@'"]),
    ("x«² + «√", ["unexpected character '²' (write ^2)", "unexpected character '√' (write sqrt(…))"]),
    ("x «− t", ["unexpected character '−' (write -)"]),
    ("u «=", ["nothing to the right of '='"]),
    ("«= u", ["nothing to the left of '='"]),
    ("u = t «= x", ["a second '=' (an equation has one; write == to compare)"]),
    ("u = «= x", ["expected a value, found '='"]),
    ("if(u «= 1, x, t)", ["'=' inside parentheses (close the '(' of line 1, column 3, or write == to compare)"]),
    ("0 < x «< 1", ["comparisons do not chain (write a < b and b < c)"]),
    ("x + «not t", ["'not' inside an operation (put it in parentheses)"]),
    ("x «not t", ["unexpected 'not' (write != to compare)"]),
  ]

  @Test(arguments: cases)
  func `are reported at their character`(text: String, errors: [String]) {
    var columns: [Int] = []
    var plain = ""
    for scalar in text.unicodeScalars {
      if scalar == "«" {
        columns.append(plain.unicodeScalars.count + 1)
      } else {
        plain.unicodeScalars.append(scalar)
      }
    }
    let (messages, places) = diagnose(plain)
    #expect(messages == errors, "\(plain)")
    #expect(places.map(\.column) == columns && places.allSatisfy { $0.line == 1 }, "\(plain)")
  }

  private func diagnose(_ text: String, _ fixture: Fixture = Fixture()) -> ([String], [Diagnostics.SourceLocation]) {
    var fixture = fixture
    do {
      let node = try fixture.parse(text)
      return (["accepted as \(fixture.text(node))"], [])
    } catch {
      #expect(error.kind == .configuration)
      return (
        error.diagnostics.map { $0.message + ($0.help.map { " (\($0))" } ?? "") },
        error.diagnostics.compactMap(\.location)
      )
    }
  }

  @Test func `of a text inside a file are reported at the file's line and column`() throws {
    let file = SourceFile(name: "c.toml", text: "a\nexpr = \"\"\"\nu_t +\n  foo\"\"\"")
    let text = LocatedText(
      "u_t +\n  foo", file: file,
      segments: [.init(offset: 0, line: 3, column: 1), .init(offset: 6, line: 4, column: 1)])
    var fixture = Fixture()
    #expect {
      try parseResidual(text, in: fixture.scope, graph: &fixture.graph)
    } throws: { error in
      let location = (error as? InputFailure)?.diagnostics.first?.location
      return location == Diagnostics.SourceLocation(file: file, line: 4, column: 3, length: 3)
    }
  }

  @Test func `name an equals sign in an expression`() throws {
    var fixture = Fixture()
    #expect {
      try parseExpression(LocatedText("x = 2"), in: fixture.scope, graph: &fixture.graph)
    } throws: { error in
      let first = (error as? InputFailure)?.diagnostics.first
      return first?.message == "'=' in an expression" && first?.help == "write == to compare"
        && first?.location?.column == 3
    }
  }

  @Test func `name both readings of an ambiguous subscript`() {
    var graph = ExpressionGraph(variableCount: 3, outputInputs: [[0, 1, 2]])
    var scope = Scope(variables: ["x", "y", "xy"])
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    #expect {
      try parseExpression(LocatedText("1 + u_xy"), in: scope, graph: &graph)
    } throws: { error in
      let first = (error as? InputFailure)?.diagnostics.first
      return first?.message == "'u_xy' is ambiguous" && first?.help == "write d(u, x, y) or d(u, xy)"
        && first?.location?.column == 5
    }
    // An underscore between variables decides.
    #expect(throws: Never.self) { try parseExpression(LocatedText("u_x_y"), in: scope, graph: &graph) }
  }

  @Test func `of constants suggest constants`() {
    #expect {
      try evaluateConstant(LocatedText("2*Lenth"), constants: ["Length": 1, "D": 2])
    } throws: { error in
      let first = (error as? InputFailure)?.diagnostics.first
      return first?.message == "unknown name 'Lenth'" && first?.help == "did you mean 'Length'?"
    }
    #expect {
      try evaluateConstant(LocatedText("1/0"), constants: [:])
    } throws: { error in
      (error as? InputFailure)?.diagnostics.first?.message == "expected a finite number, found inf"
    }
  }

  @Test func `about the normal do not speak of columns`() {
    var fixture = Fixture()
    fixture.scope.normal = [fixture.graph.symbol(.column(5)), fixture.graph.symbol(.column(6))]
    let (messages, places) = diagnose("d(x*d(u, n), x)", fixture)
    #expect(messages == ["cannot differentiate the outward normal (values known at points only have no derivative)"])
    #expect(places.map(\.column) == [1])
  }

  @Test func `stop after twenty`() {
    let (messages, _) = diagnose((0..<100).map { "zzz\($0)" }.joined(separator: " + "))
    #expect(messages.count == 20)
    #expect(diagnose(String(repeating: "x ", count: 1000)).0.count == 20)
    #expect(diagnose(String(repeating: "@", count: 1000)).0.count == 20)
    #expect(diagnose("d(u" + String(repeating: ", 1", count: 1000) + ")").0.count == 20)
  }

  @Test func `of names that are very long are short`() {
    let name = String(repeating: "q", count: 200)
    #expect(diagnose(name).0[0].count < 120)
    #expect(diagnose(name + name).0 == ["name of 400 characters is longer than 256"])
  }
}

import Autodiff
import Diagnostics
import Expressions
import Foundation
import KernelInterface
import Testing

@Suite struct `Hostile texts` {
  private static let nested = "expression nested deeper than 200"

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let message: String

    init(_ name: String, _ text: String, _ message: String) {
      (testDescription, self.text, self.message) = (name, text, message)
    }
  }

  /// Texts and the first message that each must give.
  static let texts: [Case] = [
    Case("parentheses", String(repeating: "(", count: 1_000_000), nested),
    Case(
      "closed parentheses", String(repeating: "(", count: 40_000) + "x" + String(repeating: ")", count: 40_000), nested),
    Case("minus signs", String(repeating: "-", count: 1_000_000) + "x", nested),
    Case("minus signs and parentheses", String(repeating: "-(", count: 500_000), nested),
    Case("not", String(repeating: "not ", count: 20_000) + "x", nested),
    Case("calls", String(repeating: "sin(", count: 20_000), nested),
    Case("exponents", String(repeating: "x^", count: 40_000) + "x", nested),
    Case("derivatives", String(repeating: "d(", count: 20_000), nested),
    Case("length", String(repeating: "x + ", count: 300_000), "expression of 1200000 characters is longer than 100000"),
    Case("closing parentheses", "x" + String(repeating: ")", count: 90_000), "unmatched ')'"),
    Case("a long name", String(repeating: "a", count: 90_000), "name of 90000 characters is longer than 256"),
    Case(
      "underscores", String(repeating: String(repeating: "u_", count: 120) + " ", count: 400),
      "unknown name 'u_u_u_u_u_u_u_u_u_u_u_u_u_u_u_u_u_u_u_u…'"
    ),
    Case("commas", String(repeating: ",", count: 90_000), "expected a value, found ','"),
    Case(
      "variables of a derivative", "d(u" + String(repeating: ", x", count: 30_000) + ")",
      "derivative of order 30000; the highest is 4"
    ),
    Case("NUL", "x + \0", "unexpected character '\0'"),
    Case(
      "digits", String(repeating: "9", count: 90_000), "number '\(String(repeating: "9", count: 39))…' is too large"),
  ]

  @Test(arguments: texts)
  func `F28 F29 end in an error`(hostile: Case) {
    #expect(firstMessage(hostile.text) == hostile.message)
  }

  @Test func `end in an error on a thread with a stack of 512 KB`() {
    let results = onSmallStack {
      Self.texts.map { ($0.message, firstMessage($0.text)) }
    }
    for (expected, found) in results { #expect(found == expected) }
  }

  @Test func `that only are long are read, derived, compiled and printed on a small stack`() {
    let results: [String] = onSmallStack {
      var problems: [String] = []
      for text in [
        (0..<7_000).map { "x*\($0)^0.3" }.joined(separator: " + "),
        (0..<6_500).map { "sin(\($0)*x)" }.joined(separator: " - "),
        (0..<9_000).map { "(x+\($0)+u)" }.joined(separator: "/"),
        (0..<5_000).map { "(u+\($0))" }.joined(separator: "*"),
        (0..<5_000).map { "(u<\($0))" }.joined(separator: " and "),
        "min(" + (0..<9_000).map { "x+\($0)" }.joined(separator: ",") + ")",
        // Factors that cannot be merged without overflow.
        "1/(x" + (0..<4_000).map { _ in "*1e300*1e10*1e-320*1e10" }.joined() + ")*t",
        "x" + String(repeating: "+0.1+0.2+0.3", count: 7_000) + "-x",
      ] {
        do {
          var fixture = Fixture()
          let node = try fixture.parse(text)
          let derivative = try fixture.graph.derivative(of: node, by: 0)
          _ = fixture.graph.moved(derivative, toSite: 1)
          let program = ResidualProgram(fixture.graph, outputs: [node, derivative])
          _ = program.evaluate(program.inputs.map { _ in 0.5 })
          _ = fixture.text(derivative)
        } catch {
          problems.append("\(text.prefix(40)): \(error)")
        }
      }
      return problems
    }
    #expect(results.isEmpty)
  }

  @Test func `do not matter to graphs 100 000 nodes deep on a small stack`() {
    let lengths: [Int] = onSmallStack {
      var graph = ExpressionGraph(variableCount: 1, outputInputs: [])
      var sum = graph.constant(0)
      for number in 0..<100_000 {
        let unknown = graph.symbol(.unknown(number))
        sum = graph.add(sum, unknown)
      }
      var tower = graph.symbol(.coordinate(0, site: 0))
      for _ in 0..<2 { tower = graph.moved(graph.add(sum, tower), toSite: 1) }
      let program = ResidualProgram(graph, outputs: [sum])
      let value = program.evaluate([Double](repeating: 1, count: 100_000))[0]
      let text = graph.text(sum, names: SymbolNames(variables: ["x"]), limit: 2_000_000)

      var deep = ExpressionGraph(variableCount: 1, outputInputs: [])
      let x = deep.symbol(.coordinate(0, site: 0))
      var node = x
      for _ in 0..<20_000 { node = deep.unary(.sin, deep.add(node, x)) }
      let derivative = try? deep.derivative(of: node, by: 0)
      let steps = ResidualProgram(deep, outputs: derivative.map { [$0] } ?? []).instructions.count
      return [program.instructions.count, Int(value), text.count, steps]
    }
    #expect(lengths[0] == 99_999 && lengths[1] == 100_000)
    #expect(lengths[2] > 1_000_000)
    #expect(lengths[3] > 60_000)
  }

  @Test func `cannot make the graph grow without bound`() {
    let factors = (0..<6_000).map { "(x^t+\($0))" }.joined(separator: "*")
    #expect(firstMessage("d(\(factors), x, x, x, x)") == "expression has more than 200000 parts")
    let nested =
      String(repeating: "d(", count: 100) + "exp(sin(x)*x)*cos(exp(x))" + String(repeating: ", x)", count: 100)
    #expect(firstMessage(nested) == "expression has more than 200000 parts")
  }

  @Test func `with subscripts that can be read in very many ways end`() {
    var graph = ExpressionGraph(variableCount: 60, outputInputs: [[0]])
    var scope = Scope(variables: (1...60).map { String(repeating: "a", count: $0) })
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    #expect(throws: InputFailure.self) {
      try parseExpression(LocatedText("u_" + String(repeating: "a", count: 200)), in: scope, graph: &graph)
    }
    #expect(throws: InputFailure.self) {
      try parseExpression(LocatedText("u_" + String(repeating: "a", count: 250)), in: scope, graph: &graph)
    }
  }
}

private func firstMessage(_ text: String) -> String {
  var fixture = Fixture()
  do {
    _ = try fixture.parse(text)
    return "accepted"
  } catch {
    return error.diagnostics.first?.message ?? "no message"
  }
}

/// Runs the work on a thread of its own with a stack of 512 KB, the size of secondary threads on some systems.
private func onSmallStack<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> Result {
  let box = Box<Result>()
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    box.value = work()
    done.signal()
  }
  thread.stackSize = 512 << 10
  thread.start()
  done.wait()
  guard let value = box.value else { preconditionFailure("the thread left no result") }
  return value
}

/// The semaphore orders the one write before the one read.
private final class Box<Value>: @unchecked Sendable {
  var value: Value?
}

package import Diagnostics

/// A text of the form `lhs = rhs`, or one expression.
package struct ParsedEquation: Sendable, Equatable {
  package var left: NodeID
  /// Nil where the text has no `=`.
  package var right: NodeID?

  package init(left: NodeID, right: NodeID?) {
    self.left = left
    self.right = right
  }
}

/// The residual of `lhs = rhs`, which is lhs − rhs; a text without `=` is the residual itself.
///
/// - Throws: every error found, each at its characters. The graph then keeps what was built; it stays usable.
package func parseResidual(
  _ text: LocatedText, in scope: Scope, graph: inout ExpressionGraph
) throws(InputFailure) -> NodeID {
  let equation = try parseEquation(text, in: scope, graph: &graph)
  return equation.right.map { graph.subtract(equation.left, $0) } ?? equation.left
}

/// One expression; an `=` is an error.
///
/// - Parameter unit: what its value should be in, if that is known.
package func parseExpression(
  _ text: LocatedText, in scope: Scope, graph: inout ExpressionGraph, unit: Unit? = nil
) throws(InputFailure) -> NodeID {
  try parse(text, in: scope, graph: &graph, allowsAssignment: false, unit: unit).left
}

/// Both sides of an equation apart, as conditions of the form `u = value` need them.
package func parseEquation(
  _ text: LocatedText, in scope: Scope, graph: inout ExpressionGraph
) throws(InputFailure) -> ParsedEquation {
  try parse(text, in: scope, graph: &graph, allowsAssignment: true)
}

/// The value of a number written as an expression of named numbers: `0.01/pi`, `2*L`.
///
/// - Throws: errors of the text, and a value that is infinite or not a number.
package func evaluateConstant(_ text: LocatedText, constants: [String: Double]) throws(InputFailure) -> Double {
  var graph = ExpressionGraph(variableCount: 0, outputInputs: [])
  var scope = Scope()
  for (name, value) in constants.sorted(by: { $0.key < $1.key }) { scope.names[name] = .node(graph.constant(value)) }
  let node = try parseExpression(text, in: scope, graph: &graph)
  let value = graph.constantValue(node) ?? ResidualProgram(graph, outputs: [node]).evaluate([])[0]
  guard value.isFinite else {
    throw InputFailure(.configuration, "expected a finite number, found \(value)", at: text.location)
  }
  return value
}

private func parse(
  _ text: LocatedText, in scope: Scope, graph: inout ExpressionGraph, allowsAssignment: Bool, unit: Unit? = nil
) throws(InputFailure) -> ParsedEquation {
  var parser = Parser(scope: scope, text: text)
  // The parser takes the graph over instead of copying it.
  swap(&parser.graph, &graph)
  defer { swap(&parser.graph, &graph) }
  do {
    let tokens = try parser.tokenize(text)
    try parser.readDefinitions(usedBy: tokens, of: text)
    let equation = try parser.parse(text, tokens, allowsAssignment: allowsAssignment)
    if let unit { try parser.check(equation.left, isIn: unit) }
    if parser.diagnostics.isEmpty { return ParsedEquation(left: equation.left.node, right: equation.right?.node) }
  } catch {
    // The reason is among the diagnostics.
  }
  throw InputFailure(.configuration, parser.diagnostics)
}

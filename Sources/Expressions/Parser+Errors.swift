import Diagnostics

extension Parser {
  /// Keeps an error after which reading goes on, unless there are many already.
  mutating func report(_ diagnostic: Diagnostic) throws(Abandoned) {
    diagnostics.append(diagnostic)
    if diagnostics.count >= Parser.diagnosticLimit { throw Abandoned() }
  }

  func location(_ token: Token) -> SourceLocation { text.location(offset: token.offset, length: token.length) }

  /// Reports an error after which the text cannot be read on.
  mutating func abandon(_ message: String, at token: Token, help: String? = nil) -> Abandoned {
    diagnostics.append(Diagnostic(.error, message, at: location(token), help: help))
    return Abandoned()
  }

  /// The token as the user wrote it.
  func spelling(_ token: Token) -> String {
    let scalars = text.text.unicodeScalars
    guard let start = scalars.index(scalars.startIndex, offsetBy: token.offset, limitedBy: scalars.endIndex),
      let end = scalars.index(start, offsetBy: token.length, limitedBy: scalars.endIndex)
    else { return "" }
    return abbreviated(String(scalars[start..<end]))
  }

  func place(_ token: Token) -> String {
    let location = location(token)
    return "line \(location.line), column \(location.column)"
  }

  mutating func tooLarge(at token: Token) -> Abandoned {
    abandon("expression has more than \(ExpressionGraph.nodeLimit) parts", at: token)
  }

  mutating func missingParenthesis(_ open: Token) -> Abandoned { abandon("missing ')' for this '('", at: open) }

  /// A value was expected.
  mutating func unexpectedOperand() -> Abandoned {
    let here = token
    let previous = position > 0 ? tokens[position - 1] : nil
    if case .assign = here.kind, previous == nil { return abandon("nothing to the left of '='", at: here) }
    guard case .end = here.kind else {
      return abandon("expected a value, found '\(spelling(here))'", at: here)
    }
    guard let previous else { return abandon("empty expression", at: here) }
    if case .assign = previous.kind { return abandon("nothing to the right of '='", at: previous) }
    if case .open = previous.kind { return missingParenthesis(previous) }
    return abandon("expected a value after '\(spelling(previous))'", at: previous)
  }

  /// Two values follow each other.
  func missingOperator(before here: Token) -> Diagnostic {
    let previous = tokens[position - 1]
    let (first, second) = (spelling(previous), spelling(here))
    var message = "missing operator between '\(first)' and '\(second)'"
    var help = "write \(first)*\(second)"
    if case .close = previous.kind { help = "write )*\(second)" }
    if case .open = here.kind { help += "…)" }
    if previous.name == nil, here.name == nil, here.kind != .open, previous.kind != .close {
      // Two numbers: a product is hardly meant.
      help = "write an operator, or a point in a decimal number"
      message = "missing operator between '\(first)' and '\(second)'"
    }
    return Diagnostic(.error, message, at: location(here), help: help)
  }

  var variableList: String {
    switch scope.variables.count {
    case 0: "there are no variables"
    case 1: "the only variable is \(scope.variables[0])"
    default: "variables are \(scope.variables.prefix(12).joined(separator: ", "))"
    }
  }

  func orderDiagnostic(_ order: Int, at token: Token) -> Diagnostic {
    Diagnostic(.error, "derivative of order \(order); the highest is \(highestOrder)", at: location(token))
  }
}

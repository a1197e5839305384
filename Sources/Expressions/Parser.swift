import Diagnostics

/// Reads texts into the graph, by operator precedence with a stack of its own.
///
/// There is no syntax tree and no recursion: a flat sum of 50 000 terms is a loop, and the depth of what does nest
/// (parentheses, calls, signs, exponents) is bounded. Every name is looked up and every derivative taken at once.
///
/// A wrong name is reported and replaced by a placeholder, so that one run finds all of them; after an error of syntax
/// nothing more of that text is read.
struct Parser {
  static let characterLimit = 100_000
  static let nestingLimit = 200
  static let diagnosticLimit = 20

  /// Nothing more can be read.
  struct Abandoned: Error {}

  /// What an operator or parenthesis that was read still waits for.
  enum Pending {
    case binary(BinaryOperator)
    case prefix(PrefixOperator)
    case open(token: Int)
    case call(ExpressionFunction?, token: Int, arguments: [Operand])
  }

  /// A part of the text that was read.
  struct Operand {
    var node: NodeID
    var quantity: Quantity
    /// Its tokens.
    var tokens: ClosedRange<Int>
  }

  var graph: ExpressionGraph
  let scope: Scope
  var diagnostics: [Diagnostic] = []
  /// Definitions that were read already.
  var definitions: [String: Operand] = [:]

  // The state of the text being read.
  var text: LocatedText
  var tokens: [Token] = []
  var position = 0
  var operands: [Operand] = []
  var pending: [Pending] = []
  var nesting = 0
  /// The integrals that are open, and the variables of the calls of `at` that are.
  var integrals: [OpenIntegral] = []
  var places: [[Int]] = []
  private var left: Operand?
  private var allowsAssignment = false

  init(scope: Scope, text: LocatedText) {
    self.graph = ExpressionGraph(variableCount: 0, outputInputs: [])
    self.scope = scope
    self.text = text
  }

  var token: Token { tokens[position] }

  /// Reads `lhs = rhs`, or one expression where there is no `=`.
  mutating func parse(
    _ text: LocatedText, _ tokens: [Token], allowsAssignment: Bool
  ) throws(Abandoned) -> (left: Operand, right: Operand?) {
    (self.text, self.tokens, self.allowsAssignment) = (text, tokens, allowsAssignment)
    (position, operands, pending, nesting, left) = (0, [], [], 0, nil)
    (integrals, places) = ([], [])
    if tokens.count == 1 { throw abandon("empty expression", at: Token(kind: .end, offset: 0, length: 1)) }
    while true {
      try readOperand()
      if try !readOperator() { break }
    }
    guard let value = operands.popLast() else { preconditionFailure("no operand is left") }
    guard let left else { return (value, nil) }
    _ = try common(left, value, doing: "the sides of an equation", at: tokens[left.tokens.upperBound + 1])
    return (left, value)
  }

  // MARK: Values

  /// Reads signs, opening parentheses and one value; afterwards an operator must follow.
  private mutating func readOperand() throws(Abandoned) {
    while true {
      let here = token
      switch here.kind {
      case .number(let value):
        operands.append(
          Operand(node: graph.constant(value), quantity: .number(value), tokens: position...position))
        position += 1
        return
      case .name(let name):
        position += 1
        guard token.kind == .open else {
          operands.append(try value(of: name, at: here))
          return
        }
        try nest(at: here)
        let function = try function(named: name, at: here)
        pending.append(.call(function, token: position - 1, arguments: []))
        position += 1
        try open(function)
        if token.kind == .close {
          try closeCall(value: nil)
          position += 1
          return
        }
      case .open:
        try nest(at: here)
        pending.append(.open(token: position))
        position += 1
      default:
        guard let prefix = PrefixOperator(here.kind) else { throw unexpectedOperand() }
        if case .not = prefix, isInsideOperation {
          throw abandon("'not' inside an operation", at: here, help: "put it in parentheses")
        }
        try nest(at: here)
        pending.append(.prefix(prefix))
        position += 1
      }
    }
  }

  /// Whether an operator that holds more tightly than `not` waits for the value to come.
  private var isInsideOperation: Bool {
    switch pending.last {
    case .binary(let operation): operation.precedence > PrefixOperator.not.precedence
    case .prefix(let prefix): prefix.precedence > PrefixOperator.not.precedence
    default: false
    }
  }

  // MARK: Operators

  /// Reads closing parentheses, commas of derivatives and one operator, after which a value must follow; false at the
  /// end of the text.
  private mutating func readOperator() throws(Abandoned) -> Bool {
    while true {
      let here = token
      switch here.kind {
      case .end:
        try reduce(to: 0)
        if let open = openToken { throw missingParenthesis(tokens[open]) }
        return false
      case .close:
        try reduce(to: 0)
        switch pending.last {
        case .open(let token):
          pending.removeLast()
          nesting -= 1
          operands[operands.count - 1].tokens = token...position
        case .call: try closeCall(value: operands.popLast())
        default: throw abandon("unmatched ')'", at: here)
        }
        position += 1
      case .comma:
        try reduce(to: 0)
        guard try nextArgument() else { return true }
      case .assign:
        try reduce(to: 0)
        try assign(at: here)
        return true
      case .number, .name, .open:
        try report(missingOperator(before: here))
        try push(.multiply, at: here)
        return true
      case .not:
        throw abandon("unexpected 'not'", at: here, help: "write != to compare")
      default:
        guard let operation = BinaryOperator(here.kind) else { preconditionFailure("token \(here) is no operator") }
        position += 1
        try push(operation, at: here)
        return true
      }
    }
  }

  private mutating func push(_ operation: BinaryOperator, at here: Token) throws(Abandoned) {
    try reduce(to: operation.precedence, keepingEqual: !operation.isLeftAssociative)
    if operation == .power { try nest(at: here) }
    pending.append(.binary(operation))
  }

  /// Applies what waits and holds at least as tightly as `precedence`.
  private mutating func reduce(to precedence: Int, keepingEqual: Bool = false) throws(Abandoned) {
    while let last = pending.last {
      switch last {
      case .binary(let operation):
        guard operation.precedence > precedence || (operation.precedence == precedence && !keepingEqual) else { return }
        if operation.isComparison, operation.precedence == precedence {
          throw abandon("comparisons do not chain", at: token(before: position), help: "write a < b and b < c")
        }
        let right = operands.removeLast()
        let left = operands.removeLast()
        let quantity = try quantity(of: operation, left, right)
        operands.append(
          Operand(
            node: operation.apply(left.node, right.node, in: &graph), quantity: quantity,
            tokens: left.tokens.lowerBound...right.tokens.upperBound))
        if operation == .power { nesting -= 1 }
      case .prefix(let prefix):
        guard prefix.precedence > precedence else { return }
        let value = operands.removeLast()
        operands.append(
          Operand(
            node: prefix.apply(value.node, in: &graph), quantity: prefix.quantity(of: value.quantity),
            // The sign stands before its value, a `not` too.
            tokens: max(0, value.tokens.lowerBound - 1)...value.tokens.upperBound))
        nesting -= 1
      case .open, .call: return
      }
      pending.removeLast()
      try checkSize()
    }
  }

  private func token(before position: Int) -> Token { tokens[max(0, position - 1)] }

  private mutating func assign(at here: Token) throws(Abandoned) {
    if let open = openToken {
      throw abandon(
        "'=' inside parentheses", at: here, help: "close the '(' of \(place(tokens[open])), or write == to compare")
    }
    guard allowsAssignment else { throw abandon("'=' in an expression", at: here, help: "write == to compare") }
    guard left == nil else { throw abandon("a second '='", at: here, help: "an equation has one; write == to compare") }
    left = operands.removeLast()
    position += 1
  }

  /// The token of the innermost parenthesis that is still open.
  private var openToken: Int? {
    switch pending.last {
    case .open(let token): token
    case .call(_, let token, _): token + 1
    default: nil
    }
  }

  // MARK: Bounds

  private mutating func nest(at here: Token) throws(Abandoned) {
    nesting += 1
    if nesting > Parser.nestingLimit {
      throw nestedTooDeep(at: here)
    }
  }

  mutating func checkSize() throws(Abandoned) {
    if graph.count > ExpressionGraph.nodeLimit { throw tooLarge(at: token) }
  }
}

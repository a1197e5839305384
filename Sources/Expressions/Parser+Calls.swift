import Diagnostics

extension Parser {
  /// What a derivative is taken by.
  enum Direction: Equatable {
    case variable(Int)
    case normal
  }

  /// Goes on after a comma: true when the arguments that are names were read too and the call is closed, false when
  /// an expression follows.
  mutating func nextArgument() throws(Abandoned) -> Bool {
    let comma = token
    guard case .call(let function, let name, var arguments) = pending.last else {
      throw abandon("unexpected ','", at: comma, help: "decimals take a point; a comma separates arguments")
    }
    arguments.append(operands.removeLast())
    switch function?.meaning {
    case .derivative, .laplacian:
      pending.removeLast()
      nesting -= 1
      try closeDerivative(function, name: name, of: arguments[0])
      return true
    case .place:
      pending[pending.count - 1] = .call(function, token: name, arguments: arguments)
      try readMovedVariable()
      return false
    case .integral where arguments.count == 1:
      pending[pending.count - 1] = .call(function, token: name, arguments: arguments)
      return try readDomainOfIntegral()
    default:
      pending[pending.count - 1] = .call(function, token: name, arguments: arguments)
      position += 1
      return false
    }
  }

  /// Closes a call at its `)`, with the last argument unless there is none.
  mutating func closeCall(value: Operand?) throws(Abandoned) {
    guard case .call(let function, let name, var arguments) = pending.popLast() else {
      preconditionFailure("no call is open")
    }
    nesting -= 1
    if let value { arguments.append(value) }
    let call = name...position
    guard let function else { return operands.append(placeholder(call)) }
    if case .integral = function.meaning {
      operands.append(try closedIntegral(arguments, function, call))
      return try checkSize()
    }
    if let kind = reduction(of: function, arguments.count) {
      operands.append(try reduced(arguments[0], kind, function, call))
      return try checkSize()
    }
    guard function.arity.contains(arguments.count) else {
      if case .place = function.meaning { places.removeLast() }
      return operands.append(try wrongArity(function, found: arguments.count, call))
    }
    let node: NodeID
    let quantity: Quantity
    switch function.meaning {
    case .operation(let operation):
      node = graph.unary(operation, arguments[0].node)
      quantity = try self.quantity(of: function, arguments, at: tokens[name])
    case .composite(let build):
      node = build(&graph, arguments.map(\.node))
      quantity = try self.quantity(of: function, arguments, at: tokens[name])
    case .place:
      node = try placed(arguments, at: tokens[name])
      quantity = arguments[0].quantity
    case .integral, .reduction: preconditionFailure("what runs over points was closed before")
    case .derivative, .laplacian:
      // Only a Laplacian may do without variables.
      let space = scope.variables.indices.filter { $0 != scope.timeVariable }.map { Direction.variable($0) }
      node = try laplacian(of: arguments[0].node, by: space, at: tokens[name])
      quantity = try self.quantity(ofLaplacian: arguments[0].quantity, by: space, at: tokens[name])
    }
    operands.append(Operand(node: node, quantity: quantity, tokens: call))
    try checkSize()
  }

  mutating func wrongArity(
    _ function: ExpressionFunction, found: Int, _ call: ClosedRange<Int>
  ) throws(Abandoned) -> Operand {
    try report(
      Diagnostic(
        .error, "\(function.name) takes \(function.arityText), found \(found)",
        at: location(tokens[call.lowerBound]), help: "write \(function.usage)"))
    return placeholder(call)
  }

  /// Reads `, x, y)` and puts the derivative in place of the call.
  private mutating func closeDerivative(
    _ function: ExpressionFunction?, name: Int, of expression: Operand
  ) throws(Abandoned) {
    var directions: [Direction] = []
    var isComplete = true
    while token.kind == .comma {
      position += 1
      if let direction = try readDirection(open: name + 1) {
        directions.append(direction)
      } else {
        isComplete = false
      }
    }
    // `readDirection` stops at a comma or at the parenthesis.
    position += 1
    let call = name...position - 1
    guard isComplete else { return operands.append(placeholder(call)) }
    if case .laplacian = function?.meaning {
      operands.append(
        Operand(
          node: try laplacian(of: expression.node, by: directions, at: tokens[name]),
          quantity: try quantity(ofLaplacian: expression.quantity, by: directions, at: tokens[name]), tokens: call))
    } else if directions.count > highestOrder {
      try report(orderDiagnostic(directions.count, at: tokens[name]))
      operands.append(placeholder(call))
    } else {
      operands.append(
        Operand(
          node: try derivative(of: expression.node, by: directions, at: tokens[name]),
          quantity: quantity(of: expression.quantity, derivedBy: directions), tokens: call))
    }
  }

  /// Reads one name of a variable; nil when something else was found, reported and skipped.
  private mutating func readDirection(open: Int) throws(Abandoned) -> Direction? {
    let start = position
    var depth = 0
    scan: while true {
      switch token.kind {
      case .end: throw missingParenthesis(tokens[open])
      case .open: depth += 1
      case .close where depth == 0, .comma where depth == 0: break scan
      case .close: depth -= 1
      default: break
      }
      position += 1
    }
    if position == start { throw abandon("expected a variable, found '\(spelling(token))'", at: token) }
    var found = tokens[start]
    if position == start + 1, let name = found.name {
      if let meaning = scope.names[name] {
        if case .variable(let number) = meaning { return .variable(number) }
      } else if name == "n" {
        if scope.normal != nil { return .normal }
        try report(
          Diagnostic(
            .error, "no outward normal here", at: location(found),
            help: "d(…, n) is for conditions on a boundary"))
        return nil
      }
    }
    let last = tokens[position - 1]
    found.length = last.offset + last.length - found.offset
    let name = spelling(found)
    try report(
      Diagnostic(
        .error, "cannot differentiate by '\(name)': not a variable; \(variableList)", at: location(found),
        help: nearName(to: name, among: scope.variables).map { "did you mean '\($0)'?" }))
    return nil
  }

  // MARK: Derivatives

  /// The derivative by each direction in turn; `∂u/∂n = Σ nᵢ ∂u/∂xᵢ` with the normal held fixed.
  mutating func derivative(
    of expression: NodeID, by directions: [Direction], at token: Token
  ) throws(Abandoned) -> NodeID {
    var terms = [(factor: graph.constant(1), node: expression)]
    for direction in directions {
      var next: [(factor: NodeID, node: NodeID)] = []
      for term in terms {
        switch direction {
        case .variable(let variable):
          next.append((term.factor, try derivative(of: term.node, by: variable, at: token)))
        case .normal:
          for (variable, component) in (scope.normal ?? []).enumerated() where !graph.isConstant(component, 0) {
            let factor = graph.multiply(term.factor, component)
            next.append((factor, try derivative(of: term.node, by: variable, at: token)))
          }
        }
      }
      terms = next
    }
    var sum = graph.constant(0)
    for term in terms { sum = graph.add(sum, graph.multiply(term.factor, term.node)) }
    return sum
  }

  private mutating func laplacian(
    of expression: NodeID, by directions: [Direction], at token: Token
  ) throws(Abandoned) -> NodeID {
    if directions.isEmpty {
      try report(Diagnostic(.error, "laplacian without a variable; \(variableList)", at: location(token)))
      return graph.constant(1)
    }
    var sum = graph.constant(0)
    for direction in directions {
      sum = graph.add(sum, try derivative(of: expression, by: [direction, direction], at: token))
    }
    return sum
  }

  private mutating func derivative(
    of expression: NodeID, by variable: Int, at token: Token
  ) throws(Abandoned) -> NodeID {
    do {
      return try graph.derivative(of: expression, by: variable)
    } catch {
      switch error {
      case .order: try report(orderDiagnostic(highestOrder + 1, at: token))
      case .column(let column): try report(columnDiagnostic(graph.symbol(column.reading(site: 0)), at: token))
      case .integral:
        try report(
          Diagnostic(
            .error, "cannot differentiate an integral over a part of space", at: location(token),
            help: "differentiate inside: integral(d(u, t), domain)"))
      case .size: throw tooLarge(at: token)
      }
    }
    return graph.constant(1)
  }

  private func columnDiagnostic(_ column: NodeID, at token: Token) -> Diagnostic {
    let isNormal = graph.reachable(from: scope.normal ?? []).contains(column)
    return Diagnostic(
      .error, "cannot differentiate \(isNormal ? "the outward normal" : columnName(column))", at: location(token),
      help: "values known at points only have no derivative")
  }

  private func columnName(_ node: NodeID) -> String {
    let names = scope.names.filter {
      if case .node(node) = $0.value { true } else { false }
    }
    return names.keys.min().map { "the column '\($0)'" } ?? "a column"
  }
}

import Diagnostics

/// Units of the parts of an expression, found while it is read.
extension Parser {
  /// The text of some tokens, for messages.
  private func spelling(_ range: ClosedRange<Int>) -> String {
    var whole = tokens[range.lowerBound]
    let last = tokens[min(range.upperBound, tokens.count - 1)]
    whole.length = last.offset + last.length - whole.offset
    return spelling(whole)
  }

  private func statement(_ operand: Operand) -> String {
    switch operand.quantity {
    case .any, .number: "'\(spelling(operand.tokens))' is a number"
    case .of(let unit): "'\(spelling(operand.tokens))' is in \(unit)"
    }
  }

  /// The unit that both have; reports where they disagree.
  mutating func common(
    _ a: Operand, _ b: Operand, doing what: String, at token: Token
  ) throws(Abandoned) -> Quantity {
    if let common = Quantity.common(a.quantity, b.quantity) { return common }
    var help: String?
    if case .of(let left) = a.quantity, case .of(let right) = b.quantity,
      case .scaled(let ratio) = left.compared(with: right)
    {
      help =
        "the first unit is \(shortText(ratio)) times the second; numbers are taken as they stand, so use one of them"
    }
    try report(
      Diagnostic(
        .error, "\(what) differ in their units: \(statement(a)), \(statement(b))", at: location(token), help: help))
    return .any
  }

  private func shortText(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return abs(value) >= 1e-3 && abs(value) < 1e7 && rounded == value.rounded()
      ? "\(Int(value.rounded()))" : "\(Float(value))"
  }

  mutating func quantity(
    of operation: BinaryOperator, _ a: Operand, _ b: Operand
  ) throws(Abandoned) -> Quantity {
    let sign = tokens[min(a.tokens.upperBound + 1, tokens.count - 1)]
    switch operation {
    case .add: return try common(a, b, doing: "the terms of a sum", at: sign)
    case .subtract: return try common(a, b, doing: "the terms of a difference", at: sign)
    case .multiply: return .product(a.quantity, b.quantity)
    case .divide: return .quotient(a.quantity, b.quantity)
    case .power: return try power(a, b, at: sign)
    case .and, .or: return .of(.one)
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual:
      _ = try common(a, b, doing: "the sides of a comparison", at: sign)
      return .of(.one)
    }
  }

  private mutating func power(_ a: Operand, _ b: Operand, at token: Token) throws(Abandoned) -> Quantity {
    if let power = Quantity.power(a.quantity, b.quantity) { return power }
    if b.quantity.isPure {
      try report(
        Diagnostic(
          .error, "\(statement(a)): it can be raised to a fixed whole number or simple fraction only",
          at: location(token)))
    } else {
      try report(Diagnostic(.error, "an exponent has no unit, but \(statement(b))", at: location(token)))
    }
    return .any
  }

  mutating func quantity(
    of function: ExpressionFunction, _ arguments: [Operand], at token: Token
  ) throws(Abandoned) -> Quantity {
    switch function.unitRule {
    case .pure:
      for argument in arguments where !argument.quantity.isPure {
        try report(
          Diagnostic(
            .error, "\(function.name) takes a number without a unit, but \(statement(argument))",
            at: location(tokens[argument.tokens.lowerBound]), help: "divide by a constant in that unit"))
      }
      if arguments.allSatisfy({ if case .number = $0.quantity { true } else { false } }) { return .number(nil) }
      return .of(.one)
    case .same: return try common(arguments[...], of: function, at: token)
    case .ratio:
      _ = try common(arguments[...], of: function, at: token)
      return .of(.one)
    case .choice: return try common(arguments[1...], of: function, at: token)
    case .power(let exponent): return arguments[0].quantity.raised(to: exponent)
    case .raised: return try power(arguments[0], arguments[1], at: token)
    }
  }

  private mutating func common(
    _ arguments: ArraySlice<Operand>, of function: ExpressionFunction, at token: Token
  ) throws(Abandoned) -> Quantity {
    guard var result = arguments.first else { return .any }
    for argument in arguments.dropFirst() {
      result.quantity = try common(result, argument, doing: "arguments of \(function.name)", at: token)
    }
    return result.quantity
  }

  // MARK: Derivatives

  private func quantity(of direction: Direction) -> Quantity {
    switch direction {
    case .variable(let number): return scope.units[scope.variables[number]].map { .of($0) } ?? .any
    case .normal:
      // Along the normal in the unit of space, if it has one.
      var common: Quantity?
      for (number, variable) in scope.variables.enumerated() where number != scope.timeVariable {
        guard let unit = scope.units[variable] else { return .any }
        guard let joint = Quantity.common(common ?? .of(unit), .of(unit)) else { return .any }
        common = joint
      }
      return common ?? .any
    }
  }

  func quantity(of quantity: Quantity, derivedBy directions: [Direction]) -> Quantity {
    // A number has the derivative 0, which is of any unit.
    if case .number = quantity { return directions.isEmpty ? quantity : .number(0) }
    return directions.reduce(quantity) { .quotient($0, self.quantity(of: $1)) }
  }

  /// - Throws: nothing but too many errors; variables in different units are one.
  mutating func quantity(
    ofLaplacian quantity: Quantity, by directions: [Direction], at token: Token
  ) throws(Abandoned) -> Quantity {
    guard let first = directions.first else { return .any }
    var result = self.quantity(of: quantity, derivedBy: [first, first])
    for direction in directions.dropFirst() {
      guard let joint = Quantity.common(result, self.quantity(of: quantity, derivedBy: [direction, direction])) else {
        try report(
          Diagnostic(.error, "laplacian over variables in different units", at: location(token)))
        return .any
      }
      result = joint
    }
    return result
  }

  /// Reports an expression that is in another unit than it should be.
  mutating func check(_ operand: Operand, isIn unit: Unit) throws(Abandoned) {
    guard Quantity.common(operand.quantity, .of(unit)) == nil, case .of(let found) = operand.quantity else { return }
    try report(
      Diagnostic(
        .error, "'\(spelling(operand.tokens))' is in \(found), expected \(unit)",
        at: location(tokens[operand.tokens.lowerBound])))
  }
}

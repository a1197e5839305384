import Diagnostics

extension Parser {
  /// The node of a name that is not called; reports what is wrong with it.
  mutating func value(of name: String, at token: Token) throws(Abandoned) -> Operand {
    // The token has just been passed.
    let here = position - 1...position - 1
    if let bound = boundSymbol(name) { return Operand(node: graph.symbol(bound), quantity: .any, tokens: here) }
    switch scope.resolve(name) {
    case .known(let base, let by):
      let directions = by.map { Direction.variable($0) }
      let value = value(named: base)
      return Operand(
        node: try derivative(of: value.node, by: directions, at: token),
        quantity: quantity(of: value.quantity, derivedBy: directions), tokens: here)
    case .ambiguous(let first, let second, let base):
      let readings = [first, second].map { by in
        "d(\(base), \(by.map { scope.variables[$0] }.joined(separator: ", ")))"
      }
      try report(
        Diagnostic(
          .error, "'\(abbreviated(name))' is ambiguous", at: location(token),
          help: "write \(readings[0]) or \(readings[1])"))
    case .order(let order):
      try report(orderDiagnostic(order, at: token))
    case .unknown:
      try report(
        Diagnostic(
          .error, "unknown name '\(abbreviated(name))'", at: location(token), help: adviceOnUnknownName(name)))
    }
    return placeholder(here)
  }

  /// Stands for what could not be read, so that reading can go on.
  mutating func placeholder(_ tokens: ClosedRange<Int>) -> Operand {
    Operand(node: graph.constant(1), quantity: .any, tokens: tokens)
  }

  private mutating func value(named name: String) -> (node: NodeID, quantity: Quantity) {
    let quantity = scope.units[name].map { Quantity.of($0) } ?? .any
    switch scope.names[name] {
    case .variable(let number): return (graph.symbol(.coordinate(number, site: 0)), quantity)
    case .node(let node): return (node, quantity)
    case .definition:
      guard let value = definitions[name] else {
        preconditionFailure("definition '\(name)' was not read before its use")
      }
      return (value.node, value.quantity)
    case nil:
      guard let constant = builtInConstants.first(where: { $0.name == name }) else {
        preconditionFailure("'\(name)' was resolved to nothing")
      }
      return (graph.constant(constant.value), .number(constant.value))
    }
  }

  /// The candidate that may have been meant. Between single letters only case is taken for a slip.
  func nearName(to name: String, among candidates: [String]) -> String? {
    guard let near = nearestName(to: name, among: candidates) else { return nil }
    return max(name.count, near.count) > 1 || name.lowercased() == near.lowercased() ? near : nil
  }

  private func adviceOnUnknownName(_ name: String) -> String? {
    if functionsByName[name] != nil { return "'\(name)' is a function: write \(name)(…)" }
    let known = (Array(scope.names.keys) + ["pi"]).sorted()
    for split in scope.splits(name) {
      if scope.names[split.prefix] != nil {
        return
          "'\(split.prefix)' is known, but '\(abbreviated(split.suffix))' is not made of variables; \(variableList)"
      }
      if case .one = scope.segmented(split.suffix), let near = nearName(to: split.prefix, among: known) {
        return "did you mean '\(near)_\(split.suffix)'?"
      }
    }
    if let near = nearName(to: name, among: known) { return "did you mean '\(near)'?" }
    return scope.names.isEmpty
      ? nil : "known names are \(known.filter { scope.names[$0] != nil }.prefix(12).joined(separator: ", "))"
  }

  /// The function of a call; reports an unknown one.
  mutating func function(named name: String, at token: Token) throws(Abandoned) -> ExpressionFunction? {
    if let function = functionsByName[name] { return function }
    let shown = abbreviated(name)
    if case .unknown = scope.resolve(name) {
      let near = nearName(to: name, among: functionCatalogue.map(\.name))
      try report(
        Diagnostic(
          .error, "unknown function '\(shown)'", at: location(token), help: near.map { "did you mean '\($0)'?" }))
    } else {
      try report(Diagnostic(.error, "'\(shown)' is not a function", at: location(token), help: "write \(shown)*(…)"))
    }
    return nil
  }
}

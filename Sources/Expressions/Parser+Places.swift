import Diagnostics

/// What an integral that is being read runs over.
enum OpenIntegral {
  /// A part of space, or all of it.
  case place
  /// A variable, which inside means the one that the integral binds.
  case variable(Int)
  /// A name of its own, known as long as the integrand is read.
  case name(String, number: Int, isKnown: Bool)
}

extension Parser {
  /// The nodes of an integral that does not say how many, and the most that it may ask for.
  private static let defaultNodes = 16
  private static let mostNodes = 64
  /// The most places at which the fields of one text are read.
  private static let mostPlaces = 4096

  /// After the parenthesis of a call: what must be known before the first argument is read.
  mutating func open(_ function: ExpressionFunction?) throws(Abandoned) {
    switch function?.meaning {
    case .place: places.append([])
    case .integral: integrals.append(try openIntegral())
    default: break
    }
  }

  /// Looks ahead for what the integral binds: the name after the first comma, if another comma follows it or it is a
  /// variable.
  private mutating func openIntegral() throws(Abandoned) -> OpenIntegral {
    var (place, depth) = (position, 0)
    scan: while true {
      switch tokens[place].kind {
      case .end: return .place
      case .open: depth += 1
      case .close where depth == 0: return .place
      case .close: depth -= 1
      case .comma where depth == 0: break scan
      default: break
      }
      place += 1
    }
    guard place + 2 < tokens.count, let name = tokens[place + 1].name else { return .place }
    let hasLimits = tokens[place + 2].kind == .comma
    if case .variable(let variable) = scope.names[name], hasLimits || tokens[place + 2].kind == .close {
      return .variable(variable)
    }
    guard hasLimits else { return .place }
    if scope.names[name] != nil || boundSymbol(name) != nil {
      throw abandon(
        "'\(name)' means something else already", at: tokens[place + 1],
        help: "give the variable of the integral a name of its own: integral(exp(x - s)*at(u, x = s), s, 0, x)")
    }
    return .name(name, number: integrals.count, isKnown: true)
  }

  /// What an open integral binds a name to.
  func boundSymbol(_ name: String) -> Symbol? {
    for case .name(name, let number, isKnown: true) in integrals.reversed() { return .bound(number) }
    return nil
  }

  /// Reads `, x =` of a call of `at`; its value follows.
  mutating func readMovedVariable() throws(Abandoned) {
    let comma = position
    guard comma + 2 < tokens.count, let name = tokens[comma + 1].name, case .assign = tokens[comma + 2].kind else {
      throw abandon(
        "expected 'variable = value' in a call of 'at'", at: tokens[min(comma + 1, tokens.count - 1)],
        help: "write at(u, \(scope.variables.first ?? "x") = …)")
    }
    guard case .variable(let variable) = scope.names[name] else {
      throw abandon(
        "'\(name)' is not a variable; \(variableList)", at: tokens[comma + 1],
        help: nearName(to: name, among: scope.variables).map { "did you mean '\($0)'?" })
    }
    guard places.last?.contains(variable) == false else {
      throw abandon("'\(name)' has two values in one call of 'at'", at: tokens[comma + 1])
    }
    places[places.count - 1].append(variable)
    position += 3
  }

  /// The expression of a call of `at`, read at its place.
  mutating func placed(_ arguments: [Operand], at token: Token) throws(Abandoned) -> NodeID {
    guard let variables = places.popLast() else { preconditionFailure("no call of 'at' is open") }
    var images: [Symbol: NodeID] = [:]
    for (variable, value) in zip(variables, arguments.dropFirst()) {
      guard graph.isKnownAtPoints(value.node) else {
        try report(
          Diagnostic(
            .error, "the place of 'at' may depend on variables and numbers only", at: location(token),
            help: "the fields are read where the points are, before they have values"))
        return graph.constant(1)
      }
      try check(value, isOf: variable)
      images[.coordinate(variable, site: 0)] = value.node
    }
    return try evaluated(arguments[0].node, with: images, at: token)
  }

  /// Reports a value of a variable that is in another unit.
  private mutating func check(_ value: Operand, isOf variable: Int) throws(Abandoned) {
    if let unit = scope.units[scope.variables[variable]] { try check(value, isIn: unit) }
  }

  private mutating func evaluated(
    _ node: NodeID, with images: [Symbol: NodeID], at token: Token
  ) throws(Abandoned) -> NodeID {
    let message: String
    do throws(PlaceFailure) {
      let result = try graph.evaluated(node, with: images)
      if graph.places.count <= Parser.mostPlaces { return result }
      message = "the fields are read at more than \(Parser.mostPlaces) places"
    } catch {
      message =
        switch error {
        case .column: "a column, or the outward normal, is known at its own points only, not at other places"
        case .integral: "an integral over a part of space cannot stand inside 'at' or another integral"
        }
    }
    try report(Diagnostic(.error, message, at: location(token)))
    return graph.constant(1)
  }

  // MARK: Integrals

  /// Goes on after the integrand, at its comma: true when the call was read to its end, false when a limit follows.
  mutating func readDomainOfIntegral() throws(Abandoned) -> Bool {
    guard let form = integrals.last, case .call(let function, let name, let arguments) = pending.last, let function
    else { preconditionFailure("no integral is open") }
    switch form {
    case .place:
      let start = position + 1
      var depth = 0
      scan: while true {
        position += 1
        switch token.kind {
        case .end: throw missingParenthesis(tokens[name + 1])
        case .open: depth += 1
        case .close where depth == 0: break scan
        case .close: depth -= 1
        default: break
        }
      }
      guard position > start else { throw abandon("expected a place or a variable", at: token) }
      let range = tokens[start].offset..<tokens[position - 1].offset + tokens[position - 1].length
      pending.removeLast()
      nesting -= 1
      integrals.removeLast()
      let node = try integral(of: arguments[0].node, over: text.part(range), at: tokens[name])
      operands.append(Operand(node: node, quantity: .any, tokens: name...position))
      position += 1
      return true
    case .variable(let variable):
      position += 2
      guard token.kind == .close else { break }
      guard scope.ranges.indices.contains(variable), let range = scope.ranges[variable] else {
        throw abandon(
          "the range of '\(scope.variables[variable])' is not the same everywhere", at: tokens[position - 1],
          help: "give limits: integral(u, \(scope.variables[variable]), a, b)")
      }
      let limits = [range.lowerBound, range.upperBound].map { limit in
        Operand(node: graph.constant(limit), quantity: .number(limit), tokens: position...position)
      }
      pending.removeLast()
      nesting -= 1
      operands.append(try closedIntegral(arguments + limits, function, name...position))
      position += 1
      return true
    case .name(let bound, let number, _):
      integrals[integrals.count - 1] = .name(bound, number: number, isKnown: false)
      position += 2
    }
    // Limits follow a comma.
    position += 1
    return false
  }

  /// An integral of which all arguments are read: integrand, limits, number of nodes.
  mutating func closedIntegral(
    _ arguments: [Operand], _ function: ExpressionFunction, _ call: ClosedRange<Int>
  ) throws(Abandoned) -> Operand {
    guard let form = integrals.popLast() else { preconditionFailure("no integral is open") }
    let token = tokens[call.lowerBound]
    if case .place = form {
      guard arguments.count == 1 else { return try wrongArity(function, found: arguments.count, call) }
      return Operand(
        node: try integral(of: arguments[0].node, over: nil, at: token), quantity: .any, tokens: call)
    }
    guard arguments.count == 3 || arguments.count == 4 else {
      try report(
        Diagnostic(
          .error, "an integral over a variable needs both limits", at: location(token),
          help: "write integral(u, x, a, b); a fifth argument is the number of nodes"))
      return placeholder(call)
    }
    var count = Parser.defaultNodes
    if arguments.count == 4 {
      guard let value = graph.constantValue(arguments[3].node), let whole = Int(exactly: value),
        (1...Parser.mostNodes).contains(whole)
      else {
        try report(
          Diagnostic(
            .error, "the number of nodes of an integral is a whole number from 1 to \(Parser.mostNodes)",
            at: location(token)))
        return placeholder(call)
      }
      count = whole
    }
    let (lower, upper) = (arguments[1], arguments[2])
    guard graph.isKnownAtPoints(lower.node), graph.isKnownAtPoints(upper.node) else {
      try report(
        Diagnostic(
          .error, "the limits of an integral may depend on variables and numbers only", at: location(token),
          help: "the fields are read where the points are, before they have values"))
      return placeholder(call)
    }
    // The name that an integral binds has the unit of the limits, which are read after the integrand.
    var length = try common(lower, upper, doing: "the limits of an integral", at: token)
    if case .variable(let variable) = form {
      try check(lower, isOf: variable)
      try check(upper, isOf: variable)
      length = scope.units[scope.variables[variable]].map { .of($0) } ?? .any
    } else if case .number = length {
      length = .any
    }
    return Operand(
      node: try integral(form, of: arguments[0].node, from: lower.node, to: upper.node, nodes: count, at: token),
      quantity: .product(arguments[0].quantity, length), tokens: call)
  }

  /// Σ wⱼ (b − a) e(a + (b − a) ξⱼ) with the nodes ξⱼ and weights wⱼ of Gauss and Legendre on [0, 1].
  private mutating func integral(
    _ form: OpenIntegral, of integrand: NodeID, from lower: NodeID, to upper: NodeID, nodes count: Int,
    at token: Token
  ) throws(Abandoned) -> NodeID {
    let symbol: Symbol
    switch form {
    case .variable(let variable): symbol = .coordinate(variable, site: 0)
    case .name(_, let number, _):
      symbol = .bound(number)
      try checkReadsFields(integrand, at: symbol, token)
    case .place: preconditionFailure("an integral over a place has no limits")
    }
    let rule = GaussLegendre(count: count)
    let length = graph.subtract(upper, lower)
    var sum = graph.constant(0)
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let place = graph.add(lower, graph.scale(length, by: node))
      let value = try evaluated(integrand, with: [symbol: place], at: token)
      sum = graph.add(sum, graph.scale(value, by: weight))
    }
    return graph.multiply(length, sum)
  }

  /// Fields that are read at the point itself, though the integral has a name for another place, are hardly meant.
  private mutating func checkReadsFields(
    _ integrand: NodeID, at bound: Symbol, _ token: Token
  ) throws(Abandoned) {
    let symbols = graph.symbols(of: [integrand])
    let sites = Set(symbols.compactMap { $0.networkOutput?.site })
    let moves = sites.contains { site in
      graph.symbols(of: graph.coordinates(ofSite: site) ?? []).contains(bound)
    }
    guard !moves, !sites.isEmpty || !symbols.contains(bound) else { return }
    try report(
      Diagnostic(
        .error, "the integrand does not depend on the variable of the integral through any field",
        at: location(token),
        help: "a field at s is at(u, \(scope.variables.first ?? "x") = s)"))
  }

  /// An integral over a part of space stays a symbol: who reads the text takes it apart.
  private mutating func integral(
    of integrand: NodeID, over place: LocatedText?, at token: Token
  ) throws(Abandoned) -> NodeID {
    guard scope.allowsIntegrals else {
      try report(
        Diagnostic(
          .error, "an integral over a part of space can stand in a soft condition only", at: location(token),
          help: "elsewhere integrate over a variable: integral(u, \(scope.variables.first ?? "x"), a, b)"))
      return graph.constant(1)
    }
    return try taken(PlacedIntegral(integrand: integrand, place: place), at: token)
  }

  private mutating func taken(_ integral: PlacedIntegral, at token: Token) throws(Abandoned) -> NodeID {
    let symbols = graph.symbols(of: [integral.integrand])
    guard !symbols.contains(where: { if case .integral = $0 { true } else { false } }) else {
      let message =
        scope.allowsReductions
        ? "sums and integrals over points cannot stand inside each other"
        : "an integral over a part of space cannot stand inside another"
      try report(Diagnostic(.error, message, at: location(token)))
      return graph.constant(1)
    }
    graph.integrals.append(integral)
    return graph.symbol(.integral(graph.integrals.count - 1))
  }

  // MARK: Sums over points

  /// What a call makes of an expression at all points; nil for a function of values at one point.
  func reduction(of function: ExpressionFunction, _ arguments: Int) -> PlacedIntegral.Kind? {
    if case .reduction(let kind) = function.meaning { return arguments == 1 ? kind : nil }
    guard scope.allowsReductions, arguments == 1 else { return nil }
    return function.name == "min" ? .smallest : function.name == "max" ? .largest : nil
  }

  /// A sum stays a symbol, as an integral over a part of space does.
  mutating func reduced(
    _ argument: Operand, _ kind: PlacedIntegral.Kind, _ function: ExpressionFunction, _ call: ClosedRange<Int>
  ) throws(Abandoned) -> Operand {
    let token = tokens[call.lowerBound]
    guard scope.allowsReductions else {
      try report(
        Diagnostic(
          .error, "'\(function.name)' runs over many points, and can stand in a [[metric]] only", at: location(token),
          help: "over a variable it is integral(u, \(scope.variables.first ?? "x"), a, b)"))
      return placeholder(call)
    }
    let node = try taken(PlacedIntegral(integrand: argument.node, place: nil, kind: kind), at: token)
    return Operand(node: node, quantity: argument.quantity, tokens: call)
  }
}

import Diagnostics

extension Parser {
  /// A definition that is being read, and the definitions it needs first.
  private struct Visit {
    var name: String
    var text: LocatedText
    var tokens: [Token]
    /// Where in `tokens` the search for further names goes on.
    var next = 0
  }

  /// Reads every definition that the tokens need, directly or through others, before those that need them.
  ///
  /// The walk keeps a stack of its own: definitions may form a chain of any length.
  mutating func readDefinitions(usedBy tokens: [Token], of text: LocatedText) throws(Abandoned) {
    var path = [Visit(name: "", text: text, tokens: tokens)]
    var places: [String: Int] = [:]
    while let visit = path.last {
      guard let (place, name) = unreadDefinition(in: visit.tokens, from: visit.next) else {
        path.removeLast()
        places[visit.name] = nil
        if !visit.name.isEmpty {
          definitions[visit.name] = try parse(visit.text, visit.tokens, allowsAssignment: false).left
        }
        continue
      }
      path[path.count - 1].next = place
      if let start = places[name] {
        let cycle = (path[start...].map(\.name) + [name]).joined(separator: " -> ")
        self.text = visit.text
        throw abandon("definition '\(name)' refers to itself: \(abbreviatedCycle(cycle))", at: visit.tokens[place])
      }
      guard case .definition(let text) = scope.names[name] else { preconditionFailure("'\(name)' is no definition") }
      places[name] = path.count
      path.append(Visit(name: name, text: text, tokens: try tokenize(text)))
    }
  }

  private func abbreviatedCycle(_ cycle: String) -> String { cycle.count > 200 ? cycle.prefix(199) + "…" : cycle }

  private func unreadDefinition(in tokens: [Token], from start: Int) -> (place: Int, name: String)? {
    for place in start..<tokens.count {
      guard let identifier = tokens[place].name else { continue }
      // A call: what follows is a function's name.
      if place + 1 < tokens.count, tokens[place + 1].kind == .open { continue }
      if let name = scope.definition(in: identifier), definitions[name] == nil { return (place, name) }
    }
    return nil
  }

  /// The words of a text. A text that is too long is read up to the limit to see whether its trouble is nesting.
  mutating func tokenize(_ text: LocatedText) throws(Abandoned) -> [Token] {
    let length = text.text.unicodeScalars.count
    var lexer = Lexer(text, limit: Parser.characterLimit)
    lexer.run()
    if length > Parser.characterLimit {
      self.text = text
      if let deep = firstTooDeep(lexer.tokens) { throw nestedTooDeep(at: deep) }
      throw abandon(
        "expression of \(length) characters is longer than \(Parser.characterLimit)",
        at: Token(kind: .end, offset: 0, length: 1))
    }
    guard lexer.diagnostics.isEmpty else {
      diagnostics += lexer.diagnostics
      throw Abandoned()
    }
    return lexer.tokens
  }

  /// The first token at which parentheses, or signs in a row, are nested too deep.
  private func firstTooDeep(_ tokens: [Token]) -> Token? {
    var (parentheses, signs) = (0, 0)
    for token in tokens {
      signs = PrefixOperator(token.kind) == nil ? 0 : signs + 1
      switch token.kind {
      case .open: parentheses += 1
      case .close: parentheses -= 1
      default: break
      }
      if parentheses + signs > Parser.nestingLimit { return token }
    }
    return nil
  }

  mutating func nestedTooDeep(at token: Token) -> Abandoned {
    abandon("expression nested deeper than \(Parser.nestingLimit)", at: token)
  }
}

import Diagnostics

extension TOMLScanner {
  /// One value, at `depth` tables and arrays below the top.
  mutating func value(after what: String, depth: Int) throws(TOMLFailure) -> LocatedValue {
    valueCount += 1
    if valueCount > TOMLScanner.valueLimit {
      throw TOMLFailure("more than \(TOMLScanner.valueLimit) values", at: here, recovery: .never)
    }
    if depth > TOMLSection.depthLimit { throw TOMLFailure.tooDeep(at: here, recovery: .nextStatement) }
    switch current {
    case "\"", "'": return try string()
    case "[": return try array(depth: depth)
    case "{": return try inlineTable(depth: depth)
    case nil, "#", "\n", "\r", ",", "]", "}", "=":
      throw TOMLFailure("expected a value \(what), found \(found)", at: here)
    default: return try bareValue()
    }
  }

  // MARK: - Arrays and inline tables

  private mutating func array(depth: Int) throws(TOMLFailure) -> LocatedValue {
    let opening = here
    let start = position
    advance()
    var elements: [LocatedValue] = []
    while true {
      try arrayLines(opening)
      if current == "]" { break }
      do throws(TOMLFailure) {
        elements.append(try value(after: "or ']'", depth: depth + 1))
      } catch {
        throw error.insideArray
      }
      try arrayLines(opening)
      if current == "]" { break }
      guard current == "," else {
        throw TOMLFailure(
          "expected ',' or ']' after a value of the array, found \(found)", at: here,
          first: line == opening.line ? nil : opening, note: "the array begins here", recovery: .nextStatement)
      }
      advance()
    }
    advance()
    var whole = opening
    if line == opening.line { whole.length = position - start }
    return LocatedValue(.array(elements), at: whole)
  }

  private mutating func arrayLines(_ opening: SourceLocation) throws(TOMLFailure) {
    do throws(TOMLFailure) { try skipLines() } catch { throw error.insideArray }
    if current == nil {
      throw TOMLFailure("the array that begins here has no closing ']'", at: opening, recovery: .never)
    }
  }

  private mutating func inlineTable(depth: Int) throws(TOMLFailure) -> LocatedValue {
    let opening = here
    let start = position
    let section = TOMLSection(.inline, at: opening, depth: depth)
    advance()
    skipBlanks()
    if current != "}" {
      while true {
        try inlineTableGoesOn(opening, expected: "a key")
        let (path, value) = try keyValue(depth: depth)
        try section.define(path, value)
        skipBlanks()
        if current == "}" { break }
        try inlineTableGoesOn(opening, expected: "',' or '}' after a value of the table")
        guard current == "," else {
          throw TOMLFailure("expected ',' or '}' after a value of the table, found \(found)", at: here)
        }
        let comma = here
        advance()
        skipBlanks()
        if current == "}" {
          throw TOMLFailure("an inline table cannot end with ','", at: comma, help: "remove the ','")
        }
      }
    }
    advance()
    section.location.length = line == opening.line ? position - start : 1
    return LocatedValue(.table(section.finished()), at: section.location)
  }

  /// A line end inside braces is the most natural slip of all (TOML 1.1 will allow it).
  private func inlineTableGoesOn(_ opening: SourceLocation, expected: String) throws(TOMLFailure) {
    switch current {
    case "\n", "\r", "#":
      throw TOMLFailure(
        "a table in braces must end on its line: expected \(expected), found \(found)", at: here,
        help: "put it on one line, or write it as a [table]", recovery: .nextBrace)
    case nil:
      throw TOMLFailure("the table that begins here has no closing '}'", at: opening)
    default: return
    }
  }

  // MARK: - Numbers, booleans and what is none

  private mutating func bareValue() throws(TOMLFailure) -> LocatedValue {
    let start = position
    while let scalar = current, TOMLScanner.isBareValue(scalar) { advance() }
    let word = text(start..<position)
    let whole = location(at: start, length: position - start)
    if position > start, standsAlone() {
      switch BareScalar(word) {
      case .integer(let value): return LocatedValue(.integer(value), at: whole)
      case .float(let value): return LocatedValue(.float(value), at: whole)
      case .boolean(let value): return LocatedValue(.boolean(value), at: whole)
      case .refused(let message, let help): throw TOMLFailure(message, at: whole, help: help)
      case .text: break
      }
    }
    if case .refused(let message, let help) = BareScalar(word), word.utf8.count >= 10 {
      // A date with a blank before its time.
      throw TOMLFailure(message, at: whole, help: help)
    }
    let end = endOfUnquotedText(from: start)
    if end == start { throw TOMLFailure("expected a value, found \(found)", at: here) }
    let unquoted = text(start..<end)
    throw TOMLFailure(
      "'\(brief(unquoted))' is not a value of TOML", at: location(at: start, length: end - start),
      help: "put text and expressions in quotes: \(quoted(unquoted))")
  }

  private static func isBareValue(_ scalar: Unicode.Scalar) -> Bool {
    isBareKey(scalar) || scalar == "+" || scalar == "." || scalar == ":"
  }

  /// Whether the word before the current position is followed by anything that does not continue it as an expression.
  private func standsAlone() -> Bool {
    var next = position
    while next < scalars.count, scalars[next] == " " || scalars[next] == "\t" { next += 1 }
    guard next < scalars.count else { return true }
    let scalar = scalars[next]
    if next > position { return !"*/^+-()".unicodeScalars.contains(scalar) }
    return TOMLScanner.isControl(scalar) || ",]}#=\"'[{".unicodeScalars.contains(scalar)
  }

  /// Where a text that lacks its quotes probably ends: at a comma, bracket, comment or the line end, but not at
  /// commas and brackets within parentheses.
  private func endOfUnquotedText(from start: Int) -> Int {
    var parentheses = 0
    var end = start
    scan: while end < scalars.count {
      switch scalars[end] {
      case "(": parentheses += 1
      case ")": parentheses -= 1
      case ",", "]", "}": if parentheses <= 0 { break scan }
      case "#": break scan
      case let scalar where scalar != "\t" && TOMLScanner.isControl(scalar): break scan
      default: break
      }
      end += 1
    }
    while end > start, scalars[end - 1] == " " || scalars[end - 1] == "\t" { end -= 1 }
    return end
  }
}

extension TOMLFailure {
  /// The same failure inside an array, of which the following lines may still be part.
  fileprivate var insideArray: TOMLFailure {
    var failure = self
    if failure.recovery == .nextLine { failure.recovery = .nextStatement }
    return failure
  }
}

import Diagnostics

/// Reads TOML 1.0 into a located tree and refuses everything else with a located message.
///
/// It is there because TOMLKit gives no positions, loses the order of keys, and ends the process on ordinary typos: no
/// text may reach TOMLKit that this scanner has not accepted. Beyond TOML 1.0 it refuses what a configuration has no
/// use for: dates and times, the character U+0000 in strings, nesting deeper than 200, more than 100 000 values.
///
/// Lines and columns count from 1, columns in Unicode scalars. After an error reading goes on at the next line (or at
/// the next statement, where an array was left open), so that one run reports up to 20 errors.
struct TOMLScanner {
  static let errorLimit = 20
  static let valueLimit = 100_000

  let file: SourceFile
  let scalars: [Unicode.Scalar]
  /// What messages call the end of the text.
  let endName: String
  var position = 0
  var line = 1
  var lineStart = 0
  var valueCount = 0

  init(_ text: String, file: SourceFile, endName: String = "the end of the file") {
    self.file = file
    self.scalars = Array(text.unicodeScalars)
    self.endName = endName
  }

  // MARK: - The whole text

  /// The tree, or every error found.
  mutating func scan() throws(InputFailure) -> LocatedTable {
    let root = TOMLSection(.header, at: location(at: position), depth: 0)
    var section = root
    var diagnostics: [Diagnostic] = []
    var errorCount = 0
    while position < scalars.count {
      do throws(TOMLFailure) {
        try statement(root: root, section: &section)
      } catch {
        diagnostics += error.diagnostics
        errorCount += 1
        if errorCount == TOMLScanner.errorLimit { break }
        recover(error.recovery)
      }
    }
    if !diagnostics.isEmpty { throw InputFailure(.configuration, diagnostics) }
    return root.finished()
  }

  /// One line: nothing, a header, or a key with its value (which may run over several lines).
  private mutating func statement(root: TOMLSection, section: inout TOMLSection) throws(TOMLFailure) {
    skipBlanks()
    switch current {
    case nil: return
    case "#", "\n", "\r": break
    case "[":
      // Keys below a header that is wrong belong to no table; they are still checked among themselves.
      section = TOMLSection(.header, at: location(at: position), depth: 0)
      let header = try header()
      section =
        header.isElement
        ? try root.append(header.path, header: header.location) : try root.open(header.path, header: header.location)
    default:
      let (path, value) = try keyValue(depth: section.depth)
      try section.define(path, value)
      try endOfLine(after: "the value")
      return
    }
    try endOfLine(after: "the table header")
  }

  /// `[path]` or `[[path]]`.
  private mutating func header() throws(TOMLFailure) -> (path: [LocatedKey], isElement: Bool, location: SourceLocation)
  {
    let start = position
    advance()
    let isElement = current == "["
    if isElement { advance() }
    let path = try keyPath()
    let bracket = isElement ? "]]" : "]"
    for _ in bracket.unicodeScalars {
      guard current == "]" else {
        throw TOMLFailure("expected '\(bracket)' after the table name, found \(found)", at: here)
      }
      advance()
    }
    return (path, isElement, location(at: start, length: position - start))
  }

  /// `path = value`.
  mutating func keyValue(depth: Int) throws(TOMLFailure) -> (path: [LocatedKey], value: LocatedValue) {
    let path = try keyPath()
    guard current == "=" else {
      let help: String? =
        current == ":" ? "TOML writes 'key = value'; a YAML file is recognised by its name, .yaml or .yml" : nil
      throw TOMLFailure("expected '=' after the key '\(dotted(path))', found \(found)", at: here, help: help)
    }
    advance()
    skipBlanks()
    return (path, try value(after: "after '='", depth: depth + path.count))
  }

  // MARK: - Keys

  /// `a."b c".d`, and the blanks behind it.
  mutating func keyPath() throws(TOMLFailure) -> [LocatedKey] {
    var path: [LocatedKey] = []
    while true {
      skipBlanks()
      if path.count == TOMLSection.depthLimit { throw TOMLFailure.tooDeep(at: here) }
      path.append(try key())
      skipBlanks()
      if current != "." { return path }
      advance()
    }
  }

  private mutating func key() throws(TOMLFailure) -> LocatedKey {
    let start = position
    if let mark = current, mark == "\"" || mark == "'" {
      if peek(1) == mark, peek(2) == mark {
        throw TOMLFailure("a key cannot be a string of three quotes", at: location(at: start, length: 3))
      }
      let text = try mark == "\"" ? basicString() : literalString()
      return LocatedKey(text.text, at: location(at: start, length: position - start))
    }
    while let scalar = current, TOMLScanner.isBareKey(scalar) { advance() }
    if let scalar = current, position > start || TOMLScanner.couldBeWord(scalar), !TOMLScanner.endsBareKey(scalar) {
      var end = position
      while end < scalars.count, !TOMLScanner.endsBareKey(scalars[end]) { end += 1 }
      throw TOMLFailure(
        "\(found) cannot stand in a key without quotes", at: here,
        help: "put the key in quotes: \(quoted(text(start..<end)))")
    }
    if position == start { throw TOMLFailure("expected a key, found \(found)", at: here) }
    return LocatedKey(text(start..<position), at: location(at: start, length: position - start))
  }

  static func isBareKey(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }

  /// What a user may mean as part of a name, though TOML wants quotes around it.
  private static func couldBeWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0xA0 || "$@%&*/+~^!?<>|;".unicodeScalars.contains(scalar)
  }

  private static func endsBareKey(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value <= 0x20 || scalar.value == 0x7F || ".=[]{}#,:\"'()".unicodeScalars.contains(scalar)
  }

  // MARK: - Ends of lines

  /// Blanks, a comment and the line end, or the end of the text.
  mutating func endOfLine(after what: String) throws(TOMLFailure) {
    skipBlanks()
    try comment()
    if current == nil || newline() { return }
    throw TOMLFailure("expected the end of the line after \(what), found \(found)", at: here)
  }

  /// A comment if one begins here, up to its line end.
  mutating func comment() throws(TOMLFailure) {
    guard current == "#" else { return }
    while let scalar = current, scalar != "\n", !(scalar == "\r" && peek(1) == "\n") {
      if scalar != "\t", TOMLScanner.isControl(scalar) {
        throw TOMLFailure("\(found) cannot stand in a comment", at: here)
      }
      advance()
    }
  }

  /// Blanks, comments and line ends.
  mutating func skipLines() throws(TOMLFailure) {
    repeat {
      skipBlanks()
      try comment()
    } while newline()
  }

  /// Goes past a line end if one stands here.
  mutating func newline() -> Bool {
    if current == "\r", peek(1) == "\n" { position += 1 }
    guard current == "\n" else { return false }
    position += 1
    line += 1
    lineStart = position
    return true
  }

  mutating func skipBlanks() {
    while let scalar = current, scalar == " " || scalar == "\t" { advance() }
  }

  // MARK: - After an error

  private mutating func recover(_ recovery: TOMLFailure.Recovery) {
    switch recovery {
    case .nextLine:
      skipRestOfLine()
    case .nextStatement:
      skipRestOfLine()
      while position < scalars.count, !startsStatement() { skipRestOfLine() }
    case .nextBrace:
      skipRestOfLine()
      while position < scalars.count {
        skipBlanks()
        let closes = current == "}"
        if !closes, startsHeader() { return }
        skipRestOfLine()
        if closes { return }
      }
    case .never:
      position = scalars.count
    }
  }

  private mutating func skipRestOfLine() {
    while position < scalars.count, scalars[position] != "\n" { position += 1 }
    _ = newline()
  }

  private func startsStatement() -> Bool {
    if startsHeader() { return true }
    var probe = self
    do throws(TOMLFailure) { _ = try probe.keyPath() } catch { return false }
    return probe.current == "="
  }

  private func startsHeader() -> Bool {
    var probe = self
    probe.skipBlanks()
    guard probe.current == "[" else { return false }
    do throws(TOMLFailure) {
      _ = try probe.header()
      try probe.endOfLine(after: "")
    } catch { return false }
    return true
  }

  // MARK: - Characters and places

  var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  func peek(_ count: Int) -> Unicode.Scalar? {
    position + count < scalars.count ? scalars[position + count] : nil
  }

  /// Goes one character on; not for line ends, which `newline()` counts.
  mutating func advance() { position += 1 }

  func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  /// A place on the current line.
  func location(at position: Int, length: Int = 1) -> SourceLocation {
    SourceLocation(file: file, line: line, column: position - lineStart + 1, length: length)
  }

  var here: SourceLocation { location(at: position) }

  static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

  /// What stands here, as a message says it.
  var found: String {
    guard let scalar = current else { return endName }
    if scalar == "\n" || scalar == "\r" && peek(1) == "\n" { return "the end of the line" }
    switch scalar {
    case "#": return "a comment"
    case "\r": return "a carriage return without a line feed"
    case "\t": return "a tab"
    case " ": return "a blank"
    case _ where TOMLScanner.isControl(scalar): return "the control \(codePoint(scalar))"
    case _ where scalar.properties.isWhitespace || scalar.properties.generalCategory == .format:
      return "the \(codePoint(scalar))"
    default: return "'\(scalar)'"
    }
  }
}

/// `character U+001B`, for what cannot be seen.
func codePoint(_ scalar: Unicode.Scalar) -> String {
  let digits = String(scalar.value, radix: 16, uppercase: true)
  return "character U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

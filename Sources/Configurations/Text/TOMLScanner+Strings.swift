import Diagnostics

/// Collects the characters of a string with the places they came from.
///
/// A new segment begins wherever the next character does not stand right behind the last one: after an escape, at a
/// new line, after a doubled quote.
struct LocatedTextBuilder {
  private(set) var scalars = String.UnicodeScalarView()
  private(set) var segments: [LocatedText.Segment]
  private var count = 0
  private var line: Int
  private var column: Int

  /// A text whose first character, if it has one, stands at `line:column`.
  init(line: Int, column: Int) {
    segments = [LocatedText.Segment(offset: 0, line: line, column: column)]
    self.line = line
    self.column = column
  }

  mutating func append(_ scalar: Unicode.Scalar, line: Int, column: Int) {
    if line != self.line || column != self.column {
      if segments[segments.count - 1].offset == count { segments.removeLast() }
      segments.append(LocatedText.Segment(offset: count, line: line, column: column))
    }
    scalars.append(scalar)
    count += 1
    self.line = line
    self.column = column + 1
  }

  func finished(file: SourceFile) -> LocatedText { LocatedText(String(scalars), file: file, segments: segments) }
}

extension TOMLScanner {
  /// Any of the four kinds of strings.
  mutating func string() throws(TOMLFailure) -> LocatedValue {
    let start = position
    let startLine = line
    let opening = location(at: start)
    let mark = scalars[start]
    let isMultiLine = peek(1) == mark && peek(2) == mark
    let text =
      isMultiLine
      ? try multiLineString(mark) : mark == "\"" ? try basicString() : try literalString()
    var whole = opening
    // The caret line stays on the first line.
    whole.length = line == startLine ? position - start : 3
    return LocatedValue(.string(text), at: whole)
  }

  /// `"…"` on one line.
  mutating func basicString() throws(TOMLFailure) -> LocatedText {
    let start = position
    advance()
    var builder = LocatedTextBuilder(line: line, column: position - lineStart + 1)
    while true {
      let scalar = try stringScalar(openedAt: start, by: "\"")
      if scalar == "\"" { break }
      let place = position - lineStart + 1
      if scalar == "\\" {
        builder.append(try escape(), line: line, column: place)
      } else {
        builder.append(scalar, line: line, column: place)
        advance()
      }
    }
    advance()
    return builder.finished(file: file)
  }

  /// `'…'` on one line, without escapes.
  mutating func literalString() throws(TOMLFailure) -> LocatedText {
    let start = position
    advance()
    var builder = LocatedTextBuilder(line: line, column: position - lineStart + 1)
    while true {
      let scalar = try stringScalar(openedAt: start, by: "'")
      if scalar == "'" { break }
      builder.append(scalar, line: line, column: position - lineStart + 1)
      advance()
    }
    advance()
    return builder.finished(file: file)
  }

  /// The character that stands here in a string on one line.
  private func stringScalar(openedAt start: Int, by mark: Unicode.Scalar) throws(TOMLFailure) -> Unicode.Scalar {
    guard let scalar = current, scalar != "\n", !(scalar == "\r" && peek(1) == "\n") else {
      throw TOMLFailure(
        "the string that begins here has no closing \(mark)", at: location(at: start, length: position - start),
        help: "text over several lines stands between \(mark)\(mark)\(mark) and \(mark)\(mark)\(mark)")
    }
    try checkStringScalar(scalar)
    return scalar
  }

  private func checkStringScalar(_ scalar: Unicode.Scalar) throws(TOMLFailure) {
    if scalar != "\t", TOMLScanner.isControl(scalar) {
      throw TOMLFailure("\(found) cannot stand in a string", at: here)
    }
  }

  /// `"""…"""` or `'''…'''`; line ends in it become LF.
  private mutating func multiLineString(_ mark: Unicode.Scalar) throws(TOMLFailure) -> LocatedText {
    let opening = location(at: position, length: 3)
    position += 3
    _ = newline()
    var builder = LocatedTextBuilder(line: line, column: position - lineStart + 1)
    while true {
      guard let scalar = current else {
        throw TOMLFailure(
          "the string that begins here has no closing \(mark)\(mark)\(mark)", at: opening, recovery: .never)
      }
      let place = (line: line, column: position - lineStart + 1)
      if scalar == mark {
        var quotes = 0
        while quotes < 5, peek(quotes) == mark { quotes += 1 }
        // Up to two quotes may stand right before the closing three.
        for offset in 0..<(quotes >= 3 ? quotes - 3 : quotes) {
          builder.append(mark, line: place.line, column: place.column + offset)
        }
        position += quotes
        if quotes >= 3 { return builder.finished(file: file) }
      } else if newline() {
        builder.append("\n", line: place.line, column: place.column)
      } else {
        do throws(TOMLFailure) {
          if scalar == "\\", mark == "\"" {
            if try !lineContinuation() { builder.append(try escape(), line: place.line, column: place.column) }
          } else {
            try checkStringScalar(scalar)
            builder.append(scalar, line: place.line, column: place.column)
            advance()
          }
        } catch {
          skipMultiLineString(mark)
          throw error
        }
      }
    }
  }

  /// Goes behind the closing quotes, so that the lines of a wrong string are not taken for statements.
  private mutating func skipMultiLineString(_ mark: Unicode.Scalar) {
    while position < scalars.count {
      if current == mark, peek(1) == mark, peek(2) == mark {
        position += 3
        return
      }
      if current == "\\", mark == "\"", peek(1) != "\n", peek(1) != "\r" { advance() }
      if !newline() { advance() }
    }
  }

  /// A backslash at the end of a line: goes to the next character that is neither blank nor line end.
  private mutating func lineContinuation() throws(TOMLFailure) -> Bool {
    let start = position
    advance()
    skipBlanks()
    guard newline() else {
      position = start
      return false
    }
    repeat { skipBlanks() } while newline()
    // TOMLKit would drop these as well, which TOML does not say.
    if let scalar = current, !scalar.isASCII,
      scalar.properties.isWhitespace || "\u{180E}\u{200B}\u{2060}\u{FEFF}".unicodeScalars.contains(scalar)
    {
      throw TOMLFailure("the \(codePoint(scalar)) cannot stand right behind a line that ends in '\\'", at: here)
    }
    return true
  }

  /// The character that the escape at the backslash stands for.
  private mutating func escape() throws(TOMLFailure) -> Unicode.Scalar {
    let start = position
    advance()
    guard let letter = current else {
      throw TOMLFailure("expected an escape after '\\', found \(found)", at: location(at: start))
    }
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{C}", "r": "\r", "\"": "\"", "\\": "\\",
    ]
    if let scalar = simple[letter] {
      advance()
      return scalar
    }
    guard letter == "u" || letter == "U" else {
      throw TOMLFailure(
        "'\\' followed by \(found) is not an escape of TOML", at: location(at: start, length: 2),
        help: "write \\\\ for a backslash, or put the text in single quotes")
    }
    advance()
    let digitCount = letter == "u" ? 4 : 8
    var code: UInt32 = 0
    for _ in 0..<digitCount {
      guard let digit = current, digit.isASCII, let value = Character(digit).hexDigitValue else {
        throw TOMLFailure(
          "'\\\(letter)' needs \(digitCount) hexadecimal digits, found \(found)",
          at: location(at: start, length: position - start))
      }
      code = code << 4 | UInt32(value)
      advance()
    }
    let place = location(at: start, length: position - start)
    guard let scalar = Unicode.Scalar(code) else {
      throw TOMLFailure("'\(text(start..<position))' is not a Unicode character", at: place)
    }
    // TOMLKit hands strings on as C strings, which end there.
    if scalar.value == 0 {
      throw TOMLFailure("a configuration cannot hold the character U+0000", at: place)
    }
    return scalar
  }
}

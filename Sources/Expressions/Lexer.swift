import Diagnostics

/// Cuts a text into tokens.
///
/// Numbers are `1`, `.5`, `2.`, `1e-3`. Names begin with a letter of any script or `_`, and go on with those, digits
/// and combining marks. White space separates and means nothing.
struct Lexer {
  private let text: LocatedText
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private(set) var tokens: [Token] = []
  private(set) var diagnostics: [Diagnostic] = []

  static let longestName = 256

  /// Reads at most `limit` characters.
  init(_ text: LocatedText, limit: Int) {
    self.text = text
    self.scalars = Array(text.text.unicodeScalars.prefix(limit))
  }

  /// All tokens, the last one `end`; characters that mean nothing are reported and left out.
  mutating func run() {
    while position < scalars.count, diagnostics.count < Parser.diagnosticLimit {
      let scalar = scalars[position]
      if scalar.properties.isWhitespace {
        position += 1
      } else if isDigit(scalar) || (scalar == "." && isDigit(peek(1))) {
        lexNumber()
      } else if isNameStart(scalar) {
        lexName()
      } else {
        lexSign()
      }
    }
    tokens.append(Token(kind: .end, offset: scalars.count, length: 0))
  }

  private func peek(_ distance: Int) -> Unicode.Scalar? {
    position + distance < scalars.count ? scalars[position + distance] : nil
  }

  private mutating func emit(_ kind: Token.Kind, length: Int) {
    tokens.append(Token(kind: kind, offset: position, length: length))
    position += length
  }

  private mutating func report(_ message: String, length: Int, help: String? = nil) {
    diagnostics.append(
      Diagnostic(.error, message, at: text.location(offset: position, length: length), help: help))
    position += length
  }

  private mutating func lexNumber() {
    var end = position
    func skipDigits() { while end < scalars.count, isDigit(scalars[end]) { end += 1 } }
    skipDigits()
    if end < scalars.count, scalars[end] == "." {
      end += 1
      skipDigits()
    }
    if end < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
      let sign = end + 1 < scalars.count && (scalars[end + 1] == "+" || scalars[end + 1] == "-") ? 1 : 0
      if end + 1 + sign < scalars.count, isDigit(scalars[end + 1 + sign]) {
        end += 1 + sign
        skipDigits()
      }
    }
    if end < scalars.count, scalars[end] == "." {
      while end < scalars.count, scalars[end] == "." || isDigit(scalars[end]) { end += 1 }
      report("malformed number '\(shown(position, end))'", length: end - position)
      return
    }
    guard let value = Double(string(position, end)), value.isFinite else {
      report(
        "number '\(shown(position, end))' is too large", length: end - position, help: "the largest is about 1.8e308")
      return
    }
    emit(.number(value), length: end - position)
  }

  private mutating func lexName() {
    var end = position
    while end < scalars.count, isNamePart(scalars[end]) { end += 1 }
    if end - position > Lexer.longestName {
      report("name of \(end - position) characters is longer than \(Lexer.longestName)", length: end - position)
      return
    }
    let name = string(position, end)
    switch name {
    case "and": emit(.and, length: 3)
    case "or": emit(.or, length: 2)
    case "not": emit(.not, length: 3)
    default: emit(.name(name), length: end - position)
    }
  }

  private mutating func lexSign() {
    let next = peek(1)
    switch scalars[position] {
    case "+": emit(.plus, length: 1)
    case "-": emit(.minus, length: 1)
    case "*": next == "*" ? emit(.power, length: 2) : emit(.times, length: 1)
    case "/": emit(.divide, length: 1)
    case "^": emit(.power, length: 1)
    case "(": emit(.open, length: 1)
    case ")": emit(.close, length: 1)
    case ",": emit(.comma, length: 1)
    case "<": next == "=" ? emit(.lessOrEqual, length: 2) : emit(.less, length: 1)
    case ">": next == "=" ? emit(.greaterOrEqual, length: 2) : emit(.greater, length: 1)
    case "=": next == "=" ? emit(.equal, length: 2) : emit(.assign, length: 1)
    case "!": next == "=" ? emit(.notEqual, length: 2) : emit(.not, length: 1)
    case "&" where next == "&": emit(.and, length: 2)
    case "|" where next == "|": emit(.or, length: 2)
    case let other:
      report("unexpected character '\(other)'", length: 1, help: Lexer.advice[other])
    }
  }

  /// What to type instead of characters that people do type.
  private static let advice: [Unicode.Scalar: String] = [
    "\u{2212}": "write -", "\u{2013}": "write -", "·": "write *", "×": "write *", "÷": "write /", "²": "write ^2",
    "³": "write ^3", "√": "write sqrt(…)", "∂": "write d(u, x) or u_x", "∇": "write laplacian(u) or d(u, x)",
    "≤": "write <=", "≥": "write >=", "≠": "write !=", "&": "write and", "|": "write or, or abs(…)",
    "[": "write ( )", "]": "write ( )", "{": "write ( )", "}": "write ( )",
    "%": "there is no remainder; x - a*floor(x/a)",
    "'": "write u_x for a derivative", ".": "write a digit before or after the point",
  ]

  private func string(_ start: Int, _ end: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<end])
    return String(view)
  }

  private func shown(_ start: Int, _ end: Int) -> String { abbreviated(string(start, min(end, start + 50))) }
}

/// The text cut to a length fit for a message.
func abbreviated(_ text: String) -> String {
  text.count > 40 ? text.prefix(39) + "…" : text
}

private func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
  guard let scalar else { return false }
  return ("0"..."9").contains(scalar)
}

private func isNameStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }

private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
  isNameStart(scalar) || isDigit(scalar) || scalar.properties.generalCategory == .nonspacingMark
}

/// Whether the language can read the text as a name: letters, digits and `_`, not a digit first, none of its own
/// words `and`, `or`, `not`.
package func isName(_ text: String) -> Bool {
  let scalars = text.unicodeScalars
  guard let first = scalars.first, isNameStart(first), scalars.count <= Lexer.longestName else { return false }
  return scalars.allSatisfy(isNamePart) && !["and", "or", "not"].contains(text)
}

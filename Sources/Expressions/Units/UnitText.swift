package import Diagnostics

extension Unit {
  /// Reads "mm^2/s", "kg*m/s^2", "W/(m*K)", "1/s", "m s⁻¹", "10^6/ml", "V^(1/2)".
  ///
  /// Factors stand in a row, with `*`, `·` or a blank between them; `/` concerns the one factor that follows.
  ///
  /// - Throws: what cannot be read, at its character.
  package init(_ text: LocatedText) throws(InputFailure) {
    var reader = UnitReader(text)
    self = try reader.unit()
  }
}

private struct UnitReader {
  let text: LocatedText
  let characters: [Character]
  var position = 0
  var depth = 0

  init(_ text: LocatedText) {
    self.text = text
    characters = Array(text.text)
  }

  /// Offsets of a located text count Unicode scalars.
  private func failure(_ message: String, at place: Int, help: String? = nil) -> InputFailure {
    let offset = characters.prefix(place).reduce(0) { $0 + $1.unicodeScalars.count }
    return InputFailure(.configuration, message, at: text.location(offset: offset, length: 1), help: help)
  }

  private static let example = "a unit is a product like \"mm^2/s\" or \"W/(m*K)\", or \"1\""

  mutating func unit() throws(InputFailure) -> Unit {
    guard text.text.count <= 200 else { throw failure("unit of more than 200 characters", at: 0) }
    let unit = try product()
    if position < characters.count {
      throw failure("unexpected '\(characters[position])' in a unit", at: position, help: UnitReader.example)
    }
    return unit
  }

  private mutating func skipBlanks() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private var next: Character? { position < characters.count ? characters[position] : nil }

  private mutating func product() throws(InputFailure) -> Unit {
    var product = try power()
    while true {
      skipBlanks()
      switch next {
      case "*", "·", "⋅", "×":
        position += 1
        product = product * (try power())
      case "/":
        position += 1
        product = product / (try power())
      case nil, ")": return product
      default: product = product * (try power())
      }
    }
  }

  private mutating func power() throws(InputFailure) -> Unit {
    let base = try factor()
    skipBlanks()
    guard let sign = next else { return base }
    if sign == "^" {
      position += 1
      return base.raised(to: try exponent())
    }
    var digits = ""
    while let digit = next.flatMap({ UnitReader.superscripts[$0] }) {
      digits.append(digit)
      position += 1
    }
    guard !digits.isEmpty else { return base }
    guard let value = Int(digits), abs(value) <= 99 else {
      throw failure("exponent of a unit is no whole number", at: position - 1)
    }
    return base.raised(to: Rational(value, 1))
  }

  private static let superscripts: [Character: Character] = [
    "⁻": "-", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
  ]

  private mutating func factor() throws(InputFailure) -> Unit {
    skipBlanks()
    guard let first = next else { throw failure("a unit is missing", at: position, help: UnitReader.example) }
    let start = position
    if first == "(" {
      guard depth < 20 else { throw failure("unit nested too deep", at: start) }
      (position, depth) = (position + 1, depth + 1)
      let inner = try product()
      guard next == ")" else { throw failure("missing ')' for this '(' in a unit", at: start) }
      (position, depth) = (position + 1, depth - 1)
      return inner
    }
    if first.isASCII, first.isNumber || first == "." {
      while let character = next, character.isASCII, character.isNumber || character == "." { position += 1 }
      guard let value = Double(String(characters[start..<position])), value.isFinite, value > 0 else {
        throw failure("'\(String(characters[start..<position]))' in a unit is no positive number", at: start)
      }
      return Unit(factor: value)
    }
    while let character = next, character.isLetter || "%°_$€".contains(character) { position += 1 }
    guard position > start else {
      throw failure("unexpected '\(first)' in a unit", at: start, help: UnitReader.example)
    }
    return Unit(word: String(characters[start..<position]))
  }

  /// `2`, `-1`, `(1/2)`, `(-3/2)`.
  private mutating func exponent() throws(InputFailure) -> Rational {
    skipBlanks()
    let start = position
    let inParentheses = next == "("
    if inParentheses { position += 1 }
    let numerator = wholeNumber()
    var denominator: Int? = 1
    if inParentheses, next == "/" {
      position += 1
      denominator = wholeNumber()
    }
    if inParentheses {
      if next != ")" { throw failure("exponent of a unit is no whole number or fraction", at: start) }
      position += 1
    }
    guard let numerator, let denominator, denominator > 0 else {
      throw failure("exponent of a unit is no whole number or fraction", at: start)
    }
    return Rational(numerator, denominator)
  }

  private mutating func wholeNumber() -> Int? {
    var digits = ""
    if next == "-" || next == "+" {
      digits.append(characters[position])
      position += 1
    }
    while let digit = next, digit.isASCII, digit.isNumber, digits.count < 4 {
      digits.append(digit)
      position += 1
    }
    return Int(digits)
  }
}

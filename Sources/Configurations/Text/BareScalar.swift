import Diagnostics

/// What a word without quotes means: one set of rules for TOML, YAML and `--set`, which are those of TOML 1.0.
///
/// YAML's own typing is deliberately not used: there `no` is a boolean, `1:30` is 90 and `012` is 10. Whatever could be
/// read in two ways is refused with a hint instead.
enum BareScalar {
  case integer(Int)
  case float(Double)
  case boolean(Bool)
  /// A number, boolean, date or null in the eyes of somebody, but not one that a configuration may hold.
  case refused(message: String, help: String)
  /// Anything else; text to YAML and `--set`, an error to TOML.
  case text

  init(_ text: String) {
    let bytes = Array(text.utf8)
    let shown = brief(text)
    self = BareScalar.word(text) ?? BareScalar.number(bytes, shown) ?? BareScalar.time(bytes, shown) ?? .text
  }

  private static func word(_ text: String) -> BareScalar? {
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .float(.infinity)
    case "-inf": return .float(-.infinity)
    case "nan", "+nan", "-nan": return .float(.nan)
    default: break
    }
    // Longer than any of the words below, so that a long text is not lower-cased for nothing.
    if text.utf8.count > 10 { return nil }
    let lower = text.lowercased()
    switch lower {
    case "true", "false":
      return .refused(
        message: "'\(text)' is not a boolean", help: "write \(lower), or \(quoted(text)) in quotes for text")
    case "yes", "no", "on", "off":
      let meaning = lower == "yes" || lower == "on"
      return .refused(
        message: "'\(text)' is not a boolean", help: "write \(meaning), or \(quoted(text)) in quotes for text")
    case "null", "~":
      return .refused(
        message: "'\(text)' is not a value that a configuration may hold",
        help: "leave the key out, or write \(quoted(text)) in quotes for text")
    default: break
    }
    let unsigned = lower.drop { $0 == "+" || $0 == "-" || $0 == "." }
    if ["inf", "infinity", "nan"].contains(unsigned) {
      let sign = lower.hasPrefix("-") ? "-" : ""
      return .refused(
        message: "'\(text)' is not a number", help: "write \(sign)\(unsigned.prefix(3)), or \(quoted(text)) for text")
    }
    return nil
  }

  // MARK: - Numbers

  /// Nil when the bytes do not have the shape of a number at all.
  private static func number(_ bytes: [UInt8], _ text: String) -> BareScalar? {
    let signLength = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") ? 1 : 0
    let unsigned = bytes[signLength...]
    if unsigned.count >= 2, unsigned.first == UInt8(ascii: "0"),
      let radix = radices[unsigned[unsigned.startIndex + 1] | 0x20]
    {
      return prefixed(unsigned, text, radix: radix, signed: signLength == 1)
    }
    var rest = unsigned
    let whole = takeDigits(&rest)
    var fraction: ArraySlice<UInt8>?
    var exponent: ArraySlice<UInt8>?
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = takeDigits(&rest)
    }
    guard hasDigit(whole) || hasDigit(fraction ?? []) else { return nil }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      exponent = takeDigits(&rest)
    }
    guard rest.isEmpty else { return nil }

    if let problem = misspelling(text, whole: whole, fraction: fraction, exponent: exponent) { return problem }
    let plain = String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    if fraction == nil, exponent == nil {
      guard let value = Int(plain) else {
        return .refused(
          message: "the integer \(text) does not fit into 64 bits", help: "write it as a float: \(brief(plain)).0")
      }
      return .integer(value)
    }
    guard let value = Double(plain), value.isFinite else {
      return .refused(
        message: "the number \(text) is larger than a 64-bit float can hold",
        help: "the largest is 1.797e308; or write inf")
    }
    let isZero = (whole + (fraction ?? [])).allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "_") }
    if value == 0, !isZero {
      return .refused(
        message: "the number \(text) is smaller than a 64-bit float can hold",
        help: "the smallest is 4.941e-324; or write 0.0")
    }
    return .float(value)
  }

  private static let radices: [UInt8: Int] = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2]

  private static func prefixed(_ unsigned: ArraySlice<UInt8>, _ text: String, radix: Int, signed: Bool) -> BareScalar? {
    let digits = unsigned.dropFirst(2)
    guard digits.allSatisfy({ isWordByte($0) }) else { return nil }
    let kind = radix == 16 ? "a hexadecimal" : radix == 8 ? "an octal" : "a binary"
    let prefix = radix == 16 ? "0x" : radix == 8 ? "0o" : "0b"
    let plain = String(decoding: digits.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    let wellFormed =
      !signed && unsigned.starts(with: prefix.utf8) && separatesDigits(digits)
      && plain.utf8.allSatisfy { Int(String(UnicodeScalar($0)), radix: radix) != nil }
    guard wellFormed else {
      return .refused(
        message: "'\(text)' is not \(kind) number",
        help: "write \(prefix) and digits, without a sign, or \(quoted(text)) in quotes for text")
    }
    guard let value = Int(plain, radix: radix) else {
      return .refused(message: "the integer \(text) does not fit into 64 bits", help: "write it as a float")
    }
    return .integer(value)
  }

  /// What is wrong with a text that has the shape of a number, or nil.
  private static func misspelling(
    _ text: String, whole: ArraySlice<UInt8>, fraction: ArraySlice<UInt8>?, exponent: ArraySlice<UInt8>?
  ) -> BareScalar? {
    let orText = "or \(quoted(text)) in quotes for text"
    for digits in [whole, fraction, exponent] {
      if let digits, digits.contains(UInt8(ascii: "_")), !separatesDigits(digits) {
        return .refused(
          message: "'\(text)' has a misplaced '_'", help: "'_' stands between two digits; remove it, \(orText)")
      }
    }
    if whole.isEmpty || fraction?.isEmpty == true {
      return .refused(
        message: "'\(text)' has no digit \(whole.isEmpty ? "before" : "after") the decimal point",
        help: "write 0 there, \(orText)")
    }
    if exponent?.isEmpty == true {
      return .refused(message: "'\(text)' has no digits in its exponent", help: "write them, \(orText)")
    }
    if whole.count > 1, whole.first == UInt8(ascii: "0") {
      return .refused(
        message: "'\(text)' has leading zeros", help: "write the number without them, \(orText)")
    }
    return nil
  }

  // MARK: - Dates and times

  private static func time(_ bytes: [UInt8], _ text: String) -> BareScalar? {
    let help = "put it in quotes: \(quoted(text))"
    // 2025-01-02, whatever follows.
    if bytes.count >= 10, [0, 1, 2, 3, 5, 6, 8, 9].allSatisfy({ isDigit(bytes[$0]) }), bytes[4] == UInt8(ascii: "-"),
      bytes[7] == UInt8(ascii: "-"), bytes.count == 10 || !isDigit(bytes[10])
    {
      return .refused(message: "'\(text)' is a date, which a configuration does not use", help: help)
    }
    // 07:32:00, and the numbers to base 60 of YAML 1.1.
    var rest = bytes[...]
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    guard hasDigit(takeDigits(&rest)), rest.first == UInt8(ascii: ":") else { return nil }
    while rest.first == UInt8(ascii: ":") {
      rest = rest.dropFirst()
      guard hasDigit(takeDigits(&rest)) else { return nil }
    }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      _ = takeDigits(&rest)
    }
    guard rest.isEmpty else { return nil }
    return .refused(message: "'\(text)' is a time, which a configuration does not use", help: help)
  }

  // MARK: - Bytes

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
  }

  private static func hasDigit(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.contains(where: isDigit) }

  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
    rest = rest[digits.endIndex...]
    return digits
  }

  /// Whether every `_` stands between two digits and there is a digit at all.
  private static func separatesDigits(_ digits: ArraySlice<UInt8>) -> Bool {
    let underscore = UInt8(ascii: "_")
    guard let first = digits.first, let last = digits.last, first != underscore, last != underscore else {
      return false
    }
    return zip(digits, digits.dropFirst()).allSatisfy { $0 != underscore || $1 != underscore }
  }
}

/// The text, or the beginning of a long one, for a message.
func brief(_ text: String) -> String {
  let limit = 60
  let scalars = text.unicodeScalars
  guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
    end < scalars.endIndex
  else { return text }
  return String(scalars[..<end]) + "…"
}

/// The text as a user would quote it in a configuration file; of a long one the beginning.
func quoted(_ text: String) -> String {
  let text = brief(text)
  return text.contains("\"") && !text.contains("'") ? "'\(text)'" : basicString(text)
}

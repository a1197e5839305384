// Numbers in cells.
//
// Goals, in this order: the nearest double for every decimal text; nothing accepted that is not a decimal number (no
// hexadecimal, no blanks inside, no locale); speed for the 16 and 17 digits that computed data come with.

/// What the bytes of a cell say, read as a number.
enum NumberText: Equatable {
  case number(Double)
  /// Nothing but blanks.
  case empty
  /// `nan`, `inf`, `infinity`, in any case, with or without a sign.
  case nonFinite(Double)
  /// A decimal number beyond the largest finite double.
  case tooLarge
  case notANumber

  /// Reads `bytes[start..<end]`; blanks around the number are skipped.
  ///
  ///     number = [+-] (digits [. [digits]] | . digits) [(e|E) [+-] digits]
  ///
  /// Texts below the smallest double become zero.
  init(_ bytes: Span<UInt8>, from first: Int, to last: Int) {
    var start = first
    var end = last
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    if start == end {
      self = .empty
      return
    }
    var i = start
    let negative = bytes[i] == UInt8(ascii: "-")
    if negative || bytes[i] == UInt8(ascii: "+") { i += 1 }

    // mantissa · 10^exponent, exact as long as `kept` is 19 or less.
    var mantissa: UInt64 = 0
    var kept = 0
    var digits = 0
    var exponent = 0
    while i < end, let digit = decimalDigit(bytes[i]) {
      if kept > 0 || digit > 0 { kept += 1 }
      if kept <= 19 { mantissa = mantissa &* 10 &+ digit }
      digits += 1
      i += 1
    }
    if i < end, bytes[i] == UInt8(ascii: ".") {
      i += 1
      while i < end, let digit = decimalDigit(bytes[i]) {
        if kept > 0 || digit > 0 { kept += 1 }
        if kept <= 19 { mantissa = mantissa &* 10 &+ digit }
        digits += 1
        exponent -= 1
        i += 1
      }
    }
    if digits == 0 {
      self = NumberText(nonFinite: bytes, from: start, to: end)
      return
    }
    if i < end, bytes[i] | 0x20 == UInt8(ascii: "e") {
      i += 1
      let negativeExponent = i < end && bytes[i] == UInt8(ascii: "-")
      if negativeExponent || (i < end && bytes[i] == UInt8(ascii: "+")) { i += 1 }
      let exponentStart = i
      var written = 0
      while i < end, let digit = decimalDigit(bytes[i]) {
        if written < 100_000 { written = written * 10 + Int(digit) }
        i += 1
      }
      if i == exponentStart {
        self = .notANumber
        return
      }
      exponent += negativeExponent ? -written : written
    }
    if i < end {
      self = .notANumber
      return
    }
    if kept <= 19, let magnitude = nearestDouble(mantissa, exponent: exponent) {
      self = .number(negative ? -magnitude : magnitude)
      return
    }
    // More than 19 digits, or an exponent far from zero: the standard library's conversion, correctly rounded.
    var text = ""
    for k in start..<end { text.unicodeScalars.append(Unicode.Scalar(bytes[k])) }
    guard let value = Double(text) else {
      self = .notANumber
      return
    }
    self = value.isFinite ? .number(value) : .tooLarge
  }

  init(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span, from: 0, to: bytes.count)
  }

  private init(nonFinite bytes: Span<UInt8>, from start: Int, to end: Int) {
    guard end - start <= 9 else {
      self = .notANumber
      return
    }
    var text = ""
    for k in start..<end where bytes[k] < 0x80 { text.unicodeScalars.append(Unicode.Scalar(bytes[k])) }
    switch text.lowercased() {
    case "nan", "+nan", "-nan": self = .nonFinite(.nan)
    case "inf", "+inf", "infinity", "+infinity": self = .nonFinite(.infinity)
    case "-inf", "-infinity": self = .nonFinite(-.infinity)
    default: self = .notANumber
    }
  }
}

@inline(__always) func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

@inline(__always) private func decimalDigit(_ byte: UInt8) -> UInt64? {
  let digit = byte &- UInt8(ascii: "0")
  return digit <= 9 ? UInt64(digit) : nil
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]

/// 5^0 … 5^27, all below 2^63.
private let powersOfFive: [UInt64] = (0...27).map { (0..<$0).reduce(into: UInt64(1)) { power, _ in power *= 5 } }

/// The double nearest to `mantissa` · 10^`exponent`, ties to even, or nil where this needs wider arithmetic.
///
/// Both factors exact in a double: one rounding, so the product or quotient is right (Clinger 1990). Otherwise, for
/// 10^−k with k ≤ 27, an exact division: with m and 5^k shifted so that their top bits are set,
///
///     q = ⌊m 2^63 / 5^k⌋ ∈ (2^62, 2^64),
///
/// at least 63 of the quotient's bits, and a remainder that tells whether more follow; that settles the rounding.
private func nearestDouble(_ mantissa: UInt64, exponent: Int) -> Double? {
  if mantissa == 0 { return 0 }
  if mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
    return exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
  }
  guard exponent >= -27, exponent <= 0 else { return nil }
  let divisor = powersOfFive[-exponent]
  let mantissaShift = mantissa.leadingZeroBitCount
  let divisorShift = divisor.leadingZeroBitCount
  let shifted = mantissa << UInt64(mantissaShift)
  var (quotient, remainder) = (divisor << UInt64(divisorShift))
    .dividingFullWidth((high: shifted >> 1, low: shifted << 63))
  var binaryExponent = exponent - 63 - mantissaShift + divisorShift
  // Top bit to place 63; then 11 bits go.
  let shift = quotient.leadingZeroBitCount
  quotient <<= UInt64(shift)
  binaryExponent -= shift
  let tail = quotient & 0x7FF
  var kept = quotient >> 11
  if remainder != 0 { remainder = 1 }
  if tail > 0x400 || (tail == 0x400 && (remainder == 1 || kept & 1 == 1)) { kept += 1 }
  // `kept` ≤ 2^53, exact; the exponent lies between −90 and 64, far from subnormal.
  return Double(sign: .plus, exponent: binaryExponent + 11, significand: Double(kept))
}

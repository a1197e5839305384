/// The shortest decimal text that reads back to the same double.
///
///     0.1 → 0.1    2 → 2    -0.0 → -0    0.00001 → 1e-5    1e16 → 1e16    1/3 → 0.3333333333333333
///
/// From 0.0001 up to 2⁵⁴ without an exponent, otherwise with one. NaN is `nan` whatever its sign and payload,
/// infinities are `inf` and `-inf`.
package func shortestDecimal(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  var text = value.description
  if text.hasSuffix(".0") { text.removeLast(2) }
  guard let e = text.utf8.firstIndex(of: UInt8(ascii: "e")) else { return text }
  var exponent = text[text.index(after: e)...]
  let sign = exponent.first == "-" ? "-" : ""
  if exponent.first == "-" || exponent.first == "+" { exponent.removeFirst() }
  while exponent.count > 1, exponent.first == "0" { exponent.removeFirst() }
  var significand = text[..<e]
  if significand.hasSuffix(".0") { significand.removeLast(2) }
  return significand + "e" + sign + exponent
}

import Foundation

/// The values of a range written as text.
///
/// | range | values |
/// | --- | --- |
/// | `1..5` | 1, 2, 3, 4, 5: whole numbers |
/// | `0..1:5` | 0, 0.25, 0.5, 0.75, 1: as many as the last number says, at equal distances |
/// | `log:1..1000:4` | 1, 10, 100, 1000: at equal ratios |
///
/// Values between the ends are rounded to twelve digits, so that they are the same with every C library.
package struct ValueRange: Sendable, Equatable {
  package var values: [Double]

  /// The most values of a range.
  package static let countLimit = 10_000

  /// What is wrong with a text that begins like a range, as a phrase for a message.
  package struct Failure: Error, Equatable {
    package var message: String
    package var help: String?
  }

  /// Nil where the text is no range: one begins like a number and has two dots in it, or begins with `log:`.
  package init?(_ text: String) throws(Failure) {
    let isLogarithmic = text.hasPrefix("log:")
    let body = isLogarithmic ? String(text.dropFirst(4)) : text
    let dots = body.range(of: "..")
    if !isLogarithmic {
      // `../data/a.csv` and other words with two dots are values.
      guard let dots, ValueRange.number(String(body[..<dots.lowerBound])) != nil else { return nil }
    }
    let help = "ranges are written 1..5, 0..1:5 or log:1..1000:4"
    guard let dots else { throw Failure(message: "'\(text)' is not a range", help: help) }
    let parts = body[dots.upperBound...].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let first = ValueRange.number(String(body[..<dots.lowerBound])),
      let last = parts.first.flatMap(ValueRange.number), parts.count <= 2
    else { throw Failure(message: "'\(text)' is not a range", help: help) }
    guard parts.count == 2 else {
      guard !isLogarithmic else {
        throw Failure(
          message: "a logarithmic range needs a number of values", help: "write \(text):4 for four values")
      }
      values = try ValueRange.wholeNumbers(from: first, through: last, text)
      return
    }
    guard let count = Int(parts[1]), (2...ValueRange.countLimit).contains(count) else {
      throw Failure(
        message: "a range has between 2 and \(ValueRange.countLimit) values, found '\(parts[1])'", help: help)
    }
    guard first != last else { throw Failure(message: "the ends of the range are equal", help: help) }
    guard !isLogarithmic || (first > 0 && last > 0) else {
      throw Failure(message: "the ends of a logarithmic range must be above 0")
    }
    values = (0..<count).map { index in
      if index == 0 { return first }
      if index == count - 1 { return last }
      let share = Double(index) / Double(count - 1)
      let value =
        isLogarithmic
        ? pow(10, log10(first) * (1 - share) + log10(last) * share) : first * (1 - share) + last * share
      return ValueRange.rounded(value, scale: max(abs(first), abs(last)), isLogarithmic: isLogarithmic)
    }
  }

  private static func wholeNumbers(
    from first: Double, through last: Double, _ text: String
  ) throws(Failure) -> [Double] {
    guard let start = Int(exactly: first), let end = Int(exactly: last) else {
      throw Failure(
        message: "a range of numbers that are not whole needs a number of values",
        help: "write \(text):5 for five values")
    }
    let (distance, overflows) = end.subtractingReportingOverflow(start)
    guard !overflows, abs(distance) < countLimit else {
      throw Failure(
        message: "a range has at most \(countLimit) values", help: "write \(text):5 for five values")
    }
    return stride(from: start, through: end, by: distance < 0 ? -1 : 1).map(Double.init)
  }

  /// Twelve digits; what is only the rounding error of a zero becomes 0.
  private static func rounded(_ value: Double, scale: Double, isLogarithmic: Bool) -> Double {
    if !isLogarithmic, abs(value) < scale * 1e-13 { return 0 }
    return Double(String(format: "%.12g", value)) ?? value
  }

  /// A finite decimal number.
  package static func number(_ text: String) -> Double? {
    guard !text.isEmpty, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text),
      value.isFinite
    else { return nil }
    return value
  }
}

import Configurations
package import Diagnostics
import Tables

/// A key of the configuration and the values that a sweep gives it, in order.
///
/// Written `key=value,value,…`. Commas inside brackets, braces, parentheses and quotes belong to a value. A value that
/// begins like a number and has two dots in it is a range, as `ValueRange` has them.
package struct SweepAxis: Sendable, Equatable {
  /// As for `apply(setting:to:)`.
  package var key: String
  /// Texts, as for `apply(setting:to:)`.
  package var values: [String]

  /// - Throws: kind `.usage`, with the place in the option.
  package init(option: String) throws(InputFailure) {
    let scanner = ListScanner(option, named: "--over")
    guard let sign = try scanner.pieces(from: 0, at: "=").first?.upperBound, sign < scanner.scalars.count else {
      throw scanner.failure(
        "expected key=value,value,…", at: 0..<scanner.scalars.count, help: "as in --over loss.weights.walls=1,10,100")
    }
    key = scanner.text(0..<sign)
    guard !key.isEmpty else { throw scanner.failure("expected a key before '='", at: sign..<sign + 1) }
    guard key != "seed" else {
      throw scanner.failure(
        "the seed is varied by another option", at: 0..<sign, help: "use --seeds 3 or --seeds 1,5,9")
    }
    values = try scanner.values(from: sign + 1)
  }

  package init(key: String, values: [String]) {
    self.key = key
    self.values = values
  }
}

/// The seeds of a sweep.
package enum SweepSeeds: Sendable, Equatable {
  /// So many, from the experiment's own on.
  case count(Int)
  /// These.
  case list([Int])

  /// One number is a count; several, or a range, are the seeds themselves.
  ///
  /// - Throws: kind `.usage`, with the place in the option.
  package init(option: String) throws(InputFailure) {
    let scanner = ListScanner(option, named: "--seeds")
    let whole = 0..<scanner.scalars.count
    let values = try scanner.values(from: 0)
    var seeds: [Int] = []
    for value in values {
      guard let seed = Int(value), seed >= 0 else {
        throw scanner.failure(
          "a seed is a whole number from 0 on, found '\(value)'", at: whole,
          help: "use --seeds 3 for three seeds, --seeds 1,5,9 or --seeds 1..5 for these seeds")
      }
      seeds.append(seed)
    }
    guard values.count == 1 else {
      self = .list(seeds)
      return
    }
    guard (1...ValueRange.countLimit).contains(seeds[0]) else {
      throw scanner.failure(
        "the number of seeds must be between 1 and \(ValueRange.countLimit), found \(seeds[0])", at: whole,
        help: "--seed \(seeds[0]) sets a single seed")
    }
    self = .count(seeds[0])
  }

  /// The seeds of an experiment whose own is `first`.
  ///
  /// - Throws: kind `.usage` where they would be too large.
  func values(from first: UInt64) throws(InputFailure) -> [Int] {
    switch self {
    case .list(let list): return list
    case .count(let count):
      guard let first = Int(exactly: first), first <= Int.max - (count - 1) else {
        throw InputFailure(
          .usage, "there are no \(count) seeds from \(first) on", help: "set a smaller seed with --seed")
      }
      return (0..<count).map { first + $0 }
    }
  }
}

/// Cuts an option into the values of its list.
private struct ListScanner {
  let scalars: [Unicode.Scalar]
  let file: SourceFile

  init(_ option: String, named name: String) {
    scalars = Array(option.unicodeScalars)
    file = SourceFile(name: name, text: option)
  }

  /// Without white space around it.
  func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[trimmed(range)])
    return String(text)
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var range = range
    while let first = range.first, scalars[first].properties.isWhitespace { range = first + 1..<range.upperBound }
    while let last = range.last, scalars[last].properties.isWhitespace { range = range.lowerBound..<last }
    return range
  }

  func failure(_ message: String, at range: Range<Int>, help: String? = nil) -> InputFailure {
    InputFailure(
      .usage, message,
      at: SourceLocation(file: file, line: 1, column: range.lowerBound + 1, length: max(1, range.count)), help: help)
  }

  /// The pieces between the separators that stand outside of brackets and quotes.
  func pieces(from start: Int, at separator: Unicode.Scalar) throws(InputFailure) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var pieceStart = start
    var open: [(closer: Unicode.Scalar, place: Int)] = []
    var place = start
    while place < scalars.count {
      let scalar = scalars[place]
      switch scalar {
      case "[": open.append(("]", place))
      case "{": open.append(("}", place))
      case "(": open.append((")", place))
      case "]", "}", ")":
        guard open.popLast()?.closer == scalar else {
          throw failure("'\(scalar)' closes nothing", at: place..<place + 1, help: Self.quoteHelp)
        }
      case "\"", "'": place = try endOfQuotes(from: place)
      case separator where open.isEmpty:
        pieces.append(pieceStart..<place)
        pieceStart = place + 1
      default: break
      }
      place += 1
    }
    if let last = open.last {
      throw failure("'\(scalars[last.place])' is never closed", at: last.place..<last.place + 1, help: Self.quoteHelp)
    }
    return pieces + [pieceStart..<scalars.count]
  }

  private static let quoteHelp = "text with brackets or quotes in it is written in quotes: '\"a (b\"'"

  private func endOfQuotes(from start: Int) throws(InputFailure) -> Int {
    var place = start + 1
    while place < scalars.count {
      if scalars[place] == scalars[start] { return place }
      place += scalars[place] == "\\" && scalars[start] == "\"" ? 2 : 1
    }
    throw failure("the quote is never closed", at: start..<start + 1, help: Self.quoteHelp)
  }

  func values(from start: Int) throws(InputFailure) -> [String] {
    guard !trimmed(start..<scalars.count).isEmpty else {
      throw failure(
        "expected values, found nothing", at: start..<start + 1, help: "values are separated by commas: 1,10,100")
    }
    var values: [String] = []
    for piece in try pieces(from: start, at: ",") {
      let text = text(piece)
      guard !text.isEmpty else {
        throw failure("a value of the list is empty", at: piece, help: "an empty text is written '\"\"'")
      }
      values += try rangeValues(text, at: trimmed(piece)) ?? [text]
    }
    return values
  }

  // MARK: Ranges

  /// The values of a range, or nil where the text is none.
  private func rangeValues(_ text: String, at place: Range<Int>) throws(InputFailure) -> [String]? {
    do throws(ValueRange.Failure) {
      return try ValueRange(text)?.values.map { Int(exactly: $0).map(String.init) ?? shortestDecimal($0) }
    } catch {
      throw failure(error.message, at: place, help: error.help)
    }
  }
}

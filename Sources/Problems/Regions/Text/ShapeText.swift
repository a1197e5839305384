import Diagnostics

/// A text of the language of regions, cut at commas and brackets; ranges count Unicode scalars.
struct ShapeText {
  let text: LocatedText
  private let scalars: [Unicode.Scalar]

  /// - Throws: brackets that do not match, quotes that do not end.
  init(_ text: LocatedText) throws(InputFailure) {
    self.text = text
    scalars = Array(text.text.unicodeScalars)
    if scalars.count > ShapeText.mostCharacters {
      throw InputFailure(
        .configuration, "the region has \(scalars.count) characters, at most \(ShapeText.mostCharacters) are read",
        at: text.location)
    }
    var open: [Int] = []
    var position = 0
    while position < scalars.count {
      switch scalars[position] {
      case "(", "[":
        open.append(position)
        if open.count > ShapeText.deepestNesting {
          throw failure("brackets are nested deeper than \(ShapeText.deepestNesting) levels", position)
        }
      case ")", "]":
        guard let start = open.popLast() else { throw failure("unmatched '\(scalars[position])'", position) }
        let wanted: Unicode.Scalar = scalars[start] == "(" ? ")" : "]"
        guard scalars[position] == wanted else {
          throw failure("expected '\(wanted)', found '\(scalars[position])'", position)
        }
      case "\"", "'":
        guard let end = scalars[(position + 1)...].firstIndex(of: scalars[position]) else {
          throw failure("a quote that does not end", position)
        }
        position = end
      default: break
      }
      position += 1
    }
    if let start = open.last {
      throw failure("missing '\(scalars[start] == "(" ? ")" : "]")' for this '\(scalars[start])'", start)
    }
  }

  static let mostCharacters = 100_000
  static let deepestNesting = 100

  private func failure(_ message: String, _ position: Int) -> InputFailure {
    InputFailure(.configuration, message, at: text.location(offset: position))
  }

  var all: Range<Int> { trimmed(scalars.indices) }

  func location(_ range: Range<Int>) -> SourceLocation {
    text.location(offset: range.lowerBound, length: max(1, range.count))
  }

  func first(_ range: Range<Int>) -> Unicode.Scalar? { range.isEmpty ? nil : scalars[range.lowerBound] }

  func string(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  /// Cut to a length fit for a message.
  func shown(_ range: Range<Int>) -> String {
    range.count > 40 ? string(range.prefix(39)) + "…" : string(range)
  }

  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, scalars[start].properties.isWhitespace { start += 1 }
    while start < end, scalars[end - 1].properties.isWhitespace { end -= 1 }
    return start..<end
  }

  /// The places where `body` is true outside of brackets and quotes.
  private func places(_ range: Range<Int>, where body: (Int) -> Bool) -> [Int] {
    var found: [Int] = []
    var depth = 0
    var quote: Unicode.Scalar?
    for position in range {
      let scalar = scalars[position]
      if let open = quote {
        if scalar == open { quote = nil }
        continue
      }
      switch scalar {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "\"", "'": quote = scalar
      default: if depth == 0, body(position) { found.append(position) }
      }
    }
    return found
  }

  /// The parts between commas; none of nothing.
  func split(_ range: Range<Int>) -> [Range<Int>] {
    guard !trimmed(range).isEmpty else { return [] }
    var parts: [Range<Int>] = []
    var start = range.lowerBound
    for comma in places(range, where: { scalars[$0] == "," }) {
      parts.append(trimmed(start..<comma))
      start = comma + 1
    }
    return parts + [trimmed(start..<range.upperBound)]
  }

  /// What stands between brackets that enclose the whole range.
  func inside(_ range: Range<Int>, _ open: Unicode.Scalar, _ close: Unicode.Scalar) -> Range<Int>? {
    guard range.count >= 2, scalars[range.lowerBound] == open, let end = closing(range.lowerBound),
      end == range.upperBound - 1, scalars[end] == close
    else { return nil }
    return (range.lowerBound + 1)..<end
  }

  /// What stands between quotes that enclose the whole range.
  func inQuotes(_ range: Range<Int>) -> Range<Int>? {
    guard range.count >= 2, let quote = first(range), quote == "\"" || quote == "'",
      scalars[range.upperBound - 1] == quote
    else { return nil }
    return (range.lowerBound + 1)..<(range.upperBound - 1)
  }

  /// The bracket that closes the one at `start`.
  func closing(_ start: Int) -> Int? {
    var depth = 0
    var quote: Unicode.Scalar?
    for position in start..<scalars.count {
      let scalar = scalars[position]
      if let open = quote {
        if scalar == open { quote = nil }
        continue
      }
      switch scalar {
      case "(", "[": depth += 1
      case ")", "]":
        depth -= 1
        if depth == 0 { return position }
      case "\"", "'": quote = scalar
      default: break
      }
    }
    return nil
  }

  /// The name that a range begins with, and the first place behind it that is not blank.
  func leadingName(_ range: Range<Int>) -> (name: Range<Int>, next: Int)? {
    var end = range.lowerBound
    while end < range.upperBound,
      scalars[end] == "_" || scalars[end].properties.isAlphabetic || ("0"..."9").contains(scalars[end])
    {
      end += 1
    }
    guard end > range.lowerBound, !("0"..."9").contains(scalars[range.lowerBound]) else { return nil }
    var next = end
    while next < range.upperBound, scalars[next].properties.isWhitespace { next += 1 }
    return (range.lowerBound..<end, next)
  }

  subscript(position: Int) -> Unicode.Scalar? { scalars.indices.contains(position) ? scalars[position] : nil }

  /// The comparison signs outside of brackets, with their lengths.
  func comparisons(_ range: Range<Int>) -> [Range<Int>] {
    places(range) { scalars[$0] == "<" || scalars[$0] == ">" }.map { place in
      place..<(place + (self[place + 1] == "=" ? 2 : 1))
    }
  }
}

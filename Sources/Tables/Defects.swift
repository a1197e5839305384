import Diagnostics

/// A place in a text that is not kept: the line is copied, cut short, while it is at hand.
struct Place: Sendable, Equatable {
  var line: Int
  /// In Unicode scalars, from 1.
  var column: Int
  var length: Int
  var lineText: String

  /// The place of `bytes[offset..<offset + length]` in the record that begins at `recordStart` on line `recordLine`.
  init(offset: Int, length: Int, in bytes: [UInt8], limit: Int, recordStart: Int, recordLine: Int) {
    var lineNumber = recordLine
    var lineStart = recordStart
    var i = recordStart
    while i < offset {
      if bytes[i] == newline || (bytes[i] == carriageReturn && !(i + 1 < limit && bytes[i + 1] == newline)) {
        lineNumber += 1
        lineStart = i + 1
      }
      i += 1
    }
    self.line = lineNumber
    self.column = 1 + Self.scalarCount(bytes, lineStart, offset)
    var end = offset
    while end < limit, end < offset + length, bytes[end] != newline, bytes[end] != carriageReturn { end += 1 }
    self.length = max(1, Self.scalarCount(bytes, offset, end))
    var lineEnd = lineStart
    // An excerpt shows a window around the place; lines of megabytes are shown only near their start.
    while lineEnd < limit, lineEnd < lineStart + 8192, bytes[lineEnd] != newline, bytes[lineEnd] != carriageReturn {
      lineEnd += 1
    }
    self.lineText = offset <= lineEnd ? Self.excerpt(bytes[lineStart..<lineEnd]) : ""
  }

  /// Every byte that is not a continuation byte begins a scalar; in invalid text that is near enough.
  private static func scalarCount(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    var count = 0
    for i in start..<max(start, end) where bytes[i] & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Text of one line; characters that `SourceFile` would split at become blanks.
  private static func excerpt(_ bytes: ArraySlice<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar.value {
      case 0x0B, 0x0C, 0x85, 0x2028, 0x2029: text.unicodeScalars.append(" ")
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

/// The errors found in one text, up to a limit.
struct Defects {
  struct Defect {
    var place: Place
    var message: String
    var help: String?
  }

  static let limit = 20

  let name: String
  private(set) var found: [Defect] = []
  /// There were more than `limit`.
  private(set) var overflowed = false

  init(name: String) { self.name = name }

  var isEmpty: Bool { found.isEmpty }

  mutating func add(_ message: String, at place: Place, help: String? = nil) {
    guard found.count < Self.limit else {
      overflowed = true
      return
    }
    found.append(Defect(place: place, message: message, help: help))
  }

  /// All of them, in the order of the text, with their lines as excerpts.
  func failure() -> InputFailure {
    let file = sourceFile(named: name, showing: found.map(\.place))
    let ordered = found.enumerated().sorted { a, b in
      (a.element.place.line, a.element.place.column, a.offset) < (
        b.element.place.line, b.element.place.column, b.offset
      )
    }
    var diagnostics = ordered.map { _, defect in
      Diagnostic(.error, defect.message, at: defect.place.location(in: file), help: defect.help)
    }
    if overflowed { diagnostics.append(Diagnostic(.note, "\(name): only the first \(Self.limit) errors are shown")) }
    return InputFailure(.data, diagnostics)
  }
}

extension Place {
  func location(in file: SourceFile) -> SourceLocation {
    SourceLocation(file: file, line: line, column: column, length: length)
  }

  /// The place in a file of its own that holds nothing but this line.
  func location(named name: String) -> SourceLocation { location(in: sourceFile(named: name, showing: [self])) }
}

/// A file of which only the lines of `places` have text, so that diagnostics can show them.
///
/// Lines beyond the first 100 000 are not shown: a source file keeps its lines in an array from the first on.
func sourceFile(named name: String, showing places: [Place]) -> SourceFile {
  let shown = places.filter { $0.line <= 100_000 && !$0.lineText.isEmpty }
  guard let last = shown.map(\.line).max() else { return SourceFile(name: name) }
  var lines = [String](repeating: "", count: last)
  for place in shown { lines[place.line - 1] = place.lineText }
  // An empty text means a file without lines; the last line here is never empty.
  return SourceFile(name: name, text: lines.joined(separator: "\n"))
}

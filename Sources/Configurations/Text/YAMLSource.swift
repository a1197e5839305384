import Diagnostics

/// A YAML text, and the disguise in which Yams gets to see it: the same characters at the same places, except that
/// those which Yams must not act on are replaced by private ones that the text does not use.
struct YAMLSource {
  let file: SourceFile
  /// The lines as the user wrote them.
  let lines: [[Unicode.Scalar]]
  /// What stands for `*`.
  let aliasMark: Unicode.Scalar
  /// Replaced first characters of keys, by line and column.
  private(set) var patches: [Place: Unicode.Scalar] = [:]
  private var spares: [Unicode.Scalar]
  private var disguisedLines: [[Unicode.Scalar]]

  struct Place: Hashable {
    var line: Int
    var column: Int
  }

  init(_ text: String, file: SourceFile) {
    self.file = file
    lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      Array(line.last == "\r" ? line.dropLast() : line)
    }
    var spares = YAMLSource.unusedScalars(text, count: YAMLReader.errorLimit + 1)
    let aliasMark = spares.removeLast()
    self.spares = spares
    self.aliasMark = aliasMark
    disguisedLines = lines.map { line in line.map { $0 == "*" ? aliasMark : $0 } }
  }

  /// Private characters that stand in the text neither as themselves nor as an escape such as `\uE000`.
  private static func unusedScalars(_ text: String, count: Int) -> [Unicode.Scalar] {
    var used: Set<UInt32> = []
    var window: UInt32 = 0
    for scalar in text.unicodeScalars {
      if (0xE000...0xF8FF).contains(scalar.value) { used.insert(scalar.value) }
      guard scalar.isASCII, let digit = Character(scalar).hexDigitValue else { continue }
      // Runs of digits count even when other characters stand between them: too many are used, never too few.
      window = (window << 4 | UInt32(digit)) & 0xFFFF
      used.insert(window)
    }
    var unused: [Unicode.Scalar] = []
    for code in UInt32(0xE000)...0xF8FF where !used.contains(code) {
      if let scalar = Unicode.Scalar(code) { unused.append(scalar) }
      if unused.count == count { return unused }
    }
    // Only a text made to use them all gets here; plane 15 is private as well, and needs eight digits as an escape.
    for code in UInt32(0xF0000)...0xF0FFF {
      if let scalar = Unicode.Scalar(code), !text.unicodeScalars.contains(scalar) { unused.append(scalar) }
      if unused.count == count { break }
    }
    return unused
  }

  /// The text for Yams.
  var disguised: String {
    var view = String.UnicodeScalarView()
    for (index, line) in disguisedLines.enumerated() {
      if index > 0 { view.append("\n") }
      view.append(contentsOf: line)
    }
    return String(view)
  }

  /// A text from Yams as the user wrote it.
  func undisguised(_ text: String) -> String {
    guard text.unicodeScalars.contains(aliasMark) else { return text }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text.unicodeScalars.map { $0 == aliasMark ? "*" : $0 })
    return String(view)
  }

  /// The key that begins at `line:column`, as the user wrote it.
  func key(_ text: String, line: Int, column: Int) -> String {
    guard let first = patches[Place(line: line, column: column)] else { return undisguised(text) }
    var view = String.UnicodeScalarView()
    view.append(first)
    view.append(contentsOf: text.unicodeScalars.dropFirst())
    return undisguised(String(view))
  }

  /// Makes the key at `line:column` differ from all others. False where that would change more than the key.
  mutating func patch(line: Int, column: Int) -> Bool {
    var place = Place(line: line, column: column)
    if let mark = scalar(line: line, column: column), mark == "\"" || mark == "'" { place.column += 1 }
    guard patches[place] == nil, let first = scalar(line: place.line, column: place.column),
      first == "_" || first.properties.isAlphabetic || first.properties.numericType != nil, let spare = spares.popLast()
    else { return false }
    patches[place] = first
    disguisedLines[place.line - 1][place.column - 1] = spare
    return true
  }

  func scalar(line: Int, column: Int) -> Unicode.Scalar? {
    guard lines.indices.contains(line - 1), lines[line - 1].indices.contains(column - 1) else { return nil }
    return lines[line - 1][column - 1]
  }

  /// A place that Yams names; where it names the end of the text, the end of the last line with content.
  func location(line: Int, column: Int) -> SourceLocation {
    var place = Place(line: max(1, line), column: max(1, column))
    let isBlank = { (line: ArraySlice<Unicode.Scalar>) in line.allSatisfy { $0 == " " || $0 == "\t" } }
    let rest = lines.dropFirst(place.line - 1)
    if rest.first.map({ isBlank($0.dropFirst(place.column - 1)) }) ?? true,
      rest.dropFirst().allSatisfy({ isBlank($0[...]) })
    {
      place.line = (lines.lastIndex { !isBlank($0[...]) } ?? 0) + 1
      place.column = (lines.isEmpty ? 0 : lines[place.line - 1].count) + 1
    }
    return SourceLocation(file: file, line: place.line, column: place.column)
  }

  /// Refuses what Yams would report without a place, or count as a line end where nobody else does.
  func checkCharacters() throws(InputFailure) {
    var size = 0
    for (index, line) in lines.enumerated() {
      size += line.count + 1
      if size > YAMLReader.sizeLimit {
        throw InputFailure(
          .configuration, "the text is larger than \(YAMLReader.sizeLimit / 1_000_000) MB, the limit for YAML",
          at: SourceLocation(file: file, line: 1, column: 1), help: "TOML may have 10 MB")
      }
      guard let offset = line.firstIndex(where: { !YAMLSource.isAllowed($0) }) else { continue }
      throw InputFailure(
        .configuration,
        "the \(codePoint(line[offset])) cannot stand in YAML",
        at: SourceLocation(file: file, line: index + 1, column: offset + 1))
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}

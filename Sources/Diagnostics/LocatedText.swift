/// A string of the user's with the place in the file that each of its characters came from.
///
/// An expression inside a quoted TOML string, with escapes or over several lines, is thereby reported at its own
/// character and not at the key.
package struct LocatedText: Sendable, Equatable {
  /// From `offset` (in Unicode scalars of `text`) on, characters stand one after the other from `line:column`.
  package struct Segment: Sendable, Equatable {
    package var offset: Int
    package var line: Int
    package var column: Int

    package init(offset: Int, line: Int, column: Int) {
      self.offset = offset
      self.line = line
      self.column = column
    }
  }

  package var text: String
  package var file: SourceFile
  /// Ascending by offset, the first at 0.
  package var segments: [Segment]

  package init(_ text: String, file: SourceFile, segments: [Segment]) {
    self.text = text
    self.file = file
    self.segments = segments.isEmpty ? [Segment(offset: 0, line: 1, column: 1)] : segments
  }

  /// A text that is a file of its own: an option of the command line, a default of the program.
  package init(_ text: String, named name: String = "<built-in>") {
    var segments = [Segment(offset: 0, line: 1, column: 1)]
    for (offset, scalar) in text.unicodeScalars.enumerated() where scalar == "\n" {
      segments.append(Segment(offset: offset + 1, line: segments.count + 1, column: 1))
    }
    self.init(text, file: SourceFile(name: name, text: text), segments: segments)
  }

  /// The place of `length` characters from `offset`, both counted in Unicode scalars of `text`.
  package func location(offset: Int, length: Int = 1) -> SourceLocation {
    let segment = segments.last { $0.offset <= offset } ?? segments[0]
    return SourceLocation(
      file: file, line: segment.line, column: segment.column + max(0, offset - segment.offset), length: length)
  }

  /// A stretch of the text, counted in Unicode scalars, as a text of its own with the same places.
  package func part(_ range: Range<Int>) -> LocatedText {
    let start = location(offset: range.lowerBound)
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text.unicodeScalars.dropFirst(range.lowerBound).prefix(range.count))
    let later = segments.filter { range.contains($0.offset) && $0.offset > range.lowerBound }.map {
      Segment(offset: $0.offset - range.lowerBound, line: $0.line, column: $0.column)
    }
    return LocatedText(
      String(view), file: file, segments: [Segment(offset: 0, line: start.line, column: start.column)] + later)
  }

  /// The place of the whole text.
  package var location: SourceLocation { location(offset: 0, length: text.unicodeScalars.count) }
}

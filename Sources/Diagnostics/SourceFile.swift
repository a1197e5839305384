/// A named text that diagnostics point into: a configuration file, a CSV file, a command-line option.
package final class SourceFile: Sendable, Equatable {
  /// What the user calls it: the path as typed, `<stdin>`, or `--set`.
  package let name: String
  /// The lines without their line ends; empty when only the name is known (a CSV file of gigabytes).
  package let lines: [String]

  package init(name: String, text: String = "") {
    self.name = name
    self.lines = text.isEmpty ? [] : SourceFile.lines(of: text)
  }

  /// Lines end at LF or CR LF, as TOML says, and at nothing else: with U+2028 or a form feed as a line end, which
  /// `Character.isNewline` has, every later line number would be off. A CR behind the last LF ends no line.
  private static func lines(of text: String) -> [String] {
    let pieces = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return pieces.enumerated().map { index, piece in
      let isEnded = index < pieces.count - 1 && piece.last == UInt8(ascii: "\r")
      return String(Substring(isEnded ? piece.dropLast() : piece))
    }
  }

  package static func == (a: SourceFile, b: SourceFile) -> Bool { a === b || a.name == b.name }
}

/// A stretch of one line of a source file; line and column count from 1, columns count Unicode scalars.
package struct SourceLocation: Sendable, Equatable {
  package var file: SourceFile
  package var line: Int
  package var column: Int
  /// How many characters the caret line underlines, at least 1.
  package var length: Int

  package init(file: SourceFile, line: Int, column: Int, length: Int = 1) {
    self.file = file
    self.line = line
    self.column = column
    self.length = max(1, length)
  }
}

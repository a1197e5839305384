import Diagnostics
import Yams

/// Where the characters of YAML scalars stand: Yams tells only where a node begins.
extension YAMLSource {
  struct ContentStart {
    var line: Int
    var column: Int
    /// The place of a tag before the content.
    var tag: SourceLocation?
  }

  /// Where the content of the node at `line:column` begins, behind its anchor and tag.
  func contentStart(line: Int, column: Int) -> ContentStart {
    let node = location(line: line, column: column)
    var start = ContentStart(line: node.line, column: node.column)
    while let mark = scalar(line: start.line, column: start.column), mark == "&" || mark == "!" {
      let first = start
      start.column += 1
      while let next = scalar(line: start.line, column: start.column),
        mark == "&" ? TOMLScanner.isBareKey(next) : !" \t,[]{}".unicodeScalars.contains(next)
      { start.column += 1 }
      if mark == "!" {
        start.tag = SourceLocation(
          file: file, line: first.line, column: first.column, length: start.column - first.column)
      }
      guard let next = nextContent(line: start.line, column: start.column) else { return first }
      start.line = next.line
      start.column = next.column
    }
    return start
  }

  /// The next character that is neither blank nor part of a comment.
  private func nextContent(line: Int, column: Int) -> Place? {
    var place = Place(line: line, column: column)
    while lines.indices.contains(place.line - 1) {
      let content = lines[place.line - 1]
      while place.column <= content.count, content[place.column - 1] == " " || content[place.column - 1] == "\t" {
        place.column += 1
      }
      if place.column <= content.count, content[place.column - 1] != "#" { return place }
      place = Place(line: place.line + 1, column: 1)
    }
    return nil
  }

  /// The places of the characters of `text`, a scalar whose content begins at `line:column`, and the length of what is
  /// written of it on its first line.
  ///
  /// The written form is walked in step with the text. Exact for every style; should the two ever fall out of step, the
  /// remaining characters are placed as if they followed one another, none behind the line.
  func locate(
    _ text: String, style: Node.Scalar.Style, line: Int, column: Int
  ) -> (text: LocatedText, length: Int) {
    var walk = YAMLScalarWalk(source: self, line: line, column: column, scalars: Array(text.unicodeScalars))
    switch style {
    case .literal: walk.block(isFolded: false)
    case .folded: walk.block(isFolded: true)
    case .doubleQuoted: walk.flow(quote: "\"")
    case .singleQuoted: walk.flow(quote: "'")
    case .plain, .any: walk.flow(quote: nil)
    }
    let firstLine = lines.indices.contains(line - 1) ? lines[line - 1].count : column
    let length = walk.line == line ? walk.column - column : firstLine - column + 1
    let located = walk.builder.finished(file: file)
    // The builder sees scalars one by one; the text itself is taken as it is.
    return (LocatedText(text, file: file, segments: located.segments), max(1, length))
  }
}

private struct YAMLScalarWalk {
  let source: YAMLSource
  var line: Int
  var column: Int
  let scalars: [Unicode.Scalar]
  var next = 0
  var builder: LocatedTextBuilder

  init(source: YAMLSource, line: Int, column: Int, scalars: [Unicode.Scalar]) {
    self.source = source
    self.line = line
    self.column = column
    self.scalars = scalars
    builder = LocatedTextBuilder(line: line, column: column)
  }

  private var here: Unicode.Scalar? { source.scalar(line: line, column: column) }

  private var hasLine: Bool { source.lines.indices.contains(line - 1) }

  private mutating func take(_ width: Int) {
    builder.append(scalars[next], line: line, column: column)
    next += 1
    column += width
  }

  /// Where the walk is lost, what is left follows as far as the line goes.
  private mutating func takeRest() {
    line = min(line, max(1, source.lines.count))
    let end = (hasLine ? source.lines[line - 1].count : 0) + 1
    while next < scalars.count {
      column = min(column, end)
      take(1)
    }
  }

  // MARK: - Plain and quoted

  mutating func flow(quote: Unicode.Scalar?) {
    if quote != nil {
      column += 1
      builder = LocatedTextBuilder(line: line, column: column)
    }
    while next < scalars.count {
      if restOfLineIsBlank {
        guard foldLines() else { return takeRest() }
      } else if quote == "\"", here == "\\" {
        guard escape() else { return takeRest() }
      } else if quote == "'", here == "'" {
        take(2)
      } else if here == scalars[next] {
        take(1)
      } else {
        return takeRest()
      }
    }
    if quote != nil { column += 1 }
  }

  private var restOfLineIsBlank: Bool {
    guard hasLine else { return true }
    return isBlank(source.lines[line - 1].dropFirst(column - 1))
  }

  private func isBlank(_ line: some Sequence<Unicode.Scalar>) -> Bool {
    line.allSatisfy { $0 == " " || $0 == "\t" }
  }

  /// A line end inside the scalar is a blank of the text, an empty line after it a line feed; behind an escaped line end,
  /// which stands for nothing, each empty line is one. An escape `\n` that follows is none of them. False at the end.
  private mutating func foldLines(isEscaped: Bool = false) -> Bool {
    guard hasLine else { return false }
    var breaks = 1
    while source.lines.indices.contains(line - 1 + breaks), isBlank(source.lines[line - 1 + breaks]) { breaks += 1 }
    if breaks == 1, !isEscaped {
      if scalars[next] == " " { take(0) }
    } else {
      var feeds = isEscaped ? breaks : breaks - 1
      while feeds > 0, next < scalars.count, scalars[next] == "\n" {
        take(0)
        feeds -= 1
      }
    }
    toNextContent()
    return hasLine
  }

  private mutating func toNextContent() {
    repeat {
      line += 1
      column = 1
    } while hasLine && restOfLineIsBlank
    while here == " " || here == "\t" { column += 1 }
  }

  /// One escape in double quotes; a backslash at the line end stands for nothing.
  private mutating func escape() -> Bool {
    switch source.scalar(line: line, column: column + 1) {
    case nil:
      line += 1
      column = 1
      // Empty lines behind it are line feeds all the same.
      if restOfLineIsBlank { return foldLines(isEscaped: true) }
      while here == " " || here == "\t" { column += 1 }
    case "x": take(4)
    case "u": take(6)
    case "U": take(10)
    default: take(2)
    }
    return true
  }

  // MARK: - Block scalars

  /// `|` and `>`: the text begins on the next line, behind an indentation that the lines have in common.
  mutating func block(isFolded: Bool) {
    // Where there is no text the mark is the place: the next line may be shorter than the indentation, or another key's.
    if scalars.isEmpty { return }
    line += 1
    let indentation = indentation()
    column = indentation + 1
    builder = LocatedTextBuilder(line: line, column: column)
    while next < scalars.count, hasLine {
      let width = source.lines[line - 1].count
      if scalars[next] == "\n", column > width {
        // Of an empty line, which may be shorter than the indentation, it is the end.
        column = min(column, width + 1)
        take(0)
        if isFolded, column > indentation + 1 { takeFoldedLineFeeds() }
        toNextLine(indentation, skippingBlank: isFolded && next < scalars.count && scalars[next] != "\n")
      } else if isFolded, scalars[next] == " ", here == nil {
        take(0)
        toNextLine(indentation, skippingBlank: true)
      } else if here == scalars[next] {
        take(1)
      } else {
        break
      }
    }
    takeRest()
  }

  private mutating func takeFoldedLineFeeds() {
    while next < scalars.count, scalars[next] == "\n" { take(0) }
  }

  private mutating func toNextLine(_ indentation: Int, skippingBlank: Bool) {
    repeat {
      line += 1
      column = indentation + 1
    } while skippingBlank && hasLine && source.lines[line - 1].count < column
  }

  /// Blanks before the first line with content, less those that belong to the text.
  private func indentation() -> Int {
    var first = line
    while source.lines.indices.contains(first - 1), source.lines[first - 1].allSatisfy({ $0 == " " }) { first += 1 }
    guard source.lines.indices.contains(first - 1) else { return 0 }
    let written = source.lines[first - 1].prefix { $0 == " " }.count
    let content = scalars.drop { $0 == "\n" }
    return max(0, written - content.prefix { $0 == " " }.count)
  }
}

import TextTable

/// A table for people: aligned columns, no blanks at the ends of lines.
func plainText<Row>(_ table: TextTable<Row>, _ rows: [Row]) -> String {
  let text = table.string(for: rows, style: Style.plain) ?? ""
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    String(line.reversed().drop { $0 == " " }.reversed())
  }
  return lines.joined(separator: "\n").trimmingSuffix("\n")
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

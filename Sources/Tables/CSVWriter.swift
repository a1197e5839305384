/// What stands in one cell.
package enum CSVCell: Sendable, Equatable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByNilLiteral
{
  case empty
  case number(Double)
  case integer(Int)
  case text(String)

  package init(floatLiteral value: Double) { self = .number(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(stringLiteral value: String) { self = .text(value) }
  package init(nilLiteral: ()) { self = .empty }
  /// An empty cell for nil.
  package init(_ value: Double?) { self = value.map(CSVCell.number) ?? .empty }
}

/// Rows of a CSV file: a header line, then rows of as many cells, each line ended by LF.
///
/// Numbers are written by `shortestDecimal`. Text is quoted only where `readTable` would not get it back otherwise.
package struct CSVWriter {
  package let output: CheckedWriter
  package let columnCount: Int
  private let flushesRows: Bool

  /// Writes the header line.
  ///
  /// - Parameters:
  ///   - continues: the output has its header and rows already (a resumed run); nothing is written.
  ///   - flushesRows: hand every row to the system, so that it can be followed and is not lost with the process.
  /// - Precondition: `header` is not empty.
  package init(
    _ output: CheckedWriter, header: [String], continues: Bool = false, flushesRows: Bool = false
  ) throws(WriteFailure) {
    precondition(!header.isEmpty, "a table without columns")
    self.output = output
    self.flushesRows = flushesRows
    columnCount = header.count
    if !continues { try writeLine(header.lazy.map { CSVCell.text($0) }) }
  }

  /// Writes a row.
  ///
  /// - Precondition: as many cells as columns.
  package func write(_ row: [CSVCell]) throws(WriteFailure) { try writeLine(row) }

  /// Writes a row of numbers, with empty cells for nil.
  ///
  /// - Precondition: as many values as columns.
  package func write(_ row: [Double?]) throws(WriteFailure) { try writeLine(row.lazy.map { CSVCell($0) }) }

  /// Writes a row for every place of the columns.
  ///
  /// - Shapes: `columnCount` columns of the same length.
  package func write(columns: [[Double]]) throws(WriteFailure) {
    precondition(columns.count == columnCount, "\(columns.count) columns for a table of \(columnCount)")
    let rowCount = columns[0].count
    for column in columns {
      precondition(column.count == rowCount, "columns of \(rowCount) and \(column.count) values")
    }
    for row in 0..<rowCount { try writeLine(columns.lazy.map { CSVCell.number($0[row]) }) }
  }

  private func writeLine(_ cells: some Collection<CSVCell>) throws(WriteFailure) {
    precondition(cells.count == columnCount, "\(cells.count) cells for \(columnCount) columns")
    var line = ""
    for (index, cell) in cells.enumerated() {
      if index > 0 { line += "," }
      switch cell {
      case .empty: break
      case .number(let value): line += shortestDecimal(value)
      case .integer(let value): line += String(value)
      case .text(let text): line += csvField(text)
      }
    }
    // Nothing but a line end would be a blank line.
    if line.isEmpty { line = "\"\"" }
    try output.write(line + "\n")
    if flushesRows { try output.flush() }
  }
}

/// The text as a cell: in quotes if it holds a comma, a quote or a line end, begins or ends with white space, or begins
/// with `#` or a byte order mark, which mean something at the start of a file.
package func csvField(_ text: String) -> String {
  let needsQuotes =
    text.utf8.contains { $0 == comma || $0 == quote || $0 == newline || $0 == carriageReturn }
    || text.first?.isWhitespace == true || text.last?.isWhitespace == true
    || text.unicodeScalars.first == "#" || text.unicodeScalars.first == "\u{FEFF}"
  guard needsQuotes else { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    if scalar == "\"" { quoted += "\"" }
    quoted.unicodeScalars.append(scalar)
  }
  return quoted + "\""
}

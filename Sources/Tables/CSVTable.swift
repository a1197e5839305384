package import Diagnostics

/// A table: named columns, each of numbers or of text, all of the same length.
///
/// Columns are asked for as what the caller needs, and that is when cells are checked: a column that nobody wants as
/// numbers may hold anything. Locations lead back to the cells.
package struct CSVTable: Sendable {
  /// What diagnostics call the file.
  package let name: String
  /// The names of the columns, in order; none is empty, none comes twice.
  package let header: [String]
  package let rowCount: Int

  let kinds: [TableBuilder.Kind]
  let values: [[Double]]
  let labelColumns: [LabelColumn]
  let emptyCounts: [Int]
  let nonFiniteCounts: [Int]
  let textCounts: [Int]
  let irregular: [[IrregularCell]]
  let headerPlaces: [Place]

  private let lineRunRows: [Int]
  private let lineRunLines: [Int]
  private let marks: [Int]
  /// The text without its byte order mark, if it is small.
  let retained: [UInt8]?

  init(_ builder: consuming TableBuilder, name: String, headerPlaces: [Place], retained: [UInt8]?) {
    self.name = name
    self.headerPlaces = headerPlaces
    self.retained = retained
    header = builder.header
    rowCount = builder.rowCount
    kinds = builder.kinds
    values = builder.values
    labelColumns = builder.labels
    emptyCounts = builder.emptyCounts
    nonFiniteCounts = builder.nonFiniteCounts
    textCounts = builder.textCounts
    irregular = builder.irregular
    lineRunRows = builder.lineRuns.map(\.row)
    lineRunLines = builder.lineRuns.map(\.line)
    marks = builder.marks
  }

  /// The index of the column called `name`, or nil.
  package func index(ofColumn name: String) -> Int? { header.firstIndex(of: name) }

  /// The index of the column called `name`.
  ///
  /// - Throws: kind `.data`, at the header line, with the nearest name or all names as help.
  package func column(named name: String) throws(InputFailure) -> Int {
    if let index = index(ofColumn: name) { return index }
    let names = header.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
    let help =
      nearestName(to: name, among: header).map { "did you mean '\($0)'?" }
      ?? "the columns are \(names)\(header.count > 12 ? ", …" : "")"
    throw InputFailure(.data, "no column '\(name)'", at: headerLocation, help: help)
  }

  // MARK: Locations

  /// The line of a row, from 1; the one it begins on if quoted cells make it longer.
  ///
  /// - Precondition: `row` is a row of the table.
  package func line(ofRow row: Int) -> Int {
    precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
    // The last run that begins at or before `row`.
    var low = 0
    var high = lineRunRows.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineRunRows[middle] <= row { low = middle } else { high = middle }
    }
    return lineRunLines[low] + row - lineRunRows[low]
  }

  /// The place of a cell, without the blanks around it.
  ///
  /// In a text above `TableOptions.retainedBytes` that is the beginning of its line.
  ///
  /// - Precondition: row and column are of the table.
  package func location(row: Int, column: Int) -> SourceLocation {
    precondition(column >= 0 && column < header.count, "column \(column) of \(header.count)")
    guard let place = place(row: row, column: column) else {
      return SourceLocation(file: SourceFile(name: name), line: line(ofRow: row), column: 1)
    }
    return place.location(named: name)
  }

  /// The place of a column's name.
  package func location(ofColumn column: Int) -> SourceLocation { headerPlaces[column].location(named: name) }

  /// The place of the line of names.
  package var headerLocation: SourceLocation { location(ofColumn: 0) }

  /// Nil when the text is not at hand.
  func place(row: Int, column: Int) -> Place? {
    guard let retained else { return nil }
    let markedRow = row / TableBuilder.rowsPerMark * TableBuilder.rowsPerMark
    var scanner = RecordScanner()
    scanner.columnNames = header
    scanner.line = line(ofRow: markedRow)
    var defects = Defects(name: name)
    var position = marks[row / TableBuilder.rowsPerMark]
    for _ in markedRow...row {
      position = scanner.scan(
        retained, from: position, to: retained.count, isFinal: true, atMostOne: true, into: &defects)
    }
    guard let record = scanner.records.first else { return nil }
    return Place(of: scanner.cells[record.firstCell + column], in: record, of: retained, limit: retained.count)
  }
}

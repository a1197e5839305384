import Diagnostics

/// A cell of a column of numbers that is not a finite number.
struct IrregularCell: Sendable, Equatable {
  enum Kind: Sendable { case empty, nonFinite, text }

  var kind: Kind
  var row: Int
  var text: String
  var place: Place
}

/// A column of text: each distinct text once, and its number for every row.
struct LabelColumn: Sendable, Equatable {
  private(set) var names: [String] = []
  private(set) var indices: [UInt32] = []
  private var numberOfName: [String: UInt32] = [:]

  mutating func append(_ text: String) {
    if let index = numberOfName[text] {
      indices.append(index)
      return
    }
    let index = UInt32(truncatingIfNeeded: names.count)
    numberOfName[text] = index
    names.append(text)
    indices.append(index)
  }

  /// An estimate: a string, its heap block and its entry in the dictionary for every distinct text.
  var memoryBytes: Int { names.count * 96 + indices.count * 4 }

  static func == (a: LabelColumn, b: LabelColumn) -> Bool { a.names == b.names && a.indices == b.indices }
}

/// Collects the cells of accepted records into columns.
struct TableBuilder {
  /// What a column is known to hold.
  enum Kind: Sendable { case undecided, numbers, labels }

  /// Stand in `values` for cells that are not numbers; recognised by their bits.
  static let emptyCell = Double(bitPattern: 0x7FF8_0000_0000_0E01)
  static let textCell = Double(bitPattern: 0x7FF8_0000_0000_0E02)

  let header: [String]
  let readsPlainNumbersDirectly: Bool
  private(set) var rowCount = 0
  private(set) var kinds: [Kind]
  private(set) var values: [[Double]]
  private(set) var labels: [LabelColumn]
  /// How many cells are empty, not finite, or text.
  private(set) var emptyCounts: [Int]
  private(set) var nonFiniteCounts: [Int]
  private(set) var textCounts: [Int]
  /// The first cells of each kind, one more than are told.
  private(set) var irregular: [[IrregularCell]]
  /// Rows whose line is not the one after the line of the row before, with their lines.
  private(set) var lineRuns: [(row: Int, line: Int)] = []
  /// At row 256 k, the offset of its record in the text.
  private(set) var marks: [Int] = []

  private var previousLine = 0
  private var numbersOfRow: [Double]

  static let rowsPerMark = 256

  init(header: [String], options: TableOptions) {
    self.header = header
    let count = header.count
    readsPlainNumbersDirectly = options.readsPlainNumbersDirectly
    kinds = header.map { options.textColumns.contains($0) ? .labels : .undecided }
    values = [[Double]](repeating: [], count: count)
    labels = [LabelColumn](repeating: LabelColumn(), count: count)
    emptyCounts = [Int](repeating: 0, count: count)
    nonFiniteCounts = emptyCounts
    textCounts = emptyCounts
    irregular = [[IrregularCell]](repeating: [], count: count)
    numbersOfRow = [Double](repeating: 0, count: count)
  }

  /// Makes room, so that growing does not copy; memory that is not written to is not taken.
  mutating func reserve(rows: Int) {
    for column in values.indices where kinds[column] != .labels { values[column].reserveCapacity(rows) }
  }

  var memoryBytes: Int {
    labels.reduce(values.reduce(0) { $0 + $1.count * 8 }) { $0 + $1.memoryBytes }
  }

  /// Appends the records that `scanner` found in `bytes[..<limit]`.
  ///
  /// - Parameter offset: where `bytes` begins in the whole text.
  mutating func append(
    _ scanner: RecordScanner, in bytes: [UInt8], limit: Int, offset: Int, into defects: inout Defects
  ) {
    let records = scanner.records
    let cells = scanner.cells
    var isDirect = readsPlainNumbersDirectly && !kinds.contains(.labels)
    var pending = 0..<0
    for (index, record) in records.enumerated() {
      if isDirect, record.isPlain, readNumbers(of: record, cells, in: bytes.span) {
        if !pending.isEmpty {
          appendFields(of: pending, records, cells, in: bytes, limit: limit, offset: offset, into: &defects)
          pending = 0..<0
          isDirect = !kinds.contains(.labels)
        }
        if isDirect {
          appendNumbers(of: record, cells, in: bytes, limit: limit, offset: offset)
          continue
        }
      }
      // SwiftCSV gets neighbouring records together, as long as nothing was left out between them.
      let joins =
        !pending.isEmpty && records[pending.upperBound - 1].end == record.start
        && record.end - records[pending.lowerBound].start <= 1 << 16
      if joins {
        pending = pending.lowerBound..<index + 1
      } else {
        appendFields(of: pending, records, cells, in: bytes, limit: limit, offset: offset, into: &defects)
        pending = index..<index + 1
      }
    }
    appendFields(of: pending, records, cells, in: bytes, limit: limit, offset: offset, into: &defects)
  }

  // MARK: Numbers straight from the bytes

  /// Fills `numbersOfRow` and returns true if every cell of the record is a finite number or empty.
  private mutating func readNumbers(of record: ScannedRecord, _ cells: [ScannedCell], in bytes: Span<UInt8>) -> Bool {
    for column in 0..<record.cellCount {
      let cell = cells[record.firstCell + column]
      switch NumberText(bytes, from: Int(cell.start), to: Int(cell.end)) {
      case .number(let value): numbersOfRow[column] = value
      case .empty: numbersOfRow[column] = Self.emptyCell
      default: return false
      }
    }
    return true
  }

  private mutating func appendNumbers(
    of record: ScannedRecord, _ cells: [ScannedCell], in bytes: [UInt8], limit: Int, offset: Int
  ) {
    beginRow(record, offset: offset)
    for column in 0..<record.cellCount {
      let value = numbersOfRow[column]
      values[column].append(value)
      if value.isNaN {
        note(.empty, "", column, record, cells, in: bytes, limit: limit)
      } else if kinds[column] == .undecided {
        kinds[column] = .numbers
      }
    }
    rowCount += 1
  }

  // MARK: Fields from SwiftCSV

  private mutating func appendFields(
    of range: Range<Int>, _ records: [ScannedRecord], _ cells: [ScannedCell], in bytes: [UInt8], limit: Int,
    offset: Int, into defects: inout Defects
  ) {
    guard let first = range.first, let last = range.last else { return }
    let text = String(decoding: bytes[records[first].start..<records[last].end], as: UTF8.self)
    let rows = fields(of: text) ?? []
    for (index, record) in zip(range, records[range]) {
      let row = index - first
      // The scanner refuses what SwiftCSV reads otherwise; should a case have been missed, the row must not vanish.
      guard rows.count == range.count, rows[row].count == record.cellCount else {
        let place = Place(
          offset: record.start, length: 1, in: bytes, limit: limit, recordStart: record.start,
          recordLine: record.line)
        defects.add("row cannot be read", at: place, help: "write it without quotes and special characters")
        continue
      }
      beginRow(record, offset: offset)
      for (column, field) in rows[row].enumerated() {
        let isQuoted = cells[record.firstCell + column].isQuoted
        append(isQuoted ? field : trimmingEnd(field), column, record, cells, in: bytes, limit: limit)
      }
      rowCount += 1
    }
  }

  private mutating func append(
    _ field: String, _ column: Int, _ record: ScannedRecord, _ cells: [ScannedCell], in bytes: [UInt8], limit: Int
  ) {
    if kinds[column] == .labels {
      labels[column].append(field)
      return
    }
    switch NumberText(field) {
    case .number(let value):
      kinds[column] = .numbers
      values[column].append(value)
    case .empty where kinds[column] == .undecided && !field.isEmpty:
      // Blanks in quotes: text that must not be lost, should the column turn out to be one of text.
      beginLabels(column, with: field)
    case .empty:
      values[column].append(Self.emptyCell)
      note(.empty, field, column, record, cells, in: bytes, limit: limit)
    case .nonFinite(let value):
      kinds[column] = .numbers
      values[column].append(value)
      note(.nonFinite, field, column, record, cells, in: bytes, limit: limit)
    case .tooLarge, .notANumber:
      if kinds[column] == .undecided { return beginLabels(column, with: field) }
      values[column].append(Self.textCell)
      note(.text, field, column, record, cells, in: bytes, limit: limit)
    }
  }

  /// The first cell that is not empty tells that a column is one of text.
  private mutating func beginLabels(_ column: Int, with field: String) {
    kinds[column] = .labels
    for _ in values[column] { labels[column].append("") }
    values[column] = []
    labels[column].append(field)
  }

  // MARK: Book-keeping

  private mutating func beginRow(_ record: ScannedRecord, offset: Int) {
    if record.line != previousLine + 1 || rowCount == 0 { lineRuns.append((rowCount, record.line)) }
    previousLine = record.line
    if rowCount % Self.rowsPerMark == 0 { marks.append(offset + record.start) }
  }

  private mutating func note(
    _ kind: IrregularCell.Kind, _ text: String, _ column: Int, _ record: ScannedRecord, _ cells: [ScannedCell],
    in bytes: [UInt8], limit: Int
  ) {
    let count: Int
    switch kind {
    case .empty:
      emptyCounts[column] += 1
      count = emptyCounts[column]
    case .nonFinite:
      nonFiniteCounts[column] += 1
      count = nonFiniteCounts[column]
    case .text:
      textCounts[column] += 1
      count = textCounts[column]
    }
    guard count <= Defects.limit + 1 else { return }
    let place = Place(of: cells[record.firstCell + column], in: record, of: bytes, limit: limit)
    irregular[column].append(IrregularCell(kind: kind, row: rowCount, text: text, place: place))
  }
}

extension Place {
  /// The place of a cell without the blanks around it.
  init(of cell: ScannedCell, in record: ScannedRecord, of bytes: [UInt8], limit: Int) {
    var start = Int(cell.start)
    var end = Int(cell.end)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    self.init(
      offset: start, length: end - start, in: bytes, limit: limit, recordStart: record.start, recordLine: record.line)
  }
}

/// The text without white space at its end, as SwiftCSV drops it at the start of unquoted cells.
func trimmingEnd(_ text: String) -> String {
  guard let last = text.last, last.isWhitespace else { return text }
  var rest = Substring(text)
  while let character = rest.last, character.isWhitespace { rest.removeLast() }
  return String(rest)
}

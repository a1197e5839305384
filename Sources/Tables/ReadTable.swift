package import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a CSV file, or standard input when `path` is `-`.
///
/// The first line that is not blank names the columns; every other line is a row. Outcomes:
///
/// | in the file | outcome |
/// | --- | --- |
/// | byte order mark, LF, CRLF, lone CR, no final line end | read |
/// | quoted cells, with commas, line ends and doubled quotes in them | read |
/// | blanks around unquoted cells, or around quotes | dropped |
/// | blank lines | skipped; between the rows of a table of one column an error, since they could be empty cells |
/// | `;`, tab or bar instead of commas | error with help |
/// | rows with too few or too many cells | error |
/// | a quote that is never closed, text behind a closing quote, a quote inside an unquoted cell | error |
/// | no header, a name missing or given twice, no rows, an empty file | error |
/// | invalid UTF-8, NUL, UTF-16, compressed files | error |
/// | a column with cells that are not numbers, empty cells, `nan`, `inf` | an error when it is asked for as numbers |
///
/// A pipe is read as a stream. Memory: 8 bytes a number, some blocks, and texts of up to 8 MiB as they stand.
///
/// - Throws: kind `.missingInput` when the file cannot be read, `.data` with up to 20 located errors for its content,
///   `.resources` when the table does not fit into memory.
/// - Complexity: one pass over the text.
package func readTable(path: String, options: TableOptions = TableOptions()) throws(InputFailure) -> CSVTable {
  let file = try InputFile(path: path)
  var reader = TableReader(source: .file(file), name: file.name, options: options)
  return try reader.read()
}

/// Reads a table from bytes; `name` is what diagnostics call them.
package func readTable(
  bytes: [UInt8], named name: String, options: TableOptions = TableOptions()
) throws(InputFailure) -> CSVTable {
  var reader = TableReader(source: .memory(bytes, offset: 0), name: name, options: options)
  return try reader.read()
}

/// Reads a table from a string; `name` is what diagnostics call it.
package func readTable(
  text: String, named name: String, options: TableOptions = TableOptions()
) throws(InputFailure) -> CSVTable {
  try readTable(bytes: Array(text.utf8), named: name, options: options)
}

/// Goes through a text in blocks of whole records.
private struct TableReader {
  var source: ByteSource
  let name: String
  let options: TableOptions
  var scanner = RecordScanner()
  var builder: TableBuilder?
  var headerPlaces: [Place] = []
  var defects: Defects
  var retained: [UInt8]? = []
  /// Where the buffer begins in the text, not counting a byte order mark.
  var offset = 0

  init(source: ByteSource, name: String, options: TableOptions) {
    self.source = source
    self.name = name
    self.options = options
    defects = Defects(name: name)
  }

  mutating func read() throws(InputFailure) -> CSVTable {
    // A whole block for the few lines of most texts would cost more than to read them. What a file system says of the
    // size may be wrong, so that it is no less than a page.
    let expected = max(4096, (source.byteCount ?? options.blockBytes) + 1)
    var buffer = [UInt8](repeating: 0, count: max(16, min(options.blockBytes, expected)))
    var filled = 0
    var ended = false
    var isFirstBlock = true
    repeat {
      while filled < buffer.count, !ended {
        let count = try source.read(into: &buffer, from: filled)
        if count == 0 { ended = true }
        filled += count
      }
      var start = 0
      if isFirstBlock {
        isFirstBlock = false
        start = try checkBeginning(buffer, filled)
        offset = -start
      }
      let consumed = try readBlock(buffer, from: start, to: filled, isFinal: ended)
      if defects.overflowed { throw defects.failure() }
      retain(buffer, from: start, to: consumed)
      offset += consumed
      if consumed == 0, !ended {
        if buffer.count >= options.longestRecordBytes {
          scanner.refuseEndlessRecord(buffer, from: 0, to: filled, into: &defects)
          throw defects.failure()
        }
        buffer += [UInt8](repeating: 0, count: buffer.count)
      } else {
        filled -= consumed
        for i in 0..<filled { buffer[i] = buffer[consumed + i] }
      }
    } while !ended
    return try finish()
  }

  /// Scans and stores the whole records of a block; returns where the first that is not whole begins.
  private mutating func readBlock(
    _ buffer: [UInt8], from start: Int, to limit: Int, isFinal: Bool
  ) throws(InputFailure) -> Int {
    var position = start
    if builder == nil {
      position = scanner.scan(buffer, from: start, to: limit, isFinal: isFinal, atMostOne: true, into: &defects)
      // A header with a flaw: no row can be judged without it.
      if !defects.isEmpty { throw defects.failure() }
      guard let record = scanner.records.first else { return position }
      try readHeader(record, in: buffer, limit: limit)
    }
    let isFirst = builder?.rowCount == 0
    position = scanner.scan(buffer, from: position, to: limit, isFinal: isFinal, into: &defects)
    builder?.append(scanner, in: buffer, limit: limit, offset: offset, into: &defects)
    if isFirst, let rows = builder?.rowCount, rows > 0, let byteCount = source.byteCount {
      let expected = Double(byteCount) / Double(position - start) * Double(rows)
      try checkMemory(Int(min(expected, 1e15)) * 8 * headerPlaces.count)
      builder?.reserve(rows: Int(min(expected * 1.02, 1e15)) + 16)
    }
    try checkMemory(builder?.memoryBytes ?? 0)
    return position
  }

  // MARK: The beginning

  /// Refuses what is recognisably not text; returns where the text begins, behind a byte order mark.
  private func checkBeginning(_ buffer: [UInt8], _ filled: Int) throws(InputFailure) -> Int {
    let beginning = buffer[..<min(filled, 4)]
    let other: String? =
      if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) {
        "UTF-16 text"
      } else if beginning.starts(with: [0x1F, 0x8B]) {
        "a gzip file"
      } else if beginning.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
        "a zip file or spreadsheet"
      } else {
        nil
      }
    if let other {
      let location = SourceLocation(file: SourceFile(name: name), line: 1, column: 1)
      throw InputFailure(
        .data, "this is \(other), expected a CSV file", at: location, help: "save it as CSV in UTF-8")
    }
    return beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  // MARK: The header

  private mutating func readHeader(_ record: ScannedRecord, in buffer: [UInt8], limit: Int) throws(InputFailure) {
    let cells = scanner.cells[record.firstCell..<record.firstCell + record.cellCount]
    headerPlaces = cells.map { Place(of: $0, in: record, of: buffer, limit: limit) }
    let text = String(decoding: buffer[record.start..<record.end], as: UTF8.self)
    guard let rows = fields(of: text), rows.count == 1, rows[0].count == cells.count else {
      defects.add("header cannot be read", at: headerPlaces[0], help: "write names without special characters")
      throw defects.failure()
    }
    let names = zip(rows[0], cells).map { $1.isQuoted ? $0 : trimmingEnd($0) }
    checkHeader(names, isQuoted: cells.map(\.isQuoted))
    if !defects.isEmpty { throw defects.failure() }
    scanner.columnNames = names
    builder = TableBuilder(header: names, options: options)
  }

  private mutating func checkHeader(_ names: [String], isQuoted: [Bool]) {
    if names.count == 1, !isQuoted[0] {
      let separators: [(Character, String)] = [(";", "';'"), ("\t", "tabs"), ("|", "'|'")]
      for (separator, called) in separators where names[0].contains(separator) {
        defects.add(
          "cells seem to be separated by \(called), expected ','", at: headerPlaces[0],
          help: "write ',' between cells and a point in decimals")
        return
      }
    }
    let areNumbers = names.allSatisfy {
      if case .number = NumberText($0) { return true }
      return false
    }
    if areNumbers {
      defects.add(
        "no header line: the first line holds numbers", at: headerPlaces[0],
        help: "begin the file with a line of column names")
      return
    }
    if names[0].hasPrefix("#"), !isQuoted[0] {
      defects.add(
        "header line begins with '#'", at: headerPlaces[0],
        help: "comments are not part of CSV; write only the column names (numpy.savetxt: comments='')")
      return
    }
    var columnOfName: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      let place = headerPlaces[index]
      if name.allSatisfy(\.isWhitespace) {
        defects.add(
          "column \(index + 1) has no name", at: place,
          help: index > 0 && index == names.count - 1 ? "is there a ',' too much at the end of the line?" : nil)
      } else if name.contains(where: \.isNewline) {
        defects.add("the name of column \(index + 1) has more than one line", at: place)
      } else if let first = columnOfName[name] {
        defects.add("column name '\(name)' is used twice", at: place, help: "it is also column \(first + 1)")
      } else {
        columnOfName[name] = index
      }
    }
  }

  // MARK: The end

  private mutating func finish() throws(InputFailure) -> CSVTable {
    if !defects.isEmpty { throw defects.failure() }
    guard let builder else {
      let location = SourceLocation(file: SourceFile(name: name), line: 1, column: 1)
      throw InputFailure(
        .data, scanner.line == 1 ? "the file is empty" : "the file has only blank lines", at: location,
        help: "expected a line of column names, then rows")
    }
    if builder.rowCount == 0, !options.allowsNoRows {
      throw InputFailure(
        .data, "no rows below the header", at: headerPlaces[0].location(named: name))
    }
    return CSVTable(builder, name: name, headerPlaces: headerPlaces, retained: retained)
  }

  private mutating func retain(_ buffer: [UInt8], from start: Int, to end: Int) {
    guard let count = retained?.count else { return }
    if count + end - start <= options.retainedBytes {
      retained?.append(contentsOf: buffer[start..<end])
    } else {
      retained = nil
    }
  }

  private func checkMemory(_ needed: Int) throws(InputFailure) {
    let limit = options.memoryLimitBytes ?? machineMemoryBytes() / 4 * 3
    if needed > limit {
      throw InputFailure(
        .resources, "table '\(name)' needs about \(needed >> 20) MiB of memory, the limit is \(limit >> 20) MiB",
        help: "split the file, or leave out columns that are not needed")
    }
  }
}

private func machineMemoryBytes() -> Int {
  let pages = sysconf(Int32(_SC_PHYS_PAGES))
  let pageBytes = sysconf(Int32(_SC_PAGESIZE))
  return pages > 0 && pageBytes > 0 ? pages * pageBytes : .max
}

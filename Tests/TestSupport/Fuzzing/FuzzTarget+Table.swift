import Diagnostics
import Tables

extension FuzzTarget {
  /// A CSV file: what is accepted has every row and cell of the text.
  static let csv = FuzzTarget(
    name: "csv",
    pieces: [
      [0x22], [0x22, 0x22], [0x2C], [0x0A], [0x0D], [0x0D, 0x0A], [0x20], [0x09], [0x00], [0xC3], [0xCC, 0x81],
      [0xEF, 0xBB, 0xBF], [0xD8, 0x80], [0xE2, 0x80, 0x8D], [0xE2, 0x80, 0xA8], [0xC2, 0xA0], [0x3B], [0x31], [0x61],
      [0x2D], [0x65], [0x0B], [0x2C, 0x0A], [0x22, 0x2C, 0x22], [0xF0, 0x9F, 0x87, 0xA6], [0x80], [0x7F],
    ]
  ) { bytes in
    // How it is read follows from the input too, so that a finding can be repeated from its bytes alone.
    let variant = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    var options = TableOptions()
    options.blockBytes = variant % 3 == 0 ? 1 << 20 : 16 + variant % 7
    options.readsPlainNumbersDirectly = variant % 5 != 0
    let table: CSVTable
    do throws(InputFailure) {
      table = try readTable(bytes: bytes, named: "fuzz", options: options)
    } catch {
      let texts = error.diagnostics.map { $0.rendered() }
      guard error.kind == .data, !texts.isEmpty else { return .violation("refused as \(error.kind) with \(texts)") }
      // The scanner has accepted what SwiftCSV refuses.
      if let text = texts.first(where: { $0.contains("cannot be read") }) { return .violation(text) }
      return .refused
    }
    var text = String(decoding: bytes, as: UTF8.self)
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let expected = plainRecords(text)
    guard table.header == expected.first, table.rowCount == expected.count - 1 else {
      return .violation("\(table.header) and \(table.rowCount) rows, not \(expected)")
    }
    for (column, name) in table.header.enumerated() {
      let cells = expected[1...].map { $0[column] }
      guard (try? table.texts(name)) == cells else { return .violation("column '\(name)' is not \(cells)") }
      let location = table.location(row: table.rowCount - 1, column: column)
      guard location.line >= table.line(ofRow: table.rowCount - 1) else { return .violation("a cell above its row") }
      if let numbers = try? table.numbers(name) {
        // Another reader of numbers has to find the same bits.
        for (number, cell) in zip(numbers, cells) where Double(trimmed(cell))?.bitPattern != number.bitPattern {
          return .violation("'\(cell)' is read as \(number)")
        }
      }
    }
    return .accepted
  }
}

/// The cells of a text by RFC 4180, without any check: written apart from the reader, to compare with it.
private func plainRecords(_ text: String) -> [[String]] {
  var records: [[String]] = []
  var cells: [String] = []
  var cell = ""
  var wasQuoted = false
  var isOpen = false
  let scalars = Array(text.unicodeScalars)
  func endCell() {
    cells.append(wasQuoted ? cell : trimmed(cell))
    cell = ""
    wasQuoted = false
  }
  func endRecord() {
    let isBlank = cells.isEmpty && !wasQuoted && cell.allSatisfy { $0 == " " || $0 == "\t" }
    endCell()
    if !isBlank { records.append(cells) }
    cells = []
  }
  var i = 0
  while i < scalars.count {
    let scalar = scalars[i]
    if isOpen {
      if scalar == "\"" {
        if i + 1 < scalars.count, scalars[i + 1] == "\"" {
          cell.unicodeScalars.append(scalar)
          i += 1
        } else {
          isOpen = false
        }
      } else {
        cell.unicodeScalars.append(scalar)
      }
    } else if scalar == "\"" {
      isOpen = true
      wasQuoted = true
      cell = ""
    } else if scalar == "," {
      endCell()
    } else if scalar == "\r" || scalar == "\n" {
      if scalar == "\r", i + 1 < scalars.count, scalars[i + 1] == "\n" { i += 1 }
      endRecord()
    } else if !(wasQuoted && (scalar == " " || scalar == "\t")) {
      cell.unicodeScalars.append(scalar)
    }
    i += 1
  }
  if !cell.isEmpty || !cells.isEmpty || wasQuoted { endRecord() }
  return records
}

private func trimmed(_ text: String) -> String {
  var rest = Substring(text)
  while let first = rest.first, first.isWhitespace { rest.removeFirst() }
  while let last = rest.last, last.isWhitespace { rest.removeLast() }
  return String(rest)
}

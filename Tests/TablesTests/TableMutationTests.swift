import Diagnostics
import Tables
import Testing

/// The cells of a text by RFC 4180, without any check: written apart from the reader, to compare with it.
private func plainRecords(_ text: String) -> [[String]] {
  var records: [[String]] = []
  var cells: [String] = []
  var cell = ""
  var wasQuoted = false
  var isOpen = false
  let scalars = Array(text.unicodeScalars)
  func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
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

@Suite struct `Mutated tables` {
  static let seeds = [
    "x,t,u\n0,0,1.5\n0.25,1,-2e-3\n0.5,2,3.25\n1,3,4\n",
    "\u{FEFF}voxel,pld,signal\r\n\"a, 1\",0.5,12\r\n\"say \"\"b\"\"\",1,\r\n\"two\r\nlines\",1.5,13\r\n",
    "v,u\nköln,1\n東京,2\n🙂,3\n e , 4 \n\"\",5",
    "x\r1\r2\r\r3\r",
  ]
  static let pieces: [[UInt8]] = [
    [0x22], [0x22, 0x22], [0x2C], [0x0A], [0x0D], [0x0D, 0x0A], [0x20], [0x09], [0x00], [0xC3], [0xCC, 0x81],
    [0xEF, 0xBB, 0xBF],
    [0xD8, 0x80], [0xE2, 0x80, 0x8D], [0xE2, 0x80, 0xA8], [0xC2, 0xA0], [0x3B], [0x31], [0x61], [0x2D], [0x65], [0x0B],
    [0x2C, 0x0A],
    [0x22, 0x2C, 0x22], [0xF0, 0x9F, 0x87, 0xA6], [0x80], [0x7F],
  ]

  @Test func `never crash, and what is accepted has every row and cell of the text`() throws {
    var generator = SeededGenerator(state: 4180)
    var accepted = 0
    for round in 0..<20_000 {
      var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0...3, using: &generator) {
        case 0 where position < bytes.count: bytes.remove(at: position)
        case 1 where position < bytes.count:
          let end = Int.random(in: position...min(bytes.count, position + 8), using: &generator)
          bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        case 2 where position < bytes.count: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        default:
          bytes.insert(contentsOf: Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)], at: position)
        }
      }
      var options = TableOptions()
      options.blockBytes = round % 3 == 0 ? 1 << 20 : 16 + round % 7
      options.readsPlainNumbersDirectly = round % 5 != 0
      let table: CSVTable
      do throws(InputFailure) {
        table = try readTable(bytes: bytes, named: "seed 4180, round \(round)", options: options)
      } catch {
        #expect(error.kind == .data && !error.diagnostics.isEmpty)
        for diagnostic in error.diagnostics {
          _ = diagnostic.rendered()
          if diagnostic.message.hasSuffix("cannot be read") {
            Issue.record("round \(round): the scanner accepted what SwiftCSV refuses: \(bytes)")
          }
        }
        continue
      }
      accepted += 1
      var text = String(decoding: bytes, as: UTF8.self)
      if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
      let expected = plainRecords(text)
      #expect(table.header == expected[0], "round \(round): \(bytes)")
      #expect(table.rowCount == expected.count - 1, "round \(round): \(bytes)")
      for (column, name) in table.header.enumerated() {
        #expect(try table.texts(name) == expected[1...].map { $0[column] }, "round \(round): \(bytes)")
        let location = table.location(row: table.rowCount - 1, column: column)
        #expect(location.line >= table.line(ofRow: table.rowCount - 1))
        _ = try? table.numbers(name)
      }
    }
    #expect(accepted > 2_000)
  }
}

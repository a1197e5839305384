// The structural pass: where records and cells begin and end, and everything that is wrong with them.
//
// The grammar is RFC 4180 with commas. SwiftCSV, which reads the cells afterwards, is more lenient, and silently: it
// lets an unclosed quote swallow the rest, pads short rows and drops surplus cells. So whatever it would not read the
// way it stands is refused here, with its place.

let newline = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
let quote = UInt8(ascii: "\"")
let comma = UInt8(ascii: ",")

/// The bytes of a cell between its commas; blanks and quotes included.
struct ScannedCell {
  var start: Int32
  var end: Int32
  var isQuoted: Bool
}

/// A record with the right number of cells.
struct ScannedRecord {
  var start: Int
  /// Behind the line end.
  var end: Int
  var firstCell: Int
  var cellCount: Int
  var line: Int
  /// No quote, no control character, nothing outside ASCII.
  var isPlain: Bool
}

/// Cuts blocks of bytes into records.
struct RecordScanner {
  /// The line of the next record.
  var line = 1
  /// Empty until the header has been read; then every record must have as many cells.
  var columnNames: [String] = []
  private(set) var records: [ScannedRecord] = []
  private(set) var cells: [ScannedCell] = []
  /// A blank line in a table of one column, where it could have meant an empty cell; an error if rows follow.
  private var doubtfulBlankLine: Place?

  init() {}

  /// What is wrong with a record: only the first finding is told.
  private struct Flaw {
    var offset: Int
    var length = 1
    var message: String
    var help: String?
  }

  private enum Outcome {
    /// The block ends inside the record, at `offset` in an open quote if that is not nil.
    case incomplete(openQuote: Int?, flaw: Flaw?)
    case complete(end: Int, lineBreaks: Int, isPlain: Bool, hasNonASCII: Bool, flaw: Flaw?)
  }

  /// Appends the whole records of `bytes[start..<limit]` to `records` and returns where the first that is not whole
  /// begins. Earlier records are forgotten.
  ///
  /// - Parameters:
  ///   - isFinal: nothing follows `limit`.
  ///   - atMostOne: stop behind the first record that is not blank, be it right or wrong.
  mutating func scan(
    _ bytes: [UInt8], from start: Int, to limit: Int, isFinal: Bool, atMostOne: Bool = false,
    into defects: inout Defects
  ) -> Int {
    records.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    let span = bytes.span
    var position = start
    while position < limit, !defects.overflowed, !(atMostOne && !records.isEmpty) {
      let firstCell = cells.count
      let outcome = scanRecord(span, from: position, to: limit, isFinal: isFinal)
      guard case .complete(let end, let lineBreaks, let isPlain, let hasNonASCII, var flaw) = outcome else {
        cells.removeSubrange(firstCell...)
        break
      }
      let recordLine = line
      line += lineBreaks
      let cellCount = cells.count - firstCell
      if flaw == nil, isBlankLine(span, firstCell: firstCell, cellCount: cellCount) {
        if columnNames.count == 1, doubtfulBlankLine == nil {
          doubtfulBlankLine = Place(
            offset: position, length: 1, in: bytes, limit: limit, recordStart: position, recordLine: recordLine)
        }
        cells.removeSubrange(firstCell...)
        position = end
        continue
      }
      if let place = doubtfulBlankLine {
        defects.add(
          "column '\(columnNames[0])': blank line between rows", at: place,
          help: "remove it, or write \"\" if it stands for an empty cell")
        doubtfulBlankLine = nil
      }
      if flaw == nil, hasNonASCII { flaw = unicodeFlaw(bytes, from: position, to: end) }
      if flaw == nil, !columnNames.isEmpty, cellCount != columnNames.count {
        flaw = countFlaw(span, firstCell: firstCell, cellCount: cellCount)
      }
      if let flaw {
        let place = Place(
          offset: flaw.offset, length: flaw.length, in: bytes, limit: limit, recordStart: position,
          recordLine: recordLine)
        defects.add(flaw.message, at: place, help: flaw.help)
        cells.removeSubrange(firstCell...)
        if atMostOne { return end }
      } else {
        records.append(
          ScannedRecord(
            start: position, end: end, firstCell: firstCell, cellCount: cellCount, line: recordLine, isPlain: isPlain))
      }
      position = end
    }
    return position
  }

  /// Says why the record at `start`, which did not end within the longest record allowed, is refused.
  mutating func refuseEndlessRecord(_ bytes: [UInt8], from start: Int, to limit: Int, into defects: inout Defects) {
    guard case .incomplete(let openQuote, let flaw) = scanRecord(bytes.span, from: start, to: limit, isFinal: false)
    else { return }
    let bytesLong = limit - start
    let size = bytesLong >= 1 << 20 ? "\(bytesLong >> 20) MiB" : "\(bytesLong) bytes"
    let found =
      flaw ?? openQuote.map {
        Flaw(offset: $0, message: cellName("quote is not closed within \(size)", at: cells.count, from: start))
      } ?? Flaw(offset: start, message: "line longer than \(size)")
    let place = Place(
      offset: found.offset, length: found.length, in: bytes, limit: limit, recordStart: start, recordLine: line)
    defects.add(found.message, at: place, help: found.help)
  }

  // MARK: One record

  private mutating func scanRecord(_ bytes: Span<UInt8>, from start: Int, to limit: Int, isFinal: Bool) -> Outcome {
    var i = start
    var lineBreaks = 0
    var isPlain = true
    var hasNonASCII = false
    var flaw: Flaw?
    record: while true {
      let cellStart = i
      var isQuoted = false
      while i < limit, isBlank(bytes[i]) { i += 1 }
      if i < limit, bytes[i] == quote {
        isQuoted = true
        isPlain = false
        let opening = i
        i += 1
        quoted: while true {
          guard i < limit else {
            if !isFinal { return .incomplete(openQuote: opening, flaw: flaw) }
            flaw = Flaw(
              offset: opening, message: cellName("quote is not closed", at: cells.count, from: start),
              help: "close it, or write \"\" for a quote inside a quoted cell")
            break record
          }
          let byte = bytes[i]
          if byte == quote {
            if i + 1 == limit, !isFinal { return .incomplete(openQuote: opening, flaw: flaw) }
            i += 1
            if i < limit, bytes[i] == quote {
              i += 1
              continue
            }
            break quoted
          } else if byte == newline {
            lineBreaks += 1
            i += 1
          } else if byte == carriageReturn {
            if i + 1 == limit, !isFinal { return .incomplete(openQuote: opening, flaw: flaw) }
            i += 1
            if i < limit, bytes[i] == newline { i += 1 }
            lineBreaks += 1
          } else if byte < 0x80 {
            if byte == 0, flaw == nil { flaw = nulFlaw(at: i) }
            i += 1
          } else {
            hasNonASCII = true
            let length = scalarLength(bytes, i, limit)
            if length == 0 {
              if limit - i < 4, !isFinal { return .incomplete(openQuote: opening, flaw: flaw) }
              if flaw == nil { flaw = encodingFlaw(bytes, at: i, limit) }
            }
            i += max(1, length)
          }
        }
        while i < limit, isBlank(bytes[i]) { i += 1 }
        if i < limit, bytes[i] != comma, bytes[i] != newline, bytes[i] != carriageReturn {
          if flaw == nil {
            flaw = Flaw(
              offset: i, message: cellName("text behind the closing quote", at: cells.count, from: start),
              help: "write \"\" for a quote inside a quoted cell")
          }
          while i < limit, bytes[i] != newline, bytes[i] != carriageReturn { i += 1 }
          if i == limit, !isFinal { return .incomplete(openQuote: nil, flaw: flaw) }
        }
      } else {
        while i < limit {
          let byte = bytes[i]
          if byte > quote, byte < 0x7F, byte != comma {
            i += 1
            continue
          }
          if byte == comma || byte == newline || byte == carriageReturn { break }
          if byte >= 0x80 {
            isPlain = false
            hasNonASCII = true
            let length = scalarLength(bytes, i, limit)
            if length == 0 {
              if limit - i < 4, !isFinal { return .incomplete(openQuote: nil, flaw: flaw) }
              if flaw == nil { flaw = encodingFlaw(bytes, at: i, limit) }
            }
            i += max(1, length)
          } else {
            if byte == quote {
              if flaw == nil {
                flaw = Flaw(
                  offset: i, message: cellName("quote inside an unquoted cell", at: cells.count, from: start),
                  help: "quote the whole cell and write \"\" for the quote in it")
              }
            } else if byte == 0 {
              if flaw == nil { flaw = nulFlaw(at: i) }
            }
            if byte != 0x20, byte != 0x09, byte != 0x21 { isPlain = false }
            i += 1
          }
        }
      }
      cells.append(
        ScannedCell(
          start: Int32(truncatingIfNeeded: cellStart), end: Int32(truncatingIfNeeded: i), isQuoted: isQuoted))
      guard i < limit else {
        if !isFinal { return .incomplete(openQuote: nil, flaw: flaw) }
        break
      }
      if bytes[i] == comma {
        i += 1
        continue
      }
      if bytes[i] == carriageReturn {
        if i + 1 == limit, !isFinal { return .incomplete(openQuote: nil, flaw: flaw) }
        i += 1
        if i < limit, bytes[i] == newline { i += 1 }
      } else {
        i += 1
      }
      lineBreaks += 1
      break
    }
    return .complete(
      end: i, lineBreaks: lineBreaks, isPlain: isPlain, hasNonASCII: hasNonASCII, flaw: flaw)
  }

  private func isBlankLine(_ bytes: Span<UInt8>, firstCell: Int, cellCount: Int) -> Bool {
    guard cellCount == 1, !cells[firstCell].isQuoted else { return false }
    for i in Int(cells[firstCell].start)..<Int(cells[firstCell].end) where !isBlank(bytes[i]) { return false }
    return true
  }

  // MARK: Flaws

  /// The message with the name of the column in front, once names are known.
  ///
  /// While a record is scanned its cells are the last of `cells`, from the first that starts at or behind `start`.
  private func cellName(_ message: String, at index: Int, from start: Int) -> String {
    var first = index
    while first > 0, Int(cells[first - 1].start) >= start { first -= 1 }
    let column = index - first
    return column < columnNames.count ? "column '\(columnNames[column])': \(message)" : message
  }

  private func nulFlaw(at offset: Int) -> Flaw {
    Flaw(offset: offset, message: "NUL byte", help: "a CSV file is UTF-8 text")
  }

  private func encodingFlaw(_ bytes: Span<UInt8>, at offset: Int, _ limit: Int) -> Flaw {
    let digits = String(bytes[offset], radix: 16, uppercase: true)
    return Flaw(offset: offset, message: "byte 0x\(digits) is not UTF-8", help: "save the file as UTF-8")
  }

  /// What SwiftCSV would read otherwise than it stands: it works on user-perceived characters, in which a comma or a
  /// quote can be joined with a neighbour, and drops a byte order mark at the start of what it is given.
  private func unicodeFlaw(_ bytes: [UInt8], from start: Int, to end: Int) -> Flaw? {
    if end - start >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB, bytes[start + 2] == 0xBF {
      return Flaw(
        offset: start, length: 3, message: "byte order mark inside the file", help: "were several files joined?")
    }
    var offset = start
    for character in String(decoding: bytes[start..<end], as: UTF8.self) {
      let length = character.utf8.count
      if length > 1, character.utf8.contains(comma) || character.utf8.contains(quote) {
        return Flaw(
          offset: offset, length: length, message: "combining character beside a comma or quote",
          help: "remove the character, or put a letter between them")
      }
      offset += length
    }
    return nil
  }

  private func countFlaw(_ bytes: Span<UInt8>, firstCell: Int, cellCount: Int) -> Flaw {
    let expected = columnNames.count
    let counts = "\(cellCount) cell\(cellCount == 1 ? "" : "s") for \(expected) column\(expected == 1 ? "" : "s")"
    if cellCount < expected {
      let last = cells[firstCell + cellCount - 1]
      return Flaw(offset: Int(last.end), message: "row has \(counts), none for '\(columnNames[cellCount])'")
    }
    let surplus = cells[firstCell + expected]
    let isTrailing =
      cellCount == expected + 1
      && NumberText(bytes, from: Int(surplus.start), to: Int(surplus.end)) == .empty && !surplus.isQuoted
    let help: String? =
      if isTrailing {
        "remove the ',' at the end of the row"
      } else if cellCount == 2 * expected {
        "decimals are written with a point: 1.5, not 1,5"
      } else {
        nil
      }
    return Flaw(
      offset: Int(surplus.start), length: max(1, Int(surplus.end - surplus.start)), message: "row has \(counts)",
      help: help)
  }
}

/// How many bytes the UTF-8 scalar at `offset` has, or 0 if it is not well-formed (Unicode 16, table 3-7).
private func scalarLength(_ bytes: Span<UInt8>, _ offset: Int, _ limit: Int) -> Int {
  let first = bytes[offset]
  func continues(_ k: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
    offset + k < limit && bytes[offset + k] >= low && bytes[offset + k] <= high
  }
  switch first {
  case 0xC2...0xDF: return continues(1) ? 2 : 0
  case 0xE0: return continues(1, 0xA0) && continues(2) ? 3 : 0
  case 0xED: return continues(1, 0x80, 0x9F) && continues(2) ? 3 : 0
  case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
  case 0xF0: return continues(1, 0x90) && continues(2) && continues(3) ? 4 : 0
  case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
  case 0xF4: return continues(1, 0x80, 0x8F) && continues(2) && continues(3) ? 4 : 0
  default: return 0
  }
}

package import Diagnostics

extension CSVTable {
  /// The column called `name` as numbers, all of them finite unless `allowance` says otherwise.
  ///
  /// - Returns: `rowCount` values; NaN for the empty cells that are allowed.
  /// - Throws: kind `.data`, with the first cells that are not what was asked for, up to 20; or no such column.
  package func numbers(_ name: String, allowing allowance: CellAllowance = []) throws(InputFailure) -> [Double] {
    let column = try column(named: name)
    var defects = Defects(name: self.name)
    let values = numbers(column, allowing: allowance, into: &defects)
    guard let values else { throw defects.failure() }
    return values
  }

  /// Several columns as numbers, in the order asked for; the errors of all of them are told together.
  package func numbers(
    columns names: [String], allowing allowance: CellAllowance = []
  ) throws(InputFailure) -> [[Double]] {
    var missing: [Diagnostic] = []
    var defects = Defects(name: name)
    var result: [[Double]] = []
    for name in names {
      do throws(InputFailure) {
        let index = try column(named: name)
        if let values = numbers(index, allowing: allowance, into: &defects) { result.append(values) }
      } catch {
        missing += error.diagnostics
      }
    }
    if !missing.isEmpty || !defects.isEmpty {
      throw InputFailure(.data, missing + (defects.isEmpty ? [] : defects.failure().diagnostics))
    }
    return result
  }

  /// The column called `name` as text: quoted cells as they stand, others without the blanks around them.
  ///
  /// - Throws: kind `.data` when there is no such column, or when the text is above `TableOptions.retainedBytes`, the
  ///   column began with a number, and it is not one of `TableOptions.textColumns`.
  package func texts(_ name: String) throws(InputFailure) -> [String] {
    let labels = try labels(name)
    return labels.indices.map { labels.names[$0] }
  }

  /// The distinct texts of a column in the order in which they first come, and for every row which of them it has.
  ///
  /// - Throws: as `texts`.
  package func labels(_ name: String) throws(InputFailure) -> (names: [String], indices: [Int]) {
    let column = try column(named: name)
    if kinds[column] == .labels {
      return (labelColumns[column].names, labelColumns[column].indices.map { Int($0) })
    }
    guard let retained else {
      throw InputFailure(
        .data, "column '\(name)' begins with a number and is needed as text", at: location(ofColumn: column),
        help: "let its first row hold text that is not a number")
    }
    let options = TableOptions(textColumns: [name], allowsNoRows: true)
    return try readTable(bytes: retained, named: self.name, options: options).labels(name)
  }

  /// Nil, with reasons in `defects`, when some cell is not as asked for.
  private func numbers(_ column: Int, allowing allowance: CellAllowance, into defects: inout Defects) -> [Double]? {
    if kinds[column] == .labels { return numbersOfLabels(column, allowing: allowance, into: &defects) }
    let refusesEmpty = emptyCounts[column] > 0 && !allowance.contains(.empty)
    let refusesNonFinite = nonFiniteCounts[column] > 0 && !allowance.contains(.nonFinite)
    if textCounts[column] == 0, !refusesEmpty, !refusesNonFinite {
      return emptyCounts[column] == 0 ? values[column] : values[column].map { $0.isNaN ? .nan : $0 }
    }
    for cell in irregular[column] {
      switch cell.kind {
      case .empty where !refusesEmpty: continue
      case .nonFinite where !refusesNonFinite: continue
      default: addFlaw(of: cell.text, in: column, at: cell.place, into: &defects)
      }
    }
    return nil
  }

  /// A column of text that is wanted as numbers: it was named as text, or its first cell is not a number.
  private func numbersOfLabels(
    _ column: Int, allowing allowance: CellAllowance, into defects: inout Defects
  ) -> [Double]? {
    let labels = labelColumns[column]
    let readings: [Double?] = labels.names.map { text in
      switch NumberText(text) {
      case .number(let value): value
      case .empty: allowance.contains(.empty) ? .nan : nil
      case .nonFinite(let value): allowance.contains(.nonFinite) ? value : nil
      case .tooLarge, .notANumber: nil
      }
    }
    if !readings.contains(where: { $0 == nil }) { return labels.indices.map { readings[Int($0)] ?? .nan } }
    for (row, index) in labels.indices.enumerated() where readings[Int(index)] == nil {
      let place = place(row: row, column: column) ?? Place(line: line(ofRow: row))
      addFlaw(of: labels.names[Int(index)], in: column, at: place, into: &defects)
      if defects.overflowed { break }
    }
    return nil
  }

  private func addFlaw(of text: String, in column: Int, at place: Place, into defects: inout Defects) {
    let what: String
    var help: String?
    switch NumberText(text) {
    case .number, .empty:
      what = "empty cell, expected a number"
    case .nonFinite:
      what = "'\(text)' is not a finite number"
    case .tooLarge:
      what = "'\(text)' is too large for a 64-bit number"
    case .notANumber:
      what = "'\(text.count > 40 ? text.prefix(40) + "…" : text)' is not a number"
      help = numberHelp(for: text)
    }
    defects.add("column '\(header[column])': \(what)", at: place, help: help)
  }
}

extension Place {
  /// A line of which no more is known.
  init(line: Int) {
    self.init(line: line, column: 1, length: 1, lineText: "")
  }

  private init(line: Int, column: Int, length: Int, lineText: String) {
    self.line = line
    self.column = column
    self.length = length
    self.lineText = lineText
  }
}

/// How the number that `text` seems to mean is to be written, or nil.
private func numberHelp(for text: String) -> String? {
  func isNumber(_ candidate: String) -> Bool {
    if case .number = NumberText(candidate) { return true }
    return false
  }
  func replacing(_ old: Character, by new: Character) -> String { String(text.map { $0 == old ? new : $0 }) }
  let pieces = text.split { $0.isWhitespace }.map(String.init)
  if pieces.count > 1, pieces.allSatisfy(isNumber) { return "cells are separated by ',', not by blanks" }
  if text.contains(","), isNumber(replacing(",", by: ".")) {
    return "decimals are written with a point: \(replacing(",", by: "."))"
  }
  if text.contains("−"), isNumber(replacing("−", by: "-")) { return "write the minus sign as '-'" }
  if text.contains(where: { $0 == "d" || $0 == "D" }) {
    let corrected = String(text.map { $0 == "d" || $0 == "D" ? "e" : $0 })
    if isNumber(corrected) { return "exponents are written with 'e': \(corrected)" }
  }
  let missing: Set = ["na", "n/a", "null", "none", "missing", "-", "?", "."]
  if missing.contains(text.lowercased()) { return "leave the row out if the value is unknown" }
  return nil
}

package import Diagnostics

/// The tree as TOML text that reads back to an equal tree, locations aside.
///
/// Keys keep their order, which means something in `[variables]`; only at the top do keys with plain values move in
/// front of the tables, because TOML cannot return to the top. A table inside a table is written in braces where it is
/// short or a plain key follows it, and else under its own header. Numbers are the shortest that read back to the same
/// bits; `-nan` becomes `nan`.
package func tomlText(of table: LocatedTable) -> String {
  var writer = TOMLWriter()
  let isPlain = { (entry: (key: LocatedKey, value: LocatedValue)) in TOMLWriter.sectionKind(of: entry.value) == nil }
  let plain = table.entries.filter(isPlain)
  for (key, value) in plain { writer.assign(key, value) }
  for (key, value) in table.entries where TOMLWriter.sectionKind(of: value) != nil {
    writer.section([key.name], value)
  }
  return writer.text
}

struct TOMLWriter {
  /// Longest line of a table in braces that could also have its own header.
  static let lineLimit = 100

  var text = ""

  enum SectionKind {
    case table(LocatedTable)
    case tables([LocatedTable])
  }

  /// What may stand under headers: tables, and arrays of nothing but tables.
  static func sectionKind(of value: LocatedValue) -> SectionKind? {
    switch value.content {
    case .table(let table): return .table(table)
    case .array(let elements):
      var tables: [LocatedTable] = []
      for element in elements {
        guard case .table(let table) = element.content else { return nil }
        tables.append(table)
      }
      return tables.isEmpty ? nil : .tables(tables)
    default: return nil
    }
  }

  mutating func assign(_ key: LocatedKey, _ value: LocatedValue) {
    text += "\(tomlKey(key.name)) = \(TOMLWriter.inline(value))\n"
  }

  mutating func section(_ path: [String], _ value: LocatedValue) {
    let name = path.map(tomlKey).joined(separator: ".")
    switch TOMLWriter.sectionKind(of: value) {
    case .table(let table):
      let start = firstSection(of: table)
      // A header for nothing but further headers says nothing.
      if start > 0 || table.entries.isEmpty { header("[\(name)]") }
      body(path, table, sectionsFrom: start)
    case .tables(let tables):
      for table in tables {
        header("[[\(name)]]")
        body(path, table, sectionsFrom: firstSection(of: table))
      }
    case nil: break
    }
  }

  private mutating func header(_ header: String) {
    if !text.isEmpty { text += "\n" }
    text += header + "\n"
  }

  private mutating func body(_ path: [String], _ table: LocatedTable, sectionsFrom start: Int) {
    for (key, value) in table.entries[..<start] { assign(key, value) }
    for (key, value) in table.entries[start...] { section(path + [key.name], value) }
  }

  /// The entry from which on the table's entries stand under headers of their own: all from there are tables, and the
  /// first of them is too long for one line.
  private func firstSection(of table: LocatedTable) -> Int {
    var start = table.entries.count
    while start > 0, TOMLWriter.sectionKind(of: table.entries[start - 1].value) != nil { start -= 1 }
    return table.entries[start...].firstIndex { key, value in
      tomlKey(key.name).count + 3 + TOMLWriter.inline(value).count > TOMLWriter.lineLimit
    } ?? table.entries.count
  }

  static func inline(_ value: LocatedValue) -> String {
    switch value.content {
    case .string(let text): basicString(text.text)
    case .integer(let integer): String(integer)
    case .float(let number): tomlNumber(number)
    case .boolean(let boolean): String(boolean)
    case .array(let elements): "[" + elements.map(inline).joined(separator: ", ") + "]"
    case .table(let table):
      table.entries.isEmpty
        ? "{}"
        : "{ " + table.entries.map { "\(tomlKey($0.key.name)) = \(inline($0.value))" }.joined(separator: ", ") + " }"
    }
  }
}

/// The shortest TOML float that reads back to the same bits: `1.0`, `1e-5`, `2.5e300`, `inf`.
func tomlNumber(_ number: Double) -> String {
  if number.isNaN { return "nan" }
  if number.isInfinite { return number < 0 ? "-inf" : "inf" }
  let text = number.description
  guard let e = text.firstIndex(of: "e") else { return text }
  // Swift writes 1e-05 and 1e+16.
  var exponent = text[text.index(after: e)...]
  let sign = exponent.first == "-" ? "-" : ""
  exponent = exponent.drop { $0 == "-" || $0 == "+" || $0 == "0" }
  return text[..<e] + "e" + sign + exponent
}

/// The key, in quotes where TOML wants them.
func tomlKey(_ name: String) -> String {
  !name.isEmpty && name.unicodeScalars.allSatisfy(TOMLScanner.isBareKey) ? name : basicString(name)
}

/// The text as a TOML string in double quotes.
func basicString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    case _ where TOMLScanner.isControl(scalar):
      let digits = String(scalar.value, radix: 16, uppercase: true)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

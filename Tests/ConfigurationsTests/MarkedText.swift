import Configurations
import Diagnostics
import Testing

/// A text with the mark `⟦⟧` at the place where a message is expected; the mark itself is taken out.
struct MarkedText {
  var text: String
  var line: Int
  var column: Int

  init(_ marked: String) {
    let mark = "⟦⟧"
    guard let range = marked.firstRange(of: mark) else {
      (text, line, column) = (marked, 0, 0)
      return
    }
    let before = marked[..<range.lowerBound].unicodeScalars
    line = before.reduce(into: 1) { if $1 == "\n" { $0 += 1 } }
    column = before.reversed().prefix { $0 != "\n" }.count + 1
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: before)
    scalars.append(contentsOf: marked[range.upperBound...].unicodeScalars)
    text = String(scalars)
  }
}

/// A tree in one line, for comparison: `{a: 1, b: [1.0, "x"], c: true}`.
func outline(_ table: LocatedTable) -> String {
  "{" + table.entries.map { "\($0.key.name): \(outline($0.value))" }.joined(separator: ", ") + "}"
}

func outline(_ value: LocatedValue) -> String {
  switch value.content {
  case .string(let text): "\"\(text.text)\""
  case .integer(let integer): "\(integer)"
  case .float(let number): "\(number)"
  case .boolean(let boolean): "\(boolean)"
  case .array(let elements): "[" + elements.map(outline).joined(separator: ", ") + "]"
  case .table(let table): outline(table)
  }
}

func read(_ text: String, _ format: ConfigurationFormat = .toml) throws(InputFailure) -> LocatedTable {
  try readConfiguration(text, named: "test.\(format)", format: format)
}

/// The diagnostics of a text that cannot be read; empty when it can.
func complaints(_ text: String, _ format: ConfigurationFormat = .toml) -> [Diagnostic] {
  do throws(InputFailure) {
    _ = try read(text, format)
    return []
  } catch {
    return error.diagnostics
  }
}

extension LocatedTable {
  /// The value at a path of keys and numbers of elements.
  func at(_ path: String...) -> LocatedValue? {
    var value = LocatedValue(.table(self), at: location)
    for part in path {
      switch value.content {
      case .table(let table):
        guard let next = table[part] else { return nil }
        value = next
      case .array(let elements):
        guard let index = Int(part), elements.indices.contains(index) else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return value
  }
}

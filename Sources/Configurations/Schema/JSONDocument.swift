import Diagnostics

/// A JSON text in the making, whose objects keep the order of their members.
indirect enum JSONDocument {
  case string(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case array([JSONDocument])
  case object([(name: String, value: JSONDocument)])

  /// Longest line of an array or object that could also be broken.
  private static let lineLimit = 100

  /// The text; what fits into a line stands in one.
  func text(indentation: Int = 0) -> String {
    let flat = flatText
    let inner = String(repeating: " ", count: indentation + 2)
    let end = "\n" + String(repeating: " ", count: indentation)
    switch self {
    case .array(let elements) where indentation + flat.count > JSONDocument.lineLimit:
      return "[\n" + elements.map { inner + $0.text(indentation: indentation + 2) }.joined(separator: ",\n") + end + "]"
    case .object(let members) where indentation + flat.count > JSONDocument.lineLimit:
      let lines = members.map { inner + basicString($0.name) + ": " + $0.value.text(indentation: indentation + 2) }
      return "{\n" + lines.joined(separator: ",\n") + end + "}"
    default: return flat
    }
  }

  private var flatText: String {
    switch self {
    // What TOML escapes in a string is what JSON escapes, in the same way.
    case .string(let text): return basicString(text)
    case .integer(let number): return String(number)
    case .number(let number):
      precondition(number.isFinite, "JSON has no number \(number)")
      return tomlNumber(number)
    case .boolean(let boolean): return String(boolean)
    case .array(let elements): return "[" + elements.map(\.flatText).joined(separator: ", ") + "]"
    case .object(let members):
      let texts = members.map { basicString($0.name) + ": " + $0.value.flatText }
      return texts.isEmpty ? "{}" : "{ " + texts.joined(separator: ", ") + " }"
    }
  }
}

extension JSONDocument {
  /// A value of a configuration.
  init(_ content: LocatedValue.Content) {
    switch content {
    case .string(let text): self = .string(text.text)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .number(number)
    case .boolean(let boolean): self = .boolean(boolean)
    case .array(let values): self = .array(values.map { JSONDocument($0.content) })
    case .table(let table): self = .object(table.entries.map { ($0.key.name, JSONDocument($0.value.content)) })
    }
  }
}

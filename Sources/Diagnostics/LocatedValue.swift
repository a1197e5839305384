/// A value of a configuration file with its place; TOML and YAML both become trees of these.
package struct LocatedValue: Sendable, Equatable {
  package indirect enum Content: Sendable, Equatable {
    case string(LocatedText)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case array([LocatedValue])
    case table(LocatedTable)
  }

  package var content: Content
  package var location: SourceLocation

  package init(_ content: Content, at location: SourceLocation) {
    self.content = content
    self.location = location
  }

  /// What a message calls it: "a string", "a table", …
  package var kindName: String {
    switch content {
    case .string: "a string"
    case .integer: "an integer"
    case .float: "a number"
    case .boolean: "a boolean"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// A key of a table with its place.
package struct LocatedKey: Sendable, Equatable, Hashable {
  package var name: String
  package var location: SourceLocation

  package init(_ name: String, at location: SourceLocation) {
    self.name = name
    self.location = location
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A table: keys in the order of the file, each once.
package struct LocatedTable: Sendable, Equatable {
  package var entries: [(key: LocatedKey, value: LocatedValue)]
  /// Where the table begins: its header, its brace, or the start of the file.
  package var location: SourceLocation

  package init(entries: [(key: LocatedKey, value: LocatedValue)] = [], at location: SourceLocation) {
    self.entries = entries
    self.location = location
  }

  package subscript(name: String) -> LocatedValue? {
    get { entries.first { $0.key.name == name }?.value }
  }

  package func key(_ name: String) -> LocatedKey? { entries.first { $0.key.name == name }?.key }

  package var names: [String] { entries.map(\.key.name) }

  package static func == (a: LocatedTable, b: LocatedTable) -> Bool {
    a.location == b.location && a.entries.elementsEqual(b.entries) { $0.key == $1.key && $0.value == $1.value }
  }
}

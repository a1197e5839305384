package import Diagnostics

extension LocatedTable {
  /// Whether both hold the same keys in the same order with the same values, wherever those were written.
  ///
  /// Floats are the same when their bits are, or when both are not a number; strings when their code units are.
  package func hasSameContent(as other: LocatedTable) -> Bool {
    entries.elementsEqual(other.entries) { a, b in
      a.key.name.utf8.elementsEqual(b.key.name.utf8) && a.value.hasSameContent(as: b.value)
    }
  }
}

extension LocatedValue {
  package func hasSameContent(as other: LocatedValue) -> Bool {
    switch (content, other.content) {
    case (.string(let a), .string(let b)): a.text.utf8.elementsEqual(b.text.utf8)
    case (.integer(let a), .integer(let b)): a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
    case (.boolean(let a), .boolean(let b)): a == b
    case (.array(let a), .array(let b)): a.elementsEqual(b) { $0.hasSameContent(as: $1) }
    case (.table(let a), .table(let b)): a.hasSameContent(as: b)
    default: false
    }
  }
}

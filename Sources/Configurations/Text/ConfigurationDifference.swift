package import Diagnostics

/// A key whose value is not the same in two configurations.
package struct ConfigurationDifference: Sendable, Equatable {
  /// As `pinn explain` takes it: `optimizer[0].iterations`.
  package var key: String
  /// As TOML writes it; nil where the key is missing.
  package var old: String?
  package var new: String?

  /// `seed: 4, now 5`
  package var text: String { "\(key): \(old ?? "absent"), now \(new ?? "absent")" }
}

/// The keys in which two configurations differ, in the order of the new one, then what is missing there.
///
/// Tables and arrays of tables are compared key by key, other arrays as a whole.
package func differences(_ old: LocatedTable, _ new: LocatedTable) -> [ConfigurationDifference] {
  let (before, after) = (flattened(old), flattened(new))
  let oldValues = Dictionary(before, uniquingKeysWith: { first, _ in first })
  let newValues = Dictionary(after, uniquingKeysWith: { first, _ in first })
  let changed = after.filter { oldValues[$0.key] != $0.value }
  let missing = before.filter { newValues[$0.key] == nil }
  return (changed + missing).map { key, _ in
    ConfigurationDifference(key: key, old: oldValues[key], new: newValues[key])
  }
}

private func flattened(_ table: LocatedTable) -> [(key: String, value: String)] {
  var leaves: [(key: String, value: String)] = []
  func add(_ value: LocatedValue, at path: String) {
    switch TOMLWriter.sectionKind(of: value) {
    case .table(let table) where !table.entries.isEmpty:
      for (key, value) in table.entries { add(value, at: "\(path).\(tomlKey(key.name))") }
    case .tables(let tables):
      for (number, table) in tables.enumerated() {
        for (key, value) in table.entries { add(value, at: "\(path)[\(number)].\(tomlKey(key.name))") }
      }
    default: leaves.append((path, TOMLWriter.inline(value)))
    }
  }
  for (key, value) in table.entries { add(value, at: tomlKey(key.name)) }
  return leaves
}

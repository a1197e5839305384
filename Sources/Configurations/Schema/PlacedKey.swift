import Diagnostics

/// A key of the experiment file together with its place, for those who ask what it means.
package struct PlacedKey: Sendable {
  /// A section on the way from the file to the key.
  private struct Level {
    var key: KeySchema
    var section: SectionSchema
  }

  private var levels: [Level]

  package var key: KeySchema { levels[levels.count - 1].key }
  /// The section that the key stands in.
  private var home: SectionSchema { levels[levels.count - 1].section }
  /// The section that the key holds, or whose entries it holds.
  package var inner: SectionSchema? { key.type.section }
  /// The names on the way, joined by dots: "network.hidden".
  package var path: String { levels.map(\.key.name).joined(separator: ".") }

  /// Every key, each followed by those inside it; keys that a section has from another stand there.
  package static let all: [PlacedKey] = inside(ExperimentSchema.root, levels: [])

  private static func inside(_ section: SectionSchema, levels: [Level]) -> [PlacedKey] {
    section.ownKeys.flatMap { key -> [PlacedKey] in
      let place = levels + [Level(key: key, section: section)]
      return [PlacedKey(levels: place)] + (key.type.section.map { inside($0, levels: place) } ?? [])
    }
  }

  // MARK: - Finding

  /// The keys that a text means, first the one at that very place, then those whose path ends so; none where there is
  /// no such key.
  ///
  /// `network.hidden`, `[network] hidden`, `optimizer[0].method`, `variables.x.range` and `hidden` are understood:
  /// numbers of entries and the user's own names are passed over.
  package static func named(_ text: String) -> [PlacedKey] {
    let parts = text.split { ".[] ".contains($0) }.map(String.init)
    guard !parts.isEmpty else { return [] }
    let exact = place(of: parts[...], in: ExperimentSchema.root, levels: [])
    let suffix = "." + parts.joined(separator: ".")
    return (exact.map { [$0] } ?? []) + all.filter { $0.path.hasSuffix(suffix) && $0.path != exact?.path }
  }

  private static func place(
    of parts: ArraySlice<String>, in section: SectionSchema, levels: [Level]
  ) -> PlacedKey? {
    guard let name = parts.first, let key = section.key(name) else { return nil }
    let levels = levels + [Level(key: key, section: section)]
    let rest = parts.dropFirst()
    guard let next = rest.first else { return PlacedKey(levels: levels) }
    if let inner = key.type.section, let found = place(of: rest, in: inner, levels: levels) { return found }
    let isName: Bool
    switch key.type {
    case .map(let element):
      // What is nearly a key is more likely a mistyped one than a name.
      isName = element.section.map { nearestName(to: next, among: $0.keys.map(\.name)) == nil } ?? true
    case .list(.section, _, _): isName = Int(next) != nil || rest.count > 1
    default: isName = false
    }
    guard isName else { return nil }
    let beyond = rest.dropFirst()
    if beyond.isEmpty { return PlacedKey(levels: levels) }
    return key.type.section.flatMap { place(of: beyond, in: $0, levels: levels) }
  }

  // MARK: - Telling

  /// Where it stands: "[network]", "each entry of [variables]", "schedule of [[optimizer]]".
  package var place: String {
    guard let first = levels.first, levels.count > 1 else { return "the file, at the top" }
    let inner = levels.dropFirst().dropLast().map(\.key.name)
    let section =
      switch first.key.type {
      case .list: "[[\(first.key.name)]]"
      case .map: "each entry of [\(first.key.name)]"
      default: "[\(first.key.name)]"
      }
    return inner.isEmpty ? section : "\(inner.joined(separator: ".")) of \(section)"
  }

  /// What a value may be, with its bounds: "whole number, at least 1".
  package var type: String { KeyReference.describe(key.type) + PlacedKey.bounds(key.type) }

  private static func bounds(_ type: ValueType) -> String {
    switch type {
    case .number(let range):
      range.lowerBound == -.greatestFiniteMagnitude ? "" : ", \(Resolver.text(range))"
    case .integer(let range):
      range.upperBound == .max
        ? ", at least \(range.lowerBound)" : ", from \(range.lowerBound) to \(range.upperBound)"
    case .list(let element, _, _), .map(let element):
      element.section == nil && !bounds(element).isEmpty ? ", each" + bounds(element).dropFirst() : ""
    default: ""
    }
  }

  /// What holds where the key is not given.
  package var fallback: String {
    switch key.fallback {
    case .required: "none, it is required"
    case .absent(let text), .derived(let text), .literal(let text): text
    }
  }

  /// The words it may be, where it is one of some.
  package var words: [String] {
    guard case .word(let words) = key.type else { return [] }
    return words
  }

  /// Lines of an experiment file that use the key, with its section and what that cannot be without.
  package var example: String { example(PlacedKey.read(key.example)) }

  /// The same with a value of its own.
  package func example(word: String) -> String {
    var table = PlacedKey.read(key.example)
    table.set(key.name, .string(LocatedText(word)))
    return example(table)
  }

  private func example(_ innermost: LocatedTable) -> String {
    var table = PlacedKey.completed(innermost, home)
    for level in levels.dropLast().reversed() {
      var outer = PlacedKey.read(level.key.example)
      switch level.key.type {
      case .list: outer.set(level.key.name, .array([LocatedValue(.table(table), at: table.location)]))
      case .map:
        // The entry is called as in the example of the whole.
        let name = outer.tableIfPresent(level.key.name)?.names.first ?? level.key.name
        var entries = LocatedTable(at: table.location)
        entries.set(name, .table(table))
        outer.set(level.key.name, .table(entries))
      default: outer.set(level.key.name, .table(table))
      }
      table = PlacedKey.completed(outer, level.section)
    }
    return tomlText(of: table)
  }

  /// The inside of a table in braces as a table.
  private static func read(_ text: String) -> LocatedTable {
    guard let tree = try? readConfiguration("e = { \(text) }", named: "<example>", format: .toml),
      let table = tree.tableIfPresent("e")
    else { preconditionFailure("example '\(text)' is not TOML") }
    return table
  }

  /// With the keys that the section requires; keys in the order of the schema. The file itself is shown in part.
  private static func completed(_ table: LocatedTable, _ section: SectionSchema) -> LocatedTable {
    var table = table
    if section.title != ExperimentSchema.root.title {
      for key in section.keys where table[key.name] == nil {
        guard case .required = key.fallback, let value = read(key.example)[key.name] else { continue }
        table.set(key.name, value.content)
      }
    }
    table.entries.sort { a, b in
      let (left, right) = (
        section.keys.firstIndex { $0.name == a.key.name }, section.keys.firstIndex { $0.name == b.key.name }
      )
      return (left ?? 0) < (right ?? 0)
    }
    return table
  }
}

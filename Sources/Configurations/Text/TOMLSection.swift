import Diagnostics

/// A table of a TOML text while it is being read, with what the rules against redefinition need to know.
///
/// A class, because headers, dotted keys and arrays of tables reach the same table by several ways.
final class TOMLSection {
  enum Origin {
    /// Named on the way to another one, as `a` is by `[a.b]`; its own header may still come.
    case implied
    /// Has its header, is an element of an array of tables, or is the root.
    case header
    /// Made by the leading parts of a dotted key; other dotted keys may add to it.
    case dotted
    /// Written in braces.
    case inline
  }

  enum Entry {
    case value(LocatedValue)
    case section(TOMLSection)
    /// Elements of `[[…]]`, never empty, and the place of the first header.
    case sections([TOMLSection], at: SourceLocation)
  }

  /// Tables and arrays may stand inside each other this deep, counted from the top.
  static let depthLimit = 200

  var origin: Origin
  var location: SourceLocation
  let depth: Int
  private(set) var entries: [(key: LocatedKey, entry: Entry)] = []
  /// Where a key stands in `entries`: a table of 100 000 keys must not take 10¹⁰ comparisons.
  private var indices: [String: Int] = [:]

  init(_ origin: Origin, at location: SourceLocation, depth: Int) {
    self.origin = origin
    self.location = location
    self.depth = depth
  }

  // MARK: - Headers

  /// The table that `[path]` opens.
  func open(_ path: [LocatedKey], header: SourceLocation) throws(TOMLFailure) -> TOMLSection {
    let parent = try descend(path.dropLast(), as: .implied)
    let key = path[path.count - 1]
    guard let index = parent.indices[key.name] else {
      return try parent.addSection(.header, for: key, at: header)
    }
    let first = parent.entries[index].key
    switch parent.entries[index].entry {
    case .section(let section) where section.origin == .implied:
      section.origin = .header
      section.location = header
      return section
    case .section(let section):
      let how = section.origin == .dotted ? " by dotted keys" : ""
      throw TOMLFailure(
        "the table [\(dotted(path))] is already defined\(how)", at: header, first: section.location,
        help: "put all its keys under the first one")
    case .sections(_, let location):
      throw TOMLFailure(
        "'\(dotted(path))' is an array of tables", at: header, first: location,
        help: "begin another element with [[\(dotted(path))]]")
    case .value(let value):
      throw TOMLFailure(
        "'\(dotted(path))' is already \(value.kindName), so it cannot be a table", at: header, first: first.location)
    }
  }

  /// The new element that `[[path]]` opens.
  func append(_ path: [LocatedKey], header: SourceLocation) throws(TOMLFailure) -> TOMLSection {
    let parent = try descend(path.dropLast(), as: .implied)
    let key = path[path.count - 1]
    let element = TOMLSection(.header, at: header, depth: parent.depth + 2)
    try parent.checkDepth(of: key, adding: 2)
    guard let index = parent.indices[key.name] else {
      parent.add(key, .sections([element], at: header))
      return element
    }
    let first = parent.entries[index].key
    switch parent.entries[index].entry {
    case .sections(var elements, let location):
      // Taken out while it grows, so that appending does not copy the array each time.
      parent.entries[index].entry = .sections([], at: location)
      elements.append(element)
      parent.entries[index].entry = .sections(elements, at: location)
      return element
    case .section(let section):
      throw TOMLFailure(
        "'\(dotted(path))' is already a table, so it cannot be an array of tables", at: header, first: section.location)
    case .value(let value):
      throw TOMLFailure(
        "'\(dotted(path))' is already \(value.kindName), so it cannot be an array of tables", at: header,
        first: first.location)
    }
  }

  // MARK: - Keys

  /// Enters `path = value`, where all parts but the last make tables.
  func define(_ path: [LocatedKey], _ value: LocatedValue) throws(TOMLFailure) {
    let parent = try descend(path.dropLast(), as: .dotted)
    let key = path[path.count - 1]
    try parent.checkDepth(of: key, adding: 1)
    if let index = parent.indices[key.name] {
      throw TOMLFailure(
        "the key '\(dotted(path))' is already defined", at: key.location, first: parent.entries[index].key.location)
    }
    parent.add(key, .value(value))
  }

  /// Walks down `path`, making tables that are not there yet.
  private func descend(_ path: ArraySlice<LocatedKey>, as origin: Origin) throws(TOMLFailure) -> TOMLSection {
    var section = self
    for (count, key) in path.enumerated() {
      guard let index = section.indices[key.name] else {
        section = try section.addSection(origin, for: key, at: key.location)
        continue
      }
      let name = dotted(path.prefix(count + 1))
      switch section.entries[index].entry {
      case .section(let next) where origin == .implied || next.origin == .dotted:
        section = next
      case .sections(let elements, _) where origin == .implied:
        section = elements[elements.count - 1]
      case .section(let next):
        throw TOMLFailure(
          "the table [\(name)] is already defined, so dotted keys cannot add to it", at: key.location,
          first: next.location)
      case .sections(_, let location):
        throw TOMLFailure(
          "'\(name)' is an array of tables, so dotted keys cannot add to it", at: key.location, first: location)
      case .value(let value):
        let what = value.kindName
        throw TOMLFailure(
          what == "a table"
            ? "the table '\(name)' is complete with its braces, so nothing can be added to it"
            : "'\(name)' is already \(what), so it cannot be a table", at: key.location,
          first: section.entries[index].key.location)
      }
    }
    return section
  }

  private func addSection(
    _ origin: Origin, for key: LocatedKey, at location: SourceLocation
  ) throws(TOMLFailure) -> TOMLSection {
    try checkDepth(of: key, adding: 1)
    let section = TOMLSection(origin, at: location, depth: depth + 1)
    add(key, .section(section))
    return section
  }

  private func add(_ key: LocatedKey, _ entry: Entry) {
    indices[key.name] = entries.count
    entries.append((key, entry))
  }

  private func checkDepth(of key: LocatedKey, adding levels: Int) throws(TOMLFailure) {
    if depth + levels > TOMLSection.depthLimit { throw TOMLFailure.tooDeep(at: key.location) }
  }

  // MARK: - Result

  /// The table as the rest of the program sees it.
  func finished() -> LocatedTable {
    LocatedTable(
      entries: entries.map { key, entry in
        switch entry {
        case .value(let value):
          (key, value)
        case .section(let section):
          (key, LocatedValue(.table(section.finished()), at: section.location))
        case .sections(let elements, let location):
          (
            key,
            LocatedValue(
              .array(elements.map { LocatedValue(.table($0.finished()), at: $0.location) }), at: location)
          )
        }
      }, at: location)
  }
}

/// Why a stretch of a TOML text was given up, and where reading may go on.
struct TOMLFailure: Error {
  enum Recovery {
    /// On the next line.
    case nextLine
    /// On the next line that looks like `key =` or `[table]`: an array over several lines was given up.
    case nextStatement
    /// After the line that closes a brace: an inline table was written over several lines.
    case nextBrace
    /// Not at all.
    case never
  }

  var diagnostics: [Diagnostic]
  var recovery: Recovery

  init(
    _ message: String, at location: SourceLocation, first: SourceLocation? = nil,
    note: String = "the first one is here", help: String? = nil, recovery: Recovery = .nextLine
  ) {
    diagnostics = [Diagnostic(.error, message, at: location, help: help)]
    if let first { diagnostics.append(Diagnostic(.note, note, at: first)) }
    self.recovery = recovery
  }

  static func tooDeep(at location: SourceLocation, recovery: Recovery = .nextLine) -> TOMLFailure {
    TOMLFailure("nested deeper than \(TOMLSection.depthLimit)", at: location, recovery: recovery)
  }
}

/// A path of keys as TOML writes it, for a message; of a long one the beginning.
func dotted(_ path: some Sequence<LocatedKey>) -> String {
  brief(path.map { tomlKey($0.name) }.joined(separator: "."))
}

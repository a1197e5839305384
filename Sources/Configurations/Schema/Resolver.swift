import Diagnostics
import Expressions

/// Brings a located tree into canonical form by a schema: checks every key and value, expands shorthands, evaluates
/// numbers written as expressions, makes paths absolute, and fills in defaults that do not depend on other keys.
///
/// All errors are collected. What it returns contains only keys of the schema with values of their types, so that
/// resolving it again changes nothing: that is what makes the resolved file of a run equal to the file it came from.
struct Resolver {
  /// Folder that relative paths start from.
  let baseDirectory: String
  /// Constants known so far, for numbers written as expressions.
  var constants: [String: Double] = [:]
  var diagnostics: [Diagnostic] = []

  init(baseDirectory: String) { self.baseDirectory = baseDirectory }

  mutating func report(_ message: String, at location: SourceLocation?, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, message, at: location, help: help))
  }

  /// A table in canonical form; keys in the order of the schema.
  mutating func section(_ table: LocatedTable, _ schema: SectionSchema) -> LocatedTable {
    for (key, value) in table.entries where schema.key(key.name) == nil {
      reportUnknown(key, value, in: schema)
    }
    var result = LocatedTable(at: table.location)
    // Constants come first whatever the order of the file, because numbers elsewhere may use them.
    let order = schema.keys.filter { $0.name == "constants" } + schema.keys.filter { $0.name != "constants" }
    for key in order {
      if let value = table[key.name] {
        if let resolved = resolve(value, key.type, name: "'\(key.name)' in \(schema.title)") {
          result.entries.append((table.key(key.name) ?? LocatedKey(key.name, at: value.location), resolved))
        }
      } else if let value = defaultValue(of: key, in: table, schema) {
        result.entries.append((LocatedKey(key.name, at: table.location), value))
      }
      if key.name == "constants", case .table(let entries)? = result["constants"]?.content {
        for (name, value) in entries.entries {
          if case .table(let entry) = value.content, let number = entry.numberIfPresent("value") {
            constants[name.name] = number
          }
        }
      }
    }
    result.entries.sort { a, b in
      (schema.keys.firstIndex { $0.name == a.key.name } ?? 0) < (schema.keys.firstIndex { $0.name == b.key.name } ?? 0)
    }
    return result
  }

  private mutating func defaultValue(
    of key: KeySchema, in table: LocatedTable, _ schema: SectionSchema
  ) -> LocatedValue? {
    switch key.fallback {
    case .required:
      report("missing key '\(key.name)' in \(schema.title): \(key.summary)", at: table.location)
      return nil
    case .absent, .derived: return nil
    case .literal(let text):
      guard let content = DefaultLiterals.shared.contents[text] else {
        preconditionFailure("default '\(text)' of key '\(key.name)' is not TOML")
      }
      return resolve(
        LocatedValue(content, at: table.location), key.type, name: "'\(key.name)' in \(schema.title)")
    }
  }

  private mutating func reportUnknown(_ key: LocatedKey, _ value: LocatedValue, in schema: SectionSchema) {
    let help: String?
    if let near = nearestName(to: key.name, among: schema.keys.map(\.name)) {
      help = "did you mean '\(near)'?"
    } else if let homes = KeyIndex.shared.homes[key.name] {
      help = "'\(key.name)' belongs in \(homes.joined(separator: " or "))"
    } else if let near = nearestName(to: key.name, among: KeyIndex.shared.homes.keys.sorted()),
      let homes = KeyIndex.shared.homes[near]
    {
      help = "did you mean '\(near)' in \(homes.joined(separator: " or "))?"
    } else {
      help = "keys of \(schema.title) are \(schema.keys.map(\.name).joined(separator: ", "))"
    }
    report("unknown key '\(key.name)' in \(schema.title)", at: key.location, help: help)
  }

  /// The value in canonical form, or nil after a report.
  mutating func resolve(_ value: LocatedValue, _ type: ValueType, name: String) -> LocatedValue? {
    switch type {
    case .number(let range): return number(value, range, name)
    case .integer(let range): return integer(value, range, name)
    case .boolean:
      if case .boolean = value.content { return value }
      return wrongType(value, name, "true or false")
    case .text:
      if case .string = value.content { return value }
      return wrongType(value, name, "text in quotes")
    case .word(let words): return word(value, words, name)
    case .expression: return expression(value, name)
    case .path: return path(value, name)
    case .list(let element, let count, let single): return list(value, element, count, single, name)
    case .section(let schema, let shorthand): return subsection(value, schema, shorthand, name)
    case .map(let element): return map(value, element, name)
    }
  }

  private mutating func wrongType(_ value: LocatedValue, _ name: String, _ expected: String) -> LocatedValue? {
    report("\(name) must be \(expected), found \(value.kindName)", at: value.location)
    return nil
  }

  private mutating func number(
    _ value: LocatedValue, _ range: ClosedRange<Double>, _ name: String
  ) -> LocatedValue? {
    let number: Double
    switch value.content {
    case .integer(let whole): number = Double(whole)
    case .float(let float): number = float
    case .string(let text):
      do throws(InputFailure) {
        number = try evaluateConstant(text, constants: constants)
      } catch {
        diagnostics += error.diagnostics
        return nil
      }
    default: return wrongType(value, name, "a number")
    }
    guard number.isFinite else {
      report("\(name) must be a finite number, found \(number)", at: value.location)
      return nil
    }
    guard range.contains(number) else {
      report("\(name) must be \(Resolver.text(range)), found \(number)", at: value.location)
      return nil
    }
    return LocatedValue(.float(number), at: value.location)
  }

  static func text(_ range: ClosedRange<Double>) -> String {
    let unboundedAbove = range.upperBound == .greatestFiniteMagnitude
    switch (range.lowerBound, unboundedAbove) {
    case (.leastNonzeroMagnitude, true): return "above 0"
    case (.leastNonzeroMagnitude, false): return "above 0 and at most \(range.upperBound)"
    case (_, true): return "at least \(range.lowerBound)"
    default: return "between \(range.lowerBound) and \(range.upperBound)"
    }
  }

  private mutating func integer(_ value: LocatedValue, _ range: ClosedRange<Int>, _ name: String) -> LocatedValue? {
    if case .float(let number) = value.content {
      report("\(name) must be a whole number, found \(number)", at: value.location)
      return nil
    }
    guard case .integer(let number) = value.content else { return wrongType(value, name, "a whole number") }
    guard range.contains(number) else {
      let expected =
        number < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
      report("\(name) must be \(expected), found \(number)", at: value.location)
      return nil
    }
    return value
  }

  private mutating func word(_ value: LocatedValue, _ words: [String], _ name: String) -> LocatedValue? {
    guard case .string(let text) = value.content else {
      return wrongType(value, name, "one of \(words.joined(separator: ", "))")
    }
    guard words.contains(text.text) else {
      let near = nearestName(to: text.text, among: words)
      report(
        "\(name) has no choice '\(text.text)'", at: value.location,
        help: near.map { "did you mean '\($0)'?" } ?? "choices are \(words.joined(separator: ", "))")
      return nil
    }
    return value
  }

  private mutating func expression(_ value: LocatedValue, _ name: String) -> LocatedValue? {
    let text: String
    switch value.content {
    case .string: return value
    case .integer(let number): text = String(number)
    case .float(let number): text = number.description
    default: return wrongType(value, name, "an expression in quotes")
    }
    let place = LocatedText.Segment(offset: 0, line: value.location.line, column: value.location.column)
    return LocatedValue(.string(LocatedText(text, file: value.location.file, segments: [place])), at: value.location)
  }

  private mutating func path(_ value: LocatedValue, _ name: String) -> LocatedValue? {
    guard case .string(var text) = value.content else { return wrongType(value, name, "a file name in quotes") }
    guard !text.text.isEmpty else {
      report("\(name) is empty", at: value.location)
      return nil
    }
    if !text.text.hasPrefix("/") {
      text.text = baseDirectory + (baseDirectory.hasSuffix("/") ? "" : "/") + text.text
    }
    return LocatedValue(.string(text), at: value.location)
  }

  private mutating func list(
    _ value: LocatedValue, _ element: ValueType, _ count: ClosedRange<Int>, _ single: Bool, _ name: String
  ) -> LocatedValue? {
    var elements: [LocatedValue]
    if case .array(let given) = value.content {
      elements = given
    } else if single {
      elements = [value]
    } else {
      return wrongType(value, name, "an array")
    }
    guard count.contains(elements.count) else {
      let expected =
        count.lowerBound == count.upperBound
        ? "\(count.lowerBound) values"
        : elements.count < count.lowerBound
          ? "at least \(count.lowerBound)" : "at most \(count.upperBound) values"
      report("\(name) must have \(expected), found \(elements.count)", at: value.location)
      return nil
    }
    let before = elements.count
    elements = elements.enumerated().compactMap { place, item in
      resolve(item, element, name: before == 1 ? name : "value \(place + 1) of \(name)")
    }
    return elements.count == before ? LocatedValue(.array(elements), at: value.location) : nil
  }

  private mutating func subsection(
    _ value: LocatedValue, _ schema: SectionSchema, _ shorthand: String?, _ name: String
  ) -> LocatedValue? {
    switch value.content {
    case .table(let table): return LocatedValue(.table(section(table, schema)), at: value.location)
    case _ where shorthand != nil:
      let key = LocatedKey(shorthand ?? "", at: value.location)
      let table = LocatedTable(entries: [(key, value)], at: value.location)
      return LocatedValue(.table(section(table, schema)), at: value.location)
    default: return wrongType(value, name, "a table")
    }
  }

  private mutating func map(_ value: LocatedValue, _ element: ValueType, _ name: String) -> LocatedValue? {
    guard case .table(let table) = value.content else { return wrongType(value, name, "a table") }
    var result = LocatedTable(at: table.location)
    for (key, item) in table.entries {
      if let resolved = resolve(item, element, name: "'\(key.name)' of \(name)") {
        result.entries.append((key, resolved))
        // Within [constants] each may use those before it.
        if name.hasPrefix("'constants'"), case .table(let entry) = resolved.content,
          let number = entry.numberIfPresent("value")
        {
          constants[key.name] = number
        }
      }
    }
    return LocatedValue(.table(result), at: value.location)
  }
}

extension SectionSchema {
  /// Calls `body` with every key of this section's own and of those inside it.
  fileprivate func forEachKey(_ body: (_ key: KeySchema, _ section: SectionSchema) -> Void) {
    for key in ownKeys {
      body(key, self)
      key.type.section?.forEachKey(body)
    }
  }
}

extension ValueType {
  /// The section that a value, or each element of it, is.
  var section: SectionSchema? {
    switch self {
    case .section(let schema, _): schema
    case .list(let element, _, _), .map(let element): element.section
    default: nil
    }
  }
}

/// Which sections know a key, for messages about misplaced ones.
private struct KeyIndex {
  static let shared = KeyIndex()
  private(set) var homes: [String: [String]] = [:]

  private init() {
    ExperimentSchema.root.forEachKey { key, section in
      if !(homes[key.name] ?? []).contains(section.title) { homes[key.name, default: []].append(section.title) }
    }
  }
}

/// The values of all literal defaults, read once as one TOML text.
struct DefaultLiterals {
  static let shared = DefaultLiterals()
  private(set) var contents: [String: LocatedValue.Content] = [:]

  private init() {
    var literals: [String] = []
    ExperimentSchema.root.forEachKey { key, _ in
      if case .literal(let text) = key.fallback, !literals.contains(text) { literals.append(text) }
    }
    let document = literals.enumerated().map { "k\($0) = \($1)\n" }.joined()
    let table = try? readConfiguration(document, named: "<default>", format: .toml)
    for (number, text) in literals.enumerated() { contents[text] = table?["k\(number)"]?.content }
  }
}

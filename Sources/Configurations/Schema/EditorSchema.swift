/// The schema of an experiment file as a JSON Schema, for editors.
///
/// It has the features of draft 4 alone, which every editor knows. It refuses what the resolver refuses by the form of
/// a file: unknown keys, values of another type or out of bounds, missing keys, words that are no choice. What depends
/// on several keys, and what expressions say, only the program checks.
///
/// - Source: draft-zyp-json-schema-04, draft-fge-json-schema-validation-00.
package enum EditorSchema {
  package static var text: String {
    var definitions: [(name: String, value: JSONDocument)] = []
    collect(ExperimentSchema.root, path: [], into: &definitions)
    var members: [(name: String, value: JSONDocument)] = [
      ("$schema", .string("http://json-schema.org/draft-04/schema#")),
      ("title", .string("pinn experiment")),
    ]
    members += object(ExperimentSchema.root, path: []).filter { $0.name != "title" }
    members.append(("definitions", .object(definitions)))
    return JSONDocument.object(members).text() + "\n"
  }

  /// Every section inside `schema`, outer ones first, in the order of the keys.
  private static func collect(
    _ schema: SectionSchema, path: [String], into definitions: inout [(name: String, value: JSONDocument)]
  ) {
    for key in schema.keys {
      guard let inner = key.type.section else { continue }
      let place = path + [key.name]
      definitions.append((place.joined(separator: "."), .object(object(inner, path: place))))
      collect(inner, path: place, into: &definitions)
    }
  }

  private static func object(_ schema: SectionSchema, path: [String]) -> [(name: String, value: JSONDocument)] {
    var members: [(name: String, value: JSONDocument)] = [
      ("title", .string(schema.title)), ("description", .string(schema.summary)), ("type", .string("object")),
    ]
    let required = schema.keys.filter { if case .required = $0.fallback { true } else { false } }.map(\.name)
    // Draft 4 has no empty list here.
    if !required.isEmpty { members.append(("required", .array(required.map { .string($0) }))) }
    members.append(("properties", .object(schema.keys.map { ($0.name, property($0, path: path + [$0.name])) })))
    members.append(("additionalProperties", .boolean(false)))
    return members
  }

  private static func property(_ key: KeySchema, path: [String]) -> JSONDocument {
    var members: [(name: String, value: JSONDocument)] = []
    var description = key.summary
    switch key.fallback {
    case .required: break
    case .absent(let meaning): description += "\n\nWhere absent: \(meaning)"
    case .derived(let rule): description += "\n\nDefault: \(rule)"
    case .literal(let text):
      guard let content = DefaultLiterals.shared.contents[text] else { break }
      members.append(("default", JSONDocument(content)))
    }
    members.insert(("description", .string(description)), at: 0)
    if case .section(_, shorthand: nil) = key.type {
      // Draft 4 ignores everything that stands beside `$ref`.
      return .object(members + [("allOf", .array([.object(form(key.type, path: path))]))])
    }
    return .object(members + form(key.type, path: path))
  }

  /// The keywords that a value of the type fulfils.
  private static func form(_ type: ValueType, path: [String]) -> [(name: String, value: JSONDocument)] {
    switch type {
    // Bounds say something about numbers alone, so that text passes; what it evaluates to, only the program knows.
    case .number(let range): [("type", .array([.string("number"), .string("string")]))] + bounds(range)
    case .integer(let range):
      [("type", .string("integer")), ("minimum", .integer(range.lowerBound))]
        + (range.upperBound == .max ? [] : [("maximum", .integer(range.upperBound))])
    case .boolean: [("type", .string("boolean"))]
    case .text: [("type", .string("string"))]
    case .word(let words): [("type", .string("string")), ("enum", .array(words.map { .string($0) }))]
    case .expression: [("type", .array([.string("string"), .string("number")]))]
    case .path: [("type", .string("string")), ("minLength", .integer(1))]
    case .list(let element, let count, let single):
      if single {
        [("anyOf", .array([.object(form(element, path: path)), .object(list(element, count, path: path))]))]
      } else {
        list(element, count, path: path)
      }
    case .section(let schema, let shorthand):
      if let key = shorthand.flatMap({ schema.key($0) }) {
        [("anyOf", .array([.object(reference(path)), .object(form(key.type, path: path + [key.name]))]))]
      } else {
        reference(path)
      }
    case .map(let element):
      [("type", .string("object")), ("additionalProperties", .object(form(element, path: path)))]
    }
  }

  private static func list(
    _ element: ValueType, _ count: ClosedRange<Int>, path: [String]
  ) -> [(name: String, value: JSONDocument)] {
    [("type", .string("array")), ("items", .object(form(element, path: path)))]
      + (count.lowerBound > 0 ? [("minItems", .integer(count.lowerBound))] : [])
      + [("maxItems", .integer(count.upperBound))]
  }

  private static func reference(_ path: [String]) -> [(name: String, value: JSONDocument)] {
    [("$ref", .string("#/definitions/" + path.joined(separator: ".")))]
  }

  private static func bounds(_ range: ClosedRange<Double>) -> [(name: String, value: JSONDocument)] {
    var members: [(name: String, value: JSONDocument)] = []
    if range.lowerBound == .leastNonzeroMagnitude {
      members += [("minimum", .integer(0)), ("exclusiveMinimum", .boolean(true))]
    } else if range.lowerBound > -.greatestFiniteMagnitude {
      members.append(("minimum", .number(range.lowerBound)))
    }
    if range.upperBound < .greatestFiniteMagnitude { members.append(("maximum", .number(range.upperBound))) }
    return members
  }
}

import Configurations
package import Diagnostics
import Foundation

/// A JSON value, as schemas are made of.
package indirect enum JSONValue: Sendable, Equatable, Decodable {
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let boolean = try? container.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}

/// Validates values of a configuration by a JSON Schema of draft 4, as far as the schema for editors uses it; a keyword
/// that it does not know is a complaint.
package struct JSONSchemaValidator: Sendable {
  private let root: JSONValue

  /// - Precondition: the text is JSON.
  package init(_ text: String) throws { root = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }

  /// That of `pinn schema`, read once.
  package static func editors() throws -> JSONSchemaValidator { try shared.get() }

  private static let shared = Result { try JSONSchemaValidator(EditorSchema.text) }

  /// What is wrong with a value; empty where nothing is.
  package func complaints(about table: LocatedTable) -> [String] {
    complaints(.table(table), root, path: "")
  }

  private func complaints(_ value: LocatedValue.Content, _ schema: JSONValue, path: String) -> [String] {
    guard case .object(let keywords) = schema else { return ["\(path): the schema is no object"] }
    if let reference = keywords["$ref"] {
      guard let target = resolve(reference) else { return ["\(path): \(reference) leads nowhere"] }
      return complaints(value, target, path: path)
    }
    return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
      complaints(value, keyword, argument, keywords, path: path)
    }
  }

  private func complaints(
    _ value: LocatedValue.Content, _ keyword: String, _ argument: JSONValue, _ all: [String: JSONValue], path: String
  ) -> [String] {
    func failed(_ words: String) -> [String] { ["\(path): \(words)"] }
    switch (keyword, argument) {
    case ("$schema", .string(let name)):
      return name == "http://json-schema.org/draft-04/schema#" ? [] : failed("schema of \(name)")
    case ("title", .string), ("description", .string), ("default", _), ("definitions", .object),
      ("exclusiveMinimum", .boolean):
      return []
    case ("type", .string(let type)): return isOf(value, [type]) ? [] : failed("is not \(type)")
    case ("type", .array(let types)):
      let names = types.compactMap(\.text)
      return isOf(value, names) ? [] : failed("is none of \(names)")
    case ("enum", .array(let words)):
      guard case .string(let text) = value else { return failed("is no word") }
      return words.contains(.string(text.text)) ? [] : failed("'\(text.text)' is no choice")
    case ("minLength", .number(let length)):
      guard case .string(let text) = value else { return [] }
      return Double(text.text.unicodeScalars.count) >= length ? [] : failed("is too short")
    case ("minimum", .number(let bound)):
      guard let number = value.number else { return [] }
      let excludes = all["exclusiveMinimum"] == .boolean(true)
      return number > bound || number == bound && !excludes ? [] : failed("\(number) is below \(bound)")
    case ("maximum", .number(let bound)):
      guard let number = value.number else { return [] }
      return number <= bound ? [] : failed("\(number) is above \(bound)")
    case ("items", let items):
      guard case .array(let values) = value else { return [] }
      return values.enumerated().flatMap { complaints($1.content, items, path: "\(path)[\($0)]") }
    case ("minItems", .number(let count)):
      guard case .array(let values) = value else { return [] }
      return Double(values.count) >= count ? [] : failed("has too few values")
    case ("maxItems", .number(let count)):
      guard case .array(let values) = value else { return [] }
      return Double(values.count) <= count ? [] : failed("has too many values")
    case ("required", .array(let names)):
      guard case .table(let table) = value else { return [] }
      if names.isEmpty { return failed("draft 4 has no empty 'required'") }
      return names.compactMap(\.text).filter { table[$0] == nil }.map { "\(path): has no '\($0)'" }
    case ("properties", .object(let properties)):
      guard case .table(let table) = value else { return [] }
      return table.entries.flatMap { key, entry in
        properties[key.name].map { complaints(entry.content, $0, path: "\(path).\(key.name)") } ?? []
      }
    case ("additionalProperties", let additional):
      guard case .table(let table) = value else { return [] }
      var known: Set<String> = []
      if case .object(let properties)? = all["properties"] { known = Set(properties.keys) }
      return table.entries.filter { !known.contains($0.key.name) }.flatMap { key, entry in
        additional == .boolean(false)
          ? ["\(path): does not know '\(key.name)'"]
          : complaints(entry.content, additional, path: "\(path).\(key.name)")
      }
    case ("anyOf", .array(let schemas)):
      let results = schemas.map { complaints(value, $0, path: path) }
      return results.contains(where: \.isEmpty)
        ? [] : ["\(path): fits nothing: " + results.joined().joined(separator: "; ")]
    case ("allOf", .array(let schemas)): return schemas.flatMap { complaints(value, $0, path: path) }
    default: return failed("unknown keyword '\(keyword)' or wrong argument")
    }
  }

  private func resolve(_ reference: JSONValue) -> JSONValue? {
    let prefix = "#/definitions/"
    guard case .string(let pointer) = reference, pointer.hasPrefix(prefix), case .object(let keywords) = root,
      case .object(let definitions)? = keywords["definitions"]
    else { return nil }
    return definitions[String(pointer.dropFirst(prefix.count))]
  }

  private func isOf(_ value: LocatedValue.Content, _ types: [String]) -> Bool {
    types.contains { type in
      switch (type, value) {
      case ("string", .string), ("integer", .integer), ("number", .integer), ("number", .float),
        ("boolean", .boolean), ("array", .array), ("object", .table):
        true
      default: false
      }
    }
  }
}

extension JSONValue {
  fileprivate var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }
}

extension LocatedValue.Content {
  fileprivate var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }
}

/// The keys of an experiment file as a Markdown document, made from the schema that reads the file.
package enum KeyReference {
  package static var markdown: String {
    var sections: [String] = []
    collect(ExperimentSchema.root, path: "", into: &sections)
    return """
      # Keys of an experiment file

      Made by `make docs` from the schema that reads the file. [configuration.md](configuration.md) explains them.

      \(sections.joined(separator: "\n"))
      """
  }

  private static func collect(_ schema: SectionSchema, path: String, into sections: inout [String]) {
    let text = path.isEmpty ? "## The file\n" : "## \(path)\n"
    sections.append(text + "\n\(schema.summary)\n\n\(table(schema))")
    for key in schema.ownKeys { descend(key.type, name: key.name, path: path, into: &sections) }
  }

  private static func table(_ schema: SectionSchema) -> String {
    var text = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n"
    for key in schema.ownKeys {
      text +=
        "| `\(key.name)` | \(escaped(describe(key.type))) | \(escaped(describe(key.fallback))) | \(escaped(key.summary)) |\n"
    }
    if let base = schema.base { text += "\nAll keys of \(base) besides.\n" }
    return text
  }

  /// The table of the keys of one section, as `sampling.interior`; nil where there is no such section.
  package static func table(of path: String) -> String? {
    var schema = ExperimentSchema.root
    for name in path.split(separator: ".") {
      guard let key = schema.keys.first(where: { $0.name == name }) else { return nil }
      switch key.type {
      case .section(let inner, _), .map(.section(let inner, _)), .list(.section(let inner, _), _, _): schema = inner
      default: return nil
      }
    }
    return table(schema)
  }

  private static func descend(_ type: ValueType, name: String, path: String, into sections: inout [String]) {
    let prefix = path.isEmpty ? "" : "\(path) "
    switch type {
    case .section(let schema, _): collect(schema, path: "\(prefix)`\(name)`", into: &sections)
    case .map(.section(let schema, _)): collect(schema, path: "\(prefix)`\(name)`, each entry", into: &sections)
    case .list(.section(let schema, _), _, _): collect(schema, path: "\(prefix)`[[\(name)]]`", into: &sections)
    default: break
    }
  }

  private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }

  static func describe(_ type: ValueType) -> String {
    switch type {
    case .number: "number"
    case .integer: "whole number"
    case .boolean: "true or false"
    case .text: "text"
    case .word(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .expression: "expression"
    case .path: "file"
    case .list(.section, _, _): "tables"
    case .list(let element, let count, let single):
      (count.lowerBound == count.upperBound ? "\(count.lowerBound) × " : "list of ")
        + describe(element) + (single ? ", or one" : "")
    case .section(_, let shorthand): shorthand.map { "table, or its `\($0)`" } ?? "table"
    case .map(let element): "table of \(describe(element)) by name"
    }
  }

  private static func describe(_ fallback: DefaultValue) -> String {
    switch fallback {
    case .required: "required"
    case .absent(let meaning): meaning
    case .literal(let text): "`\(text)`"
    case .derived(let rule): rule
    }
  }
}

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
    var text = path.isEmpty ? "## The file\n" : "## \(path)\n"
    text += "\n\(schema.summary)\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n"
    for key in schema.ownKeys {
      text +=
        "| `\(key.name)` | \(escaped(describe(key.type))) | \(escaped(describe(key.fallback))) | \(escaped(key.summary)) |\n"
    }
    if let base = schema.base { text += "\nAll keys of \(base) besides.\n" }
    sections.append(text)
    for key in schema.ownKeys { descend(key.type, name: key.name, path: path, into: &sections) }
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

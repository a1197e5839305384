import ArgumentParser
import Configurations
import Experiments
import Tables
import TextTable

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Says what a key, a function or a choice means.",
    discussion: """
      Keys are written with dots, network.hidden, or by their last name; functions of the equation language and \
      whatever pinn list lists are explained, too. Without a name, lists the sections of the experiment file.
      """)

  @Argument(help: "What to explain.")
  var name: String?

  func run() throws {
    let text: String
    if let name {
      let (found, seeAlso) = try Explanation.of(name)
      text =
        found.map(ExplainCommand.text).joined(separator: "\n")
        + (seeAlso.isEmpty ? "" : "\nsee also: \(seeAlso.map(\.path).joined(separator: ", "))\n")
    } else {
      text = ExplainCommand.sections
    }
    try Terminal.results { writer throws(WriteFailure) in try writer.write(text) }
  }

  /// All sections, each with what it is.
  private static var sections: String {
    let plain = PlacedKey.all.filter { $0.inner == nil && !$0.path.contains(".") }
    let rows = PlacedKey.all.compactMap { key in key.inner.map { (key.path, $0.summary) } }
    return columns("section", "what it is", rows) + "\n" + columns("other key", "meaning", plain.map(summary))
  }

  private static func summary(_ key: PlacedKey) -> (String, String) { (key.path, key.key.summary) }

  private static func text(_ explanation: Explanation) -> String {
    switch explanation {
    case .key(let key): text(key)
    case .entry(let catalogue, let name, let summary, let keys):
      "\(name): \(summary)\n\n  listed by pinn list \(catalogue.kind): \(catalogue.summary)\n"
        + (catalogue.kind == "templates" ? "\n  pinn init \(name) > my.toml\n" : uses(name, keys))
    case .word(let word, let keys):
      keys.map { "\(word): a choice of \($0.path), \($0.key.summary)\n" + uses(word, [$0]) }.joined(separator: "\n")
    case .constant(let name, let value): "\(name): \(value), a constant of the equation language\n"
    }
  }

  /// An example for every key that may be the word.
  private static func uses(_ word: String, _ keys: [PlacedKey]) -> String {
    keys.map { "\n" + indented($0.example(word: word)) }.joined()
  }

  private static func text(_ key: PlacedKey) -> String {
    var text = "\(key.path): \(key.key.summary)\n\n"
    text += "  stands in  \(key.place)\n"
    text += "  value      \(key.type)\n"
    text += "  default    \(key.fallback)\n"
    if let catalogue = Catalogue.describing(key) {
      let rows = catalogue.entries.filter { key.words.contains($0.name) }.map { ($0.name, $0.summary) }
      text += "\n" + columns("choice", "what it is", rows)
    }
    if let inner = key.inner {
      let table = TextTable<KeySchema> { inner in
        [
          Column("key" <- inner.name), Column("default" <- ExplainCommand.fallback(inner)),
          Column("meaning" <- inner.summary),
        ]
      }
      text += "\n\(inner.summary)\n\n" + plainText(table, inner.keys) + "\n"
    }
    return text + "\nExample:\n\n" + indented(key.example)
  }

  private static func fallback(_ key: KeySchema) -> String {
    switch key.fallback {
    case .required: "required"
    case .absent(let text), .derived(let text), .literal(let text): text
    }
  }

  private static func columns(_ first: String, _ second: String, _ rows: [(String, String)]) -> String {
    let table = TextTable<(String, String)> { row in [Column(first <- row.0), Column(second <- row.1)] }
    return plainText(table, rows) + "\n"
  }

  private static func indented(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
    return lines.joined(separator: "\n")
  }
}

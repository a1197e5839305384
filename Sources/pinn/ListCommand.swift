import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Tables
import TextTable

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists what there is to choose from.",
    discussion: """
      Kinds: \(kinds.joined(separator: ", ")). Without a kind, lists the kinds. \
      'keys' prints all keys of an experiment file as a Markdown document.
      """)

  private static let kinds = Catalogue.all.map(\.kind) + ["keys"]

  @Argument(help: "What to list.")
  var kind: String?

  func run() throws {
    if kind == "keys" {
      return try Terminal.results { writer throws(WriteFailure) in try writer.write(KeyReference.markdown) }
    }
    let entries: [(name: String, summary: String)]
    if let kind {
      guard let catalogue = Catalogue.all.first(where: { $0.kind == kind }) else {
        throw InputFailure(
          .usage, "there is no list of '\(kind)'",
          help: nearestName(to: kind, among: ListCommand.kinds).map { "did you mean '\($0)'?" }
            ?? "kinds are \(ListCommand.kinds.joined(separator: ", "))")
      }
      entries = catalogue.entries
    } else {
      entries = Catalogue.all.map { ($0.kind, $0.summary) } + [("keys", "keys of an experiment file, as Markdown")]
    }
    let table = TextTable<(name: String, summary: String)> { entry in
      [Column("name" <- entry.name), Column("what it is" <- entry.summary)]
    }
    let text = plainText(table, entries)
    try Terminal.results { writer throws(WriteFailure) in try writer.write(text + "\n") }
  }
}

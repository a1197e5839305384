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
      'keys' prints all keys of an experiment file as a Markdown document; with --guide a document of yours, in which \
      the lines between <!-- keys sampling.interior --> or <!-- list samplers --> and <!-- end --> are made anew.
      """)

  private static let kinds = Catalogue.all.map(\.kind) + ["keys"]

  @Argument(help: "What to list.")
  var kind: String?

  @Option(help: ArgumentHelp("With 'keys': a Markdown document whose tables are to be made anew.", valueName: "file"))
  var guide: String?

  func run() throws {
    if let guide {
      guard kind == "keys" else {
        throw InputFailure(.usage, "--guide is for the list of keys: pinn list keys --guide FILE")
      }
      let text = try Guide.filled(String(decoding: try fileBytes(guide), as: UTF8.self), name: guide)
      return try Terminal.results { writer throws(WriteFailure) in try writer.write(text) }
    }
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

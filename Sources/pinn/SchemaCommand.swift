import ArgumentParser
import Configurations
import Tables

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of experiment files, for editors.",
    discussion: """
      Editors that know it complete keys, show what they mean and mark mistakes while a file is written, in TOML and \
      in YAML.
      """)

  func run() throws {
    try Terminal.results { writer throws(WriteFailure) in try writer.write(EditorSchema.text) }
  }
}

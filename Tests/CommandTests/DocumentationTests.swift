import Foundation
import TestSupport
import Testing

/// What the documents say is what the program does.
///
/// - `toml` and `yaml` blocks that are whole experiments pass `pinn check`.
/// - `sh` blocks are run, one after the other in a folder for each document, and end with status 0. Blocks that begin with
///   a comment with a file name are files in that folder, and so are `configs/` and `data/`.
/// - Blocks in other languages (`console`, `text`) are for the reader.
@Suite struct DocumentationTests {
  @Test func `all documents can be read`() throws {
    #expect(DocumentationFile.all.map(\.path).contains("docs/commands.md"))
    for document in DocumentationFile.all { _ = try DocumentationFile(path: document.path) }
  }

  @Test(arguments: DocumentationFile.all)
  func `examples work`(_ document: DocumentationFile) async throws {
    let runner = try BinaryRunner()
    for folder in ["configs", "data"] {
      try FileManager.default.createSymbolicLink(
        atPath: runner.path(folder), withDestinationPath: DocumentationFile.root.appending(path: folder).path)
    }
    for block in document.blocks {
      let outcome: BinaryOutcome
      if block.isExperiment {
        let name = block.fileName ?? "block-\(block.line).\(block.language)"
        try runner.write(block.text, to: name)
        outcome = try await runner.run(["check", name])
      } else if block.language == "sh" {
        outcome = try await runner.shell("set -e\n" + block.text)
      } else {
        if let name = block.fileName { try runner.write(block.text, to: name) }
        continue
      }
      #expect(outcome.status == 0, "\(document.path):\(block.line): \(outcome)")
    }
  }

  @Test(arguments: DocumentationFile.all)
  func `links lead somewhere`(_ document: DocumentationFile) throws {
    let folder = DocumentationFile.root.appending(path: document.path).deletingLastPathComponent()
    for link in document.links where !link.target.contains("://") {
      let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let target = parts[0].isEmpty ? document.path : parts[0]
      let url = parts[0].isEmpty ? DocumentationFile.root.appending(path: target) : folder.appending(path: target)
      let place = "\(document.path):\(link.line): \(link.target)"
      #expect(FileManager.default.fileExists(atPath: url.path), "\(place): no such file")
      guard parts.count == 2 else { continue }
      let path = url.standardizedFileURL.path.dropFirst(DocumentationFile.root.standardizedFileURL.path.count)
      let other = DocumentationFile.all.first { $0.path == path.drop { $0 == "/" } }
      #expect(other?.anchors.contains(parts[1]) == true, "\(place): no such heading")
    }
  }

  /// A row that no test carries the number of names the command that shows it.
  @Test func `each row of the faults has a test of its number`() throws {
    let page = try String(contentsOf: DocumentationFile.root.appending(path: "docs/reliability.md"), encoding: .utf8)
    let tests = DocumentationFile.root.appending(path: "Tests")
    let files = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
    var tested: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      for name in try String(contentsOf: file, encoding: .utf8).matches(of: #/func `((?:F[0-9]+ )+)/#) {
        tested.formUnion(name.1.split(separator: " ").map(String.init))
      }
    }
    for number in 1...40 {
      let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| F\(number) |") }, "F\(number)")
      #expect(tested.contains("F\(number)") || row.contains("`make sanitize`"), "\(row)")
    }
  }

  @Test func `every command has a section and every option is named in it`() async throws {
    let runner = try BinaryRunner()
    let help = try await runner.run(["--help"]).output
    let list = try #require(help.split(separator: "SUBCOMMANDS:\n").last)
    let commands = list.matches(of: #/(?m)^  ([a-z]+) /#).map { String($0.1) }
    #expect(commands.contains("train"))
    let document = try DocumentationFile(path: "docs/commands.md")
    let sections = document.text.components(separatedBy: "\n## ")
    let shared = sections.first { $0.hasPrefix("Shared options\n") } ?? ""
    for command in commands {
      let section = sections.first { $0.hasPrefix(command + "\n") }
      #expect(section != nil, "docs/commands.md has no section '\(command)'")
      let options = try await runner.run(["help", command]).output
      for option in options.matches(of: #/(?m)^  (?:-[a-z], )?(--[a-z-]+)/#).map({ String($0.1) })
      where !["--help", "--version"].contains(option) {
        let isNamed = [section ?? "", shared].contains { $0.contains("`\(option)") || $0.contains(", `\(option)") }
        #expect(isNamed, "docs/commands.md does not name \(option) of '\(command)'")
      }
    }
  }

  @Test func `the reference of the keys is that of the program`() async throws {
    let outcome = try await BinaryRunner().run(["list", "keys"])
    let written = try DocumentationFile(path: "docs/keys.md").text
    #expect(outcome.output == written, "docs/keys.md is out of date: run make docs")
  }

  @Test func `the guide has the tables of schema and catalogues`() async throws {
    let written = try DocumentationFile(path: "docs/configuration.md").text
    let runner = try BinaryRunner()
    try runner.write(written, to: "guide.md")
    let outcome = try await runner.run(["list", "keys", "--guide", "guide.md"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output == written, "docs/configuration.md is out of date: run make docs")
    // An altered table is made anew, an unknown one refused.
    try runner.write("a\n<!-- list samplers -->\nold\n<!-- end -->\nb\n", to: "guide.md")
    let other = try await runner.run(["list", "keys", "--guide", "guide.md"])
    #expect(other.output.contains("| `sobol` |") && !other.output.contains("old") && other.output.hasSuffix("\nb\n"))
    try runner.write("<!-- keys nowhere -->\n<!-- end -->\n", to: "guide.md")
    #expect(try await runner.run(["list", "keys", "--guide", "guide.md"]).status == 65)
  }
}

import Foundation
import Testing

/// A document of the repository, cut into what can be tested of it.
struct DocumentationFile: Sendable, CustomTestStringConvertible {
  /// Text between fences.
  struct Block: Sendable {
    /// What stands behind the opening fence.
    var language: String
    /// The line of the opening fence, from 1.
    var line: Int
    var text: String

    /// An experiment with nothing left out, which must pass `pinn check`.
    var isExperiment: Bool {
      let lines = text.split(separator: "\n")
      return (language == "toml" && lines.contains("[variables]"))
        || (language == "yaml" && lines.contains("variables:"))
    }

    /// The name in a first line such as `# cooling.toml: what it is`, under which later blocks know the text.
    var fileName: String? {
      guard let match = text.prefixMatch(of: /# ([A-Za-z0-9-]+\.(?:toml|yaml|csv))\b/) else { return nil }
      return String(match.1)
    }
  }

  struct Link: Sendable {
    var line: Int
    var target: String
  }

  /// From the root of the repository.
  let path: String
  let text: String
  private(set) var blocks: [Block] = []
  private(set) var links: [Link] = []
  /// What `#…` at the end of a link may name.
  private(set) var anchors: Set<String> = []

  var testDescription: String { path }

  init(path: String) throws {
    self.path = path
    text = try String(contentsOf: DocumentationFile.root.appending(path: path), encoding: .utf8)
    var open: Block?
    for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        if let block = open { blocks.append(block) }
        open = open == nil ? Block(language: String(line.dropFirst(3)), line: place + 1, text: "") : nil
      } else if open != nil {
        open?.text += line + "\n"
      } else {
        if line.hasPrefix("#") { anchors.insert(DocumentationFile.anchor(String(line.drop { $0 == "#" }))) }
        links += line.matches(of: /\]\(([^)\s]+)\)/).map { Link(line: place + 1, target: String($0.1)) }
      }
    }
    try #require(open == nil, "\(path):\(open?.line ?? 0): a block without an end")
  }

  /// The name that GitHub gives a heading.
  private static func anchor(_ heading: String) -> String {
    let kept = heading.trimmingCharacters(in: .whitespaces).lowercased().filter {
      $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " "
    }
    return kept.replacingOccurrences(of: " ", with: "-")
  }

  /// The root of the repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The readme and everything under `docs/`.
  static let all: [DocumentationFile] = {
    let names = FileManager.default.enumerator(atPath: root.appending(path: "docs").path)?.compactMap { $0 as? String }
    let paths = ["README.md"] + (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    return paths.compactMap { try? DocumentationFile(path: $0) }
  }()
}

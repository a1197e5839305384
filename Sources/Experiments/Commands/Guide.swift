import Configurations
package import Diagnostics

/// A document with tables that are made from the schema and the catalogues.
///
///     <!-- keys sampling.interior -->        the keys of a section
///     <!-- list samplers -->                 the members of a catalogue
///     …
///     <!-- end -->
///
/// What stands between such a line and the end is replaced; all else is left as it is.
package enum Guide {
  /// The text with its tables made anew.
  ///
  /// - Throws: a block without an end, of another kind, or of a section or catalogue that is not there; kind `.data`.
  package static func filled(_ text: String, name: String) throws(InputFailure) -> String {
    var lines: [Substring] = []
    var open: Substring?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "<!-- end -->" {
        open = nil
      } else if open != nil {
        continue
      } else if line.hasPrefix("<!-- keys ") || line.hasPrefix("<!-- list "), line.hasSuffix(" -->") {
        open = line
        lines.append(line)
        let words = line.dropFirst(5).dropLast(4).split(separator: " ")
        guard words.count == 2, let table = table(of: String(words[1]), isKeys: words[0] == "keys") else {
          throw InputFailure(.data, "'\(name)' asks for a table that there is not: \(line)")
        }
        lines += ["", Substring(table)]
        continue
      }
      lines.append(line)
    }
    if let open { throw InputFailure(.data, "'\(name)' has no <!-- end --> for \(open)") }
    return lines.joined(separator: "\n")
  }

  private static func table(of name: String, isKeys: Bool) -> String? {
    if isKeys { return KeyReference.table(of: name) }
    guard let catalogue = Catalogue.all.first(where: { $0.kind == name }) else { return nil }
    let rows = catalogue.entries.map { "| `\($0.name)` | \($0.summary.replacing("|", with: "\\|")) |\n" }
    return "| \(name) | |\n| --- | --- |\n" + rows.joined()
  }
}

@preconcurrency import Rainbow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whether talk on standard error is coloured.
///
/// Rainbow looks at standard output alone, so the decision is ours: a terminal that is not dumb, unless `NO_COLOR` is
/// set (no-color.org); `CLICOLOR_FORCE` forces it.
enum Coloring {
  static let isOn: Bool = {
    func isSet(_ name: String) -> Bool { getenv(name).map { $0.pointee != 0 } ?? false }
    if isSet("NO_COLOR") { return false }
    if isSet("CLICOLOR_FORCE") { return true }
    let terminal = getenv("TERM").map { String(cString: $0) } ?? "dumb"
    return Terminal.standardErrorIsTerminal && terminal != "dumb"
  }()

  static func prepare() {
    Rainbow.outputTarget = .console
    Rainbow.enabled = isOn
  }

  /// A rendered diagnostic with its severity and carets marked.
  static func marked(_ text: String) -> String {
    guard isOn else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { number, line in
      var line = String(line)
      if number == 0 {
        line = line.replacing("error: ", with: "error: ".red.bold, maxReplacements: 1)
          .replacing("warning: ", with: "warning: ".yellow.bold, maxReplacements: 1)
      } else if line.drop(while: { $0 == " " }).hasPrefix("| "), line.contains("^") {
        line = line.green
      } else if line.hasPrefix("   help: ") {
        line = line.cyan
      }
      return line
    }.joined(separator: "\n")
  }
}

import Configurations
import Diagnostics

extension FuzzTarget {
  /// The text of an experiment in TOML, through both readers, the schema and the writer.
  static let toml = FuzzTarget(name: "toml", pieces: bytePieces(tomlPieces)) { readBack($0, .toml) }

  /// The same in YAML.
  static let yaml = FuzzTarget(
    name: "yaml",
    pieces: bytePieces([
      ":", ": ", "- ", "-", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "*", "&", "!", "!!int ", "|", ">", "|-\n",
      ">+2\n", "'", "\"", "\\", "\\x41", "\\\n", "#", " #", "\n", "\n\n", "\n  ", "  ", "\t", "\r\n", "\r", "---\n",
      "...\n", "%YAML 1.1\n", "<<: *a\n", "<<", "yes", "no", "~", "null", "1:30", "012", "1e3", "0x1F", ".inf",
      "a: 1\n", "a: &a [1]\n", "b: *a\n", "é", "\u{E000}", "\\uE000", "\u{0}", "\u{FEFF}", "\u{85}", "\u{2028}", "😀",
      "@", "`", "999999999999999999:59:59",
    ])
  ) { readBack($0, .yaml) }

  /// `--set`, applied to an experiment.
  static let setting = FuzzTarget(name: "setting", pieces: bytePieces(tomlPieces)) { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
    var tree = settingBase
    do throws(InputFailure) {
      try applyToExperiment(setting: text, &tree)
    } catch {
      return judged(error)
    }
    return decoded(tree) ?? .accepted
  }

  private static let settingBase: LocatedTable = {
    let text = """
      name = "base"
      variables = { x = [-1, 1], t = [0, 1] }
      fields = { u = {} }
      constants = { nu = 0.1 }
      equation = [{ name = "burgers", expr = "u_t + u*u_x = nu*u_xx" }]
      condition = [{ name = "walls", at = "x = 0", expr = "u = 0" }, { at = "t = 0", expr = "u = x" }]
      sampling = { interior = 100 }
      loss = { weights = { walls = 10 } }
      """
    guard let tree = try? readConfiguration(text, named: "base.toml", format: .toml) else {
      preconditionFailure("the experiment that settings are applied to cannot be read")
    }
    return tree
  }()

  private static let tomlPieces = [
    "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "\\", "\\u", "\\u0041", "\\U0001F600",
    "#", "\n", "\r\n", "\r", " ", "\t", "1", "0", "-", "+", "_", "e", "E", "1e5", "1.5", ".5", "5.", "0x", "0xfF",
    "0o7", "0b1", "inf", "nan", "true", "false", "a", "b", "a.b", "a = 1\n", "[a]\n", "[[a]]\n", "[a.b]\n",
    "a.b = 2\n", "{ a = 1 }", "[1, 2]", "é", "\u{0}", "\u{7F}", "\u{FEFF}", "\u{85}", "\u{2028}", "2025-01-02",
    "07:32:00", "T", "Z", "9223372036854775807", "9223372036854775808", "1e400", "1e-400", "\\\n", "\\ \n", "$", ":",
    ";", "\"\"", "''", "x = ",
  ]

  /// Reads the text; what is read has its places within the text, is written to a text of the same tree, and is taken
  /// or refused by the schema.
  private static func readBack(_ bytes: [UInt8], _ format: ConfigurationFormat) -> Outcome {
    let tree: LocatedTable
    do throws(InputFailure) {
      tree = try readConfiguration(bytes: bytes, named: "fuzz", format: format)
    } catch {
      return judged(error)
    }
    if let place = misplaced(tree) { return .violation("\(place.line):\(place.column) lies outside of the text") }
    let written = tomlText(of: tree)
    do throws(InputFailure) {
      let back = try readConfiguration(written, named: "written", format: .toml)
      guard tomlText(of: back) == written else { return .violation("written and read it is another:\n\(written)") }
    } catch {
      return .violation("cannot be read as it is written: \(error.diagnostics.map { $0.rendered() })\n\(written)")
    }
    return decoded(tree) ?? .accepted
  }

  /// A violation, or nil: an experiment that is taken has a resolved form that reads back to itself.
  private static func decoded(_ tree: LocatedTable) -> Outcome? {
    let experiment: Experiment
    do throws(InputFailure) {
      experiment = try Experiment(from: tree, baseDirectory: "/nowhere", defaultName: "fuzz")
    } catch {
      return judged(error) == .refused ? nil : judged(error)
    }
    let text = tomlText(of: experiment.resolved)
    do throws(InputFailure) {
      let back = try readConfiguration(text, named: "resolved", format: .toml)
      let again = try Experiment(from: back, baseDirectory: "/nowhere", defaultName: "fuzz")
      guard tomlText(of: again.resolved) == text else { return .violation("resolved twice it is another:\n\(text)") }
    } catch {
      return .violation("the resolved file is refused: \(error.diagnostics.map { $0.rendered() })\n\(text)")
    }
    return nil
  }
}

// MARK: - Messages and places

/// Refused in an orderly way: a few messages of moderate length without control characters, each at a place of its
/// text.
func judged(_ failure: InputFailure, kind: FailureKind = .configuration) -> FuzzTarget.Outcome {
  guard failure.kind == kind else { return .violation("refused as \(failure.kind)") }
  guard (1...40).contains(failure.diagnostics.count) else {
    return .violation("\(failure.diagnostics.count) messages")
  }
  for diagnostic in failure.diagnostics {
    let text = diagnostic.rendered()
    if text.contains("internal error") { return .violation(text) }
    if text.utf8.count > 4000 { return .violation("a message of \(text.utf8.count) bytes: \(text.prefix(200))") }
    if text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) }) {
      return .violation("control characters in: \(text)")
    }
    if let place = diagnostic.location, !isInside(place) {
      return .violation("\(place.line):\(place.column) lies outside of the text: \(text)")
    }
  }
  return .refused
}

private func isInside(_ place: SourceLocation) -> Bool {
  // Tables keep no lines, and an empty text has none.
  let lines = place.file.lines.isEmpty ? [""] : place.file.lines
  return (1...lines.count).contains(place.line)
    && (1...lines[place.line - 1].unicodeScalars.count + 1).contains(place.column)
}

private func misplaced(_ table: LocatedTable) -> SourceLocation? {
  if !isInside(table.location) { return table.location }
  for (key, value) in table.entries {
    if !isInside(key.location) { return key.location }
    if let place = misplaced(value) { return place }
  }
  return nil
}

private func misplaced(_ value: LocatedValue) -> SourceLocation? {
  if !isInside(value.location) { return value.location }
  switch value.content {
  case .string(let text):
    return (0..<text.text.unicodeScalars.count).lazy.map { text.location(offset: $0) }.first { !isInside($0) }
  case .array(let elements): return elements.lazy.compactMap(misplaced).first
  case .table(let table): return misplaced(table)
  default: return nil
  }
}

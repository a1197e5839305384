import Diagnostics
import Yams

/// YAML text to the same tree that TOML gives.
///
/// Yams reads the text up to its nodes (`singleRoot` of its parser, which is what `compose` calls; `load` and the typed
/// accessors trap or explode). Four things are done around it:
///
/// - Aliases never reach it: before it sees the text, every `*` becomes a character that the text does not use, so an
///   alias comes back as a plain scalar. Nothing can then grow exponentially inside Yams, not even an alias used as a
///   key. Aliases are resolved here, with limits.
/// - Scalars are typed here, by TOML's rules.
/// - Each character of a scalar gets its place (`YAMLPlaces.swift`).
/// - Keys given twice, at which Yams stops with one place, are reported with both (`composed`).
enum YAMLReader {
  /// Yams takes about 200 bytes a character of the densest text, hence less than for TOML.
  static let sizeLimit = 1_000_000
  static let aliasLimit = 32
  static let nodeLimit = 100_000
  static let errorLimit = 20

  /// Call it `withDeepStack`.
  static func read(_ text: String, file: SourceFile) throws(InputFailure) -> LocatedTable {
    var source = YAMLSource(text, file: file)
    try source.checkCharacters()
    let parsed = try composed(&source)
    guard let (root, parser) = parsed else {
      return LocatedTable(at: SourceLocation(file: file, line: 1, column: 1))
    }
    // The parser owns the anchors; the nodes only know them weakly.
    return try withExtendedLifetime(parser) { () throws(InputFailure) -> LocatedTable in
      var conversion = YAMLConversion(source: source)
      return try conversion.table(root: root)
    }
  }

  /// The root node, nil for an empty text.
  ///
  /// Where Yams stops at keys given twice, the first character of the one it names is replaced by one that the text
  /// does not use, and the text is read again; the conversion restores it and finds both places.
  private static func composed(_ source: inout YAMLSource) throws(InputFailure) -> (Node, Parser)? {
    while true {
      do {
        let parser = try Parser(yaml: source.disguised, resolver: .basic, constructor: .default, encoding: .utf8)
        return try parser.singleRoot().map { ($0, parser) }
      } catch {
        if case YamlError.duplicatedKeysInMapping(_, let context) = error,
          source.patch(line: context.mark.line, column: context.mark.column)
        {
          continue
        }
        throw failure(error, source)
      }
    }
  }

  // MARK: - Messages of Yams

  private static func failure(_ error: any Error, _ source: YAMLSource) -> InputFailure {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      let place = source.location(line: mark.line, column: mark.column)
      if problem == "but found another document" {
        return InputFailure(
          .configuration, "a configuration is one YAML document, and here a second begins", at: place,
          help: "remove the '---'")
      }
      if problem.hasPrefix("Maximum nesting level") {
        return InputFailure(.configuration, "nested deeper than \(TOMLSection.depthLimit)", at: place)
      }
      var diagnostics = [Diagnostic(.error, source.undisguised(problem), at: place, help: help(problem, source, mark))]
      if let context, (context.mark.line, context.mark.column) != (mark.line, mark.column), !context.text.isEmpty {
        let start = source.location(line: context.mark.line, column: context.mark.column)
        diagnostics.append(Diagnostic(.note, source.undisguised(context.text) + " that begins here", at: start))
      }
      return InputFailure(.configuration, diagnostics)
    case YamlError.duplicatedKeysInMapping(let names, let context):
      let place = source.location(line: context.mark.line, column: context.mark.column)
      let name = source.undisguised(names.first ?? "")
      return InputFailure(.configuration, "the key '\(brief(name))' is given twice in this table", at: place)
    default:
      return InputFailure(
        .configuration, "cannot read this as YAML: \(brief(source.undisguised("\(error)")))",
        at: SourceLocation(file: source.file, line: 1, column: 1))
    }
  }

  private static func help(_ problem: String, _ source: YAMLSource, _ mark: Mark) -> String? {
    let found = source.scalar(line: mark.line, column: mark.column)
    return switch problem {
    case "mapping values are not allowed in this context":
      "put text that contains ': ' in quotes, and give keys of one table the same indentation"
    case "found character that cannot start any token":
      found == "\t"
        ? "indent with blanks, not with tabs"
        : "put text that begins with \(found.map { "'\($0)'" } ?? "this character") in quotes"
    case "could not find expected ':'", "did not find expected key":
      "YAML writes 'key: value', one a line, keys of one table with the same indentation"
    case "found unknown escape character":
      "write \\\\ for a backslash, or put the text in single quotes"
    default: nil
    }
  }
}

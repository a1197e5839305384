package import Diagnostics
import Foundation

/// The two languages of a configuration file; both become the same tree.
package enum ConfigurationFormat: Sendable, Equatable {
  case toml, yaml

  /// By the end of the name: `.toml`, `.yaml`, `.yml`; nil for any other.
  package init?(path: String) {
    let name = path.lowercased()
    if name.hasSuffix(".toml") {
      self = .toml
    } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
      self = .yaml
    } else {
      return nil
    }
  }

  /// The language of a text without a name.
  ///
  /// TOML, unless it is wrong as TOML and right as YAML. A text that is wrong in both is taken for what its first line
  /// looks like, so that the messages fit: `key:` and `---` are YAML, everything else TOML. The few texts that are
  /// right in both, such as `x = "a: b"`, are what their author most likely meant: TOML.
  package static func detect(_ text: String) -> ConfigurationFormat {
    let format = withDeepStack { () -> Result<ConfigurationFormat?, Never> in
      let file = SourceFile(name: "", text: "")
      var scanner = TOMLScanner(withoutByteOrderMark(text), file: file)
      if (try? scanner.scan()) != nil { return .success(.toml) }
      if (try? YAMLReader.read(withoutByteOrderMark(text), file: file)) != nil { return .success(.yaml) }
      return .success(nil)
    }
    return format ?? (firstLineLooksLikeYAML(text) ? .yaml : .toml)
  }

  private static func firstLineLooksLikeYAML(_ text: String) -> Bool {
    for line in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
      let content = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      if content.isEmpty || content.first == UInt8(ascii: "#") { continue }
      if content.starts(with: "---".utf8) || content.starts(with: "%".utf8) || content.starts(with: "- ".utf8) {
        return true
      }
      let colon = content.firstIndex(of: UInt8(ascii: ":"))
      let equals = content.firstIndex(of: UInt8(ascii: "="))
      return colon.map { $0 < equals ?? content.endIndex } ?? false
    }
    return false
  }
}

/// Reads the text of a configuration.
///
/// - Throws: everything wrong with it as text, located, at most 20 errors in TOML and the first in YAML.
package func readConfiguration(
  _ text: String, named name: String, format: ConfigurationFormat
) throws(InputFailure) -> LocatedTable {
  let text = withoutByteOrderMark(text)
  let file = SourceFile(name: name, text: text)
  if let nul = text.utf8.firstIndex(of: 0) {
    throw InputFailure(
      .configuration, "the text has a NUL byte; is this a text file?", at: location(of: nul, in: text, file: file))
  }
  return try withDeepStack { () -> Result<LocatedTable, InputFailure> in
    do throws(InputFailure) {
      switch format {
      case .toml: return .success(try TOMLReader.read(text, file: file))
      case .yaml: return .success(try YAMLReader.read(text, file: file))
      }
    } catch {
      return .failure(error)
    }
  }
}

/// Reads the configuration file at `path`, or standard input where that is `-`.
///
/// The format follows from the name; where the name does not tell, and for standard input, from the text.
///
/// - Parameter standardInput: the file descriptor that `-` means.
package func readConfiguration(path: String, standardInput: Int32 = 0) throws(InputFailure) -> LocatedTable {
  let name = path == "-" ? "<stdin>" : path
  let bytes = try path == "-" ? contents(of: standardInput, name: name) : contents(path: path)
  return try readConfiguration(bytes: bytes, named: name, format: path == "-" ? nil : ConfigurationFormat(path: path))
}

/// Reads the bytes of a configuration, which must be UTF-8; without a `format` the text tells.
package func readConfiguration(
  bytes: [UInt8], named name: String, format: ConfigurationFormat?
) throws(InputFailure) -> LocatedTable {
  let text = try decoded(bytes, name: name)
  // A NUL byte is reported before the language is guessed.
  return try readConfiguration(
    text, named: name, format: format ?? (text.utf8.contains(0) ? .toml : ConfigurationFormat.detect(text)))
}

// MARK: - Bytes

private let sizeLimit = 10_000_000

private func contents(path: String) throws(InputFailure) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    let reason = errno
    throw InputFailure(
      .missingInput, "cannot read the configuration '\(path)': \(describe(reason))",
      help: reason == ENOENT ? neighbour(of: path).map { "did you mean '\($0)'?" } : nil)
  }
  defer { close(descriptor) }
  return try contents(of: descriptor, name: path)
}

/// Everything that can be read from `descriptor`; a file, a pipe or a terminal.
private func contents(of descriptor: Int32, name: String) throws(InputFailure) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count == 0 { return bytes }
    if count < 0 {
      let reason = errno
      if reason == EINTR { continue }
      throw InputFailure(.missingInput, "cannot read the configuration '\(name)': \(describe(reason))")
    }
    bytes += buffer[..<count]
    if bytes.count > sizeLimit {
      throw InputFailure(.configuration, "the configuration '\(name)' is larger than 10 MB")
    }
  }
}

private func describe(_ reason: Int32) -> String {
  switch reason {
  case ENOENT: "no such file"
  case EISDIR: "it is a folder"
  default: String(cString: strerror(reason)).lowercased()
  }
}

/// The file in the same folder whose name is nearest, `.toml` and `.yaml` added where they are missing.
private func neighbour(of path: String) -> String? {
  let slash = path.lastIndex(of: "/")
  let folder = slash.map { String(path[...$0]) } ?? ""
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
  let configurations = names.filter { ConfigurationFormat(path: $0) != nil }.sorted()
  let found =
    configurations.first {
      $0.lowercased() == name.lowercased() + ".toml" || $0.lowercased() == name.lowercased() + ".yaml"
    }
    ?? nearestName(to: name, among: configurations)
  return found.map { folder + $0 }
}

// MARK: - Characters

/// The text of `bytes`, which must be UTF-8.
private func decoded(_ bytes: [UInt8], name: String) throws(InputFailure) -> String {
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  // Behind the valid prefix stands the byte to report.
  var codec = UTF8()
  var iterator = bytes.makeIterator()
  var prefix = String.UnicodeScalarView()
  while case .scalarValue(let scalar) = codec.decode(&iterator) { prefix.append(scalar) }
  let text = String(decoding: bytes, as: UTF8.self)
  let file = SourceFile(name: name, text: withoutByteOrderMark(text))
  let before = withoutByteOrderMark(String(prefix))
  throw InputFailure(
    .configuration, "the text is not UTF-8", at: location(of: before.utf8.endIndex, in: before, file: file),
    help: "save the file in the encoding UTF-8")
}

/// A mark at the beginning says that the text is UTF-8, which it is anyway.
private func withoutByteOrderMark(_ text: String) -> String {
  text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
}

private func location(of index: String.Index, in text: String, file: SourceFile) -> SourceLocation {
  let before = text.unicodeScalars[..<index]
  let line = before.reduce(into: 1) { if $1 == "\n" { $0 += 1 } }
  let column = before.reversed().prefix { $0 != "\n" }.count + 1
  return SourceLocation(file: file, line: line, column: column)
}

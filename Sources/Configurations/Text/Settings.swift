package import Diagnostics

/// Applies `--set path=value` to the configuration.
///
/// The path is made of keys with dots between them, in quotes where they hold other characters than letters, digits,
/// `_` and `-`. An element of an array is named by its number from 0 (`optimizer.0.iterations`,
/// `optimizer[0].iterations`) or, where the elements are tables, by its `name` (`equation.burgers.weight`). Missing
/// tables are made. A later setting of the same key replaces an earlier one.
///
/// The value is a value of TOML; where it is none, it is taken as text, so that `network.activation=sin` and
/// `constants.nu=0.01/pi` need no quotes within those of the shell. A wrong array, inline table or quoted string is an
/// error and not a text, and so is what only looks like a number, boolean or date.
///
/// - Throws: a located message into a source named `--set` whose text is the setting.
package func apply(setting: String, to table: inout LocatedTable) throws(InputFailure) {
  let file = SourceFile(name: "--set", text: setting)
  if let offset = setting.unicodeScalars.firstIndex(where: { TOMLScanner.isControl($0) && $0 != "\t" && $0 != "\n" }) {
    let before = setting.unicodeScalars[..<offset]
    let column = before.reversed().prefix { $0 != "\n" }.count + 1
    let line = before.reduce(into: 1) { if $1 == "\n" { $0 += 1 } }
    throw InputFailure(
      .configuration, "a setting cannot hold control characters",
      at: SourceLocation(file: file, line: line, column: column))
  }
  var scanner = TOMLScanner(setting, file: file, endName: "the end of the setting")
  do throws(TOMLFailure) {
    let path = try scanner.settingPath()
    let start = scanner.position
    let value = try scanner.settingValue(depth: path.count)
    try confirm(value, text: scanner.text(start..<scanner.position))
    try set(path[...], to: value, in: &table, done: [])
  } catch {
    throw InputFailure(.configuration, error.diagnostics)
  }
}

/// TOMLKit's opinion on an array or inline table, which may hold anything; see `TOMLReader`.
private func confirm(_ value: LocatedValue, text: String) throws(TOMLFailure) {
  switch value.content {
  case .array, .table:
    let key = LocatedKey("value", at: value.location)
    do throws(InputFailure) {
      try TOMLReader.confirm(
        LocatedTable(entries: [(key, value)], at: value.location),
        text: "value = " + text.drop { $0 == "\n" || $0 == " " || $0 == "\t" })
    } catch {
      var failure = TOMLFailure("", at: value.location)
      failure.diagnostics = error.diagnostics
      throw failure
    }
  default: break
  }
}

// MARK: - Reading

extension TOMLScanner {
  /// `a.b[0]."c d"`, and the `=` behind it.
  fileprivate mutating func settingPath() throws(TOMLFailure) -> [LocatedKey] {
    var path = try keyPath()
    while current == "[" {
      let start = position
      advance()
      let digits = position
      while let scalar = current, ("0"..."9").contains(scalar) { advance() }
      let name = text(digits..<position)
      guard position > digits, current == "]" else {
        throw TOMLFailure(
          "expected the number of an element in '[…]', found \(found)", at: here,
          help: "elements are numbered from 0, as in optimizer[0].iterations")
      }
      advance()
      path.append(LocatedKey(name, at: location(at: start, length: position - start)))
      if current == "." {
        advance()
        path += try keyPath()
      }
      skipBlanks()
    }
    guard current == "=" else {
      throw TOMLFailure(
        "expected '=' after '\(dotted(path))', found \(found)", at: here,
        help: "a setting is written key=value, as in --set network.activation=sin")
    }
    if path.count > TOMLSection.depthLimit { throw .tooDeep(at: path[TOMLSection.depthLimit].location) }
    advance()
    return path
  }

  fileprivate mutating func settingValue(depth: Int) throws(TOMLFailure) -> LocatedValue {
    while skipSettingBlanks() {}
    var end = scalars.count
    while end > position, [" ", "\t", "\n"].contains(scalars[end - 1]) { end -= 1 }
    let start = position
    guard let first = current, start < end else {
      throw TOMLFailure(
        "expected a value after '=', found \(endName)", at: here, help: "an empty text is written '\"\"'")
    }
    if "[{\"'".unicodeScalars.contains(first) {
      let value = try value(after: "after '='", depth: depth)
      while skipSettingBlanks() {}
      if current != nil {
        throw TOMLFailure("expected the end of the setting after the value, found \(found)", at: here)
      }
      return value
    }
    var builder = LocatedTextBuilder(line: line, column: position - lineStart + 1)
    while position < end {
      let place = (line: line, column: position - lineStart + 1, scalar: scalars[position])
      if !newline() { advance() }
      builder.append(place.scalar, line: place.line, column: place.column)
    }
    let text = builder.finished(file: file)
    let whole = text.location
    switch BareScalar(text.text) {
    case .integer(let value): return LocatedValue(.integer(value), at: whole)
    case .float(let value): return LocatedValue(.float(value), at: whole)
    case .boolean(let value): return LocatedValue(.boolean(value), at: whole)
    case .refused(let message, let help): throw TOMLFailure(message, at: whole, help: help)
    case .text: return LocatedValue(.string(text), at: whole)
    }
  }

  private mutating func skipSettingBlanks() -> Bool {
    let start = position
    skipBlanks()
    _ = newline()
    return position > start
  }
}

// MARK: - Setting

/// Puts `value` at `path` below `table`; `done` is the path to `table`. Not deeper than the path.
private func set(
  _ path: ArraySlice<LocatedKey>, to value: LocatedValue, in table: inout LocatedTable, done: [LocatedKey]
) throws(TOMLFailure) {
  guard let key = path.first else { return }
  let rest = path.dropFirst()
  if let index = table.entries.firstIndex(where: { $0.key.name == key.name }) {
    if rest.isEmpty { table.entries[index].key = key }
    try set(rest, to: value, in: &table.entries[index].value, done: done + [key])
  } else {
    var entry = LocatedValue(.table(LocatedTable(at: key.location)), at: key.location)
    try set(rest, to: value, in: &entry, done: done + [key])
    table.entries.append((key, entry))
  }
}

private func set(
  _ path: ArraySlice<LocatedKey>, to value: LocatedValue, in target: inout LocatedValue, done: [LocatedKey]
) throws(TOMLFailure) {
  guard let key = path.first else {
    target = value
    return
  }
  switch target.content {
  case .table(var table):
    try set(path, to: value, in: &table, done: done)
    target.content = .table(table)
  case .array(var elements):
    let index = try elementIndex(key, of: elements, name: dotted(done))
    try set(path.dropFirst(), to: value, in: &elements[index], done: done + [key])
    target.content = .array(elements)
  default:
    throw TOMLFailure(
      "'\(dotted(done))' is \(target.kindName), so it has no key '\(dotted([key]))'", at: key.location)
  }
}

/// The element of the array `name` that `key` means: its number from 0, or the `name` of a table.
private func elementIndex(
  _ key: LocatedKey, of elements: [LocatedValue], name: String
) throws(TOMLFailure) -> Int {
  let names = elements.map { element -> String? in
    guard case .table(let table) = element.content, case .string(let name)? = table["name"]?.content else { return nil }
    return name.text
  }
  let named = names.indices.filter { names[$0] == key.name }
  if named.count > 1 {
    throw TOMLFailure(
      "\(named.count) elements of '\(name)' have the name '\(brief(key.name))'", at: key.location,
      help: "give the number of the element: \(brief(named.map(String.init).joined(separator: " or ")))")
  }
  if let index = named.first { return index }
  let count = elements.count == 1 ? "1 element" : "\(elements.count) elements"
  guard !key.name.isEmpty, key.name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
    let known = names.compactMap { $0 }
    let orName = known.isEmpty ? "" : ", or its name: \(brief(known.joined(separator: ", ")))"
    let help =
      nearestName(to: key.name, among: known).map { "did you mean '\($0)'?" }
      ?? "give the number of the element, counted from 0\(orName)"
    throw TOMLFailure(
      "'\(name)' is an array of \(count), and none has the name '\(brief(key.name))'", at: key.location, help: help)
  }
  guard let index = Int(key.name), elements.indices.contains(index) else {
    throw TOMLFailure(
      "there is no element \(brief(key.name)) in '\(name)', which has \(count)", at: key.location,
      help: elements.isEmpty ? nil : "elements are numbered from 0 to \(elements.count - 1)")
  }
  return index
}

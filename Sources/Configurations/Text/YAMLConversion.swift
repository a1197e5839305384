import Diagnostics
import Yams

/// Turns the nodes of Yams into located values: types scalars, resolves aliases, refuses what a configuration cannot
/// hold.
///
/// Up to 20 errors are collected; a wrong value is replaced by an empty text to go on.
struct YAMLConversion {
  private let source: YAMLSource
  private var diagnostics: [Diagnostic] = []
  private var errorCount = 0
  private var anchors: [String: Converted] = [:]
  /// Anchors of the nodes around the current one.
  private var openAnchors: Set<String> = []
  private var aliasCount = 0
  private var nodeCount = 0

  private struct Converted {
    var value: LocatedValue
    /// How many nodes it is made of, aliases expanded.
    var size: Int
    /// How many levels it has below itself.
    var height: Int
  }

  init(source: YAMLSource) { self.source = source }

  mutating func table(root: Node) throws(InputFailure) -> LocatedTable {
    let value = try convert(root, key: nil, depth: 0).value
    if !diagnostics.isEmpty { throw InputFailure(.configuration, diagnostics) }
    guard case .table(let table) = value.content else {
      throw InputFailure(
        .configuration, "the top of a configuration must be keys with values, found \(value.kindName)",
        at: value.location, help: "write 'key: value' on each line")
    }
    return table
  }

  // MARK: - Nodes

  private mutating func convert(_ node: Node, key: LocatedKey?, depth: Int) throws(InputFailure) -> Converted {
    let start = source.contentStart(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    let place = location(start.line, start.column)
    nodeCount += 1
    if nodeCount > YAMLReader.nodeLimit { throw fatal("more than \(YAMLReader.nodeLimit) values", at: place) }
    if depth > TOMLSection.depthLimit { throw fatal("nested deeper than \(TOMLSection.depthLimit)", at: place) }
    if let tag = start.tag {
      try report(
        "tags such as '!!int' are not used in a configuration", at: tag,
        help: "remove it; what a value is follows from how it is written")
    }
    let anchor = node.anchor?.rawValue
    if let anchor { openAnchors.insert(anchor) }
    var result: Converted
    switch node {
    case .scalar(let scalar): result = try convert(scalar, start: start, key: key, depth: depth)
    case .sequence(let sequence):
      result = Converted(value: LocatedValue(.array([]), at: place), size: 1, height: 0)
      var elements: [LocatedValue] = []
      for element in sequence {
        let converted = try convert(element, key: nil, depth: depth + 1)
        elements.append(converted.value)
        result.size += converted.size
        result.height = max(result.height, converted.height + 1)
      }
      result.value.content = .array(elements)
    case .mapping(let mapping): result = try convert(mapping, at: place, depth: depth)
    case .alias:
      // Yams makes these for its encoder only.
      throw fatal("internal error: an alias among the nodes", at: place)
    }
    if let anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = result
    }
    return result
  }

  private mutating func convert(
    _ mapping: Node.Mapping, at place: SourceLocation, depth: Int
  ) throws(InputFailure) -> Converted {
    var table = LocatedTable(at: place)
    var result = Converted(value: LocatedValue(.table(table), at: place), size: 1, height: 0)
    var firstPlaces: [String: SourceLocation] = [:]
    for (keyNode, valueNode) in mapping {
      let key = try convertKey(keyNode)
      let converted = try convert(valueNode, key: key, depth: depth + 1)
      result.size += converted.size
      result.height = max(result.height, converted.height + 1)
      guard let key else { continue }
      if let first = firstPlaces[key.name] {
        try report("the key '\(dotted([key]))' is already defined", at: key.location, first: first)
        continue
      }
      firstPlaces[key.name] = key.location
      table.entries.append((key, converted.value))
    }
    result.value.content = .table(table)
    return result
  }

  /// The key, or nil after reporting why it is none.
  private mutating func convertKey(_ node: Node) throws(InputFailure) -> LocatedKey? {
    let start = source.contentStart(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    let place = location(start.line, start.column)
    guard case .scalar(let scalar) = node else {
      try report("a key must be text, found \(node.isSequence ? "an array" : "a table")", at: place)
      return nil
    }
    if let tag = start.tag {
      try report("tags such as '!!int' are not used in a configuration", at: tag, help: "remove it")
    }
    let patched = scalar.style == .plain ? start.column : start.column + 1
    let name = source.key(scalar.string, line: start.line, column: patched)
    let text = source.locate(name, style: scalar.style, line: start.line, column: start.column)
    let whole = location(start.line, start.column, length: text.length)
    if let anchor = scalar.anchor {
      anchors[anchor.rawValue] = Converted(value: LocatedValue(.string(text.text), at: whole), size: 1, height: 0)
    }
    if scalar.style == .plain {
      if scalar.string.unicodeScalars.first == source.aliasMark {
        try report("an alias cannot be a key", at: whole, help: "write the key itself")
        return nil
      }
      if name == "<<" {
        try report("merge keys '<<' are not used in a configuration", at: whole, help: "write the keys out")
        return nil
      }
      if name.isEmpty {
        try report("expected a key", at: place)
        return nil
      }
    }
    if name.unicodeScalars.contains("\0") {
      try report("a configuration cannot hold the character U+0000", at: whole)
      return nil
    }
    return LocatedKey(name, at: whole)
  }

  // MARK: - Scalars

  private mutating func convert(
    _ scalar: Node.Scalar, start: YAMLSource.ContentStart, key: LocatedKey?, depth: Int
  ) throws(InputFailure) -> Converted {
    let string = source.undisguised(scalar.string)
    let text = source.locate(string, style: scalar.style, line: start.line, column: start.column)
    let whole = location(start.line, start.column, length: text.length)
    var content = LocatedValue.Content.string(text.text)
    if scalar.style == .plain {
      if scalar.string.unicodeScalars.first == source.aliasMark {
        return try alias(String(string.dropFirst()), at: whole, depth: depth)
      }
      if string.isEmpty {
        try report(
          key.map { "the key '\(dotted([$0]))' has no value" } ?? "expected a value", at: key?.location ?? whole,
          help: "write {} for a table without keys, \"\" for an empty text")
      } else {
        switch BareScalar(string) {
        case .integer(let value): content = .integer(value)
        case .float(let value): content = .float(value)
        case .boolean(let value): content = .boolean(value)
        case .refused(let message, let help): try report(message, at: whole, help: help)
        case .text: break
        }
      }
    } else if string.unicodeScalars.contains("\0") {
      try report("a configuration cannot hold the character U+0000", at: whole)
    }
    return Converted(value: LocatedValue(content, at: whole), size: 1, height: 0)
  }

  private mutating func alias(_ name: String, at place: SourceLocation, depth: Int) throws(InputFailure) -> Converted {
    let empty = Converted(
      value: LocatedValue(.string(LocatedText("", file: source.file, segments: [])), at: place), size: 1, height: 0)
    aliasCount += 1
    if aliasCount > YAMLReader.aliasLimit { throw fatal("more than \(YAMLReader.aliasLimit) aliases", at: place) }
    guard !name.isEmpty, name.unicodeScalars.allSatisfy(TOMLScanner.isBareKey) else {
      try report(
        "'*\(brief(name))' is not an alias", at: place,
        help: "put text that begins with '*' in quotes: \(quoted("*" + name))")
      return empty
    }
    if openAnchors.contains(name) {
      try report("the alias '*\(brief(name))' stands inside the value that it refers to", at: place)
      return empty
    }
    guard let target = anchors[name] else {
      let nearest = nearestName(to: name, among: anchors.keys.sorted())
      try report(
        "no anchor '&\(brief(name))' stands before the alias '*\(brief(name))'", at: place,
        help: nearest.map { "did you mean '*\(brief($0))'?" } ?? "put text that begins with '*' in quotes")
      return empty
    }
    nodeCount += target.size - 1
    if nodeCount > YAMLReader.nodeLimit {
      throw fatal("more than \(YAMLReader.nodeLimit) values, counting aliases as often as they are used", at: place)
    }
    if depth + target.height > TOMLSection.depthLimit {
      throw fatal("nested deeper than \(TOMLSection.depthLimit)", at: place)
    }
    return target
  }

  // MARK: - Errors

  private func location(_ line: Int, _ column: Int, length: Int = 1) -> SourceLocation {
    SourceLocation(file: source.file, line: line, column: column, length: length)
  }

  private mutating func report(
    _ message: String, at place: SourceLocation, first: SourceLocation? = nil, help: String? = nil
  ) throws(InputFailure) {
    diagnostics.append(Diagnostic(.error, message, at: place, help: help))
    if let first { diagnostics.append(Diagnostic(.note, "the first one is here", at: first)) }
    errorCount += 1
    if errorCount == YAMLReader.errorLimit { throw InputFailure(.configuration, diagnostics) }
  }

  /// An error after which it makes no sense to go on, together with those before it.
  private func fatal(_ message: String, at place: SourceLocation) -> InputFailure {
    InputFailure(.configuration, diagnostics + [Diagnostic(.error, message, at: place)])
  }
}

extension Node {
  fileprivate var isSequence: Bool {
    if case .sequence = self { true } else { false }
  }
}

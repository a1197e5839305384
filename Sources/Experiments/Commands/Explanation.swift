package import Configurations
package import Diagnostics
import Expressions

/// What a name means: a key of the experiment file, or something that a key or an expression may name.
package enum Explanation: Sendable {
  case key(PlacedKey)
  /// An entry of a catalogue, with the keys that may be set to it.
  case entry(Catalogue, name: String, summary: String, choiceOf: [PlacedKey])
  /// A word that means something to some keys only.
  case word(String, choiceOf: [PlacedKey])
  case constant(name: String, value: Double)

  /// Everything that a name means, most likely first.
  ///
  /// A name that is a key and at the same time the end of other paths, as `unknowns` is, means the first; the others
  /// are in `seeAlso`.
  ///
  /// - Throws: `.usage` with the nearest name where it means nothing.
  package static func of(_ name: String) throws(InputFailure) -> (found: [Explanation], seeAlso: [PlacedKey]) {
    var keys = PlacedKey.named(name)
    var seeAlso: [PlacedKey] = []
    if let first = keys.first, keys.count > 1, PlacedKey.all.contains(where: { $0.path == name }) {
      seeAlso = Array(keys.dropFirst())
      keys = [first]
    }
    let choices = PlacedKey.all.filter { $0.words.contains(name) }
    var found: [Explanation] = keys.map { .key($0) }
    for catalogue in Catalogue.all {
      for entry in catalogue.entries where Explanation.name(of: entry.name) == name {
        found.append(
          .entry(
            catalogue, name: entry.name, summary: entry.summary,
            choiceOf: choices.filter { catalogue.describes($0) }))
      }
    }
    let others = choices.filter { key in !Catalogue.all.contains { $0.describes(key) } }
    if !others.isEmpty { found.append(.word(name, choiceOf: others)) }
    for constant in builtInConstants where constant.name == name {
      found.append(.constant(name: constant.name, value: constant.value))
    }
    if found.isEmpty { throw InputFailure(.usage, "there is nothing called '\(name)' to explain", help: help(name)) }
    return (found, seeAlso)
  }

  /// The name in an entry of a catalogue, which for a function is a whole call.
  private static func name(of entry: String) -> String { String(entry.prefix { $0 != "(" }) }

  private static func help(_ name: String) -> String {
    let paths = PlacedKey.all.map(\.path)
    var others = PlacedKey.all.map(\.key.name)
    others += Catalogue.all.flatMap { $0.entries.map { Explanation.name(of: $0.name) } }
    others += PlacedKey.all.flatMap(\.words) + builtInConstants.map(\.name)
    let candidates = name.contains(".") ? paths : paths + others
    if let near = nearestName(to: name, among: candidates) { return "did you mean '\(near)'?" }
    // The longest beginning that is a section tells its keys.
    var parts = name.split(separator: ".")
    while parts.count > 1 {
      parts.removeLast()
      let beginning = parts.joined(separator: ".")
      guard let section = PlacedKey.named(beginning).first(where: { $0.path == beginning })?.inner else { continue }
      return "keys of \(beginning) are \(section.keys.map(\.name).joined(separator: ", "))"
    }
    return "pinn explain lists the sections of the experiment file, pinn list what may be named in them"
  }
}

extension Catalogue {
  /// Whether the words that a key may be are entries of this catalogue.
  package func describes(_ key: PlacedKey) -> Bool {
    let names = entries.map(\.name)
    return !key.words.isEmpty && key.words.allSatisfy(names.contains)
  }

  /// The catalogue that says what the words of a key mean; nil where there is none.
  package static func describing(_ key: PlacedKey) -> Catalogue? { all.first { $0.describes(key) } }
}

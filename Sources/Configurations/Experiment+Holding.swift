package import Diagnostics

extension Experiment {
  /// The experiment in which only the named unknowns are estimated; the others become constants.
  ///
  /// - Returns: also a sentence for each unknown that is held, with the value and where it comes from.
  /// - Throws: names that are no unknowns, kind `.usage`.
  package func estimating(
    only names: [String], baseDirectory: String
  ) throws(InputFailure) -> (experiment: Experiment, notes: [String]) {
    let all = unknowns.map(\.baseName).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    for name in names where !all.contains(name) {
      let near = nearestName(to: name, among: all)
      throw InputFailure(
        .usage, "there is no unknown '\(name)' in [unknowns]",
        help: near.map { "did you mean '\($0)'?" }
          ?? (all.isEmpty ? "the file has no [unknowns]" : "unknowns are \(all.joined(separator: ", "))"))
    }
    var tree = resolved
    var entries = tree.table("unknowns")
    var constants = tree.table("constants")
    var requirements = tree.table("require")
    var notes: [String] = []
    for name in all where !names.contains(name) {
      let members = unknowns.filter { $0.baseName == name }
      guard let unknown = members.first else { continue }
      let (value, origin) = unknown.held
      guard members.allSatisfy({ $0.held.value == value }) else {
        throw InputFailure(
          .configuration, "unknown '\(name)' cannot be held: its true values differ from group to group",
          at: entries[name].flatMap { $0.locationOfKey("true") },
          help: "give it one value to be held at, fixed = \(value), or estimate it too")
      }
      notes.append("\(name) is held at \(value), \(origin)")
      if let key = entries.key(name) {
        var constant = LocatedTable(at: key.location)
        constant.set("value", .float(value))
        if let unit = entries[name].flatMap({ $0.textOfKey("unit") }) { constant.set("unit", .string(unit)) }
        constants.entries.append((key, LocatedValue(.table(constant), at: key.location)))
      }
      entries.entries.removeAll { $0.key.name == name }
      // What is not estimated has no error that could be required.
      requirements.entries.removeAll {
        $0.key.name == "rel_error_\(name)" || $0.key.name.hasPrefix("rel_error_\(name)[")
      }
    }
    tree.set("unknowns", .table(entries))
    tree.set("constants", .table(constants))
    tree.set("require", .table(requirements))
    return (try Experiment(from: tree, baseDirectory: baseDirectory, defaultName: name), notes)
  }
}

extension Experiment {
  /// The tree of a member of its ensemble, but for the seed: rows of data drawn again, and no requirements, which speak of the
  /// estimate alone.
  package var treeOfMember: LocatedTable {
    var tree = resolved
    tree.set("bootstrap", .boolean(true))
    tree.set("require", .table(LocatedTable(at: tree.location)))
    return tree
  }
}

extension LocatedValue {
  fileprivate func locationOfKey(_ name: String) -> SourceLocation? {
    guard case .table(let table) = content else { return nil }
    return table[name]?.location
  }

  fileprivate func textOfKey(_ name: String) -> LocatedText? {
    guard case .table(let table) = content else { return nil }
    return table.textIfPresent(name)
  }
}

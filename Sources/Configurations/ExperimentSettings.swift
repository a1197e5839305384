package import Diagnostics

/// Applies a `--set` to the tree of an experiment.
///
/// What the file leaves to shorthands and defaults can still be reached into: `sampling.interior.resample=100` works
/// beside `interior = 5000`, and `optimizer.1.iterations=10` changes the phases that stand in for missing ones.
package func applyToExperiment(setting: String, _ tree: inout LocatedTable) throws(InputFailure) {
  let path = setting.prefix { $0 != "=" }.split(separator: ".").map { $0.trimmingBlanks }
  if path.first?.hasPrefix("optimizer") == true, tree["optimizer"] == nil,
    path[0].hasPrefix("optimizer[") || path.count > 1 && Int(path[1]) != nil
  {
    tree.set("optimizer", .array(tree.defaultPhases))
  }
  var changed = tree
  changed.expandShorthands(along: path[...], ExperimentSchema.root)
  try apply(setting: setting, to: &changed)
  tree = changed
}

extension LocatedTable {
  /// Turns each value on the way to a key that is a shorthand for a table into that table.
  fileprivate mutating func expandShorthands(along path: ArraySlice<String>, _ schema: SectionSchema) {
    guard let name = path.first, let key = schema.key(name) else { return }
    edit(name) { value in value.expandShorthands(along: path.dropFirst(), key.type) }
  }

  fileprivate mutating func edit(_ name: String, _ change: (inout LocatedValue) -> Void) {
    guard let place = entries.firstIndex(where: { $0.key.name == name }) else { return }
    change(&entries[place].value)
  }
}

extension LocatedValue {
  fileprivate mutating func expandShorthands(along path: ArraySlice<String>, _ type: ValueType) {
    guard let next = path.first else { return }
    switch (type, content) {
    case (.section(let schema, _), .table(var table)):
      table.expandShorthands(along: path, schema)
      content = .table(table)
    case (.section(let schema, let shorthand?), _):
      var table = LocatedTable(at: location)
      table.entries.append((LocatedKey(shorthand, at: location), self))
      table.expandShorthands(along: path, schema)
      content = .table(table)
    case (.map(let element), .table(var table)):
      table.edit(next) { $0.expandShorthands(along: path.dropFirst(), element) }
      content = .table(table)
    case (.list(let element, _, _), .array(var values)):
      for place in values.indices { values[place].expandShorthands(along: path.dropFirst(), element) }
      content = .array(values)
    default: break
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

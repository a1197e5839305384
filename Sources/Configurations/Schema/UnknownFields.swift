import Diagnostics
import Expressions

extension LocatedTable {
  /// Writes unknowns that are functions, `D = { field = ["x", "y"], … }`, as what they stand for: a network, a field with
  /// bounds by its transform, a condition for known boundary values, penalties for smoothness.
  ///
  /// - Throws: keys of functions on an unknown that is a number.
  mutating func expandUnknownFields() throws(InputFailure) {
    var problems: [Diagnostic] = []
    for (key, table) in tableEntries("unknowns") {
      if let field = table["field"] {
        if self["fields"] == nil { fillFields() }
        expand(key, table, field)
      } else {
        for name in ["form", "boundary", "smooth", "network"] where table[name] != nil {
          problems.append(
            Diagnostic(
              .error, "'\(name)' is for unknown functions, and '\(key.name)' is a number",
              at: table.key(name)?.location,
              help: "say what it depends on: field = [\"x\", \"y\"]"))
        }
      }
    }
    guard problems.isEmpty else { throw InputFailure(.configuration, problems) }
  }

  private mutating func expand(_ key: LocatedKey, _ unknown: LocatedTable, _ variables: LocatedValue) {
    let place = key.location
    func text(_ text: String) -> LocatedValue {
      LocatedValue(.string(LocatedText(text, named: "<unknown>")), at: place)
    }
    edit("unknowns") { $0.entries.removeAll { $0.key.name == key.name } }
    var network = unknown.tableIfPresent("network") ?? LocatedTable(at: place)
    network.setDefault("hidden", .array([20, 20].map { LocatedValue(.integer($0), at: place) }))
    network.set("inputs", variables.content)
    network.set("outputs", .array([text(key.name)]))
    var field = LocatedTable(at: place)
    field.entries.append(
      (LocatedKey("expr", at: place), unknown["form"] ?? text(LocatedTable.form(unknown))))
    for name in ["unit", "per"] {
      guard let value = unknown[name] else { continue }
      field.set(name, value.content)
      if name == "per" { network.set(name, value.content) }
    }
    append(to: "networks", key, network)
    append(to: "fields", key, field)
    if let value = unknown["boundary"], case .string(let known) = value.content {
      appendToList(
        "condition", at: place,
        [
          ("name", text("\(key.name)_boundary")), ("at", text("boundary")),
          ("expr", text("\(key.name) = \(known.text)")),
        ])
    }
    guard let smooth = unknown.tableIfPresent("smooth") else { return }
    let names = (unknown.textsIfPresent("field") ?? []).map(\.text)
    func penalty(_ name: String, _ expression: String, weight: Double) {
      appendToList(
        "equation", at: place, [("name", text(name)), ("expr", text(expression)), ("role", text("penalty"))])
      edit("loss") { loss in
        loss.edit("weights") { $0.setDefault(name, .float(weight)) }
      }
    }
    if let weight = smooth.numberIfPresent("h1") {
      for name in names { penalty("\(key.name)_h1_\(name)", "d(\(key.name), \(name))", weight: weight) }
    }
    if let weight = smooth.numberIfPresent("tv") {
      let squares = names.map { "d(\(key.name), \($0))^2" }.joined(separator: " + ")
      penalty("\(key.name)_tv", "(\(squares) + \(smooth.number("edge"))^2)^(1/4)", weight: weight)
    }
  }

  /// The transform that keeps the bounds; where N = 0 it is the guess, or the middle where the guess lies outside.
  private static func form(_ unknown: LocatedTable) -> String {
    let (guess, lower, upper) = (
      unknown.number("guess"), unknown.numberIfPresent("min"), unknown.numberIfPresent("max")
    )
    let isPositive = (lower ?? -1) > 0 || unknown.word("scale") == "log"
    switch (lower, upper) {
    case (let a?, let b?) where a > 0:
      return "\(a)*\(b / a)^sigmoid(N)"
    case (let a?, let b?): return "\(a) + \(b - a)*sigmoid(N)"
    case (let a?, nil) where guess > a: return "\(a) + \(guess - a)*exp(N)"
    case (let a?, nil): return "\(a) + exp(N)"
    case (nil, let b?): return guess < b ? "\(b) - \(b - guess)*exp(N)" : "\(b) - exp(N)"
    case (nil, nil): return isPositive && guess > 0 ? "\(guess)*exp(N)" : "\(guess) + N"
    }
  }

  private mutating func append(to section: String, _ key: LocatedKey, _ table: LocatedTable) {
    setDefault(section, .table(LocatedTable(at: key.location)))
    edit(section) { $0.entries.append((key, LocatedValue(.table(table), at: key.location))) }
  }

  private mutating func appendToList(
    _ list: String, at place: SourceLocation, _ entries: [(name: String, value: LocatedValue)]
  ) {
    var values = listIfPresent(list) ?? []
    var table = LocatedTable(at: place)
    for entry in entries { table.entries.append((LocatedKey(entry.name, at: place), entry.value)) }
    values.append(LocatedValue(.table(table), at: place))
    set(list, .array(values))
  }
}

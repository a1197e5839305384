import Configurations
import Diagnostics

extension Experiment {
  /// The experiment with its data alone: what the fields are fitted with before any equation is known.
  func withoutLibraries() throws(InputFailure) -> Experiment {
    var tree = resolved
    // What is required is required of the end.
    tree.entries.removeAll { ["library", "discovery", "require"].contains($0.key.name) }
    return try Experiment(from: tree, baseDirectory: "/", defaultName: name)
  }

  /// Names for the coefficients of equations, c1, c2, … or the like, that mean nothing else.
  func coefficientNames(_ equations: [DiscoveredEquation]) throws(InputFailure) -> [[String]] {
    let count = equations.reduce(0) { $0 + $1.kept.count }
    let taken = Set(
      variables.map(\.name) + fields.map(\.baseName) + constants.map(\.name) + unknowns.map(\.baseName)
        + definitions.map(\.name.name) + groups.map(\.name.name)
        + coefficients.flatMap { $0.names.map(\.name.name) } + namedNetworks.flatMap { $0.outputs.map(\.text) }
        + termNames)
    guard
      let letter = ["c", "k", "b", "q", "coefficient", "discovered"].first(where: { letter in
        (0..<max(1, count)).allSatisfy { !taken.contains("\(letter)\($0 + 1)") }
      })
    else {
      throw InputFailure(.configuration, "no names are left for the coefficients of the equations found")
    }
    var next = 0
    return equations.map { equation in
      equation.kept.map { _ in
        next += 1
        return "\(letter)\(next)"
      }
    }
  }

  /// The experiment in which the equations found take the place of the libraries, with their coefficients as unknowns.
  func holding(_ equations: [DiscoveredEquation], names: [[String]]) throws(InputFailure) -> Experiment {
    var tree = resolved
    tree.entries.removeAll { ["library", "discovery"].contains($0.key.name) }
    for (place, entry) in tree.entries.enumerated() {
      switch (entry.key.name, entry.value.content) {
      case ("unknowns", .table(var unknowns)):
        for (equation, own) in zip(equations, names) {
          for (name, term) in zip(own, equation.kept) {
            let value = LocatedValue(.float(term.coefficient), at: entry.value.location)
            unknowns.entries.append(
              (
                LocatedKey(name, at: entry.value.location),
                LocatedValue(
                  .table(
                    LocatedTable(
                      entries: [(LocatedKey("guess", at: entry.value.location), value)], at: entry.value.location)),
                  at: entry.value.location)
              ))
          }
        }
        tree.entries[place].value.content = .table(unknowns)
      case ("equation", .array(var list)):
        for (equation, own) in zip(equations, names) {
          let text = LocatedText(equation.text(names: own), named: "<discovered>")
          let key = LocatedKey("expr", at: entry.value.location)
          list.append(
            LocatedValue(
              .table(
                LocatedTable(
                  entries: [(key, LocatedValue(.string(text), at: entry.value.location))], at: entry.value.location)),
              at: entry.value.location))
        }
        tree.entries[place].value.content = .array(list)
      default: break
      }
    }
    return try Experiment(from: tree, baseDirectory: "/", defaultName: name)
  }
}

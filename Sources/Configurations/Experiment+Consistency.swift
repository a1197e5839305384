import Diagnostics
import Training

extension Experiment {
  /// What is wrong between keys that are each well formed, as far as it can be told without parsing expressions.
  func consistencyProblems(_ root: LocatedTable) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    func report(_ message: String, at location: SourceLocation?, help: String? = nil) {
      problems.append(Diagnostic(.error, message, at: location, help: help))
    }
    for (key, table) in root.tableEntries("variables") {
      let ends = table.list("range").compactMap { value -> Double? in
        if case .float(let number) = value.content { number } else { nil }
      }
      if ends.count == 2, ends[0] >= ends[1] {
        report(
          "range of variable '\(key.name)' must ascend, found [\(ends[0]), \(ends[1])]",
          at: table["range"]?.location)
      } else if ends.count == 2, !(ends[1] - ends[0]).isFinite {
        report("range of variable '\(key.name)' is too wide", at: table["range"]?.location)
      }
    }
    if variables.isEmpty { report("[variables] names no variable", at: root.table("variables").location) }
    if variables.count > 254 {
      report("[variables] names \(variables.count) variables, at most 254 are supported", at: root.location)
    }
    if variables.filter(\.isTime).count > 1 {
      report("more than one variable is time", at: root.table("variables").location)
    }
    if fields.isEmpty { report("[fields] names no field", at: root.table("fields").location) }
    checkNames(root, report)
    checkNetworks(root, report)
    checkGroups(root, report)
    checkUnknowns(root, report)
    checkTerms(root, report)
    checkArchitecture(network, root.table("network"), variables.map(\.name), "a variable", report)
    for (network, entry) in zip(namedNetworks, root.tableEntries("networks")) {
      checkArchitecture(
        network.settings, entry.table, network.inputs.map(\.text), "an input of network '\(network.name.name)'", report)
    }
    checkEnergies(root, report)
    checkSlabs(root, report)
    checkNoise(root, report)
    checkPointWeights(root, report)
    checkConstraints(root, report)
    for (reference, table) in zip(references, root.tables("reference"))
    where (reference.file == nil) == (reference.expressions == nil) {
      report("[[reference]] needs either 'file' or 'expr'", at: table.location)
    }
    for section in ["coefficients", "data"] {
      for table in root.tables(section) where (table["file"] == nil) == (table["inline"] == nil) {
        report("[[\(section)]] needs either 'file' or 'inline'", at: table.location)
      }
    }
    for table in root.tables("metric") {
      if table["file"] != nil, table["inline"] != nil {
        report("[[metric]] has both 'file' and 'inline'", at: table.location)
      }
      if let place = table["at"], table["file"] != nil || table["inline"] != nil {
        report("the points of a metric are rows or those of places, not both", at: place.location)
      }
    }
    if let table = root.tableIfPresent("rollout"), (table["from"] == nil) == (table["inline"] == nil) {
      report("[rollout] needs either 'from' or 'inline'", at: table.location)
    }
    checkConditions(root, report)
    checkLibraries(root, report)
    checkTables(root, report)
    let grid = root.table("output").table("grid")
    for key in grid.entries.map(\.key) where !variables.contains(where: { $0.name == key.name }) {
      let near = nearestName(to: key.name, among: variables.map(\.name))
      report(
        "'\(key.name)' in the output grid is not a variable", at: key.location,
        help: near.map { "did you mean '\($0)'?" })
    }
    let rows = self.grid.reduce(1.0) { $0 * Double($1) }
    if rows > Experiment.mostGridPoints {
      report(
        "the output grid has \(rows) points, at most \(Experiment.mostGridPoints) are supported", at: grid.location)
    }
    return problems
  }

  private static let mostGridPoints = 1e8

  /// Keys of a condition that make no sense without, or together with, others.
  private func checkConditions(_ root: LocatedTable, _ report: Report) {
    for table in root.tables("condition") {
      let source = table["file"] ?? table["inline"]
      let isPeriodic = (table.textsIfPresent("at") ?? []).contains { $0.text.contains(":") }
      if table["file"] != nil, table["inline"] != nil {
        report("[[condition]] has both 'file' and 'inline'", table.location, nil)
      }
      if let source {
        for key in ["points", "method"] where table[key] != nil {
          report("'\(key)' has no meaning for a condition whose points are rows", table[key]?.location, nil)
        }
        if table.word("enforce") == "hard" {
          report(
            "a condition at the rows of a file cannot be built in", source.location, "leave out enforce = \"hard\"")
        }
        if isPeriodic { report("a periodic condition takes no rows of a file", source.location, nil) }
      } else {
        let columns = table.table("columns")
        for (key, location) in [
          ("where", table["where"]?.location), ("columns", columns.entries.isEmpty ? nil : table["columns"]?.location),
        ] where location != nil {
          report("'\(key)' needs rows to choose from", location, "name a 'file' or give the rows 'inline'")
        }
      }
      if let order = table["order"] {
        if !isPeriodic {
          report("'order' is for periodic conditions", order.location, "write at = \"x: periodic\", say")
        } else if table["expr"] != nil {
          report("'order' and 'expr' both say what agrees on both sides", order.location, "give one of them")
        }
      }
    }
  }

  /// Columns are given for names that are there, and rows from first to last.
  private func checkTables(_ root: LocatedTable, _ report: Report) {
    for key in root.tables("coefficients").flatMap({ $0.table("columns").entries.map(\.key) })
    where !variables.contains(where: { $0.name == key.name }) {
      let near = nearestName(to: key.name, among: variables.map(\.name))
      report(
        "'\(key.name)' in 'columns' is not a variable", key.location,
        near.map { "did you mean '\($0)'?" } ?? "the columns of coefficients are named in 'as'")
    }
    // A column may be that of a single group's field, "S[2]".
    let own = fields.filter { $0.group != nil }.map(\.name.name)
    let shared = fields.map(\.baseName).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let names = variables.map(\.name) + shared + own + groups.map(\.name.name)
    let compared = root.tables("metric") + [root.tableIfPresent("rollout")].compactMap { $0 }
    for table in root.tables("data") + root.tables("reference") + root.tables("condition") + compared {
      for key in table.table("columns").entries.map(\.key) where !names.contains(key.name) {
        let near = nearestName(to: key.name, among: names)
        report(
          "'\(key.name)' in 'columns' is neither a variable nor a field", key.location,
          near.map { "did you mean '\($0)'?" }
            ?? "columns = { name = \"column of the file\" }; names are \(names.joined(separator: ", "))")
      }
      let rows = (table.listIfPresent("rows") ?? []).compactMap { value -> Int? in
        if case .integer(let number) = value.content { number } else { nil }
      }
      if rows.count == 2, rows[0] > rows[1] {
        report("'rows' must ascend, found [\(rows[0]), \(rows[1])]", table["rows"]?.location, nil)
      }
    }
  }

  typealias Report = (String, SourceLocation?, String?) -> Void

  /// Every name means one thing, and looks like a name.
  private func checkNames(_ root: LocatedTable, _ report: Report) {
    var owners: [String: String] = [:]
    var sections = ["variables", "fields", "constants", "unknowns", "define", "groups"].map {
      ($0, root.table($0).entries.map(\.key))
    }
    sections.append(("coefficients", coefficients.flatMap { $0.names.map(\.name) }))
    for (section, keys) in sections {
      for key in keys {
        if let owner = owners[key.name] {
          report("'\(key.name)' is already a name in [\(owner)]", key.location, nil)
        }
        owners[key.name] = section
        if !Experiment.isName(key.name) {
          report(
            "'\(key.name)' cannot be used as a name in expressions", key.location,
            "names have letters, digits and '_' and start with a letter")
        }
      }
    }
  }

  /// One kind of group, with labels that differ, and `per` names it.
  private func checkGroups(_ root: LocatedTable, _ report: Report) {
    for extra in groups.dropFirst() {
      let cases = groups[0].labels.count * extra.labels.count
      report(
        "[groups] names a second kind of group, one is supported", extra.name.location,
        "make one kind of all combinations, \"case = \(cases)\", with a column 'case' in the files; what some of them share is unknown for each, or the same in all"
      )
    }
    for (group, entry) in zip(groups, root.tableEntries("groups")) {
      let labels = entry.table.textsIfPresent("labels") ?? []
      for (place, label) in labels.enumerated() {
        if labels[..<place].contains(where: { $0.text == label.text }) {
          report("group '\(group.name.name)' has the label '\(label.text)' twice", label.location, nil)
        } else if label.text.isEmpty || label.text.contains(where: { "[],\"".contains($0) || $0.isNewline }) {
          report(
            "'\(label.text)' cannot be the label of a group", label.location,
            "labels are not empty and have no comma, bracket or quote")
        }
      }
      if entry.table.integer("count") != labels.count {
        report(
          "group '\(group.name.name)' has \(labels.count) labels, 'count' says \(entry.table.integer("count"))",
          entry.table["count"]?.location, "leave 'count' out")
      }
    }
    for section in ["fields", "unknowns", "networks"] {
      for (_, table) in root.tableEntries(section) {
        guard let per = table.textIfPresent("per"), !groups.contains(where: { $0.name.name == per.text }) else {
          continue
        }
        let near = nearestName(to: per.text, among: groups.map(\.name.name))
        report(
          "there is no group '\(per.text)'", per.location,
          near.map { "did you mean '\($0)'?" } ?? "say how many there are: [groups] \(per.text) = 8")
      }
    }
  }

  /// Inputs are variables; outputs are names, of one network each, and of nothing else but a field.
  private func checkNetworks(_ root: LocatedTable, _ report: Report) {
    var owners: [String: String] = [:]
    var taken = ["variables", "constants", "unknowns", "define", "groups"].map {
      ($0, Set(root.table($0).entries.map(\.key.name)))
    }
    taken.append(("coefficients", Set(coefficients.flatMap { $0.names.map(\.name.name) })))
    for network in namedNetworks {
      var seen: Set<String> = []
      for input in network.inputs {
        if !variables.contains(where: { $0.name == input.text }) {
          let near = nearestName(to: input.text, among: variables.map(\.name))
          report(
            "input '\(input.text)' of network '\(network.name.name)' is not a variable", input.location,
            near.map { "did you mean '\($0)'?" })
        } else if !seen.insert(input.text).inserted {
          report("network '\(network.name.name)' has the input '\(input.text)' twice", input.location, nil)
        }
      }
      for output in network.outputs {
        // "S[2]": the group was checked by itself.
        let name = String(output.text.prefix { $0 != "[" })
        if let owner = owners[output.text] {
          report("'\(output.text)' is already an output of network '\(owner)'", output.location, nil)
        } else if fields.contains(where: { $0.name.name == output.text }) {
          // What may be wrong with the name was said of the field.
        } else if let section = taken.first(where: { $0.1.contains(name) })?.0 {
          report("'\(output.text)' is already a name in [\(section)]", output.location, nil)
        } else if !Experiment.isName(name) || name == "N" {
          report(
            "'\(output.text)' cannot be used as a name in expressions", output.location,
            "names have letters, digits and '_' and start with a letter; N is a field's own output")
        }
        owners[output.text] = network.name.name
      }
    }
  }

  /// Whether expressions can use it as a name.
  private static func isName(_ text: String) -> Bool {
    let first = text.unicodeScalars.first
    return first.map { $0.properties.isAlphabetic || $0 == "_" } == true
      && text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_"
      }
  }

  private func checkUnknowns(_ root: LocatedTable, _ report: Report) {
    for entry in root.tableEntries("unknowns") {
      // All groups have the same settings, true values left aside.
      guard let unknown = unknowns.first(where: { $0.baseName == entry.key.name }) else { continue }
      let truths = entry.table.numbersIfPresent("true") ?? []
      let members = unknowns.count { $0.baseName == unknown.baseName }
      if truths.count > 1, truths.count != members {
        report(
          unknown.group == nil
            ? "unknown '\(unknown.baseName)' is one number, and 'true' has \(truths.count) values"
            : "unknown '\(unknown.baseName)' has \(members) groups, and 'true' has \(truths.count) values",
          entry.table["true"]?.location,
          unknown.group == nil
            ? "with per = \"…\" each group has a number of its own" : "give one for all, or one for each group")
      }
      let place = entry.table["guess"]?.location ?? entry.key.location
      if let lower = unknown.lower, let upper = unknown.upper, lower >= upper {
        report("bounds of unknown '\(unknown.baseName)' are empty: min \(lower), max \(upper)", entry.key.location, nil)
        continue
      }
      let others = entry.table.listIfPresent("guesses")?.map(\.location) ?? []
      for (guess, place) in zip([unknown.guess] + unknown.otherGuesses, [place] + others) {
        if let lower = unknown.lower, guess <= lower {
          report("guess of unknown '\(unknown.baseName)' must be above its min \(lower), found \(guess)", place, nil)
        }
        if let upper = unknown.upper, guess >= upper {
          report("guess of unknown '\(unknown.baseName)' must be below its max \(upper), found \(guess)", place, nil)
        }
        if unknown.isLogarithmic, guess <= 0 || (unknown.lower ?? 0) < 0 {
          report(
            "unknown '\(unknown.baseName)' with scale \"log\" needs a positive guess and no negative min", place, nil)
        }
      }
    }
  }

  /// An energy is no square, and Gauss-Newton needs a sum of squares.
  private func checkEnergies(_ root: LocatedTable, _ report: Report) {
    for (phase, table) in zip(phases, root.tables("optimizer")) where phase.method.entry.needsSquares {
      for energy in energies {
        let weight = phase.weights[energy.name] ?? self.weight(of: energy)
        guard weight != 0 else { continue }
        report(
          "'\(phase.method.rawValue)' minimises a sum of squares, and energy '\(energy.name)' is none",
          table["method"]?.location ?? energy.location,
          "use l-bfgs, or leave the energy out of this phase: weights = { \(energy.name) = 0 }")
      }
    }
  }

  /// Its own weight, unless [loss] names it.
  package func weight(of energy: Energy) -> Double {
    weights.first { $0.name.name == energy.name }?.weight ?? energy.weight
  }

  /// Terms have names of their own, and weights name terms.
  private func checkTerms(_ root: LocatedTable, _ report: Report) {
    var seen: Set<String> = []
    let reserved: Set<String> = [
      "iteration", "phase", "total", "heldout_residual", "heldout_data", "gradient_norm", "step",
    ]
    for list in ["equation", "condition", "energy", "data"] {
      for table in root.tables(list) {
        let name = table.text("name")
        if name.text.isEmpty {
          report("a loss term needs a name that is not empty", name.location, nil)
        } else if !seen.insert(name.text).inserted {
          report("two loss terms are called '\(name.text)'", name.location, nil)
        } else if name.text == Experiment.priorName, unknowns.contains(where: { $0.prior != nil }) {
          report("'\(name.text)' is the loss term of the priors", name.location, nil)
        } else if reserved.contains(name.text) || unknowns.contains(where: { $0.name == name.text }) {
          report("'\(name.text)' already names another column of losses.csv", name.location, nil)
        }
      }
    }
    if termNames.isEmpty {
      report("nothing to train on: no equation, no soft condition, no energy and no data", root.location, nil)
    }
    let phaseWeights = root.tables("optimizer").map { $0.table("weights") }
    for table in [root.table("loss").table("weights")] + phaseWeights {
      for key in table.entries.map(\.key) where !termNames.contains(key.name) {
        let near = nearestName(to: key.name, among: termNames)
        let hard = conditions.contains { $0.isHard && $0.name == key.name }
        report(
          "weight for '\(key.name)', which is not a loss term", key.location,
          hard
            ? "'\(key.name)' is enforced hard and has no loss"
            : near.map { "did you mean '\($0)'?" } ?? "terms are \(termNames.joined(separator: ", "))")
      }
    }
  }
}

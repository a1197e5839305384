import Diagnostics
import Networks
import Training

extension LocatedTable {
  /// Fills in the defaults that depend on other keys, so that the tree holds every key that has a value.
  ///
  /// Filling a filled tree changes nothing.
  mutating func fillDerivedDefaults(defaultName: String) {
    setDefault("name", builtIn(defaultName))
    let seed = integer("seed")
    edit("variables") { variables in
      variables.editEach { name, variable in variable.setDefault("time", .boolean(name == "t")) }
    }
    let dimensions = table("variables").entries.count
    edit("sampling") { $0.fillSampling(dimensions: dimensions) }
    let (interior, boundary) = (table("sampling").table("interior"), table("sampling").table("boundary"))
    nameEach("equation")
    nameEach("condition")
    nameEach("energy")
    nameEach("data")
    nameEach("metric")
    editList("condition") { condition in
      // The points of a file are its rows.
      guard condition["file"] == nil, condition["inline"] == nil else { return }
      condition.setDefault("points", .integer(boundary.integer("points")))
      condition.setDefault("method", .string(boundary.text("method")))
      condition.setDefault("exclude", .array(boundary.list("exclude")))
    }
    editList("energy") { energy in
      energy.setDefault("points", .integer(interior.integer("points")))
      energy.setDefault("method", .string(interior.text("method")))
    }
    editList("data") { data in
      data.setDefault("seed", .integer(seed))
      let noise = data.number("noise")
      if noise > 0 { data.setDefault("sigma", builtIn(noise.description)) }
    }
    edit("network") { $0.fillInitialization() }
    let variableNames = table("variables").names
    edit("networks") { networks in
      networks.editEach { name, network in
        let place = network.location
        network.fillInitialization()
        network.setDefault("inputs", .array(variableNames.map { LocatedValue(builtIn($0), at: place) }))
        network.setDefault("outputs", .array([LocatedValue(builtIn(name), at: place)]))
      }
    }
    fillFields()
    let hasRange = tableEntries("fields").contains { $0.table["range"] != nil }
    edit("loss") { $0.setDefault("scale", builtIn(hasRange ? "sizes" : "none")) }
    edit("groups") { groups in
      groups.editEach { _, group in
        let place = group.location
        let count = group.listIfPresent("labels")?.count ?? group.integerIfPresent("count") ?? 1
        group.setDefault("count", .integer(count))
        group.setDefault("labels", .array((1...count).map { LocatedValue(builtIn("\($0)"), at: place) }))
      }
    }
    let phases = defaultPhases
    setDefault("optimizer", .array(phases))
    editList("optimizer") { $0.fillPhase() }
    let names = table("variables").names
    let hasReferenceFile = tables("reference").contains { $0["file"] != nil }
    edit("output") { output in
      let choice = hasReferenceFile && output["grid"] == nil ? "reference" : "grid"
      output.setDefault("points", builtIn(choice))
      let location = output.location
      output.setDefault("grid", .table(LocatedTable(at: location)))
      output.edit("grid") { grid in
        for name in names { grid.setDefault(name, .integer(defaultGrid(dimensions))) }
      }
    }
  }

  private mutating func fillInitialization() {
    let activation = word("activation")
    setDefault("initialization", builtIn(defaultInitialization(activation)))
  }

  /// Without fields of the user's own every output of the named networks is one.
  mutating func fillFields() {
    guard self["fields"] == nil else { return }
    var fields = LocatedTable(at: location)
    for (_, network) in tableEntries("networks") {
      for output in network.textsIfPresent("outputs") ?? [] where fields[output.text] == nil {
        var resolver = Resolver(baseDirectory: "")
        let field = resolver.section(LocatedTable(at: output.location), ExperimentSchema.field)
        fields.entries.append(
          (LocatedKey(output.text, at: output.location), LocatedValue(.table(field), at: output.location)))
      }
    }
    setDefault("fields", .table(fields))
  }

  private mutating func fillSampling(dimensions: Int) {
    edit("interior") { interior in
      interior.setDefault("points", .integer([256, 2000, 5000][safe: dimensions - 1] ?? 10_000))
      interior.edit("resample") { resample in
        let isAddition = resample.word("method") == ResidualAddition.name
        resample.setDefault("power", .float(isAddition ? 2 : 1))
        resample.setDefault("even", .float(isAddition ? 0 : 1))
      }
    }
    edit("boundary") { $0.setDefault("points", .integer([64, 128, 400][safe: dimensions - 1] ?? 1000)) }
    let excluded = list("exclude")
    for part in ["interior", "boundary"] { edit(part) { $0.setDefault("exclude", .array(excluded)) } }
    let interior = table("interior").integer("points")
    edit("heldout") { $0.setDefault("points", .integer(max(64, interior / 5))) }
  }

  private mutating func fillPhase() {
    let method = OptimizerMethod(rawValue: word("method")) ?? .auto
    let entry = method.entry
    setDefault("iterations", .integer(entry.defaultIterations))
    setDefault("learning_rate", .float(entry.learningRate))
    setDefault("beta1", .float(entry.beta1))
    setDefault("beta2", .float(entry.beta2))
    setDefault("weight_decay", .float(entry.weightDecay))
    if let change = entry.leastChange { edit("stop") { $0.setDefault("change", .float(change)) } }
    let iterations = integer("iterations")
    edit("schedule") { schedule in
      let kind = ScheduleKind(rawValue: schedule.word("kind")) ?? .constant
      schedule.setDefault("rate", .float(kind.defaultRate))
      schedule.setDefault("steps", .integer(kind.defaultSteps(iterations: iterations)))
    }
  }

  /// The phases of an experiment that names none.
  var defaultPhases: [LocatedValue] {
    var resolver = Resolver(baseDirectory: "")
    let phase = resolver.section(LocatedTable(at: location), ExperimentSchema.optimizer)
    return [LocatedValue(.table(phase), at: location)]
  }

  /// `word` for a single entry without a name, `word1`, `word2`, … by place where there are several.
  private mutating func nameEach(_ list: String) {
    let count = tables(list).count
    var place = 0
    editList(list) { entry in
      place += 1
      entry.setDefault("name", builtIn(count == 1 ? list : "\(list)\(place)"))
    }
  }

  mutating func edit(_ name: String, _ change: (inout LocatedTable) -> Void) {
    guard let place = entries.firstIndex(where: { $0.key.name == name }),
      case .table(var table) = entries[place].value.content
    else { return }
    change(&table)
    entries[place].value.content = .table(table)
  }

  private mutating func editEach(_ change: (String, inout LocatedTable) -> Void) {
    for place in entries.indices {
      guard case .table(var table) = entries[place].value.content else { continue }
      change(entries[place].key.name, &table)
      entries[place].value.content = .table(table)
    }
  }

  private mutating func editList(_ name: String, _ change: (inout LocatedTable) -> Void) {
    guard let place = entries.firstIndex(where: { $0.key.name == name }),
      case .array(var values) = entries[place].value.content
    else { return }
    for item in values.indices {
      guard case .table(var table) = values[item].content else { continue }
      change(&table)
      values[item].content = .table(table)
    }
    entries[place].value.content = .array(values)
  }
}

private func builtIn(_ value: String) -> LocatedValue.Content { .string(LocatedText(value, named: "<default>")) }

private func defaultInitialization(_ activation: String) -> String {
  switch activation {
  case "sine": Initialization.siren.rawValue
  case "swish", "gelu", "softplus": Initialization.heNormal.rawValue
  default: Initialization.glorotNormal.rawValue
  }
}

/// From eleven variables on a grid with three points along each would have more than 100 000.
private func defaultGrid(_ dimensions: Int) -> Int {
  [201, 101, 21, 7][safe: dimensions - 1] ?? (dimensions <= 10 ? 3 : 1)
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

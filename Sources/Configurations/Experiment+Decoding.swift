package import Diagnostics
import KernelInterface
import Networks
import Problems
import Training

extension Experiment {
  /// Validates a located tree and resolves every default.
  ///
  /// - Parameters: `baseDirectory` is where relative paths start; `defaultName` names an experiment that has no `name`.
  /// - Throws: every error of the file at once, at most twenty.
  package init(from tree: LocatedTable, baseDirectory: String, defaultName: String) throws(InputFailure) {
    var resolver = Resolver(baseDirectory: baseDirectory)
    var root = resolver.section(tree, ExperimentSchema.root)
    guard resolver.diagnostics.isEmpty else {
      throw InputFailure(.configuration, Array(resolver.diagnostics.prefix(20)))
    }
    try root.expandUnknownFields()
    root = resolver.section(root, ExperimentSchema.root)
    root.fillDerivedDefaults(defaultName: defaultName)
    try root.expandPhaseConstants(written: tree.tableIfPresent("constants"))
    let region = try root.fillRanges(constants: resolver.constants)
    // Once more for the order of keys, which should not depend on who filled them in.
    root = resolver.section(root, ExperimentSchema.root)
    self.init(resolved: root)
    self.region = region
    let problems = consistencyProblems(root)
    guard problems.isEmpty else { throw InputFailure(.configuration, Array(problems.prefix(20))) }
  }

  private init(resolved root: LocatedTable) {
    title = root.word("title")
    name = root.word("name")
    seed = UInt64(root.integer("seed"))
    drawsRowsAgain = root.boolean("bootstrap")
    variables = root.tableEntries("variables").map { key, table in
      let ends = table.list("range").compactMap(\.number)
      return Variable(
        name: key.name, range: min(ends[0], ends[1])...max(ends[0], ends[1]), unit: table.word("unit"),
        isTime: table.boolean("time"), slabs: Variable.slabs(table))
    }
    groups = root.tableEntries("groups").map { key, table in
      Group(name: key, labels: (table.textsIfPresent("labels") ?? []).map(\.text))
    }
    let groups = groups
    fields = root.tableEntries("fields").flatMap { key, table in
      members(of: key, table, groups).map { name, group in
        Field(
          name: name, baseName: key.name, group: group, expression: table.text("expr"), unit: table.word("unit"),
          range: table.rangeIfPresent("range"))
      }
    }
    constants = root.tableEntries("constants").map { ($0.name, $1.number("value")) }
    let numbers = Dictionary(constants.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    unknowns = root.tableEntries("unknowns").flatMap { key, table in
      members(of: key, table, groups).map { Unknown(name: $0.name, baseName: key.name, group: $1, table, numbers) }
    }
    units = ["variables", "fields", "constants", "unknowns"].flatMap { section in
      root.tableEntries(section).map { ($0.name, $1.text("unit")) }.filter { !$0.1.text.isEmpty }
    }
    definitions = root.table("define").entries.compactMap { key, value in
      guard case .string(let text) = value.content else { return nil }
      return (key, text)
    }
    coefficients = root.tables("coefficients").map { Coefficients($0) }
    equations = root.tables("equation").map { Equation($0) }
    let seed = seed
    conditions = root.tables("condition").map { Condition($0, seed: seed) }
    energies = root.tables("energy").map { Energy($0) }
    dataSets = root.tables("data").map { DataSet($0, numbers) }
    let names = fields.map(\.baseName).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    libraries = root.tables("library").map { Library($0, fields: names) }
    discovery = Discovery(root.table("discovery"))
    references = root.tables("reference").map { Reference($0) }
    metrics = root.tables("metric").map { Metric($0, seed: seed) }
    rollout = root.tableIfPresent("rollout").map { Rollout($0, seed: seed) }
    sampling = Sampling(root.table("sampling"))
    network = NetworkSettings(root.table("network"))
    let grouped = Set(fields.filter { $0.group != nil }.map(\.baseName))
    namedNetworks = root.tableEntries("networks").flatMap { key, table in
      members(of: key, table, groups).map { name, group in
        // The outputs of its own group, or those of all.
        let outputs = (table.textsIfPresent("outputs") ?? []).flatMap { output -> [LocatedText] in
          guard group != nil || grouped.contains(output.text) else { return [output] }
          let labels = groups.first?.labels ?? []
          return labels.indices.filter { group == nil || group == $0 }.map { place in
            var one = output
            one.text += "[\(labels[place])]"
            return one
          }
        }
        return NamedNetwork(
          name: name, inputs: table.textsIfPresent("inputs") ?? [], outputs: outputs,
          settings: NetworkSettings(table))
      }
    }
    weights = root.table("loss").numberEntries("weights").map { ($0, $1) }
    hasExactPhysics = root.table("loss").word("physics") == "exact"
    scalesResiduals = root.table("loss").word("scale") == "sizes"
    phases = root.tables("optimizer").map { PhaseSettings($0) }
    let balance = root.table("loss").table("balance")
    self.balance = BalanceSettings(
      method: balance.word("method"), every: balance.integer("every"), memory: balance.number("memory"))
    let times = variables.enumerated().filter(\.element.isTime)
    let time = times.first.map { TimeAxis(name: $1.name, variable: $0, range: $1.range) }
    pointWeights = PointWeightSettings(root.table("loss").table("point_weights"), time: time)
    let constraints = root.table("loss").table("constraints")
    self.constraints = ConstraintSettings(
      every: constraints.integer("every"), growth: constraints.number("growth"), fall: constraints.number("fall"),
      tolerance: constraints.number("tolerance"))
    let start = root.table("start")
    self.start = StartRule(
      cap: start.numberIfPresent("cap"), tries: start.integer("tries"),
      count: unknowns.reduce(start.integer("starts")) { max($0, $1.otherGuesses.count + 1) },
      iterations: start.integer("iterations"))
    let counts = root.table("output").table("grid")
    grid = variables.map { counts.integer($0.name) }
    writesAtReference = root.table("output").word("points") == "reference" && !references.isEmpty
    requirements = root.tableEntries("require").map { name, table in
      (name, Bounds(lower: table.numberIfPresent("min"), upper: table.numberIfPresent("max")))
    }
    self.resolved = root
  }
}

extension LocatedTable {
  /// Two numbers in either order.
  fileprivate func rangeIfPresent(_ name: String) -> ClosedRange<Double>? {
    let ends = (listIfPresent(name) ?? []).compactMap(\.number)
    return ends.count == 2 ? min(ends[0], ends[1])...max(ends[0], ends[1]) : nil
  }
}

extension LocatedValue {
  fileprivate var number: Double? {
    guard case .float(let number) = content else { return nil }
    return number
  }
}

/// What an entry with `per = "voxel"` stands for: "S[1]", "S[2]", …, one for each label of the group; else itself.
private func members(
  of key: LocatedKey, _ table: LocatedTable, _ groups: [Experiment.Group]
) -> [(name: LocatedKey, group: Int?)] {
  guard let per = table.textIfPresent("per"), let group = groups.first(where: { $0.name.name == per.text }) else {
    return [(key, nil)]
  }
  return group.labels.enumerated().map { (LocatedKey("\(key.name)[\($1)]", at: key.location), $0) }
}

/// The texts of a map by their keys.
private func texts(_ table: LocatedTable) -> [String: LocatedText] {
  var result: [String: LocatedText] = [:]
  for (key, value) in table.entries {
    if case .string(let text) = value.content { result[key.name] = text }
  }
  return result
}

extension Experiment.Unknown {
  fileprivate init(
    name: String, baseName: String, group: Int?, _ table: LocatedTable, _ constants: [String: Double]
  ) {
    let truths = table.numbersIfPresent("true") ?? []
    // As many as there are groups; what is wrong with another number is told by `checkUnknowns`.
    let truth = truths.count == 1 ? truths[0] : group.flatMap { truths.indices.contains($0) ? truths[$0] : nil }
    self.init(
      name: name, baseName: baseName, group: group, guess: table.number("guess"),
      otherGuesses: table.numbersIfPresent("guesses") ?? [], lower: table.numberIfPresent("min"),
      upper: table.numberIfPresent("max"), isLogarithmic: table.word("scale") == "log",
      learningRateFactor: table.number("learning_rate_factor"), fixed: table.numberIfPresent("fixed"),
      truth: truth,
      prior: table.textIfPresent("prior").flatMap { try? Prior($0, constants: constants) }, unit: table.word("unit"))
  }
}

extension Experiment.Equation {
  fileprivate init(_ table: LocatedTable) {
    self.init(
      name: table.word("name"), expression: table.text("expr"),
      role: Experiment.Equation.Role(rawValue: table.word("role")) ?? .equation)
  }
}

extension Experiment.Condition {
  fileprivate init(_ table: LocatedTable, seed: UInt64) {
    let (name, expressions) = (table.word("name"), table.textsIfPresent("expr"))
    let rows = Experiment.DataSource(table).map { source in
      Experiment.DataSet(rows: table, of: source, name: name, expressions: expressions, seed: seed)
    }
    self.init(
      name: name, places: table.textsIfPresent("at") ?? [], expressions: expressions,
      order: table.integerIfPresent("order"), rows: rows, isHard: table.word("enforce") == "hard",
      isConstraint: table.word("enforce") == "constraint", points: table.integerIfPresent("points") ?? 0,
      times: table.integer("times"),
      method: table.textIfPresent("method")?.text ?? "", excluded: table.textsIfPresent("exclude") ?? [],
      location: table.location)
  }
}

extension Experiment.Energy {
  fileprivate init(_ table: LocatedTable) {
    self.init(
      name: table.word("name"), expression: table.text("expr"), weight: table.number("weight"),
      places: table.textsIfPresent("at"), points: table.integer("points"), method: table.word("method"),
      location: table.location)
  }
}

extension Experiment.Metric {
  fileprivate init(_ table: LocatedTable, seed: UInt64) {
    let (name, expression) = (table.text("name"), table.text("expr"))
    let points: Points
    if let source = Experiment.DataSource(table) {
      points = .rows(
        Experiment.DataSet(rows: table, of: source, name: name.text, expressions: [expression], seed: seed))
    } else if let places = table.textsIfPresent("at") {
      points = places.first { $0.text == "rollout" }.map { .rollout($0) } ?? .places(places)
    } else {
      points = .open
    }
    self.init(
      name: name, expression: expression, unit: table.text("unit"), points: points, count: table.integer("points"))
  }
}

extension Experiment.Rollout {
  fileprivate init(_ table: LocatedTable, seed: UInt64) {
    let source = Experiment.DataSource(table, fileKey: "from") ?? .inline(LocatedText(""))
    self.init(
      state: table.textsIfPresent("state") ?? [], rates: table.textsIfPresent("rate") ?? [],
      rows: Experiment.DataSet(rows: table, of: source, name: "rollout", expressions: nil, seed: seed),
      time: table.text("time"), trajectory: table.text("trajectory"), step: table.numberIfPresent("step"),
      tolerance: table.number("tolerance"))
  }
}

extension Experiment.DataSet {
  /// Rows of a table as they are, by its `columns` and `where`.
  fileprivate init(
    rows table: LocatedTable, of source: Experiment.DataSource, name: String, expressions: [LocatedText]?,
    seed: UInt64
  ) {
    self.init(
      rowsOf: source, name: name, columns: texts(table.table("columns")), seed: seed, location: table.location)
    self.expressions = expressions
    filter = table.textIfPresent("where")
  }

  /// All rows of a table as they are.
  package init(
    rowsOf source: Experiment.DataSource, name: String, columns: [String: LocatedText], seed: UInt64,
    location: SourceLocation? = nil
  ) {
    self.init(
      name: name, source: source, columns: columns, fields: nil, expressions: nil, filter: nil, rows: nil, fraction: 1,
      seed: seed, noise: 0, sigma: nil, loss: .squares, holdout: 0, location: location ?? source.text.location)
  }
}

extension Experiment.DataSource {
  /// Nil where there is neither a file nor `inline`.
  fileprivate init?(_ table: LocatedTable, fileKey: String = "file") {
    if let path = table.textIfPresent(fileKey) {
      self = .file(path)
    } else if let text = table.textIfPresent("inline") {
      self = .inline(text)
    } else {
      return nil
    }
  }
}

extension Experiment.DataSet {
  fileprivate init(_ table: LocatedTable, _ constants: [String: Double]) {
    let rows = table.listIfPresent("rows")?.compactMap { value -> Int? in
      guard case .integer(let number) = value.content else { return nil }
      return number
    }
    self.init(
      name: table.word("name"),
      source: Experiment.DataSource(table) ?? .inline(LocatedText("")), columns: texts(table.table("columns")),
      fields: table.textsIfPresent("use"), expressions: table.textsIfPresent("expr"),
      filter: table.textIfPresent("where"),
      rows: rows.map { min($0[0], $0[1])...max($0[0], $0[1]) }, fraction: table.number("fraction"),
      seed: UInt64(table.integer("seed")), noise: table.number("noise"), sigma: table.textIfPresent("sigma"),
      // What is wrong with it is told by `checkNoise`.
      loss: (try? RobustLoss(table.text("loss"), constants: constants)) ?? .squares,
      holdout: table.number("holdout"), location: table.location)
  }
}

extension Experiment.Coefficients {
  fileprivate init(_ table: LocatedTable) {
    self.init(
      source: Experiment.DataSource(table) ?? .inline(LocatedText("")), columns: texts(table.table("columns")),
      names: table.table("as").entries.compactMap { key, value in
        if case .string(let column) = value.content { (key, column) } else { nil }
      })
  }
}

extension Experiment.Reference {
  fileprivate init(_ table: LocatedTable) {
    self.init(
      file: table.textIfPresent("file"), columns: texts(table.table("columns")),
      expressions: table.textsIfPresent("expr"), location: table.location)
  }
}

extension Experiment.Sampling {
  fileprivate init(_ table: LocatedTable) {
    let (interior, heldout) = (table.table("interior"), table.table("heldout"))
    self.init(
      points: interior.integer("points"), method: interior.word("method"),
      excluded: interior.textsIfPresent("exclude") ?? [],
      resampleEvery: interior.tableIfPresent("resample")?.integer("every"),
      refinement: interior.tableIfPresent("resample").flatMap { RefinementSettings($0) },
      heldoutPoints: heldout.integer("points"), heldoutEvery: heldout.integer("every"))
  }
}

extension RefinementSettings {
  /// Nil where the sampler draws.
  fileprivate init?(_ table: LocatedTable) {
    let method = table.word("method")
    guard refinement(named: method) != nil else { return nil }
    let isAddition = method == ResidualAddition.name
    self.init(
      method: method, candidates: table.integer("candidates"),
      power: table.numberIfPresent("power") ?? (isAddition ? 2 : 1),
      even: table.numberIfPresent("even") ?? (isAddition ? 0 : 1), added: table.integer("add"))
  }
}

extension PointWeightSettings {
  fileprivate init(_ table: LocatedTable, time: TimeAxis?) {
    self.init(
      method: table.word("method"), every: table.integer("every"), chunks: table.integer("chunks"),
      tolerances: table.list("tolerances").compactMap(\.number), threshold: table.number("threshold"),
      memory: table.number("memory"), rate: table.number("rate"), time: time)
  }
}

extension Experiment.NetworkSettings {
  fileprivate init(_ table: LocatedTable) {
    let word = table.word("activation")
    let features = table.tableIfPresent("features")
    let factorized = table.tableIfPresent("factorized")
    self.init(
      architecture: Networks.architecture(named: table.word("architecture")) ?? MultilayerPerceptron.self,
      hidden: table.list("hidden").compactMap { value in
        guard case .integer(let width) = value.content else { return nil }
        return width
      },
      activation: word == "sine" ? .sin : Activation(rawValue: word) ?? .tanh,
      omega: word == "sine" ? table.number("omega") : 1,
      initialization: Initialization(rawValue: table.word("initialization")) ?? .glorotNormal,
      normalizesInputs: table.boolean("normalize"),
      features: Experiment.Features(
        expressions: features?.textsIfPresent("expressions"), periodic: features?.textsIfPresent("periodic") ?? [],
        harmonics: features?.integer("harmonics") ?? 1,
        fourier: (features?.listIfPresent("fourier") == nil ? [] : features?.tables("fourier") ?? []).map {
          Experiment.Fourier($0)
        }),
      symmetry: table.tableIfPresent("symmetry").map { Experiment.Symmetry($0) },
      hasSeparateTrunks: table.word("trunks") == "separate",
      factorization: factorized.map {
        WeightFactorization(mean: $0.number("mean"), deviation: $0.number("deviation"))
      },
      slopeScale: table.tableIfPresent("adaptive")?.number("scale"))
  }
}

extension Experiment.Fourier {
  fileprivate init(_ table: LocatedTable) {
    self.init(
      count: table.integer("count"),
      sigmas: table.list("sigma").compactMap(\.number), variables: table.textsIfPresent("variables"))
  }
}

extension Experiment.Symmetry {
  fileprivate init(_ table: LocatedTable) {
    func values(_ table: LocatedTable, _ name: String) -> [(name: LocatedKey, value: Double)] {
      table[name] == nil ? [] : table.numberEntries(name).map { ($0, $1) }
    }
    self.init(
      even: values(table, "even"), odd: values(table, "odd"),
      rotation: table.tableIfPresent("rotation").map {
        Rotation(about: values($0, "about"), order: $0.integerIfPresent("order"), hasMirror: $0.boolean("mirror"))
      },
      exchange: table.textsIfPresent("exchange") ?? [])
  }
}

extension PhaseSettings {
  fileprivate init(_ table: LocatedTable) {
    let (schedule, stop) = (table.table("schedule"), table.table("stop"))
    self.init(
      method: OptimizerMethod(rawValue: table.word("method")) ?? .auto,
      iterations: table.integer("iterations"),
      adam: AdamSettings(
        learningRate: table.number("learning_rate"), beta1: table.number("beta1"), beta2: table.number("beta2"),
        epsilon: table.number("epsilon"),
        schedule: Schedule(
          kind: ScheduleKind(rawValue: schedule.word("kind")) ?? .constant, rate: schedule.number("rate"),
          steps: schedule.integer("steps"), iterations: table.integer("iterations")),
        batch: table.integerIfPresent("batch"), weightDecay: table.number("weight_decay"),
        preconditionEvery: table.integer("precondition_every")),
      history: table.integer("history"),
      stop: StopRule(
        loss: stop.numberIfPresent("loss"), gradient: stop.numberIfPresent("gradient"),
        change: stop.numberIfPresent("change"), minutes: stop.numberIfPresent("minutes")),
      weights: Dictionary(
        table.numberEntries("weights").map { ($0.name, $1) }, uniquingKeysWith: { first, _ in first }),
      physics: table.number("physics"), trainsUnknowns: table.word("unknowns") == "train")
    constants = Dictionary(
      table.numberEntries("constants").map { ($0.name, $1) }, uniquingKeysWith: { first, _ in first })
  }
}

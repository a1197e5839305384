import Autodiff
package import Configurations
package import Diagnostics
package import Expressions
package import Problems

/// The names of an experiment and what they stand for: the ground on which all of its expressions are parsed.
package struct FieldModel: Sendable {
  package var graph: ExpressionGraph
  /// Variables, constants, definitions, and the unknowns and fields that are the same in all groups.
  package var scope: Scope
  /// For each group its own unknowns, fields and outputs.
  private var groupNames: [[String: Scope.Meaning]]
  /// The box that the variables span.
  package let region: BoxRegion
  /// What a region of the user's leaves of that box; nil where it is all of it.
  package let domain: RegionDomain?
  /// The expression of every field, transforms and hard conditions included, in the order of the file.
  package internal(set) var fields: [NodeID]
  package let fieldNames: [String]
  /// What expressions call them, and the group each belongs to.
  private let fieldKeys: [(baseName: String, group: Int?)]
  /// The group that there is, and its labels.
  let group: Experiment.Group?
  /// The networks in the order of their outputs: that of [network], where a field uses it, then those with names.
  package let networks: [PlannedNetwork]
  /// What each network output is called in print.
  private let outputNames: [String]
  /// The slab of time before this one, where the time is cut into slabs and this is not the first.
  let before: FinishedSlab?

  /// What a network depends on and provides, before it is built.
  package struct PlannedNetwork: Sendable {
    /// Nil for that of [network].
    package var name: String?
    package var settings: Experiment.NetworkSettings
    /// Numbers of variables.
    package var inputs: [Int]
    /// Numbers among the outputs of all networks.
    package var outputs: Range<Int>
  }

  /// - Throws: errors in definitions and output transforms.
  package init(_ experiment: Experiment, after before: FinishedSlab? = nil) throws(InputFailure) {
    self.before = before
    region = BoxRegion(
      experiment.variables.map {
        BoxRegion.Variable($0.name, from: $0.range.lowerBound, to: $0.range.upperBound)
      })
    domain = RegionDomain(experiment)
    fieldNames = experiment.fields.map(\.name.name)
    fieldKeys = experiment.fields.map { ($0.baseName, $0.group) }
    group = experiment.groups.first

    groupNames = [[String: Scope.Meaning]](repeating: [:], count: experiment.groups.first?.labels.count ?? 0)
    fields = []
    networks = FieldModel.plannedNetworks(experiment)
    outputNames = FieldModel.outputNames(experiment)
    graph = ExpressionGraph(
      variableCount: experiment.variables.count,
      // Behind the outputs a symbol for every field, for `formalScope`.
      outputInputs: networks.flatMap { [Set<Int>](repeating: Set($0.inputs), count: $0.outputs.count) }
        + [Set<Int>](repeating: Set(experiment.variables.indices), count: experiment.fields.count))
    scope = Scope(
      variables: experiment.variables.map(\.name), timeVariable: experiment.variables.firstIndex(where: \.isTime))
    var collector = DiagnosticCollector()
    for (name, text) in experiment.units {
      scope.units[name] = collector.attempt { () throws(InputFailure) in try Unit(text) }
    }
    try collector.throwIfAny()
    scope.ranges = experiment.variables.map { $0.isTime || domain == nil ? $0.range : nil }
    for (name, value) in experiment.constants { scope.names[name] = .node(graph.constant(value)) }
    for (number, unknown) in experiment.unknowns.enumerated() {
      define(unknown.baseName, as: graph.symbol(.unknown(number)), in: unknown.group)
    }
    for (name, expression) in experiment.definitions { scope.names[name.name] = .definition(expression) }
    // A field of the same name takes the place of its output.
    for (number, name) in namedOutputs(experiment) where !fieldNames.contains(name.text) {
      let parts = name.text.split(separator: "[", maxSplits: 1)
      let group = parts.count < 2 ? nil : experiment.groups.first?.labels.firstIndex { "\($0)]" == parts[1] }
      define(String(parts[0]), as: networkOutput(number, experiment), in: group)
    }
    try checkCoefficients(experiment)
    try resolveFields(experiment) { _, _, node in node }
    try checkUnusedDefinitions(experiment)
  }

  /// How many outputs all networks have.
  var outputCount: Int { networks.last?.outputs.upperBound ?? 0 }

  /// The scope in which every field is a symbol of its own, numbered behind the outputs: for looking at the form of a
  /// condition or equation.
  mutating func formalScope(group: Int?) -> Scope {
    var formal = scope(scope, group: group)
    for (number, field) in fieldKeys.enumerated() where field.group == nil || field.group == group {
      formal.names[field.baseName] = .node(graph.symbol(.output(outputCount + number, .value, site: 0)))
    }
    return formal
  }

  private mutating func define(_ name: String, as node: NodeID, in group: Int?) {
    if let group { groupNames[group][name] = .node(node) } else { scope.names[name] = .node(node) }
  }

  /// `base` with the names of a group.
  package func scope(_ base: Scope, group: Int?) -> Scope {
    guard let group else { return base }
    var scope = base
    scope.names.merge(groupNames[group]) { _, own in own }
    return scope
  }

  /// The groups for each of which texts mean something of its own; one, no group, where they mean the same in all.
  package func groups(of texts: [LocatedText]) -> [Int?] {
    guard let own = groupNames.first?.keys else { return [nil] }
    let used = texts.reduce(into: Set<String>()) { $0.formUnion(names(usedBy: $1.text)) }
    return used.isDisjoint(with: own) ? [nil] : groupNames.indices.map { $0 }
  }

  /// What expressions call the fields, each once, in the order of the file.
  var baseNames: [String] { fieldKeys.map(\.baseName).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  /// The number of the field that expressions call `name`, in a group or in all.
  func field(named name: String, group: Int?) -> Int? {
    fieldKeys.firstIndex { $0.baseName == name && ($0.group == nil || $0.group == group) }
  }

  /// What expressions call a field.
  func baseName(ofField field: Int) -> String { fieldKeys[field].baseName }

  /// The group that a field belongs to; nil where it is the same in all.
  func groupNumber(ofField field: Int) -> Int? { fieldKeys[field].group }

  /// Whether the values of a field may differ along a variable.
  func depends(field: Int, on variable: Int) -> Bool {
    graph.symbols(of: [fields[field]]).contains { symbol in
      if case .coordinate(variable, _) = symbol { return true }
      return symbol.networkOutput.map { graph.outputInputs[$0.number].contains(variable) } ?? false
    }
  }

  /// Whether each group has a field of its own of that name.
  func isGrouped(_ name: String) -> Bool { fieldKeys.contains { $0.baseName == name && $0.group != nil } }

  /// The identifiers of a text and of the definitions that it uses.
  private func names(usedBy text: String) -> Set<String> {
    FieldModel.names(usedBy: text) { name in
      if case .definition(let text)? = scope.names[name] { text.text } else { nil }
    }
  }

  /// Definitions that nothing uses are checked too. Where one is used it may name what is known only there: `N` in a
  /// transform, the normal `n` in a condition, columns of a file, coefficients.
  private mutating func checkUnusedDefinitions(_ experiment: Experiment) throws(InputFailure) {
    guard experiment.dataSets.isEmpty, experiment.coefficients.isEmpty, experiment.comparedFiles.isEmpty,
      experiment.conditions.allSatisfy({ $0.rows == nil })
    else { return }
    var texts = experiment.fields.map(\.expression) + experiment.equations.map(\.expression)
    texts += experiment.conditions.flatMap { $0.expressions ?? [] }
    texts += experiment.energies.map(\.expression)
    texts += experiment.references.flatMap { $0.expressions ?? [] }
    texts += networks.flatMap { $0.settings.features.expressions ?? [] }
    texts += experiment.metrics.map(\.expression) + (experiment.rollout?.rates ?? [])
    let used = texts.reduce(into: Set<String>()) { $0.formUnion(FieldModel.names(usedBy: $1.text, experiment)) }
    var collector = DiagnosticCollector()
    for (name, expression) in experiment.definitions where !used.contains(name.name) {
      _ = collector.attempt { () throws(InputFailure) in
        let group = groups(of: [expression])[0]
        return try parseExpression(expression, in: scope(scope, group: group), graph: &graph)
      }
    }
    try collector.throwIfAny()
  }

  /// The fields that take an output of the network of [network].
  private static func fieldsOfDefaultNetwork(_ experiment: Experiment) -> [Int] {
    let named = Set(experiment.namedNetworks.flatMap { $0.outputs.map(\.text) })
    return experiment.fields.indices.filter { number in
      !named.contains(experiment.fields[number].name.name) && usesOwnOutput(experiment.fields[number], experiment)
    }
  }

  private static func usesOwnOutput(_ field: Experiment.Field, _ experiment: Experiment) -> Bool {
    names(usedBy: field.expression.text, experiment).contains("N")
  }

  private static func plannedNetworks(_ experiment: Experiment) -> [PlannedNetwork] {
    var networks: [PlannedNetwork] = []
    var next = fieldsOfDefaultNetwork(experiment).count
    if next > 0 {
      networks.append(
        PlannedNetwork(
          name: nil, settings: experiment.network, inputs: Array(experiment.variables.indices), outputs: 0..<next))
    }
    for network in experiment.namedNetworks {
      let inputs = network.inputs.compactMap { input in experiment.variables.firstIndex { $0.name == input.text } }
      networks.append(
        PlannedNetwork(
          name: network.name.name, settings: network.settings, inputs: inputs,
          outputs: next..<next + network.outputs.count))
      next += network.outputs.count
    }
    return networks
  }

  /// The outputs of named networks, with their numbers.
  private func namedOutputs(_ experiment: Experiment) -> [(number: Int, name: LocatedText)] {
    let outputs = zip(experiment.namedNetworks, networks.filter { $0.name != nil })
    return outputs.flatMap { network, planned in zip(planned.outputs, network.outputs).map { ($0, $1) } }
  }

  private static func outputNames(_ experiment: Experiment) -> [String] {
    let count = fieldsOfDefaultNetwork(experiment).count
    return (0..<count).map { count == 1 ? "N" : "N\($0 + 1)" }
      + experiment.namedNetworks.flatMap { network in network.outputs.map { "N_\($0.text)" } }
  }

  /// For each field the number of its network output, or nil where its transform does not name `N`.
  private func ownOutputs(_ experiment: Experiment) -> [Int?] {
    let named = namedOutputs(experiment)
    let plain = FieldModel.fieldsOfDefaultNetwork(experiment)
    return experiment.fields.indices.map { number in
      if let place = plain.firstIndex(of: number) { return place }
      guard FieldModel.usesOwnOutput(experiment.fields[number], experiment) else { return nil }
      return named.first { $0.name.text == experiment.fields[number].name.name }?.number
    }
  }

  static func names(usedBy text: String, _ experiment: Experiment) -> Set<String> {
    names(usedBy: text) { name in experiment.definitions.first { $0.name.name == name }?.expression.text }
  }

  /// - Parameter definition: the text of a definition by its name.
  private static func names(usedBy text: String, definition: (String) -> String?) -> Set<String> {
    var found: Set<String> = []
    var pending = [text]
    while let next = pending.popLast() {
      for name in names(in: next) where found.insert(name).inserted {
        if let text = definition(name) { pending.append(text) }
      }
    }
    return found
  }

  /// The identifiers of a text, as they are and with subscripts cut off.
  static func names(in text: String) -> Set<String> {
    var names: Set<String> = []
    var word = ""
    for character in text + " " {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else if !word.isEmpty {
        names.insert(word)
        for place in word.indices where word[place] == "_" { names.insert(String(word[..<place])) }
        word = ""
      }
    }
    return names
  }

  /// Parses the transforms; a field may name others, as long as there is no circle.
  ///
  /// - Parameters: `adjust` makes of a field's transform what the field is, before others that name it are parsed.
  mutating func resolveFields(
    _ experiment: Experiment, adjust: (inout FieldModel, _ field: Int, NodeID) throws(InputFailure) -> NodeID
  ) throws(InputFailure) {
    guard !networks.isEmpty else {
      throw InputFailure(
        .configuration, "no field uses its network output 'N'", at: experiment.fields.first?.expression.location,
        help: "at least one field needs a transform with 'N', or none at all: u = {}")
    }
    let own = ownOutputs(experiment)
    for (field, output) in zip(experiment.fields, own) where output == nil {
      if namedOutputs(experiment).contains(where: { $0.name.text == field.name.name }) {
        throw InputFailure(
          .configuration, "field '\(field.name.name)' does not use the network output of the same name",
          at: field.expression.location,
          help: "'N' is that output here; or give the output in [networks] another name")
      }
    }
    var nodes = [NodeID?](repeating: nil, count: experiment.fields.count)
    var pending = Array(experiment.fields.indices)
    while !pending.isEmpty {
      // A field waits for the fields it names.
      let ready = pending.filter { number in
        let field = experiment.fields[number]
        let used = FieldModel.names(usedBy: field.expression.text, experiment)
        return !pending.contains { other in
          let before = experiment.fields[other]
          return other != number && used.contains(before.baseName)
            && (before.group == field.group || before.group == nil || field.group == nil)
        }
      }
      guard !ready.isEmpty else {
        let circle = pending.map { fieldNames[$0] }.joined(separator: ", ")
        throw InputFailure(
          .configuration, "fields refer to each other in a circle: \(circle)",
          at: experiment.fields[pending[0]].expression.location)
      }
      var collector = DiagnosticCollector()
      for number in ready {
        let field = experiment.fields[number]
        if field.group == nil, groups(of: [field.expression]) != [nil] {
          let kind = experiment.groups.first?.name.name ?? ""
          collector.report(
            "field '\(field.baseName)' is the same for all groups, but uses what each \(kind) has of its own",
            at: field.expression.location, help: "give it per = \"\(kind)\" too")
          continue
        }
        var local = scope(scope, group: field.group)
        if let output = own[number] { local.names["N"] = .node(scaledOutput(output, field.range, experiment)) }
        nodes[number] = collector.attempt { () throws(InputFailure) in
          try parseExpression(
            field.expression, in: local, graph: &graph, unit: scope.units[field.baseName])
        }
      }
      try collector.throwIfAny()
      for number in ready {
        guard let node = nodes[number] else { continue }
        let adjusted = try adjust(&self, number, node)
        nodes[number] = adjusted
        define(experiment.fields[number].baseName, as: adjusted, in: experiment.fields[number].group)
      }
      pending.removeAll { ready.contains($0) }
    }
    fields = nodes.compactMap { $0 }
  }

  /// What `N` stands for: the output o as it is, or m + h o with the middle m and half the length h of the range.
  private mutating func scaledOutput(
    _ number: Int, _ range: ClosedRange<Double>?, _ experiment: Experiment
  ) -> NodeID {
    let output = networkOutput(number, experiment)
    guard let range else { return output }
    let scaled = graph.multiply(graph.constant((range.upperBound - range.lowerBound) / 2), output)
    return graph.add(scaled, graph.constant((range.lowerBound + range.upperBound) / 2))
  }

  /// The names of symbols, for printing expressions.
  package func symbolNames(_ experiment: Experiment) -> SymbolNames {
    SymbolNames(
      variables: experiment.variables.map(\.name),
      outputs: outputNames,
      unknowns: experiment.unknowns.map(\.name), columns: [],
      coefficients: experiment.coefficients.flatMap { $0.names.map(\.name.name) })
  }
}

extension RegionDomain {
  /// Nil where the experiment has no region.
  init?(_ experiment: Experiment) {
    guard let region = experiment.region else { return nil }
    self.init(
      region,
      box: BoxRegion(
        experiment.variables.map { BoxRegion.Variable($0.name, from: $0.range.lowerBound, to: $0.range.upperBound) }),
      space: experiment.variables.indices.filter { !experiment.variables[$0].isTime })
  }
}

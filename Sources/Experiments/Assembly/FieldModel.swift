import Autodiff
package import Configurations
package import Diagnostics
package import Expressions
package import Problems

/// The names of an experiment and what they stand for: the ground on which all of its expressions are parsed.
package struct FieldModel: Sendable {
  package var graph: ExpressionGraph
  /// Variables, constants, unknowns, definitions, fields.
  package var scope: Scope
  /// The box that the variables span.
  package let region: BoxRegion
  /// What a region of the user's leaves of that box; nil where it is all of it.
  package let domain: RegionDomain?
  /// The expression of every field, transforms and hard conditions included, in the order of the file.
  package internal(set) var fields: [NodeID]
  package let fieldNames: [String]
  /// The networks in the order of their outputs: that of [network], where a field uses it, then those with names.
  package let networks: [PlannedNetwork]
  /// What each network output is called in print.
  private let outputNames: [String]

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
  package init(_ experiment: Experiment) throws(InputFailure) {
    region = BoxRegion(
      experiment.variables.map {
        BoxRegion.Variable($0.name, from: $0.range.lowerBound, to: $0.range.upperBound)
      })
    domain = RegionDomain(experiment)
    fieldNames = experiment.fields.map(\.name.name)

    fields = []
    networks = FieldModel.plannedNetworks(experiment)
    outputNames = FieldModel.outputNames(experiment)
    graph = ExpressionGraph(
      variableCount: experiment.variables.count,
      outputInputs: networks.flatMap { [Set<Int>](repeating: Set($0.inputs), count: $0.outputs.count) })
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
      scope.names[unknown.name] = .node(graph.symbol(.unknown(number)))
    }
    for (name, expression) in experiment.definitions { scope.names[name.name] = .definition(expression) }
    // A field of the same name takes the place of its output.
    for (number, name) in namedOutputs(experiment) where !fieldNames.contains(name.text) {
      scope.names[name.text] = .node(graph.symbol(.output(number, .value, site: 0)))
    }
    try resolveFields(experiment) { _, _, node in node }
    try checkUnusedDefinitions(experiment)
  }

  /// Definitions that nothing uses are checked too. Where one is used it may name what is known only there: `N` in a
  /// transform, the normal `n` in a condition, columns of a file.
  private mutating func checkUnusedDefinitions(_ experiment: Experiment) throws(InputFailure) {
    guard experiment.dataSets.isEmpty else { return }
    var texts = experiment.fields.map(\.expression) + experiment.equations.map(\.expression)
    texts += experiment.conditions.flatMap { $0.expressions ?? [] }
    texts += experiment.energies.map(\.expression)
    texts += experiment.references.flatMap { $0.expressions ?? [] }
    texts += networks.flatMap { $0.settings.features.expressions ?? [] }
    let used = texts.reduce(into: Set<String>()) { $0.formUnion(FieldModel.names(usedBy: $1.text, experiment)) }
    var collector = DiagnosticCollector()
    for (name, expression) in experiment.definitions where !used.contains(name.name) {
      _ = collector.attempt { () throws(InputFailure) in
        try parseExpression(expression, in: scope, graph: &graph)
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

  /// The identifiers of a text and of the definitions that it uses.
  private static func names(usedBy text: String, _ experiment: Experiment) -> Set<String> {
    var found: Set<String> = []
    var pending = [text]
    while let next = pending.popLast() {
      for name in names(in: next) where found.insert(name).inserted {
        if let definition = experiment.definitions.first(where: { $0.name.name == name }) {
          pending.append(definition.expression.text)
        }
      }
    }
    return found
  }

  /// The identifiers of a text, as they are and with subscripts cut off.
  private static func names(in text: String) -> Set<String> {
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
    _ experiment: Experiment, adjust: (inout FieldModel, _ field: Int, NodeID) -> NodeID
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
        let used = FieldModel.names(usedBy: experiment.fields[number].expression.text, experiment)
        return !pending.contains { $0 != number && used.contains(fieldNames[$0]) }
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
        var local = scope
        if let output = own[number] { local.names["N"] = .node(graph.symbol(.output(output, .value, site: 0))) }
        nodes[number] = collector.attempt { () throws(InputFailure) in
          try parseExpression(
            field.expression, in: local, graph: &graph, unit: scope.units[field.name.name])
        }
      }
      try collector.throwIfAny()
      for number in ready {
        guard let node = nodes[number] else { continue }
        let adjusted = adjust(&self, number, node)
        nodes[number] = adjusted
        scope.names[fieldNames[number]] = .node(adjusted)
      }
      pending.removeAll { ready.contains($0) }
    }
    fields = nodes.compactMap { $0 }
  }

  /// The names of symbols, for printing expressions.
  package func symbolNames(_ experiment: Experiment) -> SymbolNames {
    SymbolNames(
      variables: experiment.variables.map(\.name),
      outputs: outputNames,
      unknowns: experiment.unknowns.map(\.name), columns: [])
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

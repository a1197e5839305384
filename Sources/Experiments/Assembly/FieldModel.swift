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
  /// How many outputs the network has.
  package let outputCount: Int

  /// - Throws: errors in definitions and output transforms.
  package init(_ experiment: Experiment) throws(InputFailure) {
    region = BoxRegion(
      experiment.variables.map {
        BoxRegion.Variable($0.name, from: $0.range.lowerBound, to: $0.range.upperBound)
      })
    domain = RegionDomain(experiment)
    fieldNames = experiment.fields.map(\.name.name)

    fields = []
    let own = FieldModel.ownOutputs(experiment)
    outputCount = own.compactMap { $0 }.count
    let all = Set(experiment.variables.indices)
    graph = ExpressionGraph(
      variableCount: experiment.variables.count, outputInputs: [Set<Int>](repeating: all, count: outputCount))
    scope = Scope(
      variables: experiment.variables.map(\.name), timeVariable: experiment.variables.firstIndex(where: \.isTime))
    for (name, value) in experiment.constants { scope.names[name] = .node(graph.constant(value)) }
    for (number, unknown) in experiment.unknowns.enumerated() {
      scope.names[unknown.name] = .node(graph.symbol(.unknown(number)))
    }
    for (name, expression) in experiment.definitions { scope.names[name.name] = .definition(expression) }
    try resolveFields(experiment) { _, _, node in node }
    try checkUnusedDefinitions(experiment)
  }

  /// Definitions that nothing uses are checked too. Where one is used it may name what is known only there: `N` in a
  /// transform, the normal `n` in a condition, columns of a file.
  private mutating func checkUnusedDefinitions(_ experiment: Experiment) throws(InputFailure) {
    guard experiment.dataSets.isEmpty else { return }
    var texts = experiment.fields.map(\.expression) + experiment.equations.map(\.expression)
    texts += experiment.conditions.flatMap { $0.expressions ?? [] }
    texts += experiment.references.flatMap { $0.expressions ?? [] } + (experiment.network.features.expressions ?? [])
    let used = texts.reduce(into: Set<String>()) { $0.formUnion(FieldModel.names(usedBy: $1.text, experiment)) }
    var collector = DiagnosticCollector()
    for (name, expression) in experiment.definitions where !used.contains(name.name) {
      _ = collector.attempt { () throws(InputFailure) in
        try parseExpression(expression, in: scope, graph: &graph)
      }
    }
    try collector.throwIfAny()
  }

  /// For each field the number of its network output, or nil where its transform does not name `N`.
  private static func ownOutputs(_ experiment: Experiment) -> [Int?] {
    var next = 0
    return experiment.fields.map { field in
      let usesOwn = names(usedBy: field.expression.text, experiment).contains("N")
      defer { if usesOwn { next += 1 } }
      return usesOwn ? next : nil
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
    let own = FieldModel.ownOutputs(experiment)
    guard own.contains(where: { $0 != nil }) else {
      throw InputFailure(
        .configuration, "no field uses its network output 'N'", at: experiment.fields.first?.expression.location,
        help: "at least one field needs a transform with 'N', or none at all: u = {}")
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
          try parseExpression(field.expression, in: local, graph: &graph)
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
      outputs: (0..<outputCount).map { outputCount == 1 ? "N" : "N\($0 + 1)" },
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

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
  package let region: BoxRegion
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
    try resolveFields(experiment, own)
    var collector = DiagnosticCollector()
    for (_, expression) in experiment.definitions {
      // Unused definitions are checked too; columns of data files are known only where they are used.
      if experiment.dataSets.isEmpty {
        _ = collector.attempt { () throws(InputFailure) in
          try parseExpression(expression, in: scope, graph: &graph)
        }
      }
    }
    try collector.throwIfAny()
  }

  /// For each field the number of its network output, or nil where its transform does not name `N`.
  private static func ownOutputs(_ experiment: Experiment) -> [Int?] {
    var next = 0
    return experiment.fields.map { field in
      let usesOwn = names(in: field.expression.text).contains("N")
      defer { if usesOwn { next += 1 } }
      return usesOwn ? next : nil
    }
  }

  /// The identifiers of a text, with subscripts cut off.
  private static func names(in text: String) -> Set<String> {
    var names: Set<String> = []
    var word = ""
    for character in text + " " {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else if !word.isEmpty {
        names.insert(word)
        if let underscore = word.firstIndex(of: "_") { names.insert(String(word[..<underscore])) }
        word = ""
      }
    }
    return names
  }

  /// Parses the transforms; a field may name others, as long as there is no circle.
  private mutating func resolveFields(_ experiment: Experiment, _ own: [Int?]) throws(InputFailure) {
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
        let used = FieldModel.names(in: experiment.fields[number].expression.text)
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
        if let node = nodes[number] { scope.names[fieldNames[number]] = .node(node) }
      }
      pending.removeAll { ready.contains($0) }
    }
    fields = nodes.compactMap { $0 }
  }

  /// Gives a field another expression.
  mutating func setField(_ number: Int, to node: NodeID) {
    fields[number] = node
    scope.names[fieldNames[number]] = .node(node)
  }

  /// The names of symbols, for printing expressions.
  package func symbolNames(_ experiment: Experiment) -> SymbolNames {
    SymbolNames(
      variables: experiment.variables.map(\.name),
      outputs: (0..<outputCount).map { outputCount == 1 ? "N" : "N\($0 + 1)" },
      unknowns: experiment.unknowns.map(\.name), columns: [])
  }
}

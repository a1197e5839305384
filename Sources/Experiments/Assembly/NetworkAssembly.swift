import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Networks
import Problems

/// Makes a network of an experiment: its features from the settings and the domain, its parameters in `packing`.
///
/// - Parameter number: its place among the networks, for random streams.
/// - Throws: feature expressions that are wrong, use more than coordinates and constants, or are not finite.
func assembleNetwork(
  _ planned: FieldModel.PlannedNetwork, number: Int, _ experiment: Experiment, _ region: BoxRegion,
  packing: inout ParameterPacking
) throws(InputFailure) -> Network {
  let settings = planned.settings
  let architecture = NetworkArchitecture(
    hidden: settings.hidden, activation: settings.activation, omega: settings.omega,
    initialization: settings.initialization)
  let features = try assembleFeatures(planned, number: number, experiment, region)
  return Network(architecture, features: features, outputs: planned.outputs, packing: &packing)
}

private func assembleFeatures(
  _ planned: FieldModel.PlannedNetwork, number networkNumber: Int, _ experiment: Experiment, _ region: BoxRegion
) throws(InputFailure) -> FeatureMap {
  let settings = planned.settings.features
  var graph = ExpressionGraph(variableCount: experiment.variables.count, outputInputs: [])
  var scope = Scope(variables: experiment.variables.map(\.name))
  for (name, value) in experiment.constants { scope.names[name] = .node(graph.constant(value)) }
  for (name, expression) in experiment.definitions { scope.names[name.name] = .definition(expression) }

  var periodic: [Int] = []
  for name in settings.periodic {
    guard let number = planned.inputs.first(where: { region.variables[$0].name == name.text }) else {
      let near = nearestName(to: name.text, among: planned.inputs.map { region.variables[$0].name })
      throw InputFailure(
        .configuration,
        "'\(name.text)' in 'periodic' is not \(planned.name.map { "an input of network '\($0)'" } ?? "a variable")",
        at: name.location, help: near.map { "did you mean '\($0)'?" })
    }
    if !periodic.contains(number) { periodic.append(number) }
  }
  var plain: [(node: NodeID, text: LocatedText?)] = []
  if let expressions = settings.expressions {
    for text in expressions {
      let node = try parseExpression(text, in: scope, graph: &graph)
      for case .coordinate(let variable, _) in graph.symbols(of: [node]) where !planned.inputs.contains(variable) {
        throw InputFailure(
          .configuration,
          "feature '\(text.text)' uses \(region.variables[variable].name), which is no input of network '\(planned.name ?? "")'",
          at: text.location)
      }
      plain.append((node, text))
    }
  } else {
    for number in planned.inputs where !periodic.contains(number) {
      plain.append((graph.symbol(.coordinate(number, site: 0)), nil))
    }
  }
  let ranges = try featureRanges(plain, graph, region)
  var builder = FeatureMapBuilder(graph: graph)
  for ((node, _), range) in zip(plain, ranges) {
    builder.append(node, scaledFrom: planned.settings.normalizesInputs ? range : nil)
  }
  for number in periodic {
    builder.appendPeriodic(
      variable: number, range: experiment.variables[number].range, harmonics: settings.harmonics)
  }
  if let fourier = settings.fourier {
    let stream = RandomStream(seed: experiment.seed, purpose: "fourier", index: networkNumber)
    let inputs = builder.count
    let frequencies = (0..<fourier.count).map { row in
      (0..<inputs).map { fourier.sigma * stream.normal(at: UInt64(row * inputs + $0)) }
    }
    builder.appendFourier(frequencies: frequencies)
  }
  return builder.build()
}

/// The range of every feature over the domain: exact for a variable, from 4096 fixed points for an expression.
private func featureRanges(
  _ features: [(node: NodeID, text: LocatedText?)], _ graph: ExpressionGraph, _ region: BoxRegion
) throws(InputFailure) -> [ClosedRange<Double>] {
  var ranges: [ClosedRange<Double>] = []
  let points = samplePoints(
    in: region, count: 4096, sampler: SobolSampler(), stream: RandomStream(seed: 0, purpose: "feature ranges"))
  for (node, text) in features {
    let program = ResidualProgram(graph, outputs: [node])
    var variables: [Int] = []
    for symbol in program.inputs {
      guard case .coordinate(let number, _) = symbol else {
        throw InputFailure(
          .configuration, "a feature may use variables and constants only", at: text?.location)
      }
      variables.append(number)
    }
    if case .symbol(.coordinate(let number, _)) = graph.content(of: node) {
      ranges.append(region.variables[number].lower...region.variables[number].upper)
      continue
    }
    var (low, high) = (Double.infinity, -Double.infinity)
    for row in 0..<(points.count / region.dimensions) {
      let value = program.evaluate(variables.map { points[row * region.dimensions + $0] })[0]
      guard value.isFinite else {
        let place = variables.map { "\(region.variables[$0].name) = \(points[row * region.dimensions + $0])" }
        throw InputFailure(
          .configuration, "feature '\(text?.text ?? "")' is \(value) at \(place.joined(separator: ", "))",
          at: text?.location)
      }
      low = min(low, value)
      high = max(high, value)
    }
    ranges.append(low...high)
  }
  return ranges
}

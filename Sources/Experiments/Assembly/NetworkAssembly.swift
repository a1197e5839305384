import Autodiff
import Configurations
import Diagnostics
import Expressions
import Kernels
import Networks
import Problems

/// Makes a network of an experiment: its features from the settings and the domain, its parameters in `packing`. With
/// separate trunks it is a network for each output, with the same features.
///
/// - Parameter number: its place among the networks, for random streams.
/// - Throws: feature expressions that are wrong, use more than coordinates and constants, or are not finite.
func assembleNetworks(
  _ planned: FieldModel.PlannedNetwork, number: Int, _ experiment: Experiment, _ region: BoxRegion,
  packing: inout ParameterPacking
) throws(InputFailure) -> [Network] {
  let settings = planned.settings
  let architecture = NetworkArchitecture(
    kind: settings.architecture, hidden: settings.hidden, activation: settings.activation, omega: settings.omega,
    initialization: settings.initialization, factorization: settings.factorization, slopeScale: settings.slopeScale)
  let features = try assembleFeatures(planned, number: number, experiment, region)
  var networks: [Network] = []
  for trunk in settings.hasSeparateTrunks ? planned.outputs.map({ $0..<$0 + 1 }) : [planned.outputs] {
    networks.append(Network(architecture, features: features, outputs: trunk, packing: &packing))
  }
  return networks
}

extension Symmetry {
  /// The symmetries of a network's settings, whose names are known to be variables.
  init?(_ settings: Experiment.Symmetry?, _ variables: [Experiment.Variable]) {
    guard let settings else { return nil }
    func number(_ name: String) -> Int { variables.firstIndex { $0.name == name } ?? 0 }
    func mirrors(_ places: [(name: LocatedKey, value: Double)]) -> [Mirror] {
      places.map { Mirror(variable: number($0.name.name), about: $0.value) }
    }
    self.init(
      even: mirrors(settings.even), odd: mirrors(settings.odd),
      rotation: settings.rotation.map {
        Rotation(about: mirrors($0.about), order: $0.order, hasMirror: $0.hasMirror)
      },
      exchange: settings.exchange.map { number($0.text) })
  }
}

extension FieldModel {
  /// What an output stands for in expressions: odd where the symmetry of its network says so.
  mutating func networkOutput(_ number: Int, _ experiment: Experiment) -> NodeID {
    let output = graph.symbol(.output(number, .value, site: 0))
    let settings = networks.first { $0.outputs.contains(number) }?.settings.symmetry
    guard let symmetry = Symmetry(settings, experiment.variables) else { return output }
    return graph.multiply(symmetry.factor(experiment.variables.map(\.range), in: &graph), output)
  }
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
    let symmetry = Symmetry(planned.settings.symmetry, experiment.variables)
    let replaced = symmetry?.variables ?? []
    for number in planned.inputs where !periodic.contains(number) && !replaced.contains(number) {
      plain.append((graph.symbol(.coordinate(number, site: 0)), nil))
    }
    let ranges = experiment.variables.map(\.range)
    plain += (symmetry?.features(ranges, in: &graph) ?? []).map { ($0, nil) }
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
  let inputs = 0..<builder.count
  for (place, fourier) in settings.fourier.enumerated() {
    let chosen = fourier.variables.map { names in
      Set(names.compactMap { name in experiment.variables.firstIndex { $0.name == name.text } })
    }
    let inputs = inputs.filter { input in chosen.map { builder.variables(of: input).isSubset(of: $0) } ?? true }
    guard !inputs.isEmpty else {
      throw InputFailure(
        .configuration, "no input of the network is made of these variables alone",
        at: fourier.variables?.first?.location)
    }
    let first = RandomStream(seed: experiment.seed, purpose: "fourier", index: networkNumber)
    let stream = place == 0 ? first : first.substream("setting", index: place)
    for (number, sigma) in fourier.sigmas.enumerated() {
      let rows = number * fourier.count..<(number + 1) * fourier.count
      let frequencies = rows.map { row in
        inputs.indices.map { sigma * stream.normal(at: UInt64(row * inputs.count + $0)) }
      }
      builder.appendFourier(frequencies: frequencies, of: inputs)
    }
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

package import KernelInterface
import Kernels

/// What an operation of a tape reads.
package enum TapeValue: Sendable, Equatable {
  case inputs
  /// What node number n leaves.
  case node(Int)
}

/// What becomes of the activations y of a hidden layer, elementwise, before anything reads them.
///
/// The jets that are read have as many units as the layer. Products of jets follow Leibniz' rule.
package enum Combination: Sendable, Equatable {
  /// y
  case none
  /// own · y + other · x
  case sum(TapeValue, own: Double, other: Double)
  /// α y + (1 − α) x, where α is a parameter of the layer, its `share`
  case blend(TapeValue)
  /// u + y · d; u and d are left by nodes
  case gate(TapeValue, TapeValue)

  /// What is read elementwise.
  package var reads: [TapeValue] {
    switch self {
    case .none: []
    case .sum(let x, _, _), .blend(let x): [x]
    case .gate(let u, let d): [u, d]
    }
  }
}

/// One batched operation of a tape, on the jets of all points of a chunk.
package enum TapeNode: Sendable, Equatable {
  /// activation(input · W' + b'), combined with jets that were there before. The affine map acts on every part of the
  /// jet, the bias on the value only. Its input is what the node before leaves, or the inputs of the network.
  case hidden(AffineParameters, Activation, readsInputs: Bool = false, Combination = .none)
  /// input · W' + b', the last operation of a network.
  case output(AffineParameters)
}

/// A recorded network: operations on jets, replayed for every chunk of points, forward and in reverse.
///
/// The affine maps make a chain, but for those that start anew from the inputs; elementwise a node may read whatever was
/// left before it. A node stands for tens of points at once: the cost of the tape itself is nothing beside its kernels.
package struct Tape: Sendable {
  package let parts: DerivativeSet
  package let inputWidth: Int
  package private(set) var nodes: [TapeNode] = []

  package init(parts: DerivativeSet, inputWidth: Int) {
    self.parts = parts
    self.inputWidth = inputWidth
  }

  /// - Precondition: the layer takes what it reads, which is no output, and combines jets of its own width.
  package mutating func append(_ node: TapeNode) {
    let width = node.readsInputs ? inputWidth : outputWidth
    let layer = node.layer
    if case .output? = nodes.last { preconditionFailure("nothing follows the outputs of a network") }
    precondition(layer.inputs == width, "layer of \(layer.inputs) inputs after \(width)")
    for value in node.combination.reads {
      if case .node(let number) = value {
        precondition(nodes.indices.contains(number), "node \(nodes.count) reads node \(number)")
      }
      precondition(self.width(of: value) == layer.outputs, "\(self.width(of: value)) units for \(layer.outputs)")
    }
    switch node {
    case .hidden(_, _, _, .blend): precondition(layer.extras.contains(.share), "a layer without a share")
    case .hidden(_, _, _, .gate(let u, let d)):
      precondition(u != .inputs && d != .inputs && u != d, "a gate of \(u) and \(d)")
    default: break
    }
    switch node {
    case .hidden: precondition(layer.role == .hidden, "outputs as a hidden layer")
    case .output: precondition(layer.role == .output, "a hidden layer as outputs")
    }
    nodes.append(node)
  }

  /// How many units a value has.
  private func width(of value: TapeValue) -> Int {
    switch value {
    case .inputs: inputWidth
    case .node(let number): nodes[number].layer.outputs
    }
  }

  package var outputWidth: Int { nodes.last.map(\.layer.outputs) ?? inputWidth }

  /// The places of its parameters in the parameter vector, which follow each other layer by layer.
  package var parameterRange: Range<Int> {
    guard let first = nodes.first?.layer, let last = nodes.last?.layer else { return 0..<0 }
    return first.offset..<last.offset + last.parameterCount
  }

  /// Whether an affine map reads the inputs of the network in node number `place`.
  fileprivate func readsInputs(_ place: Int) -> Bool { place == 0 || nodes[place].readsInputs }

  /// Multiply-adds of the matrix products for one point, padding not counted: Z = A W forward; Z̄ Wᵀ but for layers that
  /// read the inputs, and Aᵀ Z̄, in reverse.
  package var multiplyAddsForward: Int {
    nodes.reduce(0) { $0 + parts.count * $1.layer.inputs * $1.layer.outputs }
  }
  package var multiplyAddsReverse: Int {
    nodes.indices.reduce(2 * multiplyAddsForward) {
      readsInputs($1) ? $0 - parts.count * nodes[$1].layer.inputs * nodes[$1].layer.outputs : $0
    }
  }

  /// Numbers a point occupies in a workspace.
  package var valuesPerPoint: Int {
    let plan = TapePlan(self)
    return parts.count
      * (padded(inputWidth) + plan.hiddenNumbers + 2 * plan.widest + plan.extraCount * plan.widest + 2 * outputWidth)
  }
}

extension TapeNode {
  package var layer: AffineParameters {
    switch self {
    case .hidden(let layer, _, _, _), .output(let layer): layer
    }
  }

  fileprivate var readsInputs: Bool {
    if case .hidden(_, _, let readsInputs, _) = self { readsInputs } else { false }
  }

  fileprivate var combination: Combination {
    if case .hidden(_, _, _, let combination) = self { combination } else { .none }
  }
}

/// Where the reverse sweep leaves the derivatives by the parameters.
package enum ReverseSink {
  /// Adds the sum over the chunk to a gradient in packed form.
  case gradient(UnsafeMutablePointer<Double>)
  /// Writes one row of a Jacobian a point, in parameter order; rows are `stride` numbers apart.
  case rows(UnsafeMutablePointer<Double>, stride: Int, validPoints: Int)
}

/// The memory in which one worker replays a tape: the jets of every node, cotangents of two layers in turn, and those
/// that elementwise readers leave.
///
/// - Precondition: the tape ends with an output.
package final class TapeWorkspace: Sendable {
  package let tape: Tape
  /// The most points of a chunk.
  package let capacity: Int
  private let inputs: UnsafeNumberBuffer
  private let hidden: UnsafeNumberBuffer
  private let outputs: UnsafeNumberBuffer
  private let outputBars: UnsafeNumberBuffer
  /// z̄ of two layers in turn: an affine map is read by the node before it alone.
  private let bars: UnsafeNumberBuffer
  /// What elementwise readers leave of the cotangents of a value until its own node takes its turn.
  private let extraBars: UnsafeNumberBuffer
  /// The derivatives by the share of a layer, one number a point.
  private let shareBars: UnsafeNumberBuffer
  private let layers: [PlannedLayer]
  private let inputsAreRows: Bool
  private let barNumbers: Int
  private let outputLayer: AffineParameters
  /// Of its own, as everything that is read in every chunk: see `PointSetRun` in Training.
  private let table: JetTable

  /// - Precondition: `capacity` is a multiple of the kernels' lane count.
  package init(tape: Tape, capacity: Int) {
    precondition(capacity % KernelTable.laneCount == 0, "chunks of \(capacity) points")
    guard case .output(let last)? = tape.nodes.last else { preconditionFailure("a network without outputs") }
    self.tape = tape
    self.capacity = capacity
    outputLayer = last
    table = tape.parts.jetTable
    let numbers = capacity * tape.parts.count
    let plan = TapePlan(tape)
    layers = plan.layers.map { $0.times(numbers) }
    inputsAreRows = plan.inputsAreRows
    barNumbers = numbers * plan.widest
    hidden = UnsafeNumberBuffer(count: numbers * plan.hiddenNumbers)
    bars = UnsafeNumberBuffer(count: 2 * barNumbers)
    extraBars = UnsafeNumberBuffer(count: plan.extraCount * barNumbers)
    shareBars = UnsafeNumberBuffer(count: plan.layers.contains { $0.hasShare } ? capacity : 0)
    inputs = UnsafeNumberBuffer(count: numbers * rowStride(tape.inputWidth))
    outputs = UnsafeNumberBuffer(count: numbers * last.outputs)
    outputBars = UnsafeNumberBuffer(count: numbers * last.outputs)
  }

  /// `memoryNumbers` of one that would be made.
  package static func memoryNumbers(tape: Tape, capacity: Int) -> Int {
    guard case .output(let last)? = tape.nodes.last else { preconditionFailure("a network without outputs") }
    let numbers = capacity * tape.parts.count
    let plan = TapePlan(tape)
    let perPart =
      plan.hiddenNumbers + (2 + plan.extraCount) * plan.widest + rowStride(tape.inputWidth) + 2 * last.outputs
    return numbers * perPart + (plan.layers.contains { $0.hasShare } ? capacity : 0)
  }

  package var memoryNumbers: Int {
    inputs.count + hidden.count + bars.count + extraBars.count + shareBars.count + outputs.count + outputBars.count
  }

  /// The numbers of one input unit for one part: `count` points, `pointStride` apart.
  package func input(part: Int, unit: Int, count: Int) -> (base: UnsafeMutablePointer<Double>, pointStride: Int) {
    let operand = inputOperand(count)
    return (inputs.base + part * operand.partStride + unit * operand.unitStride, operand.pointStride)
  }

  private func inputOperand(_ count: Int) -> JetOperand {
    if inputsAreRows {
      let stride = rowStride(tape.inputWidth)
      return JetOperand(inputs.base, partStride: count * stride, pointStride: stride, unitStride: 1)
    }
    return JetOperand(inputs.base, partStride: count * tape.inputWidth, pointStride: 1, unitStride: count)
  }

  /// The output jets `[part][output][point]` after `forward`.
  package var output: UnsafePointer<Double> { UnsafePointer(outputs.base) }

  /// The cotangents of the output jets, laid out as these, to be filled before `reverse`.
  package var outputCotangents: UnsafeMutablePointer<Double> { outputBars.base }

  /// What the affine map of layer number `place` reads, or that of the outputs.
  private func operand(_ place: Int, _ count: Int) -> JetOperand {
    guard place > 0, place == layers.count || !layers[place].readsInputs else { return inputOperand(count) }
    let before = layers[place - 1]
    return JetOperand(
      hidden.base + before.value, partStride: count * before.stride, pointStride: before.stride, unitStride: 1)
  }

  private func jets(_ layer: PlannedLayer, _ count: Int) -> HiddenJets {
    HiddenJets(
      z: hidden.base + layer.z, y: hidden.base + layer.y, points: count, units: layer.units, stride: layer.stride)
  }

  private func combination(_ layer: PlannedLayer, _ parameters: PackedParameters) -> JetCombination {
    var combination = JetCombination.none
    if layer.valueBar >= 0 { combination.resultBar = UnsafePointer(extraBars.base + layer.valueBar * barNumbers) }
    guard layer.kind != .none else { return combination }
    combination.kind = layer.kind
    (combination.own, combination.other) = (layer.own, layer.other)
    if layer.hasShare {
      combination.own = parameters.share(layer.parameters)
      combination.other = 1 - combination.own
      combination.ownBar = shareBars.base
    }
    combination.result = hidden.base + layer.value
    combination.first = UnsafePointer(layer.first.start < 0 ? inputs.base : hidden.base + layer.first.start)
    combination.second = UnsafePointer(hidden.base + max(0, layer.second.start))
    if layer.first.bar >= 0 { combination.firstBar = extraBars.base + layer.first.bar * barNumbers }
    if layer.second.bar >= 0 { combination.secondBar = extraBars.base + layer.second.bar * barNumbers }
    combination.addsFirst = layer.first.adds
    combination.addsSecond = layer.second.adds
    return combination
  }

  /// Runs the tape for `count` points, a multiple of the lane count. Hot path.
  package func forward(count: Int, parameters: PackedParameters, kernels: KernelTable) {
    for place in layers.indices {
      let layer = layers[place]
      kernels.forwardHidden(
        layer.activation, table, operand(place, count), layer.parameters.inputs,
        parameters.weights(layer.parameters), parameters.bias(layer.parameters), jets(layer, count),
        combination(layer, parameters))
    }
    let last = operand(layers.count, count)
    kernels.forwardOutput(
      last.base, last.pointStride, padded(outputLayer.inputs), parameters.weights(outputLayer),
      parameters.bias(outputLayer), table.partCount, count, outputLayer.outputs, outputs.base)
  }

  /// Runs the tape backwards from `outputCotangents` for the `count` points of the last `forward`. Hot path.
  ///
  /// The derivative of an affine layer is Ā = Z̄ Wᵀ for its input, W̄ = Aᵀ Z̄ summed over points and parts for its
  /// weights, and b̄ the sum of Z̄ over the points of the value part. Nothing flows into the inputs.
  package func reverse(count: Int, parameters: PackedParameters, kernels: KernelTable, into sink: ReverseSink) {
    reverseOutput(count, parameters, kernels, sink)
    var next = JetOperand(
      outputBars.base, partStride: count * outputLayer.outputs, pointStride: 1, unitStride: count)
    var nextLayer = outputLayer
    for place in layers.indices.reversed() {
      let layer = layers[place]
      let zBar = bars.base + place % 2 * barNumbers
      // Where the next affine map starts anew from the inputs, it gives this layer nothing.
      let inner = place + 1 < layers.count && layers[place + 1].readsInputs ? 0 : nextLayer.outputs
      if layer.hasShare { shareBars.base.update(repeating: 0, count: count) }
      kernels.reverseHidden(
        layer.activation, table, next, inner, parameters.transposedWeights(nextLayer), jets(layer, count), zBar,
        combination(layer, parameters))
      reverseParameters(layer, operand(place, count), zBar, count, parameters, kernels, sink)
      next = JetOperand(zBar, partStride: count * layer.stride, pointStride: layer.stride, unitStride: 1)
      nextLayer = layer.parameters
    }
  }

  private func reverseOutput(
    _ count: Int, _ parameters: PackedParameters, _ kernels: KernelTable, _ sink: ReverseSink
  ) {
    let (layer, parts) = (outputLayer, table.partCount)
    let input = operand(layers.count, count)
    switch sink {
    case .gradient(let gradient):
      let target = gradient + layer.packedOffset
      kernels.accumulateOutputGradient(
        input.base, input.pointStride, padded(layer.inputs), outputBars.base, parts, count, layer.outputs, target,
        target + layer.packedWeightCount)
    case .rows(let rows, let stride, let validPoints):
      kernels.jacobianRowsOfOutput(
        input.base, input.pointStride, layer.inputs, outputBars.base, parts, count, layer.outputs, validPoints,
        rows + layer.offset, stride)
      finishRows(layer, outputBars.base, 1, count, parameters, rows, stride, validPoints)
    }
  }

  private func reverseParameters(
    _ layer: PlannedLayer, _ input: JetOperand, _ zBar: UnsafeMutablePointer<Double>, _ count: Int,
    _ packed: PackedParameters, _ kernels: KernelTable, _ sink: ReverseSink
  ) {
    let parameters = layer.parameters
    switch sink {
    case .gradient(let gradient):
      let target = gradient + parameters.packedOffset
      kernels.accumulateWeightGradient(
        input, parameters.inputs, table.partCount, zBar, count, layer.units, layer.stride, target)
      kernels.accumulateColumnSums(zBar, count, layer.units, layer.stride, target + parameters.packedWeightCount)
      if layer.hasShare {
        for point in 0..<count { target[parameters.packedShare] += shareBars.base[point] }
      }
    case .rows(let rows, let stride, let validPoints):
      kernels.jacobianRowsOfHidden(
        input, parameters.inputs, table.partCount, zBar, count, layer.stride, parameters.outputs, validPoints,
        rows + parameters.offset, stride)
      finishRows(parameters, zBar, layer.stride, 1, packed, rows, stride, validPoints)
    }
  }

  /// The part of the Jacobian rows that belongs to the biases and extras, and the factors of the layer on its columns.
  private func finishRows(
    _ layer: AffineParameters, _ z: UnsafePointer<Double>, _ pointStride: Int, _ unitStride: Int,
    _ packed: PackedParameters, _ rows: UnsafeMutablePointer<Double>, _ stride: Int, _ validPoints: Int
  ) {
    for point in 0..<validPoints {
      let row = rows + point * stride + layer.offset
      for n in 0..<layer.outputs { row[layer.biasPlace + n] = z[point * pointStride + n * unitStride] }
      if layer.extras.contains(.share) { row[layer.sharePlace] = shareBars.base[point] }
      packed.pullBack(layer, row)
    }
  }
}

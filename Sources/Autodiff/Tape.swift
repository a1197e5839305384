package import KernelInterface
import Kernels

/// One batched operation of a tape, on the jets of all points of a chunk.
package enum TapeNode: Sendable, Equatable {
  /// activation(scale · (input · W + b)): the affine map acts on every part of the jet, the bias on the value only.
  case hidden(AffineParameters, Activation)
  /// scale · (input · W + b), the last operation of a network.
  case output(AffineParameters)
}

/// A recorded network: a chain of operations on jets, replayed for every chunk of points, forward and in reverse.
///
/// Each node reads what the node before it left; the first reads the inputs. A node stands for tens of points at once:
/// the cost of the tape itself is nothing beside its kernels.
package struct Tape: Sendable {
  package let parts: DerivativeSet
  package let inputWidth: Int
  package private(set) var nodes: [TapeNode] = []

  package init(parts: DerivativeSet, inputWidth: Int) {
    self.parts = parts
    self.inputWidth = inputWidth
  }

  /// - Precondition: the layer takes what the last node leaves, which is no output.
  package mutating func append(_ node: TapeNode) {
    let width = outputWidth
    switch node {
    case .hidden(let layer, _):
      precondition(layer.role == .hidden && layer.inputs == width, "layer of \(layer.inputs) inputs after \(width)")
    case .output(let layer):
      precondition(layer.role == .output && layer.inputs == width, "layer of \(layer.inputs) inputs after \(width)")
    }
    if case .output? = nodes.last { preconditionFailure("nothing follows the outputs of a network") }
    nodes.append(node)
  }

  package var outputWidth: Int { nodes.last.map(\.layer.outputs) ?? inputWidth }

  /// The places of its parameters in the parameter vector, which follow each other layer by layer.
  package var parameterRange: Range<Int> {
    guard let first = nodes.first?.layer, let last = nodes.last?.layer else { return 0..<0 }
    return first.offset..<last.offset + last.parameterCount
  }

  /// Multiply-adds of the matrix products for one point, padding not counted: Z = A W forward; Z̄ Wᵀ but for the
  /// first layer, and Aᵀ Z̄, in reverse.
  package var multiplyAddsForward: Int {
    nodes.reduce(0) { $0 + parts.count * $1.layer.inputs * $1.layer.outputs }
  }
  package var multiplyAddsReverse: Int {
    2 * multiplyAddsForward - (nodes.first.map { parts.count * $0.layer.inputs * $0.layer.outputs } ?? 0)
  }

  /// Numbers a point occupies in a workspace.
  package var valuesPerPoint: Int {
    let hidden = nodes.dropLast().map { rowStride($0.layer.outputs) }
    return parts.count * (padded(inputWidth) + 2 * hidden.reduce(0, +) + 2 * (hidden.max() ?? 0) + 2 * outputWidth)
  }
}

extension TapeNode {
  package var layer: AffineParameters {
    switch self {
    case .hidden(let layer, _), .output(let layer): layer
    }
  }
}

/// Where the reverse sweep leaves the derivatives by the parameters.
package enum ReverseSink {
  /// Adds the sum over the chunk to a gradient in packed form.
  case gradient(UnsafeMutablePointer<Double>)
  /// Writes one row of a Jacobian a point, in parameter order; rows are `stride` numbers apart.
  case rows(UnsafeMutablePointer<Double>, stride: Int, validPoints: Int)
}

/// The memory in which one worker replays a tape: the jets of every node, and two layers of cotangents in turn.
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
  private let bars: UnsafeNumberBuffer
  private let layers: [HiddenLayer]
  private let outputLayer: AffineParameters
  /// Of its own, as everything that is read in every chunk: see `PointSetRun` in Training.
  private let table: JetTable

  /// A hidden layer and where its jets stand; plain numbers, so that reading it counts no references.
  private struct HiddenLayer: Sendable {
    var parameters: AffineParameters
    var activation: Activation
    /// Where z, y and z̄ start: the first two in `hidden`, the last in `bars`. Neighbouring layers use different
    /// halves of these: a chain needs no more than two at a time.
    var z: Int
    var y: Int
    var bar: Int
    var units: Int
    var stride: Int
  }

  /// - Precondition: `capacity` is a multiple of the kernels' lane count.
  package init(tape: Tape, capacity: Int) {
    precondition(capacity % KernelTable.laneCount == 0, "chunks of \(capacity) points")
    guard case .output(let last)? = tape.nodes.last else { preconditionFailure("a network without outputs") }
    self.tape = tape
    self.capacity = capacity
    outputLayer = last
    table = tape.parts.jetTable
    let numbers = capacity * tape.parts.count
    let widest = tape.nodes.dropLast().map { rowStride($0.layer.outputs) }.max() ?? 0
    var layers: [HiddenLayer] = []
    var total = 0
    for case .hidden(let layer, let activation) in tape.nodes {
      let stride = rowStride(layer.outputs)
      layers.append(
        HiddenLayer(
          parameters: layer, activation: activation, z: total, y: total + numbers * stride,
          bar: layers.count % 2 * numbers * widest, units: padded(layer.outputs), stride: stride))
      total += 2 * numbers * stride
    }
    self.layers = layers
    hidden = UnsafeNumberBuffer(count: total)
    bars = UnsafeNumberBuffer(count: 2 * numbers * widest)
    // A network without hidden layers reads its inputs as if they were hidden units.
    inputs = UnsafeNumberBuffer(count: numbers * rowStride(tape.inputWidth))
    outputs = UnsafeNumberBuffer(count: numbers * last.outputs)
    outputBars = UnsafeNumberBuffer(count: numbers * last.outputs)
  }

  package var memoryNumbers: Int {
    inputs.count + hidden.count + bars.count + outputs.count + outputBars.count
  }

  /// The numbers of one input unit for one part: `count` points, `pointStride` apart.
  package func input(part: Int, unit: Int, count: Int) -> (base: UnsafeMutablePointer<Double>, pointStride: Int) {
    let operand = inputOperand(count)
    return (inputs.base + part * operand.partStride + unit * operand.unitStride, operand.pointStride)
  }

  private func inputOperand(_ count: Int) -> JetOperand {
    if layers.isEmpty {
      let stride = rowStride(tape.inputWidth)
      return JetOperand(inputs.base, partStride: count * stride, pointStride: stride, unitStride: 1)
    }
    return JetOperand(inputs.base, partStride: count * tape.inputWidth, pointStride: 1, unitStride: count)
  }

  /// The output jets `[part][output][point]` after `forward`.
  package var output: UnsafePointer<Double> { UnsafePointer(outputs.base) }

  /// The cotangents of the output jets, laid out as these, to be filled before `reverse`.
  package var outputCotangents: UnsafeMutablePointer<Double> { outputBars.base }

  /// What layer number `place` reads.
  private func operand(_ place: Int, _ count: Int) -> JetOperand {
    guard place > 0 else { return inputOperand(count) }
    let before = layers[place - 1]
    return JetOperand(
      hidden.base + before.y, partStride: count * before.stride, pointStride: before.stride, unitStride: 1)
  }

  private func jets(_ layer: HiddenLayer, _ count: Int) -> HiddenJets {
    HiddenJets(
      z: hidden.base + layer.z, y: hidden.base + layer.y, points: count, units: layer.units, stride: layer.stride)
  }

  /// Runs the tape for `count` points, a multiple of the lane count. Hot path.
  package func forward(count: Int, parameters: PackedParameters, kernels: KernelTable) {
    for place in layers.indices {
      let layer = layers[place]
      kernels.forwardHidden(
        layer.activation, table, operand(place, count), layer.parameters.inputs,
        parameters.weights(layer.parameters), parameters.bias(layer.parameters), jets(layer, count))
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
    reverseOutput(count, kernels, sink)
    var next = JetOperand(
      outputBars.base, partStride: count * outputLayer.outputs, pointStride: 1, unitStride: count)
    var nextLayer = outputLayer
    for place in layers.indices.reversed() {
      let layer = layers[place]
      let zBar = bars.base + layer.bar
      kernels.reverseHidden(
        layer.activation, table, next, nextLayer.outputs, parameters.transposedWeights(nextLayer),
        jets(layer, count), zBar)
      reverseParameters(layer, operand(place, count), zBar, count, kernels, sink)
      next = JetOperand(zBar, partStride: count * layer.stride, pointStride: layer.stride, unitStride: 1)
      nextLayer = layer.parameters
    }
  }

  private func reverseOutput(_ count: Int, _ kernels: KernelTable, _ sink: ReverseSink) {
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
      writeBiasRows(layer, outputBars.base, 1, count, rows, stride, validPoints)
    }
  }

  private func reverseParameters(
    _ layer: HiddenLayer, _ input: JetOperand, _ zBar: UnsafeMutablePointer<Double>, _ count: Int,
    _ kernels: KernelTable, _ sink: ReverseSink
  ) {
    let parameters = layer.parameters
    switch sink {
    case .gradient(let gradient):
      let target = gradient + parameters.packedOffset
      kernels.accumulateWeightGradient(
        input, parameters.inputs, table.partCount, zBar, count, layer.units, layer.stride, target)
      kernels.accumulateColumnSums(zBar, count, layer.units, layer.stride, target + parameters.packedWeightCount)
    case .rows(let rows, let stride, let validPoints):
      kernels.jacobianRowsOfHidden(
        input, parameters.inputs, table.partCount, zBar, count, layer.stride, parameters.outputs, validPoints,
        rows + parameters.offset, stride)
      writeBiasRows(parameters, zBar, layer.stride, 1, rows, stride, validPoints)
    }
  }

  /// The part of the Jacobian rows that belongs to the biases, and the factor s of the layer on all of its columns.
  private func writeBiasRows(
    _ layer: AffineParameters, _ z: UnsafePointer<Double>, _ pointStride: Int, _ unitStride: Int,
    _ rows: UnsafeMutablePointer<Double>, _ stride: Int, _ validPoints: Int
  ) {
    let biasOffset = layer.offset + layer.inputs * layer.outputs
    for point in 0..<validPoints {
      let row = rows + point * stride
      for n in 0..<layer.outputs { row[biasOffset + n] = z[point * pointStride + n * unitStride] }
      if layer.scale != 1 {
        for place in layer.offset..<layer.offset + layer.parameterCount { row[place] *= layer.scale }
      }
    }
  }
}

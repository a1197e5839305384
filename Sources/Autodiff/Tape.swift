package import KernelInterface
import Kernels

/// One batched operation of a tape: it reads and writes the jets of all points of a chunk.
package enum TapeNode: Sendable, Equatable {
  /// output = scale · (input · W + b), every part of the jet; the bias acts on the value only.
  case affine(AffineParameters, input: Int, output: Int)
  /// output = activation(input) as jets.
  case activation(Activation, input: Int, output: Int)
}

/// A recorded network: operations on jets over slots, replayed for every chunk of points, forward and in reverse.
///
/// A slot holds a matrix `[part][point][unit]` with the units padded to the kernels' lanes. Slot 0 is the input; each
/// operation writes the slot after the last, so operations form a chain and every slot is read by one of them.
/// A node stands for tens of points at once: the cost of the tape itself is nothing beside its kernels.
package struct Tape: Sendable {
  package let parts: DerivativeSet
  package let table: JetTable
  package private(set) var nodes: [TapeNode] = []
  /// Units of each slot, not padded.
  package private(set) var widths: [Int]

  package init(parts: DerivativeSet, inputWidth: Int) {
    self.parts = parts
    table = parts.jetTable
    widths = [inputWidth]
  }

  /// - Precondition: the layer takes what the last slot holds.
  package mutating func appendAffine(_ layer: AffineParameters) {
    precondition(layer.inputs == widths[widths.count - 1], "layer of \(layer.inputs) inputs after \(widths)")
    nodes.append(.affine(layer, input: widths.count - 1, output: widths.count))
    widths.append(layer.outputs)
  }

  package mutating func appendActivation(_ activation: Activation) {
    nodes.append(.activation(activation, input: widths.count - 1, output: widths.count))
    widths.append(widths[widths.count - 1])
  }

  package var outputWidth: Int { widths[widths.count - 1] }
  package var outputSlot: Int { widths.count - 1 }

  /// Multiply-adds of the matrix products for one point, padding not counted: Z = A W forward; Z̄ Wᵀ but for the
  /// first layer, and Aᵀ Z̄, in reverse.
  package var multiplyAddsForward: Int { multiplyAdds { _, _ in 1 } }
  package var multiplyAddsReverse: Int { multiplyAdds { _, input in input == 0 ? 1 : 2 } }

  private func multiplyAdds(_ products: (AffineParameters, _ input: Int) -> Int) -> Int {
    nodes.reduce(0) { sum, node in
      guard case .affine(let layer, let input, _) = node else { return sum }
      return sum + products(layer, input) * parts.count * layer.inputs * layer.outputs
    }
  }

  /// Numbers a point occupies in all slots together.
  package var valuesPerPoint: Int { parts.count * widths.reduce(0) { $0 + padded($1) } }
  /// Numbers a point occupies in the widest slot.
  package var widestPerPoint: Int { parts.count * (widths.map(padded).max() ?? 0) }
}

/// Where the reverse sweep leaves the derivatives by the parameters.
package enum ReverseSink {
  /// Adds the sum over the chunk to a gradient in packed form.
  case gradient(UnsafeMutablePointer<Double>)
  /// Writes one row of a Jacobian a point, in parameter order; rows are `stride` numbers apart.
  case rows(UnsafeMutablePointer<Double>, stride: Int, validPoints: Int)
}

/// The memory in which one worker replays a tape: values of every slot, and two slots of cotangents in turn.
package final class TapeWorkspace: Sendable {
  package let tape: Tape
  /// The most points of a chunk.
  package let capacity: Int
  private let values: UnsafeNumberBuffer
  private let cotangents: UnsafeNumberBuffer
  private let slotOffsets: [Int]

  /// - Precondition: `capacity` is a multiple of the kernels' lane count.
  package init(tape: Tape, capacity: Int) {
    precondition(capacity % KernelTable.laneCount == 0, "chunks of \(capacity) points")
    self.tape = tape
    self.capacity = capacity
    var offsets: [Int] = []
    var total = 0
    for width in tape.widths {
      offsets.append(total)
      total += capacity * tape.parts.count * padded(width)
    }
    slotOffsets = offsets
    values = UnsafeNumberBuffer(count: total)
    cotangents = UnsafeNumberBuffer(count: 2 * capacity * tape.widestPerPoint)
  }

  package var memoryNumbers: Int { values.count + cotangents.count }

  /// The input jets `[part][point][unit]`, to be filled before `forward`.
  package func input() -> UnsafeMutablePointer<Double> { values.base + slotOffsets[0] }

  /// The output jets after `forward`.
  package func output() -> UnsafePointer<Double> {
    UnsafePointer(values.base + slotOffsets[tape.outputSlot])
  }

  /// The cotangents of the output jets, to be filled before `reverse`.
  package func outputCotangents() -> UnsafeMutablePointer<Double> { cotangent(tape.outputSlot) }

  /// Neighbouring slots use different halves: a chain needs no more than two at a time.
  private func cotangent(_ slot: Int) -> UnsafeMutablePointer<Double> {
    cotangents.base + (slot % 2) * capacity * tape.widestPerPoint
  }

  /// Runs the tape for `count` points, a multiple of the lane count. Hot path.
  package func forward(count: Int, parameters: PackedParameters, kernels: KernelTable) {
    let rows = tape.parts.count * count
    for node in tape.nodes {
      switch node {
      case .affine(let layer, let input, let output):
        kernels.product(
          values.base + slotOffsets[input], padded(layer.inputs), parameters.weights(layer), parameters.bias(layer),
          count, values.base + slotOffsets[output], rows, layer.inputs, padded(layer.outputs))
      case .activation(let activation, let input, let output):
        kernels.activationForward(
          activation, tape.table, values.base + slotOffsets[input], values.base + slotOffsets[output],
          count * padded(tape.widths[input]))
      }
    }
  }

  /// Runs the tape backwards from `outputCotangents()` for the `count` points of the last `forward`. Hot path.
  ///
  /// The derivative of an affine layer is Ā = Z̄ Wᵀ for its input, W̄ = Aᵀ Z̄ summed over points and parts for its
  /// weights, and b̄ the sum of Z̄ over the points of the value part. Nothing flows into slot 0.
  package func reverse(count: Int, parameters: PackedParameters, kernels: KernelTable, into sink: ReverseSink) {
    let parts = tape.parts.count
    for node in tape.nodes.reversed() {
      switch node {
      case .affine(let layer, let input, let output):
        let (a, z) = (values.base + slotOffsets[input], cotangent(output))
        let (lda, columns) = (padded(layer.inputs), padded(layer.outputs))
        switch sink {
        case .gradient(let gradient):
          let target = gradient + layer.packedOffset
          kernels.accumulateTransposedProduct(a, lda, z, target, parts * count, layer.inputs, columns)
          kernels.accumulateColumnSums(z, target + layer.inputs * columns, count, columns)
        case .rows(let rows, let stride, let validPoints):
          kernels.jacobianRows(
            a, lda, z, columns, parts, count, validPoints, layer.inputs, layer.outputs, rows + layer.offset, stride)
          writeBiasRows(layer, z, columns, rows, stride, validPoints)
        }
        if input > 0 {
          kernels.product(
            z, columns, parameters.transposedWeights(layer), nil, 0, cotangent(input), parts * count, layer.outputs,
            lda)
        }
      case .activation(let activation, let input, let output):
        kernels.activationReverse(
          activation, tape.table, values.base + slotOffsets[input], values.base + slotOffsets[output],
          cotangent(output), cotangent(input), count * padded(tape.widths[input]))
      }
    }
  }

  /// The part of the Jacobian rows that belongs to the biases, and the factor s of the layer on all of its columns.
  private func writeBiasRows(
    _ layer: AffineParameters, _ z: UnsafePointer<Double>, _ columns: Int, _ rows: UnsafeMutablePointer<Double>,
    _ stride: Int, _ validPoints: Int
  ) {
    let biasOffset = layer.offset + layer.inputs * layer.outputs
    for point in 0..<validPoints {
      let row = rows + point * stride
      for n in 0..<layer.outputs { row[biasOffset + n] = z[point * columns + n] }
      if layer.scale != 1 {
        for place in layer.offset..<layer.offset + layer.parameterCount { row[place] *= layer.scale }
      }
    }
  }
}

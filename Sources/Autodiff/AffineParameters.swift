import KernelInterface
import Kernels

/// The next multiple of the kernels' lane count.
package func padded(_ count: Int) -> Int {
  (count + KernelTable.laneCount - 1) / KernelTable.laneCount * KernelTable.laneCount
}

/// Where the weights and biases of one affine layer y = s (x W + b) stand.
///
/// In the parameter vector: W as `[inputs, outputs]`, row-major, from `offset`, then b. `scale` s is fixed; sine
/// networks use it for their frequency factor, which changes the size of a gradient step but not what can be
/// represented.
package struct AffineParameters: Sendable, Equatable {
  package var inputs: Int
  package var outputs: Int
  package var offset: Int
  package var scale: Double
  /// Packed for the kernels: s W as `[inputs, padded(outputs)]`, then s b as `[padded(outputs)]`.
  package var packedOffset: Int
  /// The transpose, s Wᵀ as `[outputs, padded(inputs)]`.
  package var transposedOffset: Int

  package var parameterCount: Int { (inputs + 1) * outputs }
  package var packedCount: Int { (inputs + 1) * padded(outputs) }
  package var transposedCount: Int { outputs * padded(inputs) }
}

/// The affine layers of all networks of a problem and the sizes of their packed forms.
package struct ParameterPacking: Sendable {
  package private(set) var layers: [AffineParameters] = []
  package private(set) var parameterCount = 0
  package private(set) var packedCount = 0
  package private(set) var transposedCount = 0

  package init() {}

  /// Reserves the next parameters for a layer.
  package mutating func append(inputs: Int, outputs: Int, scale: Double = 1) -> AffineParameters {
    let layer = AffineParameters(
      inputs: inputs, outputs: outputs, offset: parameterCount, scale: scale, packedOffset: packedCount,
      transposedOffset: transposedCount)
    layers.append(layer)
    parameterCount += layer.parameterCount
    packedCount += layer.packedCount
    transposedCount += layer.transposedCount
    return layer
  }

  /// Adds a gradient in packed form to one in parameter order, with the factor s of each layer. Hot path.
  package func addGradient(packed: UnsafePointer<Double>, to gradient: inout [Double]) {
    for layer in layers {
      let width = padded(layer.outputs)
      for row in 0...layer.inputs {
        let source = packed + layer.packedOffset + row * width
        let target = layer.offset + row * layer.outputs
        for column in 0..<layer.outputs { gradient[target + column] += layer.scale * source[column] }
      }
    }
  }
}

/// The parameters of one step in the form that the kernels read; written once a step, read by every worker.
package final class PackedParameters: Sendable {
  package let packing: ParameterPacking
  private let forward: UnsafeNumberBuffer
  private let transposed: UnsafeNumberBuffer

  package init(_ packing: ParameterPacking) {
    self.packing = packing
    forward = UnsafeNumberBuffer(count: packing.packedCount)
    transposed = UnsafeNumberBuffer(count: packing.transposedCount)
  }

  /// Takes over the values of a parameter vector. No worker may be running. Hot path.
  package func load(_ parameters: [Double]) {
    for layer in packing.layers {
      let (columns, rows) = (padded(layer.outputs), padded(layer.inputs))
      let (w, wt) = (forward.base + layer.packedOffset, transposed.base + layer.transposedOffset)
      for k in 0...layer.inputs {
        for n in 0..<layer.outputs {
          let value = layer.scale * parameters[layer.offset + k * layer.outputs + n]
          w[k * columns + n] = value
          if k < layer.inputs { wt[n * rows + k] = value }
        }
      }
    }
  }

  package func weights(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(forward.base + layer.packedOffset)
  }

  package func bias(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(forward.base + layer.packedOffset + layer.inputs * padded(layer.outputs))
  }

  package func transposedWeights(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(transposed.base + layer.transposedOffset)
  }
}

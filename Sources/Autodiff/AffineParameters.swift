import KernelInterface
import Kernels

/// The next multiple of the kernels' lane count.
package func padded(_ count: Int) -> Int {
  (count + KernelTable.laneCount - 1) / KernelTable.laneCount * KernelTable.laneCount
}

/// The next multiple of the lane count that is an odd number of lanes: the distance of the rows of a matrix.
///
/// A cache finds a line by low bits of its address. Rows a power of two apart would share few places in it, and tiles
/// that run down some columns would lose what they just loaded.
package func rowStride(_ width: Int) -> Int {
  let lanes = padded(width) / KernelTable.laneCount
  return (lanes % 2 == 1 ? lanes : lanes + 1) * KernelTable.laneCount
}

/// Where the weights and biases of one affine layer y = s (x W + b) stand.
///
/// In the parameter vector: W as `[inputs, outputs]`, row-major, from `offset`, then b. `scale` s is fixed; sine
/// networks use it for their frequency factor, which changes the size of a gradient step but not what can be
/// represented.
///
/// Packed for the kernels, lanes run along the outputs of a hidden layer and along the inputs of the last one, which
/// has few outputs:
///
/// | | hidden | output |
/// | --- | --- | --- |
/// | weights | s W as panels `[outputs/8][inputs][8]` | s Wᵀ as `[outputs, padded(inputs)]` |
/// | transposed | s Wᵀ as panels `[inputs/8][outputs][8]` | the same |
/// | gradient | `[inputs, padded(outputs)]`, then b | `[outputs, padded(inputs)]`, then b |
package struct AffineParameters: Sendable, Equatable {
  package enum Role: Sendable { case hidden, output }

  package var inputs: Int
  package var outputs: Int
  package var role: Role
  package var offset: Int
  package var scale: Double
  /// Where the packed weights start, and the packed gradient, both followed by the bias.
  package var packedOffset: Int
  package var transposedOffset: Int

  package var parameterCount: Int { (inputs + 1) * outputs }
  /// Numbers of the packed weights without the bias.
  package var packedWeightCount: Int {
    role == .hidden ? inputs * padded(outputs) : outputs * padded(inputs)
  }
  package var packedCount: Int { packedWeightCount + padded(outputs) }
  package var transposedCount: Int { outputs * padded(inputs) }

  /// Where the derivative by W[k, n] stands in the packed gradient.
  fileprivate func gradientPlace(_ k: Int, _ n: Int) -> Int {
    role == .hidden ? k * padded(outputs) + n : n * padded(inputs) + k
  }
}

/// The affine layers of all networks of a problem and the sizes of their packed forms.
package struct ParameterPacking: Sendable {
  package private(set) var layers: [AffineParameters] = []
  package private(set) var parameterCount = 0
  package private(set) var packedCount = 0
  package private(set) var transposedCount = 0

  package init() {}

  /// Reserves the next parameters for a layer.
  package mutating func append(
    _ role: AffineParameters.Role, inputs: Int, outputs: Int, scale: Double = 1
  ) -> AffineParameters {
    let layer = AffineParameters(
      inputs: inputs, outputs: outputs, role: role, offset: parameterCount, scale: scale, packedOffset: packedCount,
      transposedOffset: transposedCount)
    layers.append(layer)
    parameterCount += layer.parameterCount
    packedCount += layer.packedCount
    transposedCount += layer.transposedCount
    return layer
  }

  /// Adds a gradient in packed form to one in parameter order, with the factor s of each layer. Hot path.
  package func addGradient(packed: UnsafePointer<Double>, to gradient: inout [Double]) {
    precondition(gradient.count >= parameterCount, "\(gradient.count) numbers for \(parameterCount) parameters")
    gradient.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: as many numbers as there are parameters.
      if let base = buffer.baseAddress { addGradient(packed: packed, to: base) }
    }
  }

  /// The same where the gradient is a row of `parameterCount` numbers in memory.
  package func addGradient(packed: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>) {
    for layer in layers {
      let source = packed + layer.packedOffset
      let bias = source + layer.packedWeightCount
      var place = layer.offset
      for k in 0..<layer.inputs {
        for n in 0..<layer.outputs {
          target[place] += layer.scale * source[layer.gradientPlace(k, n)]
          place += 1
        }
      }
      for n in 0..<layer.outputs {
        target[place] += layer.scale * bias[n]
        place += 1
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
    let source = parameters.span
    for layer in packing.layers {
      let (w, wt) = (forward.base + layer.packedOffset, transposed.base + layer.transposedOffset)
      let paddedInputs = padded(layer.inputs)
      var place = layer.offset
      for k in 0..<layer.inputs {
        // Element (k, n) of the panels of W lies in panel n/8, that of Wᵀ in panel k/8.
        let transposedRow = wt + k / 8 * layer.outputs * 8 + k % 8
        for n in 0..<layer.outputs {
          let value = layer.scale * source[place]
          place += 1
          transposedRow[8 * n] = value
          if layer.role == .hidden {
            w[(n / 8 * layer.inputs + k) * 8 + n % 8] = value
          } else {
            w[n * paddedInputs + k] = value
          }
        }
      }
      let bias = w + layer.packedWeightCount
      for n in 0..<layer.outputs {
        bias[n] = layer.scale * source[place]
        place += 1
      }
    }
  }

  package func weights(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(forward.base + layer.packedOffset)
  }

  package func bias(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(forward.base + layer.packedOffset + layer.packedWeightCount)
  }

  package func transposedWeights(_ layer: AffineParameters) -> UnsafePointer<Double> {
    UnsafePointer(transposed.base + layer.transposedOffset)
  }
}

import KernelInterface
import Kernels
import RealModule

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

/// Where the parameters of one affine layer y = s a (x W diag(eᵍ) + b) stand.
///
/// In the parameter vector: W as `[inputs, outputs]`, row-major, from `offset`, then b, then what `extras` say. `scale` s
/// is fixed; sine networks use it for their frequency factor, which changes the size of a gradient step but not what can
/// be represented. The same is true of g and a, which are trained: kernels see the product alone.
///
/// Packed for the kernels, lanes run along the outputs of a hidden layer and along the inputs of the last one, which
/// has few outputs. With W' = s a W diag(eᵍ) and b' = s a b:
///
/// | | hidden | output |
/// | --- | --- | --- |
/// | weights | W' as panels `[outputs/8][inputs][8]` | W'ᵀ as `[outputs, padded(inputs)]` |
/// | transposed | W'ᵀ as panels `[inputs/8][outputs][8]` | the same |
/// | gradient by W' | `[inputs, padded(outputs)]` | `[outputs, padded(inputs)]` |
///
/// Behind the weights and the gradient comes b', and behind that eᵍ and the derivative by α, where there are any.
package struct AffineParameters: Sendable, Equatable {
  package enum Role: Sendable { case hidden, output }

  /// What is trained besides W and b, in this order behind them.
  package struct Extras: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// g, one number an output: weights in factors, W diag(eᵍ).
    package static let unitScales = Extras(rawValue: 1)
    /// a, one number: the slope of the activation behind the layer.
    package static let slope = Extras(rawValue: 2)
    /// α, one number: the share of the layer in a sum with what was there before.
    package static let share = Extras(rawValue: 4)
  }

  package var inputs: Int
  package var outputs: Int
  package var role: Role
  package var extras: Extras
  package var offset: Int
  package var scale: Double
  /// Where the packed weights start, and the packed gradient, both followed by the bias.
  package var packedOffset: Int
  package var transposedOffset: Int

  package var parameterCount: Int {
    (inputs + 1) * outputs + (extras.contains(.unitScales) ? outputs : 0) + (extras.contains(.slope) ? 1 : 0)
      + (extras.contains(.share) ? 1 : 0)
  }
  // Counted from `offset` on.
  package var biasPlace: Int { inputs * outputs }
  package var unitScalesPlace: Int { biasPlace + outputs }
  package var slopePlace: Int { unitScalesPlace + (extras.contains(.unitScales) ? outputs : 0) }
  package var sharePlace: Int { slopePlace + (extras.contains(.slope) ? 1 : 0) }

  /// Numbers of the packed weights without the bias.
  package var packedWeightCount: Int {
    role == .hidden ? inputs * padded(outputs) : outputs * padded(inputs)
  }
  /// From the packed weights to eᵍ, and from the packed gradient to the derivative by α.
  fileprivate var packedUnitScales: Int { packedWeightCount + padded(outputs) }
  package var packedShare: Int { packedUnitScales + (extras.contains(.unitScales) ? padded(outputs) : 0) }
  package var packedCount: Int { packedShare + (extras.contains(.share) ? KernelTable.laneCount : 0) }
  package var transposedCount: Int { outputs * padded(inputs) }

  /// Where the derivative by W'[k, n] stands in the packed gradient.
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
    _ role: AffineParameters.Role, inputs: Int, outputs: Int, scale: Double = 1, extras: AffineParameters.Extras = []
  ) -> AffineParameters {
    let layer = AffineParameters(
      inputs: inputs, outputs: outputs, role: role, extras: extras, offset: parameterCount, scale: scale,
      packedOffset: packedCount, transposedOffset: transposedCount)
    layers.append(layer)
    parameterCount += layer.parameterCount
    packedCount += layer.packedCount
    transposedCount += layer.transposedCount
    return layer
  }
}

/// The parameters of one step in the form that the kernels read; written once a step, read by every worker.
package final class PackedParameters: Sendable {
  package let packing: ParameterPacking
  private let forward: UnsafeNumberBuffer
  private let transposed: UnsafeNumberBuffer
  /// The parameters as they are, if there are extras.
  private let values: UnsafeNumberBuffer

  package init(_ packing: ParameterPacking) {
    self.packing = packing
    forward = UnsafeNumberBuffer(count: packing.packedCount)
    transposed = UnsafeNumberBuffer(count: packing.transposedCount)
    let isPlain = packing.layers.allSatisfy(\.extras.isEmpty)
    values = UnsafeNumberBuffer(count: isPlain ? 0 : packing.parameterCount)
  }

  /// Takes over the values of a parameter vector. No worker may be running. Hot path.
  package func load(_ parameters: [Double]) {
    let source = parameters.span
    for place in 0..<values.count { values.base[place] = source[place] }
    for layer in packing.layers {
      let (w, wt) = (forward.base + layer.packedOffset, transposed.base + layer.transposedOffset)
      let paddedInputs = padded(layer.inputs)
      let factor = layer.scale * slope(layer)
      var place = layer.offset
      for k in 0..<layer.inputs {
        // Element (k, n) of the panels of W lies in panel n/8, that of Wᵀ in panel k/8.
        let transposedRow = wt + k / 8 * layer.outputs * 8 + k % 8
        for n in 0..<layer.outputs {
          let value = factor * source[place]
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
        bias[n] = factor * source[place]
        place += 1
      }
      if layer.extras.contains(.unitScales) { scaleUnits(layer) }
    }
  }

  /// The columns of W' times eᵍ.
  private func scaleUnits(_ layer: AffineParameters) {
    let (w, wt) = (forward.base + layer.packedOffset, transposed.base + layer.transposedOffset)
    let unitScales = w + layer.packedUnitScales
    for n in 0..<layer.outputs { unitScales[n] = .exp(values.base[layer.offset + layer.unitScalesPlace + n]) }
    for k in 0..<layer.inputs {
      for n in 0..<layer.outputs {
        let factor = unitScales[n]
        wt[k / 8 * layer.outputs * 8 + 8 * n + k % 8] *= factor
        if layer.role == .hidden {
          w[(n / 8 * layer.inputs + k) * 8 + n % 8] *= factor
        } else {
          w[n * padded(layer.inputs) + k] *= factor
        }
      }
    }
  }

  private func slope(_ layer: AffineParameters) -> Double {
    layer.extras.contains(.slope) ? values.base[layer.offset + layer.slopePlace] : 1
  }

  /// α of a layer that has one.
  package func share(_ layer: AffineParameters) -> Double { values.base[layer.offset + layer.sharePlace] }

  /// Writes a gradient in packed form into the places of the layers, in parameter order. Hot path.
  package func unpackGradient(_ packed: UnsafePointer<Double>, into gradient: inout [Double]) {
    precondition(gradient.count >= packing.parameterCount, "a gradient of \(gradient.count) numbers")
    gradient.withUnsafeMutableBufferPointer { gradient in
      // SAFETY: as many numbers as there are parameters.
      if let base = gradient.baseAddress { unpackGradient(packed, into: base) }
    }
  }

  /// The same where the gradient is a row of numbers in memory.
  package func unpackGradient(_ packed: UnsafePointer<Double>, into base: UnsafeMutablePointer<Double>) {
    for layer in packing.layers {
      let source = packed + layer.packedOffset
      let bias = source + layer.packedWeightCount
      // SAFETY: the places of a layer are within `parameterCount`.
      let target = base + layer.offset
      for k in 0..<layer.inputs {
        for n in 0..<layer.outputs { target[k * layer.outputs + n] = source[layer.gradientPlace(k, n)] }
      }
      for n in 0..<layer.outputs { target[layer.biasPlace + n] = bias[n] }
      if layer.extras.contains(.share) { target[layer.sharePlace] = source[layer.packedShare] }
      pullBack(layer, target)
    }
  }

  /// Turns derivatives by W' = s a W diag(eᵍ) and b' = s a b, in parameter order from `row` on, into those by W, b, g and
  /// a, in place:
  ///
  ///     W̄[k, n] = s a e^{gₙ} W̄'[k, n]     b̄ = s a b̄'
  ///     ḡ[n] = Σ over k of W[k, n] W̄[k, n]     ā = (Σ W W̄ + Σ b b̄)/a,
  ///
  /// the last without the division. Hot path.
  package func pullBack(_ layer: AffineParameters, _ row: UnsafeMutablePointer<Double>) {
    guard layer.extras.contains(.unitScales) || layer.extras.contains(.slope) else {
      guard layer.scale != 1 else { return }
      for place in 0..<layer.unitScalesPlace { row[place] *= layer.scale }
      return
    }
    let own = values.base + layer.offset
    let slope = slope(layer)
    var slopeBar = 0.0
    if layer.extras.contains(.unitScales) {
      let factors = forward.base + layer.packedOffset + layer.packedUnitScales
      let scaleBars = row + layer.unitScalesPlace
      scaleBars.update(repeating: 0, count: layer.outputs)
      for k in 0..<layer.inputs {
        let (w, bar) = (own + k * layer.outputs, row + k * layer.outputs)
        for n in 0..<layer.outputs {
          bar[n] *= layer.scale * factors[n]
          scaleBars[n] += w[n] * bar[n]
        }
      }
      for n in 0..<layer.outputs {
        slopeBar += scaleBars[n]
        scaleBars[n] *= slope
      }
    } else {
      for place in 0..<layer.biasPlace {
        row[place] *= layer.scale
        slopeBar += own[place] * row[place]
      }
    }
    for place in layer.biasPlace..<layer.unitScalesPlace {
      row[place] *= layer.scale
      slopeBar += own[place] * row[place]
    }
    guard layer.extras.contains(.slope) else { return }
    for place in 0..<layer.unitScalesPlace { row[place] *= slope }
    row[layer.slopePlace] = slopeBar
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

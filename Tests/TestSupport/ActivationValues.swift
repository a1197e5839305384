package import KernelInterface

/// The values of an activation as the kernels of hidden layers compute them, in the order of `arguments`, eight
/// neighbours to a vector.
///
/// A layer with one input of 1, the arguments as weights and −0 as bias: 1·z − 0 is z to the bit, be it an infinity, a
/// NaN or a zero of either sign.
package func activationValues(
  _ activation: Activation, _ arguments: [Double], _ kernels: KernelTable
) -> [Double] {
  let (points, most) = (KernelTable.laneCount, 4_096)
  let input = [Double](repeating: 1, count: points)
  let table = JetTable(partCount: 1, order: 0, firsts: [], seconds: [], chains: [], isMixed: false, terms: [])
  var values: [Double] = []
  for start in stride(from: 0, to: arguments.count, by: most) {
    let chunk = Array(arguments[start..<min(start + most, arguments.count)])
    let weights = weightPanels(inner: 1, units: chunk.count) { chunk[$1] }
    let bias = [Double](repeating: -0.0, count: weights.count)
    var z = [Double](repeating: .nan, count: points * weights.count)
    var y = z
    input.withUnsafeBufferPointer { input in
      z.withUnsafeMutableBufferPointer { z in
        y.withUnsafeMutableBufferPointer { y in
          guard let input = input.baseAddress, let z = z.baseAddress, let y = y.baseAddress else { return }
          // SAFETY: one part of `points` rows of as many numbers as there are weights.
          kernels.forwardHidden(
            activation, table, JetOperand(input, partStride: points, pointStride: 1, unitStride: points), 1, weights,
            bias, HiddenJets(z: z, y: y, points: points, units: weights.count, stride: weights.count), .none)
        }
      }
    }
    values += y.prefix(chunk.count)
  }
  return values
}

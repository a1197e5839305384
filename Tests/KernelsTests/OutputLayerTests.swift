import KernelInterface
import Kernels
import TestSupport
import Testing

/// The kernels of the last layer against their specification. In a `LayerCase` its inputs are the hidden units.
struct OutputLayerTests {
  /// Sums of some hundred products of numbers below 1, in another order or fused.
  private static let tolerance = 1e-13

  private static let reference = KernelChoice.reference

  /// One hidden layer of every width, with its number of outputs.
  private func cases(_ random: inout SeededNumbers) -> [(layer: LayerCase, outputs: Int)] {
    var cases: [(layer: LayerCase, outputs: Int)] = []
    for width in Array(1...72) + [100, 128] {
      for outputs in [1, random.integer(2...9)] {
        cases.append((LayerCase(inner: 1, outputs: width, &random), outputs))
      }
    }
    return cases
  }

  @Test(arguments: InstructionSet.supported)
  func `forward gives the outputs of every point together`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 57)
    for (layer, outputs) in cases(&random) {
      let input = layer.rows(&random)
      let (weights, bias) = (random.array(outputs * layer.units), random.array(outputs))
      var found = [Double](repeating: LayerCase.guardian, count: layer.parts * outputs * layer.points + 8)
      var plain = found
      instructionSet.kernels.forwardOutput(
        input, layer.stride, layer.units, weights, bias, layer.parts, layer.points, outputs, &found)
      Self.reference.forwardOutput(
        input, layer.stride, layer.units, weights, bias, layer.parts, layer.points, outputs, &plain)
      #expect(relativeDifference(found, plain) < Self.tolerance, "\(outputs) outputs of \(layer), \(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `gradients of weights and biases add to what is there`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 58)
    for (layer, outputs) in cases(&random) {
      let (input, zBar) = (layer.rows(&random), random.array(layer.parts * outputs * layer.points))
      let guards = [Double](repeating: LayerCase.guardian, count: 8)
      var found = (weights: random.array(outputs * layer.units) + guards, biases: random.array(outputs) + guards)
      var plain = found
      instructionSet.kernels.accumulateOutputGradient(
        input, layer.stride, layer.units, zBar, layer.parts, layer.points, outputs, &found.weights, &found.biases)
      Self.reference.accumulateOutputGradient(
        input, layer.stride, layer.units, zBar, layer.parts, layer.points, outputs, &plain.weights, &plain.biases)
      let name = "\(outputs) outputs of \(layer), \(random)"
      #expect(relativeDifference(found.weights, plain.weights) < Self.tolerance, "\(name)")
      #expect(relativeDifference(found.biases, plain.biases) < Self.tolerance, "biases of \(name)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `Jacobian rows are the sums over parts of single points, and nothing beside them is touched`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 59)
    for (layer, outputs) in cases(&random) {
      let (input, zBar) = (layer.rows(&random), random.array(layer.parts * outputs * layer.points))
      let validPoints = random.integer(1...layer.points)
      // The weights of the padding are no parameters: rows have only those of the units.
      let inner = layer.outputs
      let jStride = inner * outputs + random.integer(0...11)
      var found = [Double](repeating: LayerCase.guardian, count: layer.points * jStride + 8)
      var plain = found
      instructionSet.kernels.jacobianRowsOfOutput(
        input, layer.stride, inner, zBar, layer.parts, layer.points, outputs, validPoints, &found, jStride)
      Self.reference.jacobianRowsOfOutput(
        input, layer.stride, inner, zBar, layer.parts, layer.points, outputs, validPoints, &plain, jStride)
      #expect(
        relativeDifference(found, plain) < Self.tolerance,
        "\(validPoints) points, \(outputs) outputs of \(layer), \(random)")
    }
  }
}

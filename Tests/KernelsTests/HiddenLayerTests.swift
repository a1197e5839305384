import KernelInterface
import Kernels
import TestSupport
import Testing

/// The kernels of hidden layers against their specification, over sizes that leave every kind of rest beside the
/// register tiles.
struct HiddenLayerTests {
  /// Sums of some hundred products of numbers below 1, in another order or fused.
  private static let sumTolerance = 1e-13
  /// The same through activations of jets, whose summands of up to a few hundred cancel.
  private static let jetTolerance = 1e-12

  private static let reference = KernelChoice.reference

  @Test(arguments: InstructionSet.supported)
  func `forward gives z and y and touches nothing between the rows`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 51)
    for layer in LayerCase.all(&random) {
      let (input, weights) = (layer.operand(&random), layer.panels(&random))
      let bias = random.array(layer.units)
      let found = layer.forward(instructionSet.kernels, input, weights, bias)
      let plain = layer.forward(Self.reference, input, weights, bias)
      #expect(relativeDifference(found.z, plain.z) < Self.sumTolerance, "z of \(layer), \(random)")
      #expect(relativeDifference(found.y, plain.y) < Self.jetTolerance, "y of \(layer), \(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `reverse gives the cotangents of z whatever the memory held`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 52)
    for layer in LayerCase.all(&random) {
      let ownInput = layer.operand(&random)
      let jets = layer.forward(Self.reference, ownInput, layer.panels(&random), random.array(layer.units))
      // The layer after has `inner` units here.
      let (next, weights) = (layer.operand(&random), layer.panels(&random))
      let found = layer.reverse(instructionSet.kernels, next, weights, z: jets.z, y: jets.y)
      let plain = layer.reverse(Self.reference, next, weights, z: jets.z, y: jets.y)
      #expect(relativeDifference(found, plain) < Self.jetTolerance, "\(layer), \(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `padding of the units carries the activation of 0 and no cotangents`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 53)
    for activation in Activation.allCases {
      var layer = LayerCase(inner: 5, outputs: 11, &random)
      while layer.activation != activation { layer = LayerCase(inner: 5, outputs: 11, &random) }
      let (input, weights) = (layer.operand(&random), layer.panels(&random))
      let bias = random.array(layer.outputs) + [Double](repeating: 0, count: layer.units - layer.outputs)
      let jets = layer.forward(instructionSet.kernels, input, weights, bias)
      let zBar = layer.reverse(instructionSet.kernels, input, weights, z: jets.z, y: jets.y)
      for row in 0..<(layer.parts * layer.points) {
        for place in (row * layer.stride + layer.outputs)..<(row * layer.stride + layer.units) {
          #expect(jets.z[place] == 0, "\(layer), \(random)")
          #expect(jets.y[place].isFinite, "\(layer), \(random)")
          #expect(zBar[place] == 0, "\(layer), \(random)")
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `weight gradients add to what is there`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 54)
    for layer in LayerCase.all(&random) {
      let (a, zBar) = (layer.operand(&random), layer.rows(&random))
      var found = random.array(layer.inner * layer.units) + [Double](repeating: LayerCase.guardian, count: 8)
      var plain = found
      a.withOperand { a in
        instructionSet.kernels.accumulateWeightGradient(
          a, layer.inner, layer.parts, zBar, layer.points, layer.units, layer.stride, &found)
        Self.reference.accumulateWeightGradient(
          a, layer.inner, layer.parts, zBar, layer.points, layer.units, layer.stride, &plain)
      }
      #expect(relativeDifference(found, plain) < Self.sumTolerance, "\(layer), \(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `column sums add to what is there`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 55)
    for layer in LayerCase.all(&random) {
      let zBar = layer.rows(&random)
      var found = random.array(layer.units) + [Double](repeating: LayerCase.guardian, count: 8)
      var plain = found
      for rows in [0, layer.points, layer.parts * layer.points] {
        instructionSet.kernels.accumulateColumnSums(zBar, rows, layer.units, layer.stride, &found)
        Self.reference.accumulateColumnSums(zBar, rows, layer.units, layer.stride, &plain)
        #expect(relativeDifference(found, plain) < Self.sumTolerance, "\(rows) rows of \(layer), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `Jacobian rows are the sums over parts of single points, and nothing beside them and the biases is touched`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 56)
    for layer in LayerCase.all(&random) {
      let (a, zBar) = (layer.operand(&random), layer.rows(&random))
      let validPoints = random.integer(1...layer.points)
      let jStride = (layer.inner + 1) * layer.outputs + random.integer(0...11)
      var found = [Double](repeating: LayerCase.guardian, count: layer.points * jStride + 8)
      var plain = found
      a.withOperand { a in
        instructionSet.kernels.jacobianRowsOfHidden(
          a, layer.inner, layer.parts, zBar, layer.points, layer.stride, layer.outputs, validPoints, &found, jStride)
        Self.reference.jacobianRowsOfHidden(
          a, layer.inner, layer.parts, zBar, layer.points, layer.stride, layer.outputs, validPoints, &plain, jStride)
      }
      // The biases are written after the weights.
      for point in 0..<validPoints {
        let biases = point * jStride + layer.inner * layer.outputs
        for place in biases..<biases + layer.outputs { found[place] = LayerCase.guardian }
      }
      #expect(
        relativeDifference(found, plain) < Self.sumTolerance, "\(validPoints) points of \(layer), \(random)")
    }
  }
}

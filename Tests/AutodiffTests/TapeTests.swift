import Autodiff
import KernelInterface
import Kernels
import TestSupport
import Testing

/// The batched engine as a whole against nested dual numbers in plain loops, and against differences of itself.
struct TapeTests {
  /// Rounding in sums of up to 33 terms through four layers, relative to the size of the results.
  private static let tolerance = 1e-11

  @Test(arguments: NamedDerivativeSet.all)
  func `output jets are those of nested dual numbers`(named: NamedDerivativeSet) {
    var random = SeededNumbers(seed: 81)
    for _ in 0..<3 {
      let network = PlainNetwork(named.set, &random)
      let jets = PlainJets(network, points: 3, &random)
      var exact: [Double] = []
      for (part, summands) in network.set.parts.enumerated() {
        for point in 0..<jets.points {
          var sums = [Double](repeating: 0, count: network.outputs)
          for index in summands {
            let input = jets.dual(index, of: part, point)
            let outputs = network.evaluate(input, parameters: network.parameters.map { FourDual($0) })
            for output in sums.indices { sums[output] += outputs[output].coefficient(index.fullMask) }
          }
          exact += sums
        }
      }
      for instructionSet in InstructionSet.supported {
        let replay = Replay(network, instructionSet, capacity: 8)
        let found = replay.forward(jets)
        #expect(relativeDifference(found, exact) < Self.tolerance, "\(network), \(instructionSet), \(random)")
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all)
  func `output jets are the derivatives that differences of the value show`(named: NamedDerivativeSet) throws {
    // Differences in one direction of a jet one order lower, extrapolated.
    let tolerance = 1e-8
    var random = SeededNumbers(seed: 82)
    let network = PlainNetwork(named.set, &random)
    let set = network.set
    for instructionSet in InstructionSet.supported {
      let replay = Replay(network, instructionSet, capacity: 8)
      let x = random.array(network.inputs)
      let jet = replay.outputs(at: x)
      for (part, summands) in set.parts.enumerated() where part > 0 {
        for output in 0..<network.outputs {
          var slope = 0.0
          for index in summands {
            let variable = try #require(index.variables.last)
            let lower = try #require(set.part(MultiIndex(index.variables.dropLast())))
            slope += finiteDifference(x[variable]) { moved in
              var moving = x
              moving[variable] = moved
              return replay.outputs(at: moving)[lower * network.outputs + output]
            }
          }
          let found = jet[part * network.outputs + output]
          #expect(abs(found - slope) < tolerance * max(1, abs(slope)), "\(summands) of \(network), \(random)")
        }
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all)
  func `gradients are those of nested dual numbers along random directions`(named: NamedDerivativeSet) {
    var random = SeededNumbers(seed: 83)
    for _ in 0..<2 {
      let network = PlainNetwork(named.set, &random)
      let jets = PlainJets(network, points: 2, &random)
      let directions = (0..<3).map { _ in random.array(network.packing.parameterCount) }
      let slopes = directions.map { direction in
        let moving = zip(network.parameters, direction).map { FiveDual(FourDual($0), FourDual($1)) }
        var (sum, scale) = (0.0, 1.0)
        for (part, summands) in network.set.parts.enumerated() {
          for (index, point) in summands.flatMap({ index in (0..<jets.points).map { (index, $0) } }) {
            let input = jets.dual(index, of: part, point).map { FiveDual($0) }
            for (output, number) in network.evaluate(input, parameters: moving).enumerated() {
              let slope = jets.cotangent(part, point, output) * number.derivative.coefficient(index.fullMask)
              sum += slope
              scale = max(scale, abs(slope))
            }
          }
        }
        return (sum: sum, scale: scale)
      }
      for instructionSet in InstructionSet.supported {
        let replay = Replay(network, instructionSet, capacity: 8)
        _ = replay.forward(jets)
        let gradient = replay.gradient(jets)
        for (direction, slope) in zip(directions, slopes) {
          let product = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(product - slope.sum) < Self.tolerance * slope.scale * 10, "\(network), \(random)")
        }
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all)
  func `gradients agree with differences over single parameters`(named: NamedDerivativeSet) {
    let tolerance = 1e-8
    var random = SeededNumbers(seed: 84)
    let network = PlainNetwork(named.set, &random)
    let jets = PlainJets(network, points: 3, &random)
    let places = (0..<12).map { _ in random.integer(0...(network.packing.parameterCount - 1)) }
    for instructionSet in InstructionSet.supported {
      let replay = Replay(network, instructionSet, capacity: 8)
      _ = replay.forward(jets)
      let gradient = replay.gradient(jets)
      for place in places {
        let slope = finiteDifference(network.parameters[place]) { moved in
          var parameters = network.parameters
          parameters[place] = moved
          replay.load(parameters)
          return zip(replay.forward(jets), jets.cotangents).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(
          abs(gradient[place] - slope) < tolerance * max(1, abs(slope)) * Double(jets.cotangents.count),
          "parameter \(place) of \(network), \(random)")
      }
    }
  }

  @Test(arguments: NamedDerivativeSet.all)
  func `each Jacobian row is the gradient of its own point, and their sum the gradient`(named: NamedDerivativeSet) {
    var random = SeededNumbers(seed: 85)
    for _ in 0..<2 {
      let network = PlainNetwork(named.set, &random)
      let count = network.packing.parameterCount
      let jets = PlainJets(network, points: 11, &random)
      for instructionSet in InstructionSet.supported {
        let replay = Replay(network, instructionSet, capacity: 24)
        _ = replay.forward(jets)
        let rows = replay.rows(jets, stride: count + 3)
        #expect(rows.beyond.allSatisfy { $0 == Replay.guardian }, "\(network)")
        var sum = [Double](repeating: 0, count: count)
        for (point, row) in rows.rows.enumerated() {
          for place in 0..<count { sum[place] += row[place] }
          if point % 4 == 0 {
            let own = replay.gradient(jets, only: point)
            #expect(relativeDifference(row, own) < Self.tolerance, "\(network), \(random)")
          }
        }
        #expect(relativeDifference(sum, replay.gradient(jets)) < Self.tolerance, "\(network), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `chunks of any size give in a used workspace what they give in a new one`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 86)
    let set = DerivativeSet(closing: [MultiIndex([1]), MultiIndex([0, 0])])
    for _ in 0..<5 {
      let network = PlainNetwork(set, &random)
      let used = Replay(network, instructionSet, capacity: 48)
      for points in [48, 5, 24, 1, 40, 8, 48] {
        let jets = PlainJets(network, points: points, &random)
        let new = Replay(network, instructionSet, capacity: padded(points))
        #expect(used.forward(jets) == new.forward(jets), "\(network), \(random)")
        #expect(used.gradient(jets) == new.gradient(jets), "\(network), \(random)")
        #expect(used.rows(jets, stride: 2_000).rows == new.rows(jets, stride: 2_000).rows, "\(network), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `a result depends neither on the neighbours in the chunk nor on the place in it`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 87)
    let network = PlainNetwork(DerivativeSet(closing: [MultiIndex([0, 0, 1]), MultiIndex([1, 1])]), &random)
    let replay = Replay(network, instructionSet, capacity: 16)
    let points = (0..<16).map { _ in random.array(network.inputs) }
    let together = replay.outputs(at: points)
    for (place, point) in points.enumerated() { #expect(replay.outputs(at: point) == together[place]) }
  }

  @Test func `packing keeps parameters in order and pads with zeros`() {
    let (packing, layers) = Self.threeLayers
    #expect(packing.layers == layers)
    #expect(layers.map(\.offset) == [0, 9, 45])
    #expect(packing.parameterCount == 65)
    let packed = PackedParameters(packing)
    packed.load((0..<packing.parameterCount).map { Double($0 + 1) })
    func weights(_ layer: Int) -> [Double] {
      (0..<layers[layer].packedWeightCount).map { packed.weights(layers[layer])[$0] }
    }
    func bias(_ layer: Int) -> [Double] { (0..<padded(layers[layer].outputs)).map { packed.bias(layers[layer])[$0] } }
    func transposed(_ layer: Int) -> [Double] {
      (0..<layers[layer].transposedCount).map { packed.transposedWeights(layers[layer])[$0] }
    }
    func row(_ numbers: Double...) -> [Double] {
      numbers + [Double](repeating: 0, count: padded(numbers.count) - numbers.count)
    }

    // Hidden layers: panels of eight outputs, rows along the inputs; transposed the other way round.
    #expect(weights(0) == row(2, 4, 6) + row(8, 10, 12))
    #expect(bias(0) == row(14, 16, 18))
    #expect(transposed(0) == row(2, 8) + row(4, 10) + row(6, 12))
    var panels: [Double] = []
    for first in [10.0, 19, 28] { panels += (0..<8).map { first + Double($0) } }
    for last in [18.0, 27, 36] { panels += row(last) }
    #expect(weights(1) == panels)
    #expect(bias(1) == row(37, 38, 39, 40, 41, 42, 43, 44, 45))
    var turned: [Double] = []
    for first in 10...18 { turned += row(Double(first), Double(first + 9), Double(first + 18)) }
    #expect(transposed(1) == turned)
    // The output layer: a row of weights for each output.
    let first = row(46, 48, 50, 52, 54, 56, 58, 60, 62)
    let second = row(47, 49, 51, 53, 55, 57, 59, 61, 63)
    #expect(weights(2) == first + second)
    #expect(bias(2) == row(64, 65))
    #expect(transposed(2) == Array(first[..<8] + second[..<8] + first[8...] + second[8...]))
  }

  @Test func `packed gradients come back in parameter order with the scale of their layer, whatever stood there`() {
    let (packing, layers) = Self.threeLayers
    // Every number says where it stands.
    let packed = (0..<packing.packedCount).map { Double($0) }
    var gradient = [Double](repeating: 1_000, count: packing.parameterCount)
    PackedParameters(packing).unpackGradient(packed, into: &gradient)
    #expect(layers.map(\.packedOffset) == [0, 24, 88])
    #expect(packing.packedCount == 128)
    // [input][output] with rows of 8, then the biases from 16 on; twice what stands there.
    var expected: [Double] = [0, 2, 4, 16, 18, 20, 32, 34, 36]
    // The same with rows of 16.
    for row in [24, 40, 56, 72] {
      for output in 0..<9 { expected.append(Double(row + output)) }
    }
    // [output][input] with rows of 16, then the biases.
    for input in 0..<9 { expected += [88 + Double(input), 104 + Double(input)] }
    expected += [120, 121]
    #expect(gradient == expected)
  }

  @Test func `rows are an odd number of vectors apart`() {
    #expect([1, 8, 9, 20, 24, 32, 64, 100].map { padded($0) } == [8, 8, 16, 24, 24, 32, 64, 104])
    #expect([1, 8, 9, 20, 24, 32, 64, 100].map { rowStride($0) } == [8, 8, 24, 24, 24, 40, 72, 104])
  }

  /// Two hidden layers and outputs: 2 to 3 with scale 2, 3 to 9, 9 to 2.
  private static var threeLayers: (packing: ParameterPacking, layers: [AffineParameters]) {
    var packing = ParameterPacking()
    let layers = [
      packing.append(.hidden, inputs: 2, outputs: 3, scale: 2), packing.append(.hidden, inputs: 3, outputs: 9),
      packing.append(.output, inputs: 9, outputs: 2),
    ]
    return (packing, layers)
  }

  /// The largest difference in units of the largest number, or of 1.
  private func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let size = b.reduce(1) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
  }
}

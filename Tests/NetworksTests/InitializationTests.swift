import Autodiff
import KernelInterface
import Kernels
import Networks
import Testing

/// A layer large enough that a variance is known to a few per cent.
private let (inputs, outputs) = (120, 200)

@Suite struct InitializationTests {
  private func draw(
    _ initialization: Initialization, scale: Double = 1, isFirst: Bool = false, seed: UInt64 = 1
  ) -> (weights: [Double], biases: [Double]) {
    var packing = ParameterPacking()
    let layer = packing.append(.hidden, inputs: inputs, outputs: outputs, scale: scale)
    var parameters = [Double](repeating: .nan, count: packing.parameterCount)
    initialization.fill(
      &parameters, layer: layer, isFirst: isFirst, omega: scale, stream: RandomStream(seed: seed, purpose: "test"))
    return (Array(parameters[..<(inputs * outputs)]), Array(parameters[(inputs * outputs)...]))
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  @Test(arguments: [Initialization.glorotNormal, .glorotUniform, .heNormal, .heUniform])
  func `weights have the variance of their rule and biases are zero`(_ rule: Initialization) {
    let variance = rule == .heNormal || rule == .heUniform ? 2 / Double(inputs) : 2 / Double(inputs + outputs)
    let (weights, biases) = draw(rule)
    let found = moments(weights)
    // 24 000 weights: the variance of normal ones is known to 0.9 per cent, five standard errors are allowed.
    #expect(abs(found.variance / variance - 1) < 0.045)
    #expect(abs(found.mean) < 5 * (variance / Double(weights.count)).squareRoot())
    #expect(biases.allSatisfy { $0 == 0 })
    if rule == .glorotUniform || rule == .heUniform {
      let bound = (3 * variance).squareRoot()
      #expect(weights.allSatisfy { abs($0) <= bound })
      #expect(weights.map { abs($0) }.max() ?? 0 > 0.99 * bound)
    } else {
      #expect(weights.contains { abs($0) > 3 * variance.squareRoot() })
    }
  }

  @Test(arguments: [true, false], [1, 30.0])
  func `siren weights are uniform in their ranges`(_ isFirst: Bool, _ omega: Double) {
    let (weights, biases) = draw(.siren, scale: omega, isFirst: isFirst)
    let bound = isFirst ? 1 / Double(inputs) : (6 / Double(inputs)).squareRoot() / omega
    #expect(weights.allSatisfy { abs($0) <= bound })
    #expect(abs(moments(weights).variance / (bound * bound / 3) - 1) < 0.03)
    let biasBound = 1 / Double(inputs).squareRoot()
    #expect(biases.allSatisfy { abs($0) <= biasBound })
    #expect(moments(biases).variance > 0.5 * biasBound * biasBound / 3)
  }

  @Test func `layers and seeds draw different numbers, another width leaves other layers alone`() {
    func network(_ hidden: [Int], seed: UInt64) -> (Network, [Double]) {
      var packing = ParameterPacking()
      let network = Network(
        NetworkArchitecture(hidden: hidden, activation: .tanh, omega: 1, initialization: .glorotNormal),
        features: twoScaledFeatures(), outputs: 0..<1, packing: &packing)
      var parameters = [Double](repeating: 0, count: packing.parameterCount)
      network.initialize(&parameters, stream: RandomStream(seed: seed, purpose: "weights"))
      return (network, parameters)
    }
    func weights(_ pair: (Network, [Double]), _ layer: Int) -> [Double] {
      let place = pair.0.layers[layer]
      return Array(pair.1[place.offset..<place.offset + place.inputs * place.outputs])
    }
    let small = network([8, 8, 8], seed: 1)
    #expect(weights(small, 1) != weights(small, 2))
    #expect(Set(small.1.filter { $0 != 0 }).count == small.1.filter { $0 != 0 }.count)
    #expect(network([8, 8, 8], seed: 1).1 == small.1)
    #expect(network([8, 8, 8], seed: 2).1 != small.1)
    // A fourth layer draws from a stream of its own.
    let deeper = network([8, 8, 8, 8], seed: 1)
    for layer in 0..<3 { #expect(weights(deeper, layer) == weights(small, layer)) }
  }
}

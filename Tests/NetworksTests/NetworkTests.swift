import Autodiff
import KernelInterface
import Networks
import Testing

@Suite struct NetworkTests {
  @Test func `layers and parameters are counted, one after the other`() {
    var packing = ParameterPacking()
    let architecture = NetworkArchitecture(hidden: [5, 7], activation: .sin, omega: 30, initialization: .siren)
    let network = Network(architecture, features: twoScaledFeatures(), outputs: 0..<3, packing: &packing)
    #expect(network.layers.map(\.inputs) == [2, 5, 7])
    #expect(network.layers.map(\.outputs) == [5, 7, 3])
    #expect(network.layers.map(\.offset) == [0, 15, 57])
    #expect(network.layers.map(\.scale) == [30, 30, 1])
    #expect(network.parameterCount == 81)
    #expect(packing.parameterCount == 81)
  }

  @Test func `without hidden layers a network is one affine map`() {
    var packing = ParameterPacking()
    let architecture = NetworkArchitecture(hidden: [], activation: .tanh, omega: 1, initialization: .heNormal)
    let network = Network(architecture, features: twoScaledFeatures(), outputs: 0..<1, packing: &packing)
    #expect(network.layers.count == 1)
    #expect(network.tape(parts: DerivativeSet(closing: [])).nodes.count == 1)
  }
}

package import Autodiff
import Kernels
package import Networks
package import Problems

/// The parameter vector θ of a problem: the weights of all networks, then the raw values of the unknowns.
package struct ParameterLayout: Sendable {
  package let packing: ParameterPacking
  package let unknowns: [UnknownParameter]

  package init(packing: ParameterPacking, unknowns: [UnknownParameter]) {
    self.packing = packing
    self.unknowns = unknowns
  }

  package var unknownOffset: Int { packing.parameterCount }
  package var count: Int { packing.parameterCount + unknowns.count }

  /// Start values: weights as each network draws them, unknowns at their guesses.
  package func initialParameters(networks: [Network], seed: UInt64) -> [Double] {
    var theta = [Double](repeating: 0, count: count)
    for (number, network) in networks.enumerated() {
      network.initialize(&theta, stream: RandomStream(seed: seed, purpose: "weights", index: number))
    }
    for (number, unknown) in unknowns.enumerated() { theta[unknownOffset + number] = unknown.raw(unknown.guess) }
    return theta
  }

  /// The values p of the unknowns in a parameter vector.
  package func unknownValues(_ theta: [Double]) -> [Double] {
    unknowns.indices.map { unknowns[$0].value(raw: theta[unknownOffset + $0]).value }
  }
}

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

  /// Start values: weights as each network draws them, unknowns at their guesses. Draw 0 is the one to begin with,
  /// each other draw has other weights, and the next guess of unknowns that have several.
  package func initialParameters(networks: [Network], seed: UInt64, draw: Int = 0) -> [Double] {
    var theta = [Double](repeating: 0, count: count)
    for (number, network) in networks.enumerated() {
      let stream = RandomStream(seed: seed, purpose: "weights", index: number)
      network.initialize(&theta, stream: draw == 0 ? stream : stream.substream("draw", index: draw))
    }
    for (number, unknown) in unknowns.enumerated() {
      theta[unknownOffset + number] = unknown.raw(unknown.guess(draw: draw))
    }
    return theta
  }

  /// The same with one unknown held.
  package func holding(_ unknown: Int) -> ParameterLayout {
    var unknowns = unknowns
    unknowns[unknown].isHeld = true
    return ParameterLayout(packing: packing, unknowns: unknowns)
  }

  /// The values p of the unknowns in a parameter vector.
  package func unknownValues(_ theta: [Double]) -> [Double] {
    unknowns.indices.map { unknowns[$0].value(raw: theta[unknownOffset + $0]).value }
  }
}

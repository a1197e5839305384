/// An optimizer whose state is the moments of Adam, however it steps by them.
///
/// Members that keep more than the moments have a `memory` and a `restore` of their own.
package protocol MomentOptimizer: Optimizer {
  var moments: AdamMoments { get set }
}

extension MomentOptimizer {
  /// The gradient is taken once an iteration, before the step.
  package static var valueIsBeforeStep: Bool { true }

  package var x: [Double] { moments.x }
  package var value: Double { moments.value }
  package var gradientNorm: Double { moments.gradientNorm }

  /// A tenth of the learning rate from there on; the moments are of gradients that were finite.
  package mutating func retreat(to point: [Double]) -> Bool {
    moments.retreat(to: point)
    return true
  }

  /// The moments are means over many gradients and stay useful.
  package mutating func functionChanged(_ function: some DifferentiableFunction) {}

  package var memory: [String: [Double]] { moments.memory }

  package mutating func restore(_ memory: [String: [Double]]) { moments.restore(memory) }
}

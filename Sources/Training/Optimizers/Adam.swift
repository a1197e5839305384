/// Adam: steps along the mean gradient, each coordinate divided by the root of its mean square.
///
///     m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
///     x ← x − η (m/(1 − β₁ᵏ)) / (√(v/(1 − β₂ᵏ)) + ε)
///
/// With weight decay δ the entries of weight matrices shrink beside that, x ← (1 − ηδ) x, which is AdamW.
///
/// `value` and `gradientNorm` belong to the point before the last step: Adam evaluates once an iteration.
///
/// - Source: Kingma & Ba (2015), Algorithm 1, arXiv:1412.6980; Loshchilov & Hutter (2019), arXiv:1711.05101.
package struct Adam: Optimizer {
  package static let valueIsBeforeStep = true
  private var moments: AdamMoments

  /// - Shapes: `factors` on the learning rate as `x`.
  /// - Parameter matrices: what weight decay acts on.
  package init(start x: [Double], settings: AdamSettings, factors: [Double], matrices: [WeightMatrix] = []) {
    moments = AdamMoments(start: x, settings: settings, factors: factors, matrices: matrices)
  }

  package var x: [Double] { moments.x }
  package var value: Double { moments.value }
  package var gradientNorm: Double { moments.gradientNorm }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard moments.begin(function) else { return .nonFinite }
    moments.stepCoordinates(0..<moments.x.count)
    return .moved(length: moments.rate)
  }

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

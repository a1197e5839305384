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
package struct Adam: MomentOptimizer {
  package var moments: AdamMoments

  /// - Shapes: `factors` on the learning rate as `x`.
  /// - Parameter matrices: what weight decay acts on.
  package init(start x: [Double], settings: AdamSettings, factors: [Double], matrices: [WeightMatrix] = []) {
    moments = AdamMoments(start: x, settings: settings, factors: factors, matrices: matrices)
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard moments.begin(function) else { return .nonFinite }
    moments.stepCoordinates(0..<moments.x.count)
    return .moved(length: moments.rate)
  }
}

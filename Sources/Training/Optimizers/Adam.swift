#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Adam: steps along the mean gradient, each coordinate divided by the root of its mean square.
///
///     m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
///     x ← x − η (m/(1 − β₁ᵏ)) / (√(v/(1 − β₂ᵏ)) + ε)
///
/// `value` and `gradientNorm` belong to the point before the last step: Adam evaluates once an iteration.
///
/// - Source: Kingma & Ba (2015), Algorithm 1, arXiv:1412.6980.
package struct Adam: Optimizer {
  package private(set) var x: [Double]
  package private(set) var value = Double.nan
  package private(set) var gradientNorm = Double.nan
  private let settings: AdamSettings
  /// Factor on the learning rate of each coordinate.
  private let factors: [Double]
  private var first: [Double]
  private var second: [Double]
  private var gradient: [Double]
  private var iteration = 0

  /// - Shapes: `factors` as `x`.
  package init(start x: [Double], settings: AdamSettings, factors: [Double]) {
    self.x = x
    self.settings = settings
    self.factors = factors
    first = [Double](repeating: 0, count: x.count)
    second = first
    gradient = first
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    value = function.value(x, gradient: &gradient)
    gradientNorm = norm(gradient)
    guard value.isFinite, gradientNorm.isFinite else { return .nonFinite }
    let rate = settings.learningRate * settings.schedule.factor(iteration: iteration)
    iteration += 1
    let (beta1, beta2) = (settings.beta1, settings.beta2)
    let correction1 = 1 / (1 - pow(beta1, Double(iteration)))
    let correction2 = 1 / (1 - pow(beta2, Double(iteration)))
    for place in x.indices {
      let g = gradient[place]
      first[place] = beta1 * first[place] + (1 - beta1) * g
      second[place] = beta2 * second[place] + (1 - beta2) * g * g
      let denominator = (second[place] * correction2).squareRoot() + settings.epsilon
      x[place] -= rate * factors[place] * (first[place] * correction1) / denominator
    }
    return .moved(length: rate)
  }

  /// The moments are means over many gradients and stay useful.
  package mutating func functionChanged(_ function: some DifferentiableFunction) {}

  package var memory: [String: [Double]] {
    ["x": x, "first": first, "second": second, "iteration": [Double(iteration)]]
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    first = memory["first"] ?? first
    second = memory["second"] ?? second
    iteration = memory["iteration"]?.first.map { Int($0) } ?? iteration
  }
}

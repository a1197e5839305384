import LinearAlgebra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What Adam and the methods made of it share: the point, the gradient, both moments and the factors of a step.
package struct AdamMoments {
  var x: [Double]
  private(set) var value = Double.nan
  private(set) var gradientNorm = Double.nan
  private(set) var gradient: [Double]
  let settings: AdamSettings
  /// Factor on the learning rate of each coordinate, and whether weight decay acts on it.
  let factors: [Double]
  private let decays: [Bool]
  /// m and v.
  var first: [Double]
  var second: [Double]
  private(set) var iteration = 0
  /// On the learning rate, smaller after each retreat.
  private var rateFactor = 1.0
  /// The learning rate of the current step, and 1/(1 − βᵏ) for both moments.
  private(set) var rate = 0.0
  private(set) var corrections = (first: 1.0, second: 1.0)

  init(start x: [Double], settings: AdamSettings, factors: [Double], matrices: [WeightMatrix]) {
    self.x = x
    self.settings = settings
    self.factors = factors
    gradient = [Double](repeating: 0, count: x.count)
    first = gradient
    second = gradient
    var decays = [Bool](repeating: false, count: x.count)
    for matrix in matrices { for place in matrix.places { decays[place] = true } }
    self.decays = decays
  }

  /// Evaluates the function, takes up the gradient in the first moment, shrinks the weights and prepares the factors of
  /// a step; false where the function is not finite.
  mutating func begin(_ function: some DifferentiableFunction) -> Bool {
    value = function.value(x, gradient: &gradient)
    gradientNorm = norm(gradient)
    guard value.isFinite, gradientNorm.isFinite else { return false }
    rate = settings.learningRate * settings.schedule.factor(iteration: iteration) * rateFactor
    iteration += 1
    corrections.first = 1 / (1 - pow(settings.beta1, Double(iteration)))
    corrections.second = 1 / (1 - pow(settings.beta2, Double(iteration)))
    let beta = settings.beta1
    for place in x.indices { first[place] = beta * first[place] + (1 - beta) * gradient[place] }
    let decay = rate * settings.weightDecay
    if decay > 0 {
      for place in x.indices where decays[place] { x[place] -= decay * x[place] }
    }
    return true
  }

  /// Adam's step of some coordinates.
  mutating func stepCoordinates(_ places: Range<Int>) {
    let beta = settings.beta2
    for place in places {
      let g = gradient[place]
      second[place] = beta * second[place] + (1 - beta) * g * g
      let denominator = (second[place] * corrections.second).squareRoot() + settings.epsilon
      x[place] -= rate * factors[place] * (first[place] * corrections.first) / denominator
    }
  }

  /// Goes back to a point, and on with a tenth of the learning rate.
  mutating func retreat(to point: [Double]) {
    x = point
    rateFactor *= 0.1
  }

  var memory: [String: [Double]] {
    ["x": x, "first": first, "second": second, "iteration": [Double(iteration)], "rateFactor": [rateFactor]]
  }

  mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    first = memory["first"] ?? first
    second = memory["second"] ?? second
    rateFactor = memory["rateFactor"]?.first ?? rateFactor
    iteration = memory["iteration"]?.first.map { Int($0) } ?? iteration
  }
}

import Training

/// A function given by a closure that returns f(x) and ∇f(x), and counts its evaluations.
final class TestFunction: DifferentiableFunction {
  private let body: ([Double]) -> (Double, [Double])
  private(set) var evaluations = 0

  init(_ body: @escaping ([Double]) -> (Double, [Double])) { self.body = body }

  func value(_ x: [Double], gradient: inout [Double]) -> Double {
    evaluations += 1
    let (value, slopes) = body(x)
    gradient = slopes
    return value
  }
}

/// Σ λᵢ (xᵢ − i)²/2 in rotated coordinates: convex, minimum 0 at xᵢ = i.
func quadratic(curvatures: [Double]) -> TestFunction {
  let n = curvatures.count
  // A Householder reflection mixes the axes and is its own inverse.
  let v = (0..<n).map { Double($0 + 1) }
  let square = v.reduce(0) { $0 + $1 * $1 }
  func reflected(_ x: [Double]) -> [Double] {
    let product = zip(v, x).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(x, v).map { $0 - 2 * product / square * $1 }
  }
  return TestFunction { x in
    let y = reflected(x.enumerated().map { $1 - Double($0) })
    let value = zip(curvatures, y).reduce(0) { $0 + 0.5 * $1.0 * $1.1 * $1.1 }
    return (value, reflected(zip(curvatures, y).map { $0 * $1 }))
  }
}

/// Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²: Rosenbrock's valley, minimum 0 at ones.
func rosenbrock() -> TestFunction {
  TestFunction { x in
    var value = 0.0
    var slopes = [Double](repeating: 0, count: x.count)
    for i in 0..<(x.count - 1) {
      let (a, b) = (x[i + 1] - x[i] * x[i], 1 - x[i])
      value += 100 * a * a + b * b
      slopes[i] += -400 * a * x[i] - 2 * b
      slopes[i + 1] += 200 * a
    }
    return (value, slopes)
  }
}

/// Σ wᵢ |xᵢ − aᵢ| − x²/100: ridges with a concave slope on either side, so that a step that crosses none has negative
/// curvature.
func ridged() -> TestFunction {
  TestFunction { x in
    var value = 0.0
    var slopes = x.map { _ in 0.0 }
    for i in x.indices {
      let (weight, from) = (Double(1 + i * i), x[i] - 0.3 * Double(i))
      value += weight * abs(from) - 0.01 * x[i] * x[i]
      slopes[i] = (from < 0 ? -weight : weight) - 0.02 * x[i]
    }
    return (value, slopes)
  }
}

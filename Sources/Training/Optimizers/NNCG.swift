import LinearAlgebra

/// Newton's method by conjugate gradients with a Nyström preconditioner.
///
///     (H + μ) d = −g,   x ← x + αd
///
/// H is the whole Hessian, by products alone (`HessianProducts`). So it needs no sum of squares, and energies may take
/// part. Where H is not positive along a direction, the solution so far is the step, which is one of descent in any case.
/// The damping μ, a share of the largest eigenvalue, follows the ratio of actual to predicted drop.
///
/// - Complexity: two gradients for each iteration of conjugate gradients, and for each of the test vectors every
///   `renewEvery` steps; memory for as many vectors.
/// - Source: Rathore, Lei, Frangella, Lu & Udell (2024), Challenges in training PINNs, arXiv:2402.01868, Algorithm 4.
///   Departs by products through differences, by a damping and a rank that move, by the strong Wolfe conditions, which
///   contain Armijo's, and by solutions that are not exact.
package struct NNCG: Optimizer {
  private var path: DescentPath
  private var sketch: NystromSketch
  private var solver: ConjugateGradients
  private var damping = 1e-4
  private var rightSide: [Double]
  private var products: HessianProducts

  /// The largest rank of an approximation.
  static let mostRank = 240
  /// Gradients of a step in the middle of a training, about.
  package static let usualGradients = 60
  /// Steps that an approximation serves.
  private static let renewEvery = 20
  private static let ratioOfDampings = 10.0.squareRoot()
  /// Below this differences of gradients tell nothing.
  private static let leastDamping = 1e-11
  private static let largestDamping = 1.0
  private static let limits = ConjugateGradients.Limits(iterations: 100, tolerance: 1e-2)

  package init(start x: [Double]) {
    path = DescentPath(start: x)
    sketch = NystromSketch(count: x.count, mostRank: Self.mostRank)
    solver = ConjugateGradients(count: x.count)
    rightSide = path.gradient
    products = HessianProducts(count: x.count)
  }

  package var x: [Double] { path.x }
  package var value: Double { path.value }
  package var gradientNorm: Double { path.gradientNorm }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard path.isFinite(function) else { return .nonFinite }
    guard path.gradientNorm > 0 else { return .lineSearchFailed }
    if sketch.approximation == nil || sketch.age >= Self.renewEvery { renew(function) }
    if move(function) { return .moved(length: path.lastStep) }
    // A fresh approximation of a matrix that has changed, and more damping, before giving up.
    if sketch.age > 0 { renew(function) }
    damping = min(Self.largestDamping, 100 * damping)
    if move(function) { return .moved(length: path.lastStep) }
    return .lineSearchFailed
  }

  private mutating func renew(_ function: some DifferentiableFunction) {
    let x = path.x
    sketch.renew { vectors, count, results in
      let length = vectors.count / max(1, count)
      var result = [Double](repeating: 0, count: length)
      for vector in 0..<count {
        let places = vector * length..<(vector + 1) * length
        products.multiply(Array(vectors[places]), at: x, function, into: &result)
        results.replaceSubrange(places, with: result)
      }
    }
  }

  /// Solves for a direction and searches along it; false where that leads nowhere.
  private mutating func move(_ function: some DifferentiableFunction) -> Bool {
    // Where all curvatures are negative nothing but the slope gives a scale.
    let largest = sketch.approximation?.eigenvalues.first ?? 0
    let shift = damping * (largest > 0 ? largest : path.gradientNorm)
    let x = path.x
    for place in rightSide.indices { rightSide[place] = -path.gradient[place] }
    _ = solver.solve(
      rightSide, into: &path.direction, limits: Self.limits,
      multiply: { v, result in
        products.multiply(v, at: x, function, into: &result)
        accumulate(&result, shift, v)
      },
      solvePreconditioner: { [sketch] in sketch.solve($0, shift: shift, into: &$1) })
    let slope = path.slope
    guard slope < 0, slope.isFinite else { return false }
    // The model with its damping falls by −½gᵀd along an iterate of conjugate gradients.
    let predicted = -0.5 * slope
    let before = path.value
    guard path.search(function, slope: slope, firstStep: 1) else { return false }
    path.advance()
    sketch.didStep(shift: shift)
    let ratio = (before - path.value) / predicted
    if ratio > 0.75 {
      damping = max(Self.leastDamping, damping / Self.ratioOfDampings)
    } else if ratio < 0.25 || path.lastStep < 0.5 {
      damping = min(Self.largestDamping, damping * Self.ratioOfDampings)
    }
    return true
  }

  package mutating func functionChanged(_ function: some DifferentiableFunction) { path.forgetValue() }

  package var memory: [String: [Double]] {
    path.memory.merging(sketch.memory, uniquingKeysWith: { $1 }).merging(
      ["damping": [damping]], uniquingKeysWith: { $1 })
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    path.restore(memory)
    sketch.restore(memory)
    damping = memory["damping"]?.first ?? damping
  }
}

extension NNCG {
  /// What it keeps: test vectors, their products while they are used, and the approximation.
  package static func memoryNumbers(parameters: Int) -> Int { (4 * min(mostRank, parameters) + 16) * parameters }
}

import LinearAlgebra

/// Levenberg–Marquardt without JᵀJ: the damped and corrected steps of `GaussNewton` by conjugate gradients, for networks
/// and points that are too many for factors.
///
///     (JᵀJ + λD) δ = −Jᵀρ(x),   (JᵀJ + λD) Δ = −(Jᵀρ(x + δ) + λDδ),   D = identity × mean diagonal of JᵀJ
///
/// are solved by products JᵀJv. Their number would grow with the root of the condition, which for networks is that of λ.
/// But few eigenvalues of JᵀJ are large: they fall by orders of magnitude from one ten to the next. A Nyström
/// approximation of JᵀJ (`NystromSketch`), whose rank follows λ, takes those above λ out, and a few products solve. It is
/// made once a step and serves all dampings and corrections, as a factor does.
///
/// Solutions are as exact as it takes to walk the way that exact ones walk: looser ones are cheaper and stall, for the
/// flat directions, where the loss is lost, show least in the residual. An iterate that is no solution keeps the relation
/// between step and predicted drop by which the ratio test goes (`ConjugateGradients`).
///
/// Below dampings of 1e-13 rounding of the products is felt, and no other form takes over as `GaussNewton` has one.
///
/// - Complexity: 2 m n multiply-adds a product for n parameters and m residuals; for rank k as much as k/5 products, and
///   8 n k² operations; memory for J, unless it is too large: then rows are made again for each product.
/// - Source: products and truncated solutions: Nocedal & Wright (2006), chapter 7.1; preconditioner: Frangella, Tropp &
///   Udell (2023), arXiv:2110.02820; dampings and corrections: `GaussNewton`.
package struct GaussNewtonCG: Optimizer {
  package private(set) var x: [Double]
  package private(set) var value = Double.nan
  /// ‖∇f‖ where the last step started.
  package private(set) var gradientNorm = Double.nan
  private var damping = 1e-2
  private var iteration = 0
  /// The first so many parameters move.
  private let freeCount: Int
  private var sketch: NystromSketch
  private var solver: ConjugateGradients
  private var gradient: [Double]
  private var rightSide: [Double]
  private var direction: [Double]
  private var solution: [Double]
  private var trialPoint: [Double]
  private var bestPoint: [Double]
  /// ρ where the last trial led.
  private var residuals: [Double] = []
  /// Whether `bestPoint` is where that was.
  private var bestIsLast = true

  /// The largest rank of an approximation. Beyond it, small dampings take more products.
  package static let mostRank = 480
  /// At 1e-3 steps leave the way of exact ones after twenty on the heat equation, and stall there at 1e-2; below 1e-4
  /// nothing is gained.
  private static let limits = ConjugateGradients.Limits(iterations: 200, tolerance: 1e-4)
  private static let leastDamping = 1e-14

  /// - Parameter freeCount: the first so many parameters move, the others are held.
  package init(start x: [Double], freeCount: Int) {
    self.x = x
    self.freeCount = freeCount
    sketch = NystromSketch(count: freeCount, mostRank: GaussNewtonCG.mostRank)
    solver = ConjugateGradients(count: freeCount)
    gradient = [Double](repeating: 0, count: freeCount)
    rightSide = gradient
    direction = gradient
    solution = gradient
    trialPoint = x
    bestPoint = x
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard let squares = function.squares else { preconditionFailure("Gauss-Newton needs a sum of squares") }
    if residuals.count != squares.residualCount {
      residuals = [Double](repeating: 0, count: squares.residualCount)
    }
    value = squares.residuals(x, into: &residuals)
    let mean = squares.linearize(x, gradient: &gradient) / Double(freeCount)
    gradientNorm = 2 * norm(gradient)
    guard value.isFinite, gradientNorm.isFinite, mean.isFinite else { return .nonFinite }
    guard gradientNorm > 0 else { return .lineSearchFailed }
    sketch.renew { squares.multiplySquares($0, count: $1, to: &$2) }
    let start = value
    for trial in DampingRow(after: damping, least: GaussNewtonCG.leastDamping) {
      guard let length = tryStep(squares, shift: trial * mean, start: start) else { continue }
      damping = trial
      iteration += 1
      sketch.didStep(shift: trial * mean)
      return .moved(length: length)
    }
    return .lineSearchFailed
  }

  /// Moves if the step with this damping keeps what it promises.
  ///
  /// - Returns: its length; nil where it does not.
  private mutating func tryStep(_ squares: any SumOfSquares, shift: Double, start: Double) -> Double? {
    for place in 0..<freeCount { rightSide[place] = -gradient[place] }
    solve(squares, shift: shift)
    swap(&direction, &solution)
    let predicted = -dot(gradient, direction) + shift * dot(direction, direction)
    guard predicted.isFinite, predicted > 0 else { return nil }
    let found = follow(squares, shift: shift)
    guard found < start, start - found >= DampingRow.targetRatio(iteration: iteration) * predicted else { return nil }
    var length = 0.0
    for place in 0..<freeCount { length += (bestPoint[place] - x[place]) * (bestPoint[place] - x[place]) }
    swap(&x, &bestPoint)
    // What was looked at last may lie beyond: the residuals, and what is reported of them, belong to x.
    value = bestIsLast ? found : squares.residuals(x, into: &residuals)
    return length.squareRoot()
  }

  /// Leaves the y of (JᵀJ + shift) y = `rightSide` in `solution`.
  private mutating func solve(_ squares: any SumOfSquares, shift: Double) {
    _ = solver.solve(
      rightSide, into: &solution, limits: GaussNewtonCG.limits,
      multiply: { v, result in
        squares.multiplySquares(v, count: 1, to: &result)
        accumulate(&result, shift, v)
      },
      solvePreconditioner: { [sketch] in sketch.solve($0, shift: shift, into: &$1) })
  }

  /// Takes the step `direction` to `bestPoint` and corrects it while that pays.
  ///
  /// - Returns: f there; infinite where even the first step leads to no number.
  private mutating func follow(_ squares: any SumOfSquares, shift: Double) -> Double {
    var best = Double.infinity
    bestIsLast = true
    for number in 0...GaussNewton.mostCorrections {
      for place in 0..<freeCount { trialPoint[place] = x[place] + direction[place] }
      for place in freeCount..<x.count { trialPoint[place] = x[place] }
      let found = squares.residuals(trialPoint, into: &residuals)
      guard found < best else {
        bestIsLast = false
        break
      }
      swap(&bestPoint, &trialPoint)
      let isWorthMore = found < GaussNewton.worthwhileFall * best
      best = found
      guard isWorthMore, number < GaussNewton.mostCorrections else { break }
      squares.multiplyTransposed(by: residuals, to: &rightSide)
      for place in 0..<freeCount { rightSide[place] = -(rightSide[place] + shift * direction[place]) }
      solve(squares, shift: shift)
      for place in 0..<freeCount { direction[place] += solution[place] }
    }
    return best
  }

  package mutating func functionChanged(_ function: some DifferentiableFunction) {}

  package var memory: [String: [Double]] {
    [
      "x": x, "value": [value], "damping": [damping], "iteration": [Double(iteration)], "rank": [Double(sketch.rank)],
    ]
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    value = memory["value"]?.first ?? value
    damping = memory["damping"]?.first ?? damping
    iteration = memory["iteration"]?.first.map { Int($0) } ?? iteration
    sketch.restore(memory)
  }
}

extension GaussNewtonCG {
  /// Multiply-adds of a step in the middle of a training, about: a hundred test vectors, and forty products that take as
  /// long as five of those each.
  package static func multiplyAdds(parameters: Int, residuals: Int) -> Double {
    2 * Double(parameters) * Double(residuals) * (100 + 40 * 5)
  }

  /// What it keeps: J in panels, unless it is too large, test vectors, their products and the approximation, vectors.
  package static func memoryNumbers(parameters: Int, residuals: Int) -> Int {
    NormalEquations.productNumbers(parameters: parameters, residuals: residuals)
      + (4 * min(mostRank, parameters) + 16) * parameters + residuals
  }
}

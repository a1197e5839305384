package import Kernels
import LinearAlgebra

/// Levenberg–Marquardt: Gauss–Newton steps for a sum of squares, damped.
///
/// For f = ρᵀρ with the Jacobian J of ρ it solves
///
///     (JᵀJ + λ D) δ = −Jᵀρ
///
/// and compares the drop f(x) − f(x + δ) with the one that the linear model ρ + Jδ predicts, −gᵀδ + λ δᵀDδ with
/// g = Jᵀρ. Of a row of dampings, from small to large, it takes the first whose ratio of the two exceeds a target: not
/// the one with the greatest drop, which follows the walls of a curved valley and stalls there. The row starts some
/// way below the damping of the last step, so λ falls as fast as the model allows.
///
/// D is the identity times the mean of the diagonal of JᵀJ. Marquardt's D, the diagonal itself, damps the weights
/// that hardly act the least, and networks have many of those.
///
/// - Complexity: one sum JᵀJ a step, O(residuals · n²), and a factorization, n³/3, for each damping tried; memory for
///   n² numbers.
/// - Source: Levenberg (1944), Marquardt (1963); ratio test: Moré (1978), LNM 630.
package struct GaussNewton: Optimizer {
  package private(set) var x: [Double]
  package private(set) var value = Double.nan
  /// ‖∇f‖ where the last step started.
  package private(set) var gradientNorm = Double.nan
  private var damping: Double
  private var iteration = 0
  /// The first so many parameters move.
  private let freeCount: Int
  private let factorization: CholeskyFactorization
  private var gradient: [Double]
  private var direction: [Double]
  private var trialPoint: [Double]

  /// Most parameters: two triangles of so many numbers take 3 GB.
  package static let mostParameters = 20_000

  /// Neighbouring dampings of a row are so far apart.
  private static let ratioOfDampings = 10.0.squareRoot()
  /// How many steps of the row lie below the last damping; each may be tried.
  private static let stepsBelow = 4
  private static let mostTrials = 30
  private static let leastDamping = 1e-16
  private static let largestDamping = 1e12

  /// - Parameter freeCount: the first so many parameters move, the others are held.
  package init(start x: [Double], freeCount: Int, pool: WorkerPool) {
    self.x = x
    self.freeCount = freeCount
    damping = 1e-2
    factorization = CholeskyFactorization(order: freeCount, pool: pool)
    gradient = [Double](repeating: 0, count: freeCount)
    direction = gradient
    trialPoint = x
  }

  /// The least ratio of actual to predicted drop: 0.15 at first, 0.4 after a hundred steps.
  private var targetRatio: Double { 0.15 + 0.25 * min(1, Double(iteration) / 100) }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard let squares = function.squares else { preconditionFailure("Gauss-Newton needs a sum of squares") }
    let matrix = squares.sumSquares(x)
    let start = matrix[x.count, x.count]
    gradient.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: the buffer has `freeCount` numbers.
      if let base = buffer.baseAddress { matrix.copyRow(x.count, count: freeCount, to: base) }
    }
    value = start
    gradientNorm = 2 * norm(gradient)
    guard value.isFinite, gradientNorm.isFinite else { return .nonFinite }
    guard gradientNorm > 0 else { return .lineSearchFailed }
    var mean = 0.0
    for place in 0..<freeCount { mean += matrix[place, place] }
    mean /= Double(freeCount)
    var trial = max(GaussNewton.leastDamping, damping * pow(GaussNewton.ratioOfDampings, -GaussNewton.stepsBelow))
    for _ in 0..<GaussNewton.mostTrials where trial <= GaussNewton.largestDamping {
      if let length = tryStep(squares, matrix, shift: trial * mean, start: start) {
        damping = trial
        iteration += 1
        return .moved(length: length)
      }
      trial *= GaussNewton.ratioOfDampings
    }
    return .lineSearchFailed
  }

  /// Moves if the step with this damping keeps what it promises.
  ///
  /// - Returns: its length; nil where it does not.
  private mutating func tryStep(
    _ squares: any SumOfSquares, _ matrix: SymmetricMatrix, shift: Double, start: Double
  ) -> Double? {
    guard factorization.factor(matrix, shift: .constant(shift)) == nil else { return nil }
    for place in 0..<freeCount { direction[place] = -gradient[place] }
    direction.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: the buffer has `freeCount` numbers, as many as the factorization.
      if let base = buffer.baseAddress { factorization.solve(base) }
    }
    let length = norm(direction)
    let predicted = -dot(gradient, direction) + shift * length * length
    guard length.isFinite, predicted > 0 else { return nil }
    for place in 0..<freeCount { trialPoint[place] = x[place] + direction[place] }
    for place in freeCount..<x.count { trialPoint[place] = x[place] }
    let found = squares.value(trialPoint)
    guard found.isFinite, found < start, start - found >= targetRatio * predicted else { return nil }
    swap(&x, &trialPoint)
    value = found
    return length
  }

  package mutating func functionChanged(_ function: some DifferentiableFunction) {}

  package var memory: [String: [Double]] {
    ["x": x, "value": [value], "damping": [damping], "iteration": [Double(iteration)]]
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    x = memory["x"] ?? x
    value = memory["value"]?.first ?? value
    damping = memory["damping"]?.first ?? damping
    iteration = memory["iteration"]?.first.map { Int($0) } ?? iteration
  }
}

/// base to a whole power.
private func pow(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  for _ in 0..<abs(exponent) { result *= base }
  return exponent < 0 ? 1 / result : result
}

package import Kernels
import LinearAlgebra

/// Levenberg–Marquardt: damped Gauss–Newton steps for a sum of squares, corrected for its curvature.
///
/// For f = ρᵀρ with the Jacobian J of ρ at x it starts from the damped step of the linear model,
///
///     (JᵀJ + λD) δ = −Jᵀρ(x),
///
/// and corrects it, with the same factors, towards the δ whose own residual satisfies this equation,
///
///     (JᵀJ + λD) Δ = −(Jᵀρ(x + δ) + λDδ),   δ ← δ + Δ,
///
/// for as long as f(x + δ) falls well. The first correction is the geodesic acceleration, with the second derivative of
/// ρ along δ taken over the whole step; the later ones follow the valley further. A correction costs an evaluation of ρ
/// and a product with J, where a new step costs a Jacobian, a sum JᵀJ and a factorization. It also takes away what
/// rounding did to the first solution: JᵀJ has the square of the condition of J, the residual in the correction is exact.
///
/// Of a row of dampings λ, from small to large, it takes the first whose drop f(x) − f(x + δ) is more than a target
/// times the one that the linear model predicts, −gᵀδ + λ δᵀDδ with g = Jᵀρ and the first δ: not the one with the
/// greatest drop, which follows the walls of a curved valley and stalls there. The row starts some way below the damping
/// of the last step, so λ falls as fast as the model allows.
///
/// Where there are fewer residuals than parameters, δ = Jᵀy is sought through y, which is shorter:
///
///     (JJᵀ + λD) y = −ρ(x),   (JJᵀ + λD) Δ = −(ρ(x + Jᵀy) + λDy),   y ← y + Δ,
///
/// which is the same step. Where λ has fallen so far that rounding of JᵀJ or JJᵀ would be felt, their factors come from
/// reflections of J itself. D is the identity times the mean of the diagonal of JᵀJ. Marquardt's D, the diagonal
/// itself, damps the weights that hardly act the least, and networks have many of those.
///
/// - Complexity: with k the less of n parameters and m residuals: one sum JᵀJ or JJᵀ a step, O(m n k), and a
///   factorization, k³/3, for each damping tried; memory for k² numbers and, for corrections, for J.
/// - Source: Levenberg (1944), Marquardt (1963); ratio test: Moré (1978), LNM 630; acceleration: Transtrum & Sethna
///   (2012), arXiv:1201.5885; several steps with one Jacobian: Fan (2012), Math. Comput. 81, 447.
package struct GaussNewton: Optimizer {
  package private(set) var x: [Double]
  package private(set) var value = Double.nan
  /// ‖∇f‖ where the last step started.
  package private(set) var gradientNorm = Double.nan
  private var damping: Double
  private var iteration = 0
  /// The first so many parameters move.
  private let freeCount: Int
  private let pool: WorkerPool
  /// From the first step on.
  private var factorization: CholeskyFactorization?
  /// From the first step on whose damping asks for it.
  private var triangle: QRFactorization?
  private var gradient: [Double]
  private var direction: [Double]
  private var correction: [Double]
  private var trialPoint: [Double]
  private var bestPoint: [Double]
  /// ρ where the step starts, where it was tried last, and y of the dual form.
  private var startResiduals: [Double] = []
  private var residuals: [Double] = []
  private var multipliers: [Double] = []
  private var isDual: Bool { !multipliers.isEmpty }
  /// Whether products with J can be had: else there are no corrections.
  private var keepsJacobian = false

  /// The largest order of the equations to be solved: two triangles of so many numbers take 3 GB.
  package static let mostParameters = 20_000

  /// Where J is kept, its singular values count down to 1e-13 of the largest; else JᵀJ has to be positive definite.
  private static let leastDamping = (kept: 1e-26, summed: 1e-16)
  /// Below this J itself is factored. Sums lead to the same points above 1e-11, and stall at 1e-13.
  private static let leastSummedDamping = 1e-12
  /// Corrections of a step, and the factor by which f has to fall for one more. On an oscillator, heat and Burgers' equation
  /// ten reach in 60 steps what one reaches in 200, and none never; more than ten gain nothing.
  static let mostCorrections = 10
  static let worthwhileFall = 0.8

  /// - Parameter freeCount: the first so many parameters move, the others are held.
  package init(start x: [Double], freeCount: Int, pool: WorkerPool) {
    self.x = x
    self.freeCount = freeCount
    self.pool = pool
    damping = 1e-2
    gradient = [Double](repeating: 0, count: freeCount)
    direction = gradient
    correction = gradient
    trialPoint = x
    bestPoint = x
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard let squares = function.squares else { preconditionFailure("Gauss-Newton needs a sum of squares") }
    prepare(squares.residualCount)
    let form: NormalEquations.Form = isDual ? .dual(parameters: freeCount) : .primal
    let order = isDual ? squares.residualCount : freeCount
    let factorization = self.factorization ?? CholeskyFactorization(order: order, pool: pool)
    self.factorization = factorization
    let matrix: SymmetricMatrix?
    var mean = 0.0
    keepsJacobian = squares.keepsJacobian(form: form)
    if DampingRow.first(after: damping) < GaussNewton.leastSummedDamping, keepsJacobian {
      let triangle = self.triangle ?? QRFactorization(order: order, pool: pool)
      self.triangle = triangle
      squares.triangularize(x, form: form, into: triangle)
      mean = triangle.squareSum / Double(freeCount)
      matrix = nil
    } else {
      let sums = squares.sumSquares(x, form: form)
      for place in 0..<order { mean += sums[place, place] }
      mean /= Double(freeCount)
      matrix = sums
    }
    if keepsJacobian {
      value = squares.residuals(x, into: &startResiduals)
      squares.multiplyTransposed(by: startResiduals, to: &gradient)
    } else if let matrix {
      value = matrix[x.count, x.count]
      gradient.withUnsafeMutableBufferPointer { buffer in
        // SAFETY: the buffer has `freeCount` numbers.
        if let base = buffer.baseAddress { matrix.copyRow(x.count, count: freeCount, to: base) }
      }
    }
    let start = value
    gradientNorm = 2 * norm(gradient)
    guard value.isFinite, gradientNorm.isFinite else { return .nonFinite }
    guard gradientNorm > 0 else { return .lineSearchFailed }
    let least = GaussNewton.leastDamping
    for trial in DampingRow(after: damping, least: keepsJacobian ? least.kept : least.summed) {
      let failed =
        matrix.map { factorization.factor($0, shift: .constant(trial * mean)) }
        ?? triangle?.factor(shift: trial * mean, into: factorization)
      if failed == nil, factorization.isFactored,
        let length = tryStep(squares, factorization, shift: trial * mean, start: start)
      {
        damping = trial
        iteration += 1
        return .moved(length: length)
      }
    }
    return .lineSearchFailed
  }

  /// Makes room for so many residuals, and settles which form the equations have.
  private mutating func prepare(_ residualCount: Int) {
    guard residuals.count != residualCount else { return }
    residuals = [Double](repeating: 0, count: residualCount)
    startResiduals = residuals
    multipliers = residualCount < freeCount ? residuals : []
    (factorization, triangle) = (nil, nil)
  }

  /// Moves if the step with the damping that was factored keeps what it promises.
  ///
  /// - Returns: its length; nil where it does not.
  private mutating func tryStep(
    _ squares: any SumOfSquares, _ factorization: CholeskyFactorization, shift: Double, start: Double
  ) -> Double? {
    if isDual {
      for place in multipliers.indices { multipliers[place] = -startResiduals[place] }
      factorization.solve(&multipliers)
      squares.multiplyTransposed(by: multipliers, to: &direction)
    } else {
      for place in 0..<freeCount { direction[place] = -gradient[place] }
      factorization.solve(&direction)
    }
    let square = dot(direction, direction)
    let predicted = -dot(gradient, direction) + shift * square
    guard square.isFinite, predicted > 0 else { return nil }
    let found = follow(squares, factorization, shift: shift)
    guard found < start, start - found >= DampingRow.targetRatio(iteration: iteration) * predicted else { return nil }
    var length = 0.0
    for place in 0..<freeCount { length += (bestPoint[place] - x[place]) * (bestPoint[place] - x[place]) }
    swap(&x, &bestPoint)
    // What was looked at last may lie beyond: the residuals, and what is reported of them, belong to x.
    value = bestIsLast ? found : squares.residuals(x, into: &residuals)
    return length.squareRoot()
  }

  private var bestIsLast = true

  /// Takes the step `direction` to `bestPoint` and corrects it while that pays.
  ///
  /// - Returns: f there; infinite where even the first step leads to no number.
  private mutating func follow(
    _ squares: any SumOfSquares, _ factorization: CholeskyFactorization, shift: Double
  ) -> Double {
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
      guard isWorthMore, number < GaussNewton.mostCorrections, keepsJacobian else { break }
      correct(squares, factorization, shift: shift)
    }
    return best
  }

  /// Corrects `direction` by the residuals where it leads.
  private mutating func correct(_ squares: any SumOfSquares, _ factorization: CholeskyFactorization, shift: Double) {
    if isDual {
      for place in residuals.indices { residuals[place] = -(residuals[place] + shift * multipliers[place]) }
      factorization.solve(&residuals)
      for place in residuals.indices { multipliers[place] += residuals[place] }
      squares.multiplyTransposed(by: multipliers, to: &direction)
    } else {
      squares.multiplyTransposed(by: residuals, to: &correction)
      for place in 0..<freeCount { correction[place] = -(correction[place] + shift * direction[place]) }
      factorization.solve(&correction)
      for place in 0..<freeCount { direction[place] += correction[place] }
    }
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

extension CholeskyFactorization {
  /// b ← A⁻¹b.
  fileprivate func solve(_ b: inout [Double]) {
    precondition(b.count == order, "\(b.count) numbers for order \(order)")
    b.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: as many numbers as the factorization has rows.
      if let base = buffer.baseAddress { solve(base) }
    }
  }
}

extension GaussNewton {
  /// Why it cannot be used for so many parameters and residuals, with the figures; nil where it can.
  package static func obstacle(parameters: Int, residuals: Int) -> String? {
    let order = min(parameters, residuals)
    if order > mostParameters {
      return "it is for at most \(mostParameters) parameters or residuals, found \(parameters) and \(residuals)"
    }
    if residuals < parameters, residuals * parameters > NormalEquations.mostKeptNumbers {
      return "the Jacobian of \(residuals) residuals by \(parameters) parameters is too large"
    }
    return nil
  }

  /// What it keeps: J in panels, unless it is too large, the sums, the triangle and the factor, vectors.
  package static func memoryNumbers(parameters: Int, residuals: Int) -> Int {
    let (order, jacobian) = (min(parameters, residuals), (parameters + 24) * residuals)
    return order * order * 3 / 2 + (jacobian <= NormalEquations.mostKeptNumbers ? jacobian : 0) + 16 * parameters
      + 4 * residuals
  }
}

package import Kernels
import LinearAlgebra
package import Networks
package import Problems

/// What equations, conditions and measurements say together about the weights θ of the networks and the raw unknowns q,
/// to first order about a point.
///
/// With the rows P of equations and conditions and D of measurements, all at (θ, q), it is the triangle R of
///
///     ⎡ P_θ/τ   P_q/τ ⎤                                  ⎡ R_θθ  R_θq ⎤
///     ⎢ D_θ/σ   D_q/σ ⎥  =  Q R          with   R  =     ⎣  0    R_qq ⎦
///     ⎣ κ⁻¹·1     0   ⎦
///
/// so that (R_qqᵀ R_qq)⁻¹ is the covariance of q with the weights eliminated: its inverse is the Schur complement
/// G − BᵀA⁻¹B, without the digits that forming it would lose. The noise is σ; τ, the error that an equation may have at a
/// point, is so small beside σ that a smaller one changes nothing, and κ so large that the networks are free where nothing
/// holds them. What P says of q beyond what P_θ can follow, (1 − P_θP_θ⁺)P_q, is left out: it is what the network cannot
/// represent and would be taken for certainty about q as τ → 0. So for τ → 0 the sensitivities of the solution are
/// dθ/dq = −P_θ⁺P_q, and R_qqᵀR_qq is the information of the measurements with them, Cramér's and Rao's bound.
///
/// - Source: eliminating what is not of interest: Golub & Pereyra (1973), SIAM J. Numer. Anal. 10, 413; bound: Rao (1945).
package final class JointInformation {
  package struct Settings: Sendable {
    /// τ/σ, both in units of a typical row of their term.
    package var equationError = 1e-3
    /// κ: the standard deviation that a field may have at a measurement where nothing holds it, in units of σ.
    package var freedom = 1e6

    package init() {}
  }

  package let layout: ParameterLayout
  /// The weights of the terms that make the sum of squares of the loss the one of this problem: P/τ and D/σ squared.
  package let weights: [Double]
  /// How many measurements there are.
  package let measurementCount: Int
  /// R_qq, for data in units of their noise.
  package let unknowns: UnknownInformation
  /// What the measurements leave unexplained where the linear problem has its minimum, in units of the noise squared.
  package let misfit: Double
  /// The way from the point to that minimum, (θ, q).
  package let shift: [Double]
  /// How many parameters the measurements determine, unknowns included: the trace of the matrix from measured to fitted
  /// values.
  package private(set) var effectiveParameters: Double

  private let weightFactor: CholeskyFactorization
  /// R_θq, `[unknown][weight]`.
  private let coupling: [[Double]]

  /// Why nothing of this can be had, as a sentence, or nil.
  package static func obstacle(_ loss: LossTerms, weights: [Double], layout: ParameterLayout) -> String? {
    let rows = loss.residualCounts.reduce(0, +)
    let (m, n) = (Double(rows), Double(layout.count))
    if let energy = zip(loss.terms, weights).first(where: { $0.0.kind == .energy && $0.1 != 0 }) {
      return "energy '\(energy.0.name)' is no sum of squares"
    }
    if !zip(loss.terms, loss.residualCounts).contains(where: { $0.0.kind == .data && $0.1 > 0 }) {
      return "there are no measurements"
    }
    if m * n > Double(NormalEquations.mostKeptNumbers) || (2 * m + n) * n * n > JointInformation.mostMultiplyAdds {
      return "\(layout.count) parameters and \(rows) residuals are too many"
    }
    return nil
  }

  /// Some ten seconds on one core.
  private static let mostMultiplyAdds = 2e11

  /// - Parameters:
  ///   - weights: terms of weight zero take no part; other weights do not count.
  ///   - noise: for every term the standard deviation of its residuals, of no account for equations and conditions.
  /// - Returns: nil where a number is not finite.
  /// - Precondition: there is no obstacle.
  package init?(
    _ loss: LossTerms, weights: [Double], networks: [Network], layout: ParameterLayout, pool: WorkerPool,
    at theta: [Double], noise: [Double], settings: Settings = Settings()
  ) {
    self.layout = layout
    let objective = Objective(loss, networks: networks, layout: layout, pool: pool)
    let equations = NormalEquations(objective)
    let (n, k) = (layout.unknownOffset, layout.unknowns.count)
    // Once to see how long the rows of each term are, once in their final scale.
    objective.weights = zip(weights, objective.divisors).map { $0 == 0 ? 0 : $1 }
    objective.sumSquares(theta, into: equations, summing: false)
    let terms = equations.rowTerms
    let isData = loss.terms.map { !$0.kind.isPhysics }
    var squares = [Double](repeating: 0, count: loss.terms.count)
    for (row, term) in terms.enumerated() {
      for number in equations.rows.numbers(ofRow: row, count: n) { squares[term] += number * number }
    }
    let counts = loss.residualCounts
    var (dataSquares, dataCount) = (0.0, 0)
    for term in loss.terms.indices where isData[term] && weights[term] != 0 {
      dataSquares += squares[term] / (noise[term] * noise[term])
      dataCount += counts[term]
    }
    measurementCount = dataCount
    // A typical row of measurements has length `unit`; everything is in this unit.
    let unit = dataSquares > 0 ? (dataSquares / Double(dataCount)).squareRoot() : 1
    for term in loss.terms.indices where weights[term] != 0 {
      let length = (squares[term] / Double(max(1, counts[term]))).squareRoot()
      let factor = isData[term] ? 1 / noise[term] : unit / (settings.equationError * length)
      objective.weights[term] = factor.isFinite ? objective.divisors[term] * factor * factor : 0
    }
    self.weights = objective.weights
    objective.sumSquares(theta, into: equations, summing: false)
    let triangle = QRFactorization(order: n + k + 1, pool: pool)
    let runs = JointInformation.runs(terms.map { isData[$0] })
    for (range, isData) in runs where !isData { triangle.add(equations.rows, in: range) }
    triangle.clearRows(from: n)
    for (range, isData) in runs where isData { triangle.add(equations.rows, in: range) }
    triangle.addDiagonal(unit / settings.freedom, columns: n)

    weightFactor = CholeskyFactorization(order: n, pool: pool)
    guard triangle.copyLeading(into: weightFactor) == nil else { return nil }
    let coupling = (0..<k).map { unknown in (0..<n).map { triangle[$0, n + unknown] } }
    self.coupling = coupling
    unknowns = UnknownInformation(
      columns: (0..<k).map { column in (0..<k).map { triangle[n + $0, n + column] } },
      floors: coupling.map { column in
        JointInformation.leastRatio * column.reduce(0) { $0 + $1 * $1 }.squareRoot()
      })
    let last = triangle[n + k, n + k]
    misfit = last * last
    // R (θ, q) = −Qᵀρ
    let rightSide = (0..<k).map { -triangle[n + $0, n + k] }
    let unknownShift = unknowns.solve(rightSide)
    var shift = (0..<n).map { row in -triangle[row, n + k] }
    for (unknown, step) in unknownShift.enumerated() {
      for row in 0..<n { shift[row] -= coupling[unknown][row] * step }
    }
    let weightFactor = weightFactor
    shift.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: as many numbers as the factorization has rows.
      if let base = buffer.baseAddress { weightFactor.solveLowerTransposed(base) }
    }
    self.shift = shift + unknownShift
    effectiveParameters = 0
    var (trace, seen) = (0.0, 0)
    let work = Double(dataCount) * Double(n) * Double(n)
    let every = max(1, Int((work / JointInformation.mostTraceMultiplyAdds).rounded(.up)))
    for (range, isData) in runs where isData {
      let rows = Array(stride(from: range.lowerBound, to: range.upperBound, by: every))
      trace += variances(of: rows.map { equations.rows.numbers(ofRow: $0, count: n + k) }).reduce(0, +)
      seen += rows.count
    }
    effectiveParameters = seen > 0 ? trace * Double(dataCount) / Double(seen) : 0
  }

  /// Rounding of a column of R_qq, beside the column of R_θq that was taken from it.
  private static let leastRatio = 1e-12
  /// With more measurements the trace is that of every so many of them.
  private static let mostTraceMultiplyAdds = 2e9

  /// The variances aᵀ(RᵀR)⁻¹a of quantities whose derivatives by (θ, q) are the vectors a, for data in units of their
  /// noise; what is not determined of q is left out.
  package func variances(of rows: [[Double]]) -> [Double] {
    parts(of: rows).map { $0.state + unknowns.variance(along: $0.slopes) }
  }

  /// The rows that measurements of such quantities would add to R_qq, for data in units of their noise; what they would
  /// tell of the state stays out.
  package func gains(of rows: [[Double]]) -> [[Double]] {
    parts(of: rows).map { part in
      let length = (1 + part.state).squareRoot()
      return part.slopes.map { $0 / length }
    }
  }

  /// For each vector a the variance at fixed unknowns, ‖R_θθ⁻ᵀa_θ‖², and the derivatives by q with the state following,
  /// a_q − R_θqᵀR_θθ⁻ᵀa_θ.
  private func parts(of rows: [[Double]]) -> [(state: Double, slopes: [Double])] {
    let (n, k) = (layout.unknownOffset, layout.unknowns.count)
    var result: [(state: Double, slopes: [Double])] = []
    for first in stride(from: 0, to: rows.count, by: JointInformation.rowsAtATime) {
      let part = rows[first..<min(rows.count, first + JointInformation.rowsAtATime)]
      var sides = part.flatMap { $0[..<n] }
      sides.withUnsafeMutableBufferPointer { buffer in
        // SAFETY: `part.count` sides of `n` numbers.
        if let base = buffer.baseAddress { weightFactor.solveLower(base, count: part.count, stride: n) }
      }
      for (place, row) in part.enumerated() {
        let y = sides[place * n..<(place + 1) * n]
        let g = (0..<k).map { unknown in
          var sum = row[n + unknown]
          for (number, weight) in y.enumerated() { sum -= coupling[unknown][number] * weight }
          return sum
        }
        result.append((y.reduce(0) { $0 + $1 * $1 }, g))
      }
    }
    return result
  }

  private static let rowsAtATime = 256

  /// The ranges of consecutive rows of one kind.
  private static func runs(_ isData: [Bool]) -> [(Range<Int>, Bool)] {
    var runs: [(Range<Int>, Bool)] = []
    var start = 0
    for row in isData.indices where row + 1 == isData.count || isData[row + 1] != isData[row] {
      runs.append((start..<row + 1, isData[row]))
      start = row + 1
    }
    return runs
  }
}

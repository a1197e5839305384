package import Kernels
import LinearAlgebra

/// Least squares with few terms: y ≈ Σ c_k φ_k in which most of the c_k are zero.
///
/// All rows go into one triangle R of [φ | y], by reflections and with columns of length one. What follows, for any
/// subset of the terms, is least squares on the rows of R, whose number does not depend on that of the data.
///
/// - Source: sequentially thresholded least squares: Brunton, Proctor & Kutz (2016), PNAS 113, 3932; here one term goes
///   at a time, the one that is farthest below its threshold, since coefficients of terms that nearly agree change
///   sign and size when one of them is left out. The lasso by coordinate descent: Friedman, Hastie & Tibshirani (2010),
///   J. Stat. Softw. 33(1).
package struct SparseRegression: Sendable {
  package enum Method: String, CaseIterable, Sendable {
    /// Drops terms below the thresholds, and solves again, until none is.
    case stlsq
    /// An l1 penalty chooses the terms; then as `stlsq`, from those.
    case lasso
  }

  package struct Settings: Sendable {
    package var method = Method.stlsq
    /// The least |c_k|.
    package var threshold = 0.0
    /// The least root mean square of c_k φ_k, as a share of that of y.
    package var share = 0.0
    /// Added to the squares of unit columns while terms are chosen, never in the final solution.
    package var ridge = 0.0
    /// Of the least penalty that leaves no term, for `lasso`.
    package var penalty = 0.01

    package init(
      method: Method = .stlsq, threshold: Double = 0, share: Double = 0, ridge: Double = 0, penalty: Double = 0.01
    ) {
      self.method = method
      self.threshold = threshold
      self.share = share
      self.ridge = ridge
      self.penalty = penalty
    }
  }

  /// By term; zero where the term was dropped.
  package private(set) var coefficients: [Double]
  /// Of the coefficients, from the residuals of the final least squares, as if they were independent.
  package private(set) var standardErrors: [Double]
  /// The root mean square of c_k φ_k as a share of that of y.
  package private(set) var shares: [Double]
  /// Terms that are a combination of those before them, to rounding; they are never kept.
  package private(set) var dependent: [Int] = []
  /// The root mean square of what is left, as a share of that of y.
  package private(set) var residual = 1.0

  package var kept: [Int] { coefficients.indices.filter { coefficients[$0] != 0 } }

  /// A diagonal entry of R, for unit columns, that is rounding.
  private static let rounding = 1e-11

  /// - Shapes: `columns` is `[term][row]`, `target` `[row]`; all of them finite.
  /// - Precondition: at least one term and one row.
  package init(columns: [[Double]], target: [Double], settings: Settings, pool: WorkerPool) {
    let count = columns.count
    precondition(count > 0 && !target.isEmpty && columns.allSatisfy { $0.count == target.count }, "shapes differ")
    coefficients = [Double](repeating: 0, count: count)
    standardErrors = coefficients
    shares = coefficients
    let lengths = (columns + [target]).map { column in
      // A factor first: squares of large numbers overflow.
      let largest = column.reduce(0) { max($0, $1.magnitude) }
      guard largest > 0 else { return 0.0 }
      return largest * column.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    }
    guard lengths[count] > 0 else {
      residual = 0
      return
    }
    var rows = [Double](repeating: 0, count: target.count * (count + 1))
    for (place, column) in (columns + [target]).enumerated() where lengths[place] > 0 {
      for row in target.indices { rows[row * (count + 1) + place] = column[row] / lengths[place] }
    }
    let whole = Triangle(rows: rows, columnCount: count + 1, pool: pool)
    dependent = (0..<count).filter { whole[$0, $0].magnitude <= Self.rounding }
    var active = (0..<count).filter { !dependent.contains($0) }
    if settings.method == .lasso { active = Self.lasso(whole, active, penalty: settings.penalty) }
    var solution = Self.solve(whole, active, ridge: settings.ridge, pool: pool)
    /// How far a term is above its thresholds; below 1 where it has to go.
    func excess(_ place: Int) -> Double {
      let scaled = solution.coefficients[place].magnitude
      let size = scaled * lengths[count] / lengths[active[place]]
      // What is exactly zero is no term even without thresholds.
      if scaled == 0 { return 0 }
      return min(
        settings.threshold > 0 ? size / settings.threshold : .infinity,
        settings.share > 0 ? scaled / settings.share : .infinity)
    }
    while let worst = active.indices.min(by: { excess($0) < excess($1) }), excess(worst) < 1 {
      active.remove(at: worst)
      solution = Self.solve(whole, active, ridge: settings.ridge, pool: pool)
    }
    if settings.ridge > 0 { solution = Self.solve(whole, active, ridge: 0, pool: pool) }
    let freedom = Double(max(1, target.count - active.count))
    residual = solution.residual
    for (place, term) in active.enumerated() {
      let scale = lengths[count] / lengths[term]
      coefficients[term] = scale * solution.coefficients[place]
      shares[term] = solution.coefficients[place].magnitude
      standardErrors[term] = scale * solution.residual * (solution.inverseSquares[place] / freedom).squareRoot()
    }
  }

  /// R of some rows, as a plain matrix.
  private struct Triangle {
    let order: Int
    private var numbers: [Double]

    init(rows: [Double], columnCount: Int, pool: WorkerPool) {
      order = columnCount
      let count = rows.count / columnCount
      let packed = PackedRows(capacity: count, columnCount: columnCount)
      rows.withUnsafeBufferPointer { buffer in
        // SAFETY: there is at least one row, and the rectangle is all of the buffer.
        guard let start = buffer.baseAddress else { return }
        packed.store(start, stride: columnCount, rows: 0..<count, columns: 0..<columnCount)
      }
      let factorization = QRFactorization(order: columnCount, pool: pool)
      factorization.factor(packed)
      numbers = (0..<columnCount * columnCount).map { factorization[$0 / columnCount, $0 % columnCount] }
    }

    subscript(row: Int, column: Int) -> Double { numbers[row * order + column] }
  }

  private struct Solution {
    var coefficients: [Double]
    /// The diagonal of (RᵀR)⁻¹.
    var inverseSquares: [Double]
    var residual: Double
  }

  /// Least squares with some of the columns, the last of `whole` being the target; all columns of length one.
  private static func solve(_ whole: Triangle, _ active: [Int], ridge: Double, pool: WorkerPool) -> Solution {
    let (count, last) = (active.count, whole.order - 1)
    guard count > 0 else { return Solution(coefficients: [], inverseSquares: [], residual: 1) }
    var rows: [Double] = []
    for row in 0...last {
      for column in active { rows.append(whole[row, column]) }
      rows.append(whole[row, last])
    }
    for place in ridge > 0 ? 0..<count : 0..<0 {
      for column in 0...count { rows.append(column == place ? ridge.squareRoot() : 0) }
    }
    let triangle = Triangle(rows: rows, columnCount: count + 1, pool: pool)
    /// R⁻¹ b for the upper triangle.
    func substituted(_ b: [Double]) -> [Double] {
      var x = b
      for row in x.indices.reversed() {
        for column in row + 1..<max(count, row + 1) { x[row] -= triangle[row, column] * x[column] }
        x[row] = triangle[row, row] == 0 ? 0 : x[row] / triangle[row, row]
      }
      return x
    }
    var squares = [Double](repeating: 0, count: count)
    for column in 0..<count {
      let inverse = substituted((0..<count).map { $0 == column ? 1 : 0 })
      for row in 0..<count { squares[row] += inverse[row] * inverse[row] }
    }
    return Solution(
      coefficients: substituted((0..<count).map { triangle[$0, count] }), inverseSquares: squares,
      residual: triangle[count, count].magnitude)
  }

  /// The terms that are left by ½‖y − Φc‖² + λ Σ|c_k|, by coordinate descent on ΦᵀΦ.
  private static func lasso(_ whole: Triangle, _ active: [Int], penalty: Double) -> [Int] {
    let last = whole.order - 1
    func product(_ a: Int, _ b: Int) -> Double { (0...min(a, b)).reduce(0) { $0 + whole[$1, a] * whole[$1, b] } }
    let gram = active.map { a in active.map { product(a, $0) } }
    let right = active.map { product($0, last) }
    let level = penalty * right.reduce(0) { max($0, $1.magnitude) }
    var c = [Double](repeating: 0, count: active.count)
    for _ in 0..<mostSweeps {
      var change = 0.0
      for k in c.indices {
        var rest = right[k]
        for j in c.indices where j != k { rest -= gram[k][j] * c[j] }
        let next = rest.magnitude <= level ? 0 : (rest - (rest > 0 ? level : -level)) / gram[k][k]
        change = max(change, (next - c[k]).magnitude)
        c[k] = next
      }
      if change < 1e-10 { break }
    }
    return c.indices.filter { c[$0] != 0 }.map { active[$0] }
  }

  private static let mostSweeps = 20_000
}

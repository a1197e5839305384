import Kernels
import LinearAlgebra
import Training

/// Residuals and their Jacobian by closures, as a sum of squares.
final class TestSquares: DifferentiableFunction, SumOfSquares {
  private let residuals: ([Double]) -> [Double]
  private let jacobian: ([Double]) -> [[Double]]
  private let matrix: SymmetricMatrix
  private let dual: SymmetricMatrix
  private(set) var evaluations = 0
  private(set) var triangularizations = 0
  private(set) var products = 0
  private var rows: [[Double]] = []
  private let count: Int
  var keepsRows = true

  init(
    count: Int, pool: WorkerPool, _ residuals: @escaping ([Double]) -> [Double],
    _ jacobian: @escaping ([Double]) -> [[Double]]
  ) {
    self.residuals = residuals
    self.jacobian = jacobian
    matrix = SymmetricMatrix(order: count + 1, pool: pool)
    self.count = residuals([Double](repeating: 0.5, count: count)).count
    dual = SymmetricMatrix(order: self.count, pool: pool)
  }

  var squares: (any SumOfSquares)? { self }

  var residualCount: Int { count }

  func residuals(_ x: [Double], into target: inout [Double]) -> Double {
    evaluations += 1
    target = residuals(x)
    return target.reduce(0) { $0 + $1 * $1 }
  }

  func triangularize(_ x: [Double], form: NormalEquations.Form, into triangle: QRFactorization) {
    triangularizations += 1
    rows = jacobian(x)
    var columns = (0..<triangle.order).map { place in rows.map { $0[place] } }
    if case .dual(let parameters) = form { columns = rows.map { Array($0[..<parameters]) } }
    let packed = PackedRows(capacity: columns[0].count, columnCount: columns.count)
    for (place, column) in columns.enumerated() {
      packed.store(column, stride: 1, rows: 0..<column.count, columns: place..<place + 1)
    }
    triangle.factor(packed)
  }

  func keepsJacobian(form: NormalEquations.Form) -> Bool { keepsRows }

  func multiplyTransposed(by v: [Double], to result: inout [Double]) {
    for place in result.indices { result[place] = zip(rows, v).reduce(0) { $0 + $1.0[place] * $1.1 } }
  }

  func value(_ x: [Double], gradient: inout [Double]) -> Double {
    evaluations += 1
    let (rows, sizes) = (jacobian(x), residuals(x))
    for place in x.indices { gradient[place] = zip(rows, sizes).reduce(0) { $0 + 2 * $1.0[place] * $1.1 } }
    return sizes.reduce(0) { $0 + $1 * $1 }
  }

  func sumSquares(_ x: [Double], form: NormalEquations.Form) -> SymmetricMatrix {
    self.rows = jacobian(x)
    if case .dual(let parameters) = form {
      for i in 0..<count {
        for j in 0...i { dual[i, j] = (0..<parameters).reduce(0) { $0 + self.rows[i][$1] * self.rows[j][$1] } }
      }
      return dual
    }
    let rows = zip(rows, residuals(x)).map { $0 + [$1] }
    for i in 0...x.count {
      for j in 0...i { matrix[i, j] = rows.reduce(0) { $0 + $1[i] * $1[j] } }
    }
    return matrix
  }

  func linearize(_ x: [Double], gradient: inout [Double]) -> Double {
    rows = jacobian(x)
    multiplyTransposed(by: residuals(x), to: &gradient)
    let free = gradient.count
    return rows.reduce(0) { sum, row in row[..<free].reduce(sum) { $0 + $1 * $1 } }
  }

  func multiplySquares(_ vectors: [Double], count: Int, to result: inout [Double]) {
    products += count
    let length = vectors.count / count
    for vector in 0..<count {
      let v = vectors[vector * length..<(vector + 1) * length]
      var product = [Double](repeating: 0, count: length)
      multiplyTransposed(by: rows.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }, to: &product)
      result.replaceSubrange(vector * length..<(vector + 1) * length, with: product)
    }
  }
}

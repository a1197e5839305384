import Kernels
import LinearAlgebra
import TestSupport

/// A row-major matrix with the textbook's loops, as a reference.
struct PlainMatrix: Equatable {
  let rowCount: Int
  let columnCount: Int
  var numbers: [Double]

  init(_ rowCount: Int, _ columnCount: Int, _ entry: (_ row: Int, _ column: Int) -> Double = { _, _ in 0 }) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    numbers = (0..<rowCount * columnCount).map { entry($0 / columnCount, $0 % columnCount) }
  }

  subscript(row: Int, column: Int) -> Double {
    get { numbers[row * columnCount + column] }
    set { numbers[row * columnCount + column] = newValue }
  }

  /// AAᵀ.
  var timesTransposed: PlainMatrix {
    var result = PlainMatrix(rowCount, rowCount)
    for i in 0..<rowCount {
      for j in 0...i {
        var sum = 0.0
        for k in 0..<columnCount { sum += numbers[i * columnCount + k] * numbers[j * columnCount + k] }
        result[i, j] = sum
        result[j, i] = sum
      }
    }
    return result
  }

  var transposed: PlainMatrix { PlainMatrix(columnCount, rowCount) { self[$1, $0] } }

  func times(_ x: [Double]) -> [Double] {
    (0..<rowCount).map { row in
      var sum = 0.0
      for column in 0..<columnCount { sum += numbers[row * columnCount + column] * x[column] }
      return sum
    }
  }

  /// L of LLᵀ, column by column; nil where a pivot is not positive.
  var choleskyFactor: PlainMatrix? {
    var l = PlainMatrix(rowCount, rowCount)
    for j in 0..<rowCount {
      let pivot = (0..<j).reduce(self[j, j]) { $0 - l[j, $1] * l[j, $1] }
      guard pivot > 0 else { return nil }
      l[j, j] = pivot.squareRoot()
      for i in j + 1..<max(j + 1, rowCount) {
        l[i, j] = (0..<j).reduce(self[i, j]) { $0 - l[i, $1] * l[j, $1] } / l[j, j]
      }
    }
    return l
  }

  /// The matrix with these eigenvalues whose eigenvectors are three random reflections of the axes.
  static func symmetric(eigenvalues: [Double], _ random: inout SeededNumbers) -> PlainMatrix {
    let order = eigenvalues.count
    var a = PlainMatrix(order, order) { $0 == $1 ? eigenvalues[$0] : 0 }
    for _ in 0..<3 {
      // (1 − βvvᵀ)A(1 − βvvᵀ) = A − vwᵀ − wvᵀ with w = β(Av − β/2·(vᵀAv)v)
      let v = random.array(order)
      let beta = 2 / v.reduce(0) { $0 + $1 * $1 }
      let product = a.times(v)
      let half = beta / 2 * zip(v, product).reduce(0) { $0 + $1.0 * $1.1 }
      let w = zip(v, product).map { beta * ($1 - half * $0) }
      for i in 0..<order {
        for j in 0...i {
          let entry = a[i, j] - v[i] * w[j] - w[i] * v[j]
          a[i, j] = entry
          a[j, i] = entry
        }
      }
    }
    return a
  }

  /// Eigenvalues from 1 down to 1/`condition`, evenly in the exponent.
  static func positiveDefinite(order: Int, condition: Double, _ random: inout SeededNumbers) -> PlainMatrix {
    var eigenvalues = [1.0]
    for _ in 1..<max(1, order) { eigenvalues.append(eigenvalues[eigenvalues.count - 1] / root(condition, order - 1)) }
    return symmetric(eigenvalues: eigenvalues, &random)
  }

  /// The `degree`-th root of a number from 1, by bisection.
  private static func root(_ number: Double, _ degree: Int) -> Double {
    var (low, high) = (1.0, number)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if (0..<degree).reduce(1.0, { power, _ in power * middle }) > number { high = middle } else { low = middle }
    }
    return low
  }
}

extension SymmetricMatrix {
  /// A matrix with the lower triangle of `plain`.
  convenience init(_ plain: PlainMatrix, pool: WorkerPool) {
    self.init(order: plain.rowCount, pool: pool)
    for row in 0..<plain.rowCount {
      for column in 0...row { self[row, column] = plain[row, column] }
    }
  }

  var plain: PlainMatrix { PlainMatrix(order, order) { self[$0, $1] } }
}

extension CholeskyFactorization {
  var plain: PlainMatrix { PlainMatrix(order, order) { $1 <= $0 ? self[$0, $1] : 0 } }
}

extension PackedRows {
  func multiplyTransposed(by v: [Double], to result: inout [Double], count: Int, pool: WorkerPool) {
    v.withUnsafeBufferPointer { v in
      result.withUnsafeMutableBufferPointer { result in
        guard let v = v.baseAddress, let result = result.baseAddress else { return }
        multiplyTransposed(by: v, to: result, count: count, pool: pool)
      }
    }
  }

  convenience init(_ plain: PlainMatrix) {
    self.init(capacity: plain.rowCount, columnCount: plain.columnCount)
    store(plain.numbers, stride: plain.columnCount, rows: 0..<plain.rowCount, columns: 0..<plain.columnCount)
  }
}

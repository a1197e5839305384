import Kernels
import TestSupport
import Testing
import Training

@Suite struct SparseRegressionTests {
  private let pool = WorkerPool(threadCount: 2)
  /// Rounding of some hundred sums of numbers near one, by reflections.
  private let rounding = 1e-12

  /// Smooth columns that are not orthogonal: powers of a number in [-1, 1], and their sum with coefficients.
  private func example(
    _ coefficients: [Double], rows: Int = 200, noise: Double = 0
  ) -> (columns: [[Double]], target: [Double]) {
    var random = SeededNumbers(seed: 31)
    let x = (0..<rows).map { 2 * Double($0) / Double(rows - 1) - 1 }
    let columns = coefficients.indices.map { power in x.map { x in (0..<power).reduce(1) { value, _ in value * x } } }
    let target = x.indices.map { row in
      zip(coefficients, columns).reduce(noise * random.uniform(-1...1)) { $0 + $1.0 * $1.1[row] }
    }
    return (columns, target)
  }

  @Test(arguments: SparseRegression.Method.allCases)
  func `the terms of an exact sum are found, and no others`(method: SparseRegression.Method) {
    let truth = [0, -2, 0, 0.75, 0, 0]
    let (columns, target) = example(truth)
    let found = SparseRegression(
      columns: columns, target: target, settings: .init(method: method, threshold: 0.1, penalty: 1e-4), pool: pool)
    #expect(found.kept == [1, 3])
    for (value, known) in zip(found.coefficients, truth) { #expect(abs(value - known) < rounding) }
    #expect(found.residual < rounding)
    #expect(found.dependent.isEmpty)
  }

  @Test func `thresholds are of coefficients, and of shares of the left side`() {
    let (columns, target) = example([1, 0.05, 0])
    func kept(_ settings: SparseRegression.Settings) -> [Int] {
      SparseRegression(columns: columns, target: target, settings: settings, pool: pool).kept
    }
    #expect(kept(.init(threshold: 0.04)) == [0, 1])
    #expect(kept(.init(threshold: 0.06)) == [0])
    // The root mean square of x is 0.58, of 0.05 x 0.029.
    #expect(kept(.init(share: 0.02)) == [0, 1])
    #expect(kept(.init(share: 0.04)) == [0])
    #expect(kept(.init(threshold: 2)) == [])
  }

  @Test func `coefficients and errors are those of the normal equations of two terms`() {
    let (columns, target) = example([0.5, 0, -1], noise: 0.3)
    let found = SparseRegression(columns: columns, target: target, settings: .init(threshold: 0.2), pool: pool)
    #expect(found.kept == [0, 2])
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let (u, v) = (columns[0], columns[2])
    let determinant = dot(u, u) * dot(v, v) - dot(u, v) * dot(u, v)
    let a = (dot(v, v) * dot(u, target) - dot(u, v) * dot(v, target)) / determinant
    let b = (dot(u, u) * dot(v, target) - dot(u, v) * dot(u, target)) / determinant
    let rest = target.indices.map { target[$0] - a * u[$0] - b * v[$0] }
    let variance = dot(rest, rest) / Double(target.count - 2)
    #expect(abs(found.coefficients[0] - a) < rounding && abs(found.coefficients[2] - b) < rounding)
    #expect(abs(found.standardErrors[0] - (variance * dot(v, v) / determinant).squareRoot()) < rounding)
    #expect(abs(found.standardErrors[2] - (variance * dot(u, u) / determinant).squareRoot()) < rounding)
    #expect(abs(found.residual - (dot(rest, rest) / dot(target, target)).squareRoot()) < rounding)
    #expect(abs(found.shares[0] - abs(a) * (dot(u, u) / dot(target, target)).squareRoot()) < rounding)
  }

  @Test func `of terms that agree the first is kept, and the other is told`() {
    var (columns, target) = example([0, 3, 0])
    columns.append(columns[1].map { 5 * $0 })
    columns.append([Double](repeating: 0, count: target.count))
    let found = SparseRegression(columns: columns, target: target, settings: .init(threshold: 0.1), pool: pool)
    #expect(found.kept == [1])
    #expect(found.dependent == [3, 4])
    target = target.map { _ in 0 }
    #expect(SparseRegression(columns: columns, target: target, settings: .init(), pool: pool).kept == [])
  }

  @Test func `a ridge chooses, and does not shrink what is chosen`() {
    let (columns, target) = example([0, 2, 0, 0.5])
    let found = SparseRegression(
      columns: columns, target: target, settings: .init(threshold: 0.2, ridge: 1e-3), pool: pool)
    #expect(found.kept == [1, 3])
    #expect(abs(found.coefficients[1] - 2) < rounding)
  }

  @Test func `large and small numbers change nothing, nor does the number of threads`() {
    let (columns, target) = example([0.5, 0, -1], noise: 0.1)
    let found = SparseRegression(columns: columns, target: target, settings: .init(share: 0.1), pool: pool)
    let scaled = SparseRegression(
      columns: columns.map { $0.map { $0 * 0x1p600 } }, target: target.map { $0 * 0x1p100 },
      settings: .init(share: 0.1), pool: pool)
    #expect(scaled.coefficients.map { $0 * 0x1p500 } == found.coefficients)
    let alone = SparseRegression(
      columns: columns, target: target, settings: .init(share: 0.1), pool: WorkerPool(threadCount: 1))
    #expect(alone.coefficients == found.coefficients && alone.standardErrors == found.standardErrors)
  }
}

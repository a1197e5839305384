import Kernels
import LinearAlgebra
import TestSupport
import Testing

struct CholeskyFactorizationTests {
  /// Orders with every rest beside panels and blocks, and one that is really used.
  private static let orders = Array(1...200) + [287, 288, 289, 385, 941]

  /// Half a unit in the last place of 1, with what is left of higher powers of it.
  private static let unit = 0x1.02p-53

  /// L has small integers and powers of two on the diagonal: everything on the way is exact, in any order.
  @Test(arguments: InstructionSet.supported)
  func `a factor of small integers is found exactly, and so are solutions`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 91)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for order in Self.orders {
      let l = PlainMatrix(order, order) { row, column in
        column < row ? Double(random.integer(-3...3)) : column == row ? random.element([1, 2, 4]) : 0
      }
      let a = l.timesTransposed
      let factorization = CholeskyFactorization(order: order, pool: pool)
      #expect(factorization.factor(SymmetricMatrix(a, pool: pool)) == nil)
      #expect(factorization.plain == l, "order \(order), \(random)")

      let x = (0..<order).map { _ in Double(random.integer(-9...9)) }
      let y = l.transposed.times(x)
      var side = l.times(y)
      factorization.solve(&side)
      #expect(side == x, "order \(order), \(random)")
      side = l.times(y)
      factorization.solveLower(&side)
      #expect(side == y, "order \(order), \(random)")
      factorization.solveLowerTransposed(&side)
      #expect(side == x, "order \(order), \(random)")
    }
  }

  /// After Higham, Accuracy and Stability of Numerical Algorithms, theorem 10.3: an entry of A is a sum of at most n
  /// products and passes through a root, a reciprocal and a product, so |A − LLᵀ| ≤ (n + 4)u·|L||Lᵀ| entry by entry; and
  /// (|L||Lᵀ|)_ij ≤ √(a_ii·a_jj), as the rows of L have the lengths √a_ii. Forming LLᵀ here adds (n + 1)u.
  ///
  /// Each triangular solve perturbs L by (n + 3)u·|L|, so |b − Ax| ≤ (3n + 10)u·√a_ii·Σ√a_jj·|x_j|, and forming Ax adds
  /// (n + 1)u of the same sum, which is greater than |A||x|, and the difference u·|b|.
  @Test(arguments: InstructionSet.supported)
  func `the backward error is that of rounding for any condition`(instructionSet: InstructionSet) throws {
    var random = SeededNumbers(seed: 92)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for order in [1, 2, 7, 30, 97, 150, 257] {
      for condition in [1, 1e4, 1e10] {
        let a = PlainMatrix.positiveDefinite(order: order, condition: condition, &random)
        let matrix = SymmetricMatrix(a, pool: pool)
        let factorization = CholeskyFactorization(order: order, pool: pool)
        try #require(factorization.factor(matrix) == nil, "order \(order), condition \(condition), \(random)")
        let roots = (0..<order).map { a[$0, $0].squareRoot() }
        let product = factorization.plain.timesTransposed
        let bound = Double(2 * order + 5) * Self.unit
        for row in 0..<order {
          for column in 0...row {
            #expect(
              abs(product[row, column] - a[row, column]) <= bound * roots[row] * roots[column],
              "(\(row), \(column)) of order \(order), condition \(condition), \(random)")
          }
        }

        let b = random.array(order)
        var x = b
        factorization.solve(&x)
        let sum = zip(roots, x).reduce(0) { $0 + $1.0 * abs($1.1) }
        for (row, image) in a.times(x).enumerated() {
          let bound = Self.unit * (Double(4 * order + 11) * roots[row] * sum + abs(b[row]))
          #expect(abs(b[row] - image) <= bound, "row \(row) of \(order), condition \(condition), \(random)")
        }

        // The textbook's factor differs by what the condition makes of rounding.
        let plain = try #require(a.choleskyFactor)
        let difference = zip(plain.numbers, factorization.plain.numbers).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference <= Double(order + 4) * Self.unit * condition * Double(order))
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `the bits are those of any number of threads`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 93)
    for order in [1, 24, 97, 200, 500] {
      let plain = PlainMatrix(order, order) { row, column in
        row == column ? Double(order) : random.uniform(-1...1)
      }
      let side = random.array(2 * order)
      let results = [1, 2, 3, 8].map { threadCount in
        let pool = WorkerPool(threadCount: threadCount, instructionSet: instructionSet)
        let factorization = CholeskyFactorization(order: order, pool: pool)
        let matrix = SymmetricMatrix(plain, pool: pool)
        #expect(factorization.factor(matrix) == nil)
        var x = side
        factorization.solve(&x, count: 2, stride: order)
        return (factorization.plain.numbers + x).map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "order \(order), \(random)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `a shift is that of the diagonal, and the matrix stays`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 94)
    let pool = WorkerPool(threadCount: 1, instructionSet: instructionSet)
    for order in [1, 24, 53, 130] {
      let a = PlainMatrix.positiveDefinite(order: order, condition: 100, &random)
      let matrix = SymmetricMatrix(a, pool: pool)
      let factorization = CholeskyFactorization(order: order, pool: pool)
      let scales = random.array(order, 0.5...2)
      scales.withUnsafeBufferPointer { scales in
        guard let base = scales.baseAddress else { return }
        let cases: [(DiagonalShift, (Int) -> Double)] = [
          (.none, { _ in 0 }), (.constant(0.25), { _ in 0.25 }), (.proportional(0.25), { 0.25 * a[$0, $0] }),
          (.scaled(3, base), { 3 * scales[$0] }),
        ]
        for (shift, added) in cases {
          #expect(factorization.factor(matrix, shift: shift) == nil)
          let shifted = factorization.plain
          var b = a
          for row in 0..<order { b[row, row] += added(row) }
          #expect(factorization.factor(SymmetricMatrix(b, pool: pool)) == nil)
          #expect(factorization.plain == shifted, "order \(order), \(shift), \(random)")
        }
      }
      #expect(matrix.plain == PlainMatrix(order, order) { a[max($0, $1), min($0, $1)] })
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `an indefinite matrix is none, and the part before the failed pivot is`(instructionSet: InstructionSet) throws {
    var random = SeededNumbers(seed: 95)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for order in [2, 25, 60, 150, 301] {
      var eigenvalues = random.array(order, 0.1...1)
      eigenvalues[random.integer(0...order - 1)] = -0.01
      let a = PlainMatrix.symmetric(eigenvalues: eigenvalues, &random)
      let matrix = SymmetricMatrix(a, pool: pool)
      let factorization = CholeskyFactorization(order: order, pool: pool)
      let failed = try #require(factorization.factor(matrix), "order \(order), \(random)")
      #expect(!factorization.isFactored)
      #expect(a.choleskyFactor == nil)
      if failed.row > 0 {
        let leading = CholeskyFactorization(order: failed.row, pool: pool)
        #expect(leading.factor(matrix) == nil, "order \(order), row \(failed.row), \(random)")
      }
      // It is none for good only as it is.
      #expect(factorization.factor(matrix, shift: .constant(0.1)) == nil)
      #expect(factorization.isFactored)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `a pivot that is zero, negative or no number is named`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 96)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for order in [1, 2, 24, 25, 97, 200] {
      let identity = PlainMatrix(order, order) { $0 == $1 ? 1 : 0 }
      let factorization = CholeskyFactorization(order: order, pool: pool)
      for row in Set([0, order / 2, order - 1] + (0..<12).map { _ in random.integer(0...order - 1) }) {
        let failed = CholeskyFactorization.FailedPivot(row: row)
        for pivot in [0, -1, .nan, Double.infinity, -Double.infinity] {
          let matrix = SymmetricMatrix(identity, pool: pool)
          matrix[row, row] = pivot
          #expect(factorization.factor(matrix) == failed, "\(pivot) at \(row) of \(order)")
        }
        guard row > 0 else { continue }
        // Two equal columns, exactly; then entries that are no numbers.
        let column = random.integer(0...row - 1)
        for entry in [1, .nan, Double.infinity, -Double.infinity] {
          let matrix = SymmetricMatrix(identity, pool: pool)
          matrix[row, column] = entry
          #expect(factorization.factor(matrix) == failed, "\(entry) at (\(row), \(column)) of \(order)")
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `rows after the order of the factorization do not count`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 97)
    let pool = WorkerPool(threadCount: 1, instructionSet: instructionSet)
    for order in [1, 7, 23, 24, 25, 99] {
      let a = PlainMatrix.positiveDefinite(order: order, condition: 10, &random)
      let factorization = CholeskyFactorization(order: order, pool: pool)
      #expect(factorization.factor(SymmetricMatrix(a, pool: pool)) == nil)
      let l = factorization.plain
      let b = random.array(order)
      var x = b
      factorization.solve(&x)
      let larger = PlainMatrix(order + 1, order + 1) { max($0, $1) < order ? a[$0, $1] : .nan }
      #expect(factorization.factor(SymmetricMatrix(larger, pool: pool)) == nil)
      #expect(factorization.plain == l, "order \(order), \(random)")
      var again = b
      factorization.solve(&again)
      #expect(again == x, "order \(order), \(random)")
    }
  }
}

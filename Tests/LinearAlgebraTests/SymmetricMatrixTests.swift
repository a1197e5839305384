import Kernels
import LinearAlgebra
import TestSupport
import Testing

struct SymmetricMatrixTests {
  private static let threadCounts = [1, 2, 3, 8]

  @Test(arguments: InstructionSet.supported)
  func `of small integers the sum of squares is exact`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 81)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for columnCount in Array(1...200) + [385, 577, 600] {
      let rowCount = columnCount % 10 == 0 ? random.integer(380...500) : random.integer(1...40)
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in Double(random.integer(-9...9)) }
      let matrix = SymmetricMatrix(order: columnCount, pool: pool)
      matrix.add(PackedRows(plain))
      #expect(matrix.plain == plain.transposed.timesTransposed, "\(rowCount) × \(columnCount), \(random)")
    }
  }

  /// A sum of m products, each rounded once at most, as the sum is, is off by (m + 1)·u times the sum of the sizes, u =
  /// 2⁻⁵³; so are both that are compared.
  @Test(arguments: InstructionSet.supported)
  func `of other numbers it is right to rounding`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 82)
    for (rowCount, columnCount) in [(1, 1), (3, 50), (700, 31), (129, 120), (1000, 97)] {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.wide(exponents: -10...10) }
      let matrix = SymmetricMatrix(
        order: columnCount, pool: WorkerPool(threadCount: 1, instructionSet: instructionSet))
      matrix.add(PackedRows(plain))
      let expected = plain.transposed.timesTransposed
      let sizes = PlainMatrix(columnCount, rowCount) { abs(plain[$1, $0]) }.timesTransposed
      for row in 0..<columnCount {
        for column in 0...row {
          let bound = 2 * Double(rowCount + 1) * 0x1.02p-53 * sizes[row, column]
          #expect(abs(matrix[row, column] - expected[row, column]) <= bound, "\(row), \(column), \(random)")
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `the bits depend neither on threads nor on how rows are divided`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 83)
    for (rowCount, columnCount) in [(5, 3), (900, 60), (391, 145), (400, 600)] {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.uniform(-1...1) }
      let results = Self.threadCounts.map { threadCount in
        let matrix = SymmetricMatrix(
          order: columnCount, pool: WorkerPool(threadCount: threadCount, instructionSet: instructionSet))
        var row = 0
        // In one piece, then in smaller and smaller ones.
        let rows = PackedRows(capacity: (rowCount + threadCount - 1) / threadCount, columnCount: columnCount)
        while row < rowCount {
          rows.rowCount = min(rows.capacity, rowCount - row)
          rows.store(
            Array(plain.numbers[(row * columnCount)...]), stride: columnCount, rows: 0..<rows.rowCount,
            columns: 0..<columnCount)
          matrix.add(rows)
          row += rows.rowCount
        }
        return matrix.plain.numbers.map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(rowCount) × \(columnCount), \(random)")
    }
  }

  @Test
  func `rows may be added from one store range by range`() {
    var random = SeededNumbers(seed: 84)
    let plain = PlainMatrix(700, 50) { _, _ in random.uniform(-1...1) }
    let rows = PackedRows(plain)
    let pool = WorkerPool(threadCount: 2)
    let (whole, parts) = (SymmetricMatrix(order: 50, pool: pool), SymmetricMatrix(order: 50, pool: pool))
    whole.add(rows)
    for range in [0..<1, 1..<1, 1..<390, 390..<700] { parts.add(rows, in: range) }
    #expect(parts.plain == whole.plain)
  }

  @Test
  func `the last row is the gradient where the residual is the last column`() {
    let jacobian = PlainMatrix(3, 30) { Double($0 * 31 + $1 * 7 % 5) }
    let residual = [2.0, -1, 4]
    let rows = PackedRows(capacity: 3, columnCount: 31)
    rows.store(jacobian.numbers, stride: 30, rows: 0..<3, columns: 0..<30)
    rows.store(residual, stride: 1, rows: 0..<3, columns: 30..<31)
    let matrix = SymmetricMatrix(
      order: 31, pool: WorkerPool(threadCount: 1))
    matrix.add(rows)
    var gradient = [Double](repeating: 0, count: 31)
    matrix.copyRow(30, count: 31, to: &gradient)
    #expect(Array(gradient[..<30]) == jacobian.transposed.times(residual))
    #expect(gradient[30] == 21)
    var diagonal = [Double](repeating: 0, count: 30)
    matrix.copyDiagonal(count: 30, to: &diagonal)
    #expect(diagonal == (0..<30).map { matrix[$0, $0] })
    #expect(matrix[4, 20] == matrix[20, 4])
    matrix.clear()
    #expect(matrix.plain == PlainMatrix(31, 31))
  }
}

import Kernels
import LinearAlgebra
import TestSupport
import Testing

struct PackedRowsTests {
  @Test
  func `a stored rectangle is there, and nothing else has changed`() {
    var random = SeededNumbers(seed: 71)
    for columnCount in [1, 2, 23, 24, 25, 47, 48, 49, 100] {
      let capacity = random.integer(1...40)
      let rows = PackedRows(capacity: capacity, columnCount: columnCount)
      var plain = PlainMatrix(capacity, columnCount)
      for _ in 0..<20 {
        let firstRow = random.integer(0...capacity)
        let firstColumn = random.integer(0...columnCount)
        let rectangle = (
          rows: firstRow..<random.integer(firstRow...capacity),
          columns: firstColumn..<random.integer(firstColumn...columnCount)
        )
        let stride = rectangle.columns.count + random.integer(0...5)
        let source = random.array(max(1, rectangle.rows.count * stride))
        rows.store(source, stride: stride, rows: rectangle.rows, columns: rectangle.columns)
        for row in rectangle.rows {
          for column in rectangle.columns {
            plain[row, column] = source[(row - firstRow) * stride + column - firstColumn]
          }
        }
        #expect(PlainMatrix(capacity, columnCount) { rows[$0, $1] } == plain, "\(rectangle), \(random)")
      }
    }
  }

  /// A sum of m products is off by m·u times the sum of the sizes, u = 2⁻⁵³; so are both that are compared.
  @Test(arguments: InstructionSet.supported)
  func `the transposed product is one sum for each column, with the same bits for any threads`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 72)
    for (rowCount, columnCount) in [(1, 1), (3, 23), (40, 24), (500, 25), (333, 130)] {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.wide(exponents: -5...5) }
      let rows = PackedRows(capacity: rowCount + 3, columnCount: columnCount)
      rows.store(plain.numbers, stride: columnCount, rows: 0..<rowCount, columns: 0..<columnCount)
      rows.rowCount = rowCount
      let v = random.array(rowCount)
      let expected = plain.transposed.times(v)
      let sizes = PlainMatrix(columnCount, rowCount) { abs(plain[$1, $0]) }.times(v.map { abs($0) })
      let count = random.integer(1...columnCount)
      var bits: [UInt64]?
      for threads in [1, 2, 3] {
        var result = [Double](repeating: .nan, count: count)
        let pool = WorkerPool(threadCount: threads, instructionSet: instructionSet)
        rows.multiplyTransposed(by: v, to: &result, count: count, pool: pool)
        for place in 0..<count {
          let bound = 2 * Double(rowCount + 1) * 0x1p-53 * sizes[place]
          #expect(abs(result[place] - expected[place]) <= bound, "\(rowCount) × \(columnCount), \(random)")
        }
        #expect(result.map(\.bitPattern) == bits ?? result.map(\.bitPattern))
        bits = result.map(\.bitPattern)
      }
    }
  }

  @Test
  func `threads may store rows beside each other`() {
    let (capacity, columnCount) = (301, 77)
    let plain = PlainMatrix(capacity, columnCount) { Double($0 * 100 + $1) }
    let rows = PackedRows(capacity: capacity, columnCount: columnCount)
    WorkerPool(threadCount: 3).run(count: capacity) { row, _ in
      rows.store(
        Array(plain.numbers[row * columnCount..<(row + 1) * columnCount]), stride: columnCount, rows: row..<row + 1,
        columns: 0..<columnCount)
    }
    #expect(PlainMatrix(capacity, columnCount) { rows[$0, $1] } == plain)
  }
}

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

package import KernelInterface
package import Kernels

/// A dense matrix in panels of 24 columns, `[panel][row][24]`, of which products AᵀB are made by the kernel that sums JᵀJ.
///
/// The product of two such matrices stands in the same form: its rows are the columns of A. Other products come of it by
/// keeping the transpose of an operand. Rows are padded to a multiple of 24, and what is padding is zero.
package final class PanelMatrix {
  package let rowCount: Int
  package let columnCount: Int
  private let numbers: UnsafeNumberBuffer
  private static var width: Int { KernelTable.panelWidth }
  private var paddedRows: Int { (rowCount + Self.width - 1) / Self.width * Self.width }
  private var panelCount: Int { (columnCount + Self.width - 1) / Self.width }

  /// The zero matrix.
  ///
  /// - Precondition: both numbers are at least 1.
  package init(rows: Int, columns: Int) {
    precondition(rows >= 1 && columns >= 1, "a matrix of \(rows) × \(columns)")
    rowCount = rows
    columnCount = columns
    let width = Self.width
    let paddedColumns = (columns + width - 1) / width * width
    numbers = UnsafeNumberBuffer(count: paddedColumns * ((rows + width - 1) / width * width))
  }

  @inline(__always)
  private func place(_ row: Int, _ column: Int) -> Int {
    (column / Self.width * paddedRows + row) * Self.width + column % Self.width
  }

  package subscript(row: Int, column: Int) -> Double {
    get {
      precondition(0 <= row && row < rowCount && 0 <= column && column < columnCount, "entry (\(row), \(column))")
      // SAFETY: inside by the precondition.
      return numbers.base[place(row, column)]
    }
    set {
      precondition(0 <= row && row < rowCount && 0 <= column && column < columnCount, "entry (\(row), \(column))")
      numbers.base[place(row, column)] = newValue
    }
  }

  /// Calls `body` with the place of every entry among `rowCount` · `columnCount` row-major ones, to change it.
  @inline(__always)
  package func update(_ body: (_ place: Int, _ entry: inout Double) -> Void) {
    for column in stride(from: 0, to: columnCount, by: Self.width) {
      let count = min(Self.width, columnCount - column)
      for row in 0..<rowCount {
        // SAFETY: entries of the matrix.
        let line = numbers.base + place(row, column)
        for lane in 0..<count { body(row * columnCount + column + lane, &line[lane]) }
      }
    }
  }

  /// Replaces every entry by what `body` makes of it and that of another matrix of the same shape.
  @inline(__always)
  package func combine(with other: PanelMatrix, _ body: (_ own: Double, _ other: Double) -> Double) {
    precondition(rowCount == other.rowCount && columnCount == other.columnCount, "matrices of different shapes")
    for panel in 0..<panelCount {
      for row in 0..<rowCount {
        let line = (panel * paddedRows + row) * Self.width
        // SAFETY: a line of both matrices, which have the same form.
        for place in line..<line + min(Self.width, columnCount - panel * Self.width) {
          numbers.base[place] = body(numbers.base[place], other.numbers.base[place])
        }
      }
    }
  }

  package func setIdentity() { update { place, entry in entry = place / columnCount == place % columnCount ? 1 : 0 } }

  /// Makes it the transpose of a matrix.
  package func setTranspose(of other: PanelMatrix) {
    precondition(rowCount == other.columnCount && columnCount == other.rowCount, "a transpose of another shape")
    for row in 0..<rowCount {
      // SAFETY: entries of both matrices.
      for column in 0..<columnCount { numbers.base[place(row, column)] = other.numbers.base[other.place(column, row)] }
    }
  }

  /// Makes it AᵀB. Hot path.
  ///
  /// Every entry is one sum in the order of the rows.
  package func setProduct(transposed a: PanelMatrix, _ b: PanelMatrix, kernels: KernelTable) {
    precondition(
      a.rowCount == b.rowCount && rowCount == a.columnCount && columnCount == b.columnCount,
      "\(a.rowCount) × \(a.columnCount) transposed times \(b.rowCount) × \(b.columnCount)")
    numbers.clear()
    let width = Self.width
    for column in 0..<panelCount {
      let lanes = min(width, columnCount - column * width)
      for row in 0..<a.panelCount {
        // SAFETY: panels of the operands, and the tile of the product that belongs to them.
        kernels.accumulatePanelProduct(
          a.numbers.base + row * a.paddedRows * width, b.numbers.base + column * b.paddedRows * width, a.rowCount,
          numbers.base + (column * paddedRows + row * width) * width, lanes, false)
      }
    }
  }

  /// Replaces its columns by an orthonormal basis of the same nested spans, by reflections: Q of A = QR.
  ///
  /// A basis comes out even where the columns are not independent.
  ///
  /// - Parameter scratch: memory for 2 · `rowCount`² numbers.
  /// - Precondition: as many rows as columns.
  /// - Source: Householder (1958); Golub & Van Loan (2013), Algorithms 5.2.1 and 5.1.5.
  package func orthonormalize(_ scratch: UnsafeNumberBuffer) {
    let n = rowCount
    precondition(columnCount == n && scratch.count >= 2 * n * n, "\(n) × \(columnCount) columns to orthonormalize")
    // SAFETY: columns of n numbers each, within n² numbers of the scratch memory.
    let (a, q) = (scratch.base, scratch.base + n * n)
    for column in 0..<n {
      for row in 0..<n {
        a[column * n + row] = numbers.base[place(row, column)]
        q[column * n + row] = row == column ? 1 : 0
      }
    }
    for k in 0..<n {
      let v = a + k * n
      var square = 0.0
      for row in k..<n { square += v[row] * v[row] }
      guard square > 0 else { continue }
      // v ← v ± ‖v‖ e, of the sign that does not cancel, and its length 1.
      v[k] += v[k] < 0 ? -square.squareRoot() : square.squareRoot()
      var length = 0.0
      for row in k..<n { length += v[row] * v[row] }
      let scale = 1 / length.squareRoot()
      for row in k..<n { v[row] *= scale }
      for column in k + 1..<max(k + 1, n) { reflect(a + column * n, v, k..<n) }
    }
    for k in (0..<n).reversed() {
      let v = a + k * n
      var square = 0.0
      for row in k..<n { square += v[row] * v[row] }
      guard square > 0 else { continue }
      for column in k..<n { reflect(q + column * n, v, k..<n) }
    }
    for column in 0..<n {
      for row in 0..<n { numbers.base[place(row, column)] = q[column * n + row] }
    }
  }

  /// x ← x − 2vvᵀx over some rows.
  private func reflect(_ x: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>, _ rows: Range<Int>) {
    var product = 0.0
    for row in rows { product += v[row] * x[row] }
    for row in rows { x[row] -= 2 * product * v[row] }
  }

  /// All entries, row-major.
  package var entries: [Double] {
    get {
      var entries = [Double](repeating: 0, count: rowCount * columnCount)
      update { entries[$0] = $1 }
      return entries
    }
    set {
      precondition(newValue.count == rowCount * columnCount, "\(newValue.count) entries")
      update { $1 = newValue[$0] }
    }
  }
}

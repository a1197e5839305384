import KernelInterface
package import Kernels

/// Rows of a tall matrix, packed for `SymmetricMatrix.add`.
///
/// For Gauss–Newton they are rows of the Jacobian with the residual as one more column: the last row of the sum of
/// squares is then Jᵀr and rᵀr.
///
/// Many threads may store at once as long as no two of them store the same entry; nobody reads meanwhile.
package final class PackedRows: @unchecked Sendable {
  // Sendable by the rule above.

  /// How many rows there is room for.
  package let capacity: Int
  package let columnCount: Int
  /// How many rows count; those are to be stored in full.
  package var rowCount: Int {
    didSet { precondition(0 <= rowCount && rowCount <= capacity, "\(rowCount) rows where \(capacity) have room") }
  }

  /// `[panel][row][24]`; nothing but zeros after the last column.
  private let numbers: UnsafeNumberBuffer
  private var panelCount: Int { (columnCount + KernelTable.panelWidth - 1) / KernelTable.panelWidth }
  /// Jᵀv or v with padding, and the product that is at work.
  private let padded: UnsafeNumberBuffer
  private var product:
    (v: UnsafePointer<Double>, result: UnsafeMutablePointer<Double>, count: Int, kernels: KernelTable)?
  /// Rows of Jv that a thread takes at a time.
  private static let rowsAtATime = 256

  /// All rows count at first, and are zero.
  ///
  /// - Precondition: both numbers are at least 1.
  package init(capacity: Int, columnCount: Int) {
    precondition(capacity >= 1 && columnCount >= 1, "\(capacity) rows of \(columnCount) columns")
    self.capacity = capacity
    self.columnCount = columnCount
    rowCount = capacity
    let width = KernelTable.panelWidth
    let paddedCount = (columnCount + width - 1) / width * width
    numbers = UnsafeNumberBuffer(count: paddedCount * capacity)
    padded = UnsafeNumberBuffer(count: paddedCount)
  }

  /// Where the numbers of a panel start, from a row on.
  func panel(_ panel: Int, from row: Int) -> UnsafePointer<Double> {
    // SAFETY: panels and rows that exist; the caller is `SymmetricMatrix`, which asks for no others.
    UnsafePointer(numbers.base + (panel * capacity + row) * KernelTable.panelWidth)
  }

  /// The number stored at a row and a column.
  package subscript(row: Int, column: Int) -> Double {
    precondition(0 <= row && row < capacity && 0 <= column && column < columnCount, "entry (\(row), \(column))")
    let width = KernelTable.panelWidth
    // SAFETY: inside by the precondition.
    return numbers.base[(column / width * capacity + row) * width + column % width]
  }

  /// The first `count` numbers of a row.
  package func numbers(ofRow row: Int, count: Int) -> [Double] {
    precondition(0 <= row && row < capacity && 0 <= count && count <= columnCount, "\(count) numbers of row \(row)")
    let width = KernelTable.panelWidth
    return [Double](unsafeUninitializedCapacity: count) { target, initialized in
      // SAFETY: inside by the precondition.
      for column in 0..<count {
        target[column] = numbers.base[(column / width * capacity + row) * width + column % width]
      }
      initialized = count
    }
  }

  /// The first `count` entries of Jᵀv, with J the rows that count. Hot path.
  ///
  /// Every entry is one sum in the order of the rows: the bits are those of any number of threads.
  ///
  /// - Shapes: `v` holds `rowCount` numbers, `result` `count`.
  /// - Precondition: `count` is not more than there are columns; nobody else stores or multiplies.
  package func multiplyTransposed(
    by v: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>, count: Int, pool: WorkerPool
  ) {
    precondition(0 <= count && count <= columnCount, "\(count) of \(columnCount) columns")
    product = (v, padded.base, rowCount, pool.kernels)
    padded.clear()
    pool.run(count: panelCount) { panel, _ in self.multiplyTransposed(panel) }
    product = nil
    // SAFETY: `count` numbers here by the precondition; the caller answers for `result`.
    result.update(from: padded.base, count: count)
  }

  private func multiplyTransposed(_ number: Int) {
    guard let (v, result, count, kernels) = product else { return }
    // SAFETY: a panel and its part of the padded products; the caller answers for `v`.
    kernels.accumulatePanelRows(panel(number, from: 0), count, v, result + number * KernelTable.panelWidth)
  }

  /// Jv for the first `count` rows J. Hot path.
  ///
  /// Every entry is one sum in the order of the columns: the bits are those of any number of threads.
  ///
  /// - Shapes: `v` holds `columnCount` numbers, `result` `count`.
  /// - Precondition: there are so many rows; nobody else stores or multiplies.
  package func multiply(
    by v: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>, count: Int, pool: WorkerPool
  ) {
    precondition(0 <= count && count <= rowCount, "\(count) of \(rowCount) rows")
    padded.clear()
    padded.base.update(from: v, count: columnCount)
    product = (UnsafePointer(padded.base), result, count, pool.kernels)
    pool.run(count: (count + Self.rowsAtATime - 1) / Self.rowsAtATime) { part, _ in self.multiply(part) }
    product = nil
  }

  private func multiply(_ part: Int) {
    guard let (v, result, count, kernels) = product else { return }
    let first = part * Self.rowsAtATime
    let rows = min(Self.rowsAtATime, count - first)
    // SAFETY: rows that are there, and their part of the result, for whose size the caller answers.
    (result + first).update(repeating: 0, count: rows)
    for number in 0..<panelCount {
      kernels.accumulatePanelDots(
        panel(number, from: first), rows, v + number * KernelTable.panelWidth, result + first)
    }
  }

  /// Stores row-major numbers as columns: the first of `columns` gets the first row of `source`. Hot path.
  ///
  /// - Parameters: rows of `source` are `stride` apart and have a number for each of the first `rowCount` rows here.
  /// - Precondition: the columns are there, and `stride` is not less than `rowCount`.
  package func storeTransposed(_ source: UnsafePointer<Double>, stride: Int, columns: Range<Int>) {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= columnCount && stride >= rowCount,
      "columns \(columns) of \(rowCount) × \(columnCount), \(stride) apart")
    let width = KernelTable.panelWidth
    var first = columns.lowerBound
    while first < columns.upperBound {
      let (number, lane) = (first / width, first % width)
      let count = min(width - lane, columns.upperBound - first)
      // SAFETY: by the precondition the columns are inside; the caller answers for `source`.
      let from = source + (first - columns.lowerBound) * stride
      let to = numbers.base + number * capacity * width + lane
      for row in 0..<rowCount {
        for column in 0..<count { to[row * width + column] = from[column * stride + row] }
      }
      first += count
    }
  }

  /// Stores the rectangle `rows` × `columns` from row-major numbers. Hot path.
  ///
  /// - Parameters: `source` starts with the first of `columns` in the first of `rows`; its rows are `stride` apart.
  /// - Precondition: the rectangle lies within `capacity` × `columnCount`.
  package func store(_ source: UnsafePointer<Double>, stride: Int, rows: Range<Int>, columns: Range<Int>) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= capacity && columns.lowerBound >= 0
        && columns.upperBound <= columnCount,
      "rows \(rows) and columns \(columns) of \(capacity) × \(columnCount)")
    let width = KernelTable.panelWidth
    var column = columns.lowerBound
    // Panel by panel, so that what is written follows on itself; the rows of a chunk are still in the cache.
    while column < columns.upperBound {
      let (panel, lane) = (column / width, column % width)
      let count = min(width - lane, columns.upperBound - column)
      // SAFETY: by the precondition the rectangle is inside; the caller answers for `source`.
      var from = source + (column - columns.lowerBound)
      var to = numbers.base + (panel * capacity + rows.lowerBound) * width + lane
      if count == width {
        for _ in rows {
          // SAFETY: 24 numbers at both places, as above.
          for offset in Swift.stride(from: 0, to: width, by: KernelTable.laneCount) {
            UnsafeMutableRawPointer(to + offset).storeBytes(
              of: UnsafeRawPointer(from + offset).loadUnaligned(as: SIMD8<Double>.self), as: SIMD8<Double>.self)
          }
          from += stride
          to += width
        }
      } else {
        for _ in rows {
          // SAFETY: `count` numbers at both places, as above.
          for offset in 0..<count { to[offset] = from[offset] }
          from += stride
          to += width
        }
      }
      column += count
    }
  }
}

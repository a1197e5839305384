import KernelInterface
package import Kernels

/// Products JᵀJV of rows J with one or several vectors, without JᵀJ: 2 m n multiply-adds a vector in place of m n²/2.
///
/// One vector costs what reading the rows from memory twice costs. Several are taken 24 at a time through the kernel that
/// sums JᵀJ, with tiles of J turned over for JV: that is bound by arithmetic, and about ten times faster for each.
///
/// Rows may be added batch by batch. Every entry is one sum, in the order of the columns for JV and of the rows for the
/// rest: the bits are those of any number of threads, and of any division into batches.
package final class GramProduct {
  package let columnCount: Int
  /// The most vectors at a time.
  package let mostVectors: Int
  private let mostRows: Int
  private let panelCount: Int
  /// V, JV of the rows at work, and JᵀJV: one vector without gaps, several as `[24 vectors][column or row][24]`; padding
  /// is zero.
  private let input: UnsafeNumberBuffer
  private let middle: UnsafeNumberBuffer
  private let output: UnsafeNumberBuffer
  /// Sums of squares of each column.
  private let squares: UnsafeNumberBuffer
  /// For each worker, 24 rows of some panels, turned over: `[column][24 rows]`.
  private let turned: UnsafeNumberBuffer
  private let pool: WorkerPool
  private var vectorCount = 0
  private var work: (rows: PackedRows, range: Range<Int>)?

  private static var width: Int { KernelTable.panelWidth }
  /// Rows of a panel that meet all vectors before the next ones: 24 KB, which stay in the first-level cache.
  private static let rowsAtATime = 128
  /// Panels that are turned over at a time, 18 KB.
  private static let panelsAtATime = 4

  /// - Parameter mostRows: of a call of `add`.
  package init(columnCount: Int, mostRows: Int, mostVectors: Int, pool: WorkerPool) {
    self.columnCount = columnCount
    self.mostRows = mostRows
    self.mostVectors = mostVectors
    self.pool = pool
    let width = Self.width
    panelCount = (columnCount + width - 1) / width
    let lanes = mostVectors == 1 ? 1 : (mostVectors + width - 1) / width * width
    input = UnsafeNumberBuffer(count: panelCount * width * lanes)
    middle = UnsafeNumberBuffer(count: (mostRows + width) * lanes)
    output = UnsafeNumberBuffer(count: panelCount * width * lanes)
    squares = UnsafeNumberBuffer(count: panelCount * width)
    turned = UnsafeNumberBuffer(count: Self.panelsAtATime * width * width * pool.threadCount)
  }

  /// Numbers that one would keep in memory.
  package static func memoryNumbers(columnCount: Int, mostRows: Int, mostVectors: Int) -> Int {
    (2 * columnCount + 3 * width + mostRows) * (mostVectors + width)
  }

  private var paddedCount: Int { panelCount * Self.width }
  private var groupCount: Int { (vectorCount + Self.width - 1) / Self.width }
  private var numberCount: Int { vectorCount == 1 ? paddedCount : groupCount * paddedCount * Self.width }

  /// Where number `place` of a vector stands among the vectors.
  @inline(__always)
  private func place(_ vector: Int, _ place: Int) -> Int {
    guard vectorCount > 1 else { return place }
    return (vector / Self.width * paddedCount + place) * Self.width + vector % Self.width
  }

  /// Begins products with other vectors, which are zero after their first numbers.
  ///
  /// - Shapes: `vectors` is `[vector][column]`, `count` vectors of `length` numbers.
  package func begin(_ vectors: UnsafePointer<Double>, length: Int, count: Int) {
    precondition(
      1 <= count && count <= mostVectors && 0 <= length && length <= columnCount,
      "\(count) vectors of \(length) numbers for \(columnCount) columns")
    begin(count: count)
    // SAFETY: places among the padded vectors; the caller answers for `vectors`.
    for vector in 0..<count {
      for column in 0..<length { input.base[place(vector, column)] = vectors[vector * length + column] }
    }
  }

  /// Begins with a single vector of zeros, or with the unit vector of a column: JᵀJ times it is Jᵀ times this column.
  package func begin(unit column: Int? = nil) {
    begin(count: 1)
    guard let column else { return }
    precondition(0 <= column && column < columnCount, "column \(column) of \(columnCount)")
    // SAFETY: inside by the precondition.
    input.base[column] = 1
  }

  private func begin(count: Int) {
    vectorCount = count
    // SAFETY: what so many vectors take.
    input.base.update(repeating: 0, count: numberCount)
    output.base.update(repeating: 0, count: numberCount)
  }

  /// Adds the products with some rows. Hot path.
  ///
  /// - Precondition: the rows have `columnCount` columns, and nobody stores in them meanwhile.
  package func add(_ rows: PackedRows, in range: Range<Int>) {
    precondition(rows.columnCount == columnCount && range.count <= mostRows, "\(range.count) rows")
    work = (rows, range)
    if vectorCount == 1 {
      run(range.count, by: Self.rowsAtATime) { first, count, _ in self.multiply(first, count) }
      pool.run(count: panelCount) { panel, _ in self.multiplyTransposed(panel) }
    } else {
      run(range.count, by: Self.width) { first, count, worker in self.multiplyBlock(first, count, worker) }
      pool.run(count: panelCount) { panel, _ in self.multiplyBlockTransposed(panel) }
    }
    work = nil
  }

  private func run(_ count: Int, by size: Int, _ body: @escaping (_ first: Int, _ count: Int, _ worker: Int) -> Void) {
    pool.run(count: (count + size - 1) / size) { part, worker in
      body(part * size, min(size, count - part * size), worker)
    }
  }

  /// Adds Jᵀw of some rows to the product with a single vector. Hot path.
  ///
  /// - Shapes: `w` holds a number for each row of the range.
  package func addTransposed(_ rows: PackedRows, in range: Range<Int>, times w: UnsafePointer<Double>) {
    precondition(rows.columnCount == columnCount && range.count <= mostRows, "\(range.count) rows")
    precondition(vectorCount == 1, "\(vectorCount) vectors")
    // SAFETY: so many numbers at both places, for which the precondition and the caller answer.
    middle.base.update(from: w, count: range.count)
    work = (rows, range)
    pool.run(count: panelCount) { panel, _ in self.multiplyTransposed(panel) }
    work = nil
  }

  /// Jv for some of the rows.
  private func multiply(_ first: Int, _ count: Int) {
    guard let (rows, range) = work else { return }
    // SAFETY: here and below, panels that exist, and the part's own places in the products.
    let target = middle.base + first
    target.update(repeating: 0, count: count)
    for number in 0..<panelCount {
      pool.kernels.accumulatePanelDots(
        rows.panel(number, from: range.lowerBound + first), count, input.base + number * Self.width, target)
    }
  }

  /// Jᵀ(Jv) for a panel of columns.
  private func multiplyTransposed(_ number: Int) {
    guard let (rows, range) = work else { return }
    // SAFETY: as in `multiply`; the panel's own columns of the result.
    pool.kernels.accumulatePanelRows(
      rows.panel(number, from: range.lowerBound), range.count, middle.base, output.base + number * Self.width)
  }

  /// JV for up to 24 rows.
  private func multiplyBlock(_ first: Int, _ count: Int, _ worker: Int) {
    guard let (rows, range) = work else { return }
    let width = Self.width
    let (groupNumbers, groupResults) = (paddedCount * width, (mostRows + width) * width)
    for group in 0..<groupCount {
      // SAFETY: here and below, 24 rows of each group: there is room for 24 more than there are rows.
      (middle.base + group * groupResults + first * width).update(repeating: 0, count: count * width)
    }
    let tile = turned.base + worker * Self.panelsAtATime * width * width
    for start in stride(from: 0, to: panelCount, by: Self.panelsAtATime) {
      let end = min(start + Self.panelsAtATime, panelCount)
      for number in start..<end {
        let panel = rows.panel(number, from: range.lowerBound + first)
        let target = tile + (number - start) * width * width
        for column in 0..<width {
          for row in 0..<count { target[column * width + row] = panel[row * width + column] }
          for row in count..<width { target[column * width + row] = 0 }
        }
      }
      for group in 0..<groupCount {
        let result = middle.base + group * groupResults + first * width
        pool.kernels.accumulatePanelProduct(
          tile, input.base + group * groupNumbers + start * width * width, (end - start) * width,
          result, width, false)
      }
    }
  }

  /// Jᵀ(JV) for a panel of columns.
  private func multiplyBlockTransposed(_ number: Int) {
    guard let (rows, range) = work else { return }
    let width = Self.width
    let (groupNumbers, groupResults) = (paddedCount * width, (mostRows + width) * width)
    for first in stride(from: 0, to: range.count, by: Self.rowsAtATime) {
      let count = min(Self.rowsAtATime, range.count - first)
      let panel = rows.panel(number, from: range.lowerBound + first)
      for group in 0..<groupCount {
        // SAFETY: as in `multiplyBlock`; the panel's own columns of the result.
        pool.kernels.accumulatePanelProduct(
          panel, middle.base + group * groupResults + first * width, count,
          output.base + group * groupNumbers + number * width * width, width, false)
      }
    }
  }

  /// Begins the diagonal of JᵀJ.
  package func beginDiagonal() { squares.clear() }

  /// Adds what some rows give to the diagonal of JᵀJ. Hot path.
  package func addDiagonal(_ rows: PackedRows, in range: Range<Int>) {
    precondition(rows.columnCount == columnCount, "rows of \(rows.columnCount) columns for \(columnCount)")
    work = (rows, range)
    pool.run(count: panelCount) { panel, _ in self.addSquares(panel) }
    work = nil
  }

  private func addSquares(_ number: Int) {
    guard let (rows, range) = work else { return }
    let (width, lanes) = (Self.width, KernelTable.laneCount)
    // SAFETY: rows of a panel, 24 numbers each, and its own places among the sums.
    let panel = UnsafeRawPointer(rows.panel(number, from: range.lowerBound))
    let sums = UnsafeMutableRawPointer(squares.base + number * width)
    for lane in stride(from: 0, to: width, by: lanes) {
      let offset = lane * MemoryLayout<Double>.stride
      var sum = sums.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
      for row in 0..<range.count {
        let place = row * width * MemoryLayout<Double>.stride + offset
        let numbers = panel.loadUnaligned(fromByteOffset: place, as: SIMD8<Double>.self)
        sum += numbers * numbers
      }
      sums.storeBytes(of: sum, toByteOffset: offset, as: SIMD8<Double>.self)
    }
  }

  /// The sum over the first columns of the diagonal of JᵀJ.
  package func trace(_ count: Int) -> Double {
    precondition(count <= columnCount, "\(count) of \(columnCount) columns")
    var sum = 0.0
    // SAFETY: inside by the precondition.
    for column in 0..<count { sum += squares.base[column] }
    return sum
  }

  /// The first numbers of the product with a vector.
  package func copyProduct(_ vector: Int, count: Int, to target: UnsafeMutablePointer<Double>) {
    precondition(vector < vectorCount && count <= columnCount, "\(count) numbers of product \(vector)")
    // SAFETY: inside by the precondition; the caller answers for `target`.
    for column in 0..<count { target[column] = output.base[place(vector, column)] }
  }
}

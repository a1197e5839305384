import KernelInterface
package import Kernels

/// A symmetric matrix, of which the lower triangle is kept: a sum of JᵀJ over many rows, or one that updates change.
///
/// Every entry is summed over the rows one after the other, in the order in which they were added: the result depends
/// neither on the number of threads nor on how the rows were divided among calls of `add`.
package final class SymmetricMatrix {
  package let order: Int

  let layout: PanelTriangle
  let numbers: UnsafeNumberBuffer
  let kernels: KernelTable
  let pool: WorkerPool
  /// What threads take at a time, the cheap ones last.
  private let blocks: [Block]

  /// Panels of rows, and of columns, whose tiles are one item of work.
  private struct Block {
    var panels: Range<Int>
    var columns: Range<Int>
  }

  /// How many rows go into all tiles of a block before the next rows: those of one panel, and of another what is in
  /// use, stay in the first-level cache, those of eight panels in the second level.
  private static let rowsAtATime = 128
  /// How many rows go into all blocks before the next rows: they are read once from memory, and then from the
  /// third-level cache by one block after the other.
  private static let rowsPerPass = 384

  /// What is being added, and which rows of it.
  private var added: PackedRows?
  private var pass = 0..<0
  /// From the first product or update on.
  var productScratch: ProductScratch?

  /// The zero matrix.
  ///
  /// - Precondition: `order` ≥ 1.
  package init(order: Int, pool: WorkerPool) {
    self.order = order
    kernels = pool.kernels
    self.pool = pool
    layout = PanelTriangle(order: order)
    numbers = UnsafeNumberBuffer(count: layout.count)
    // Larger blocks read the rows less often, smaller ones keep more threads busy.
    let edge =
      switch layout.panelCount {
      case ..<6: 1
      case ..<24: 2
      default: 4
      }
    let panelCount = layout.panelCount
    let ranges = stride(from: 0, to: panelCount, by: edge).map { $0..<min($0 + edge, panelCount) }
    let below = ranges.indices.flatMap { row in
      ranges[..<row].map { Block(panels: ranges[row], columns: $0) }
    }
    blocks = below + ranges.map { Block(panels: $0, columns: $0) }
  }

  /// Makes it the zero matrix.
  package func clear() { numbers.clear() }

  /// The entry of a row and a column, the same for both orders of the two.
  package subscript(row: Int, column: Int) -> Double {
    // SAFETY: `entry` is inside by its precondition.
    get { numbers.base[layout.entry(max(row, column), min(row, column))] }
    set { numbers.base[layout.entry(max(row, column), min(row, column))] = newValue }
  }

  /// Copies the first `count` entries of a row, up to the diagonal at most, to `destination`.
  ///
  /// Of JᵀJ with the residual as the last column of J, the last row without its last entry is Jᵀr.
  package func copyRow(_ row: Int, count: Int, to destination: UnsafeMutablePointer<Double>) {
    guard count > 0 else { return }
    let start = layout.entry(row, 0)
    precondition(count <= row + 1, "\(count) entries of row \(row)")
    // SAFETY: inside by the preconditions; the caller answers for `destination`.
    for column in 0..<count { destination[column] = numbers.base[start + column * PanelTriangle.width] }
  }

  /// Copies the first `count` entries of the diagonal to `destination`.
  package func copyDiagonal(count: Int, to destination: UnsafeMutablePointer<Double>) {
    // SAFETY: `entry` is inside by its precondition; the caller answers for `destination`.
    for row in 0..<count { destination[row] = numbers.base[layout.entry(row, row)] }
  }

  /// A ← A + JᵀJ over all rows of J that count, or some of them. Hot path.
  ///
  /// - Precondition: the rows have `order` columns.
  package func add(_ rows: PackedRows, in range: Range<Int>? = nil) {
    precondition(rows.columnCount == order, "\(rows.columnCount) columns for order \(order)")
    let range = range ?? 0..<rows.rowCount
    precondition(0 <= range.lowerBound && range.upperBound <= rows.rowCount, "\(range) of \(rows.rowCount) rows")
    added = rows
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.rowsPerPass) {
      let end = min(start + Self.rowsPerPass, range.upperBound)
      pass = start..<end
      pool.run(count: blocks.count) { item, _ in self.addToBlock(item) }
    }
    added = nil
  }

  /// Adds the rows of the current pass to the tiles of a block.
  private func addToBlock(_ item: Int) {
    guard let rows = added else { return }
    let block = blocks[item]
    for row in stride(from: pass.lowerBound, to: pass.upperBound, by: Self.rowsAtATime) {
      let count = min(Self.rowsAtATime, pass.upperBound - row)
      for panel in block.panels {
        let b = rows.panel(panel, from: row)
        for column in block.columns where column <= panel {
          // SAFETY: tiles inside the triangle; every one is written by the one item that has it.
          kernels.accumulatePanelProduct(
            rows.panel(column, from: row), b, count, numbers.base + layout.tileStart(panel, column),
            layout.lanes(panel), column == panel)
        }
      }
    }
  }
}

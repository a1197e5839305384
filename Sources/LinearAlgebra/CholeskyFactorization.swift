import KernelInterface
package import Kernels

/// A = LLᵀ with a lower triangular L, and what can be solved with it.
///
/// Columns are done in blocks from left to right. A tile of L takes the product of all columns to the left in one run,
/// with its sums in registers, then its part of the triangular solve: it is written once, where the usual order, which
/// updates all that remains after every block, reads and writes every tile for every block. Each entry is one sum in
/// the order of the columns, so the bits are those of any number of threads.
package final class CholeskyFactorization {
  package let order: Int
  /// Whether the last call of `factor` went through.
  package private(set) var isFactored = false

  /// What stopped a factorization.
  package struct FailedPivot: Equatable {
    /// Its row; the matrix of the rows before it is positive definite.
    package var row: Int

    package init(row: Int) { self.row = row }
  }

  private let layout: PanelTriangle
  /// L, in the columns that are done; −A and what was added to it in the others.
  private let numbers: UnsafeNumberBuffer
  /// 1 / L[j, j]; zeros as padding.
  private let reciprocals: UnsafeNumberBuffer
  /// A right-hand side with padding, for every worker.
  private let sides: UnsafeNumberBuffer
  private let kernels: KernelTable
  private let pool: WorkerPool
  /// What is being factored, and the block of columns that is at work.
  private var source: (matrix: SymmetricMatrix, shift: DiagonalShift, block: Range<Int>)?
  /// What is being solved, and with which of the two factors.
  private var rightSides: (b: UnsafeMutablePointer<Double>, stride: Int, lower: Bool, transposed: Bool)?
  /// The tiles of a block's diagonal, as (panel, column) from the first one of the block.
  private let diagonalTiles: [(panel: Int, column: Int)]

  private static var width: Int { PanelTriangle.width }
  /// Panels of columns that are done at a time. While they are, nothing is shared among threads but the columns below
  /// them: more would leave more to one thread, fewer would read the finished columns more often.
  private static let panelsAtATime = 4
  /// How many columns go into all tiles of a row before the next columns, as for `SymmetricMatrix`.
  private static let columnsAtATime = 128

  /// A matrix of fewer panels is factored by one thread, in about 0.1 ms with AVX-512.
  private static let fewPanels = 15

  /// - Precondition: `order` ≥ 1.
  package init(order: Int, pool: WorkerPool) {
    self.order = order
    self.pool = pool
    kernels = pool.kernels
    layout = PanelTriangle(order: order)
    numbers = UnsafeNumberBuffer(count: layout.count)
    let padded = layout.panelCount * Self.width
    reciprocals = UnsafeNumberBuffer(count: padded)
    sides = UnsafeNumberBuffer(count: padded * pool.threadCount)
    diagonalTiles = (0..<Self.panelsAtATime).flatMap { panel in (0...panel).map { (panel, $0) } }
  }

  /// The entry of L at a row and a column that is not greater.
  ///
  /// - Precondition: `isFactored`.
  package subscript(row: Int, column: Int) -> Double {
    precondition(isFactored, "nothing is factored")
    // SAFETY: `entry` is inside by its precondition.
    return numbers.base[layout.entry(row, column)]
  }

  /// Factors the leading part of a matrix with `shift` on its diagonal; the matrix stays as it is. Hot path.
  ///
  /// - Returns: nil, or the first pivot that is not a positive number: the matrix is not positive definite in double
  ///   precision, or not finite.
  /// - Precondition: the matrix has at least `order` rows.
  package func factor(_ matrix: SymmetricMatrix, shift: DiagonalShift = .none) -> FailedPivot? {
    precondition(matrix.order >= order, "a matrix of order \(matrix.order) to be factored to order \(order)")
    isFactored = false
    let panelCount = layout.panelCount
    defer { source = nil }
    for first in stride(from: 0, to: panelCount, by: Self.panelsAtATime) {
      let end = min(first + Self.panelsAtATime, panelCount)
      source = (matrix, shift, first..<end)
      let tileCount = (end - first) * (end - first + 1) / 2
      run(count: tileCount) { item, _ in self.startDiagonalTile(item) }
      if let failed = finishDiagonal(first..<end) { return failed }
      run(count: panelCount - end) { item, _ in self.finishPanel(end: item) }
    }
    isFactored = true
    return nil
  }

  /// The place for a factor that is made elsewhere, as Lᵀ in the panels of this layout.
  func beginFactor() -> UnsafeMutablePointer<Double> {
    isFactored = false
    return numbers.base
  }

  /// Takes over the factor that stands in the place of `beginFactor`.
  ///
  /// - Returns: nil, or the first pivot that is zero or not finite.
  func endFactor() -> FailedPivot? {
    for row in 0..<order {
      // SAFETY: `entry` is inside, and there is a reciprocal for every row.
      let pivot = numbers.base[layout.entry(row, row)]
      guard pivot != 0, pivot.isFinite else { return FailedPivot(row: row) }
      reciprocals.base[row] = 1 / pivot
    }
    isFactored = true
    return nil
  }

  /// Shares items among the threads, unless the matrix is so small that waking them takes longer than the work.
  private func run(count: Int, _ body: @escaping (_ item: Int, _ worker: Int) -> Void) {
    if layout.panelCount < Self.fewPanels {
      for item in 0..<count { body(item, 0) }
    } else {
      pool.run(count: count, body)
    }
  }

  private func startDiagonalTile(_ item: Int) {
    guard let (matrix, shift, block) = source else { return }
    let (panel, column) = diagonalTiles[item]
    let first = block.lowerBound
    start(matrix, shift, first + panel, first + column..<first + column + 1, done: first)
  }

  /// Does the columns of the block in one of the panels below it.
  private func finishPanel(end item: Int) {
    guard let (matrix, shift, block) = source else { return }
    let panel = block.upperBound + item
    start(matrix, shift, panel, block, done: block.lowerBound)
    for column in block { solve(panel, column, start: block.lowerBound) }
  }

  /// Takes tiles of the matrix over, with the opposite sign, and adds the products of the `done` panels of columns.
  private func start(_ matrix: SymmetricMatrix, _ shift: DiagonalShift, _ panel: Int, _ columns: Range<Int>, done: Int)
  {
    for column in columns { load(matrix, shift, panel, column) }
    let width = Self.width
    // SAFETY: panels and tiles of the triangle. Panels on the left are finished; the tiles belong to the caller alone.
    let base = numbers.base
    let b = UnsafePointer(base + layout.panelStart(panel))
    let lanes = layout.lanes(panel)
    for k in stride(from: 0, to: done * width, by: Self.columnsAtATime) {
      let count = min(Self.columnsAtATime, done * width - k)
      for column in columns {
        // SAFETY: as above.
        let a = UnsafePointer(base + layout.panelStart(column) + k * width)
        kernels.accumulatePanelProduct(
          a, b + k * width, count, base + layout.tileStart(panel, column), lanes, panel == column)
      }
    }
  }

  /// Takes a tile of the matrix over, with the opposite sign, the shift on the diagonal and zeros as padding. What
  /// stands above the diagonal of a diagonal tile is never read, now or later.
  private func load(_ matrix: SymmetricMatrix, _ shift: DiagonalShift, _ panel: Int, _ column: Int) {
    let width = Self.width
    // SAFETY: both triangles have this tile, as the matrix has no fewer rows.
    let tile = numbers.base + layout.tileStart(panel, column)
    let source = matrix.numbers.base + layout.tileStart(panel, column)
    for index in 0..<width * width { tile[index] = -source[index] }
    // The matrix may go on after the last row; what its padding holds is its own affair.
    let lanes = layout.lanes(panel)
    if lanes < width {
      for row in 0..<width {
        for lane in lanes..<width { tile[row * width + lane] = 0 }
      }
    }
    if panel == column {
      for row in 0..<lanes {
        tile[row * width + row] = -shift.shifted(source[row * width + row], panel * width + row)
      }
    }
  }

  /// Factors the tiles of the diagonal of a block, in which everything on its left has been added.
  private func finishDiagonal(_ block: Range<Int>) -> FailedPivot? {
    for panel in block {
      for column in block.lowerBound..<panel { solve(panel, column, start: block.lowerBound) }
      let lanes = layout.lanes(panel)
      // SAFETY: the panel's diagonal tile and its pivots.
      let count = kernels.factorCholeskyTile(
        numbers.base + layout.panelStart(panel), block.lowerBound * Self.width, panel * Self.width, lanes,
        reciprocals.base + panel * Self.width)
      if count < lanes { return FailedPivot(row: panel * Self.width + count) }
    }
    return nil
  }

  /// Finishes a tile, to which the products of all panels of columns before `start` have been added.
  private func solve(_ panel: Int, _ column: Int, start: Int) {
    // SAFETY: panels of the triangle; the diagonal tile at `column` is finished.
    kernels.solveCholeskyTile(
      numbers.base + layout.panelStart(column), numbers.base + layout.panelStart(panel), start * Self.width,
      column * Self.width, reciprocals.base + column * Self.width, layout.lanes(panel))
  }

  /// b ← A⁻¹b for each of `count` right-hand sides, which start `stride` numbers apart. Hot path.
  ///
  /// - Precondition: `isFactored`; no other solve of this factorization runs.
  package func solve(_ b: UnsafeMutablePointer<Double>, count: Int = 1, stride: Int = 0) {
    solve(b, count, stride, lower: true, transposed: true)
  }

  /// b ← L⁻¹b, as `solve`. Hot path.
  package func solveLower(_ b: UnsafeMutablePointer<Double>, count: Int = 1, stride: Int = 0) {
    solve(b, count, stride, lower: true, transposed: false)
  }

  /// b ← L⁻ᵀb, as `solve`. Hot path.
  package func solveLowerTransposed(_ b: UnsafeMutablePointer<Double>, count: Int = 1, stride: Int = 0) {
    solve(b, count, stride, lower: false, transposed: true)
  }

  private func solve(
    _ b: UnsafeMutablePointer<Double>, _ count: Int, _ stride: Int, lower: Bool, transposed: Bool
  ) {
    precondition(isFactored, "nothing is factored")
    precondition(count <= 1 || stride >= order, "right-hand sides of \(order) numbers \(stride) apart")
    rightSides = (b, stride, lower, transposed)
    pool.run(count: count) { self.solve(side: $0, worker: $1) }
    rightSides = nil
  }

  private func solve(side item: Int, worker: Int) {
    guard let (b, stride, lower, transposed) = rightSides else { return }
    // SAFETY: a place for each worker; the caller answers for `b`. Padding is zero and stays zero.
    let side = sides.base + worker * layout.panelCount * Self.width
    side.update(from: b + item * stride, count: order)
    if lower { solveLower(side: side) }
    if transposed { solveLowerTransposed(side: side) }
    (b + item * stride).update(from: side, count: order)
  }

  private func solveLower(side: UnsafeMutablePointer<Double>) {
    let width = Self.width
    for panel in 0..<layout.panelCount {
      // SAFETY: a panel of the triangle, its part of the padded side, and what comes before it.
      let (s, start) = (side + panel * width, UnsafePointer(numbers.base + layout.panelStart(panel)))
      let (tile, reciprocal) = (start + panel * width * width, reciprocals.base + panel * width)
      for lane in 0..<width { s[lane] = -s[lane] }
      kernels.accumulatePanelRows(start, panel * width, side, s)
      for row in 0..<width {
        let y = -s[row] * reciprocal[row]
        for lane in row + 1..<width { s[lane] += tile[row * width + lane] * y }
        s[row] = y
      }
    }
  }

  private func solveLowerTransposed(side: UnsafeMutablePointer<Double>) {
    let width = Self.width
    // SAFETY: the padded side.
    for row in 0..<layout.panelCount * width { side[row] = -side[row] }
    for panel in (0..<layout.panelCount).reversed() {
      // SAFETY: as in `solveLower`.
      let (s, start) = (side + panel * width, UnsafePointer(numbers.base + layout.panelStart(panel)))
      let (tile, reciprocal) = (start + panel * width * width, reciprocals.base + panel * width)
      for row in (0..<width).reversed() {
        var sum = s[row]
        for lane in row + 1..<width { sum += tile[row * width + lane] * s[lane] }
        s[row] = -sum * reciprocal[row]
      }
      kernels.accumulatePanelDots(start, panel * width, s, side)
    }
  }
}

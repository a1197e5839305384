import KernelInterface
package import Kernels

/// The triangle R of A = QR, with RᵀR = AᵀA, by reflections of the rows of A; Q is not kept.
///
/// AᵀA has the square of the condition of A: what its smallest singular values say, if they are less than 1e-8 of the
/// largest, is lost in the sums. R is as good as A: it is the exact triangle of a matrix that differs from A by a few
/// roundings. It costs four times the multiply-adds of AᵀA.
///
/// Rows B are taken in batches, and [R; B] is made triangular again, 24 columns at a time. A reflection of column j
/// touches row j of R and B alone, so with U the vectors of a block and T their triangle, all columns to the right change
/// by
///
///     W = Tᵀ(R + UᵀB),   R ← R − W,   B ← B − UW,
///
/// products of packed panels. A panel on the right is done by one thread, its sums in the order of the rows: the bits are
/// those of any number of threads.
///
/// - Source: compact WY form: Schreiber & Van Loan (1989), SIAM J. Sci. Stat. Comput. 10, 53; batches of rows: Demmel et
///   al. (2012), SIAM J. Sci. Comput. 34, A206, with a flat tree.
package final class QRFactorization {
  package let order: Int

  private let layout: PanelTriangle
  /// R as a Cholesky factorization keeps Lᵀ: panel p is `[row][24]`, rows 0 ..< 24·(p + 1) of 24 columns.
  private let triangle: UnsafeNumberBuffer
  /// B, `[panel][row][24]`; of the finished panels U.
  private let batch: UnsafeNumberBuffer
  /// −Uᵀ of the panel at work, `[24 rows][column][row]`, and T, `[row][column]`.
  private let negated: UnsafeNumberBuffer
  private let blockTriangle: UnsafeNumberBuffer
  /// A column of U, and a row of products with it.
  private let column: UnsafeNumberBuffer
  private let products: UnsafeNumberBuffer
  /// R + UᵀB and W for each panel on the right.
  private let tiles: UnsafeNumberBuffer
  private let kernels: KernelTable
  private let pool: WorkerPool
  /// The panel at work, in which triangle, and how many rows of the batch take part.
  private var work: (target: UnsafeMutablePointer<Double>, panel: Int, rows: Int)?

  private static var width: Int { PanelTriangle.width }
  private static var tileCount: Int { width * width }
  /// Rows of a batch: a multiple of 24, many enough that R is not read and written too often, few enough that a panel
  /// of them stays in the first two caches.
  private static let batchRows = 240
  /// So few panels on the right are done by one thread.
  private static let fewPanels = 4

  /// - Precondition: `order` ≥ 1.
  package init(order: Int, pool: WorkerPool) {
    self.order = order
    self.pool = pool
    kernels = pool.kernels
    layout = PanelTriangle(order: order)
    triangle = UnsafeNumberBuffer(count: layout.count)
    batch = UnsafeNumberBuffer(count: layout.panelCount * Self.batchRows * Self.width)
    negated = UnsafeNumberBuffer(count: Self.batchRows * Self.width)
    blockTriangle = UnsafeNumberBuffer(count: Self.tileCount)
    column = UnsafeNumberBuffer(count: Self.batchRows)
    products = UnsafeNumberBuffer(count: Self.width)
    tiles = UnsafeNumberBuffer(count: 2 * layout.panelCount * Self.tileCount)
  }

  /// R[row, column]; zero below the diagonal.
  package subscript(row: Int, column: Int) -> Double {
    // SAFETY: `entry` is inside by its precondition.
    row > column ? 0 : triangle.base[layout.entry(column, row)]
  }

  /// The sum of the squares of all entries of A.
  package var squareSum: Double {
    var sum = 0.0
    for column in 0..<order {
      var square = 0.0
      for row in 0...column { square += self[row, column] * self[row, column] }
      sum += square
    }
    return sum
  }

  /// Makes R of the first `order` columns of the rows that count, or of some of them. Hot path.
  ///
  /// - Precondition: the rows have so many columns.
  package func factor(_ rows: PackedRows, in range: Range<Int>? = nil) {
    triangle.clear()
    add(rows, in: range)
  }

  /// Makes R that of [A; B] with B the first `order` columns of the rows that count, or of some of them. Hot path.
  ///
  /// Where rows of A and B differ much in size, the larger ones should come first.
  ///
  /// - Precondition: the rows have so many columns.
  package func add(_ rows: PackedRows, in range: Range<Int>? = nil) {
    let range = range ?? 0..<rows.rowCount
    precondition(rows.columnCount >= order, "\(rows.columnCount) columns for order \(order)")
    precondition(0 <= range.lowerBound && range.upperBound <= rows.rowCount, "\(range) of \(rows.rowCount) rows")
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.batchRows) {
      let count = min(Self.batchRows, range.upperBound - first)
      let padded = (count + Self.width - 1) / Self.width * Self.width
      for panel in 0..<layout.panelCount {
        // SAFETY: a panel of the batch, and rows of the store by the preconditions.
        let target = batch.base + panel * Self.batchRows * Self.width
        target.update(from: rows.panel(panel, from: first), count: count * Self.width)
        (target + count * Self.width).update(repeating: 0, count: (padded - count) * Self.width)
        clearPadding(target, panel, rows: count)
      }
      for panel in 0..<layout.panelCount { reduce(triangle.base, panel, rows: padded) }
    }
  }

  /// Makes R that of [A; d·1] with as many rows of the identity as `columns`, from the first on.
  ///
  /// - Precondition: no more columns than there are.
  package func addDiagonal(_ d: Double, columns: Int) { addDiagonal(d, columns: columns, to: triangle.base) }

  /// Forgets the last rows of R: what A says of the last columns beyond what the others can take up.
  package func clearRows(from row: Int) {
    for column in row..<order {
      // SAFETY: `entry` is inside by its precondition.
      for place in row...column { triangle.base[layout.entry(column, place)] = 0 }
    }
  }

  /// Gives `factorization` the factor of RᵀR + shift·1, by reflections of [R; √shift·1]. Hot path.
  ///
  /// L = R′ᵀ may have negative numbers on its diagonal, which no solution shows.
  ///
  /// - Returns: nil, or the first pivot that is zero or not finite.
  /// - Precondition: `shift` ≥ 0; the same order.
  package func factor(shift: Double, into factorization: CholeskyFactorization) -> CholeskyFactorization.FailedPivot? {
    precondition(factorization.order == order && shift >= 0, "order \(factorization.order), shift \(shift)")
    // SAFETY: triangles of the same layout.
    let target = factorization.beginFactor()
    target.update(from: triangle.base, count: layout.count)
    if shift > 0 { addDiagonal(shift.squareRoot(), columns: order, to: target) }
    return factorization.endFactor()
  }

  /// Gives `factorization` the leading part of R as its factor.
  ///
  /// - Returns: nil, or the first pivot that is zero or not finite.
  /// - Precondition: the order of the factorization is at most that of R.
  package func copyLeading(into factorization: CholeskyFactorization) -> CholeskyFactorization.FailedPivot? {
    precondition(factorization.order <= order, "order \(factorization.order) of \(order)")
    let leading = PanelTriangle(order: factorization.order)
    let target = factorization.beginFactor()
    // SAFETY: panels stand one after the other whatever the order; the last one loses the columns that are not copied.
    target.update(from: triangle.base, count: leading.count)
    let last = leading.panelCount - 1
    for row in 0..<leading.panelCount * Self.width {
      for lane in leading.lanes(last)..<Self.width { target[leading.panelStart(last) + row * Self.width + lane] = 0 }
    }
    return factorization.endFactor()
  }

  private func addDiagonal(_ d: Double, columns: Int, to target: UnsafeMutablePointer<Double>) {
    precondition(columns <= order, "\(columns) of \(order) columns")
    let width = Self.width
    let panelCount = (columns + width - 1) / width
    for first in stride(from: 0, to: panelCount, by: Self.batchRows / width) {
      let end = min(panelCount, first + Self.batchRows / width)
      for panel in first..<layout.panelCount {
        // SAFETY: a panel of the batch.
        (batch.base + panel * Self.batchRows * width).update(repeating: 0, count: Self.batchRows * width)
      }
      for panel in first..<end {
        // SAFETY: rows 24·(panel − first) … of the batch have their only number in this panel.
        let tile = batch.base + (panel * Self.batchRows + (panel - first) * width) * width
        for lane in 0..<min(width, columns - panel * width) { tile[lane * width + lane] = d }
      }
      // Rows that come later are still zero in the panels of those before.
      for panel in first..<layout.panelCount {
        reduce(target, panel, rows: min(end - first, panel - first + 1) * width)
      }
    }
  }

  /// Columns of the store after the last one of this matrix are another's affair.
  private func clearPadding(_ target: UnsafeMutablePointer<Double>, _ panel: Int, rows: Int) {
    let lanes = layout.lanes(panel)
    guard lanes < Self.width else { return }
    // SAFETY: rows of the panel.
    for row in 0..<rows { (target + row * Self.width + lanes).update(repeating: 0, count: Self.width - lanes) }
  }

  /// Makes zeros of a panel of the batch, and does to the panels on its right what that takes.
  private func reduce(_ target: UnsafeMutablePointer<Double>, _ panel: Int, rows: Int) {
    reflect(target, panel, rows: rows)
    let rest = layout.panelCount - panel - 1
    work = (target, panel, rows)
    if rest < Self.fewPanels {
      for item in 0..<rest { apply(item) }
    } else {
      pool.run(count: rest) { item, _ in self.apply(item) }
    }
    work = nil
  }

  /// The reflections of 24 columns: U in place of B, their part of R, and T.
  ///
  /// For column (α; b) with β = −sign(α)‖(α; b)‖: u = b/(α − β), τ = (β − α)/β, and 1 − τ(1; u)(1; u)ᵀ makes it (β; 0).
  private func reflect(_ target: UnsafeMutablePointer<Double>, _ panel: Int, rows: Int) {
    let width = Self.width
    // SAFETY: here and below, the panel of the batch, its diagonal tile, and work space of 24 or `rows` numbers.
    let b = batch.base + panel * Self.batchRows * width
    let r = target + layout.tileStart(panel, panel)
    let (u, s, t) = (column.base, products.base, blockTriangle.base)
    t.update(repeating: 0, count: Self.tileCount)
    for j in 0..<layout.lanes(panel) {
      var square = 0.0
      for row in 0..<rows {
        u[row] = b[row * width + j]
        square += u[row] * u[row]
      }
      // Nothing to be done, and T has a row and a column of zeros.
      guard square > 0 else { continue }
      let alpha = r[j * width + j]
      let size = (alpha * alpha + square).squareRoot()
      let beta = alpha > 0 ? -size : size
      let (tau, scale) = ((beta - alpha) / beta, 1 / (alpha - beta))
      for row in 0..<rows { u[row] *= scale }
      // Products with the vectors before, and with the columns after, to which their number in R comes.
      for l in 0..<width { s[l] = l > j ? r[j * width + l] : 0 }
      kernels.accumulatePanelRows(b, rows, u, s)
      for i in 0..<j {
        var sum = 0.0
        for q in i..<j { sum += t[i * width + q] * s[q] }
        t[i * width + j] = -tau * sum
      }
      t[j * width + j] = tau
      for l in 0..<width { s[l] = l > j ? -tau * s[l] : 0 }
      for l in j + 1..<width { r[j * width + l] += s[l] }
      r[j * width + j] = beta
      for first in stride(from: 0, to: rows, by: width) {
        kernels.accumulatePanelProduct(u + first, s, 1, b + first * width, width, false)
      }
      for row in 0..<rows { b[row * width + j] = u[row] }
    }
    for first in stride(from: 0, to: rows, by: width) {
      let (from, to) = (b + first * width, negated.base + first * width)
      for row in 0..<width {
        for j in 0..<width { to[j * width + row] = -from[row * width + j] }
      }
    }
  }

  /// What the reflections of the panel at work do to one on its right.
  private func apply(_ item: Int) {
    guard let (target, done, rows) = work else { return }
    let (panel, width) = (done + 1 + item, Self.width)
    // SAFETY: panels of the batch and tiles of the triangle; those written belong to the caller alone.
    let b = batch.base + panel * Self.batchRows * width
    let r = target + layout.tileStart(panel, done)
    let (z, w) = (tiles.base + 2 * panel * Self.tileCount, tiles.base + (2 * panel + 1) * Self.tileCount)
    z.update(from: r, count: Self.tileCount)
    kernels.accumulatePanelProduct(batch.base + done * Self.batchRows * width, b, rows, z, width, false)
    w.update(repeating: 0, count: Self.tileCount)
    kernels.accumulatePanelProduct(blockTriangle.base, z, width, w, width, false)
    for place in 0..<Self.tileCount { r[place] -= w[place] }
    for first in stride(from: 0, to: rows, by: width) {
      kernels.accumulatePanelProduct(negated.base + first * width, w, width, b + first * width, width, false)
    }
  }
}

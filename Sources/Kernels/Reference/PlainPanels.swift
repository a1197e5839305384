import KernelInterface

/// The entries of `KernelTable` for packed panels: number (row, i) of a panel stands at row · `panelWidth` + i.
enum PlainPanels {
  private static let width = KernelTable.panelWidth

  /// See `KernelTable.accumulatePanelProduct`.
  static func accumulateProduct(
    _ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers, _ lanes: Int, _ isDiagonal: Bool
  ) {
    let touched = (lanes + 7) / 8 * 8
    for row in 0..<rows {
      for j in 0..<width {
        for i in 0..<touched where !isDiagonal || i >= j {
          c[j * width + i] += a[row * width + j] * b[row * width + i]
        }
      }
    }
  }

  /// See `KernelTable.solveCholeskyTile`: L[i, c] = (A[i, c] − Σ over k < c of L[i, k] L[c, k]) / L[c, c].
  static func solveCholeskyTile(
    _ diagonal: Numbers, _ panel: MutableNumbers, _ start: Int, _ column: Int, _ reciprocals: Numbers, _ lanes: Int
  ) {
    for c in 0..<width {
      for i in 0..<lanes {
        let place = (column + c) * width + i
        for k in start..<(column + c) { panel[place] += panel[k * width + i] * diagonal[k * width + c] }
        panel[place] *= -reciprocals[c]
      }
    }
  }

  /// See `KernelTable.factorCholeskyTile`: L[c, c]² = A[c, c] − Σ over k < c of L[c, k]², and the rest of the column as
  /// in `solveCholeskyTile`.
  static func factorCholeskyTile(
    _ panel: MutableNumbers, _ start: Int, _ column: Int, _ count: Int, _ reciprocals: MutableNumbers
  ) -> Int {
    for c in 0..<count {
      let line = panel + (column + c) * width
      for i in c..<count {
        for k in start..<(column + c) { line[i] += panel[k * width + i] * panel[k * width + c] }
      }
      let pivot = -line[c]
      guard pivot > 0, pivot.isFinite else { return c }
      line[c] = pivot.squareRoot()
      reciprocals[c] = 1 / line[c]
      for i in (c + 1)..<max(c + 1, count) { line[i] *= -reciprocals[c] }
    }
    return count
  }

  /// See `KernelTable.accumulatePanelRows`.
  static func accumulateRows(_ panel: Numbers, _ rows: Int, _ y: Numbers, _ s: MutableNumbers) {
    for row in 0..<rows {
      for i in 0..<width { s[i] += y[row] * panel[row * width + i] }
    }
  }

  /// See `KernelTable.accumulatePanelDots`.
  static func accumulateDots(_ panel: Numbers, _ rows: Int, _ x: Numbers, _ s: MutableNumbers) {
    for row in 0..<rows {
      for i in 0..<width { s[row] += panel[row * width + i] * x[i] }
    }
  }
}

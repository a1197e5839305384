import KernelInterface

/// The order of the numbers of a lower triangle: panels of 24 rows, in each of them its columns one after the other.
///
/// Panel p is `[column][24]` with the columns 0 ..< 24·(p + 1): tiles of 24 × 24 that stand column by column, the
/// diagonal tile last and whole. A tile is what a kernel writes, without gaps; a panel of a factor is what a kernel
/// reads; and the upper triangle takes no memory. Rows after the last one are padding.
struct PanelTriangle {
  static var width: Int { KernelTable.panelWidth }

  let order: Int
  let panelCount: Int

  init(order: Int) {
    precondition(order >= 1, "a matrix of order \(order)")
    self.order = order
    panelCount = (order + Self.width - 1) / Self.width
  }

  /// How many numbers there are, with padding.
  var count: Int { panelStart(panelCount) }

  /// Where panel `panel` starts.
  func panelStart(_ panel: Int) -> Int { Self.width * Self.width * (panel * (panel + 1) / 2) }

  /// Where the tile of `panel` with the columns from 24·`column` starts.
  func tileStart(_ panel: Int, _ column: Int) -> Int { panelStart(panel) + Self.width * Self.width * column }

  /// How many rows of a panel are rows of the matrix.
  func lanes(_ panel: Int) -> Int { min(Self.width, order - panel * Self.width) }

  /// Where the entry of a row and a column that is not greater stands.
  func entry(_ row: Int, _ column: Int) -> Int {
    precondition(0 <= column && column <= row && row < order, "entry (\(row), \(column)) of order \(order)")
    return panelStart(row / Self.width) + column * Self.width + row % Self.width
  }
}

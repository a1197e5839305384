// A factor L stands in panels of 24 rows of L: panel p is Lᵀ for these rows, `[column][24]`, and what `RankUpdate`
// multiplies. Columns that are not done hold −A with what was added to it, so that every step adds a product, and
// signs change only when a column is divided by its pivot.

enum CholeskyTiles {
  @inline(__always)
  private static var width: Int { RankUpdate.width }

  /// The tile of L below a finished diagonal tile; see `KernelTable.solveCholeskyTile`. Hot path.
  static func solve(
    _ diagonal: Numbers, _ panel: MutableNumbers, _ start: Int, _ column: Int, _ reciprocals: Numbers, _ lanes: Int
  ) {
    let vectors = (lanes + 7) / 8
    for first in stride(from: column, to: column + width, by: 8) {
      // The eight columns before the next eight are in the panel already: the product simply runs on over them.
      let tile = panel + first * width
      let left = diagonal + start * width + (first - column)
      RankUpdate.accumulateGroup(left, panel + start * width, first - start, tile, vectors)
      let triangle = diagonal + first * width + (first - column)
      for vector in 0..<vectors { solve8(triangle, reciprocals + (first - column), tile + 8 * vector) }
    }
  }

  /// Eight columns of L for eight rows, from the triangle of the same columns; all of it in registers.
  ///
  /// `u[24·k + j]` is L[j, k] of the triangle.
  @inline(__always)
  private static func solve8(_ u: Numbers, _ reciprocals: Numbers, _ tile: MutableNumbers) {
    var (t0, t1, t2, t3) = (tile.lanes(0), tile.lanes(24), tile.lanes(48), tile.lanes(72))
    var (t4, t5, t6, t7) = (tile.lanes(96), tile.lanes(120), tile.lanes(144), tile.lanes(168))
    t0 = t0 * Lanes(repeating: -reciprocals[0])
    t1 = multiplyAdd(u[1], t0, t1)
    t2 = multiplyAdd(u[2], t0, t2)
    t3 = multiplyAdd(u[3], t0, t3)
    t4 = multiplyAdd(u[4], t0, t4)
    t5 = multiplyAdd(u[5], t0, t5)
    t6 = multiplyAdd(u[6], t0, t6)
    t7 = multiplyAdd(u[7], t0, t7)
    t1 = t1 * Lanes(repeating: -reciprocals[1])
    t2 = multiplyAdd(u[26], t1, t2)
    t3 = multiplyAdd(u[27], t1, t3)
    t4 = multiplyAdd(u[28], t1, t4)
    t5 = multiplyAdd(u[29], t1, t5)
    t6 = multiplyAdd(u[30], t1, t6)
    t7 = multiplyAdd(u[31], t1, t7)
    t2 = t2 * Lanes(repeating: -reciprocals[2])
    t3 = multiplyAdd(u[51], t2, t3)
    t4 = multiplyAdd(u[52], t2, t4)
    t5 = multiplyAdd(u[53], t2, t5)
    t6 = multiplyAdd(u[54], t2, t6)
    t7 = multiplyAdd(u[55], t2, t7)
    t3 = t3 * Lanes(repeating: -reciprocals[3])
    t4 = multiplyAdd(u[76], t3, t4)
    t5 = multiplyAdd(u[77], t3, t5)
    t6 = multiplyAdd(u[78], t3, t6)
    t7 = multiplyAdd(u[79], t3, t7)
    t4 = t4 * Lanes(repeating: -reciprocals[4])
    t5 = multiplyAdd(u[101], t4, t5)
    t6 = multiplyAdd(u[102], t4, t6)
    t7 = multiplyAdd(u[103], t4, t7)
    t5 = t5 * Lanes(repeating: -reciprocals[5])
    t6 = multiplyAdd(u[126], t5, t6)
    t7 = multiplyAdd(u[127], t5, t7)
    t6 = t6 * Lanes(repeating: -reciprocals[6])
    t7 = multiplyAdd(u[151], t6, t7)
    t7 = t7 * Lanes(repeating: -reciprocals[7])
    tile.store(t0, 0)
    tile.store(t1, 24)
    tile.store(t2, 48)
    tile.store(t3, 72)
    tile.store(t4, 96)
    tile.store(t5, 120)
    tile.store(t6, 144)
    tile.store(t7, 168)
  }

  /// The diagonal tile of L; see `KernelTable.factorCholeskyTile`. Hot path.
  static func factor(
    _ panel: MutableNumbers, _ start: Int, _ column: Int, _ count: Int, _ reciprocals: MutableNumbers
  ) -> Int {
    for first in stride(from: 0, to: count, by: 8) {
      let vectors = (count - first + 7) / 8
      let tile = panel + (column + first) * width + first
      let left = Numbers(panel + start * width + first)
      RankUpdate.accumulateGroup(left, left, column + first - start, tile, vectors)
      // Rows of the tile, which are columns of L: each one is finished and then added to those that follow it.
      for row in 0..<min(8, count - first) {
        let pivot = -tile[row * width + row]
        // A number that is not one fails here: it compares as false.
        guard pivot > 0, pivot < .infinity else { return first + row }
        let root = pivot.squareRoot()
        let reciprocal = 1 / root
        reciprocals[first + row] = reciprocal
        let line = tile + row * width
        for vector in 0..<vectors {
          line.store(line.lanes(8 * vector) * Lanes(repeating: -reciprocal), 8 * vector)
        }
        line[row] = root
        for later in row + 1..<8 {
          for vector in 0..<vectors {
            let sum = multiplyAdd(line[later], line.lanes(8 * vector), tile.lanes(later * width + 8 * vector))
            tile.store(sum, later * width + 8 * vector)
          }
        }
      }
    }
    return count
  }
}

// Products of packed panels (`KernelTable.panelWidth`): one layout serves both operands, whose rows are eight-number
// steps apart, and the result, a tile of 24 rows of 24 numbers. Sums run over the rows one after the other and start
// from what is in the tile, so the same bits come out however the rows are cut into slices.

enum RankUpdate {
  @inline(__always)
  static var width: Int { 24 }

  // Rows of a tile that are done at a time. Sixteen registers of half the width take six rows of eight numbers, with
  // more sums than the latency of a multiply-add asks for.
  #if FUSED_MULTIPLY_ADD && !WIDE_REGISTERS
    private static var groupRows: Int { 6 }
  #else
    private static var groupRows: Int { 8 }
  #endif

  /// C ← C + AᵀB; see `KernelTable.accumulatePanelProduct`. Hot path.
  static func accumulate(
    _ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers, _ lanes: Int, _ isDiagonal: Bool
  ) {
    let vectors = (lanes + 7) / 8
    for row in stride(from: 0, to: width, by: groupRows) {
      // Vectors that are wholly left of the diagonal are not needed.
      let first = isDiagonal ? row / 8 : 0
      if first >= vectors { break }
      let (bp, cp) = (b + 8 * first, c + row * width + 8 * first)
      #if FUSED_MULTIPLY_ADD && !WIDE_REGISTERS
        for vector in 0..<vectors - first { tile6x1(a + row, bp + 8 * vector, rows, cp + 8 * vector) }
      #else
        accumulateGroup(a + row, bp, rows, cp, vectors - first)
      #endif
    }
  }

  /// Eight rows of a tile, one to three vectors wide: columns `a` … `a + 7` of one panel with those from `b` of another.
  @inline(__always)
  static func accumulateGroup(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers, _ vectors: Int) {
    #if WIDE_REGISTERS
      switch vectors {
      case 3: tile8x3(a, b, rows, c)
      case 2: tile8x2(a, b, rows, c)
      default: tile8x1(a, b, rows, c)
      }
    #elseif FUSED_MULTIPLY_ADD
      for vector in 0..<vectors {
        tile4x1(a, b + 8 * vector, rows, c + 8 * vector)
        tile4x1(a + 4, b + 8 * vector, rows, c + 4 * width + 8 * vector)
      }
    #else
      for vector in 0..<vectors {
        for row in stride(from: 0, to: 8, by: 2) {
          tile2x1(a + row, b + 8 * vector, rows, c + row * width + 8 * vector)
        }
      }
    #endif
  }

  #if WIDE_REGISTERS
    private static func tile8x3(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      RegisterTile<ThreeVectors>.eight(a, width, 1, b, width, 8, rows, c, width) { ThreeVectors(c + $0 * width, 8) }
    }

    private static func tile8x2(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      RegisterTile<TwoVectors>.eight(a, width, 1, b, width, 8, rows, c, width) { TwoVectors(c + $0 * width, 8) }
    }

    private static func tile8x1(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      RegisterTile<OneVector>.eight(a, width, 1, b, width, 8, rows, c, width) { OneVector(c + $0 * width, 8) }
    }
  #elseif FUSED_MULTIPLY_ADD
    private static func tile6x1(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      var (c0, c1, c2) = (c.lanes(0), c.lanes(24), c.lanes(48))
      var (c3, c4, c5) = (c.lanes(72), c.lanes(96), c.lanes(120))
      var (ap, bp) = (a, b)
      for _ in 0..<rows {
        let b0 = bp.lanes(0)
        c0 = multiplyAdd(ap[0], b0, c0)
        c1 = multiplyAdd(ap[1], b0, c1)
        c2 = multiplyAdd(ap[2], b0, c2)
        c3 = multiplyAdd(ap[3], b0, c3)
        c4 = multiplyAdd(ap[4], b0, c4)
        c5 = multiplyAdd(ap[5], b0, c5)
        ap += width
        bp += width
      }
      c.store(c0, 0)
      c.store(c1, 24)
      c.store(c2, 48)
      c.store(c3, 72)
      c.store(c4, 96)
      c.store(c5, 120)
    }

    /// Eight sums in registers of half the width, which just hide the latency of a multiply-add.
    private static func tile4x1(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      RegisterTile<OneVector>.four(a, width, 1, b, width, 8, rows, c, width) { OneVector(c + $0 * width, 8) }
    }
  #else
    /// Eight sums in registers of two numbers.
    private static func tile2x1(_ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers) {
      RegisterTile<OneVector>.two(a, width, 1, b, width, 8, rows, c, width) { OneVector(c + $0 * width, 8) }
    }
  #endif

  /// s ← s + Σ over rows of y[row] · panel[row]; see `KernelTable.accumulatePanelRows`. Hot path.
  static func accumulateRows(_ panel: Numbers, _ rows: Int, _ y: Numbers, _ s: MutableNumbers) {
    var (s0, s1, s2) = (s.lanes(0), s.lanes(8), s.lanes(16))
    var pp = panel
    for row in 0..<rows {
      s0 = multiplyAdd(y[row], pp.lanes(0), s0)
      s1 = multiplyAdd(y[row], pp.lanes(8), s1)
      s2 = multiplyAdd(y[row], pp.lanes(16), s2)
      pp += width
    }
    s.store(s0, 0)
    s.store(s1, 8)
    s.store(s2, 16)
  }

  /// s[row] ← s[row] + panel[row] · x; see `KernelTable.accumulatePanelDots`. Hot path.
  static func accumulateDots(_ panel: Numbers, _ rows: Int, _ x: Numbers, _ s: MutableNumbers) {
    let (x0, x1, x2) = (x.lanes(0), x.lanes(8), x.lanes(16))
    var pp = panel
    for row in 0..<rows {
      let products = multiplyAdd(x2, pp.lanes(16), multiplyAdd(x1, pp.lanes(8), x0 * pp.lanes(0)))
      let four = products.lowHalf + products.highHalf
      let two = four.lowHalf + four.highHalf
      s[row] += two[0] + two[1]
      pp += width
    }
  }
}

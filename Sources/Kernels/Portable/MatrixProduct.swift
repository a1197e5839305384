// Register-tiled products of tall matrices with small ones. The tile of C stays in registers while the inner index
// runs; its width is one to three vectors, so that padded widths of 8, 16, 24, 32, 40, … all fill whole tiles.

enum MatrixProduct {
  /// C ← A·B (+ bias); see `KernelTable.product`. Hot path.
  static func product(
    _ a: Numbers, _ lda: Int, _ b: Numbers, _ bias: Numbers?, _ biasRows: Int, _ c: MutableNumbers, _ rows: Int,
    _ inner: Int, _ columns: Int
  ) {
    var column = 0
    while column < columns {
      let vectors = tileVectors(columns - column)
      var row = 0
      while row < rows {
        // A tile has the bias on all its rows or on none.
        let hasBias = row < biasRows
        let tileRows = min(4, (hasBias ? min(rows, biasRows) : rows) - row)
        let start = hasBias ? bias.map { $0 + column } : nil
        let (ap, bp, cp) = (a + row * lda, b + column, c + row * columns + column)
        switch (tileRows, vectors) {
        case (4, 3): tile4x3(ap, lda, bp, columns, start, cp, inner)
        case (4, 2): tile4x2(ap, lda, bp, columns, start, cp, inner)
        case (4, _): tile4x1(ap, lda, bp, columns, start, cp, inner)
        default:
          for r in 0..<tileRows {
            for v in 0..<vectors {
              tile1x1(ap + r * lda, bp + 8 * v, columns, start.map { $0 + 8 * v }, cp + r * columns + 8 * v, inner)
            }
          }
        }
        row += tileRows
      }
      column += 8 * vectors
    }
  }

  /// How many vectors the next tile is wide.
  @inline(__always)
  private static func tileVectors(_ columnsLeft: Int) -> Int {
    #if WIDE_REGISTERS
      let vectors = columnsLeft / 8
      // Four vectors as 2 + 2 rather than 3 + 1.
      return vectors == 4 ? 2 : min(3, vectors)
    #else
      // Sixteen registers of half the width hold no more than a 4 × 8 tile.
      return 1
    #endif
  }

  @inline(__always)
  private static func tile4x3(
    _ a: Numbers, _ lda: Int, _ b: Numbers, _ ldb: Int, _ bias: Numbers?, _ c: MutableNumbers, _ inner: Int
  ) {
    let s0 = bias?.lanes(0) ?? Lanes()
    let s1 = bias?.lanes(8) ?? Lanes()
    let s2 = bias?.lanes(16) ?? Lanes()
    var (c00, c01, c02) = (s0, s1, s2)
    var (c10, c11, c12) = (s0, s1, s2)
    var (c20, c21, c22) = (s0, s1, s2)
    var (c30, c31, c32) = (s0, s1, s2)
    var bp = b
    for k in 0..<inner {
      let (b0, b1, b2) = (bp.lanes(0), bp.lanes(8), bp.lanes(16))
      let (a0, a1, a2, a3) = (a[k], a[k &+ lda], a[k &+ 2 &* lda], a[k &+ 3 &* lda])
      c00 = multiplyAdd(a0, b0, c00)
      c01 = multiplyAdd(a0, b1, c01)
      c02 = multiplyAdd(a0, b2, c02)
      c10 = multiplyAdd(a1, b0, c10)
      c11 = multiplyAdd(a1, b1, c11)
      c12 = multiplyAdd(a1, b2, c12)
      c20 = multiplyAdd(a2, b0, c20)
      c21 = multiplyAdd(a2, b1, c21)
      c22 = multiplyAdd(a2, b2, c22)
      c30 = multiplyAdd(a3, b0, c30)
      c31 = multiplyAdd(a3, b1, c31)
      c32 = multiplyAdd(a3, b2, c32)
      bp += ldb
    }
    c.store(c00, 0)
    c.store(c01, 8)
    c.store(c02, 16)
    c.store(c10, ldb)
    c.store(c11, ldb + 8)
    c.store(c12, ldb + 16)
    c.store(c20, 2 * ldb)
    c.store(c21, 2 * ldb + 8)
    c.store(c22, 2 * ldb + 16)
    c.store(c30, 3 * ldb)
    c.store(c31, 3 * ldb + 8)
    c.store(c32, 3 * ldb + 16)
  }

  @inline(__always)
  private static func tile4x2(
    _ a: Numbers, _ lda: Int, _ b: Numbers, _ ldb: Int, _ bias: Numbers?, _ c: MutableNumbers, _ inner: Int
  ) {
    let s0 = bias?.lanes(0) ?? Lanes()
    let s1 = bias?.lanes(8) ?? Lanes()
    var (c00, c01) = (s0, s1)
    var (c10, c11) = (s0, s1)
    var (c20, c21) = (s0, s1)
    var (c30, c31) = (s0, s1)
    var bp = b
    for k in 0..<inner {
      let (b0, b1) = (bp.lanes(0), bp.lanes(8))
      let (a0, a1, a2, a3) = (a[k], a[k &+ lda], a[k &+ 2 &* lda], a[k &+ 3 &* lda])
      c00 = multiplyAdd(a0, b0, c00)
      c01 = multiplyAdd(a0, b1, c01)
      c10 = multiplyAdd(a1, b0, c10)
      c11 = multiplyAdd(a1, b1, c11)
      c20 = multiplyAdd(a2, b0, c20)
      c21 = multiplyAdd(a2, b1, c21)
      c30 = multiplyAdd(a3, b0, c30)
      c31 = multiplyAdd(a3, b1, c31)
      bp += ldb
    }
    c.store(c00, 0)
    c.store(c01, 8)
    c.store(c10, ldb)
    c.store(c11, ldb + 8)
    c.store(c20, 2 * ldb)
    c.store(c21, 2 * ldb + 8)
    c.store(c30, 3 * ldb)
    c.store(c31, 3 * ldb + 8)
  }

  @inline(__always)
  private static func tile4x1(
    _ a: Numbers, _ lda: Int, _ b: Numbers, _ ldb: Int, _ bias: Numbers?, _ c: MutableNumbers, _ inner: Int
  ) {
    let s0 = bias?.lanes(0) ?? Lanes()
    var (c0, c1, c2, c3) = (s0, s0, s0, s0)
    var bp = b
    for k in 0..<inner {
      let b0 = bp.lanes(0)
      c0 = multiplyAdd(a[k], b0, c0)
      c1 = multiplyAdd(a[k &+ lda], b0, c1)
      c2 = multiplyAdd(a[k &+ 2 &* lda], b0, c2)
      c3 = multiplyAdd(a[k &+ 3 &* lda], b0, c3)
      bp += ldb
    }
    c.store(c0, 0)
    c.store(c1, ldb)
    c.store(c2, 2 * ldb)
    c.store(c3, 3 * ldb)
  }

  @inline(__always)
  private static func tile1x1(
    _ a: Numbers, _ b: Numbers, _ ldb: Int, _ bias: Numbers?, _ c: MutableNumbers, _ inner: Int
  ) {
    var sum = bias?.lanes(0) ?? Lanes()
    for k in 0..<inner { sum = multiplyAdd(a[k], b.lanes(k &* ldb), sum) }
    c.store(sum, 0)
  }

  /// Rows of A and Z that a transposed product takes at a time. Rows are often a power of two apart, so that their
  /// cache lines meet in few sets: of 256 rows at width 64 none is left in the first-level cache when the next tile
  /// comes.
  private static let transposedRows = 32

  /// G ← G + AᵀZ; see `KernelTable.accumulateTransposedProduct`. Hot path.
  static func accumulateTransposed(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ g: MutableNumbers, _ rows: Int, _ inner: Int, _ columns: Int
  ) {
    for row in stride(from: 0, to: rows, by: transposedRows) {
      accumulateTransposedRows(
        a + row * lda, lda, z + row * columns, g, min(transposedRows, rows - row), inner, columns)
    }
  }

  @inline(__always)
  private static func accumulateTransposedRows(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ g: MutableNumbers, _ rows: Int, _ inner: Int, _ columns: Int
  ) {
    var column = 0
    while column < columns {
      let vectors = tileVectors(columns - column)
      var k = 0
      while k < inner {
        let tileRows = min(4, inner - k)
        let (ap, zp, gp) = (a + k, z + column, g + k * columns + column)
        switch (tileRows, vectors) {
        case (4, 3): transposed4x3(ap, lda, zp, columns, gp, rows)
        case (4, 2): transposed4x2(ap, lda, zp, columns, gp, rows)
        case (4, _): transposed4x1(ap, lda, zp, columns, gp, rows)
        default:
          for r in 0..<tileRows {
            for v in 0..<vectors {
              transposed1x1(ap + r, lda, zp + 8 * v, columns, gp + r * columns + 8 * v, rows)
            }
          }
        }
        k += tileRows
      }
      column += 8 * vectors
    }
  }

  @inline(__always)
  private static func transposed4x3(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ ldz: Int, _ g: MutableNumbers, _ rows: Int
  ) {
    var (g00, g01, g02) = (g.lanes(0), g.lanes(8), g.lanes(16))
    var (g10, g11, g12) = (g.lanes(ldz), g.lanes(ldz + 8), g.lanes(ldz + 16))
    var (g20, g21, g22) = (g.lanes(2 * ldz), g.lanes(2 * ldz + 8), g.lanes(2 * ldz + 16))
    var (g30, g31, g32) = (g.lanes(3 * ldz), g.lanes(3 * ldz + 8), g.lanes(3 * ldz + 16))
    var (ap, zp) = (a, z)
    for _ in 0..<rows {
      let (z0, z1, z2) = (zp.lanes(0), zp.lanes(8), zp.lanes(16))
      g00 = multiplyAdd(ap[0], z0, g00)
      g01 = multiplyAdd(ap[0], z1, g01)
      g02 = multiplyAdd(ap[0], z2, g02)
      g10 = multiplyAdd(ap[1], z0, g10)
      g11 = multiplyAdd(ap[1], z1, g11)
      g12 = multiplyAdd(ap[1], z2, g12)
      g20 = multiplyAdd(ap[2], z0, g20)
      g21 = multiplyAdd(ap[2], z1, g21)
      g22 = multiplyAdd(ap[2], z2, g22)
      g30 = multiplyAdd(ap[3], z0, g30)
      g31 = multiplyAdd(ap[3], z1, g31)
      g32 = multiplyAdd(ap[3], z2, g32)
      ap += lda
      zp += ldz
    }
    g.store(g00, 0)
    g.store(g01, 8)
    g.store(g02, 16)
    g.store(g10, ldz)
    g.store(g11, ldz + 8)
    g.store(g12, ldz + 16)
    g.store(g20, 2 * ldz)
    g.store(g21, 2 * ldz + 8)
    g.store(g22, 2 * ldz + 16)
    g.store(g30, 3 * ldz)
    g.store(g31, 3 * ldz + 8)
    g.store(g32, 3 * ldz + 16)
  }

  @inline(__always)
  private static func transposed4x2(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ ldz: Int, _ g: MutableNumbers, _ rows: Int
  ) {
    var (g00, g01) = (g.lanes(0), g.lanes(8))
    var (g10, g11) = (g.lanes(ldz), g.lanes(ldz + 8))
    var (g20, g21) = (g.lanes(2 * ldz), g.lanes(2 * ldz + 8))
    var (g30, g31) = (g.lanes(3 * ldz), g.lanes(3 * ldz + 8))
    var (ap, zp) = (a, z)
    for _ in 0..<rows {
      let (z0, z1) = (zp.lanes(0), zp.lanes(8))
      g00 = multiplyAdd(ap[0], z0, g00)
      g01 = multiplyAdd(ap[0], z1, g01)
      g10 = multiplyAdd(ap[1], z0, g10)
      g11 = multiplyAdd(ap[1], z1, g11)
      g20 = multiplyAdd(ap[2], z0, g20)
      g21 = multiplyAdd(ap[2], z1, g21)
      g30 = multiplyAdd(ap[3], z0, g30)
      g31 = multiplyAdd(ap[3], z1, g31)
      ap += lda
      zp += ldz
    }
    g.store(g00, 0)
    g.store(g01, 8)
    g.store(g10, ldz)
    g.store(g11, ldz + 8)
    g.store(g20, 2 * ldz)
    g.store(g21, 2 * ldz + 8)
    g.store(g30, 3 * ldz)
    g.store(g31, 3 * ldz + 8)
  }

  @inline(__always)
  private static func transposed4x1(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ ldz: Int, _ g: MutableNumbers, _ rows: Int
  ) {
    var (g0, g1, g2, g3) = (g.lanes(0), g.lanes(ldz), g.lanes(2 * ldz), g.lanes(3 * ldz))
    var (ap, zp) = (a, z)
    for _ in 0..<rows {
      let z0 = zp.lanes(0)
      g0 = multiplyAdd(ap[0], z0, g0)
      g1 = multiplyAdd(ap[1], z0, g1)
      g2 = multiplyAdd(ap[2], z0, g2)
      g3 = multiplyAdd(ap[3], z0, g3)
      ap += lda
      zp += ldz
    }
    g.store(g0, 0)
    g.store(g1, ldz)
    g.store(g2, 2 * ldz)
    g.store(g3, 3 * ldz)
  }

  @inline(__always)
  private static func transposed1x1(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ ldz: Int, _ g: MutableNumbers, _ rows: Int
  ) {
    var sum = g.lanes(0)
    for r in 0..<rows { sum = multiplyAdd(a[r &* lda], z.lanes(r &* ldz), sum) }
    g.store(sum, 0)
  }

  /// s ← s + the sum of the rows of Z. Hot path.
  static func accumulateColumnSums(_ z: Numbers, _ s: MutableNumbers, _ rows: Int, _ columns: Int) {
    for column in stride(from: 0, to: columns, by: 8) {
      var sum = s.lanes(column)
      for row in 0..<rows { sum += z.lanes(row &* columns &+ column) }
      s.store(sum, column)
    }
  }

  /// Jacobian rows of an affine layer; see `KernelTable.jacobianRows`. Hot path.
  static func jacobianRows(
    _ a: Numbers, _ lda: Int, _ z: Numbers, _ columns: Int, _ parts: Int, _ points: Int, _ validPoints: Int,
    _ inner: Int, _ outputs: Int, _ j: MutableNumbers, _ stride: Int
  ) {
    let wholeVectors = outputs / 8 * 8
    for point in 0..<validPoints {
      let row = j + point * stride
      for k in 0..<inner {
        let target = row + k * outputs
        var n = 0
        while n < outputs {
          var sum = Lanes()
          for part in 0..<parts {
            let r = part &* points &+ point
            sum = multiplyAdd(a[r &* lda &+ k], z.lanes(r &* columns &+ n), sum)
          }
          if n < wholeVectors {
            target.store(sum, n)
          } else {
            for lane in 0..<(outputs - n) { target[n + lane] = sum[lane] }
          }
          n += 8
        }
      }
    }
  }
}

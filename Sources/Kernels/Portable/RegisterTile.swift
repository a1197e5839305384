/// One row of a register tile: one to three vectors.
protocol TileRow {
  static var vectors: Int { get }
  init()
  /// The vectors at `p`, `p + step`, …
  init(_ p: Numbers, _ step: Int)
  /// self ← self + a · b
  mutating func add(_ a: Double, _ b: Self)
  func store(_ p: MutableNumbers)
}

struct OneVector: TileRow {
  static var vectors: Int { 1 }
  var v0 = Lanes()

  @inline(__always) init() {}
  @inline(__always) init(_ p: Numbers, _ step: Int) { v0 = p.lanes(0) }
  @inline(__always) mutating func add(_ a: Double, _ b: OneVector) { v0 = multiplyAdd(a, b.v0, v0) }
  @inline(__always) func store(_ p: MutableNumbers) { p.store(v0, 0) }
}

struct TwoVectors: TileRow {
  static var vectors: Int { 2 }
  var v0 = Lanes()
  var v1 = Lanes()

  @inline(__always) init() {}
  @inline(__always) init(_ p: Numbers, _ step: Int) {
    v0 = p.lanes(0)
    v1 = p.lanes(step)
  }
  @inline(__always) mutating func add(_ a: Double, _ b: TwoVectors) {
    let a = Lanes(repeating: a)
    v0 = multiplyAdd(a, b.v0, v0)
    v1 = multiplyAdd(a, b.v1, v1)
  }
  @inline(__always) func store(_ p: MutableNumbers) {
    p.store(v0, 0)
    p.store(v1, 8)
  }
}

struct ThreeVectors: TileRow {
  static var vectors: Int { 3 }
  var v0 = Lanes()
  var v1 = Lanes()
  var v2 = Lanes()

  @inline(__always) init() {}
  @inline(__always) init(_ p: Numbers, _ step: Int) {
    v0 = p.lanes(0)
    v1 = p.lanes(step)
    v2 = p.lanes(2 &* step)
  }
  @inline(__always) mutating func add(_ a: Double, _ b: ThreeVectors) {
    let a = Lanes(repeating: a)
    v0 = multiplyAdd(a, b.v0, v0)
    v1 = multiplyAdd(a, b.v1, v1)
    v2 = multiplyAdd(a, b.v2, v2)
  }
  @inline(__always) func store(_ p: MutableNumbers) {
    p.store(v0, 0)
    p.store(v1, 8)
    p.store(v2, 16)
  }
}

/// Tiles of C = Σₖ aₖ bₖ that stay in registers while k runs: 8, 4, 2 or 1 rows of one to three vectors.
///
/// Row r of step k takes the scalar `a[k·aStep + r·aRow]` and the vectors at `b + k·bStep`, `bVector` numbers apart.
/// Eight rows of three vectors are 24 of the 32 registers of AVX-512; a step loads three vectors and eight scalars for
/// 24 multiply-adds. AVX2 uses four rows of one vector, two registers each, SSE2 two rows.
enum RegisterTile<Row: TileRow> {
  @inline(__always)
  static func eight(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ b: Numbers, _ bStep: Int, _ bVector: Int, _ count: Int,
    _ c: MutableNumbers, _ cRow: Int, _ start: (Int) -> Row
  ) {
    var (c0, c1, c2, c3) = (start(0), start(1), start(2), start(3))
    var (c4, c5, c6, c7) = (start(4), start(5), start(6), start(7))
    var (ap, bp) = (a, b)
    for _ in 0..<count {
      let row = Row(bp, bVector)
      c0.add(ap[0], row)
      c1.add(ap[aRow], row)
      c2.add(ap[2 &* aRow], row)
      c3.add(ap[3 &* aRow], row)
      c4.add(ap[4 &* aRow], row)
      c5.add(ap[5 &* aRow], row)
      c6.add(ap[6 &* aRow], row)
      c7.add(ap[7 &* aRow], row)
      ap += aStep
      bp += bStep
    }
    c0.store(c)
    c1.store(c + cRow)
    c2.store(c + 2 &* cRow)
    c3.store(c + 3 &* cRow)
    c4.store(c + 4 &* cRow)
    c5.store(c + 5 &* cRow)
    c6.store(c + 6 &* cRow)
    c7.store(c + 7 &* cRow)
  }

  @inline(__always)
  static func four(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ b: Numbers, _ bStep: Int, _ bVector: Int, _ count: Int,
    _ c: MutableNumbers, _ cRow: Int, _ start: (Int) -> Row
  ) {
    var (c0, c1, c2, c3) = (start(0), start(1), start(2), start(3))
    var (ap, bp) = (a, b)
    for _ in 0..<count {
      let row = Row(bp, bVector)
      c0.add(ap[0], row)
      c1.add(ap[aRow], row)
      c2.add(ap[2 &* aRow], row)
      c3.add(ap[3 &* aRow], row)
      ap += aStep
      bp += bStep
    }
    c0.store(c)
    c1.store(c + cRow)
    c2.store(c + 2 &* cRow)
    c3.store(c + 3 &* cRow)
  }

  @inline(__always)
  static func two(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ b: Numbers, _ bStep: Int, _ bVector: Int, _ count: Int,
    _ c: MutableNumbers, _ cRow: Int, _ start: (Int) -> Row
  ) {
    var (c0, c1) = (start(0), start(1))
    var (ap, bp) = (a, b)
    for _ in 0..<count {
      let row = Row(bp, bVector)
      c0.add(ap[0], row)
      c1.add(ap[aRow], row)
      ap += aStep
      bp += bStep
    }
    c0.store(c)
    c1.store(c + cRow)
  }

  @inline(__always)
  static func one(
    _ a: Numbers, _ aStep: Int, _ b: Numbers, _ bStep: Int, _ bVector: Int, _ count: Int, _ c: MutableNumbers,
    _ start: (Int) -> Row
  ) {
    var c0 = start(0)
    var (ap, bp) = (a, b)
    for _ in 0..<count {
      c0.add(ap[0], Row(bp, bVector))
      ap += aStep
      bp += bStep
    }
    c0.store(c)
  }
}

/// How many vectors the next tile is wide.
@inline(__always)
func tileVectors(_ columnsLeft: Int) -> Int {
  #if WIDE_REGISTERS
    let vectors = columnsLeft / 8
    // Four vectors as 2 + 2 rather than 3 + 1.
    return vectors == 4 ? 2 : min(3, vectors)
  #else
    return 1
  #endif
}

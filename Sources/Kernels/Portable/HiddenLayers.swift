import KernelInterface

/// Hidden layers of jets: a matrix product, an activation and a combination with other jets, block by block, so that what
/// one leaves in the first-level cache is what the next takes from there.
///
/// A block is eight points of one tile's columns with all their parts: a quarter of the cache for four parts. Weights
/// are packed in panels of eight columns, `[panel][inner][8]`, so that a tile reads them in order.
enum HiddenLayers {
  /// Points of a block; chunks are multiples of it.
  private static let blockPoints = 8

  /// See `KernelTable.forwardHidden`. Hot path.
  @inline(__always)
  static func forward<F: ActivationFunction>(
    _: F.Type, _ input: JetOperand, _ inner: Int, _ weights: Numbers, _ bias: Numbers, _ table: JetTable,
    _ jets: HiddenJets, _ combination: JetCombination
  ) {
    let parts = table.partCount
    let (stride, partStride) = (jets.stride, jets.partStride)
    var column = 0
    while column < jets.units {
      let vectors = tileVectors(jets.units - column)
      let panel = weights + inner * column
      var point = 0
      while point < jets.points {
        let offset = point &* stride &+ column
        for part in 0..<parts {
          productTile(
            vectors, input.base + (part &* input.partStride &+ point &* input.pointStride), input.unitStride,
            input.pointStride, panel, inner, part == 0 ? bias + column : nil, jets.z + (part &* partStride &+ offset),
            stride)
        }
        ActivationJets.forward(
          F.self, table, jets.z + offset, jets.y + offset, partStride, rows: blockPoints, stride: stride,
          vectors: vectors)
        if combination.kind != .none {
          JetCombinations.forward(
            table, combination, jets.y, offset, partStride, rows: blockPoints, stride: stride, vectors: vectors)
        }
        point &+= blockPoints
      }
      column &+= 8 &* vectors
    }
  }

  /// See `KernelTable.reverseHidden`. Hot path.
  @inline(__always)
  static func reverse<F: ActivationFunction>(
    _: F.Type, _ next: JetOperand, _ inner: Int, _ weights: Numbers, _ table: JetTable, _ jets: HiddenJets,
    _ zBar: MutableNumbers, _ combination: JetCombination
  ) {
    let isPlain = combination.kind == .none && combination.resultBar == nil
    let parts = table.partCount
    let (stride, partStride) = (jets.stride, jets.partStride)
    var column = 0
    while column < jets.units {
      let vectors = tileVectors(jets.units - column)
      let panel = weights + inner * column
      var point = 0
      while point < jets.points {
        let offset = point &* stride &+ column
        for part in 0..<parts {
          // h̄, where z̄ will stand.
          productTile(
            vectors, next.base + (part &* next.partStride &+ point &* next.pointStride), next.unitStride,
            next.pointStride, panel, inner, nil, zBar + (part &* partStride &+ offset), stride)
        }
        if !isPlain {
          JetCombinations.reverse(
            table, combination, jets.y, zBar, offset, partStride, point: point, rows: blockPoints, stride: stride,
            vectors: vectors)
        }
        ActivationJets.reverse(
          F.self, table, jets.z + offset, jets.y + offset, zBar + offset, partStride, rows: blockPoints,
          stride: stride, vectors: vectors)
        point &+= blockPoints
      }
      column &+= 8 &* vectors
    }
  }

  /// C ← A B (+ bias) for eight rows.
  @inline(__always)
  private static func productTile(
    _ vectors: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ panel: Numbers, _ inner: Int, _ bias: Numbers?,
    _ c: MutableNumbers, _ cRow: Int
  ) {
    #if WIDE_REGISTERS
      switch vectors {
      case 3: productTile3(a, aStep, aRow, panel, inner, bias, c, cRow)
      case 2: productTile2(a, aStep, aRow, panel, inner, bias, c, cRow)
      default: productTile1(a, aStep, aRow, panel, inner, bias, c, cRow)
      }
    #else
      productTile1(a, aStep, aRow, panel, inner, bias, c, cRow)
    #endif
  }

  @inline(never)
  private static func productTile3(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ panel: Numbers, _ inner: Int, _ bias: Numbers?, _ c: MutableNumbers,
    _ cRow: Int
  ) {
    let start = bias.map { ThreeVectors($0, 8) } ?? ThreeVectors()
    RegisterTile<ThreeVectors>.eight(a, aStep, aRow, panel, 8, 8 * inner, inner, c, cRow) { _ in start }
  }

  @inline(never)
  private static func productTile2(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ panel: Numbers, _ inner: Int, _ bias: Numbers?, _ c: MutableNumbers,
    _ cRow: Int
  ) {
    let start = bias.map { TwoVectors($0, 8) } ?? TwoVectors()
    RegisterTile<TwoVectors>.eight(a, aStep, aRow, panel, 8, 8 * inner, inner, c, cRow) { _ in start }
  }

  @inline(never)
  private static func productTile1(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ panel: Numbers, _ inner: Int, _ bias: Numbers?, _ c: MutableNumbers,
    _ cRow: Int
  ) {
    let start = bias.map { OneVector($0, 8) } ?? OneVector()
    #if WIDE_REGISTERS
      RegisterTile<OneVector>.eight(a, aStep, aRow, panel, 8, 8, inner, c, cRow) { _ in start }
    #else
      for row in Swift.stride(from: 0, to: 8, by: tallestTile) {
        tile(tallestTile, a + row &* aRow, aStep, aRow, panel, 8, inner, c + row &* cRow, cRow) { _ in start }
      }
    #endif
  }

  /// Rows that a transposed product takes at a time: its two columns of tiles stay in the first-level cache.
  private static let gradientRows = 64

  /// See `KernelTable.accumulateWeightGradient`. Hot path.
  static func accumulateWeightGradient(
    _ a: JetOperand, _ inner: Int, _ parts: Int, _ z: Numbers, _ points: Int, _ units: Int, _ stride: Int,
    _ g: MutableNumbers
  ) {
    // Parts that follow each other in both operands are one tall matrix.
    let joins = a.partStride == points * a.pointStride
    let (count, rows) = joins ? (1, parts * points) : (parts, points)
    for part in 0..<count {
      for row in Swift.stride(from: 0, to: rows, by: gradientRows) {
        accumulateRows(
          a.base + part * a.partStride + row * a.pointStride, a.pointStride, a.unitStride, inner,
          z + (part * points + row) * stride, stride, min(gradientRows, rows - row), units, g)
      }
    }
  }

  @inline(__always)
  private static func accumulateRows(
    _ a: Numbers, _ aStep: Int, _ aRow: Int, _ inner: Int, _ z: Numbers, _ stride: Int, _ rows: Int, _ units: Int,
    _ g: MutableNumbers
  ) {
    var column = 0
    while column < units {
      let vectors = tileVectors(units - column)
      var k = 0
      while k < inner {
        let (ap, zp, gp) = (a + k &* aRow, z + column, g + (k &* units &+ column))
        let tileRows = gradientTileRows(inner - k)
        switch vectors {
        case 3: gradientTile3(tileRows, ap, aStep, aRow, zp, stride, rows, gp, units)
        case 2: gradientTile2(tileRows, ap, aStep, aRow, zp, stride, rows, gp, units)
        default: gradientTile1(tileRows, ap, aStep, aRow, zp, stride, rows, gp, units)
        }
        k &+= tileRows
      }
      column &+= 8 &* vectors
    }
  }

  /// The rows that the registers have room for: eight of three vectors, four of one, or two, where a vector takes four
  /// registers of sixteen and a product one more.
  @inline(__always)
  private static var tallestTile: Int {
    #if WIDE_REGISTERS
      8
    #elseif FUSED_MULTIPLY_ADD
      4
    #else
      2
    #endif
  }

  /// The rows of the next tile: `tallestTile`, or what is left, as 4, 2 or 1.
  @inline(__always)
  private static func gradientTileRows(_ left: Int) -> Int {
    if left >= tallestTile { return tallestTile }
    return left >= 4 ? 4 : left >= 2 ? 2 : 1
  }

  @inline(__always)
  private static func tile<Row: TileRow>(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ b: Numbers, _ bStep: Int, _ count: Int,
    _ c: MutableNumbers, _ cRow: Int, _ start: (Int) -> Row
  ) {
    switch tileRows {
    #if WIDE_REGISTERS
      case 8: RegisterTile<Row>.eight(a, aStep, aRow, b, bStep, 8, count, c, cRow, start)
    #endif
    case 4: RegisterTile<Row>.four(a, aStep, aRow, b, bStep, 8, count, c, cRow, start)
    case 2: RegisterTile<Row>.two(a, aStep, aRow, b, bStep, 8, count, c, cRow, start)
    default: RegisterTile<Row>.one(a, aStep, b, bStep, 8, count, c, start)
    }
  }

  @inline(never)
  private static func gradientTile3(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ stride: Int, _ rows: Int,
    _ g: MutableNumbers, _ gRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, stride, rows, g, gRow) { ThreeVectors(g + $0 &* gRow, 8) }
  }

  @inline(never)
  private static func gradientTile2(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ stride: Int, _ rows: Int,
    _ g: MutableNumbers, _ gRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, stride, rows, g, gRow) { TwoVectors(g + $0 &* gRow, 8) }
  }

  @inline(never)
  private static func gradientTile1(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ stride: Int, _ rows: Int,
    _ g: MutableNumbers, _ gRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, stride, rows, g, gRow) { OneVector(g + $0 &* gRow, 8) }
  }

  /// See `KernelTable.accumulateColumnSums`. Hot path.
  static func accumulateColumnSums(_ z: Numbers, _ rows: Int, _ columns: Int, _ stride: Int, _ s: MutableNumbers) {
    for column in Swift.stride(from: 0, to: columns, by: 8) {
      // Rows are multiples of eight; four sums hide the latency of an addition.
      var (s0, s1, s2, s3) = (s.lanes(column), Lanes(), Lanes(), Lanes())
      var p = z + column
      for _ in Swift.stride(from: 0, to: rows, by: 4) {
        s0 += p.lanes(0)
        s1 += p.lanes(stride)
        s2 += p.lanes(2 &* stride)
        s3 += p.lanes(3 &* stride)
        p += 4 &* stride
      }
      s.store((s0 + s1) + (s2 + s3), column)
    }
  }

  /// See `KernelTable.jacobianRowsOfHidden`. Hot path.
  ///
  /// A row of J is the sum over parts of outer products: a tile with the parts as its inner index. Whole vectors are
  /// stored, so that the last one of row k reaches into row k + 1. What it leaves there is overwritten: rows come in
  /// order, and of a row the last columns first. The last row reaches into the biases, which are written later.
  static func jacobianRows(
    _ a: JetOperand, _ inner: Int, _ parts: Int, _ z: Numbers, _ points: Int, _ stride: Int, _ outputs: Int,
    _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
  ) {
    let (partStride, units) = (points * stride, (outputs + 7) / 8 * 8)
    for point in 0..<validPoints {
      let row = j + point * jStride
      let (ap, zp) = (a.base + point * a.pointStride, z + point * stride)
      if outputs < 8 {
        narrowJacobianRow(ap, a, inner, parts, zp, partStride, outputs, row)
        continue
      }
      var k = 0
      while k < inner {
        let tileRows = gradientTileRows(inner - k)
        var end = units
        while end > 0 {
          let vectors = tileVectors(end)
          let column = end &- 8 &* vectors
          jacobianTile(
            vectors, tileRows, ap + k &* a.unitStride, a.partStride, a.unitStride, zp + column, partStride, parts,
            row + (k &* outputs &+ column), outputs)
          end = column
        }
        k &+= tileRows
      }
    }
  }

  /// One point's row where a vector would reach beyond the biases.
  private static func narrowJacobianRow(
    _ ap: Numbers, _ a: JetOperand, _ inner: Int, _ parts: Int, _ zp: Numbers, _ partStride: Int, _ outputs: Int,
    _ row: MutableNumbers
  ) {
    for k in 0..<inner {
      var sum = Lanes()
      for part in 0..<parts {
        sum = multiplyAdd(ap[part &* a.partStride &+ k &* a.unitStride], zp.lanes(part &* partStride), sum)
      }
      for n in 0..<outputs { row[k &* outputs &+ n] = sum[n] }
    }
  }

  @inline(__always)
  private static func jacobianTile(
    _ vectors: Int, _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ zStep: Int,
    _ parts: Int, _ j: MutableNumbers, _ jRow: Int
  ) {
    #if WIDE_REGISTERS
      switch vectors {
      case 3: jacobianTile3(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow)
      case 2: jacobianTile2(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow)
      default: jacobianTile1(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow)
      }
    #else
      jacobianTile1(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow)
    #endif
  }

  @inline(never)
  private static func jacobianTile3(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ zStep: Int, _ parts: Int,
    _ j: MutableNumbers, _ jRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow) { _ in ThreeVectors() }
  }

  @inline(never)
  private static func jacobianTile2(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ zStep: Int, _ parts: Int,
    _ j: MutableNumbers, _ jRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow) { _ in TwoVectors() }
  }

  @inline(never)
  private static func jacobianTile1(
    _ tileRows: Int, _ a: Numbers, _ aStep: Int, _ aRow: Int, _ z: Numbers, _ zStep: Int, _ parts: Int,
    _ j: MutableNumbers, _ jRow: Int
  ) {
    tile(tileRows, a, aStep, aRow, z, zStep, parts, j, jRow) { _ in OneVector() }
  }
}

import KernelInterface

/// The last layer of a network: few outputs, stored `[part][output][point]`, as residual programs read them.
///
/// A tile of one padded vector would waste seven lanes in eight. So vectors run along the units of the last hidden
/// layer, and the sums over lanes of eight points are taken together.
enum OutputLayers {
  /// See `KernelTable.forwardOutput`. Hot path.
  static func forward(
    _ input: Numbers, _ stride: Int, _ units: Int, _ weights: Numbers, _ bias: Numbers, _ parts: Int, _ points: Int,
    _ outputs: Int, _ out: MutableNumbers
  ) {
    for part in 0..<parts {
      for output in 0..<outputs {
        let start = Lanes(repeating: part == 0 ? bias[output] : 0)
        let w = weights + output &* units
        for point in Swift.stride(from: 0, to: points, by: 8) {
          let rows = input + (part &* points &+ point) &* stride
          out.store(start + eightDots(rows, stride, w, units), (part &* outputs &+ output) &* points &+ point)
        }
      }
    }
  }

  /// The products of eight rows with one vector.
  @inline(__always)
  private static func eightDots(_ a: Numbers, _ stride: Int, _ w: Numbers, _ units: Int) -> Lanes {
    var (s0, s1, s2, s3) = (Lanes(), Lanes(), Lanes(), Lanes())
    var (s4, s5, s6, s7) = (Lanes(), Lanes(), Lanes(), Lanes())
    var ap = a
    for k in Swift.stride(from: 0, to: units, by: 8) {
      let b = w.lanes(k)
      s0 = multiplyAdd(ap.lanes(0), b, s0)
      s1 = multiplyAdd(ap.lanes(stride), b, s1)
      s2 = multiplyAdd(ap.lanes(2 &* stride), b, s2)
      s3 = multiplyAdd(ap.lanes(3 &* stride), b, s3)
      s4 = multiplyAdd(ap.lanes(4 &* stride), b, s4)
      s5 = multiplyAdd(ap.lanes(5 &* stride), b, s5)
      s6 = multiplyAdd(ap.lanes(6 &* stride), b, s6)
      s7 = multiplyAdd(ap.lanes(7 &* stride), b, s7)
      ap += 8
    }
    // Neighbouring lanes are added: pairs, fours, eights.
    let (p01, p23) = (paired(s0, s1), paired(s2, s3))
    let (p45, p67) = (paired(s4, s5), paired(s6, s7))
    return paired(paired(p01, p23), paired(p45, p67))
  }

  /// Sums of neighbouring lanes: those of a, then those of b.
  @inline(__always)
  private static func paired(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes(lowHalf: a.evenHalf + a.oddHalf, highHalf: b.evenHalf + b.oddHalf)
  }

  /// See `KernelTable.accumulateOutputGradient`. Hot path.
  static func accumulateGradient(
    _ input: Numbers, _ stride: Int, _ units: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
    _ g: MutableNumbers, _ biasGradient: MutableNumbers
  ) {
    for output in 0..<outputs {
      var column = 0
      while column < units {
        let target = g + (output &* units &+ column)
        if units - column >= 32 {
          for part in 0..<parts {
            accumulateFour(
              input + (part &* points &* stride &+ column), stride, zBar + (part &* outputs &+ output) &* points,
              points,
              target)
          }
          column += 32
        } else {
          for part in 0..<parts {
            accumulateOne(
              input + (part &* points &* stride &+ column), stride, zBar + (part &* outputs &+ output) &* points,
              points,
              target)
          }
          column += 8
        }
      }
      var sum = Lanes()
      for point in Swift.stride(from: 0, to: points, by: 8) { sum += zBar.lanes(output &* points &+ point) }
      biasGradient[output] += sum.sum()
    }
  }

  /// Four vectors of a row of G, two points at a time: eight sums hide the latency of a multiply-add.
  @inline(__always)
  private static func accumulateFour(
    _ a: Numbers, _ stride: Int, _ zBar: Numbers, _ points: Int, _ g: MutableNumbers
  ) {
    var (g0, g1, g2, g3) = (g.lanes(0), g.lanes(8), g.lanes(16), g.lanes(24))
    var (h0, h1, h2, h3) = (Lanes(), Lanes(), Lanes(), Lanes())
    var ap = a
    for point in Swift.stride(from: 0, to: points, by: 2) {
      let (x, y) = (Lanes(repeating: zBar[point]), Lanes(repeating: zBar[point &+ 1]))
      g0 = multiplyAdd(ap.lanes(0), x, g0)
      g1 = multiplyAdd(ap.lanes(8), x, g1)
      g2 = multiplyAdd(ap.lanes(16), x, g2)
      g3 = multiplyAdd(ap.lanes(24), x, g3)
      h0 = multiplyAdd(ap.lanes(stride), y, h0)
      h1 = multiplyAdd(ap.lanes(stride &+ 8), y, h1)
      h2 = multiplyAdd(ap.lanes(stride &+ 16), y, h2)
      h3 = multiplyAdd(ap.lanes(stride &+ 24), y, h3)
      ap += 2 &* stride
    }
    g.store(g0 + h0, 0)
    g.store(g1 + h1, 8)
    g.store(g2 + h2, 16)
    g.store(g3 + h3, 24)
  }

  /// One vector of a row of G, eight points at a time.
  @inline(__always)
  private static func accumulateOne(
    _ a: Numbers, _ stride: Int, _ zBar: Numbers, _ points: Int, _ g: MutableNumbers
  ) {
    var (s0, s1, s2, s3) = (g.lanes(0), Lanes(), Lanes(), Lanes())
    var ap = a
    for point in Swift.stride(from: 0, to: points, by: 4) {
      s0 = multiplyAdd(zBar[point], ap.lanes(0), s0)
      s1 = multiplyAdd(zBar[point &+ 1], ap.lanes(stride), s1)
      s2 = multiplyAdd(zBar[point &+ 2], ap.lanes(2 &* stride), s2)
      s3 = multiplyAdd(zBar[point &+ 3], ap.lanes(3 &* stride), s3)
      ap += 4 &* stride
    }
    g.store((s0 + s1) + (s2 + s3), 0)
  }

  /// See `KernelTable.jacobianRowsOfOutput`. Hot path.
  static func jacobianRows(
    _ input: Numbers, _ stride: Int, _ inner: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
    _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
  ) {
    for point in 0..<validPoints {
      for output in 0..<outputs {
        var k = 0
        while k < inner {
          var sum = Lanes()
          for part in 0..<parts {
            sum = multiplyAdd(
              zBar[(part &* outputs &+ output) &* points &+ point],
              input.lanes((part &* points &+ point) &* stride &+ k), sum)
          }
          let target = j + (point &* jStride &+ k &* outputs &+ output)
          if outputs == 1, inner - k >= 8 {
            target.store(sum, 0)
          } else {
            for lane in 0..<min(8, inner - k) { target[lane &* outputs] = sum[lane] }
          }
          k += 8
        }
      }
    }
  }
}

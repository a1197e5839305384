import KernelInterface

/// Activations of jets by Faà di Bruno's formula, forward and reverse, for a block of rows.
///
/// Forward, a part of first order is f′ zᵢ and one of second order f′ z_p + f″ Σ zᵢ zⱼ over its pairs: one for a
/// derivative ∂ᵢ∂ⱼ, one (v, v) for each variable of a Laplacian. In reverse
///
///     z̄ᵢ  = f′ āᵢ + Σ over pairs of f″ zⱼ ā_p (twice where i = j)        z̄_p = f′ ā_p
///     z̄   = f′ ā + Σᵢ f″ zᵢ āᵢ + Σ_p (f″ z_p + f‴ Σ zᵢ zⱼ) ā_p
///
/// Pure derivatives of third and fourth order, z₁ = ∂z to z₄ = ∂⁴z, are
///
///     f′ z₃ + 3 f″ z₁ z₂ + f‴ z₁³        f′ z₄ + f″ (4 z₁ z₃ + 3 z₂²) + 6 f‴ z₁² z₂ + f⁗ z₁⁴
///
/// and for the general summand c f⁽ᵏ⁾ z_{p1} ⋯ z_{pk} each factor receives the product of the others, the value
/// c f⁽ᵏ⁺¹⁾ times all of them.
enum ActivationJets {
  /// y ← f(z) for `rows` rows of `vectors` vectors, rows `stride` and parts `partStride` numbers apart. Hot path.
  @inline(__always)
  static func forward<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: MutableNumbers, _ partStride: Int, rows: Int, stride: Int,
    vectors: Int
  ) {
    if table.isMixed {
      forwardMixed(f, table, z, y, partStride, rows, stride, vectors)
    } else if table.order > 2 {
      forwardFourthOrder(f, table, z, y, partStride, rows, stride, vectors)
    } else {
      forwardSecondOrder(f, table, z, y, partStride, rows, stride, vectors)
    }
  }

  /// z̄ from ȳ, which `bar` holds before; the layout is that of `forward`. Hot path.
  @inline(__always)
  static func reverse<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: Numbers, _ bar: MutableNumbers, _ partStride: Int, rows: Int,
    stride: Int, vectors: Int
  ) {
    if table.isMixed {
      reverseMixed(f, table, z, y, bar, partStride, rows, stride, vectors)
    } else if table.order > 2 {
      reverseFourthOrder(f, table, z, y, bar, partStride, rows, stride, vectors)
    } else {
      reverseSecondOrder(f, table, z, y, bar, partStride, rows, stride, vectors)
    }
  }

  @inline(never)
  private static func forwardSecondOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: MutableNumbers, _ partStride: Int, _ rows: Int, _ stride: Int,
    _ vectors: Int
  ) {
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let z0 = z.lanes(at)
        let value = F.value(z0)
        y.store(value, at)
        if table.order == 0 { continue }
        let (f1, f2, _) = F.three(z0, value)
        forwardPairs(firsts, seconds, z, y, partStride, at, f1, f2)
      }
    }
  }

  @inline(never)
  private static func reverseSecondOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: Numbers, _ bar: MutableNumbers, _ partStride: Int, _ rows: Int,
    _ stride: Int, _ vectors: Int
  ) {
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let (f1, f2, f3) = F.three(z.lanes(at), y.lanes(at))
        bar.store(reversePairs(firsts, seconds, z, bar, partStride, at, f1, f2, f3), at)
      }
    }
  }

  @inline(never)
  private static func forwardFourthOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: MutableNumbers, _ partStride: Int, _ rows: Int, _ stride: Int,
    _ vectors: Int
  ) {
    let (firsts, seconds, chains) = (table.firsts.span, table.seconds.span, table.chains.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let z0 = z.lanes(at)
        let value = F.value(z0)
        y.store(value, at)
        let (f1, f2, f3, f4, _) = F.five(z0, value)
        forwardPairs(firsts, seconds, z, y, partStride, at, f1, f2)
        var place = 0
        while place < chains.count {
          let third = Int(chains[place &+ 2]) &* partStride &+ at
          let z1 = z.lanes(Int(chains[place]) &* partStride &+ at)
          let z2 = z.lanes(Int(chains[place &+ 1]) &* partStride &+ at)
          let z3 = z.lanes(third)
          let square = z1 * z1
          y.store(multiplyAdd(f1, z3, z1 * multiplyAdd(3 * f2, z2, f3 * square)), third)
          if chains[place &+ 3] >= 0 {
            let fourth = Int(chains[place &+ 3]) &* partStride &+ at
            let pairs = multiplyAdd(4 * z1, z3, 3 * z2 * z2)
            let cubes = square * multiplyAdd(6 * f3, z2, f4 * square)
            y.store(multiplyAdd(f1, z.lanes(fourth), multiplyAdd(f2, pairs, cubes)), fourth)
          }
          place &+= 4
        }
      }
    }
  }

  @inline(never)
  private static func reverseFourthOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: Numbers, _ bar: MutableNumbers, _ partStride: Int, _ rows: Int,
    _ stride: Int, _ vectors: Int
  ) {
    let (firsts, seconds, chains) = (table.firsts.span, table.seconds.span, table.chains.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let (f1, f2, f3, f4, f5) = F.five(z.lanes(at), y.lanes(at))
        var value = reversePairs(firsts, seconds, z, bar, partStride, at, f1, f2, f3)
        var place = 0
        while place < chains.count {
          let first = Int(chains[place]) &* partStride &+ at
          let second = Int(chains[place &+ 1]) &* partStride &+ at
          let third = Int(chains[place &+ 2]) &* partStride &+ at
          let (z1, z2, z3) = (z.lanes(first), z.lanes(second), z.lanes(third))
          let square = z1 * z1
          let bar3 = bar.lanes(third)
          var sum1 = 3 * multiplyAdd(f2, z2, f3 * square) * bar3
          var sum2 = 3 * f2 * z1 * bar3
          var sum3 = f1 * bar3
          value = multiplyAdd(multiplyAdd(f2, z3, z1 * multiplyAdd(3 * f3, z2, f4 * square)), bar3, value)
          if chains[place &+ 3] >= 0 {
            let fourth = Int(chains[place &+ 3]) &* partStride &+ at
            let bar4 = bar.lanes(fourth)
            let by1 = multiplyAdd(f2, z3, z1 * multiplyAdd(3 * f3, z2, f4 * square))
            sum1 = multiplyAdd(4 * by1, bar4, sum1)
            sum2 = multiplyAdd(6 * multiplyAdd(f2, z2, f3 * square), bar4, sum2)
            sum3 = multiplyAdd(4 * f2 * z1, bar4, sum3)
            let pairs = multiplyAdd(4 * z1, z3, 3 * z2 * z2)
            let cubes = square * multiplyAdd(6 * f4, z2, f5 * square)
            value = multiplyAdd(multiplyAdd(f2, z.lanes(fourth), multiplyAdd(f3, pairs, cubes)), bar4, value)
            bar.store(f1 * bar4, fourth)
          }
          bar.store(bar.lanes(first) + sum1, first)
          bar.store(bar.lanes(second) + sum2, second)
          bar.store(sum3, third)
          place &+= 4
        }
        bar.store(value, at)
      }
    }
  }

  /// The parts of first and second order.
  @inline(__always)
  private static func forwardPairs(
    _ firsts: Span<Int32>, _ seconds: Span<Int32>, _ z: Numbers, _ y: MutableNumbers, _ partStride: Int, _ at: Int,
    _ f1: Lanes, _ f2: Lanes
  ) {
    for place in firsts.indices {
      let part = Int(firsts[place]) &* partStride &+ at
      y.store(f1 * z.lanes(part), part)
    }
    var place = 0
    while place < seconds.count {
      let part = Int(seconds[place]) &* partStride &+ at
      let end = place &+ 2 &+ 2 &* Int(seconds[place &+ 1])
      place &+= 2
      var products = Lanes()
      while place < end {
        let zi = z.lanes(Int(seconds[place]) &* partStride &+ at)
        let zj = z.lanes(Int(seconds[place &+ 1]) &* partStride &+ at)
        products = multiplyAdd(zi, zj, products)
        place &+= 2
      }
      y.store(multiplyAdd(f1, z.lanes(part), f2 * products), part)
    }
  }

  /// z̄ of the parts of first and second order from their ȳ.
  ///
  /// - Returns: z̄ of the value.
  @inline(__always)
  private static func reversePairs(
    _ firsts: Span<Int32>, _ seconds: Span<Int32>, _ z: Numbers, _ bar: MutableNumbers, _ partStride: Int, _ at: Int,
    _ f1: Lanes, _ f2: Lanes, _ f3: Lanes
  ) -> Lanes {
    var value = f1 * bar.lanes(at)
    for place in firsts.indices {
      let part = Int(firsts[place]) &* partStride &+ at
      let partBar = bar.lanes(part)
      value = multiplyAdd(f2 * z.lanes(part), partBar, value)
      bar.store(f1 * partBar, part)
    }
    var place = 0
    while place < seconds.count {
      let part = Int(seconds[place]) &* partStride &+ at
      let end = place &+ 2 &+ 2 &* Int(seconds[place &+ 1])
      place &+= 2
      let partBar = bar.lanes(part)
      let scaled = f2 * partBar
      var products = Lanes()
      while place < end {
        let (numberI, numberJ) = (seconds[place], seconds[place &+ 1])
        let i = Int(numberI) &* partStride &+ at
        let zi = z.lanes(i)
        if numberI == numberJ {
          products = multiplyAdd(zi, zi, products)
          bar.store(multiplyAdd(scaled + scaled, zi, bar.lanes(i)), i)
        } else {
          let j = Int(numberJ) &* partStride &+ at
          let zj = z.lanes(j)
          products = multiplyAdd(zi, zj, products)
          bar.store(multiplyAdd(scaled, zj, bar.lanes(i)), i)
          bar.store(multiplyAdd(scaled, zi, bar.lanes(j)), j)
        }
        place &+= 2
      }
      value = multiplyAdd(multiplyAdd(f3, products, f2 * z.lanes(part)), partBar, value)
      bar.store(f1 * partBar, part)
    }
    return value
  }

  @inline(__always)
  private static func pick(_ f: Derivatives, _ order: Int32) -> Lanes {
    switch order {
    case 1: f.0
    case 2: f.1
    case 3: f.2
    case 4: f.3
    default: f.4
    }
  }

  @inline(never)
  private static func forwardMixed<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: MutableNumbers, _ partStride: Int, _ rows: Int, _ stride: Int,
    _ vectors: Int
  ) {
    let terms = table.terms.span
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let z0 = z.lanes(at)
        let value = F.value(z0)
        let derivatives = F.five(z0, value)
        y.store(value, at)
        var place = 0
        while place < terms.count {
          let part = terms[place].part
          var sum = Lanes()
          // The summands of one part stand together.
          while place < terms.count, terms[place].part == part {
            let term = terms[place]
            var product = z.lanes(Int(term.factors[0]) &* partStride &+ at)
            for factor in 1..<max(1, Int(term.order)) {
              product *= z.lanes(Int(term.factors[factor]) &* partStride &+ at)
            }
            sum = multiplyAdd(term.coefficient * pick(derivatives, term.order), product, sum)
            place &+= 1
          }
          y.store(sum, Int(part) &* partStride &+ at)
        }
      }
    }
  }

  @inline(never)
  private static func reverseMixed<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ y: Numbers, _ bar: MutableNumbers, _ partStride: Int, _ rows: Int,
    _ stride: Int, _ vectors: Int
  ) {
    let (pulls, starts) = (table.pulls.span, table.pullStarts.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = row &* stride &+ 8 &* vector
        let derivatives = F.five(z.lanes(at), y.lanes(at))
        // Upwards: a part receives from itself and from parts of higher order, whose ȳ is still there.
        for part in 0..<table.partCount {
          var sum = Lanes()
          for place in Int(starts[part])..<Int(starts[part &+ 1]) {
            let pull = pulls[place]
            var product = pull.coefficient * bar.lanes(Int(pull.source) &* partStride &+ at)
            for factor in 0..<Int(pull.factorCount) {
              product *= z.lanes(Int(pull.factors[factor]) &* partStride &+ at)
            }
            sum = multiplyAdd(pick(derivatives, pull.order), product, sum)
          }
          bar.store(sum, part &* partStride &+ at)
        }
      }
    }
  }
}

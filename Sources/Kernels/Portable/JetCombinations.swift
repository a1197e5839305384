import KernelInterface

/// Combinations of the jets of a hidden layer with others, forward and reverse, for a block of rows.
///
/// The number for part p, row r and vector v is at p·partStride + offset + r·stride + 8 v in all jets. See
/// `JetCombination` for the formulas and `JetTable` for the summands of a product.
enum JetCombinations {
  /// h from y. Hot path.
  @inline(never)
  static func forward(
    _ table: JetTable, _ combination: JetCombination, _ y: Numbers, _ offset: Int, _ partStride: Int, rows: Int,
    stride: Int, vectors: Int
  ) {
    guard let result = combination.result, let first = combination.first else { return }
    switch combination.kind {
    case .none: break
    case .sum:
      let (own, other) = (Lanes(repeating: combination.own), Lanes(repeating: combination.other))
      for part in 0..<table.partCount {
        for row in 0..<rows {
          for vector in 0..<vectors {
            let at = part &* partStride &+ offset &+ row &* stride &+ 8 &* vector
            result.store(multiplyAdd(own, y.lanes(at), other * first.lanes(at)), at)
          }
        }
      }
    case .gate:
      guard let second = combination.second else { return }
      if table.order > 2 {
        forwardGate(table, y, first, second, result, offset, partStride, rows, stride, vectors)
      } else {
        forwardGateOfSecondOrder(table, y, first, second, result, offset, partStride, rows, stride, vectors)
      }
    }
  }

  /// Leibniz' rule written out: u + y d, u + y dᵢ + yᵢ d, and u + y d_p + y_p d + Σ (yᵢ dⱼ + yⱼ dᵢ) over the pairs.
  @inline(__always)
  private static func forwardGateOfSecondOrder(
    _ table: JetTable, _ y: Numbers, _ u: Numbers, _ d: Numbers, _ h: MutableNumbers, _ offset: Int, _ partStride: Int,
    _ rows: Int, _ stride: Int, _ vectors: Int
  ) {
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = offset &+ row &* stride &+ 8 &* vector
        let (y0, d0) = (y.lanes(at), d.lanes(at))
        h.store(multiplyAdd(y0, d0, u.lanes(at)), at)
        for place in firsts.indices {
          let part = Int(firsts[place]) &* partStride &+ at
          h.store(multiplyAdd(y0, d.lanes(part), multiplyAdd(d0, y.lanes(part), u.lanes(part))), part)
        }
        var place = 0
        while place < seconds.count {
          let part = Int(seconds[place]) &* partStride &+ at
          let end = place &+ 2 &+ 2 &* Int(seconds[place &+ 1])
          place &+= 2
          var products = Lanes()
          while place < end {
            let i = Int(seconds[place]) &* partStride &+ at
            let j = Int(seconds[place &+ 1]) &* partStride &+ at
            products = multiplyAdd(y.lanes(i), d.lanes(j), multiplyAdd(y.lanes(j), d.lanes(i), products))
            place &+= 2
          }
          h.store(
            products + multiplyAdd(y0, d.lanes(part), multiplyAdd(d0, y.lanes(part), u.lanes(part))), part)
        }
      }
    }
  }

  private static func forwardGate(
    _ table: JetTable, _ y: Numbers, _ u: Numbers, _ d: Numbers, _ h: MutableNumbers, _ offset: Int, _ partStride: Int,
    _ rows: Int, _ stride: Int, _ vectors: Int
  ) {
    let products = table.products.span
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = offset &+ row &* stride &+ 8 &* vector
        var place = 0
        while place < products.count {
          let part = products[place].part
          let target = Int(part) &* partStride &+ at
          var sum = u.lanes(target)
          // The summands of one part stand together.
          while place < products.count, products[place].part == part {
            let product = products[place]
            let factor = product.coefficient * y.lanes(Int(product.factor) &* partStride &+ at)
            sum = multiplyAdd(factor, d.lanes(Int(product.other) &* partStride &+ at), sum)
            place &+= 1
          }
          h.store(sum, target)
        }
      }
    }
  }

  /// ȳ from h̄ as the next affine map gives it, both in `bar`; adds to the cotangents of the other jets. Hot path.
  @inline(never)
  static func reverse(
    _ table: JetTable, _ combination: JetCombination, _ y: Numbers, _ bar: MutableNumbers, _ offset: Int,
    _ partStride: Int, point: Int, rows: Int, stride: Int, vectors: Int
  ) {
    if combination.kind == .sum {
      return reverseSum(table.partCount, combination, y, bar, offset, partStride, point, rows, stride, vectors)
    }
    if let more = combination.resultBar {
      for part in 0..<table.partCount {
        for row in 0..<rows {
          for vector in 0..<vectors {
            let at = part &* partStride &+ offset &+ row &* stride &+ 8 &* vector
            bar.store(bar.lanes(at) + more.lanes(at), at)
          }
        }
      }
    }
    if combination.kind == .gate {
      if table.order > 2 {
        reverseGate(table, combination, y, bar, offset, partStride, rows, stride, vectors)
      } else {
        reverseGateOfSecondOrder(table, combination, y, bar, offset, partStride, rows, stride, vectors)
      }
    }
  }

  @inline(__always)
  private static func reverseSum(
    _ parts: Int, _ combination: JetCombination, _ y: Numbers, _ bar: MutableNumbers, _ offset: Int, _ partStride: Int,
    _ point: Int, _ rows: Int, _ stride: Int, _ vectors: Int
  ) {
    let (own, other) = (Lanes(repeating: combination.own), Lanes(repeating: combination.other))
    for row in 0..<rows {
      var slope = Lanes()
      for part in 0..<parts {
        for vector in 0..<vectors {
          let at = part &* partStride &+ offset &+ row &* stride &+ 8 &* vector
          var h = bar.lanes(at)
          if let more = combination.resultBar { h += more.lanes(at) }
          if combination.ownBar != nil, let first = combination.first {
            slope = multiplyAdd(h, y.lanes(at) - first.lanes(at), slope)
          }
          if let target = combination.firstBar {
            let change = other * h
            target.store(combination.addsFirst ? target.lanes(at) + change : change, at)
          }
          bar.store(own * h, at)
        }
      }
      if let target = combination.ownBar { target[point &+ row] += slope.sum() }
    }
  }

  /// ȳ, ū and d̄ of the parts of first and second order, then of the value, which all of them give something.
  @inline(__always)
  private static func reverseGateOfSecondOrder(
    _ table: JetTable, _ combination: JetCombination, _ y: Numbers, _ bar: MutableNumbers, _ offset: Int,
    _ partStride: Int, _ rows: Int, _ stride: Int, _ vectors: Int
  ) {
    guard let d = combination.second, let uBar = combination.firstBar, let dBar = combination.secondBar else { return }
    let (addsU, addsD) = (combination.addsFirst, combination.addsSecond)
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = offset &+ row &* stride &+ 8 &* vector
        let (y0, d0, h0) = (y.lanes(at), d.lanes(at), bar.lanes(at))
        uBar.store(addsU ? uBar.lanes(at) + h0 : h0, at)
        var (y0Bar, d0Bar) = (h0 * d0, addsD ? multiplyAdd(h0, y0, dBar.lanes(at)) : h0 * y0)
        for place in firsts.indices {
          let part = Int(firsts[place]) &* partStride &+ at
          let h = bar.lanes(part)
          y0Bar = multiplyAdd(h, d.lanes(part), y0Bar)
          d0Bar = multiplyAdd(h, y.lanes(part), d0Bar)
          uBar.store(addsU ? uBar.lanes(part) + h : h, part)
          dBar.store(addsD ? multiplyAdd(h, y0, dBar.lanes(part)) : h * y0, part)
          bar.store(h * d0, part)
        }
        var place = 0
        while place < seconds.count {
          let part = Int(seconds[place]) &* partStride &+ at
          let end = place &+ 2 &+ 2 &* Int(seconds[place &+ 1])
          place &+= 2
          let h = bar.lanes(part)
          y0Bar = multiplyAdd(h, d.lanes(part), y0Bar)
          d0Bar = multiplyAdd(h, y.lanes(part), d0Bar)
          uBar.store(addsU ? uBar.lanes(part) + h : h, part)
          dBar.store(addsD ? multiplyAdd(h, y0, dBar.lanes(part)) : h * y0, part)
          bar.store(h * d0, part)
          while place < end {
            let (numberI, numberJ) = (seconds[place], seconds[place &+ 1])
            let i = Int(numberI) &* partStride &+ at
            if numberI == numberJ {
              let twice = h + h
              bar.store(multiplyAdd(twice, d.lanes(i), bar.lanes(i)), i)
              dBar.store(multiplyAdd(twice, y.lanes(i), dBar.lanes(i)), i)
            } else {
              let j = Int(numberJ) &* partStride &+ at
              bar.store(multiplyAdd(h, d.lanes(j), bar.lanes(i)), i)
              bar.store(multiplyAdd(h, d.lanes(i), bar.lanes(j)), j)
              dBar.store(multiplyAdd(h, y.lanes(j), dBar.lanes(i)), i)
              dBar.store(multiplyAdd(h, y.lanes(i), dBar.lanes(j)), j)
            }
            place &+= 2
          }
        }
        bar.store(y0Bar, at)
        dBar.store(d0Bar, at)
      }
    }
  }

  private static func reverseGate(
    _ table: JetTable, _ combination: JetCombination, _ y: Numbers, _ bar: MutableNumbers, _ offset: Int,
    _ partStride: Int, _ rows: Int, _ stride: Int, _ vectors: Int
  ) {
    guard let second = combination.second, let firstBar = combination.firstBar, let secondBar = combination.secondBar
    else { return }
    let pulls = table.productPulls.span
    for row in 0..<rows {
      for vector in 0..<vectors {
        let at = offset &+ row &* stride &+ 8 &* vector
        var place = 0
        // Upwards: a factor receives from its own part and from higher ones, whose h̄ is still there.
        while place < pulls.count {
          let factor = pulls[place].factor
          let target = Int(factor) &* partStride &+ at
          var (sum, secondSum) = (Lanes(), Lanes())
          while place < pulls.count, pulls[place].factor == factor {
            let pull = pulls[place]
            let h = pull.coefficient * bar.lanes(Int(pull.part) &* partStride &+ at)
            let other = Int(pull.other) &* partStride &+ at
            sum = multiplyAdd(h, second.lanes(other), sum)
            secondSum = multiplyAdd(h, y.lanes(other), secondSum)
            place &+= 1
          }
          let h = bar.lanes(target)
          firstBar.store(combination.addsFirst ? firstBar.lanes(target) + h : h, target)
          secondBar.store(combination.addsSecond ? secondBar.lanes(target) + secondSum : secondSum, target)
          bar.store(sum, target)
        }
      }
    }
  }
}

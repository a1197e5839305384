import KernelInterface

/// Activations of jets by Faà di Bruno's formula, forward and reverse.
///
/// Forward, a part of first order is f′ zᵢ and one of second order f′ zᵢⱼ + f″ zᵢ zⱼ. In reverse
///
///     z̄ᵢ  = f′ āᵢ + Σⱼ f″ zⱼ āᵢⱼ (twice where i = j)        z̄ᵢⱼ = f′ āᵢⱼ
///     z̄   = f′ ā + Σᵢ f″ zᵢ āᵢ + Σᵢⱼ (f″ zᵢⱼ + f‴ zᵢ zⱼ) āᵢⱼ
///
/// where a Laplacian has Σ_v z_v² in place of zᵢ zⱼ,
///
/// and for the general summand c f⁽ᵏ⁾ z_{p1} ⋯ z_{pk} each factor receives the product of the others, the value
/// c f⁽ᵏ⁺¹⁾ times all of them.
enum ActivationJets {
  /// See `KernelTable.activationForward`. Hot path.
  static func forward(
    _ activation: Activation, _ table: JetTable, _ z: Numbers, _ a: MutableNumbers, _ partStride: Int
  ) {
    switch activation {
    case .tanh: forward(TanhFunction.self, table, z, a, partStride)
    case .sin: forward(SineFunction.self, table, z, a, partStride)
    case .swish: forward(SwishFunction.self, table, z, a, partStride)
    case .gelu: forward(GELUFunction.self, table, z, a, partStride)
    case .sigmoid: forward(SigmoidFunction.self, table, z, a, partStride)
    case .softplus: forward(SoftplusFunction.self, table, z, a, partStride)
    case .identity: forward(IdentityFunction.self, table, z, a, partStride)
    }
  }

  /// See `KernelTable.activationReverse`. Hot path.
  static func reverse(
    _ activation: Activation, _ table: JetTable, _ z: Numbers, _ a: Numbers, _ aBar: Numbers, _ zBar: MutableNumbers,
    _ partStride: Int
  ) {
    switch activation {
    case .tanh: reverse(TanhFunction.self, table, z, a, aBar, zBar, partStride)
    case .sin: reverse(SineFunction.self, table, z, a, aBar, zBar, partStride)
    case .swish: reverse(SwishFunction.self, table, z, a, aBar, zBar, partStride)
    case .gelu: reverse(GELUFunction.self, table, z, a, aBar, zBar, partStride)
    case .sigmoid: reverse(SigmoidFunction.self, table, z, a, aBar, zBar, partStride)
    case .softplus: reverse(SoftplusFunction.self, table, z, a, aBar, zBar, partStride)
    case .identity: reverse(IdentityFunction.self, table, z, a, aBar, zBar, partStride)
    }
  }

  @inline(__always)
  private static func forward<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: MutableNumbers, _ partStride: Int
  ) {
    if table.order > 2 {
      forwardGeneral(f, table, z, a, partStride)
    } else {
      forwardSecondOrder(f, table, z, a, partStride)
    }
  }

  @inline(__always)
  private static func reverse<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: Numbers, _ aBar: Numbers, _ zBar: MutableNumbers,
    _ partStride: Int
  ) {
    if table.order > 2 {
      reverseGeneral(f, table, z, a, aBar, zBar, partStride)
    } else {
      reverseSecondOrder(f, table, z, a, aBar, zBar, partStride)
    }
  }

  @inline(never)
  private static func forwardSecondOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: MutableNumbers, _ partStride: Int
  ) {
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for at in stride(from: 0, to: partStride, by: 8) {
      let z0 = z.lanes(at)
      let y = F.value(z0)
      a.store(y, at)
      if table.order == 0 { continue }
      let (f1, f2, _) = F.three(z0, y)
      for place in firsts.indices {
        let part = Int(firsts[place]) &* partStride &+ at
        a.store(f1 * z.lanes(part), part)
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
        a.store(multiplyAdd(f1, z.lanes(part), f2 * products), part)
      }
    }
  }

  @inline(never)
  private static func reverseSecondOrder<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: Numbers, _ aBar: Numbers, _ zBar: MutableNumbers,
    _ partStride: Int
  ) {
    let (firsts, seconds) = (table.firsts.span, table.seconds.span)
    for at in stride(from: 0, to: partStride, by: 8) {
      let (f1, f2, f3) = F.three(z.lanes(at), a.lanes(at))
      var value = f1 * aBar.lanes(at)
      for place in firsts.indices {
        let part = Int(firsts[place]) &* partStride &+ at
        let bar = aBar.lanes(part)
        value = multiplyAdd(f2 * z.lanes(part), bar, value)
        zBar.store(f1 * bar, part)
      }
      var place = 0
      while place < seconds.count {
        let part = Int(seconds[place]) &* partStride &+ at
        let end = place &+ 2 &+ 2 &* Int(seconds[place &+ 1])
        place &+= 2
        let bar = aBar.lanes(part)
        let scaled = f2 * bar
        var products = Lanes()
        while place < end {
          let i = Int(seconds[place]) &* partStride &+ at
          let j = Int(seconds[place &+ 1]) &* partStride &+ at
          let (zi, zj) = (z.lanes(i), z.lanes(j))
          products = multiplyAdd(zi, zj, products)
          // One after the other, so that i = j receives both.
          zBar.store(multiplyAdd(scaled, zj, zBar.lanes(i)), i)
          zBar.store(multiplyAdd(scaled, zi, zBar.lanes(j)), j)
          place &+= 2
        }
        value = multiplyAdd(multiplyAdd(f3, products, f2 * z.lanes(part)), bar, value)
        zBar.store(f1 * bar, part)
      }
      zBar.store(value, at)
    }
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
  private static func forwardGeneral<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: MutableNumbers, _ partStride: Int
  ) {
    let terms = table.terms.span
    for at in stride(from: 0, to: partStride, by: 8) {
      let z0 = z.lanes(at)
      let y = F.value(z0)
      let derivatives = F.five(z0, y)
      a.store(y, at)
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
        a.store(sum, Int(part) &* partStride &+ at)
      }
    }
  }

  @inline(never)
  private static func reverseGeneral<F: ActivationFunction>(
    _ f: F.Type, _ table: JetTable, _ z: Numbers, _ a: Numbers, _ aBar: Numbers, _ zBar: MutableNumbers,
    _ partStride: Int
  ) {
    let terms = table.terms.span
    for at in stride(from: 0, to: partStride, by: 8) {
      let derivatives = F.five(z.lanes(at), a.lanes(at))
      var value = derivatives.0 * aBar.lanes(at)
      for part in 1..<table.partCount { zBar.store(Lanes(), part &* partStride &+ at) }
      for place in terms.indices {
        let term = terms[place]
        let bar = term.coefficient * aBar.lanes(Int(term.part) &* partStride &+ at)
        let scaled = pick(derivatives, term.order) * bar
        let count = Int(term.order)
        // prefix: the product of the factors before `factor`; the ones behind are multiplied anew, at most three.
        var prefix = Lanes(repeating: 1)
        for factor in 0..<count {
          let target = Int(term.factors[factor]) &* partStride &+ at
          var others = prefix
          var behind = factor &+ 1
          while behind < count {
            others *= z.lanes(Int(term.factors[behind]) &* partStride &+ at)
            behind &+= 1
          }
          zBar.store(multiplyAdd(scaled, others, zBar.lanes(target)), target)
          prefix *= z.lanes(target)
        }
        value = multiplyAdd(pick(derivatives, term.order &+ 1) * bar, prefix, value)
      }
      zBar.store(value, at)
    }
  }
}

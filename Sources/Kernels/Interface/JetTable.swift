/// One summand c · f⁽ᵏ⁾(z₀) · z_{p1} ⋯ z_{pk} of Faà di Bruno's formula for a part of f(z).
package struct JetTerm: Sendable, Equatable {
  package var coefficient: Double
  /// The part of the result this summand belongs to.
  package var part: Int32
  /// k, the order of the derivative of f and the number of factors, 1 … 4.
  package var order: Int32
  /// The parts p1 … pk of z; the rest is 0 and unused.
  package var factors: SIMD4<Int32>

  package init(coefficient: Double, part: Int, factors: [Int]) {
    self.coefficient = coefficient
    self.part = Int32(part)
    self.order = Int32(factors.count)
    self.factors = .zero
    for (place, factor) in factors.enumerated() { self.factors[place] = Int32(factor) }
  }
}

/// One summand c · f⁽ᵏ⁾(z₀) · ∏ zⱼ · ā_source of the cotangent of a part of z.
package struct JetPull: Sendable, Equatable {
  package var coefficient: Double
  /// The part of the result whose cotangent flows back.
  package var source: Int32
  /// k, 1 … 5.
  package var order: Int32
  package var factorCount: Int32
  /// The parts of z multiplied, at most four; the rest is 0 and unused.
  package var factors: SIMD4<Int32>

  package init(coefficient: Double, source: Int32, order: Int32, factors: [Int32]) {
    self.coefficient = coefficient
    self.source = source
    self.order = order
    factorCount = Int32(factors.count)
    self.factors = .zero
    for (place, factor) in factors.enumerated() { self.factors[place] = factor }
  }
}

/// One summand c · a_factor · b_other of a part of the product a·b of two jets, or, read the other way, c · ā_part · b_other
/// of the cotangent of a_factor.
package struct JetProduct: Sendable, Equatable {
  package var coefficient: Double
  /// The part of the product.
  package var part: Int32
  package var factor: Int32
  package var other: Int32
}

/// What an activation does to the parts of a jet; part 0 is the value.
///
/// Up to second order, and for pure derivatives ∂³ and ∂⁴, the formula is short enough for code of its own: a part of
/// first order is f′ zᵢ, one of second order f′ z_p + f″ Σ zᵢ zⱼ. The sum has one pair (i, j) for the derivative
/// ∂²/∂xᵢ∂xⱼ, and a pair (v, v) for each variable of a Laplacian Σ ∂²/∂x_v². `terms` holds all summands, for tables that
/// are mixed.
///
/// Products follow from the same terms: Faà di Bruno's formula for f(z) = z²/2, whose f′ is z, f″ is 1 and higher
/// derivatives vanish, is a quadratic form of the parts of z, and a·b is its polar form. So z z_p becomes a b_p + a_p b,
/// and c z_q z_r becomes c (a_q b_r + a_r b_q): Leibniz' rule, and Δ(ab) = a Δb + 2 Σ a_v b_v + b Δa for a Laplacian.
package struct JetTable: Sendable, Equatable {
  package var partCount: Int
  /// The highest order of a part, 0 … 4.
  package var order: Int
  /// The parts of first order.
  package var firsts: [Int32]
  /// One group of numbers for each part of second order: the part, the number of its pairs, then for each pair the two
  /// parts of first order.
  package var seconds: [Int32]
  /// For each variable with pure derivatives above second order: the parts ∂, ∂², ∂³ and ∂⁴, the last −1 where it is
  /// not carried.
  package var chains: [Int32]
  /// Whether a part above second order is a mixed derivative, so that `firsts`, `seconds` and `chains` do not cover all.
  package var isMixed: Bool
  /// Every summand of every part of order one or higher, grouped by part.
  package var terms: [JetTerm]
  /// The summands of the cotangents of all parts of z, grouped by part from 0 on.
  package let pulls: [JetPull]
  /// Where the summands of a part start in `pulls`, and where those of the last end.
  package let pullStarts: [Int32]
  /// The summands of every part of a product, grouped by part, ascending.
  package let products: [JetProduct]
  /// The same, grouped by factor, ascending. A part of a product has no factor above it.
  package let productPulls: [JetProduct]

  package init(
    partCount: Int, order: Int, firsts: [Int32], seconds: [Int32], chains: [Int32],
    isMixed: Bool, terms: [JetTerm]
  ) {
    self.chains = chains
    self.isMixed = isMixed
    self.partCount = partCount
    self.order = order
    self.firsts = firsts
    self.seconds = seconds
    self.terms = terms
    var groups = [[JetPull]](repeating: [], count: partCount)
    if partCount > 0 { groups[0].append(JetPull(coefficient: 1, source: 0, order: 1, factors: [])) }
    for term in terms {
      let factors = (0..<Int(term.order)).map { term.factors[$0] }
      groups[0].append(
        JetPull(coefficient: term.coefficient, source: term.part, order: term.order + 1, factors: factors))
      for factor in Set(factors).sorted() {
        var others = factors
        let multiplicity = others.count { $0 == factor }
        others.remove(at: others.firstIndex(of: factor) ?? 0)
        groups[Int(factor)].append(
          JetPull(
            coefficient: Double(multiplicity) * term.coefficient, source: term.part, order: term.order,
            factors: others))
      }
    }
    pulls = groups.flatMap(\.self)
    pullStarts = groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    products = JetTable.products(partCount: partCount, terms)
    productPulls = (0..<Int32(partCount)).flatMap { [products] part in products.filter { $0.factor == part } }
  }

  private static func products(partCount: Int, _ terms: [JetTerm]) -> [JetProduct] {
    var summands: [[JetProduct]] = (0..<partCount).map { part in
      part == 0 ? [JetProduct(coefficient: 1, part: 0, factor: 0, other: 0)] : []
    }
    for term in terms where term.order <= 2 {
      // f′ z_p = z z_p, and f″ z_q z_r.
      let (q, r) = term.order == 1 ? (0, term.factors[0]) : (term.factors[0], term.factors[1])
      if q == r {
        summands[Int(term.part)].append(
          JetProduct(coefficient: 2 * term.coefficient, part: term.part, factor: q, other: r))
      } else {
        for (factor, other) in [(q, r), (r, q)] {
          summands[Int(term.part)].append(
            JetProduct(coefficient: term.coefficient, part: term.part, factor: factor, other: other))
        }
      }
    }
    return summands.flatMap(\.self)
  }
}

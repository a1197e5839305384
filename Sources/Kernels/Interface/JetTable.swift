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

/// What an activation does to the parts of a jet; part 0 is the value.
///
/// Up to second order the formula is short enough for code of its own: a part of first order is f′ zᵢ, one of second
/// order f′ z₂ + f″ Σ zᵢ zⱼ. The sum has one pair (i, j) for the derivative ∂²/∂xᵢ∂xⱼ, and a pair (v, v) for each
/// variable of a Laplacian Σ ∂²/∂x_v². `seconds` lists those pairs; above second order `terms` holds all summands.
package struct JetTable: Sendable, Equatable {
  package var partCount: Int
  /// The highest order of a part, 0 … 4.
  package var order: Int
  /// The parts of first order.
  package var firsts: [Int32]
  /// One group of numbers for each part of second order: the part, the number of its pairs, then for each pair the two
  /// parts of first order.
  package var seconds: [Int32]
  /// Every summand of every part of order one or higher, grouped by part.
  package var terms: [JetTerm]

  package init(partCount: Int, order: Int, firsts: [Int32], seconds: [Int32], terms: [JetTerm]) {
    self.partCount = partCount
    self.order = order
    self.firsts = firsts
    self.seconds = seconds
    self.terms = terms
  }
}

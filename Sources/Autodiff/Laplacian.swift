/// A sum of pure second derivatives Σ ∂²/∂x_v² that a jet carries as one part.
///
/// An activation needs of its summands no more than their sum: Δ f(z) = f′ Δz + f″ Σ z_v².
package struct Laplacian: Sendable, Hashable, Comparable {
  /// The variables of the sum, ascending.
  package let variables: [Int]

  /// - Precondition: at least two variables, all different.
  package init(_ variables: [Int]) {
    self.variables = variables.sorted()
    precondition(variables.count > 1 && Set(variables).count == variables.count, "Laplacian by \(variables)")
  }

  package var summands: [MultiIndex] { variables.map { MultiIndex([$0, $0]) } }

  package static func < (a: Laplacian, b: Laplacian) -> Bool {
    a.variables.lexicographicallyPrecedes(b.variables)
  }
}

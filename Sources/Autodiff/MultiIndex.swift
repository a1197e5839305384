/// A partial derivative ∂^α of total order at most four, as the ascending list of the variables derived by.
///
/// `MultiIndex([0, 0, 1])` is ∂³/∂x₀²∂x₁. Derivatives commute, so order of derivation is not kept.
package struct MultiIndex: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The highest total order of a derivative.
  package static let maximumOrder = 4
  /// How many variables a problem may have.
  package static let maximumVariables = 254

  // One byte a factor, the number of its variable plus one, ascending from the lowest byte; zero is "no factor".
  private var packed: UInt32

  /// The value itself.
  package static let value = MultiIndex([])

  /// - Precondition: at most `maximumOrder` variables, each below `maximumVariables`.
  package init(_ variables: [Int]) {
    precondition(variables.count <= MultiIndex.maximumOrder, "derivative of order \(variables.count)")
    packed = 0
    for (place, variable) in variables.sorted().enumerated() {
      precondition(variable >= 0 && variable < MultiIndex.maximumVariables, "variable \(variable)")
      packed |= UInt32(variable + 1) << UInt32(8 * place)
    }
  }

  /// The variables derived by, ascending, one entry for each order.
  package var variables: [Int] {
    (0..<MultiIndex.maximumOrder).compactMap { place in
      let byte = Int(packed >> UInt32(8 * place)) & 0xFF
      return byte == 0 ? nil : byte - 1
    }
  }

  package var order: Int { variables.count }

  /// Whether all derivatives are by one variable.
  package var isPure: Bool { Set(variables).count == 1 }

  /// ∂ᵏ by one variable.
  package init(repeating variable: Int, count: Int) { self.init([Int](repeating: variable, count: count)) }

  /// ∂^α derived once more by `variable`; nil above `maximumOrder`.
  package func derived(by variable: Int) -> MultiIndex? {
    let all = variables
    return all.count < MultiIndex.maximumOrder ? MultiIndex(all + [variable]) : nil
  }

  /// By order, then by variables: the value first, then x, y, …, then xx, xy, ….
  package static func < (a: MultiIndex, b: MultiIndex) -> Bool {
    let (left, right) = (a.variables, b.variables)
    return left.count != right.count ? left.count < right.count : left.lexicographicallyPrecedes(right)
  }

  package var description: String { "∂" + variables.map(String.init).joined(separator: ",") }
}

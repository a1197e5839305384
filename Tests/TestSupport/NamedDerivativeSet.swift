package import Autodiff

/// Derivative sets of every kind that tests run over: by name, closed downward.
package struct NamedDerivativeSet: Sendable, CustomStringConvertible {
  package let name: String
  package let set: DerivativeSet

  /// `derivatives` are words of the letters x, y, z.
  package init(_ derivatives: String...) {
    name = "{" + (["1"] + derivatives).joined(separator: ", ") + "}"
    set = DerivativeSet(
      closing: derivatives.map { word in MultiIndex(word.map { Int($0.unicodeScalars.first?.value ?? 0) - 0x78 }) })
  }

  package var description: String { name }

  package static let all = [
    NamedDerivativeSet(), NamedDerivativeSet("x"), NamedDerivativeSet("x", "y", "z"), NamedDerivativeSet("y", "xx"),
    NamedDerivativeSet("xx", "xy", "yy", "xz", "yz", "zz"), NamedDerivativeSet("xy"), NamedDerivativeSet("y", "xxx"),
    NamedDerivativeSet("xxx", "xyz", "yyz"), NamedDerivativeSet("y", "xxxx"),
    NamedDerivativeSet("xxxx", "xxyy", "yyyy"), NamedDerivativeSet("xxyz", "yyyz", "zzzz"),
  ]
}

extension DerivativeSet {
  /// One more than the highest variable in the set, at least 1.
  package var variableCount: Int { (indices.flatMap(\.variables).max() ?? 0) + 1 }
}

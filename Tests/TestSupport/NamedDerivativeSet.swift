package import Autodiff

/// Derivative sets of every kind that tests run over: by name, closed downward.
package struct NamedDerivativeSet: Sendable, CustomStringConvertible {
  package let name: String
  package let set: DerivativeSet

  /// `derivatives` are words of the letters x, y, z; `laplacians` too, each letter a variable of the sum.
  package init(_ derivatives: String..., laplacians: [String] = []) {
    func variables(_ word: String) -> [Int] { word.map { Int($0.unicodeScalars.first?.value ?? 0) - 0x78 } }
    name = "{" + (["1"] + derivatives + laplacians.map { "Δ" + $0 }).joined(separator: ", ") + "}"
    set = DerivativeSet(
      closing: derivatives.map { MultiIndex(variables($0)) }, laplacians: laplacians.map { Laplacian(variables($0)) })
  }

  package var description: String { name }

  package static let all = [
    NamedDerivativeSet(), NamedDerivativeSet("x"), NamedDerivativeSet("x", "y", "z"), NamedDerivativeSet("y", "xx"),
    NamedDerivativeSet("xx", "xy", "yy", "xz", "yz", "zz"), NamedDerivativeSet("xy"), NamedDerivativeSet("y", "xxx"),
    NamedDerivativeSet("xxx", "xyz", "yyz"), NamedDerivativeSet("y", "xxxx"),
    NamedDerivativeSet("xxxx", "xxyy", "yyyy"), NamedDerivativeSet("xxyz", "yyyz", "zzzz"),
    NamedDerivativeSet(laplacians: ["xy"]), NamedDerivativeSet("z", "xy", laplacians: ["xyz"]),
    NamedDerivativeSet("xx", "yz", laplacians: ["xy", "yz"]), NamedDerivativeSet("xxx", laplacians: ["yz"]),
    NamedDerivativeSet("xxyy", "z", laplacians: ["xz", "xyz"]),
  ]
}

extension DerivativeSet {
  /// One more than the highest variable in the set, at least 1.
  package var variableCount: Int { (indices.flatMap(\.variables).max() ?? 0) + 1 }

  /// A derivative of a jet as one part of a function of it sees it; 0 for what that part does not depend on.
  ///
  /// A Laplacian is shared out unevenly among its summands, because nothing may depend on more than their sum.
  package func derivative(_ index: MultiIndex, seenBy part: Int, of jet: (_ part: Int) -> Double) -> Double {
    if part >= indices.count, let place = parts[part].firstIndex(of: index) {
      let count = Double(parts[part].count)
      return jet(part) * 2 * Double(place + 1) / (count * (count + 1))
    }
    return self.part(index).map(jet) ?? 0
  }
}

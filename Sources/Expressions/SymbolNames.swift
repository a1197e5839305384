import Autodiff

/// What the symbols of a graph are called when an expression is printed.
package struct SymbolNames: Sendable {
  package var variables: [String]
  package var outputs: [String]
  package var unknowns: [String]
  package var columns: [String]
  package var coefficients: [String]

  package init(
    variables: [String], outputs: [String] = [], unknowns: [String] = [], columns: [String] = [],
    coefficients: [String] = []
  ) {
    self.variables = variables
    self.outputs = outputs
    self.unknowns = unknowns
    self.columns = columns
    self.coefficients = coefficients
  }

  /// `u_xx` where every variable has one letter, else `d(u, tau, tau)`. A symbol without a name gets one that tells
  /// its number; one of another site is wrapped in `elsewhere(…)`, which is not part of the language. A Laplacian that is
  /// one symbol is `laplacian(u, x, y)`.
  package func text(_ symbol: Symbol) -> String {
    switch symbol {
    case .coordinate(let number, let site):
      return at(site, name(number, variables, "x"))
    case .unknown(let number):
      return name(number, unknowns, "unknown")
    case .column(let number):
      return name(number, columns, "column")
    case .coefficient(let number, let site):
      return at(site, name(number, coefficients, "coefficient"))
    case .bound(let number):
      return "bound\(number)"
    case .integral(let number):
      return "integral\(number)"
    case .laplacian(let number, let laplacian, let site):
      let arguments = [name(number, outputs, "output")] + laplacian.variables.map { name($0, variables, "x") }
      return at(site, "laplacian(\(arguments.joined(separator: ", ")))")
    case .output(let number, let index, let site):
      let output = name(number, outputs, "output")
      let by = index.variables.map { name($0, variables, "x") }
      if by.isEmpty { return at(site, output) }
      let subscripted = "\(output)_\(by.joined())"
      let isPlain =
        (variables + by).allSatisfy { $0.unicodeScalars.count == 1 && $0 != "_" }
        && ![variables, outputs, unknowns, columns, coefficients].contains { $0.contains(subscripted) }
      return at(site, isPlain ? subscripted : "d(\(output), \(by.joined(separator: ", ")))")
    }
  }

  private func name(_ number: Int, _ names: [String], _ kind: String) -> String {
    names.indices.contains(number) ? names[number] : "\(kind)\(number)"
  }

  private func at(_ site: Int, _ text: String) -> String { site == 0 ? text : "elsewhere(\(text))" }
}

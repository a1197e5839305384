package import Diagnostics
package import Training

extension Experiment {
  /// Candidate terms for an equation that is to be found.
  package struct Library: Sendable {
    /// What the terms are to explain.
    package var left: LocatedText
    package var terms: [LocatedText]
    /// Factor of both sides.
    package var weight: LocatedText
    package var settings: SparseRegression.Settings
    package var location: SourceLocation
  }

  /// How equations are found.
  package struct Discovery: Sendable {
    /// Whether derivatives come from differences of data on a grid, not from a network that is fitted to them.
    package var usesDifferences: Bool
    /// Neighbouring values that make a derivative.
    package var window: Int
    /// Degree of the polynomial through them.
    package var degree: Int
    /// How often the network is trained again with the equations found.
    package var rounds: Int
  }
}

extension Experiment.Library {
  /// - Parameter fields: what monomials are made of where the table does not say.
  init(_ table: LocatedTable, fields: [String]) {
    let (left, terms) = (table.text("equation"), table.table("terms"))
    var all = terms.textsIfPresent("expressions") ?? []
    let factors = terms.textsIfPresent("of")?.map(\.text) ?? fields
    if let degree = terms.integerIfPresent("degree"),
      Experiment.Library.monomialCount(factors: factors.count, degree: degree) <= Experiment.Library.mostTerms
    {
      let place = terms["degree"]?.location ?? table.location
      for text in Experiment.Library.monomials(of: factors, degree: degree)
      where !all.contains(where: { $0.text == text }) {
        let segment = LocatedText.Segment(offset: 0, line: place.line, column: place.column)
        all.append(LocatedText(text, file: place.file, segments: [segment]))
      }
    }
    self.init(
      left: left, terms: all, weight: table.text("weight"),
      settings: SparseRegression.Settings(
        method: SparseRegression.Method(rawValue: table.word("method")) ?? .stlsq,
        threshold: table.number("threshold"), share: table.number("share"), ridge: table.number("ridge"),
        penalty: table.number("penalty")),
      location: table.location)
  }

  /// All products of up to `degree` factors, by degree: 1, x, y, x^2, x*y, y^2, …
  static func monomials(of factors: [String], degree: Int) -> [String] {
    var result: [String] = []
    // Exponents of one degree, the first factor's falling.
    func extend(_ exponents: [Int], rest: Int) {
      guard exponents.count < factors.count - 1 else {
        let powers = zip(factors, exponents + [rest]).filter { $0.1 > 0 }.map { factor, power in
          let base = factor.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? factor : "(\(factor))"
          return power == 1 ? base : "\(base)^\(power)"
        }
        result.append(powers.isEmpty ? "1" : powers.joined(separator: "*"))
        return
      }
      for power in stride(from: rest, through: 0, by: -1) { extend(exponents + [power], rest: rest - power) }
    }
    guard !factors.isEmpty else { return ["1"] }
    for total in 0...degree { extend([], rest: total) }
    return result
  }

  static let mostTerms = 1000.0

  /// How many monomials there are, as a number that cannot overflow.
  static func monomialCount(factors: Int, degree: Int) -> Double {
    guard factors > 0 else { return 1 }
    return (1...factors).reduce(1.0) { $0 * Double(degree + $1) / Double($1) }
  }
}

extension Experiment.Discovery {
  init(_ table: LocatedTable) {
    self.init(
      usesDifferences: table.word("derivatives") == "differences", window: table.integer("window"),
      degree: table.integer("degree"), rounds: table.integer("rounds"))
  }
}

extension Experiment {
  /// Keys of libraries that make no sense without, or together with, others.
  func checkLibraries(_ root: LocatedTable, _ report: Report) {
    let fieldCount = Set(fields.map(\.baseName)).count
    for table in root.tables("library") {
      let terms = table.table("terms")
      let place = terms.location
      if let degree = terms.integerIfPresent("degree") {
        let factors = terms.listIfPresent("of")?.count ?? fieldCount
        let count = Library.monomialCount(factors: factors, degree: degree)
        if count > Library.mostTerms {
          report(
            "products of up to \(degree) of \(factors) factors are \(count) terms, at most \(Library.mostTerms) are supported",
            terms["degree"]?.location ?? place, "name fewer factors in 'of', or a lower degree")
        }
      } else if let factors = terms["of"] {
        report("'of' has no meaning without 'degree'", factors.location, nil)
      } else if terms["expressions"] == nil {
        report(
          "terms of [[library]] need 'expressions' or 'degree'", place,
          "write terms = [\"u\", \"u_xx\"] or terms = { degree = 2 }")
      }
    }
    let discovery = root.table("discovery")
    if self.discovery.window <= self.discovery.degree {
      report(
        "'window' in [discovery] must be above 'degree' \(self.discovery.degree), found \(self.discovery.window)",
        discovery["window"]?.location ?? discovery.location, nil)
    }
  }
}

package import Autodiff

/// An input of an expression: what the program that is made of it reads at every point.
///
/// Site 0 is the point itself; site 1 is its partner, the point that a periodic condition compares it with. Higher sites
/// are the places of `at` and of the nodes of integrals; their coordinates are expressions of those of site 0 and of
/// columns.
package enum Symbol: Hashable, Sendable {
  /// The value of a variable, by its number.
  case coordinate(Int, site: Int)
  /// A derivative of a raw network output with respect to the variables; `MultiIndex.value` is the output itself.
  case output(Int, MultiIndex, site: Int)
  /// A sum of pure second derivatives of a raw network output, in programs that read them only as that sum.
  case laplacian(Int, Laplacian, site: Int)
  /// A trainable scalar coefficient.
  case unknown(Int)
  /// A known value for each point: a column of a CSV file, a component of the outward normal.
  case column(Int)
  /// A known function of the variables, by its number in the graph.
  case coefficient(Int, site: Int)
  /// The name that an integral binds, while the integrand is read; no program reads it.
  case bound(Int)
  /// An integral over a place, by its number in the graph; no program reads it.
  case integral(Int)
}

extension Symbol: Comparable {
  /// Coordinates, then outputs, Laplacians, unknowns, columns and coefficients; within a kind by site, number, derivative.
  package static func < (a: Symbol, b: Symbol) -> Bool {
    switch (a, b) {
    case (.coordinate(let i, let p), .coordinate(let j, let q)): (p, i) < (q, j)
    case (.output(let i, let d, let p), .output(let j, let e, let q)): (p, i, d) < (q, j, e)
    case (.coefficient(let i, let p), .coefficient(let j, let q)): (p, i) < (q, j)
    case (.laplacian(let i, let d, let p), .laplacian(let j, let e, let q)): (p, i, d) < (q, j, e)
    case (.unknown(let i), .unknown(let j)), (.column(let i), .column(let j)), (.bound(let i), .bound(let j)),
      (.integral(let i), .integral(let j)):
      i < j
    default: a.rank < b.rank
    }
  }

  private var rank: Int {
    switch self {
    case .coordinate: 0
    case .output: 1
    case .laplacian: 2
    case .unknown: 3
    case .column: 4
    case .coefficient: 5
    case .bound: 6
    case .integral: 7
    }
  }

  /// The network output that the symbol is a derivative of, and the site; nil for what is no output.
  package var networkOutput: (number: Int, site: Int)? {
    switch self {
    case .output(let number, _, let site), .laplacian(let number, _, let site): (number, site)
    case .coordinate, .unknown, .column, .coefficient, .bound, .integral: nil
    }
  }

  /// The site at which it is read; nil for what is the same everywhere.
  package var site: Int? {
    switch self {
    case .coordinate(_, let site), .output(_, _, let site), .laplacian(_, _, let site), .coefficient(_, let site):
      site
    case .unknown, .column, .bound, .integral: nil
    }
  }

  /// The same symbol read at `site`, if it is one that is read at site 0.
  func moved(toSite site: Int) -> Symbol { self.site == 0 ? reading(site: site) : self }

  /// The same symbol read at `site`.
  func reading(site: Int) -> Symbol {
    switch self {
    case .coordinate(let number, _): .coordinate(number, site: site)
    case .output(let number, let index, _): .output(number, index, site: site)
    case .laplacian(let number, let laplacian, _): .laplacian(number, laplacian, site: site)
    case .coefficient(let number, _): .coefficient(number, site: site)
    case .unknown, .column, .bound, .integral: self
    }
  }
}

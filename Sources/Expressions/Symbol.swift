package import Autodiff

/// An input of an expression: what the program that is made of it reads at every point.
///
/// Site 0 is the point itself; site 1 is its partner, the point that a periodic condition compares it with.
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
}

extension Symbol: Comparable {
  /// Coordinates, then outputs, Laplacians, unknowns and columns; within a kind by site, number, derivative.
  package static func < (a: Symbol, b: Symbol) -> Bool {
    switch (a, b) {
    case (.coordinate(let i, let p), .coordinate(let j, let q)): (p, i) < (q, j)
    case (.output(let i, let d, let p), .output(let j, let e, let q)): (p, i, d) < (q, j, e)
    case (.laplacian(let i, let d, let p), .laplacian(let j, let e, let q)): (p, i, d) < (q, j, e)
    case (.unknown(let i), .unknown(let j)), (.column(let i), .column(let j)): i < j
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
    }
  }

  /// The network output that the symbol is a derivative of, and the site; nil for what is no output.
  package var networkOutput: (number: Int, site: Int)? {
    switch self {
    case .output(let number, _, let site), .laplacian(let number, _, let site): (number, site)
    case .coordinate, .unknown, .column: nil
    }
  }

  /// The same symbol read at `site`, if it is one that is read at site 0.
  func moved(toSite site: Int) -> Symbol {
    switch self {
    case .coordinate(let number, site: 0): .coordinate(number, site: site)
    case .output(let number, let index, site: 0): .output(number, index, site: site)
    case .laplacian(let number, let laplacian, site: 0): .laplacian(number, laplacian, site: site)
    default: self
    }
  }
}

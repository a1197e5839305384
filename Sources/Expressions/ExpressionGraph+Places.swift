/// Why an expression cannot be read at another place.
package enum PlaceFailure: Error {
  /// The values of a column, or of a normal, are known at their points only.
  case column
  /// An integral over a part of space inside another.
  case integral
}

extension ExpressionGraph {
  /// The expression with other values for some coordinates and bound names.
  ///
  ///     u(x, t) with x → g is u(g, t)
  ///
  /// A coordinate becomes its image. A network output, a derivative of one, or a coefficient is read at the site whose coordinates are
  /// the images; one that is read elsewhere already, at the site whose coordinates have the images put in. Derivatives by
  /// variables are taken before: u_x is the slope of u, read at the other place.
  ///
  /// - Parameter images: of `.coordinate(_, site: 0)`, of `.bound`, and of columns, which cannot be read elsewhere
  ///   without one.
  package mutating func evaluated(_ node: NodeID, with images: [Symbol: NodeID]) throws(PlaceFailure) -> NodeID {
    var own: [NodeID] = []
    var moves = false
    for variable in 0..<variableCount {
      let coordinate = Symbol.coordinate(variable, site: 0)
      own.append(images[coordinate] ?? symbol(coordinate))
      if images[coordinate] != nil { moves = true }
    }
    var replacements = images
    for symbol in symbols(of: [node]) where images[symbol] == nil {
      switch symbol {
      case .column where moves: throw .column
      case .integral: throw .integral
      case .output(_, _, let site), .laplacian(_, _, let site), .coefficient(_, let site):
        if site == 0, moves {
          replacements[symbol] = self.symbol(symbol.reading(site: self.site(at: own)))
        } else if let coordinates = coordinates(ofSite: site) {
          let moved = coordinates.map { replacing($0) { images[$0] } }
          if moved != coordinates { replacements[symbol] = self.symbol(symbol.reading(site: self.site(at: moved))) }
        }
      case .coordinate, .column, .unknown, .bound: break
      }
    }
    return replacing(node) { replacements[$0] }
  }

  /// Whether a node may be a coordinate of a place, or the limit of an integral: it is known when points are drawn.
  func isKnownAtPoints(_ node: NodeID) -> Bool {
    symbols(of: [node]).allSatisfy { symbol in
      switch symbol {
      case .coordinate(_, site: 0), .bound: true
      default: false
      }
    }
  }

  /// ∂/∂s of an expression by one of its symbols, all others held; nil where the expression depends on it by jumps, or has
  /// too large a derivative.
  package mutating func slope(of node: NodeID, by symbol: Symbol) -> NodeID? {
    let deciding = reachable(from: [node]).flatMap { decidingOperands(of: $0) }
    guard !symbols(of: deciding).contains(symbol) else { return nil }
    return try? derivatives(of: [node], bySymbol: symbol)[0]
  }
}

package import Expressions
package import Kernels

/// Where the points of a piece come from, so that they can be drawn again.
package struct PointSource: Sendable {
  package var slice: BoxRegion.Slice
  package var count: Int
  package var sampler: any Sampler
  package var stream: RandomStream
  /// For a periodic condition: the variable and its value at the partner of each point.
  package var partner: (variable: Int, value: Double)?

  package init(
    slice: BoxRegion.Slice, count: Int, sampler: any Sampler, stream: RandomStream,
    partner: (variable: Int, value: Double)? = nil
  ) {
    self.slice = slice
    self.count = count
    self.sampler = sampler
    self.stream = stream
    self.partner = partner
  }

  /// The coordinates `[site][variable][point]` of draw number `draw`.
  package func sites(dimensions: Int, draw: Int) -> [[[Double]]] {
    let rows = samplePoints(
      in: slice, count: count, sampler: sampler, stream: draw == 0 ? stream : stream.substream("draw", index: draw))
    let points = rows.count / max(1, dimensions)
    let first = (0..<dimensions).map { variable in (0..<points).map { rows[$0 * dimensions + variable] } }
    guard let partner else { return [first] }
    var second = first
    second[partner.variable] = [Double](repeating: partner.value, count: points)
    return [first, second]
  }
}

/// Points with one residual program: a face of a condition, the interior for an equation, the rows of a data set.
package struct TermPiece: Sendable {
  package var program: ResidualProgram
  /// Coordinates `[site][variable][point]`; site 1 is the partner of a periodic condition.
  package var sites: [[[Double]]]
  /// Known values at the points, `[column][point]`.
  package var columns: [[Double]]
  /// Nil for points that are given, as those of data.
  package var source: PointSource?

  package init(
    program: ResidualProgram, sites: [[[Double]]], columns: [[Double]] = [], source: PointSource? = nil
  ) {
    self.program = program
    self.sites = sites
    self.columns = columns
    self.source = source
  }

  package var count: Int { sites.first?.first?.count ?? 0 }
}

/// One summand of the loss: the mean square of the residuals of all its pieces.
package struct Term: Sendable {
  package enum Kind: Sendable {
    case equation, condition, data
  }

  package var name: String
  package var kind: Kind
  package var pieces: [TermPiece]

  package init(name: String, kind: Kind, pieces: [TermPiece]) {
    self.name = name
    self.kind = kind
    self.pieces = pieces
  }

  /// How many residuals the mean is over.
  package var residualCount: Int { pieces.reduce(0) { $0 + $1.count * $1.program.outputs.count } }
}

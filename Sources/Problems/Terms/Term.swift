package import Expressions
package import Kernels

/// Where the points of a piece come from, so that they can be drawn again.
package struct PointSource: Sendable {
  package enum Place: Sendable {
    case slice(BoxRegion.Slice)
    case inside(RegionSlice)
    case boundary(RegionBoundary)
  }

  package var place: Place
  package var count: Int
  package var sampler: any Sampler
  package var stream: RandomStream
  /// For a periodic condition: the variable and its value at the partner of each point.
  package var partner: (variable: Int, value: Double)?

  package init(
    place: Place, count: Int, sampler: any Sampler, stream: RandomStream,
    partner: (variable: Int, value: Double)? = nil
  ) {
    self.place = place
    self.count = count
    self.sampler = sampler
    self.stream = stream
    self.partner = partner
  }

  /// The coordinates `[site][variable][point]` of draw `number`, and on the boundary of a region the outward normals
  /// `[variable of the region][point]`, else nothing.
  package func points(dimensions: Int, draw number: Int) -> (sites: [[[Double]]], normals: [[Double]]) {
    let drawStream = number == 0 ? stream : stream.substream("draw", index: number)
    let rows: [Double]
    var normals: [[Double]] = []
    switch place {
    case .slice(let slice):
      // `self.`: a function of the module has the same name.
      rows = samplePoints(in: slice, count: count, sampler: self.sampler, stream: drawStream)
    case .inside(let slice):
      rows = slice.samplePoints(count: count, sampler: self.sampler, stream: drawStream)
    case .boundary(let boundary):
      (rows, normals) = boundary.samplePoints(count: count, sampler: self.sampler, stream: drawStream)
    }
    let points = rows.count / max(1, dimensions)
    let first = (0..<dimensions).map { variable in (0..<points).map { rows[$0 * dimensions + variable] } }
    guard let partner else { return ([first], normals) }
    var second = first
    second[partner.variable] = [Double](repeating: partner.value, count: points)
    return ([first, second], normals)
  }
}

/// One summand of the loss: the mean square of the residuals that belong to it.
package struct Term: Sendable, Equatable {
  package enum Kind: Sendable {
    case equation, condition, data
  }

  package var name: String
  package var kind: Kind

  package init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

/// Points with one residual program: the interior with all equations, a face of a condition, the rows of a data set.
///
/// Equations share their points, so that the network runs once for all of them.
package struct PointSet: Sendable {
  package var program: ResidualProgram
  /// The term that each output of the program belongs to.
  package var terms: [Int]
  /// Coordinates `[site][variable][point]`; site 1 is the partner of a periodic condition.
  package var sites: [[[Double]]]
  /// Known values at the points, `[column][point]`.
  package var columns: [[Double]]
  /// Nil for points that are given, as those of data.
  package var source: PointSource?

  /// - Precondition: one term for each output of the program.
  package init(
    program: ResidualProgram, terms: [Int], sites: [[[Double]]], columns: [[Double]] = [],
    source: PointSource? = nil
  ) {
    precondition(terms.count == program.outputs.count, "\(terms.count) terms for \(program.outputs.count) outputs")
    self.program = program
    self.terms = terms
    self.sites = sites
    self.columns = columns
    self.source = source
  }

  package var count: Int { sites.first?.first?.count ?? 0 }

  /// The points with the given numbers.
  package func selecting(_ points: [Int]) -> PointSet {
    var selected = self
    selected.sites = sites.map { $0.map { row in points.map { row[$0] } } }
    selected.columns = columns.map { row in points.map { row[$0] } }
    selected.source = nil
    return selected
  }
}

/// The residuals a loss is made of: terms, and the points they are taken at.
package struct LossTerms: Sendable {
  package var terms: [Term]
  package var pointSets: [PointSet]

  package init(terms: [Term] = [], pointSets: [PointSet] = []) {
    self.terms = terms
    self.pointSets = pointSets
  }

  /// The same residuals, with one part of a jet for derivatives that a point set reads only as a Laplacian.
  package func mergingLaplacians() -> LossTerms {
    var merged = self
    for number in pointSets.indices { merged.pointSets[number].program = pointSets[number].program.mergingLaplacians() }
    return merged
  }

  /// How many residuals the mean of each term is over.
  package var residualCounts: [Int] {
    var counts = [Int](repeating: 0, count: terms.count)
    for set in pointSets {
      for term in set.terms { counts[term] += set.count }
    }
    return counts
  }
}

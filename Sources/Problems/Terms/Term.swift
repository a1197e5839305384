package import Expressions
package import Kernels

/// Where the points of a piece come from, so that they can be drawn again.
package struct PointSource: Sendable {
  package enum Place: Sendable {
    case slice(BoxRegion.Slice)
    case inside(RegionSlice)
    case boundary(RegionBoundary)
    /// Points in groups, one for every time.
    case integrals(IntegralPoints)
  }

  package var place: Place
  package var count: Int
  package var sampler: any Sampler
  package var stream: RandomStream
  /// For a periodic condition: the variable and its value at the partner of each point.
  package var partner: (variable: Int, value: Double)?
  /// Whether the points are those of a quadrature, with their weights as the last column.
  package var isWeighted: Bool

  package init(
    place: Place, count: Int, sampler: any Sampler, stream: RandomStream,
    partner: (variable: Int, value: Double)? = nil, isWeighted: Bool = false
  ) {
    self.place = place
    self.count = count
    self.sampler = sampler
    self.stream = stream
    self.partner = partner
    self.isWeighted = isWeighted
  }

  /// The coordinates `[site][variable][point]` of draw `number`, and columns `[column][point]`: on the boundary of a
  /// region the components of the outward normals, one for each variable of the region; the weights of a quadrature.
  package func points(dimensions: Int, draw number: Int) -> (sites: [[[Double]]], columns: [[Double]]) {
    let drawStream = number == 0 ? stream : stream.substream("draw", index: number)
    var rows: [Double] = []
    var columns: [[Double]] = []
    if isWeighted {
      let quadrature = place.quadrature(count: count, sampler: sampler, stream: drawStream)
      (rows, columns) = (quadrature.points, quadrature.normals + [quadrature.weights])
    } else {
      switch place {
      case .slice(let slice):
        // `self.`: a function of the module has the same name.
        rows = samplePoints(in: slice, count: count, sampler: self.sampler, stream: drawStream)
      case .inside(let slice):
        rows = slice.samplePoints(count: count, sampler: self.sampler, stream: drawStream)
      case .boundary(let boundary):
        (rows, columns) = boundary.samplePoints(count: count, sampler: self.sampler, stream: drawStream)
      case .integrals(let integrals):
        let points = integrals.points(count: count, sampler: self.sampler, stream: drawStream)
        return ([points.coordinates], points.columns)
      }
    }
    let points = rows.count / max(1, dimensions)
    let first = (0..<dimensions).map { variable in (0..<points).map { rows[$0 * dimensions + variable] } }
    guard let partner else { return ([first], columns) }
    var second = first
    second[partner.variable] = [Double](repeating: partner.value, count: points)
    return ([first, second], columns)
  }
}

/// One summand of the loss: the mean square of the residuals that belong to it, or their sum where it is an energy.
package struct Term: Sendable, Equatable {
  package enum Kind: Sendable {
    case equation, condition, data
    /// An integral that is to be small: its residuals are the summands of a quadrature.
    case energy
    /// What is known of unknowns before the data, in units of its standard deviation.
    case prior
    /// What is to be small and need not vanish.
    case penalty

    /// Whether the term states the physics, which holds exactly, and not what was measured.
    package var isPhysics: Bool { self == .equation || self == .condition }
  }

  /// What is known about the noise of data.
  package enum Noise: Sendable, Equatable {
    /// The residuals are in units of its standard deviation, whose inverse square has the mean `typical`⁻².
    case unit(typical: Double)
    /// Nothing; a mean square below `negligible` is none.
    case unknown(negligible: Double)
  }

  package var name: String
  package var kind: Kind
  /// Of data.
  package var noise: Noise?
  /// Whether it is to hold exactly, whatever other terms lose by that.
  package var isConstraint: Bool

  package init(name: String, kind: Kind, noise: Noise? = nil, isConstraint: Bool = false) {
    self.name = name
    self.kind = kind
    self.noise = noise
    self.isConstraint = isConstraint
  }
}

/// Points with one residual program: the interior with all equations, a face of a condition, the rows of a data set.
///
/// Equations share their points, so that the network runs once for all of them.
package struct PointSet: Sendable {
  package var program: ResidualProgram { didSet { readCoefficients() } }
  /// The term that each output of the program belongs to.
  package var terms: [Int]
  /// Coordinates `[site][variable][point]`: the point; its partner in a periodic condition; the places of the program.
  package var sites: [[[Double]]] { didSet { readCoefficients() } }
  /// Known values at the points, `[column][point]`: those of the source, then those of the adjustment.
  package var columns: [[Double]]
  /// The values of the program's coefficients at their sites, `[coefficient][point]`.
  package private(set) var coefficients: [[Double]]
  /// The residual is the sum of the program's outputs over so many consecutive points: 1, or the points of an integral.
  package var groupSize: Int
  /// Nil for points that are given, as those of data.
  package var source: PointSource?
  /// What the program does with the last columns.
  package private(set) var adjustment = PointAdjustment()

  /// - Parameter sites: without those of places, which the program computes.
  /// - Precondition: one term for each output of the program, and whole groups.
  package init(
    program: ResidualProgram, terms: [Int], sites: [[[Double]]], columns: [[Double]] = [], groupSize: Int = 1,
    source: PointSource? = nil
  ) {
    precondition(terms.count == program.outputs.count, "\(terms.count) terms for \(program.outputs.count) outputs")
    let count = sites.first?.first?.count ?? 0
    precondition(groupSize > 0 && count.isMultiple(of: groupSize), "\(count) points in groups of \(groupSize)")
    self.groupSize = groupSize
    self.program = program
    self.terms = terms
    self.sites = program.sites(from: sites, columns: columns)
    self.columns = columns
    self.source = source
    coefficients = program.coefficientValues(at: self.sites)
  }

  /// Points of one term, whose residuals have shifts where they are to hold exactly.
  ///
  /// - Parameter graph: that of the residuals, to which the shifts are added.
  package init(
    of residuals: [NodeID], in graph: inout ExpressionGraph, term: Int, isConstraint: Bool, sites: [[[Double]]],
    columns: [[Double]], groupSize: Int = 1, source: PointSource? = nil
  ) {
    let adjustment = PointAdjustment(
      after: columns.count, shifted: isConstraint ? Array(residuals.indices) : [])
    let nodes = adjustment.apply(to: residuals, in: &graph)
    self.init(
      program: ResidualProgram(graph, outputs: nodes), terms: nodes.map { _ in term }, sites: sites, columns: columns,
      groupSize: groupSize, source: source)
    adjust(adjustment)
  }

  private mutating func readCoefficients() { coefficients = program.coefficientValues(at: sites) }

  /// Takes other points, of weight 1 and without shifts.
  ///
  /// - Shapes: sites without those of places that the program computes, columns without those of the adjustment.
  package mutating func load(sites: [[[Double]]], columns: [[Double]]) {
    self.sites = program.sites(from: sites, columns: columns)
    self.columns = columns
    addNeutralColumns()
  }

  /// Says what the program does with columns behind those that are there, and adds these: roots 1 and shifts 0.
  package mutating func adjust(_ adjustment: PointAdjustment) {
    self.adjustment = adjustment
    addNeutralColumns()
  }

  private mutating func addNeutralColumns() {
    columns += [[Double]](repeating: [Double](repeating: 0, count: count), count: adjustment.columnCount)
    if let root = adjustment.rootColumn { columns[root] = [Double](repeating: 1, count: count) }
  }

  /// The same points, of weight 1 and without shifts.
  package func unadjusted() -> PointSet {
    var plain = self
    plain.columns.removeLast(adjustment.columnCount)
    plain.addNeutralColumns()
    return plain
  }

  /// All that is known at the points: columns, then coefficients.
  package var known: [[Double]] { columns + coefficients }

  package var count: Int { sites.first?.first?.count ?? 0 }

  /// How many residuals each output of the program makes.
  package var residualCount: Int { count / groupSize }

  /// The points with the given numbers.
  ///
  /// - Precondition: the residuals are those of single points.
  package func selecting(_ points: [Int]) -> PointSet {
    precondition(groupSize == 1, "points of groups of \(groupSize)")
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

  /// How many residuals each term has.
  package var residualCounts: [Int] {
    var counts = [Int](repeating: 0, count: terms.count)
    for set in pointSets {
      for term in set.terms { counts[term] += set.residualCount }
    }
    return counts
  }
}

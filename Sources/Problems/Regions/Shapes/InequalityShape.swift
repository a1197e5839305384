package import Expressions

/// Where a function f is positive. It has no end of its own.
///
/// The boundary f = 0 is found on a grid over the box: each cell is cut into simplices, f is taken as linear in each,
/// and the facets that result are moved onto f = 0 by Newton's method. The grid has 512 cells along each axis in the
/// plane and 48 in space; what is finer is not seen.
package struct InequalityShape: Shape {
  /// f and its derivatives, of all variables.
  private let program: ResidualProgram
  /// f itself.
  private let function: NodeID
  private let source: ExpressionGraph
  /// The axis of each input of the program.
  private let inputs: [Int]
  package let dimensions: Int
  package let bounds: [ClosedRange<Double>]
  private let facets: [[[Double]]]
  /// The measure of the facets up to each.
  private let sums: [Double]

  package static let mostDimensions = 3

  /// - Precondition: `function` reads coordinates below `dimensions` only, and there are 3 at most.
  /// - Throws: functions that cannot be derived.
  package init(_ function: NodeID, graph: ExpressionGraph, dimensions: Int) throws(RegionError) {
    precondition(dimensions <= InequalityShape.mostDimensions, "an inequality in \(dimensions) dimensions")
    (self.function, source) = (function, graph)
    var graph = graph
    var outputs = [function]
    for axis in 0..<dimensions {
      guard let slope = try? graph.derivative(of: function, by: axis) else {
        throw RegionError("the inequality cannot be differentiated")
      }
      outputs.append(slope)
    }
    program = ResidualProgram(graph, outputs: outputs)
    inputs = program.inputs.map { symbol in
      guard case .coordinate(let axis, _) = symbol else { preconditionFailure("an inequality reads \(symbol)") }
      return axis
    }
    self.dimensions = dimensions
    let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    bounds = [ClosedRange<Double>](repeating: everything, count: dimensions)
    (facets, sums) = ([], [])
  }

  private init(_ other: InequalityShape, bounds: [ClosedRange<Double>]) {
    (program, inputs, dimensions) = (other.program, other.inputs, other.dimensions)
    (function, source) = (other.function, other.source)
    self.bounds = bounds
    let (program, inputs) = (other.program, other.inputs)
    var grid = SimplexGrid(
      bounds: bounds, cells: [4096, 512, 48][dimensions - 1],
      value: { point in
        let value = program.evaluate(inputs.map { point[$0] })[0]
        return value.isNaN ? -.greatestFiniteMagnitude : value
      })
    facets = grid.facets()
    var sum = 0.0
    sums = facets.map { facet in
      sum += SimplexGrid.measure(facet)
      return sum
    }
  }

  package func within(_ box: [ClosedRange<Double>]) -> any Shape { InequalityShape(self, bounds: box) }

  package var measure: Double? { nil }

  package var isBounded: Bool { false }

  private func slope(_ point: [Double]) -> (value: Double, gradient: [Double], size: Double) {
    let values = program.evaluate(inputs.map { point[$0] })
    let gradient = Array(values.dropFirst())
    return (values[0], gradient, length(gradient))
  }

  /// f/|∇f|; outside where f is not a number.
  package func depth(_ point: [Double]) -> Double {
    let (value, _, size) = slope(point)
    if value.isNaN { return -.greatestFiniteMagnitude }
    return size > 0 && size.isFinite ? value / size : value
  }

  package var pieces: [ShapePiece] {
    [ShapePiece(name: nil, measure: sums.last ?? 0, coordinates: max(1, dimensions - 1))]
  }

  package func outward(near point: [Double]) -> (piece: Int, normal: [Double]) {
    let (_, gradient, size) = slope(point)
    return (0, gradient.map { -$0 / size })
  }

  package func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint? {
    var rest = Array(coordinates)
    // The first coordinate chooses the facet; how far it lies within its share is a coordinate of the facet.
    let wanted = rest[0] * (sums.last ?? 0)
    var (low, high) = (0, max(0, sums.count - 1))
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    let before = low > 0 ? sums[low - 1] : 0
    rest[0] = min(max((wanted - before) / (sums[low] - before), 0), 1)
    var point = SimplexGrid.point(of: facets[low], at: rest)
    for _ in 0..<8 {
      let (value, gradient, size) = slope(point)
      guard size > 0, value.isFinite, size.isFinite else { break }
      point = zip(point, gradient).map { $0 - value / (size * size) * $1 }
    }
    let (_, gradient, size) = slope(point)
    return BoundaryPoint(point: point, normal: gradient.map { -$0 / size })
  }
}

extension InequalityShape {
  /// f over its mean slope on the boundary.
  package func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet {
    let slopes = facets.map { slope(SimplexGrid.point(of: $0, at: [Double](repeating: 0.5, count: $0.count - 1))).size }
    let mean = slopes.reduce(0) { $0 + ($1.isFinite ? $1 : 0) } / Double(max(1, slopes.count))
    let node = graph.copy(function, of: source) { symbol in
      guard case .coordinate(let axis, _) = symbol else { preconditionFailure("an inequality reads \(symbol)") }
      return x[axis]
    }
    return .piece(leaf: 0, number: 0, graph.divide(node, graph.constant(mean > 0 ? mean : 1)))
  }
}

package import Expressions

/// A solid in n dimensions with a boundary that can be sampled.
///
/// A member of the family is one file, `<Name>Shape.swift`, and one line in `shapeCatalogue`. A shape stands at its own
/// place; moved ones are `Region.Leaf`s.
package protocol Shape: Sendable {
  var dimensions: Int { get }

  /// A box around the shape, one range a dimension.
  var bounds: [ClosedRange<Double>] { get }

  /// Whether the shape has an end; where not, `bounds` are those of `within`.
  var isBounded: Bool { get }

  /// A box around the shape when moved; the default is one around the moved `bounds`.
  func bounds(moved map: AffineMap) -> [ClosedRange<Double>]

  /// Length, area, volume; nil where there is no closed form.
  var measure: Double? { get }

  /// Positive inside, negative outside, 0 on the boundary, near which it is the distance to first order.
  func depth(_ point: [Double]) -> Double

  var pieces: [ShapePiece] { get }

  /// The point of a piece at coordinates of the unit cube, and the unit normal there that points out of the shape.
  ///
  /// Points spread evenly over the cube are spread evenly over the piece, by its measure.
  ///
  /// - Returns: nil for coordinates that have no point, so that those that have are spread evenly.
  /// - Precondition: `coordinates` has as many values as the piece has coordinates.
  func boundaryPoint(piece: Int, at coordinates: ArraySlice<Double>) -> BoundaryPoint?

  /// The piece nearest to a point near the boundary, and the unit normal there that points out of the shape.
  func outward(near point: [Double]) -> (piece: Int, normal: [Double])

  /// The shape as a formula of functions of its coordinates, pieces numbered as in `pieces`.
  func zeroSet(_ x: [NodeID], in graph: inout ExpressionGraph) -> ZeroSet

  /// The shape as seen within a box, for shapes that have no end of their own.
  func within(_ box: [ClosedRange<Double>]) -> any Shape
}

/// A part of the boundary of a shape.
package struct ShapePiece: Sendable, Equatable {
  /// What it is called besides `outer` or `hole1`: "left", "edge2".
  package var name: String?
  /// Number of points, length, area.
  package var measure: Double
  /// The standard error of `measure` where that is an estimate.
  package var error = 0.0
  /// How many coordinates of the unit cube a point has.
  package var coordinates: Int
  /// The share of the unit cube whose coordinates have a point.
  package var acceptance = 1.0
  /// Whether it bounds a hole of the shape.
  package var isHole = false
}

/// A point of a boundary with the unit normal that points out.
package struct BoundaryPoint: Sendable, Equatable {
  package var point: [Double]
  package var normal: [Double]
}

/// Why there is no such region, as a phrase for a message.
package struct RegionError: Error, Sendable, Equatable {
  package var message: String
  package var help: String?
  /// Whether there is nothing inside, though all is well formed.
  package var isOfEmptyRegion: Bool

  package init(_ message: String, help: String? = nil, isOfEmptyRegion: Bool = false) {
    self.message = message
    self.help = help
    self.isOfEmptyRegion = isOfEmptyRegion
  }
}

extension Shape {
  package var isBounded: Bool { true }

  package func within(_ box: [ClosedRange<Double>]) -> any Shape { self }

  package func bounds(moved map: AffineMap) -> [ClosedRange<Double>] {
    let middle = map.point(bounds.map { ($0.lowerBound + $0.upperBound) / 2 })
    let half = bounds.map { ($0.upperBound - $0.lowerBound) / 2 }
    return map.bounds(middle: middle) { row in zip(row, half).reduce(0) { $0 + abs($1.0) * $1.1 } }
  }
}

func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

func distance(_ a: [Double], _ b: [Double]) -> Double { length(zip(a, b).map { $0 - $1 }) }

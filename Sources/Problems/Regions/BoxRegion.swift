/// A box: each variable, time included, lies between two bounds.
///
/// Points are rows of one value a variable, in the order of `variables`. A box does not know which of its variables is
/// time, nor that a variable is periodic.
package struct BoxRegion: Sendable, Equatable {
  /// A variable with its range, both ends included.
  package struct Variable: Sendable, Equatable {
    package let name: String
    package let lower: Double
    package let upper: Double

    /// - Precondition: both bounds are finite, their difference too, and `lower` is below `upper`.
    package init(_ name: String, from lower: Double, to upper: Double) {
      precondition(
        lower < upper && (upper - lower).isFinite, "variable '\(name)' was given the range [\(lower), \(upper)]")
      self.name = name
      self.lower = lower
      self.upper = upper
    }

    package var length: Double { upper - lower }

    /// The value at the fraction `u` of the way from `lower` to `upper`.
    ///
    /// It is exactly `lower` at 0 and exactly `upper` at 1, which `lower + u * length` is not, and never outside.
    package func value(at u: Double) -> Double { min(max((1 - u) * lower + u * upper, lower), upper) }

    /// The bound of a side, the very bits that were given.
    package func bound(_ side: Side) -> Double { side == .lower ? lower : upper }

    /// Whether `value` lies in the range widened by `tolerance` times its length at both ends; never for NaN.
    package func contains(_ value: Double, tolerance: Double = 0) -> Bool {
      value >= lower - tolerance * length && value <= upper + tolerance * length
    }
  }

  package enum Side: Sendable, Hashable, CaseIterable {
    case lower, upper
  }

  /// The part of the boundary where one variable sits on one of its bounds.
  package struct Face: Sendable, Hashable {
    /// Counts from 0.
    package let variable: Int
    package let side: Side

    package init(variable: Int, side: Side) {
      self.variable = variable
      self.side = side
    }

    /// The face across the box, the partner in a periodic condition.
    package var opposite: Face { Face(variable: variable, side: side == .lower ? .upper : .lower) }

    /// The outward normal's component along the face's own variable, −1 or 1; all others are 0.
    package var outwardSign: Double { side == .lower ? -1 : 1 }
  }

  /// What a derivative set can number.
  package static let maximumVariables = 254

  package let variables: [Variable]

  /// - Precondition: 1 to 254 variables, no name twice.
  package init(_ variables: [Variable]) {
    precondition(
      (1...BoxRegion.maximumVariables).contains(variables.count), "a region was given \(variables.count) variables")
    precondition(
      Set(variables.map(\.name)).count == variables.count, "names of variables repeat: \(variables.map(\.name))")
    self.variables = variables
  }

  /// Variables without names of their own: x1, x2, ….
  package init(bounds: [ClosedRange<Double>]) {
    self.init(bounds.enumerated().map { Variable("x\($0 + 1)", from: $1.lowerBound, to: $1.upperBound) })
  }

  /// How many variables a point has.
  package var dimensions: Int { variables.count }

  /// The place of a variable in a point, or nil.
  package func index(of name: String) -> Int? { variables.firstIndex { $0.name == name } }

  /// Length, area, volume: the product of the lengths. It is infinite or 0 where `Double` ends.
  package var measure: Double { variables.reduce(1) { $0 * $1.length } }

  /// All 2 · `dimensions` faces: of each variable in order, the lower and then the upper.
  package var faces: [Face] {
    variables.indices.flatMap { variable in Side.allCases.map { Face(variable: variable, side: $0) } }
  }

  /// The unit vector that points out of the box on a face, one component a variable.
  package func outwardNormal(of face: Face) -> [Double] {
    var normal = [Double](repeating: 0, count: dimensions)
    normal[face.variable] = face.outwardSign
    return normal
  }

  /// Whether row `row` of `points` lies in the box, each side moved out by `tolerance` times the length of its
  /// variable.
  ///
  /// - Shapes: `points` is [rows, `dimensions`], row-major.
  package func contains(_ points: Span<Double>, row: Int = 0, tolerance: Double = 0) -> Bool {
    for (offset, variable) in variables.enumerated()
    where !variable.contains(points[row * dimensions + offset], tolerance: tolerance) {
      return false
    }
    return true
  }
}

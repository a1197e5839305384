extension BoxRegion {
  /// The points of a box at which some variables have fixed values: a face, an edge, a corner, the initial time, a cut
  /// through the interior, or with no variable fixed the whole box.
  ///
  /// Its dimensions are the variables left free, in their order.
  package struct Slice: Sendable, Equatable {
    package let region: BoxRegion
    /// One entry a variable: its value, or nil where it is free.
    package let fixedValues: [Double?]
    /// The places of the free variables in a point, ascending.
    package let freeVariables: [Int]

    fileprivate init(region: BoxRegion, fixedValues: [Double?]) {
      for (variable, value) in zip(region.variables, fixedValues) {
        precondition(
          value.map { variable.contains($0) } ?? true,
          "variable '\(variable.name)' in [\(variable.lower), \(variable.upper)] was fixed at \(value ?? .nan)")
      }
      self.region = region
      self.fixedValues = fixedValues
      freeVariables = fixedValues.indices.filter { fixedValues[$0] == nil }
    }

    /// How many variables are free; 0 is a single point.
    package var dimensions: Int { freeVariables.count }

    /// The product of the lengths of the free variables; 1 for a single point, whose measure counts points.
    package var measure: Double { freeVariables.reduce(1) { $0 * region.variables[$1].length } }

    /// The faces of the box that the whole slice lies on: 1 of a face, 2 of an edge, none of a cut.
    package var faces: [Face] {
      region.faces.filter { fixedValues[$0.variable] == region.variables[$0.variable].bound($0.side) }
    }

    /// This slice with one more variable fixed.
    ///
    /// - Precondition: the variable is free and the value is within its bounds.
    package func fixing(_ variable: Int, at value: Double) -> Slice {
      precondition(
        fixedValues[variable] == nil, "variable '\(region.variables[variable].name)' was fixed a second time")
      var values = fixedValues
      values[variable] = value
      return Slice(region: region, fixedValues: values)
    }

    /// The part of this slice on a face: fixes the variable at the very bits of its bound.
    package func fixing(_ face: Face) -> Slice {
      fixing(face.variable, at: region.variables[face.variable].bound(face.side))
    }

    /// Whether row `row` of `points` lies on the slice; fixed variables too may be off by `tolerance` times the length
    /// of the variable.
    ///
    /// - Shapes: `points` is [rows, `region.dimensions`], row-major.
    package func contains(_ points: Span<Double>, row: Int = 0, tolerance: Double = 0) -> Bool {
      guard region.contains(points, row: row, tolerance: tolerance) else { return false }
      for (offset, value) in fixedValues.enumerated() {
        guard let value else { continue }
        let distance = abs(points[row * region.dimensions + offset] - value)
        guard distance <= tolerance * region.variables[offset].length else { return false }
      }
      return true
    }

    /// Points of the unit cube as points of the slice.
    ///
    /// A free variable is exactly on a bound where the coordinate is exactly 0 or 1; a fixed one has the very bits of
    /// its value.
    ///
    /// - Shapes: `coordinates` is [rows, `dimensions`], the result [rows, `region.dimensions`], both row-major.
    package func points(atUnitCoordinates coordinates: Span<Double>, rows: Int) -> [Double] {
      precondition(
        coordinates.count == rows * dimensions,
        "\(rows) points of \(dimensions) coordinates were announced and \(coordinates.count) values came")
      var points: [Double] = []
      points.reserveCapacity(rows * region.dimensions)
      var next = 0
      for _ in 0..<rows {
        for (variable, value) in zip(region.variables, fixedValues) {
          if let value {
            points.append(value)
          } else {
            points.append(variable.value(at: coordinates[next]))
            next += 1
          }
        }
      }
      return points
    }
  }

  /// The box as a slice with nothing fixed.
  package var interior: Slice { slice([:]) }

  /// The slice with variables, counted from 0, fixed at values.
  ///
  /// - Precondition: the variables exist and the values are within their bounds.
  package func slice(_ fixed: [Int: Double]) -> Slice {
    precondition(
      fixed.keys.allSatisfy(variables.indices.contains),
      "a slice of \(dimensions) variables fixes \(fixed.keys.sorted())")
    return Slice(region: self, fixedValues: variables.indices.map { fixed[$0] })
  }

  /// The slice that is a face.
  package func slice(_ face: Face) -> Slice { interior.fixing(face) }
}

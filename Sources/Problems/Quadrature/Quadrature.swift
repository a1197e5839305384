import Expressions
package import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Points xᵢ with weights qᵢ such that Σ qᵢ f(xᵢ) is about the integral of f over a place.
///
/// - Shapes: points [points, variables], row-major; normals `[variable of the region][point]` on the boundary of a region,
///   else nothing; one weight a point.
package struct Quadrature: Sendable {
  package var points: [Double]
  package var normals: [[Double]]
  package var weights: [Double]
}

extension PointSource.Place {
  /// A quadrature with about `count` points.
  ///
  /// | place | points | weights |
  /// | --- | --- | --- |
  /// | a box with at most three free variables | product of Gauss–Legendre rules | theirs |
  /// | a curve that is all of a shape's boundary | evenly spaced | length/points |
  /// | any other | those of `sampler` | measure/points |
  ///
  /// The sum of the weights is the length, area or volume, that of an estimate where the region has no formula for it.
  /// Evenly spaced points on a smooth closed curve converge faster than any power of their number.
  package func quadrature(count: Int, sampler: any Sampler, stream: RandomStream) -> Quadrature {
    switch self {
    case .slice(let slice) where slice.dimensions <= GaussLegendre.mostVariables:
      let (nodes, weights) = GaussLegendre.product(near: count, dimensions: slice.dimensions)
      return Quadrature(
        points: slice.points(atUnitCoordinates: nodes.span, rows: weights.count), normals: [],
        weights: weights.map { slice.measure * $0 })
    case .slice(let slice):
      let points = samplePoints(in: slice, count: count, sampler: sampler, stream: stream)
      let number = points.count / slice.region.dimensions
      return Quadrature(
        points: points, normals: [],
        weights: [Double](repeating: slice.measure / Double(number), count: number))
    case .inside(let slice):
      let points = slice.samplePoints(count: count, sampler: sampler, stream: stream)
      let number = points.count / slice.variables
      return Quadrature(
        points: points, normals: [],
        weights: [Double](repeating: slice.measure / Double(number), count: number))
    case .boundary(let boundary): return boundary.quadrature(count: count, sampler: sampler, stream: stream)
    case .integrals: preconditionFailure("integrals have quadratures of their own")
    }
  }

  /// Length, area or volume, as the weights of a quadrature sum up to it.
  package var measure: Double {
    switch self {
    case .slice(let slice): slice.measure
    case .inside(let slice): slice.measure
    case .boundary(let boundary): boundary.measure
    case .integrals: 0
    }
  }

  /// An estimate of the relative error of a quadrature of about `count` points for functions as smooth as a bell whose
  /// width is that of the place: that of Π exp(−yⱼ²/2), y the variables scaled to [−1, 1], between `count` points and half
  /// as many, over the integral.
  package func relativeError(
    count: Int, sampler: any Sampler, stream: RandomStream, box: BoxRegion
  ) -> Double {
    func integral(_ count: Int) -> Double {
      let quadrature = quadrature(count: count, sampler: sampler, stream: stream)
      var sum = 0.0
      for (number, weight) in quadrature.weights.enumerated() {
        var exponent = 0.0
        for (axis, variable) in box.variables.enumerated() {
          let x = quadrature.points[number * box.dimensions + axis]
          let y = (2 * x - variable.lower - variable.upper) / variable.length
          exponent += y * y / 2
        }
        sum += weight * exp(-exponent)
      }
      return sum
    }
    let (fine, coarse) = (integral(count), integral(max(1, count / 2)))
    return fine == 0 ? 0 : abs(fine - coarse) / abs(fine)
  }
}

/// Points of integrals over space, the same at every one of some times: one group of points a time.
///
/// Every group has the points of all integrals. The columns of a point are the components of the outward normal, one for
/// each variable, zero where there is none; then 1 at the first point of the group and 0 at all others, the factor of what
/// stands outside of integrals; then the weight of each integral, zero where the point belongs to another.
package struct IntegralPoints: Sendable {
  /// A part of the place of an integral, with the outward normal where that is the same everywhere.
  package struct Part: Sendable {
    package var place: PointSource.Place
    package var normal: [Double]?

    package init(place: PointSource.Place, normal: [Double]? = nil) {
      self.place = place
      self.normal = normal
    }

    /// The component of the outward normal along a variable at a point of the part's quadrature; 0 where there is none.
    package func normal(_ quadrature: Quadrature, _ variable: Int, _ point: Int) -> Double {
      if let normal { return normal[variable] }
      guard case .boundary(let boundary) = place, let axis = boundary.axis(of: variable) else { return 0 }
      return quadrature.normals[axis][point]
    }
  }

  package enum Times: Sendable {
    /// There is no time.
    case none
    case at(variable: Int, value: Double)
    /// So many times within the range of the variable.
    case drawn(variable: Int, slice: BoxRegion.Slice, count: Int)
  }

  /// The parts of each integral.
  package var integrals: [[Part]]
  package var times: Times
  /// The box of all variables, time included.
  package var box: BoxRegion

  package init(integrals: [[Part]], times: Times, box: BoxRegion) {
    self.integrals = integrals
    self.times = times
    self.box = box
  }

  /// How many columns the points have.
  package var columnCount: Int { integrals.count + 1 + box.dimensions }
  package var firstColumn: Int { box.dimensions }
  package func weightColumn(_ integral: Int) -> Int { box.dimensions + 1 + integral }

  /// Of `count` points the share of each part of an integral, by its measure.
  package func counts(_ parts: [Part], _ count: Int) -> [Int] {
    let total = parts.reduce(0) { $0 + $1.place.measure }
    return parts.map { max(1, Int((Double(count) * $0.place.measure / max(total, .leastNonzeroMagnitude)).rounded())) }
  }

  /// - Shapes: coordinates `[variable][point]`, columns `[column][point]`.
  func points(
    count: Int, sampler: any Sampler, stream: RandomStream
  ) -> (coordinates: [[Double]], columns: [[Double]], groupSize: Int) {
    var group = box.variables.map { _ in [Double]() }
    var columns = [[Double]](repeating: [], count: columnCount)
    for (number, parts) in integrals.enumerated() {
      for (place, (part, wanted)) in zip(parts, counts(parts, count)).enumerated() {
        let quadrature = part.place.quadrature(
          count: wanted, sampler: sampler, stream: stream.substream("integral \(number)", index: place))
        for (point, weight) in quadrature.weights.enumerated() {
          for variable in group.indices {
            group[variable].append(quadrature.points[point * box.dimensions + variable])
          }
          for integral in integrals.indices {
            columns[weightColumn(integral)].append(integral == number ? weight : 0)
          }
          columns[firstColumn].append(columns[firstColumn].isEmpty ? 1 : 0)
          for variable in box.variables.indices {
            columns[variable].append(part.normal(quadrature, variable, point))
          }
        }
      }
    }
    let size = group[0].count
    switch times {
    case .none: break
    case .at(let variable, let value): group[variable] = [Double](repeating: value, count: size)
    case .drawn(let variable, let slice, let levels):
      let rows = samplePoints(in: slice, count: levels, sampler: sampler, stream: stream.substream("times"))
      let times = (0..<rows.count / box.dimensions).map { rows[$0 * box.dimensions + variable] }
      group = group.indices.map { axis in
        times.flatMap { axis == variable ? [Double](repeating: $0, count: size) : group[axis] }
      }
      columns = columns.map { column in times.flatMap { _ in column } }
    }
    return (group, columns, size)
  }
}

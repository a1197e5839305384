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
/// The n-th point of a group stands for the n-th points of all integrals, each at a site of its own: an integrand is never
/// read where only another one is integrated, and where it need not exist. The sites of the first integral are the points;
/// those of every further one are columns. An integral with fewer points than others has its first point once more, with
/// the weight 0.
///
/// | columns | |
/// | --- | --- |
/// | one | 1 at the first point of the group and 0 at all others: the factor of what stands outside of integrals |
/// | for each integral | the weight; the outward normal by variable, zero where there is none; the coordinates by variable, at the time of the point |
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

    fileprivate var variable: Int? {
      switch self {
      case .none: nil
      case .at(let variable, _), .drawn(let variable, _, _): variable
      }
    }
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

  private var columnsOfIntegral: Int { 1 + 2 * box.dimensions }
  package var firstColumn: Int { 0 }
  package func weightColumn(_ integral: Int) -> Int { 1 + integral * columnsOfIntegral }
  package func normalColumn(_ integral: Int, _ variable: Int) -> Int { weightColumn(integral) + 1 + variable }
  package func coordinateColumn(_ integral: Int, _ variable: Int) -> Int {
    normalColumn(integral, box.dimensions + variable)
  }

  /// Of `count` points the share of each part of an integral, by its measure.
  package func counts(_ parts: [Part], _ count: Int) -> [Int] {
    let total = parts.reduce(0) { $0 + $1.place.measure }
    return parts.map { max(1, Int((Double(count) * $0.place.measure / max(total, .leastNonzeroMagnitude)).rounded())) }
  }

  /// The columns of an integral at one time: weight, normal, coordinates.
  private func columnsAtOneTime(
    of number: Int, count: Int, sampler: any Sampler, stream: RandomStream
  ) -> [[Double]] {
    let parts = integrals[number]
    var columns = [[Double]](repeating: [], count: columnsOfIntegral)
    for (place, (part, wanted)) in zip(parts, counts(parts, count)).enumerated() {
      let quadrature = part.place.quadrature(
        count: wanted, sampler: sampler, stream: stream.substream("integral \(number)", index: place))
      columns[0] += quadrature.weights
      for point in quadrature.weights.indices {
        for variable in box.variables.indices {
          columns[1 + variable].append(part.normal(quadrature, variable, point))
          columns[1 + box.dimensions + variable].append(quadrature.points[point * box.dimensions + variable])
        }
      }
    }
    return columns
  }

  /// - Shapes: coordinates `[variable][point]`, columns `[column][point]`.
  func points(
    count: Int, sampler: any Sampler, stream: RandomStream
  ) -> (coordinates: [[Double]], columns: [[Double]], groupSize: Int) {
    var each = integrals.indices.map { columnsAtOneTime(of: $0, count: count, sampler: sampler, stream: stream) }
    let size = each.reduce(0) { max($0, $1[0].count) }
    for integral in each.indices {
      let missing = size - each[integral][0].count
      for column in each[integral].indices {
        let filling = column == 0 ? 0 : each[integral][column].first ?? 0
        each[integral][column] += [Double](repeating: filling, count: missing)
      }
    }
    var columns = [[1] + [Double](repeating: 0, count: max(0, size - 1))] + each.flatMap { $0 }
    let times = values(ofTimes: sampler, stream: stream.substream("times"))
    if let times { columns = columns.map { column in times.flatMap { _ in column } } }
    if let times, let variable = self.times.variable {
      let ofPoints = times.flatMap { [Double](repeating: $0, count: size) }
      for integral in integrals.indices { columns[coordinateColumn(integral, variable)] = ofPoints }
    }
    return (box.variables.indices.map { columns[coordinateColumn(0, $0)] }, columns, size)
  }

  /// Nil where there is no time.
  private func values(ofTimes sampler: any Sampler, stream: RandomStream) -> [Double]? {
    switch times {
    case .none: return nil
    case .at(_, let value): return [value]
    case .drawn(let variable, let slice, let levels):
      let rows = samplePoints(in: slice, count: levels, sampler: sampler, stream: stream)
      return (0..<rows.count / box.dimensions).map { rows[$0 * box.dimensions + variable] }
    }
  }
}

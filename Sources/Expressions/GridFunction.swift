/// A function known on a rectilinear grid, between its points by multilinear interpolation.
///
///     f(x) = Σ_c f_c Π_k w_k,    w_k = s_k or 1 − s_k,    s_k = (x_k − a_k)/(b_k − a_k)
///
/// over the corners c of the cell [a_k, b_k] that x lies in; w_k is s_k where the corner is at b_k. Beyond the grid it has
/// the value at the nearest point of the border. It reproduces products of functions that are linear in each variable.
///
/// What it deliberately does not do: have a derivative, which would jump from cell to cell.
package struct GridFunction: KnownFunction, Equatable {
  package struct Axis: Sendable, Equatable {
    /// The number of the variable.
    package var variable: Int
    /// Ascending.
    package var ticks: [Double]

    /// The tick below a value, and where between it and the next the value lies, from 0 to 1.
    fileprivate func place(_ value: Double) -> (tick: Int, fraction: Double) {
      var (low, high) = (0, ticks.count - 1)
      guard value > ticks[low] else { return (low, 0) }
      guard value < ticks[high] else { return (high, 0) }
      while high - low > 1 {
        let middle = (low + high) / 2
        if ticks[middle] <= value { low = middle } else { high = middle }
      }
      return (low, (value - ticks[low]) / (ticks[high] - ticks[low]))
    }
  }

  /// Why rows are no grid.
  package struct Failure: Error, Equatable {
    /// How many values each variable has.
    package var counts: [Int]
  }

  package let axes: [Axis]
  package var variables: [Int] { axes.map(\.variable) }
  /// `[first axis][…][last axis]`
  private let values: [Double]
  /// How far apart in `values` neighbours along each axis are.
  private let strides: [Int]

  /// From rows in any order, one for each point of the grid.
  ///
  /// - Shapes: `coordinates` is `[axis][row]`, `values` `[row]`; all of them finite.
  /// - Parameter variables: the variable of each axis.
  /// - Throws: points that are missing or there twice.
  package init(variables: [Int], coordinates: [[Double]], values: [Double]) throws(Failure) {
    precondition(variables.count == coordinates.count && !variables.isEmpty, "\(coordinates.count) axes")
    let axes = zip(variables, coordinates).map { Axis(variable: $0, ticks: Set($1).sorted()) }
    let counts = axes.map(\.ticks.count)
    guard counts.reduce(1.0, { $0 * Double($1) }) == Double(values.count) else { throw Failure(counts: counts) }
    var strides = [Int](repeating: 1, count: axes.count)
    for axis in axes.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * counts[axis + 1] }
    var places = [Int](repeating: 0, count: values.count)
    for (axis, column) in coordinates.enumerated() {
      let numbers = Dictionary(uniqueKeysWithValues: axes[axis].ticks.enumerated().map { ($1, $0) })
      for row in places.indices { places[row] += (numbers[column[row]] ?? 0) * strides[axis] }
    }
    guard Set(places).count == values.count else { throw Failure(counts: counts) }
    var sorted = values
    for (row, place) in places.enumerated() { sorted[place] = values[row] }
    self.axes = axes
    self.values = sorted
    self.strides = strides
  }

  package func derivative(by variable: Int) -> (any KnownFunction)? { nil }

  /// The values at points.
  ///
  /// - Shapes: `coordinates` is `[variable][point]`, of all variables.
  /// - Complexity: O(2ᵏ + Σ log n) a point, for k axes of n ticks.
  package func values(at coordinates: [[Double]]) -> [Double] {
    let count = coordinates.first?.count ?? 0
    // Along an axis with one tick there is nothing to interpolate.
    let axes = zip(self.axes, strides).filter { $0.0.ticks.count > 1 }
    var fractions = [Double](repeating: 0, count: axes.count)
    return (0..<count).map { point in
      var start = 0
      for (number, (axis, stride)) in axes.enumerated() {
        let (tick, fraction) = axis.place(coordinates[axis.variable][point])
        start += tick * stride
        fractions[number] = fraction
      }
      var sum = 0.0
      for corner in 0..<1 << axes.count {
        var (weight, place) = (1.0, start)
        for (number, (_, stride)) in axes.enumerated() {
          let isUpper = corner >> number & 1 == 1
          weight *= isUpper ? fractions[number] : 1 - fractions[number]
          if isUpper { place += stride }
        }
        // Where the weight is 0, there may be no such corner.
        if weight != 0 { sum += weight * values[place] }
      }
      return sum
    }
  }
}

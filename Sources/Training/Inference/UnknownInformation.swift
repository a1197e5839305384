import LinearAlgebra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What measurements say about the unknowns once everything else is eliminated: R with the information matrix RᵀR.
///
/// Coordinates are raw values q, or whatever `scaled` made of them; the unit of R is one over that of the coordinates for
/// noise of standard deviation 1. Errors that are not determined are infinite.
package struct UnknownInformation: Sendable {
  /// R, `[column][row]`.
  package let columns: [[Double]]
  /// Lengths of the columns, 1 for those that are zero up to rounding.
  private let lengths: [Double]
  /// Of R with columns of length 1.
  private let singular: SingularValues
  /// How many directions are determined.
  private let rank: Int

  /// Singular values below this, beside the largest, are rounding: the rows of large problems carry errors of so much.
  private static let leastRatio = 1e-9
  /// Components of a direction below this, of a vector of length 1, are rounding.
  private static let leastComponent = 1e-4

  /// - Parameters:
  ///   - columns: of R, `[column][row]`.
  ///   - floors: for each column the length below which it is zero but for rounding.
  package init(columns: [[Double]], floors: [Double]) {
    let lengths = columns.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let scaled = zip(columns, zip(lengths, floors)).map { column, size in
      column.map { size.0 > size.1 ? $0 / size.0 : 0 }
    }
    self.columns = zip(columns, zip(lengths, floors)).map { column, size in
      size.0 > size.1 ? column : column.map { _ in 0 }
    }
    self.lengths = zip(lengths, floors).map { $0 > $1 ? $0 : 1 }
    singular = SingularValues(columns: scaled)
    let largest = singular.values.first ?? 0
    rank = singular.values.count { $0 > Self.leastRatio * largest }
  }

  package var count: Int { columns.count }

  /// Whether all is determined.
  package var isComplete: Bool { rank == count }

  /// The same in coordinates q / `units`: one unit of a new coordinate is so much of the old.
  package func scaled(by units: [Double]) -> UnknownInformation {
    UnknownInformation(
      columns: zip(columns, units).map { column, unit in column.map { $0 * unit } }, floors: units.map { _ in 0 })
  }

  /// The entry of the covariance (RᵀR)⁻¹, over the directions that are determined.
  private func determinedCovariance(_ i: Int, _ j: Int) -> Double {
    var sum = 0.0
    for place in 0..<rank {
      let (v, s) = (singular.right[place], singular.values[place])
      sum += v[i] * v[j] / (s * s)
    }
    return sum / (lengths[i] * lengths[j])
  }

  /// The same over those that are not, as if their singular value were one.
  private func undeterminedCovariance(_ i: Int, _ j: Int) -> Double {
    var sum = 0.0
    for place in rank..<max(rank, count) { sum += singular.right[place][i] * singular.right[place][j] }
    return abs(sum) > Self.leastComponent * Self.leastComponent ? sum / (lengths[i] * lengths[j]) : 0
  }

  /// The standard error of a coordinate, for noise of standard deviation 1.
  package func standardError(_ i: Int) -> Double {
    undeterminedCovariance(i, i) > 0 ? .infinity : determinedCovariance(i, i).squareRoot()
  }

  package var standardErrors: [Double] { columns.indices.map { standardError($0) } }

  /// ln |det R|; a singular value that is zero, of R with columns of length 1, counts as `floor`.
  package func logarithmOfDeterminant(floor: Double) -> Double {
    singular.values.reduce(0) { $0 + log(max($1, floor)) } + lengths.reduce(0) { $0 + log($1) }
  }

  /// The same with more rows below R.
  package func adding(rows: some Collection<[Double]>) -> UnknownInformation {
    UnknownInformation(
      columns: columns.indices.map { column in columns[column] + rows.map { $0[column] } },
      floors: columns.map { _ in 0 })
  }

  /// The correlation of the errors of two coordinates; where both are not determined, of what is not.
  package func correlation(_ i: Int, _ j: Int) -> Double {
    if i == j { return 1 }
    let (first, second) = (undeterminedCovariance(i, i), undeterminedCovariance(j, j))
    if first > 0, second > 0 { return undeterminedCovariance(i, j) / (first * second).squareRoot() }
    if first > 0 || second > 0 { return 0 }
    return determinedCovariance(i, j) / (determinedCovariance(i, i) * determinedCovariance(j, j)).squareRoot()
  }

  /// gᵀ(RᵀR)⁻¹g over the directions that are determined.
  package func variance(along g: [Double]) -> Double {
    var sum = 0.0
    for place in 0..<rank {
      let (v, s) = (singular.right[place], singular.values[place])
      var product = 0.0
      for i in g.indices { product += v[i] * g[i] / lengths[i] }
      sum += product * product / (s * s)
    }
    return sum
  }

  /// The shortest least-squares solution of R x = c.
  package func solve(_ c: [Double]) -> [Double] {
    var x = [Double](repeating: 0, count: count)
    for place in 0..<rank {
      let (v, s) = (singular.right[place], singular.values[place])
      // Row `place` of Uᵀ is (R v)ᵀ/s with R of columns of length 1.
      var product = 0.0
      for column in 0..<count {
        var sum = 0.0
        for row in c.indices { sum += columns[column][row] * c[row] }
        product += v[column] * sum / lengths[column]
      }
      for i in 0..<count { x[i] += v[i] / lengths[i] * product / (s * s) }
    }
    return x
  }

  /// The directions of the coordinates as they are, from the worst determined on: a vector of length 1 and the standard
  /// error of the coordinates along it.
  package var directions: [(direction: [Double], standardError: Double)] {
    let singular = SingularValues(columns: columns)
    let undetermined = count - rank
    return singular.values.indices.reversed().enumerated().map { place, number in
      (singular.right[number], place < undetermined ? .infinity : 1 / singular.values[number])
    }
  }
}

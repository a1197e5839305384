import Autodiff

/// Where the weight matrix of a layer stands in the parameter vector: `[rows, columns]`, row-major.
package struct WeightMatrix: Sendable, Equatable {
  package var offset: Int
  package var rows: Int
  package var columns: Int

  package init(offset: Int, rows: Int, columns: Int) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }

  package var places: Range<Int> { offset..<offset + rows * columns }
}

extension ParameterLayout {
  /// The weight matrices of all layers, in the order of the parameters.
  package var weightMatrices: [WeightMatrix] {
    packing.layers.map { WeightMatrix(offset: $0.offset, rows: $0.inputs, columns: $0.outputs) }
  }
}

extension [WeightMatrix] {
  /// The places of a vector of `count` numbers that belong to none of them.
  func placesBetween(count: Int) -> [Range<Int>] {
    var (ranges, start) = ([Range<Int>](), 0)
    for matrix in self {
      if start < matrix.offset { ranges.append(start..<matrix.offset) }
      start = matrix.places.upperBound
    }
    if start < count { ranges.append(start..<count) }
    return ranges
  }
}

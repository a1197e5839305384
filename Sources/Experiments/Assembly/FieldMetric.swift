import Expressions
import Kernels

/// A number made of the trained fields at many points: what a `[[metric]]` asks for.
///
///     m = f(R₁, R₂, …)      R = Σ eᵢ,  Σ wᵢeᵢ/Σ wᵢ,  min eᵢ,  max eᵢ,  or Σ qᵢeᵢ ≈ ∫ e
///
/// with expressions e of fields, variables and columns at points i. Rows of a file have weights w of 1, points of places
/// those of their quadrature.
package struct FieldMetric: Sendable {
  package var name: String
  /// What its sums run over, for reports: "16384 rows of 'nuclei.csv'".
  package var points: String
  var sums: [PointSums]
  /// f, of the sums as columns; what else it reads is the same everywhere.
  var value: ResidualProgram
  /// Any point: f is read there.
  var origin: [Double]

  /// Sums that share their points.
  struct PointSums: Sendable {
    /// `[variable][point]`; those of a roll-out are known when it has been done.
    var coordinates: [[Double]]
    /// `[column][point]`, in the order in which `program` numbers them.
    var columns: [[Double]]
    /// Nil where all points count the same.
    var weights: [Double]?
    var isOfRollout = false
    /// One output for each sum.
    var program: ResidualProgram
    var kinds: [PlacedIntegral.Kind]
    /// The places of the sums among those of the metric.
    var places: [Int]
  }

  /// - Parameter states: the coordinates of the roll-out, `[variable][row]`, where the metric is one of it.
  package func value(_ evaluator: FieldEvaluator, states: [[Double]] = []) -> Double {
    var values = [Double](repeating: 0, count: sums.reduce(0) { $0 + $1.kinds.count })
    for sum in sums {
      for (place, value) in zip(sum.places, sum.values(evaluator, states: states)) { values[place] = value }
    }
    let columns = values.map { [$0] }
    return evaluator.evaluate(value, at: origin.map { [$0] }, columns: columns)[0][0]
  }
}

extension FieldMetric.PointSums {
  fileprivate func values(_ evaluator: FieldEvaluator, states: [[Double]]) -> [Double] {
    let coordinates = isOfRollout ? states : self.coordinates
    var values = kinds.map { kind in
      switch kind {
      case .integral, .sum, .mean: 0.0
      case .smallest: Double.infinity
      case .largest: -Double.infinity
      }
    }
    evaluator.forEachBatch(of: program, at: coordinates, columns: columns) { range, batch in
      for (place, kind) in kinds.enumerated() {
        for (row, point) in range.enumerated() {
          let value = batch[row * kinds.count + place]
          switch kind {
          case .sum: values[place] += value
          case .integral, .mean: values[place] += (weights?[point] ?? 1) * value
          // A comparison with NaN is false: keep it.
          case .smallest where value.isNaN || value < values[place]: values[place] = value
          case .largest where value.isNaN || value > values[place]: values[place] = value
          case .smallest, .largest: break
          }
        }
      }
    }
    let total = weights?.reduce(0, +) ?? Double(coordinates.first?.count ?? 0)
    for (place, kind) in kinds.enumerated() where kind == .mean { values[place] /= total }
    return values
  }
}

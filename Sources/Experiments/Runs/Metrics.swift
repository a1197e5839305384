import Configurations
import Problems
import Training

/// Errors of the fields against known solutions, and of the unknowns against their true values.
///
/// For a field u with known values v at the points of a reference: `rel_l2_u` = ‖u − v‖/‖v‖, `max_error_u` = max |u − v|,
/// `rmse_u` = root mean square of u − v. A second reference adds `_2` to the names, a third `_3`.
func fieldMetrics(
  _ solution: SolutionModel, references: [ReferenceSolution], evaluator: FieldEvaluator
) -> [(name: String, value: Double)] {
  var metrics: [(name: String, value: Double)] = []
  for (number, reference) in references.enumerated() {
    let fields = evaluator.fields(at: reference.coordinates)
    let suffix = number == 0 ? "" : "_\(number + 1)"
    for (field, known) in reference.values {
      let name = solution.fields.fieldNames[field] + suffix
      var (errorSquares, squares, largest) = (0.0, 0.0, 0.0)
      for (value, exact) in zip(fields[field], known) {
        let error = value - exact
        errorSquares += error * error
        squares += exact * exact
        // A comparison with NaN is false: keep it visible.
        largest = error.isNaN ? .nan : max(largest, abs(error))
      }
      metrics.append(("rel_l2_\(name)", (errorSquares / squares).squareRoot()))
      metrics.append(("max_error_\(name)", largest))
      metrics.append(("rmse_\(name)", (errorSquares / Double(max(1, known.count))).squareRoot()))
    }
  }
  return metrics
}

/// `rel_error_D` = |estimate − true|/|true| for every unknown whose true value is given.
func unknownMetrics(_ solution: SolutionModel, _ parameters: [Double]) -> [(name: String, value: Double)] {
  let values = solution.layout.unknownValues(parameters)
  return zip(solution.experiment.unknowns, values).compactMap { unknown, value in
    unknown.truth.map { ("rel_error_\(unknown.name)", abs(value - $0) / abs($0)) }
  }
}

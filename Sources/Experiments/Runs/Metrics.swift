import Configurations
import Problems
import Training

/// The names in `metrics.csv` of a run, in order.
func metricNames(_ problem: AssembledProblem) -> [String] {
  var names = ["total_loss"] + problem.setup.loss.terms.map { "loss_\($0.name)" }
  names += RunRecorder.heldoutColumns(problem.setup).map { $0 == "heldout_data" ? "heldout_rmse" : $0 }
  for reference in problem.references {
    for (field, _) in reference.values {
      let name = metricSuffix(problem.solution, field: field, reference: reference.number)
      names += ["rel_l2_\(name)", "max_error_\(name)", "rmse_\(name)"]
    }
  }
  return names + problem.experiment.unknowns.filter { $0.truth != nil }.map { "rel_error_\($0.name)" }
}

private func metricSuffix(_ solution: SolutionModel, field: Int, reference number: Int) -> String {
  solution.fields.fieldNames[field] + (number == 0 ? "" : "_\(number + 1)")
}

/// Errors of the fields against known solutions, and of the unknowns against their true values.
///
/// For a field u with known values v at the points of a reference: `rel_l2_u` = ‖u − v‖/‖v‖, `max_error_u` = max |u − v|,
/// `rmse_u` = root mean square of u − v. A second reference adds `_2` to the names, a third `_3`.
func fieldMetrics(
  _ solution: SolutionModel, references: [ReferenceSolution], evaluator: FieldEvaluator
) -> [(name: String, value: Double)] {
  var metrics: [(name: String, value: Double)] = []
  for reference in references {
    let fields = evaluator.fields(at: reference.coordinates)
    for (field, known) in reference.values {
      let name = metricSuffix(solution, field: field, reference: reference.number)
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

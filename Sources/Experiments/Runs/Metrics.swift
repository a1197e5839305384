import Configurations
import Problems
import Training

/// The names of all metrics that a run of a problem comes to.
func metricNames(_ problem: AssembledProblem) -> [String] {
  var names = ["total_loss"] + problem.setup.loss.terms.map { "loss_\($0.name)" }
  let kinds = problem.setup.heldout.terms.map(\.kind)
  if kinds.contains(.equation) { names.append("heldout_residual") }
  if kinds.contains(.data) { names.append("heldout_rmse") }
  for (number, reference) in problem.references.enumerated() {
    for (field, _) in reference.values {
      let name = metricSuffix(problem, field: field, reference: number)
      names += ["rel_l2_\(name)", "max_error_\(name)", "rmse_\(name)"]
    }
  }
  return names + problem.experiment.unknowns.filter { $0.truth != nil }.map { "rel_error_\($0.name)" }
}

private func metricSuffix(_ problem: AssembledProblem, field: Int, reference number: Int) -> String {
  problem.model.fieldNames[field] + (number == 0 ? "" : "_\(number + 1)")
}

/// Errors of the fields against known solutions, and of the unknowns against their true values.
///
/// For a field u with known values v at the points of a reference: `rel_l2_u` = ‖u − v‖/‖v‖, `max_error_u` = max |u − v|,
/// `rmse_u` = root mean square of u − v. A second reference adds `_2` to the names, a third `_3`.
func fieldMetrics(
  _ problem: AssembledProblem, references: [ReferenceSolution], evaluator: FieldEvaluator
) -> [(name: String, value: Double)] {
  var metrics: [(name: String, value: Double)] = []
  for (number, reference) in references.enumerated() {
    let fields = evaluator.fields(at: reference.coordinates)
    for (field, known) in reference.values {
      let name = metricSuffix(problem, field: field, reference: number)
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
func unknownMetrics(_ problem: AssembledProblem, _ parameters: [Double]) -> [(name: String, value: Double)] {
  let values = problem.setup.layout.unknownValues(parameters)
  return zip(problem.experiment.unknowns, values).compactMap { unknown, value in
    unknown.truth.map { ("rel_error_\(unknown.name)", abs(value - $0) / abs($0)) }
  }
}

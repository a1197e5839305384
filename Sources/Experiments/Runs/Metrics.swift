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
  for name in problem.rollout?.stateNames ?? [] {
    names += ["rel_l2_rollout_\(name)", "max_error_rollout_\(name)", "rmse_rollout_\(name)"]
  }
  return names + problem.metrics.map(\.name)
    + problem.experiment.unknowns.filter { $0.truth != nil }.map { "rel_error_\($0.name)" }
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
      metrics += errorMetrics(
        metricSuffix(solution, field: field, reference: reference.number), fields[field], known)
    }
  }
  return metrics
}

/// Errors of the states of a roll-out: `rel_l2_rollout_q`, `max_error_rollout_q`, `rmse_rollout_q`.
func rolloutMetrics(_ rollout: Rollout, states: [[Double]]) -> [(name: String, value: Double)] {
  rollout.stateNames.indices.flatMap { place in
    errorMetrics(
      "rollout_\(rollout.stateNames[place])", states[rollout.state[place]], rollout.references[place].values)
  }
}

private func errorMetrics(_ name: String, _ values: [Double], _ known: [Double]) -> [(name: String, value: Double)] {
  var (errorSquares, squares, largest) = (0.0, 0.0, 0.0)
  for (value, exact) in zip(values, known) {
    let error = value - exact
    errorSquares += error * error
    squares += exact * exact
    // A comparison with NaN is false: keep it visible.
    largest = error.isNaN ? .nan : max(largest, abs(error))
  }
  return [
    ("rel_l2_\(name)", (errorSquares / squares).squareRoot()), ("max_error_\(name)", largest),
    ("rmse_\(name)", (errorSquares / Double(max(1, known.count))).squareRoot()),
  ]
}

/// `rel_error_D` = |estimate − true|/|true| for every unknown whose true value is given.
func unknownMetrics(_ solution: SolutionModel, _ parameters: [Double]) -> [(name: String, value: Double)] {
  let values = solution.layout.unknownValues(parameters)
  return zip(solution.experiment.unknowns, values).compactMap { unknown, value in
    unknown.truth.map { ("rel_error_\(unknown.name)", abs(value - $0) / abs($0)) }
  }
}

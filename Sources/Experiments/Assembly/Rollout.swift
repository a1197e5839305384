import Configurations
import Diagnostics
import Expressions
import Kernels
import Tables

/// Trajectories to be integrated by learned rates of change and compared with those of a file.
///
///     dx/dt = f(x, t),  x(t₀) the first row of the trajectory
///
/// x are variables of the experiment, f expressions of fields, variables and unknowns. A variable that is not in the state
/// is the time, where it is called as the column of the time, or has for each trajectory the value of its first row.
package struct Rollout: Sendable {
  let settings: Experiment.Rollout
  let table: CSVTable
  /// The variables of the state, by number.
  let state: [Int]
  package let stateNames: [String]
  /// The variable that is the time, if one is.
  private let timeVariable: Int?
  /// One output for each of the state.
  private let program: ResidualProgram
  let sets: [Trajectories]
  /// What the file says of the state, `x_ref`, at the rows in their order here.
  package let references: [(name: String, values: [Double])]
  /// `[row]`
  private let times: [Double]
  /// Nil where there is one trajectory.
  private let labels: [String]?
  /// The rows of each trajectory, by their places in `times`.
  private let trajectories: [Range<Int>]

  /// The rows of the file that are states.
  struct Trajectories: Sendable {
    /// Numbers of rows of the table, trajectory by trajectory.
    var rows: [Int]
    /// What the file says of the variables, `[variable][row]`; of those in the state it is what to compare with.
    var coordinates: [[Double]]
  }

  /// Nil where the experiment has no roll-out.
  ///
  /// - Throws: names that are no variables, wrong rates, columns that are missing, times that do not ascend.
  init?(_ experiment: Experiment, _ model: inout FieldModel) throws(InputFailure) {
    guard let settings = experiment.rollout else { return nil }
    self.settings = settings
    let names = experiment.variables.map(\.name)
    var state: [Int] = []
    for name in settings.state {
      guard let number = names.firstIndex(of: name.text) else {
        throw InputFailure(
          .configuration, "'\(name.text)' in the state of the roll-out is not a variable", at: name.location,
          help: nearestName(to: name.text, among: names).map { "did you mean '\($0)'?" }
            ?? "variables are \(names.joined(separator: ", "))")
      }
      guard !state.contains(number) else {
        throw InputFailure(.configuration, "'\(name.text)' is in the state twice", at: name.location)
      }
      state.append(number)
    }
    guard settings.rates.count == state.count else {
      throw InputFailure(
        .configuration, "the state has \(state.count) variables, and 'rate' \(settings.rates.count) expressions",
        at: settings.rates.first?.location ?? settings.rows.location)
    }
    self.state = state
    stateNames = state.map { names[$0] }
    var nodes: [NodeID] = []
    var collector = DiagnosticCollector()
    for (text, variable) in zip(settings.rates, state) {
      guard model.groups(of: [text]) == [nil] else {
        collector.report("a rate of the roll-out may not differ between groups", at: text.location)
        continue
      }
      let unit = Rollout.unit(of: names[variable], over: settings.time.text, model.scope)
      let node = collector.attempt { () throws(InputFailure) in
        try parseExpression(text, in: model.scope, graph: &model.graph, unit: unit)
      }
      if let node { nodes.append(node) }
    }
    try collector.throwIfAny()
    program = ResidualProgram(model.graph, outputs: nodes)
    timeVariable = names.firstIndex(of: settings.time.text).flatMap { state.contains($0) ? nil : $0 }

    table = try readTable(from: settings.rows.source)
    let map = ColumnMap(columns: settings.rows.columns, source: settings.rows.source)
    let columns = try table.numbers(columns: try map.names(names, table))
    let time = try table.numbers(columns: try map.names([settings.time.text], table, key: "time"))[0]
    let selected = try ObservationReader(experiment: experiment).selectedRows(settings.rows, table)
    let hasTrajectories = table.index(ofColumn: settings.trajectory.text) != nil
    let all = hasTrajectories ? try table.texts(settings.trajectory.text) : []
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for row in selected {
      let label = hasTrajectories ? all[row] : ""
      if members[label] == nil { order.append(label) }
      members[label, default: []].append(row)
    }
    var (rows, ranges) = ([Int](), [Range<Int>]())
    for label in order {
      let own = members[label] ?? []
      if let late = own.indices.dropFirst().first(where: { !(time[own[$0]] > time[own[$0 - 1]]) }) {
        throw InputFailure(
          .data, "the times of a trajectory must ascend, found \(time[own[late]]) after \(time[own[late - 1]])",
          at: table.location(row: own[late], column: table.index(ofColumn: map.columnName(settings.time.text)) ?? 0),
          help: hasTrajectories ? nil : "name the column that tells trajectories apart: trajectory = \"…\"")
      }
      ranges.append(rows.count..<rows.count + own.count)
      rows += own
    }
    let coordinates = columns.map { column in rows.map { column[$0] } }
    sets = [Trajectories(rows: rows, coordinates: coordinates)]
    references = state.map { ("\(names[$0])_ref", coordinates[$0]) }
    times = rows.map { time[$0] }
    labels = hasTrajectories ? rows.map { all[$0] } : nil
    trajectories = ranges
  }

  /// How much there is of it: "25 trajectories, 1125 states".
  package var summary: String {
    "\(trajectories.count) \(trajectories.count == 1 ? "trajectory" : "trajectories"), \(times.count) states"
  }

  /// What a rate of the variable is in, where both units are known.
  private static func unit(of variable: String, over time: String, _ scope: Scope) -> Unit? {
    guard let unit = scope.units[variable], let second = scope.units[time] else { return nil }
    return unit / second
  }
}

// MARK: Integration

extension Rollout {
  /// The states at all rows, `[variable][row]`, and what the user should know of them.
  ///
  /// The classical method of Runge and Kutta with steps that divide the times between rows, all trajectories at once:
  /// either no longer than `step`, or halved until the change, over 15 the error of the finer of two solutions, is below
  /// `tolerance`.
  ///
  /// - Source: Hairer, Nørsett & Wanner (1993), sections II.1 and II.4.
  package func integrated(_ evaluator: FieldEvaluator) -> (states: [[Double]], note: String?) {
    let evaluation = evaluator.repeated(program, points: trajectories.count)
    if let step = settings.step {
      let states = solution(evaluation) { longest in max(1, Int((longest / step).rounded(.up))) }
      return (states, Rollout.note(states))
    }
    var coarse = solution(evaluation) { _ in 1 }
    var substeps = 1
    while substeps < Rollout.mostSubsteps {
      substeps *= 2
      let fine = solution(evaluation) { _ in substeps }
      let error = relativeDifference(fine, coarse) / 15
      if error <= settings.tolerance || error.isNaN { return (fine, Rollout.note(fine)) }
      coarse = fine
    }
    return (
      coarse,
      "the roll-out does not reach its tolerance of \(settings.tolerance) with \(substeps) steps between two rows"
    )
  }

  private static let mostSubsteps = 1024

  private static func note(_ states: [[Double]]) -> String? {
    states.allSatisfy { $0.allSatisfy(\.isFinite) } ? nil : "the roll-out leaves all bounds: its states are not finite"
  }

  private func relativeDifference(_ fine: [[Double]], _ coarse: [[Double]]) -> Double {
    var largest = 0.0
    for variable in state {
      let scale = fine[variable].reduce(Double.leastNormalMagnitude) { max($0, abs($1)) }
      for (a, b) in zip(fine[variable], coarse[variable]) {
        let difference = abs(a - b) / scale
        if difference.isNaN { return .nan }
        largest = max(largest, difference)
      }
    }
    return largest
  }

  /// - Parameter substeps: of the longest time between two rows, how many steps to make of it.
  private func solution(_ evaluation: RepeatedEvaluation, substeps: (Double) -> Int) -> [[Double]] {
    var states = sets[0].coordinates
    // The current point of every trajectory, `[variable][trajectory]`.
    var point = states.map { values in trajectories.map { values[$0.lowerBound] } }
    var time = trajectories.map { times[$0.lowerBound] }
    for place in 1..<max(2, trajectories.map(\.count).max() ?? 0) {
      // A trajectory at its end stays where it is.
      let lengths = trajectories.map { rows in
        place < rows.count ? times[rows.lowerBound + place] - times[rows.lowerBound + place - 1] : 0
      }
      let count = substeps(lengths.max() ?? 0)
      for _ in 0..<count { step(&point, &time, lengths.map { $0 / Double(count) }, evaluation) }
      for (trajectory, rows) in trajectories.enumerated() where place < rows.count {
        time[trajectory] = times[rows.lowerBound + place]
        for variable in state { states[variable][rows.lowerBound + place] = point[variable][trajectory] }
      }
    }
    if let timeVariable { states[timeVariable] = times }
    return states
  }

  private func step(
    _ point: inout [[Double]], _ time: inout [Double], _ lengths: [Double], _ evaluation: RepeatedEvaluation
  ) {
    let start = point
    var sum = state.map { _ in [Double](repeating: 0, count: lengths.count) }
    var slopes: [Double] = []
    for (fraction, weight) in [(0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 1.0)] {
      var moved = start
      if let timeVariable {
        moved[timeVariable] = zip(time, lengths).map { $0 + fraction * $1 }
      }
      if fraction > 0 {
        for (place, variable) in state.enumerated() {
          for trajectory in lengths.indices {
            moved[variable][trajectory] +=
              fraction * lengths[trajectory] * slopes[trajectory * state.count + place]
          }
        }
      }
      slopes = evaluation.values(at: moved)
      for place in state.indices {
        for trajectory in lengths.indices {
          sum[place][trajectory] += weight * slopes[trajectory * state.count + place]
        }
      }
    }
    for (place, variable) in state.enumerated() {
      for trajectory in lengths.indices {
        point[variable][trajectory] += lengths[trajectory] / 6 * sum[place][trajectory]
      }
    }
    for trajectory in lengths.indices { time[trajectory] += lengths[trajectory] }
  }

  /// `trajectory,t,q,p,q_ref,p_ref,q_error,p_error`
  func write(_ states: [[Double]], to folder: RunFolder) throws(InputFailure) {
    let values = state.map { states[$0] }
    let known = references.map(\.values)
    let errors = zip(values, known).map { zip($0, $1).map { $0 - $1 } }
    let header =
      (labels == nil ? [] : [settings.trajectory.text]) + [settings.time.text] + stateNames
      + references.map(\.name) + stateNames.map { "\($0)_error" }
    let rows = times.indices.map { row in
      (labels.map { [CSVCell.text($0[row])] } ?? [])
        + ([times] + values + known + errors).map { CSVCell.number($0[row]) }
    }
    try writeTable(header: header, rows: rows, to: "rollout.csv", in: folder)
  }
}

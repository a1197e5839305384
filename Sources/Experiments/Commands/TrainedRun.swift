import Configurations
package import Diagnostics
package import Kernels
import Problems
import Tables
import Training

/// A run folder read back: the model and its trained parameters. Only the resolved file and the checkpoint are read.
package struct TrainedRun: Sendable {
  package let solution: SolutionModel
  package let parameters: [Double]
  /// Where the time is cut into slabs, all of them: those that training did not come to with the weights they would
  /// have started from.
  private let slabs: [FinishedSlab]
  /// Where relative paths of the run's experiment started.
  package let folder: String

  /// - Throws: `.missingInput` where the folder is no run, `.data` where its files do not fit each other.
  package init(folder: String) throws(InputFailure) {
    self.folder = folder
    let tree: LocatedTable
    do throws(InputFailure) {
      tree = try readConfiguration(path: folder + "/" + RunFolder.configurationName)
    } catch {
      guard error.kind == .missingInput else { throw error }
      throw InputFailure(
        .missingInput, "'\(folder)' is not a run folder: it has no '\(RunFolder.configurationName)'",
        help: "pinn train prints the path of the folder it writes")
    }
    solution = try SolutionModel(try Experiment(from: tree, baseDirectory: folder, defaultName: "run"))
    let checkpoint = try readCheckpoint(inFolder: folder)
    let begun = FinishedPart.all(in: checkpoint).map(\.parameters)
    let count = solution.layout.count
    guard let theta = checkpoint.vectors["theta"], (begun + [theta]).allSatisfy({ $0.count == count }) else {
      throw InputFailure(
        .data, "the checkpoint in '\(folder)' does not fit its '\(RunFolder.configurationName)'")
    }
    parameters = theta
    let cut = TimeSlabs(solution.experiment)
    slabs = if let cut { try cut.finished(begun: begun, last: theta, .best) } else { [] }
  }

  package func evaluator(pool: WorkerPool) -> FieldEvaluator {
    FieldEvaluator(solution: solution, parameters: parameters, slabs: slabs, pool: pool)
  }

  /// Errors against the known values of a CSV table inside the domain, as (name, value), and how many rows lie outside.
  package func metrics(
    against path: String, pool: WorkerPool
  ) throws(InputFailure) -> (metrics: [(name: String, value: Double)], outside: Int) {
    let table = try readTable(path: path)
    let references = try ReferenceSolution.all(
      table: table, map: ColumnMap(of: table), experiment: solution.experiment, model: solution.fields)
    return (
      fieldMetrics(solution, references: references, evaluator: evaluator(pool: pool)),
      references.reduce(0) { $0 + $1.outside }
    )
  }

  /// How many points lie outside the domain, where nothing was asked of the fields.
  package func countOutside(_ coordinates: [[Double]]) -> Int {
    let ranges = solution.experiment.variables.map(\.range)
    return (coordinates.first ?? []).indices.count { point in
      zip(coordinates, ranges).contains { !$1.contains($0[point]) }
    }
  }

  /// Coordinates `[variable][point]` from the columns of a CSV table, `-` being standard input.
  package func points(from path: String) throws(InputFailure) -> [[Double]] {
    let table = try readTable(path: path)
    return try table.numbers(columns: try ColumnMap(of: table).names(solution.experiment.variables.map(\.name), table))
  }

  /// The coordinates of a grid: `counts` by variable over the experiment's own grid, `fixed` variables at one value.
  ///
  /// - Throws: names that are no variables, counts below one, values outside the domain; kind `.usage`.
  package func grid(counts: [(String, Int)], fixed: [(String, Double)]) throws(InputFailure) -> [[Double]] {
    let experiment = solution.experiment
    let names = experiment.variables.map(\.name)
    var all = experiment.grid
    for (name, count) in counts {
      guard (1...100_000_000).contains(count) else {
        throw InputFailure(.usage, "a grid has at least one point along '\(name)', found \(count)")
      }
      all[try variable(name, names)] = count
    }
    for (name, _) in fixed { all[try variable(name, names)] = 1 }
    let (total, overflows) = all.reduce((1, false)) { partial, count in
      let product = partial.0.multipliedReportingOverflow(by: count)
      return (product.partialValue, partial.1 || product.overflow)
    }
    guard !overflows, total <= 500_000_000 else {
      throw InputFailure(.resources, "a grid of \(all.map(String.init).joined(separator: " x ")) points is too large")
    }
    var values: [Int: Double] = [:]
    for (name, value) in fixed {
      let number = try variable(name, names)
      let range = experiment.variables[number].range
      guard range.contains(value) else {
        throw InputFailure(
          .usage, "\(name) = \(value) lies outside the domain [\(range.lowerBound), \(range.upperBound)]")
      }
      values[number] = value
    }
    let coordinates = OutputGrid(experiment: experiment, counts: all, fixed: values).coordinates
    guard coordinates.first?.isEmpty == false else {
      throw InputFailure(.usage, "no point of the grid lies in the region")
    }
    return coordinates
  }

  private func variable(_ name: String, _ names: [String]) throws(InputFailure) -> Int {
    if let number = names.firstIndex(of: name) { return number }
    throw InputFailure(
      .usage, "'\(name)' is not a variable",
      help: nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "variables are \(names.joined(separator: ", "))")
  }
}

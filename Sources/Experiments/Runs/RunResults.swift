import Configurations
import Diagnostics
import Problems
import Tables
import Training

/// Writes the tables of a finished run.
struct RunResults {
  let problem: AssembledProblem
  let parameters: [Double]
  let evaluator: FieldEvaluator
  /// Nil where nothing is known about errors.
  var estimates: Estimates?

  /// `name,estimate,std_error,ci_low,ci_high,guess,true,unit`
  func parameterRows() -> [[CSVCell]] {
    let values = problem.setup.layout.unknownValues(parameters)
    return zip(problem.experiment.unknowns, values).enumerated().map { number, pair in
      let (unknown, value) = pair
      let line = estimates?.lines[number]
      return [
        .text(unknown.name), .number(value), CSVCell(line?.standardError), CSVCell(line?.interval.lowerBound),
        CSVCell(line?.interval.upperBound), .number(unknown.guess), CSVCell(unknown.truth),
        unknown.unit.isEmpty ? .empty : .text(unknown.unit),
      ]
    }
  }

  static let parameterHeader = ["name", "estimate", "std_error", "ci_low", "ci_high", "guess", "true", "unit"]

  /// The fields on the output grid or at the points of the first reference, with known values and errors where there
  /// are any at the same points, and standard errors where they are known and cheap to have.
  func writeFields(to name: String, in folder: RunFolder) throws(InputFailure) {
    let experiment = problem.experiment
    let atReference = experiment.writesAtReference ? problem.references.first : nil
    let coordinates =
      atReference?.coordinates ?? OutputGrid(experiment: experiment, counts: experiment.grid).coordinates
    var header = experiment.variables.map(\.name) + problem.model.fieldNames
    let fields = evaluator.fields(at: coordinates)
    var columns = coordinates + fields
    if let known = problem.references.first(where: { $0.coordinates == coordinates }) {
      for (field, values) in known.values {
        let name = problem.model.fieldNames[field]
        header += ["\(name)_ref", "\(name)_error"]
        columns += [values, zip(fields[field], values).map { $0 - $1 }]
      }
    }
    if let estimates, let deviations = evaluator.standardErrors(at: coordinates, estimates) {
      header += problem.model.fieldNames.map { "\($0)_std" }
      columns += deviations
    }
    try writeTable(header: header, columns: columns, to: name, in: folder)
  }
}

/// Puts a table of numbers in its place in a folder, whole.
func writeTable(
  header: [String], columns: [[Double]], to name: String, in folder: RunFolder
) throws(InputFailure) {
  try writeTable(header: header, to: name, in: folder) { table throws(WriteFailure) in
    try table.write(columns: columns)
  }
}

/// Puts a table of cells in its place in a folder, whole.
func writeTable(header: [String], rows: [[CSVCell]], to name: String, in folder: RunFolder) throws(InputFailure) {
  try writeTable(header: header, to: name, in: folder) { table throws(WriteFailure) in
    for row in rows { try table.write(row) }
  }
}

private func writeTable(
  header: [String], to name: String, in folder: RunFolder, _ body: (CSVWriter) throws(WriteFailure) -> Void
) throws(InputFailure) {
  try writing { () throws(WriteFailure) in
    _ = try folder.contents.replace(name) { file throws(WriteFailure) in
      try body(try CSVWriter(file, header: header))
    }
  }
}

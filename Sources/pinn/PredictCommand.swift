import ArgumentParser
import Configurations
import Diagnostics
import Experiments
import Kernels
import Tables

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Evaluates the fields of a run at points; prints CSV.",
    discussion: """
      Columns are the variables, the fields, then the expressions of --derivatives. \
      Points come from a grid (the experiment's own by default) or from a CSV with a column for each variable.
      """)

  @Argument(help: ArgumentHelp("Run folder, as pinn train prints it.", valueName: "run"))
  var folder: String

  @Option(help: ArgumentHelp("Points along variables: x=256,t=101.", valueName: "counts"))
  var grid: String?

  @Option(help: ArgumentHelp("Variables held at a value: t=0.5.", valueName: "values"))
  var at: String?

  @Option(help: ArgumentHelp("CSV file with a column for each variable; '-' reads standard input.", valueName: "file"))
  var points: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Expressions to evaluate too, separated by commas: u_x,\"u*u_x\".", valueName: "expressions"))
  var derivatives: String?

  @OptionGroup var processors: ProcessorOptions

  func validate() throws {
    if points != nil, grid != nil || at != nil {
      throw ValidationError("--points cannot be combined with --grid or --at")
    }
  }

  func run() throws {
    let trained = try TrainedRun(folder: folder)
    let coordinates =
      try points.map { path throws(InputFailure) in try trained.points(from: path) }
      ?? trained.grid(counts: counts(), fixed: fixed())
    let outside = trained.countOutside(coordinates)
    if outside > 0 {
      Terminal.say(
        "note: \(outside) of \(coordinates[0].count) points lie outside the domain: values there are extrapolated")
    }
    let evaluator = trained.evaluator(pool: processors.pool)
    let texts = derivatives.map(topLevelParts) ?? []
    let expressions = texts.map { LocatedText($0, named: "--derivatives") }
    let extra = try evaluator.values(of: expressions, at: coordinates)
    let columns = coordinates + evaluator.fields(at: coordinates) + extra
    let header =
      trained.solution.experiment.variables.map(\.name) + trained.solution.experiment.fields.map(\.name.name) + texts
    try Terminal.results { writer throws(WriteFailure) in
      let table = try CSVWriter(writer, header: header)
      try table.write(columns: columns)
    }
  }

  private func counts() throws -> [(String, Int)] {
    try assignments(grid, option: "--grid").map { name, text in
      guard let count = Int(text) else {
        throw ValidationError("--grid must look like x=256,t=101, found '\(name)=\(text)'")
      }
      return (name, count)
    }
  }

  private func fixed() throws -> [(String, Double)] {
    try assignments(at, option: "--at").map { name, text in
      guard let value = Double(text), value.isFinite else {
        throw ValidationError("--at must look like t=0.5, found '\(name)=\(text)'")
      }
      return (name, value)
    }
  }

  private func assignments(_ text: String?, option: String) throws -> [(String, String)] {
    try (text ?? "").split(separator: ",").map { part in
      let sides = part.split(separator: "=", maxSplits: 1).map { String($0.filter { !$0.isWhitespace }) }
      guard sides.count == 2 else { throw ValidationError("\(option) must look like x=…, found '\(part)'") }
      return (sides[0], sides[1])
    }
  }
}

/// The parts of a text between commas that stand in no parentheses.
private func topLevelParts(_ text: String) -> [String] {
  var parts: [String] = [""]
  var depth = 0
  for character in text {
    if character == "(" { depth += 1 }
    if character == ")" { depth -= 1 }
    if character == ",", depth == 0 {
      parts.append("")
    } else {
      parts[parts.count - 1].append(character)
    }
  }
  return parts.map { String($0.drop(while: \.isWhitespace)) }.filter { !$0.isEmpty }
}

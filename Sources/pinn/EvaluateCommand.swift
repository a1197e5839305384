import ArgumentParser
import Experiments
import Kernels
import Tables

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compares a run with known values; prints errors as name,value.",
    discussion: """
      The CSV file has a column for each variable and for at least one field. For a field u the errors are \
      rel_l2_u = |u - known|/|known| (2-norms), max_error_u and rmse_u.
      """)

  @Argument(help: ArgumentHelp("Run folder, as pinn train prints it.", valueName: "run"))
  var folder: String

  @Option(help: ArgumentHelp("CSV file with known values; '-' reads standard input.", valueName: "file"))
  var against: String

  @OptionGroup var processors: ProcessorOptions

  func run() throws {
    let trained = try TrainedRun(folder: folder)
    let (metrics, outside) = try trained.metrics(
      against: against, pool: processors.pool)
    if outside > 0 { Terminal.say("note: \(outside) rows lie outside the domain and are left out") }
    try Terminal.results { writer throws(WriteFailure) in
      let table = try CSVWriter(writer, header: ["name", "value"])
      for metric in metrics { try table.write([.text(metric.name), .number(metric.value)]) }
    }
  }
}

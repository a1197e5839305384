import ArgumentParser
import Diagnostics
import Experiments
import Kernels
import Tables

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Times the engine against the processor's own multiply-add peak; prints CSV.",
    discussion: """
      Each case is the training step of a built-in experiment: loss and gradient by all parameters, but for 'rows', \
      JᵀJ and Jᵀr of least squares, and 'predict', values only. gflops counts the matrix products, two operations a \
      multiply-add; peak_gflops is what multiply-adds in registers alone reach on the same threads, measured in turn \
      with the case; fraction is their ratio.

      \(BenchmarkCase.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))
      """)

  @Option(help: ArgumentHelp("Cases to time, separated by commas; all by default.", valueName: "names"))
  var cases: String?

  @Option(help: ArgumentHelp("Time spent on each case.", valueName: "seconds"))
  var seconds = 2.0

  @Option(
    help: ArgumentHelp(
      "CSV of an earlier run to compare with: adds its fraction and the ratio to it.", valueName: "file"))
  var baseline: String?

  @OptionGroup var processors: ProcessorOptions

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds must be above 0 and at most 3600, found \(shortestDecimal(seconds))")
    }
  }

  func run() throws {
    let chosen = try chosenCases()
    let pool = processors.pool
    let earlier = try baseline.map { path throws(InputFailure) in try BenchmarkBaseline(path: path) }
    let header = BenchCommand.header + (earlier == nil ? [] : ["baseline_fraction", "ratio"])
    let table = try CSVWriter(try CheckedWriter.standardOutput(), header: header, flushesRows: true)
    for benchmark in chosen {
      let result = try measure(benchmark, pool: pool, seconds: seconds)
      var row = BenchCommand.row(result)
      if let earlier {
        let fraction = earlier.fraction(of: result)
        row += [fraction, fraction.map { result.fraction / $0 }].map { $0.map { .text(short($0)) } ?? .empty }
      }
      try table.write(row)
    }
    try table.output.flush()
  }

  private static let header = [
    "case", "points", "parts", "layers", "parameters", "threads", "isa", "milliseconds_median", "milliseconds_min",
    "gflops", "peak_gflops", "fraction",
  ]

  private static func row(_ result: BenchmarkResult) -> [CSVCell] {
    [
      .text(result.name), .integer(result.points), .integer(result.parts),
      .text(result.layers.map(String.init).joined(separator: "-")), .integer(result.parameters),
      .integer(result.threads), .text(result.instructionSet.rawValue),
    ]
      + [
        1e3 * result.medianSeconds, 1e3 * result.leastSeconds, 1e-9 * result.operationsPerSecond,
        1e-9 * result.peakOperationsPerSecond, result.fraction,
      ].map { .text(short($0)) }
  }

  private func chosenCases() throws(InputFailure) -> [BenchmarkCase] {
    guard let cases else { return BenchmarkCase.all }
    let names = BenchmarkCase.all.map(\.name)
    var chosen: [BenchmarkCase] = []
    for part in cases.split(separator: ",") {
      let name = String(part.filter { !$0.isWhitespace })
      guard let benchmark = BenchmarkCase.all.first(where: { $0.name == name }) else {
        throw InputFailure(
          .usage, "there is no case '\(name)'",
          help: nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
            ?? "cases are \(names.joined(separator: ", "))")
      }
      chosen.append(benchmark)
    }
    guard !chosen.isEmpty else {
      throw InputFailure(.usage, "--cases names no case", help: "cases are \(names.joined(separator: ", "))")
    }
    return chosen
  }
}

import ArgumentParser
import Diagnostics
import Experiments
import Tables

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks whether the files of a run are what they were when it wrote them.",
    discussion: """
      Recomputes every hash that is recorded: those of SHA256SUMS, those inside of the checkpoints, those of the input \
      files. The exit status is 65 where something is changed, missing or damaged.
      """)

  @Argument(help: ArgumentHelp("Run folder, as pinn train prints it.", valueName: "run"))
  var folder: String

  func run() throws {
    let verification = try Verification(folder: folder)
    try Terminal.results { writer throws(WriteFailure) in
      let table = try CSVWriter(writer, header: ["file", "state", "sha256"])
      for line in verification.lines {
        try table.write([
          .text(escapingControls(line.file)), .text(line.state.rawValue), line.recorded.map { .text($0) } ?? .empty,
        ])
      }
    }
    guard !verification.isGood else { return }
    let bad = verification.lines.filter { $0.state != .intact && $0.state != .absent }
    throw InputFailure(
      .data,
      "'\(folder)' is not as it was written: "
        + bad.map { "'\(escapingControls($0.file))' is \($0.state.rawValue)" }.joined(separator: ", "))
  }
}

import ArgumentParser
import Diagnostics
import Experiments
import Kernels
import Tables

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Trains a run again from its resolved file and compares the bits.",
    discussion: """
      The new run has a folder of its own. The exit status is 65 where one of its tables differs from that of the old one.
      """)

  @Argument(help: ArgumentHelp("Run folder, as pinn train prints it.", valueName: "run"))
  var folder: String

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("Folder of the new run; <run>-reproduced by default.", valueName: "dir"))
  var newFolder: String?

  @OptionGroup var processors: ProcessorOptions

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    StopSignals.listen()
    let progress = ProgressDisplay(quiet: quiet)
    let reproduction = try reproduce(
      folder,
      options: RunOptions(
        folder: newFolder, threads: processors.threadCount, instructionSet: processors.instructions.set,
        memory: .current,
        stopRequest: { StopSignals.request }, progress: { progress.show($0) }, note: { progress.note($0) }))
    if let reason = StopSignals.request { throw InputFailure(.temporary, "not compared: \(reason)") }
    try Terminal.results { writer throws(WriteFailure) in
      let table = try CSVWriter(writer, header: ["file", "state"])
      for (name, state) in reproduction.files { try table.write([.text(name), .text(state.rawValue)]) }
    }
    let others = reproduction.files.filter { $0.state != .equal }
    guard others.isEmpty else {
      throw InputFailure(
        .data,
        "'\(reproduction.folder)' is not what '\(folder)' is: "
          + others.map { "\($0.name) \($0.state == .differs ? "differs" : "is missing")" }.joined(separator: ", "))
    }
  }
}

import ArgumentParser
import Diagnostics
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Exit statuses besides 0; those from 64 up are those of sysexits.
enum ExitStatus {
  static let diverged: Int32 = 3
  static let requirementMissed: Int32 = 4
  static let sweepHadFailures: Int32 = 5
  static let stoppedEarly: Int32 = 75

  static func of(_ kind: FailureKind) -> Int32 {
    switch kind {
    case .usage: 64
    case .data: 65
    case .missingInput: 66
    case .resources: 71
    case .cannotCreate: 73
    case .inputOutput: 74
    case .temporary: 75
    case .configuration: 78
    }
  }
}

/// Standard error for talk, standard output for results, and how the process ends.
enum Terminal {
  /// Writes a line of talk, with control characters escaped: names come from files. Failures are ignored: talk is never
  /// worth a result.
  static func say(_ line: String) { emit(escapingControlsWithinLines(line) + "\n") }

  /// Writes a rendered diagnostic, which is escaped already, in colours where there are any.
  static func complain(_ rendered: String) { emit(Coloring.marked(rendered) + "\n") }

  /// Writes without a line end.
  static func sayRaw(_ text: String) { emit(text) }

  private static func emit(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }

  static var standardErrorIsTerminal: Bool { isatty(2) == 1 }

  /// Writes results to standard output through a checked writer.
  static func results(_ body: (CheckedWriter) throws(WriteFailure) -> Void) throws(WriteFailure) {
    let writer = try CheckedWriter.standardOutput()
    try body(writer)
    try writer.flush()
  }

  /// Runs a command and ends the process with the status that its end deserves.
  static func conclude(_ body: () throws -> Void) -> Never {
    do {
      try body()
      exit(0)
    } catch let failure as InputFailure {
      for diagnostic in failure.diagnostics { complain(diagnostic.rendered()) }
      exit(ExitStatus.of(failure.kind))
    } catch let failure as WriteFailure {
      if failure.isBrokenPipe {
        // Whoever read the results has had enough: end as other programs do.
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      }
      complain(escapingControls("error: \(failure.message)"))
      exit(ExitStatus.of(failure.inputFailure.kind))
    } catch {
      let status = PinnCommand.exitCode(for: error)
      // Help goes to standard output; a message about the command line may hold what was typed there.
      if status.isSuccess { PinnCommand.exit(withError: error) }
      say(PinnCommand.fullMessage(for: error))
      exit(status.rawValue)
    }
  }
}

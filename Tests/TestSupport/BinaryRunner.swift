import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A temporary folder in which the built `pinn` is run as a user would run it; removed with what is in it.
///
/// Waiting happens on threads of its own: the tasks of tests share a few threads that must not block.
package final class BinaryRunner: Sendable {
  /// The working folder.
  package let folder: String

  package init() throws {
    var template = Array((FileManager.default.temporaryDirectory.path + "/pinn-test-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw BinaryRunnerFailure("no temporary folder") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try FileManager.default.createDirectory(atPath: folder + "/files", withIntermediateDirectories: false)
    try FileManager.default.createDirectory(atPath: folder + "/streams", withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  // MARK: Files

  /// The path of a file in the folder that the program runs in.
  package func path(_ name: String) -> String { folder + "/files/" + name }

  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }

  package func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
  }

  package func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  package func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

  /// What is in a folder, sorted; empty where there is none.
  package func names(in name: String = ".") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
  }

  /// When a file was last written, in nanoseconds since 1970, and which file it is: a replaced file is another one.
  package func stamp(_ name: String) throws -> [Int] {
    var status = stat()
    guard stat(path(name), &status) == 0 else { throw BinaryRunnerFailure("no file '\(name)'") }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return [Int(status.st_ino), Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)]
  }

  // MARK: Programs

  /// The program: `PINN_BINARY` where that is set, else what was built together with the tests.
  package static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["PINN_BINARY"] { return path }
    var candidates: [String] = []
    if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      candidates.append(URL(fileURLWithPath: own).deletingLastPathComponent().path + "/pinn")
    }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    candidates += ["release", "debug"].map { root.path + "/.build/\($0)/pinn" }
    return candidates.first { access($0, X_OK) == 0 } ?? candidates[candidates.count - 1]
  }()

  /// Where a standard stream of the program goes.
  package enum Stream: Sendable {
    case captured
    /// As `>&-` does it.
    case closed
    case file(String)
  }

  /// Runs `pinn` and waits for its end.
  ///
  /// - Parameters: `environment` is added to that of the test, without its `SLURM_…`, `NO_COLOR` and the like.
  package func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], output: Stream = .captured,
    errors: Stream = .captured, timeoutSeconds: Double = 120
  ) async throws -> BinaryOutcome {
    try await start(arguments, input: input, environment: environment, output: output, errors: errors)
      .end(timeoutSeconds: timeoutSeconds)
  }

  /// Runs a script of the shell in which `pinn` is the program; `set -o pipefail` is on.
  package func shell(
    _ script: String, input: String = "", environment: [String: String] = [:], timeoutSeconds: Double = 120
  ) async throws -> BinaryOutcome {
    var environment = environment
    let folder = URL(fileURLWithPath: BinaryRunner.binary).deletingLastPathComponent().path
    environment["PATH"] = folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
    return try await launch(
      "/bin/bash", ["-c", "set -o pipefail; " + script], input: input, environment: environment, output: .captured,
      errors: .captured
    ).end(timeoutSeconds: timeoutSeconds)
  }

  /// Starts `pinn`.
  package func start(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], output: Stream = .captured,
    errors: Stream = .captured
  ) throws -> RunningBinary {
    try launch(
      BinaryRunner.binary, arguments, input: input, environment: environment, output: output, errors: errors)
  }

  private func launch(
    _ program: String, _ arguments: [String], input: String, environment: [String: String], output: Stream,
    errors: Stream
  ) throws -> RunningBinary {
    let streams = folder + "/streams/" + UUID().uuidString
    try Data(input.utf8).write(to: URL(fileURLWithPath: streams + ".in"))

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, streams + ".in", O_RDONLY, 0)
    for (descriptor, stream, captured) in [(Int32(1), output, ".out"), (Int32(2), errors, ".err")] {
      switch stream {
      case .captured:
        posix_spawn_file_actions_addopen(&actions, descriptor, streams + captured, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      case .closed: posix_spawn_file_actions_addclose(&actions, descriptor)
      case .file(let path): posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT, 0o600)
      }
    }

    // Test runners ignore some signals, and children would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ] { sigaddset(&defaults, number) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setsigmask(&attributes, &none)
    // A group of its own: a time-out ends a shell with all that it started.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))

    var variables = ProcessInfo.processInfo.environment.filter { name, _ in
      !name.hasPrefix("SLURM_") && !name.hasPrefix("PINN_") && !["NO_COLOR", "CLICOLOR_FORCE"].contains(name)
    }
    variables.merge(environment) { $1 }
    // The shell only changes the folder: `exec` keeps the process, its signals and its streams.
    let words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder + "/files", program] + arguments
    let environmentTexts = variables.map { "\($0)=\($1)" }
    var argumentPointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var environmentPointers: [UnsafeMutablePointer<CChar>?] = environmentTexts.map { strdup($0) } + [nil]
    defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }

    var process: pid_t = 0
    let code =
      access(program, X_OK) == 0
      ? posix_spawn(&process, words[0], &actions, &attributes, &argumentPointers, &environmentPointers) : errno
    guard code == 0 else {
      throw BinaryRunnerFailure("cannot start '\(program)': \(String(cString: strerror(code))); build it first")
    }
    return RunningBinary(process: process, streams: streams, runner: self)
  }
}

package struct BinaryRunnerFailure: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// How a program ended.
package struct BinaryOutcome: Sendable, CustomStringConvertible {
  package enum End: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)
    case timeout
  }

  package var end: End
  package var output: String
  package var errors: String

  /// The exit status; nil where there is none.
  package var status: Int32? {
    guard case .status(let status) = end else { return nil }
    return status
  }

  /// The lines of standard output.
  package var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast(output.hasSuffix("\n") ? 1 : 0).map(
      String.init)
  }

  package var description: String { "\(end)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
}

/// A program that was started and may still be running; it is ended when nobody holds this any more.
package final class RunningBinary: Sendable {
  package let process: Int32
  private let streams: String
  /// Keeps the folder.
  private let runner: BinaryRunner
  private let end = Mutex<BinaryOutcome.End?>(nil)

  fileprivate init(process: Int32, streams: String, runner: BinaryRunner) {
    self.process = process
    self.streams = streams
    self.runner = runner
  }

  deinit {
    if end.withLock({ $0 }) == nil {
      kill(-process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
  }

  /// Sends a signal.
  package func send(_ number: Int32) { kill(process, number) }

  /// What it has written to standard output so far.
  package var output: String { text(".out") }
  /// What it has written to standard error so far.
  package var errors: String { text(".err") }

  private func text(_ suffix: String) -> String {
    String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: streams + suffix))) ?? Data(), as: UTF8.self)
  }

  /// Waits until `condition` holds, without blocking other tests.
  ///
  /// - Returns: false where the time is up or the program has ended before that.
  package func wait(
    timeoutSeconds: Double = 60, until condition: @escaping @Sendable (RunningBinary) -> Bool
  ) async -> Bool {
    await onOwnThread {
      let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
      while ContinuousClock.now < deadline {
        if condition(self) { return true }
        if self.hasEnded { return condition(self) }
        usleep(1000)
      }
      return false
    }
  }

  /// Waits for the end; a program that takes longer is killed with all that it started.
  package func end(timeoutSeconds: Double = 120) async -> BinaryOutcome {
    await onOwnThread {
      let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
      while !self.hasEnded {
        if ContinuousClock.now >= deadline {
          kill(-self.process, SIGKILL)
          var status: Int32 = 0
          waitpid(self.process, &status, 0)
          self.end.withLock { $0 = .timeout }
        }
        usleep(1000)
      }
      return BinaryOutcome(
        end: self.end.withLock { $0 } ?? .timeout, output: self.output, errors: self.errors)
    }
  }

  private var hasEnded: Bool {
    end.withLock { end in
      if end != nil { return true }
      var status: Int32 = 0
      guard waitpid(process, &status, WNOHANG) == process else { return false }
      // The macros WIFEXITED, WEXITSTATUS and WTERMSIG.
      end = status & 0x7F == 0 ? .status((status >> 8) & 0xFF) : .signal(status & 0x7F)
      return true
    }
  }
}

/// The result of work on a thread of its own, which lets go of the work before it hands over the result: what the work
/// holds must not outlive the test that waits for it.
private func onOwnThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    let slot = JobSlot(work)
    Thread.detachNewThread { continuation.resume(returning: slot.run()) }
  }
}

private final class JobSlot<Result: Sendable>: Sendable {
  private let work: Mutex<(@Sendable () -> Result)?>

  init(_ work: @escaping @Sendable () -> Result) { self.work = Mutex(work) }

  /// Does the work, once.
  func run() -> Result {
    let work = work.withLock { $0.take() }
    guard let work else { preconditionFailure("the work is done already") }
    return work()
  }
}

package import Diagnostics
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The folder of a run, owned by one process at a time.
///
/// The lock is the kernel's, so that it ends with its owner however that ends.
package final class RunFolder: Sendable {
  package let path: String
  private let lock: Int32

  package static let configurationName = "config.resolved.toml"
  package static let checkpointName = "checkpoint"
  package static let recordName = "run.json"

  /// What a folder is for; each has a file that tells.
  package enum Kind: Sendable {
    case run, sweep

    var marker: String { self == .run ? RunFolder.configurationName : SweepFolder.recordName }
    var name: String { self == .run ? "run" : "sweep" }
  }

  /// Creates the folder with its parents, and takes it.
  ///
  /// - Throws: `.cannotCreate` where that is impossible or something else lies there, `.temporary` where another process
  ///   owns it.
  package init(creating path: String, kind: Kind = .run) throws(InputFailure) {
    self.path = path
    try RunFolder.makeFolders(path)
    try RunFolder.check(path, isFor: kind)
    let lockPath = path + "/.lock"
    let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw InputFailure(.cannotCreate, "cannot create '\(lockPath)': \(RunFolder.reason())")
    }
    guard RunFolder.takeLock(descriptor) else {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      close(descriptor)
      let owner = count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isNewline } : ""
      throw InputFailure(
        .temporary, "'\(path)' is in use by another process" + (owner.isEmpty ? "" : " (\(owner))"),
        help: "wait for it, or give another folder with --out")
    }
    lock = descriptor
    ftruncate(descriptor, 0)
    let owner = "process \(getpid()) on \(RunFolder.hostName)\n"
    _ = owner.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  deinit { close(lock) }

  /// Tries for a fifth of a second: a child that its owner is just starting shares a lock until it becomes its program.
  private static func takeLock(_ descriptor: Int32) -> Bool {
    for attempt in 0..<10 {
      if attempt > 0 { usleep(20_000) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    }
    return false
  }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Removes what an earlier run left, before another one begins in its place: its checkpoint would be taken for one of
  /// the new run, its tables for results of it.
  ///
  /// - Throws: `.cannotCreate` where a file cannot be removed.
  func removeResults() throws(InputFailure) {
    for name in [RunFolder.checkpointName, "fields.csv", "metrics.csv", "parameters.csv"] {
      guard unlink(file(name)) == 0 || errno == ENOENT else {
        throw InputFailure(.cannotCreate, "cannot remove '\(file(name))': \(RunFolder.reason())")
      }
    }
  }

  package static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func makeFolders(_ path: String) throws(InputFailure) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part
      if mkdir(prefix, 0o755) != 0, errno != EEXIST, errno != EISDIR {
        throw InputFailure(.cannotCreate, "cannot create the folder '\(prefix)': \(reason())")
      }
      prefix += "/"
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw InputFailure(.cannotCreate, "cannot use '\(path)' as a run folder: it is not a folder")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw InputFailure(.cannotCreate, "cannot write in the folder '\(path)': \(reason())")
    }
  }

  /// Refuses a folder with other things in it: the results of a run replace what lies there.
  private static func check(_ path: String, isFor kind: Kind) throws(InputFailure) {
    guard let entries = opendir(path) else {
      throw InputFailure(.cannotCreate, "cannot read the folder '\(path)': \(reason())")
    }
    defer { closedir(entries) }
    var names: Set<String> = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.insert(name) }
    }
    // A folder that was taken but never written to has the lock alone.
    if !names.subtracting([".lock"]).isEmpty, !names.contains(kind.marker) {
      throw InputFailure(
        .cannotCreate, "'\(path)' holds other files and is not a \(kind.name) folder",
        help: "give a new folder with --out")
    }
  }
}

/// Turns the failures of writing into those of the command.
func writing<T>(_ body: () throws(WriteFailure) -> T) throws(InputFailure) -> T {
  do throws(WriteFailure) {
    return try body()
  } catch {
    throw error.inputFailure
  }
}

/// A name made safe for a file: letters, digits, `-`, `_` and `.` stay, all else becomes `-`; never empty, never a path.
func fileName(from name: String) -> String {
  let safe = name.unicodeScalars.map { scalar -> Character in
    let keeps = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    return keeps || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "-"
  }
  let text = String(safe.drop { $0 == "." || $0 == "-" }.prefix(80))
  return text.isEmpty ? "run" : text
}

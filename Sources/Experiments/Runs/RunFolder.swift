package import Diagnostics
package import Tables

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
  package let contents: Folder
  private let lock: Int32

  package static let configurationName = "config.resolved.toml"
  package static let checkpointName = "checkpoint"
  /// The checkpoint before the last one, for when that is damaged.
  package static let previousCheckpointName = "checkpoint.previous"
  package static let recordName = "run.json"
  private static let lockName = ".lock"

  /// What a folder is for; each has a file that tells.
  package enum Kind: Sendable {
    case run, sweep

    var marker: String { self == .run ? RunFolder.configurationName : SweepFolder.recordName }
    var name: String { self == .run ? "run" : "sweep" }
  }

  /// Creates the folder with its parents, and takes it.
  ///
  /// - Parameter parent: a folder that `path` starts from, below which no link is followed; nil where the path is the user's.
  /// - Throws: `.cannotCreate` where that is impossible or something else lies there, `.temporary` where another process
  ///   owns it.
  package init(
    creating path: String, below parent: Folder? = nil, kind: Kind = .run,
    fileSystem: any FileSystem = SystemFileSystem()
  ) throws(InputFailure) {
    if let parent {
      contents = try RunFolder.makeFolders(path, below: parent)
    } else {
      try RunFolder.makeFolders(path)
      contents = try writing { () throws(WriteFailure) in try Folder(path, fileSystem: fileSystem) }
    }
    guard contents.isWritable else {
      throw InputFailure(.cannotCreate, "cannot write in the folder '\(contents.path)': \(RunFolder.reason())")
    }
    try RunFolder.check(contents, isFor: kind)
    let descriptor = contents.openLockFile(RunFolder.lockName)
    guard descriptor >= 0 else {
      throw InputFailure(
        .cannotCreate, "cannot create '\(contents.file(RunFolder.lockName))': \(RunFolder.reason())")
    }
    guard RunFolder.takeLock(descriptor) else {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      close(descriptor)
      let owner = count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isNewline } : ""
      throw InputFailure(
        .temporary,
        "'\(contents.path)' is in use by another process" + (owner.isEmpty ? "" : " (\(escapingControls(owner)))"),
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

  package var path: String { contents.path }

  /// The path of a file in it, for reading.
  package func file(_ name: String) -> String { contents.file(name) }

  /// Puts a new file in the place of an old one.
  func replace(_ name: String, with text: String) throws(InputFailure) {
    try writing { () throws(WriteFailure) in try contents.replace(name, with: text) }
  }

  /// Removes what an earlier run left, before another one begins in its place: its checkpoints would be taken for those of
  /// the new run, its tables for results of it.
  ///
  /// - Throws: `.cannotCreate` where a file cannot be removed.
  func removeResults() throws(InputFailure) {
    // What vouches for others goes first, and for good.
    try remove([RunManifest.name, RunFolder.previousCheckpointName, RunFolder.checkpointName])
    let parts = contents.names().filter { $0.contains(".part-") && $0.hasSuffix(".csv") }.sorted()
    try remove(
      [
        "correlation.csv", "fields.csv", "metrics.csv", "parameters.csv", "rollout.csv", Ensemble.tableName,
        Profiles.tableName, Profiles.intervalsName,
      ] + parts)
  }

  private func remove(_ names: [String]) throws(InputFailure) {
    do throws(WriteFailure) {
      for name in names { try contents.remove(name) }
      try contents.synchronize()
    } catch {
      throw InputFailure(error.operation == .removing ? .cannotCreate : .inputOutput, error.message)
    }
  }

  package static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func makeFolders(_ path: String) throws(InputFailure) {
    var parent = path.hasPrefix("/") ? "/" : "./"
    for part in path.split(separator: "/") {
      let prefix = parent == "./" ? String(part) : parent + part
      if mkdir(prefix, 0o777) == 0 {
        // What a run commits in it is not to be lost with its name.
        try? Folder(parent).synchronize()
      } else if errno != EEXIST, errno != EISDIR {
        throw InputFailure(.cannotCreate, "cannot create the folder '\(prefix)': \(reason())")
      }
      parent = prefix + "/"
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw InputFailure(.cannotCreate, "cannot use '\(path)' as a run folder: it is not a folder")
    }
  }

  private static func makeFolders(_ path: String, below parent: Folder) throws(InputFailure) -> Folder {
    var folder = parent
    for part in path.split(separator: "/") {
      do throws(WriteFailure) {
        folder = try Folder(creating: String(part), in: folder)
      } catch {
        guard [ENOTDIR, ELOOP, EMLINK].contains(error.code) else { throw error.inputFailure }
        throw InputFailure(.cannotCreate, "cannot use '\(error.path)' as a run folder: it is not a folder")
      }
    }
    return folder
  }

  /// Refuses a folder with other things in it: the results of a run replace what lies there.
  private static func check(_ folder: Folder, isFor kind: Kind) throws(InputFailure) {
    let names = folder.names()
    // A folder that was taken but not written to has no more than the lock, and what was to become its first file.
    let first = kind.marker + ".tmp"
    if !names.subtracting([lockName, first]).isEmpty, !names.contains(kind.marker) {
      throw InputFailure(
        .cannotCreate, "'\(folder.path)' holds other files and is not a \(kind.name) folder",
        help: "give a new folder with --out")
    }
  }
}

/// Turns the failures of writing into those of the command.
@discardableResult
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

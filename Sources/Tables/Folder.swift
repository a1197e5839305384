package import Hashing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open folder, in which files are made, replaced and removed.
///
/// Files are reached from its descriptor, never by a path: whatever becomes of the path meanwhile, all that is written
/// stays in this folder. A symbolic link in the place of a file is not followed; it is replaced like a file, or refused where
/// something was to be added to it.
package final class Folder: Sendable {
  /// For messages, and for reading.
  package let path: String
  package let fileSystem: any FileSystem
  private let descriptor: Int32

  /// Opens the folder of a path; links in it are followed, as it is the user's.
  ///
  /// - Throws: operation `.creating`.
  package init(_ path: String, fileSystem: any FileSystem = SystemFileSystem()) throws(WriteFailure) {
    self.path = path
    self.fileSystem = fileSystem
    let isText = !path.utf8.contains(0)
    descriptor = isText ? openDescriptor(path, O_RDONLY | O_DIRECTORY, in: workingFolder) : -1
    guard descriptor >= 0 else {
      throw WriteFailure(path: path, operation: .creating, code: isText ? errno : EINVAL)
    }
  }

  /// Makes a folder in another one, or opens the one that is there; a link is not followed.
  ///
  /// - Throws: operation `.creating`, also where something else has the name.
  package init(creating name: String, in parent: Folder) throws(WriteFailure) {
    path = parent.file(name)
    fileSystem = parent.fileSystem
    guard isComponent(name) else { throw WriteFailure(path: path, operation: .creating, code: EINVAL) }
    let isNew = mkdirat(parent.descriptor, name, 0o777) == 0
    let isThere = isNew || errno == EEXIST
    descriptor = isThere ? openDescriptor(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: parent.descriptor) : -1
    guard descriptor >= 0 else { throw WriteFailure(path: path, operation: .creating, code: errno) }
    // What is committed in it is not to be lost with its name.
    if isNew { try parent.synchronize() }
  }

  deinit { _ = systemClose(descriptor) }

  /// The path of a file in it.
  package func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// What is in it.
  package func names() -> Set<String> {
    // A descriptor of its own: the list ends where another one left it otherwise.
    let own = openDescriptor(".", O_RDONLY | O_DIRECTORY, in: descriptor)
    guard own >= 0, let entries = fdopendir(own) else { return [] }
    defer { closedir(entries) }
    var names: Set<String> = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // SAFETY: the name ends with a NUL within the entry.
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.insert(name) }
    }
    return names
  }

  /// Opens a file in it for writing.
  ///
  /// - Throws: operation `.creating`, also where `append` meets a link or anything else that is no file, or one with a
  ///   second name elsewhere.
  package func writer(
    _ name: String, mode: CheckedWriter.Mode, hashing: Bool = false
  ) throws(WriteFailure) -> CheckedWriter {
    guard isComponent(name) else { throw WriteFailure(path: file(name), operation: .creating, code: EINVAL) }
    // Emptying a file would empty it under all its names.
    if mode == .replace { try remove(name) }
    return try CheckedWriter(
      name: name, in: descriptor, path: file(name), mode: mode == .replace ? .createNew : mode, hashing: hashing,
      fileSystem: fileSystem)
  }

  /// Puts a new file in the place of an old one, so that at any moment, also after a power failure, there is either the old
  /// or the new one, and never a part.
  ///
  ///     <name>.tmp made, written, synchronised · <name> renamed to `previous` · <name>.tmp renamed to <name> · folder synchronised
  ///
  /// The caller owns the folder: a `<name>.tmp` that is there was left by a process that has ended.
  ///
  /// - Parameter previous: the name that the old file is kept under; nil to lose it. Between the two renames there is the
  ///   kept file alone.
  /// - Returns: the hash of what was written.
  /// - Throws: with the path of the file that was meant, after removing the new one; the old file is untouched then, unless only
  ///   the last step failed.
  @discardableResult
  package func replace(
    _ name: String, keeping previous: String? = nil, with write: (CheckedWriter) throws(WriteFailure) -> Void
  ) throws(WriteFailure) -> SHA256 {
    let temporary = name + ".tmp"
    do throws(WriteFailure) {
      guard isComponent(name) else { throw WriteFailure(path: name, operation: .creating, code: EINVAL) }
      _ = fileSystem.remove(temporary, in: descriptor)
      let writer = try writer(temporary, mode: .createNew, hashing: true)
      do throws(WriteFailure) {
        try write(writer)
        try writer.close(synchronizing: true)
        if let previous { try rename(name, to: previous, mayBeMissing: true) }
        try rename(temporary, to: name)
      } catch {
        _ = fileSystem.remove(temporary, in: descriptor)
        throw error
      }
      try synchronize()
      return writer.hash
    } catch {
      throw WriteFailure(
        path: file(name), operation: error.operation, code: error.code, unwrittenBytes: error.unwrittenBytes)
    }
  }

  /// The same with bytes that are there already.
  @discardableResult
  package func replace(
    _ name: String, keeping previous: String? = nil, with contents: [UInt8]
  ) throws(WriteFailure) -> SHA256 {
    do throws(WriteFailure) {
      return try replace(name, keeping: previous) { writer throws(WriteFailure) in try writer.write(contents) }
    } catch {
      // All of them are needed, however many came to the disk.
      var failure = error
      failure.unwrittenBytes = contents.count
      throw failure
    }
  }

  /// The same with a text, in UTF-8.
  @discardableResult
  package func replace(_ name: String, with text: String) throws(WriteFailure) -> SHA256 {
    try replace(name, with: Array(text.utf8))
  }

  /// - Throws: operation `.replacing`.
  package func rename(_ name: String, to newName: String, mayBeMissing: Bool = false) throws(WriteFailure) {
    while fileSystem.rename(name, to: newName, in: descriptor) != 0 {
      if errno == EINTR { continue }
      if errno == ENOENT, mayBeMissing { return }
      throw WriteFailure(path: file(name), operation: .replacing, code: errno)
    }
  }

  /// Removes a file or a link; nothing where there is none.
  ///
  /// - Throws: operation `.removing`.
  package func remove(_ name: String) throws(WriteFailure) {
    guard fileSystem.remove(name, in: descriptor) == 0 || errno == ENOENT else {
      throw WriteFailure(path: file(name), operation: .removing, code: errno)
    }
  }

  /// Waits until the names of its files are on the disk.
  package func synchronize() throws(WriteFailure) {
    let code = synchronizeDescriptor(descriptor, fileSystem)
    if code != 0 { throw WriteFailure(path: path, operation: .synchronizing, code: code) }
  }

  /// Whether new files may be made in it.
  package var isWritable: Bool { faccessat(descriptor, ".", W_OK | X_OK, 0) == 0 }

  /// A descriptor of a file that is made where it is missing, for locks; −1, with the reason in `errno`, for anything that is no
  /// file or has a second name elsewhere.
  package func openLockFile(_ name: String) -> Int32 {
    let opened = openDescriptor(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, in: descriptor)
    guard opened >= 0, !isFileOfItsOwn(opened) else { return opened }
    _ = systemClose(opened)
    errno = EMLINK
    return -1
  }
}

/// Whether a name stands for something in a folder, and nowhere else.
private func isComponent(_ name: String) -> Bool {
  !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
}

package import Hashing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A buffered output that reports every failure; all results go through one.
///
/// `print` to a full disk ends with status 0. This writer goes on after short writes, interruptions and descriptors
/// set to non-blocking, and throws whatever else the system says. What could not be written stays in the buffer: once
/// there is space again, `flush()` goes on with the byte at which it stopped.
///
/// Nothing is written when the writer goes away: an output is finished by `close()` or `flush()`, or its rest is lost
/// on purpose, after a failure. Not thread-safe; it travels with the lock of whoever shares it.
package final class CheckedWriter {
  package enum Mode: Sendable {
    /// A new file, or the old one emptied.
    case replace
    /// Behind what is there.
    case append
    /// A new file; an old one of this name is an error.
    case createNew
  }

  /// What messages call it.
  package let path: String
  /// How many bytes have been accepted, written or still in the buffer; a file opened for appending starts at 0, and
  /// `truncate` sets it to the length of the file.
  package private(set) var byteCount = 0

  /// The hash of all accepted bytes, where the writer was asked for it; `continue(from:)` sets it after `truncate`.
  package private(set) var hash = SHA256()

  private var descriptor: Int32
  private let isOwned: Bool
  private var buffer: [UInt8] = []
  private let capacity: Int
  private let isHashing: Bool
  private let fileSystem: any FileSystem

  /// Opens a file of the user's; programs started from here do not inherit it.
  ///
  /// - Throws: operation `.creating`.
  package init(path: String, mode: Mode = .replace, capacity: Int = 1 << 16) throws(WriteFailure) {
    // C would read the path only as far as its first NUL byte.
    let opened = path.utf8.contains(0) ? -1 : openDescriptor(path, mode.flags)
    guard opened >= 0 else {
      throw WriteFailure(path: path, operation: .creating, code: path.utf8.contains(0) ? EINVAL : errno)
    }
    self.path = path
    self.capacity = max(1, capacity)
    descriptor = opened
    isOwned = true
    isHashing = false
    fileSystem = SystemFileSystem()
  }

  /// Opens a file below an open folder, which has to be one: links are not followed.
  ///
  /// - Throws: operation `.creating`.
  init(
    name: String, in folder: Int32, path: String, mode: Mode, hashing: Bool, fileSystem: any FileSystem
  ) throws(WriteFailure) {
    self.path = path
    self.fileSystem = fileSystem
    isHashing = hashing
    capacity = 1 << 16
    isOwned = true
    // Where a named pipe lies in its place, opening does not wait for a reader.
    let flags = mode.flags | O_NOFOLLOW | O_NONBLOCK
    repeat { descriptor = fileSystem.open(name, in: folder, flags: flags) } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw WriteFailure(path: path, operation: .creating, code: errno) }
    guard isFileOfItsOwn(descriptor) else { throw WriteFailure(path: path, operation: .creating, code: EMLINK) }
  }

  /// Writes to an open descriptor, which stays open.
  ///
  /// - Throws: operation `.creating` when the descriptor is closed (`>&-`).
  package init(descriptor: Int32, named name: String, capacity: Int = 1 << 16) throws(WriteFailure) {
    guard fcntl(descriptor, F_GETFD) >= 0 else {
      throw WriteFailure(path: name, operation: .creating, code: errno)
    }
    path = name
    self.capacity = max(1, capacity)
    self.descriptor = descriptor
    isOwned = false
    isHashing = false
    fileSystem = SystemFileSystem()
  }

  /// Standard output.
  package static func standardOutput() throws(WriteFailure) -> CheckedWriter {
    try CheckedWriter(descriptor: STDOUT_FILENO, named: "<stdout>")
  }

  deinit {
    if isOwned, descriptor >= 0 { _ = closeDescriptor(descriptor) }
  }

  // MARK: Writing

  package func write(_ text: String) throws(WriteFailure) {
    let before = buffer.count
    buffer.append(contentsOf: text.utf8)
    byteCount += buffer.count - before
    if isHashing { hash.update(buffer[before...]) }
    if buffer.count >= capacity { try flush() }
  }

  package func write(_ bytes: [UInt8]) throws(WriteFailure) {
    buffer.append(contentsOf: bytes)
    byteCount += bytes.count
    if isHashing { hash.update(bytes) }
    if buffer.count >= capacity { try flush() }
  }

  /// Hands everything to the system.
  ///
  /// - Throws: operation `.writing`; the buffer then begins with the first byte that was not taken.
  package func flush() throws(WriteFailure) {
    try requireOpen()
    var written = 0
    var failure: Int32 = 0
    while written < buffer.count, failure == 0 {
      // SAFETY: only bytes of the buffer are read, and only during the call.
      let count = buffer.withUnsafeBytes { bytes in
        fileSystem.write(UnsafeRawBufferPointer(rebasing: bytes[written...]), to: descriptor)
      }
      if count > 0 {
        written += count
      } else if count == 0 {
        failure = EIO
      } else if errno == EAGAIN {
        waitUntilReady(descriptor, for: Int16(POLLOUT))
      } else if errno != EINTR {
        failure = errno
      }
    }
    buffer.removeFirst(written)
    if failure != 0 {
      throw WriteFailure(path: path, operation: .writing, code: failure, unwrittenBytes: buffer.count)
    }
  }

  /// Flushes and waits until the bytes are on the disk. Pipes and terminals have nothing to wait for.
  package func synchronize() throws(WriteFailure) {
    try flush()
    let code = synchronizeDescriptor(descriptor, fileSystem)
    if code != 0 { throw WriteFailure(path: path, operation: .synchronizing, code: code) }
  }

  /// Flushes, then cuts the file to `length` bytes; what is written next comes behind them.
  ///
  /// A run that resumes drops with this the rows written after its checkpoint.
  ///
  /// - Throws: operation `.truncating`, also when the file is shorter than `length`: it is not filled up with zeros.
  package func truncate(toByteCount length: Int) throws(WriteFailure) {
    try flush()
    var status = stat()
    var code: Int32 = 0
    if fstat(descriptor, &status) != 0 {
      code = errno
    } else if status.st_size < length || length < 0 {
      code = EINVAL
    } else {
      while fileSystem.truncate(descriptor, to: length) != 0 {
        if errno == EINTR { continue }
        code = errno
        break
      }
      if code == 0, lseek(descriptor, 0, SEEK_END) < 0 { code = errno }
    }
    if code != 0 { throw WriteFailure(path: path, operation: .truncating, code: code) }
    byteCount = length
  }

  /// Goes on with the hash of what is in the file already.
  ///
  /// - Precondition: it is of as many bytes as are there.
  package func `continue`(from hash: SHA256) {
    precondition(hash.byteCount == byteCount, "a hash of \(hash.byteCount) bytes for \(byteCount)")
    self.hash = hash
  }

  /// Flushes and closes. A descriptor that was handed in stays open. Later calls do nothing.
  ///
  /// - Parameter synchronizing: wait until the bytes are on the disk.
  /// - Throws: the first failure; the file is closed in any case.
  package func close(synchronizing: Bool = false) throws(WriteFailure) {
    guard descriptor >= 0 else { return }
    var failure: WriteFailure?
    do throws(WriteFailure) {
      if synchronizing { try synchronize() } else { try flush() }
    } catch {
      failure = error
    }
    let closing = descriptor
    descriptor = -1
    if isOwned {
      let code = closeDescriptor(closing)
      if code != 0, failure == nil { failure = WriteFailure(path: path, operation: .closing, code: code) }
    }
    if let failure { throw failure }
  }

  private func requireOpen() throws(WriteFailure) {
    if descriptor < 0 {
      throw WriteFailure(path: path, operation: .writing, code: EBADF, unwrittenBytes: buffer.count)
    }
  }

  /// `close` is not repeated after an interruption: on Linux the descriptor is gone by then.
  private func closeDescriptor(_ descriptor: Int32) -> Int32 {
    fileSystem.close(descriptor) == 0 || errno == EINTR ? 0 : errno
  }
}

extension CheckedWriter.Mode {
  fileprivate var flags: Int32 {
    switch self {
    case .replace: O_WRONLY | O_CREAT | O_TRUNC
    case .append: O_WRONLY | O_CREAT | O_APPEND
    case .createNew: O_WRONLY | O_CREAT | O_EXCL
    }
  }
}

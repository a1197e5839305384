import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the bytes of a table come from.
enum ByteSource {
  case memory([UInt8], offset: Int)
  case file(InputFile)

  /// Fills `buffer` from `filled` on as far as one read goes and returns how many bytes came; 0 at the end.
  mutating func read(into buffer: inout [UInt8], from filled: Int) throws(InputFailure) -> Int {
    switch self {
    case .memory(let bytes, let offset):
      let count = min(buffer.count - filled, bytes.count - offset)
      buffer.replaceSubrange(filled..<filled + count, with: bytes[offset..<offset + count])
      self = .memory(bytes, offset: offset + count)
      return count
    case .file(let file):
      return try file.read(into: &buffer, from: filled)
    }
  }

  /// How many bytes are to come, where that is known.
  var byteCount: Int? {
    switch self {
    case .memory(let bytes, _): bytes.count
    case .file(let file): file.byteCount
    }
  }
}

/// A file, a pipe or standard input, opened for reading.
///
/// A named pipe is opened as a stream: opening waits for a writer, as `cat` does.
final class InputFile {
  let name: String
  /// The size of a regular file; nil for streams.
  let byteCount: Int?
  private let descriptor: Int32
  private let isOwned: Bool

  /// - Parameter path: `-` is standard input.
  /// - Throws: kind `.missingInput` when it cannot be opened or is a folder.
  init(path: String) throws(InputFailure) {
    if path == "-" {
      name = "<stdin>"
      descriptor = STDIN_FILENO
      isOwned = false
    } else {
      name = path
      if path.utf8.contains(0) {
        throw InputFailure(.missingInput, "cannot read '\(path)': the path contains a NUL byte")
      }
      let opened = openDescriptor(path, O_RDONLY)
      guard opened >= 0 else {
        throw InputFailure(.missingInput, "cannot read '\(path)': \(systemErrorText(errno))")
      }
      descriptor = opened
      isOwned = true
    }
    var status = stat()
    let failure = fstat(descriptor, &status) == 0 ? nil : errno
    let type = status.st_mode & S_IFMT
    byteCount = failure == nil && type == S_IFREG ? Int(status.st_size) : nil
    if let failure {
      throw InputFailure(.missingInput, "cannot read '\(name)': \(systemErrorText(failure))")
    }
    if type == S_IFDIR {
      throw InputFailure(.missingInput, "cannot read '\(name)': \(systemErrorText(EISDIR))")
    }
  }

  deinit {
    if isOwned { _ = close(descriptor) }
  }

  func read(into buffer: inout [UInt8], from filled: Int) throws(InputFailure) -> Int {
    while true {
      // SAFETY: reads at most what lies between `filled` and the end of the buffer.
      let count = buffer.withUnsafeMutableBytes { bytes in
        systemRead(descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
      }
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilReady(descriptor, for: Int16(POLLIN))
      default:
        throw InputFailure(.missingInput, "cannot read '\(name)': \(systemErrorText(errno))")
      }
    }
  }
}

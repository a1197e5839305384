package import Diagnostics
package import Hashing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a file.
///
/// - Throws: `.missingInput` where it cannot be read.
package func fileBytes(_ path: String) throws(InputFailure) -> [UInt8] {
  var bytes: [UInt8] = []
  try forEachPiece(
    of: path, sizeHint: { bytes.reserveCapacity($0) },
    {
      bytes += $0
      return true
    })
  return bytes
}

/// The hash of a file, or of its first bytes; it says how many there were.
///
/// - Throws: `.missingInput` where it cannot be read.
package func fileHash(_ path: String, first count: Int = .max) throws(InputFailure) -> SHA256 {
  var hash = SHA256()
  try forEachPiece(of: path) { piece in
    hash.update(piece.prefix(count - hash.byteCount))
    return hash.byteCount < count
  }
  return hash
}

/// Hands a file over piece by piece, as long as `body` wants more.
private func forEachPiece(
  of path: String, sizeHint: (Int) -> Void = { _ in }, _ body: (ArraySlice<UInt8>) -> Bool
) throws(InputFailure) {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw InputFailure(.missingInput, "cannot read '\(path)': \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  var status = stat()
  if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { sizeHint(Int(status.st_size)) }
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw InputFailure(.missingInput, "cannot read '\(path)': \(String(cString: strerror(errno)))")
    }
    if count == 0 || !body(buffer[..<count]) { return }
  }
}

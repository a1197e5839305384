import Foundation
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder that is removed with what is in it.
final class TemporaryFolder {
  let path: String

  init() {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/tables-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { _ = unlink(self[name]) }
    _ = rmdir(path)
  }

  subscript(name: String) -> String { "\(path)/\(name)" }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    let output = try CheckedWriter(path: self[name])
    try output.write(text)
    try output.close()
  }

  /// What is in it, sorted.
  var names: [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// The bytes of a file as text.
func contents(_ path: String) -> String? {
  guard let stream = fopen(path, "r") else { return nil }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&block, 1, block.count, stream)
    if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += block[..<count]
  }
}

/// Both ends of a new pipe.
func makePipe() -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { fatalError("no pipe") }
  return (ends[0], ends[1])
}

/// Work on a thread of its own: it may block without holding up other tests.
func onThread(_ work: @escaping @Sendable () throws -> Void) -> Task<Void, any Error> {
  let (stream, continuation) = AsyncThrowingStream.makeStream(of: Void.self)
  Thread.detachNewThread {
    do {
      try work()
      continuation.finish()
    } catch {
      continuation.finish(throwing: error)
    }
  }
  return Task { for try await _ in stream {} }
}

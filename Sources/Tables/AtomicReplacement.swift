#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Puts `contents` in the place of the file at `path` so that at any moment, also after a power failure, there is
/// either the old file or the new one, and never a part.
///
/// A new file in the same folder is written and brought to the disk, then renamed, then the folder is brought to the
/// disk. An old file's permissions are kept. Where `path` is a symbolic link, the file behind it is replaced.
///
/// - Throws: operation `.creating`, `.writing`, `.synchronizing`, `.closing` or `.replacing`; the old file is untouched
///   then and the new one removed, unless only the last step failed (`.synchronizing` of the folder).
package func atomicallyReplace(_ path: String, with contents: [UInt8]) throws(WriteFailure) {
  let target = resolvingLink(path)
  let slash = target.utf8.lastIndex(of: UInt8(ascii: "/"))
  let folder = slash.map { String(target[...$0]) } ?? "./"
  var generator = SystemRandomNumberGenerator()
  let unique = String(generator.next(), radix: 36)
  let temporary = folder + ".pinn-\(unique).tmp"

  do throws(WriteFailure) {
    let writer: CheckedWriter
    do throws(WriteFailure) {
      writer = try CheckedWriter(path: path.utf8.contains(0) ? path : temporary, mode: .createNew)
    } catch {
      throw WriteFailure(path: path, operation: .creating, code: error.code, unwrittenBytes: contents.count)
    }
    do throws(WriteFailure) {
      try writer.write(contents)
      try writer.close(synchronizing: true)
      var status = stat()
      if stat(target, &status) == 0, chmod(temporary, status.st_mode & 0o7777) != 0 {
        throw WriteFailure(path: path, operation: .replacing, code: errno)
      }
      if rename(temporary, target) != 0 {
        throw WriteFailure(path: path, operation: .replacing, code: errno)
      }
    } catch {
      _ = unlink(temporary)
      throw error
    }
  } catch {
    // Messages speak of the file that was meant, not of the temporary one.
    throw WriteFailure(
      path: path, operation: error.operation, code: error.code, unwrittenBytes: error.unwrittenBytes)
  }
  try synchronizeFolder(folder, of: path)
}

/// The same for text, in UTF-8.
package func atomicallyReplace(_ path: String, with contents: String) throws(WriteFailure) {
  try atomicallyReplace(path, with: Array(contents.utf8))
}

private func synchronizeFolder(_ folder: String, of path: String) throws(WriteFailure) {
  let descriptor = openDescriptor(folder, O_RDONLY | O_DIRECTORY)
  // A folder that may be written but not read cannot be opened; the file itself is on the disk.
  guard descriptor >= 0 else { return }
  let code = synchronizeDescriptor(descriptor)
  _ = systemClose(descriptor)
  if code != 0 { throw WriteFailure(path: path, operation: .synchronizing, code: code) }
}

/// The path behind a symbolic link, or the path itself.
private func resolvingLink(_ path: String) -> String {
  var status = stat()
  guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let resolved = realpath(path, nil) else {
    return path
  }
  defer { free(resolved) }
  return String(cString: resolved)
}

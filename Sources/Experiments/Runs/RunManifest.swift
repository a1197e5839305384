import Diagnostics
import Hashing
import Tables

/// The hashes of all files of a run that is over or was stopped, as `sha256sum -c` reads them.
///
/// It is written last and removed first, so that where there is one it speaks of everything that is there.
package struct RunManifest: Sendable {
  package static let name = "SHA256SUMS"

  /// Hash by file, in the order of the names.
  package var hashes: [(name: String, hash: String)]

  /// Of the files in a folder that a run writes, but for the older checkpoint, which may go at any time.
  init(of folder: RunFolder) throws(InputFailure) {
    let names = folder.contents.names().filter { name in
      name == RunFolder.checkpointName || [".toml", ".json", ".csv"].contains(where: name.hasSuffix)
    }
    hashes = []
    for name in names.sorted() { hashes.append((name, try fileHash(folder.file(name)).hexadecimal)) }
  }

  /// Reads one.
  ///
  /// - Returns: nil where a line is no hash with a name in the folder.
  package init?(text: String) {
    hashes = []
    for line in text.split(separator: "\n") {
      let (hash, name) = (line.prefix(64), line.dropFirst(64))
      guard hash.utf8.count == 64, hash.allSatisfy(\.isHexDigit), name.hasPrefix("  "), !name.contains("/") else {
        return nil
      }
      hashes.append((String(name.dropFirst(2)), String(hash)))
    }
  }

  package var text: String { hashes.map { "\($0.hash)  \($0.name)\n" }.joined() }

  func write(to folder: RunFolder) throws(InputFailure) { try folder.replace(RunManifest.name, with: text) }
}

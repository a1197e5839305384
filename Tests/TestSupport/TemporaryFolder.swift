import Foundation

/// A folder that is removed with everything in it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() {
    path = NSTemporaryDirectory() + "pinn-test-" + UUID().uuidString
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      fatalError("no temporary folder: \(error)")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package subscript(name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) -> String {
    do {
      try text.write(toFile: self[name], atomically: false, encoding: .utf8)
    } catch {
      fatalError("cannot write \(self[name]): \(error)")
    }
    return self[name]
  }

  /// The names in it, sorted.
  package var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// The text of a file; nil where there is none.
package func fileText(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

package import Foundation

/// The experiments in `configs/`.
package enum ShippedConfigs {
  package static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "configs")

  /// Paths within the folder: "basics/heat.toml".
  package static let names: [String] = {
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(".toml") || $0.hasSuffix(".yaml") }.sorted()
  }()
}

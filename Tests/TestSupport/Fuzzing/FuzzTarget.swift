package import Foundation

/// A reader of what may come from strangers, with what must hold of it whatever it is given.
///
/// The same targets run under `make fuzz`, where libFuzzer looks for inputs by coverage, and in the tests, where a
/// fixed sequence of changes to the corpus does.
package struct FuzzTarget: Sendable, CustomStringConvertible {
  package enum Outcome: Sendable, Equatable {
    /// The input was read, or refused in an orderly way.
    case accepted, refused
    /// What does not hold.
    case violation(String)
  }

  package let name: String
  /// What changed inputs are put together from, besides bytes: the marks and words of the language.
  let pieces: [[UInt8]]
  /// Inputs that no file of the corpus holds.
  var builtInSeeds: [[UInt8]] = []
  package let run: @Sendable ([UInt8]) -> Outcome

  package var description: String { name }

  package static let all = [toml, yaml, setting, expression, region, csv, checkpoint]

  /// `Tests/Fuzz/Corpus`, with a folder for each target.
  package static let corpusFolder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Corpus")

  /// Valid inputs, in the order of their names; the smallest is nothing at all.
  package func seeds() throws -> [[UInt8]] {
    let folder = FuzzTarget.corpusFolder.appending(path: name)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return try builtInSeeds + names.sorted().map { Array(try Data(contentsOf: folder.appending(path: $0))) }
  }
}

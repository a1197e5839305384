package import Diagnostics
import Kernels
import Tables

/// The fractions of the peak that an earlier benchmark reached: what is compared between machines and between days.
///
/// Times depend on the machine and on what else it does; so does the peak, which is measured beside them.
package struct BenchmarkBaseline: Sendable {
  private let fractions: [String: Double]

  /// Reads what `pinn bench` printed.
  ///
  /// - Throws: `.missingInput`, or `.data` where the file is no such table.
  package init(path: String) throws(InputFailure) {
    let table = try readTable(path: path)
    let (names, sets) = (try table.texts("case"), try table.texts("isa"))
    let (threads, values) = (try table.texts("threads"), try table.numbers("fraction"))
    var fractions: [String: Double] = [:]
    for row in names.indices {
      fractions[BenchmarkBaseline.key(names[row], sets[row], threads[row])] = values[row]
    }
    self.fractions = fractions
  }

  /// The fraction of the same case with the same instruction set and threads; nil where there is none.
  package func fraction(of result: BenchmarkResult) -> Double? {
    fractions[BenchmarkBaseline.key(result.name, result.instructionSet.rawValue, "\(result.threads)")]
  }

  private static func key(_ name: String, _ instructionSet: String, _ threads: String) -> String {
    "\(name) \(instructionSet) \(threads)"
  }
}

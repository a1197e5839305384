import Diagnostics

/// Gathers the failures of independent steps, so that the user sees all of them at once.
struct DiagnosticCollector {
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var kind: FailureKind = .configuration

  mutating func report(_ message: String, at location: SourceLocation?, help: String? = nil) {
    diagnostics.append(Diagnostic(.error, message, at: location, help: help))
  }

  /// The value of `body`, or nil after keeping its failure.
  mutating func attempt<T>(_ body: () throws(InputFailure) -> T) -> T? {
    do throws(InputFailure) {
      return try body()
    } catch {
      if diagnostics.isEmpty { kind = error.kind }
      diagnostics += error.diagnostics
      return nil
    }
  }

  func throwIfAny() throws(InputFailure) {
    guard !diagnostics.isEmpty else { return }
    // The same definition used twice tells its error twice.
    var distinct: [Diagnostic] = []
    for diagnostic in diagnostics where !distinct.contains(diagnostic) { distinct.append(diagnostic) }
    throw InputFailure(kind, Array(distinct.prefix(20)))
  }
}

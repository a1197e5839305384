package enum Severity: String, Sendable {
  case error, warning, note
}

/// One message about the user's input. It carries data; `rendered()` makes the sentence.
package struct Diagnostic: Error, Sendable, Equatable {
  package var severity: Severity
  /// Nil only where there is no text to point at (a missing file).
  package var location: SourceLocation?
  /// Lower case, no full stop; names the key, what was found and what was expected.
  package var message: String
  /// What to type instead.
  package var help: String?

  package init(
    _ severity: Severity = .error, _ message: String, at location: SourceLocation? = nil, help: String? = nil
  ) {
    self.severity = severity
    self.location = location
    self.message = message
    self.help = help
  }
}

/// Why an input cannot be used, as the exit status of the command will tell it.
package enum FailureKind: Sendable, Equatable {
  /// The command line names something that is not there: exit status 64.
  case usage
  /// The configuration is wrong: exit status 78.
  case configuration
  /// A data file or checkpoint is wrong: exit status 65.
  case data
  /// An input file is missing or unreadable: exit status 66.
  case missingInput
  /// An output cannot be created: exit status 73.
  case cannotCreate
  /// Writing failed after it began (disk full): exit status 74.
  case inputOutput
  /// Not enough memory or threads: exit status 71.
  case resources
  /// Somebody else owns it at the moment: exit status 75.
  case temporary
}

/// All that is wrong with an input, collected and thrown together.
package struct InputFailure: Error, Sendable, Equatable {
  package var kind: FailureKind
  package var diagnostics: [Diagnostic]

  package init(_ kind: FailureKind = .configuration, _ diagnostics: [Diagnostic]) {
    self.kind = kind
    self.diagnostics = diagnostics
  }

  package init(
    _ kind: FailureKind = .configuration, _ message: String, at location: SourceLocation? = nil, help: String? = nil
  ) {
    self.init(kind, [Diagnostic(.error, message, at: location, help: help)])
  }
}

package import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An output that could not be written, and why.
package struct WriteFailure: Error, Sendable, Equatable {
  package enum Operation: Sendable, Equatable {
    case creating, writing, synchronizing, truncating, closing, replacing, removing
  }

  /// The path as given, or `<stdout>`.
  package var path: String
  package var operation: Operation
  /// The system's error number.
  package var code: Int32
  /// How many bytes did not get there.
  package var unwrittenBytes: Int

  package init(path: String, operation: Operation, code: Int32, unwrittenBytes: Int = 0) {
    self.path = path
    self.operation = operation
    self.code = code
    self.unwrittenBytes = unwrittenBytes
  }

  /// The reader has gone. A command ends quietly then, as if by the signal: status 141, nothing on standard error.
  package var isBrokenPipe: Bool { code == EPIPE }

  /// What the system says: "No space left on device".
  package var reason: String { systemErrorText(code) }

  /// "cannot write 'runs/a/losses.csv': No space left on device (65536 bytes were not written)"
  package var message: String {
    let verb =
      switch operation {
      case .creating: "create"
      case .writing, .synchronizing, .closing: "write"
      case .truncating: "truncate"
      case .replacing: "replace"
      case .removing: "remove"
      }
    let bytes = unwrittenBytes == 1 ? "1 byte was" : "\(unwrittenBytes) bytes were"
    let rest = unwrittenBytes > 0 ? " (\(bytes) not written)" : ""
    return "cannot \(verb) '\(path)': \(reason)\(rest)"
  }

  /// The failure as the command tells it: `.cannotCreate` where nothing could be opened, else, and where there is no space or
  /// the device fails, `.inputOutput`.
  package var inputFailure: InputFailure {
    let isOfDevice = [ENOSPC, EDQUOT, EFBIG, EIO].contains(code)
    return InputFailure(operation == .creating && !isOfDevice ? .cannotCreate : .inputOutput, message)
  }
}

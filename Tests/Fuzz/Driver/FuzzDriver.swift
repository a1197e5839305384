import Foundation
import FuzzRuntime
import TestSupport

/// `pinn-fuzz TARGET [CORPUS…] [-options of libFuzzer]`; built by `make fuzz` only.
@main struct FuzzDriver {
  nonisolated(unsafe) private static var target = FuzzTarget.all[0]

  static func main() {
    let names = FuzzTarget.all.map(\.name).joined(separator: ", ")
    guard CommandLine.arguments.count > 1,
      let chosen = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
    else {
      FileHandle.standardError.write(
        Data("usage: pinn-fuzz TARGET [libFuzzer's arguments]\ntargets are \(names)\n".utf8))
      exit(64)
    }
    target = chosen
    // libFuzzer sees the arguments without the name of the target.
    let rest = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
    var count = Int32(rest.count)
    var texts: [UnsafeMutablePointer<CChar>?] = rest.map { strdup($0) } + [nil]
    let status = texts.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      // SAFETY: the strings and the list of them live until libFuzzer returns; it calls back on this thread.
      return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        if case .violation(let reason) = FuzzDriver.target.run(input) { fatalError(reason) }
        return 0
      }
    }
    exit(status)
  }
}

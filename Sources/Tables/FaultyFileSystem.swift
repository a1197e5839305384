import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's calls up to the one at which something happens: for tests alone.
///
/// Calls are counted from 1. With `number` beyond the last call nothing happens, so that a test that counts up knows when
/// it has seen every place.
package final class FaultyFileSystem: FileSystem {
  package enum Fault: Sendable, Equatable {
    /// The process ends before the call, as by `kill -9`.
    case ends
    /// The process ends in the middle of the call: half of the bytes are written. The same as `ends` for other calls.
    case tears
    /// This call and all later ones that need space or permission fail with this error number.
    case fails(Int32)
    /// This call alone is interrupted by a signal (EINTR).
    case isInterrupted
    /// Every write from this one on takes one byte at a time.
    case isShort
  }

  private let fault: Fault
  private let number: Int
  private let count = Atomic<Int>(0)
  private let system = SystemFileSystem()

  package init(_ fault: Fault, atCall number: Int) {
    self.fault = fault
    self.number = number
  }

  /// From `ends:7`, `tears:7`, `fails:7:28`, `interrupted:7` or `short:7`; nil for anything else.
  package convenience init?(text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    guard words.count >= 2, let number = Int(words[1]), number >= 1 else { return nil }
    switch (words[0], words.count) {
    case ("ends", 2): self.init(.ends, atCall: number)
    case ("tears", 2): self.init(.tears, atCall: number)
    case ("interrupted", 2): self.init(.isInterrupted, atCall: number)
    case ("short", 2): self.init(.isShort, atCall: number)
    case ("fails", 3):
      guard let code = Int32(words[2]), code > 0 else { return nil }
      self.init(.fails(code), atCall: number)
    default: return nil
    }
  }

  /// How many calls there were.
  package var callCount: Int { count.load(ordering: .relaxed) }

  private enum Verdict { case go, tear, fail, shorten }

  /// What is to become of the next call.
  private func verdict(fails isFallible: Bool) -> Verdict {
    let call = count.wrappingAdd(1, ordering: .relaxed).newValue
    switch fault {
    case .ends where call == number: _exit(137)
    case .tears where call == number: return .tear
    case .fails(let code) where call >= number && isFallible:
      errno = code
      return .fail
    case .isInterrupted where call == number && isFallible:
      errno = EINTR
      return .fail
    case .isShort where call >= number: return .shorten
    default: return .go
    }
  }

  /// A call of which there is no half.
  private func whole(fails isFallible: Bool = true, _ call: () -> Int32) -> Int32 {
    switch verdict(fails: isFallible) {
    case .go, .shorten: return call()
    case .tear: _exit(137)
    case .fail: return -1
    }
  }

  package func open(_ name: String, in folder: Int32, flags: Int32) -> Int32 {
    whole(fails: flags & O_CREAT != 0) { system.open(name, in: folder, flags: flags) }
  }

  package func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    switch verdict(fails: true) {
    case .go: return system.write(bytes, to: descriptor)
    case .tear:
      _ = system.write(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), to: descriptor)
      _exit(137)
    case .fail: return -1
    case .shorten: return system.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(1)), to: descriptor)
    }
  }

  package func synchronize(_ descriptor: Int32) -> Int32 { whole { system.synchronize(descriptor) } }
  package func truncate(_ descriptor: Int32, to length: Int) -> Int32 {
    whole { system.truncate(descriptor, to: length) }
  }
  package func rename(_ name: String, to newName: String, in folder: Int32) -> Int32 {
    whole { system.rename(name, to: newName, in: folder) }
  }
  // What gives back is not refused.
  package func close(_ descriptor: Int32) -> Int32 { whole(fails: false) { system.close(descriptor) } }
  package func remove(_ name: String, in folder: Int32) -> Int32 {
    whole(fails: false) { system.remove(name, in: folder) }
  }
}

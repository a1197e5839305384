import Foundation
import Synchronization

/// Runs `body` on a thread of its own with a stack of 16 MB, and waits for its result.
///
/// Yams recurses up to 1 000 levels, more than the 512 KB of a secondary thread hold: 199 levels of `{a: {a: …` already
/// overflow them. Starting the thread takes about 50 µs; pages of the stack that are not touched cost nothing.
func withDeepStack<Success: Sendable, Failure: Error>(
  _ body: @escaping @Sendable () -> Result<Success, Failure>
) throws(Failure) -> Success {
  let outcome = Outcome<Success, Failure>()
  let thread = Thread {
    let result = body()
    outcome.value.withLock { $0 = result }
    outcome.finished.signal()
  }
  thread.stackSize = 16 << 20
  thread.start()
  outcome.finished.wait()
  guard let result = outcome.value.withLock({ $0 }) else { return try body().get() }
  return try result.get()
}

private final class Outcome<Success: Sendable, Failure: Error>: Sendable {
  let value = Mutex<Result<Success, Failure>?>(nil)
  let finished = DispatchSemaphore(value: 0)
}

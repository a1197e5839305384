import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Runs `body` on a thread of its own with a stack of 16 MB, and waits for its result.
///
/// Yams recurses up to 1 000 levels, more than the 512 KB of a secondary thread hold: 199 levels of `{a: {a: …`
/// already overflow them, and without optimisation 199 brackets of TOML do as well. Starting the thread takes about 50
/// µs; pages of the stack that are not touched cost nothing. Where the system has no thread left, `body` runs on the
/// caller's.
///
/// `pthread` and not `Thread`, because the latter does not tell when it could not start.
func withDeepStack<Success: Sendable, Failure: Error>(
  _ body: @escaping @Sendable () -> Result<Success, Failure>
) throws(Failure) -> Success {
  let outcome = Outcome<Success, Failure>()
  let job = Job { outcome.value.withLock { $0 = body() } }
  job.run()
  guard let result = outcome.value.withLock({ $0 }) else { return try body().get() }
  return try result.get()
}

private final class Outcome<Success: Sendable, Failure: Error>: Sendable {
  let value = Mutex<Result<Success, Failure>?>(nil)
}

/// Work without type parameters, which a C function cannot have.
private final class Job: Sendable {
  private let work: @Sendable () -> Void

  init(_ work: @escaping @Sendable () -> Void) { self.work = work }

  /// Runs the work on a new thread and waits for its end; does nothing where there is no thread.
  func run() {
    withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { buffer in
      // SAFETY: the buffer holds one element, which `pthread_attr_init` initialises and `pthread_attr_destroy` ends.
      guard let attributes = buffer.baseAddress, pthread_attr_init(attributes) == 0 else { return }
      defer { pthread_attr_destroy(attributes) }
      if pthread_attr_setstacksize(attributes, 16 << 20) == 0 { run(attributes) }
    }
  }

  private func run(_ attributes: UnsafePointer<pthread_attr_t>) {
    // SAFETY: the thread is joined before this function returns, so `self` outlives its use without being retained.
    let context = Unmanaged.passUnretained(self).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, attributes, { Job.main($0) }, context)
      guard status == 0, let thread else { return }
    #else
      var thread: pthread_t = 0
      guard pthread_create(&thread, attributes, { $0.flatMap(Job.main) }, context) == 0 else { return }
    #endif
    pthread_join(thread, nil)
  }

  private static func main(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    // SAFETY: the pointer is the job that `run` passed, alive until the thread has ended.
    Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().work()
    return nil
  }
}

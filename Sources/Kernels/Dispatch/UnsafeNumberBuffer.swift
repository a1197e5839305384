/// Memory for doubles at a fixed address, aligned to a cache line, zero at first.
///
/// It is shared between threads without locks: who writes which part is settled by the owner (each worker its own
/// workspace, each block of work its own sums; packed parameters are written by one thread while no worker runs).
package final class UnsafeNumberBuffer: @unchecked Sendable {
  // Sendable by the rule above; the thread sanitizer runs over the tests of its users.
  package let base: UnsafeMutablePointer<Double>
  package let count: Int

  /// - Precondition: `count` ≥ 0.
  package init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) numbers")
    self.count = count
    // SAFETY: the memory is bound and initialised at once and freed in `deinit` only. Eight numbers more than asked
    // for let the last vector of a row be loaded whole.
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (count + 8) * MemoryLayout<Double>.stride, alignment: 64)
    base = raw.bindMemory(to: Double.self, capacity: count + 8)
    base.initialize(repeating: 0, count: count + 8)
  }

  deinit { base.deallocate() }

  package func clear() { base.update(repeating: 0, count: count) }
}

package import Kernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts objects that the Swift runtime allocates on the heap: instances of classes, buffers of arrays and strings,
/// contexts of closures. Memory taken by `UnsafeMutablePointer.allocate` alone is not seen.
///
/// The runtime asks a table of functions for every allocation once it is told to, which is meant for instruments. Only
/// threads that are watched are counted, so other tests may run meanwhile, and the count is exact.
package enum AllocationCounter {
  private typealias Allocate =
    @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

  // SAFETY: both are written once, by `isAvailable`, before the replacement that reads them is in place.
  private nonisolated(unsafe) static var original: Allocate?
  private nonisolated(unsafe) static var key = pthread_key_t()

  /// Whether the runtime lets itself be counted; installs the counter.
  package static let isAvailable: Bool = {
    guard let all = dlopen(nil, RTLD_NOW),
      let function = dlsym(all, "_swift_allocObject"),
      let flag = dlsym(all, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly"),
      pthread_key_create(&key, nil) == 0
    else { return false }
    // SAFETY: the runtime declares the first as a variable that holds a function of this type, the second as a Boolean.
    let place = function.assumingMemoryBound(to: Allocate.self)
    original = place.pointee
    place.pointee = { metadata, size, alignment in
      if let counter = pthread_getspecific(AllocationCounter.key) {
        // SAFETY: a watched thread's value is the counter of `count`, which outlives the watch.
        counter.assumingMemoryBound(to: Atomic<Int>.self).pointee.add(1, ordering: .relaxed)
      }
      return AllocationCounter.original?(metadata, size, alignment)
    }
    flag.assumingMemoryBound(to: Bool.self).pointee = true
    return true
  }()

  /// The number of allocations during `body` on this thread and those of `pool`.
  ///
  /// - Precondition: `isAvailable`; nobody else uses the pool meanwhile.
  package static func count(_ pool: WorkerPool? = nil, _ body: () -> Void) -> Int {
    precondition(isAvailable, "allocations cannot be counted here")
    // SAFETY: freed when no thread refers to it any more.
    let counter = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 1)
    counter.initialize(to: Atomic(0))
    defer {
      counter.deinitialize(count: 1)
      counter.deallocate()
    }
    setCounter(counter, pool)
    let before = counter.pointee.load(ordering: .sequentiallyConsistent)
    body()
    let after = counter.pointee.load(ordering: .sequentiallyConsistent)
    setCounter(nil, pool)
    return after - before
  }

  /// Tells every thread of the pool, this one included, where to count; nil for nowhere.
  private static func setCounter(_ counter: UnsafeMutablePointer<Atomic<Int>>?, _ pool: WorkerPool?) {
    let meeting = Meeting(counter: UnsafeMutableRawPointer(counter), size: pool?.threadCount ?? 1)
    if let pool { pool.run(count: meeting.size) { _, _ in meeting.attend() } } else { meeting.attend() }
  }

  /// What each thread comes to once: nobody leaves before all are there, so nobody comes twice.
  private final class Meeting {
    let counter: UnsafeMutableRawPointer?
    let size: Int
    private let arrived = Atomic<Int>(0)

    init(counter: UnsafeMutableRawPointer?, size: Int) {
      self.counter = counter
      self.size = size
    }

    func attend() {
      // SAFETY: the value is read by the replacement above alone.
      pthread_setspecific(AllocationCounter.key, counter)
      arrived.add(1, ordering: .sequentiallyConsistent)
      let deadline = ContinuousClock.now + .seconds(60)
      while arrived.load(ordering: .sequentiallyConsistent) < size {
        precondition(ContinuousClock.now < deadline, "fewer than \(size) threads came to be counted")
        sched_yield()
      }
    }
  }
}

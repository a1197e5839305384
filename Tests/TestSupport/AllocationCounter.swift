package import Kernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts allocations of heap memory: objects, buffers of arrays and strings, contexts of closures, raw memory.
///
/// Calls of the system's functions are led through functions that count and then call them. Only threads that are
/// watched are counted, so other tests may run meanwhile, and the count is exact.
///
/// The runtime's own hook for instruments is of no use: where it is on, version 6.3 crashes when a short string is
/// retained.
package enum AllocationCounter {
  // SAFETY: all are written once, by `isAvailable`, before the functions that read them are in place.
  private nonisolated(unsafe) static var key = pthread_key_t()
  private nonisolated(unsafe) static var malloc: (@convention(c) (Int) -> UnsafeMutableRawPointer?)?
  private nonisolated(unsafe) static var calloc: (@convention(c) (Int, Int) -> UnsafeMutableRawPointer?)?
  private nonisolated(unsafe) static var realloc:
    (@convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer?)?
  private nonisolated(unsafe) static var alignedAlloc: (@convention(c) (Int, Int) -> UnsafeMutableRawPointer?)?
  private nonisolated(unsafe) static var posixMemalign: (@convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Int32)?

  /// One more, if the thread is watched.
  private static func note() {
    // SAFETY: a watched thread's value is the counter of `count`, which outlives the watch.
    if let counter = pthread_getspecific(key) {
      counter.assumingMemoryBound(to: Atomic<Int>.self).pointee.add(1, ordering: .relaxed)
    }
  }

  /// Whether allocations can be counted here; sees to it.
  package static let isAvailable: Bool = {
    #if canImport(Glibc) && (arch(x86_64) || arch(arm64))
      guard pthread_key_create(&key, nil) == 0 else { return false }
      malloc = function("malloc")
      calloc = function("calloc")
      realloc = function("realloc")
      alignedAlloc = function("aligned_alloc")
      posixMemalign = function("posix_memalign")
      guard malloc != nil, calloc != nil, realloc != nil, alignedAlloc != nil, posixMemalign != nil else {
        return false
      }
      let newMalloc: @convention(c) (Int) -> UnsafeMutableRawPointer? = { size in
        AllocationCounter.note()
        return AllocationCounter.malloc?(size)
      }
      let newCalloc: @convention(c) (Int, Int) -> UnsafeMutableRawPointer? = { count, size in
        AllocationCounter.note()
        return AllocationCounter.calloc?(count, size)
      }
      let newRealloc: @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer? = { old, size in
        AllocationCounter.note()
        return AllocationCounter.realloc?(old, size)
      }
      let newAlignedAlloc: @convention(c) (Int, Int) -> UnsafeMutableRawPointer? = { alignment, size in
        AllocationCounter.note()
        return AllocationCounter.alignedAlloc?(alignment, size)
      }
      let newPosixMemalign: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Int32 = { place, alignment, size in
        AllocationCounter.note()
        return AllocationCounter.posixMemalign?(place, alignment, size) ?? ENOMEM
      }
      // SAFETY: each replaces a function of its own type.
      let places = [
        ("malloc", unsafeBitCast(newMalloc, to: UnsafeRawPointer.self)),
        ("calloc", unsafeBitCast(newCalloc, to: UnsafeRawPointer.self)),
        ("realloc", unsafeBitCast(newRealloc, to: UnsafeRawPointer.self)),
        ("aligned_alloc", unsafeBitCast(newAlignedAlloc, to: UnsafeRawPointer.self)),
        ("posix_memalign", unsafeBitCast(newPosixMemalign, to: UnsafeRawPointer.self)),
      ].map { ImportedFunction.replace($0, by: $1) }
      return places[0] > 0
    #else
      return false
    #endif
  }()

  #if canImport(Glibc) && (arch(x86_64) || arch(arm64))
    private static func function<Function>(_ name: String) -> Function? {
      // SAFETY: the callers name functions of the type that they store.
      ImportedFunction.address(name).map { unsafeBitCast($0, to: Function.self) }
    }
  #endif

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

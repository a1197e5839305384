import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts objects that the Swift runtime allocates on the heap: instances of classes, buffers of arrays and strings,
/// contexts of closures.
///
/// The runtime asks a table of functions for every allocation once it is told to, which is meant for instruments. All
/// threads of the process are counted, so what is measured must be measured more than once, and the least taken.
package enum AllocationCounter {
  private static let count = Atomic<Int>(0)

  private typealias Allocate =
    @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

  // SAFETY: written once, by `isAvailable`, before the replacement that reads it is in place.
  private nonisolated(unsafe) static var original: Allocate?

  /// Whether the runtime lets itself be counted; installs the counter.
  private static let isAvailable: Bool = {
    guard let all = dlopen(nil, RTLD_NOW),
      let function = dlsym(all, "_swift_allocObject"),
      let flag = dlsym(all, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")
    else { return false }
    // SAFETY: the runtime declares the first as a variable that holds a function of this type, the second as a Boolean.
    let place = function.assumingMemoryBound(to: Allocate.self)
    original = place.pointee
    place.pointee = { metadata, size, alignment in
      AllocationCounter.count.add(1, ordering: .relaxed)
      return AllocationCounter.original?(metadata, size, alignment)
    }
    flag.assumingMemoryBound(to: Bool.self).pointee = true
    return true
  }()

  /// The least number of allocations during `body` in a few runs of it; nil where they cannot be counted.
  package static func least(runs: Int = 20, _ body: () -> Void) -> Int? {
    guard isAvailable else { return nil }
    var least = Int.max
    for _ in 0..<runs {
      let before = count.load(ordering: .relaxed)
      body()
      least = min(least, count.load(ordering: .relaxed) - before)
    }
    return least
  }
}

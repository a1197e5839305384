import Kernels
import Synchronization
import Testing

struct WorkerPoolTests {
  /// Counts that workers raise without locks.
  final class Counters: Sendable {
    private let counts: [Counter]

    init(_ count: Int) { counts = (0..<count).map { _ in Counter() } }

    func raise(_ place: Int) { counts[place].value.add(1, ordering: .relaxed) }
    func take(_ place: Int) -> Int { counts[place].value.exchange(0, ordering: .relaxed) }

    private final class Counter: Sendable {
      let value = Atomic<Int>(0)
    }
  }

  @Test(arguments: [1, 2, 3, 8, 16])
  func `every item runs once, on a worker of the pool, in thousands of batches`(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    #expect(pool.threadCount == threads)
    let items = Counters(64)
    let strangers = Atomic<Int>(0)
    var wrong = 0
    // Sleeping threads have to be woken where there are more of them than processors: fewer batches there.
    for batch in 0..<(threads <= ProcessorCount.allowed ? 10_000 : 2_000) {
      let count = batch * 7 % 65
      pool.run(count: count) { item, worker in
        items.raise(item)
        if worker < 0 || worker >= threads { strangers.add(1, ordering: .relaxed) }
      }
      for item in 0..<64 where items.take(item) != (item < count ? 1 : 0) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(strangers.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: [2, 3, 8])
  func `no two items of one worker overlap`(threads: Int) {
    let pool = WorkerPool(threadCount: threads)
    let busy = Counters(threads)
    let overlaps = Atomic<Int>(0)
    for _ in 0..<200 {
      pool.run(count: 100) { item, worker in
        busy.raise(worker)
        var sum = 0.0
        for term in 0..<(item * 10) { sum += Double(term) }
        if busy.take(worker) != 1 || sum < 0 { overlaps.add(1, ordering: .relaxed) }
      }
    }
    #expect(overlaps.load(ordering: .relaxed) == 0)
  }

  @Test func `results do not depend on the number of threads`() {
    func sums(_ threads: Int) -> [Double] {
      let pool = WorkerPool(threadCount: threads)
      let buffer = UnsafeNumberBuffer(count: 1_000)
      pool.run(count: 1_000) { item, _ in
        // SAFETY: each item writes its own place.
        buffer.base[item] = (0..<100).reduce(0.0) { $0 + 1 / Double($1 + item + 1) }
      }
      return (0..<1_000).map { buffer.base[$0] }
    }
    let expected = sums(1)
    for threads in [2, 3, 8] { #expect(sums(threads) == expected) }
  }

  @Test(arguments: [1, 2, 8])
  func `a pool's threads end with it, used or not`(threads: Int) {
    for batches in [0, 1, 3] {
      weak var pool: WorkerPool?
      do {
        let used = WorkerPool(threadCount: threads)
        pool = used
        for _ in 0..<batches { used.run(count: 5) { _, _ in } }
        #expect(pool != nil)
      }
      // The end of a pool waits for its threads, so that nothing but a thread that holds on to it could keep it.
      #expect(pool == nil)
    }
  }

  @Test func `an empty batch calls nothing and one item stays on the caller's thread`() {
    let pool = WorkerPool(threadCount: 3)
    let calls = Counters(3)
    pool.run(count: 0) { _, worker in calls.raise(worker) }
    pool.run(count: 1) { _, worker in calls.raise(worker) }
    #expect([calls.take(0), calls.take(1), calls.take(2)] == [1, 0, 0])
  }
}

import Kernels
import Synchronization
import TestSupport
import Testing

/// Arrays that are made here live on the heap: the optimiser cannot follow them into the sink.
private final class Sink {
  var numbers: [Double] = []
}

private final class Flag: Sendable {
  let isSet = Atomic(false)
}

@Suite(.enabled(if: AllocationCounter.isAvailable)) struct AllocationCounterTests {
  /// Counts the second time: types are set up at their first use.
  private func count(_ body: () -> Void) -> Int {
    body()
    return AllocationCounter.count(nil, body)
  }

  @Test func `arrays, objects, closures and raw memory are each seen`() {
    let sink = Sink()
    #expect(count { sink.numbers = [Double](repeating: 1, count: 100) } == 1)
    let copy = sink.numbers
    #expect(count { sink.numbers = copy + copy } == 1)
    var objects: [Sink] = []
    objects.reserveCapacity(20)
    #expect(count { for _ in 0..<10 { objects.append(Sink()) } } == 10)
    var closures: [() -> Double] = []
    closures.reserveCapacity(2)
    let (a, b) = (Double(objects.count), sink)
    #expect(count { closures.append { a + b.numbers[0] } } == 1)
    #expect(closures[0]() == 21)
    var buffer: UnsafeNumberBuffer?
    // The object and its memory.
    #expect(count { buffer = UnsafeNumberBuffer(count: 10) } == 2)
    #expect(buffer?.count == 10)
  }

  @Test func `changing numbers in place is no allocation`() {
    let sink = Sink()
    sink.numbers = [Double](repeating: 1, count: 100)
    #expect(count { for place in 0..<100 { sink.numbers[place] += 1 } } == 0)
    #expect(sink.numbers == [Double](repeating: 3, count: 100))
  }

  @Test(arguments: [1, 2, 3, 8])
  func `every thread of a pool is seen, and none after it`(_ threadCount: Int) {
    let pool = WorkerPool(threadCount: threadCount)
    let sinks = (0..<200).map { _ in Sink() }
    func work() { pool.run(count: sinks.count) { item, _ in sinks[item].numbers = [Double(item)] } }
    work()
    for _ in 0..<20 {
      // One more at most: the closure.
      let count = AllocationCounter.count(pool) { work() }
      #expect(count == sinks.count || count == sinks.count + 1)
      #expect(AllocationCounter.count { sinks[0].numbers = [Double(threadCount)] } == 1)
    }
  }

  @Test func `threads that are not watched are not counted`() {
    let (watched, other) = (WorkerPool(threadCount: 2), WorkerPool(threadCount: 2))
    let sinks = (0..<2).map { _ in Sink() }
    let finished = Flag()
    sinks[0].numbers = [1]
    let count = AllocationCounter.count(watched) {
      // The caller's share waits for the other thread's, which must not count.
      other.run(count: 2) { item, worker in
        if worker == 0 {
          while !finished.isSet.load(ordering: .acquiring) {}
        } else {
          for number in 0..<100 { sinks[item].numbers = [Double(number)] }
          finished.isSet.store(true, ordering: .releasing)
        }
      }
    }
    // The closure at most.
    #expect(count <= 1, "\(count)")
  }
}

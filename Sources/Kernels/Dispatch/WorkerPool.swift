package import KernelInterface
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Threads that share the numbered items of a batch, again and again, without allocation in between, and the kernels
/// they compute with.
///
/// Which thread takes which item is left to chance; a batch must therefore give results that depend on the item alone.
/// The caller works too, so a pool of one has no threads of its own. The threads end with the pool.
///
/// Batches of one pool follow each other: `run` is to be called from one thread at a time, and not from a body.
package final class WorkerPool: @unchecked Sendable {
  // Sendable: nothing changes after `init`; a thread's handle is a pointer on some systems.

  /// How many threads work, the caller's included.
  package let threadCount: Int
  /// What they compute with.
  package let instructionSet: InstructionSet
  package let kernels: KernelTable

  // The threads hold the board, not the pool, whose end is therefore theirs.
  private let board: WorkerBoard
  private let threads: [pthread_t]

  /// - Precondition: `threadCount` ≥ 1; the processor has the instruction set.
  package init(threadCount: Int, instructionSet: InstructionSet = .best) {
    precondition(threadCount >= 1, "a pool of \(threadCount) threads")
    self.threadCount = threadCount
    self.instructionSet = instructionSet
    kernels = instructionSet.kernels
    // Where every thread has a processor of its own it may wait awake for as long as an optimizer takes between two
    // evaluations of a small problem; being woken takes as long as a tenth of such an evaluation.
    let board = WorkerBoard(spins: threadCount <= ProcessorCount.allowed ? 40_000 : 50)
    // Where a thread cannot be had the others do its share; nobody waits for it, as only those started are counted.
    threads = (1..<threadCount).compactMap { startThread(WorkerSeat(board: board, worker: $0)) }
    board.seatCount = threads.count
    self.board = board
  }

  deinit {
    board.dismiss()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Calls `body` once for every item of `0 ..< count`, on any thread; returns when all are done. Hot path.
  ///
  /// - Parameters: `body` also learns the number of its worker, below `threadCount`, for scratch space of its own. It runs on
  ///   several threads at once and may write only what belongs to its item or its worker: the compiler does not check it.
  package func run(count: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    guard !threads.isEmpty, count > 1 else {
      for item in 0..<count { body(item, 0) }
      return
    }
    withoutActuallyEscaping(body) { board.run(count: count, $0) }
  }
}

/// What the threads of a pool and its caller tell each other.
///
/// Who waits looks at a counter for a while and then sleeps. The lock belongs to sleeping alone: a batch whose threads
/// are all awake takes none. Nobody is left asleep, because whoever lies down first says so and then looks at the
/// counter once more, while whoever raises the counter does so first and then looks for sleepers; these four steps are
/// sequentially consistent, so one of the two sees the other.
private final class WorkerBoard: @unchecked Sendable {
  // Sendable by this protocol: `body`, `itemCount`, `stopping` and `seatCount` are written by the caller before it
  // raises `generation` and read by workers only after they saw it raised; the caller returns after every worker has
  // checked in.
  private var body: ((_ item: Int, _ worker: Int) -> Void)?
  private var itemCount = 0
  private var stopping = false
  /// How many threads exist besides the caller's; fixed before the first batch.
  var seatCount = 0
  private let generation = Atomic<Int>(0)
  private let nextItem = Atomic<Int>(0)
  private let checkedIn = Atomic<Int>(0)
  private let sleepingWorkers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let raised: UnsafeMutablePointer<pthread_cond_t>
  private let finished: UnsafeMutablePointer<pthread_cond_t>

  /// How often a waiting thread looks before it sleeps.
  private let spins: Int

  init(spins: Int) {
    self.spins = spins
    // SAFETY: the three are initialised here, live as long as the board and are destroyed in `deinit` only.
    mutex = .allocate(capacity: 1)
    raised = .allocate(capacity: 1)
    finished = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(raised, nil)
    pthread_cond_init(finished, nil)
  }

  deinit {
    pthread_cond_destroy(raised)
    pthread_cond_destroy(finished)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    raised.deallocate()
    finished.deallocate()
  }

  func run(count: Int, _ body: @escaping (_ item: Int, _ worker: Int) -> Void) {
    self.body = body
    itemCount = count
    nextItem.store(0, ordering: .relaxed)
    checkedIn.store(0, ordering: .relaxed)
    raise()
    work(worker: 0)
    waitForWorkers()
    self.body = nil
  }

  /// Ends the loops of all workers.
  func dismiss() {
    stopping = true
    raise()
  }

  private func raise() {
    generation.add(1, ordering: .sequentiallyConsistent)
    guard sleepingWorkers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(raised)
    pthread_mutex_unlock(mutex)
  }

  private func work(worker: Int) {
    guard let body else { return }
    while true {
      let item = nextItem.add(1, ordering: .relaxed).oldValue
      if item >= itemCount { return }
      body(item, worker)
    }
  }

  private func waitForWorkers() {
    for _ in 0..<spins where checkedIn.load(ordering: .acquiring) == seatCount { return }
    pthread_mutex_lock(mutex)
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    while checkedIn.load(ordering: .sequentiallyConsistent) < seatCount { pthread_cond_wait(finished, mutex) }
    callerSleeps.store(false, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }

  private func checkIn() {
    guard checkedIn.add(1, ordering: .sequentiallyConsistent).newValue == seatCount,
      callerSleeps.load(ordering: .sequentiallyConsistent)
    else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(finished)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until the generation is no longer `seen`.
  private func waitForGeneration(after seen: Int) -> Int {
    for _ in 0..<spins {
      let current = generation.load(ordering: .acquiring)
      if current != seen { return current }
    }
    pthread_mutex_lock(mutex)
    sleepingWorkers.add(1, ordering: .sequentiallyConsistent)
    var current = generation.load(ordering: .sequentiallyConsistent)
    while current == seen {
      pthread_cond_wait(raised, mutex)
      current = generation.load(ordering: .sequentiallyConsistent)
    }
    sleepingWorkers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return current
  }

  /// The life of a worker's thread.
  func loop(worker: Int) {
    var seen = 0
    while true {
      seen = waitForGeneration(after: seen)
      if stopping { return }
      work(worker: worker)
      checkIn()
    }
  }
}

/// What a thread is started with.
private final class WorkerSeat {
  let board: WorkerBoard
  let worker: Int
  init(board: WorkerBoard, worker: Int) {
    self.board = board
    self.worker = worker
  }
}

/// Starts a thread for a seat; nil where the system gives none.
private func startThread(_ seat: WorkerSeat) -> pthread_t? {
  let retained = Unmanaged.passRetained(seat)
  #if canImport(Darwin)
    var thread: pthread_t?
    let status = pthread_create(&thread, nil, { workerMain($0) }, retained.toOpaque())
  #else
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { workerMain($0) }, retained.toOpaque())
  #endif
  guard status == 0 else {
    retained.release()
    return nil
  }
  return thread
}

/// The start routine of a worker's thread.
private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  // SAFETY: `argument` is the seat that `startThread` retained for this thread.
  let seat = Unmanaged<WorkerSeat>.fromOpaque(argument).takeRetainedValue()
  seat.board.loop(worker: seat.worker)
  return nil
}

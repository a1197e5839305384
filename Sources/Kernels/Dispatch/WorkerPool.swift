import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Threads that share the numbered items of a batch, again and again, without allocation in between.
///
/// Which thread takes which item is left to chance; a batch must therefore give results that depend on the item alone.
/// The caller works too, so a pool of one has no threads of its own.
package final class WorkerPool: @unchecked Sendable {
  // Sendable by this protocol: `body` and `itemCount` are written by the caller before it raises `generation` and read
  // by workers only after they saw it raised; the caller returns after every worker has checked in.
  private var body: ((_ item: Int, _ worker: Int) -> Void)?
  private var itemCount = 0
  private var stopping = false
  private let generation = Atomic<Int>(0)
  private let nextItem = Atomic<Int>(0)
  private let checkedIn = Atomic<Int>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let raised: UnsafeMutablePointer<pthread_cond_t>
  private let finished: UnsafeMutablePointer<pthread_cond_t>
  private var threads: [pthread_t] = []
  /// How many threads exist besides the caller's; fixed before the first batch.
  private var started = 0

  /// How many threads work, the caller's included.
  package let threadCount: Int

  /// How often a waiting thread looks before it sleeps: steps of small problems follow within microseconds.
  private let spins: Int

  /// - Precondition: `threadCount` ≥ 1.
  package init(threadCount: Int) {
    precondition(threadCount >= 1, "a pool of \(threadCount) threads")
    self.threadCount = threadCount
    spins = threadCount <= ProcessorCount.allowed ? 4_000 : 50
    // SAFETY: the three are initialised here, live as long as the pool and are destroyed in `deinit` only.
    mutex = .allocate(capacity: 1)
    raised = .allocate(capacity: 1)
    finished = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(raised, nil)
    pthread_cond_init(finished, nil)
    for worker in 1..<max(1, threadCount) { start(worker) }
  }

  deinit {
    pthread_mutex_lock(mutex)
    stopping = true
    generation.add(1, ordering: .releasing)
    pthread_cond_broadcast(raised)
    pthread_mutex_unlock(mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(raised)
    pthread_cond_destroy(finished)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    raised.deallocate()
    finished.deallocate()
  }

  /// Calls `body` once for every item of `0 ..< count`, on any thread; returns when all are done. Hot path.
  ///
  /// - Parameters: `body` also learns the number of its worker, below `threadCount`, for scratch space of its own. It runs on
  ///   several threads at once and may write only what belongs to its item or its worker: the compiler does not check it.
  package func run(count: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    guard started > 0, count > 1 else {
      for item in 0..<count { body(item, 0) }
      return
    }
    withoutActuallyEscaping(body) { escapable in
      self.body = escapable
      itemCount = count
      nextItem.store(0, ordering: .relaxed)
      checkedIn.store(0, ordering: .relaxed)
      pthread_mutex_lock(mutex)
      generation.add(1, ordering: .releasing)
      pthread_cond_broadcast(raised)
      pthread_mutex_unlock(mutex)
      work(worker: 0)
      waitForWorkers()
      self.body = nil
    }
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
    for _ in 0..<spins where checkedIn.load(ordering: .acquiring) == started { return }
    pthread_mutex_lock(mutex)
    while checkedIn.load(ordering: .acquiring) < started { pthread_cond_wait(finished, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// What a thread owns: the pool unretained, because the pool joins its threads before it ends.
  fileprivate final class Seat {
    unowned let pool: WorkerPool
    let worker: Int
    init(pool: WorkerPool, worker: Int) {
      self.pool = pool
      self.worker = worker
    }
  }

  private func start(_ worker: Int) {
    let seat = Unmanaged.passRetained(Seat(pool: self, worker: worker))
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, nil, { workerMain($0) }, seat.toOpaque())
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { workerMain($0!) }, seat.toOpaque())
    #endif
    guard status == 0 else {
      // The others do its share; nobody waits for it, because only started threads are counted.
      seat.release()
      return
    }
    started += 1
    #if canImport(Darwin)
      if let thread { threads.append(thread) }
    #else
      threads.append(thread)
    #endif
  }

  fileprivate func loop(worker: Int) {
    var seen = 0
    while true {
      var current = generation.load(ordering: .acquiring)
      var turns = 0
      while current == seen, turns < spins {
        turns += 1
        current = generation.load(ordering: .acquiring)
      }
      if current == seen {
        pthread_mutex_lock(mutex)
        while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(raised, mutex) }
        current = generation.load(ordering: .acquiring)
        pthread_mutex_unlock(mutex)
      }
      seen = current
      if stopping { return }
      work(worker: worker)
      if checkedIn.add(1, ordering: .acquiringAndReleasing).newValue == started {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(finished)
        pthread_mutex_unlock(mutex)
      }
    }
  }
}

/// The start routine of a worker's thread.
private func workerMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  // SAFETY: `argument` is the seat that `start` retained for this thread.
  let seat = Unmanaged<WorkerPool.Seat>.fromOpaque(argument).takeRetainedValue()
  seat.pool.loop(worker: seat.worker)
  return nil
}

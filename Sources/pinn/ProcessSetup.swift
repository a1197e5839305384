import Synchronization
import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the process as a whole needs before anything else: open standard descriptors, signals.
enum ProcessSetup {
  static func prepare() {
    // A closed standard descriptor would be given to the next file that is opened, and results written into it.
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // Closed output must fail when written to: the wrong direction makes sure that it does.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
    // Writing to a reader that has gone away, or beyond a file-size limit, is reported by the call, not by death.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}

/// The signals that ask a training run for something.
enum StopSignals {
  /// The number of the first signal to stop that came, 0 for none.
  private static let received = Atomic<Int32>(0)
  private static let checkpointsAsked = Atomic<Int>(0)

  /// From now on SIGINT, SIGTERM and SIGHUP ask politely once; a second signal ends the process at once. SIGUSR1 asks for a
  /// checkpoint.
  static func listen() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number) { number in
        if StopSignals.received.exchange(number, ordering: .relaxed) != 0 {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
      // Started by `nohup`, a run is to outlive its terminal. A shell that runs a script has its jobs ignore SIGINT too,
      // but there whoever sends it means this process.
      if number == SIGHUP, isIgnoring(before) { signal(number, SIG_IGN) }
    }
    signal(SIGUSR1) { _ in StopSignals.checkpointsAsked.wrappingAdd(1, ordering: .relaxed) }
  }

  static var request: String? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGINT: "interrupted"
    case SIGTERM: "terminated"
    default: "hung up"
    }
  }

  /// How often a checkpoint was asked for.
  static var checkpointRequests: Int { checkpointsAsked.load(ordering: .relaxed) }

  /// Whether it was Ctrl-C, after which a shell loop should stop too.
  static var wasInterrupted: Bool { received.load(ordering: .relaxed) == SIGINT }

  private static func isIgnoring(_ handler: sighandler_t?) -> Bool {
    // Functions have no equality; C compares their addresses.
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// What tests ask the process to do to its own files.
enum TestFault {
  /// The calls that write results: the system's, but where PINN_FAULT names a call at which something is to happen.
  static let fileSystem: any FileSystem =
    getenv("PINN_FAULT").flatMap { FaultyFileSystem(text: String(cString: $0)) } ?? SystemFileSystem()
}

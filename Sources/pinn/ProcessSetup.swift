import Synchronization

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

/// The signals that ask a training run to stop.
enum StopSignals {
  /// The number of the first signal that came, 0 for none.
  private static let received = Atomic<Int32>(0)

  /// From now on SIGINT, SIGTERM and SIGHUP ask politely once; a second signal ends the process at once.
  static func listen() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        if StopSignals.received.exchange(number, ordering: .relaxed) != 0 {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
    }
  }

  static var request: String? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGINT: "interrupted"
    case SIGTERM: "terminated"
    default: "hung up"
    }
  }

  /// Whether it was Ctrl-C, after which a shell loop should stop too.
  static var wasInterrupted: Bool { received.load(ordering: .relaxed) == SIGINT }
}

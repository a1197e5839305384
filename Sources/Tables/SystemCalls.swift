#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system says about an error number: "No such file or directory".
func systemErrorText(_ code: Int32) -> String {
  guard let text = strerror(code) else { return "error \(code)" }
  return String(cString: text)
}

/// Opens a file that programs started from here do not inherit; −1 and `errno` on failure.
///
/// Never one of the descriptors 0 to 2: where the caller of the program closed them, a file opened first would
/// otherwise become standard output and receive what is meant for it.
func openDescriptor(_ path: String, _ flags: Int32, in folder: Int32 = workingFolder) -> Int32 {
  while true {
    let descriptor = openat(folder, path, flags | O_CLOEXEC, 0o666)
    if descriptor < 0, errno == EINTR { continue }
    guard descriptor >= 0, descriptor <= STDERR_FILENO else { return descriptor }
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    let code = errno
    _ = close(descriptor)
    errno = code
    return moved
  }
}

/// `read`, under a name that methods called `read` do not hide.
func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, bytes.baseAddress, bytes.count)
}

/// `write`, under a name that methods called `write` do not hide.
func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Waits until a descriptor that somebody set to non-blocking can go on.
func waitUntilReady(_ descriptor: Int32, for events: Int16) {
  var request = pollfd(fd: descriptor, events: events, revents: 0)
  _ = poll(&request, 1, 1000)
}

/// `fsync`; descriptors that have nothing behind them to be synchronised with (pipes, terminals) count as done.
func synchronizeDescriptor(_ descriptor: Int32, _ fileSystem: any FileSystem) -> Int32 {
  while fileSystem.synchronize(descriptor) != 0 {
    switch errno {
    case EINTR: continue
    case EINVAL, ENOTSUP, EROFS: return 0
    default: return errno
    }
  }
  return 0
}

/// Whether an open descriptor is of a file that has no other name: writing to it changes nothing elsewhere.
func isFileOfItsOwn(_ descriptor: Int32) -> Bool {
  var status = stat()
  return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink <= 1
}

/// `close`, under a name that methods called `close` do not hide.
func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

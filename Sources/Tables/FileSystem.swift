#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system calls through which results reach the disk.
///
/// They are a parameter so that tests can end the process at each of them, let each of them fail, or keep what they did and
/// see what a power failure would leave of it. Names are single components below an open folder, or paths where the folder
/// is `workingFolder`. Failures are told as the calls themselves do it: −1, and the reason in `errno`.
package protocol FileSystem: Sendable {
  /// `openat`; programs started from here do not inherit the descriptor.
  func open(_ name: String, in folder: Int32, flags: Int32) -> Int32
  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int
  /// `fsync` of a file or a folder.
  func synchronize(_ descriptor: Int32) -> Int32
  func truncate(_ descriptor: Int32, to length: Int) -> Int32
  func close(_ descriptor: Int32) -> Int32
  func rename(_ name: String, to newName: String, in folder: Int32) -> Int32
  func remove(_ name: String, in folder: Int32) -> Int32
}

/// The system's own calls.
package struct SystemFileSystem: FileSystem {
  package init() {}

  package func open(_ name: String, in folder: Int32, flags: Int32) -> Int32 {
    openDescriptor(name, flags, in: folder)
  }
  package func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int { systemWrite(descriptor, bytes) }
  package func synchronize(_ descriptor: Int32) -> Int32 { fsync(descriptor) }
  package func truncate(_ descriptor: Int32, to length: Int) -> Int32 { ftruncate(descriptor, off_t(length)) }
  package func close(_ descriptor: Int32) -> Int32 { systemClose(descriptor) }
  package func rename(_ name: String, to newName: String, in folder: Int32) -> Int32 {
    renameat(folder, name, folder, newName)
  }
  package func remove(_ name: String, in folder: Int32) -> Int32 { unlinkat(folder, name, 0) }
}

/// Stands for the current folder where an open one is asked for.
package let workingFolder: Int32 = AT_FDCWD

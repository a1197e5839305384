import Synchronization
import Tables

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The system's calls, and what was done by them: enough to tell what a power failure after any of them may leave.
///
/// The model is that of POSIX: `fsync` of a file brings its bytes to the disk, `fsync` of its folder the names in it; of
/// what was done since, anything may be lost. Changes of names may come to the disk in any choice, in their order; bytes
/// of a file that were not synchronised may be there, be cut off half-way, be zeros, or be missing.
final class RecordingFileSystem: FileSystem {
  enum Event: Sendable {
    case opened(name: String, file: Int, isNew: Bool)
    case wrote(file: Int, bytes: [UInt8])
    case truncated(file: Int, length: Int)
    case synchronised(file: Int)
    case synchronisedFolder
    case renamed(from: String, to: String)
    case removed(name: String)
  }

  private struct Log {
    var events: [Event] = []
    var files: [Int32: Int] = [:]
    var names: [String: Int] = [:]
    var fileCount = 0
  }

  private let log = Mutex(Log())
  private let system = SystemFileSystem()

  var events: [Event] { log.withLock { $0.events } }

  func open(_ name: String, in folder: Int32, flags: Int32) -> Int32 {
    let descriptor = system.open(name, in: folder, flags: flags)
    guard descriptor >= 0 else { return descriptor }
    log.withLock { log in
      let known = log.names[name]
      let file = known ?? log.fileCount
      if known == nil {
        log.names[name] = file
        log.fileCount += 1
      }
      log.files[descriptor] = file
      log.events.append(.opened(name: name, file: file, isNew: known == nil))
    }
    return descriptor
  }

  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    let count = system.write(bytes, to: descriptor)
    if count > 0 {
      let written = Array(bytes.prefix(count))
      log.withLock { log in
        if let file = log.files[descriptor] { log.events.append(.wrote(file: file, bytes: written)) }
      }
    }
    return count
  }

  func synchronize(_ descriptor: Int32) -> Int32 {
    log.withLock { log in
      log.events.append(log.files[descriptor].map { .synchronised(file: $0) } ?? .synchronisedFolder)
    }
    return 0
  }

  func truncate(_ descriptor: Int32, to length: Int) -> Int32 {
    log.withLock { log in
      if let file = log.files[descriptor] { log.events.append(.truncated(file: file, length: length)) }
    }
    return system.truncate(descriptor, to: length)
  }

  func close(_ descriptor: Int32) -> Int32 {
    log.withLock { _ = $0.files.removeValue(forKey: descriptor) }
    return system.close(descriptor)
  }

  func rename(_ name: String, to newName: String, in folder: Int32) -> Int32 {
    let result = system.rename(name, to: newName, in: folder)
    guard result == 0 else { return result }
    log.withLock { log in
      log.names[newName] = log.names.removeValue(forKey: name)
      log.events.append(.renamed(from: name, to: newName))
    }
    return result
  }

  func remove(_ name: String, in folder: Int32) -> Int32 {
    let result = system.remove(name, in: folder)
    guard result == 0 else { return result }
    log.withLock { log in
      log.names[name] = nil
      log.events.append(.removed(name: name))
    }
    return result
  }
}

/// What is on the disk after a power failure: bytes by name.
typealias DiskImage = [String: [UInt8]]

extension RecordingFileSystem {
  /// All that may be left after a power failure behind any of the events.
  func images() -> Set<DiskImage> {
    var images: Set<DiskImage> = []
    let events = events
    for count in 0...events.count { images.formUnion(RecordingFileSystem.images(after: events[..<count])) }
    return images
  }

  private static func images(after events: ArraySlice<Event>) -> Set<DiskImage> {
    var (onDisk, current): ([Int: [UInt8]], [Int: [UInt8]]) = ([:], [:])
    var names: [String: Int] = [:]
    var pending: [Event] = []
    for event in events {
      switch event {
      case .opened(_, let file, let isNew):
        if isNew {
          current[file] = []
          onDisk[file] = []
          pending.append(event)
        }
      case .wrote(let file, let bytes): current[file, default: []] += bytes
      case .truncated(let file, let length):
        current[file] = Array((current[file] ?? []).prefix(length))
      case .synchronised(let file): onDisk[file] = current[file]
      case .synchronisedFolder:
        for event in pending { apply(event, to: &names) }
        pending = []
      case .renamed, .removed: pending.append(event)
      }
    }
    precondition(pending.count <= 10, "\(pending.count) names in the air")
    var images: Set<DiskImage> = []
    for choice in 0..<(1 << pending.count) {
      var chosen = names
      for (number, event) in pending.enumerated() where choice >> number & 1 == 1 { apply(event, to: &chosen) }
      for loss in 0..<4 {
        images.insert(chosen.mapValues { left(of: current[$0] ?? [], onDisk[$0] ?? [], loss) })
      }
    }
    return images
  }

  private static func apply(_ event: Event, to names: inout [String: Int]) {
    switch event {
    case .opened(let name, let file, _): names[name] = file
    case .renamed(let from, let to):
      // Where its own name never came to the disk there is nothing to rename.
      if let file = names.removeValue(forKey: from) { names[to] = file }
    case .removed(let name): names[name] = nil
    default: break
    }
  }

  /// Bytes that were not synchronised: there, cut off, zeros, or missing.
  private static func left(of written: [UInt8], _ synchronised: [UInt8], _ loss: Int) -> [UInt8] {
    guard written != synchronised else { return written }
    let kept = min(written.count, synchronised.count)
    switch loss {
    case 0: return written
    case 1: return Array(written.prefix(kept + (written.count - kept) / 2))
    case 2: return synchronised.prefix(kept) + [UInt8](repeating: 0, count: written.count - kept)
    default: return synchronised
    }
  }
}

import Diagnostics
import Hashing
import Tables
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private func failure(_ body: () throws(WriteFailure) -> Void) -> WriteFailure? {
  do throws(WriteFailure) {
    try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct FolderTests {
  let outer = TemporaryFolder()

  private func folder(_ fileSystem: any FileSystem = SystemFileSystem()) throws -> Folder {
    try Folder(outer.path, fileSystem: fileSystem)
  }

  @Test func `replacing leaves nothing but the new file, and tells its hash`() throws {
    let folder = try folder()
    try folder.replace("state", with: "old")
    let hash = try folder.replace("state", with: Array("new".utf8))
    #expect(contents(folder.file("state")) == "new")
    #expect(hash.hexadecimal == SHA256.hexadecimal(of: "new".utf8))
    #expect(outer.names == ["state"] && folder.names() == ["state"])
  }

  @Test func `the old file is kept under the name that is asked for`() throws {
    let folder = try folder()
    for text in ["1", "2", "3"] { try folder.replace("state", keeping: "state.previous", with: Array(text.utf8)) }
    #expect(contents(folder.file("state")) == "3" && contents(folder.file("state.previous")) == "2")
    #expect(outer.names == ["state", "state.previous"])
  }

  @Test func `what a killed process left does not stand in the way`() throws {
    let folder = try folder()
    let left = try folder.writer("state.tmp", mode: .createNew)
    try left.write("half")
    try left.close()
    try folder.replace("state", with: "whole")
    #expect(outer.names == ["state"] && contents(folder.file("state")) == "whole")
  }

  @Test func `of a folder fails and leaves nothing behind`() throws {
    mkdir(outer["inner"], 0o700)
    let folder = try folder()
    let found = failure { () throws(WriteFailure) in try folder.replace("inner", with: "x") }
    #expect(found?.operation == .replacing && found?.path == outer["inner"])
    #expect(outer.names == ["inner"])
    rmdir(outer["inner"])
  }

  @Test func `F4 every failing call leaves the old file and is told with its path and bytes`() throws {
    let bytes = [UInt8](repeating: 7, count: 200_000)
    var seen: Set<String> = []
    for number in 1... {
      try folder().replace("state", with: "old")
      let faulty = FaultyFileSystem(.fails(ENOSPC), atCall: number)
      let folder = try folder(faulty)
      let found = failure { () throws(WriteFailure) in try folder.replace("state", with: bytes) }
      guard let found else {
        #expect(faulty.callCount < number)
        break
      }
      #expect(found.path == outer["state"] && found.code == ENOSPC && found.unwrittenBytes == bytes.count)
      #expect(found.inputFailure.kind == .inputOutput)
      #expect(
        found.message.hasSuffix("'\(outer["state"])': No space left on device (200000 bytes were not written)"))
      // Only the last step may fail after the new file has its place.
      let text = contents(outer["state"])
      #expect(text == "old" || (text?.utf8.count == bytes.count && found.operation == .synchronizing))
      #expect(outer.names == ["state"])
      seen.insert("\(found.operation)")
    }
    #expect(seen == ["creating", "writing", "synchronizing", "replacing"])
  }

  @Test func `F4 interrupted and short calls go on`() throws {
    let text = String(repeating: "0123456789", count: 30)
    for number in 1...12 {
      for fault in [FaultyFileSystem.Fault.isInterrupted, .isShort] {
        try folder(FaultyFileSystem(fault, atCall: number)).replace("state", with: text)
        #expect(contents(outer["state"]) == text, "\(fault) \(number)")
      }
    }
  }

  @Test func `F4 beyond the file-size limit leaves the old file and no temporary one`() throws {
    // The limit is for the whole process: far above what other tests write.
    signal(SIGXFSZ, SIG_IGN)
    let folder = try folder()
    try folder.replace("state", with: "old")
    var limit = rlimit()
    getrlimit(fileSizeLimit, &limit)
    var lowered = limit
    lowered.rlim_cur = 64 << 20
    setrlimit(fileSizeLimit, &lowered)
    let bytes = [UInt8](repeating: 120, count: (64 << 20) + 1000)
    let found = failure { () throws(WriteFailure) in try folder.replace("state", with: bytes) }
    setrlimit(fileSizeLimit, &limit)
    #expect(
      found
        == WriteFailure(path: outer["state"], operation: .writing, code: EFBIG, unwrittenBytes: bytes.count))
    #expect(contents(outer["state"]) == "old")
    #expect(outer.names == ["state"])
  }

  // MARK: F32

  @Test func `F32 links in the place of files are never written through`() throws {
    let elsewhere = TemporaryFolder()
    try Folder(elsewhere.path).replace("precious", with: "precious")
    let folder = try folder()
    for name in ["state", "state.tmp", "state.previous"] {
      #expect(symlink(elsewhere["precious"], outer[name]) == 0)
    }
    #expect(
      failure { () throws(WriteFailure) in _ = try folder.writer("state", mode: .append) }?.operation == .creating)
    try folder.replace("state", keeping: "state.previous", with: Array("mine".utf8))
    #expect(contents(outer["state"]) == "mine")
    #expect(symlink(elsewhere["precious"], outer["rows"]) == 0)
    let rows = try folder.writer("rows", mode: .replace)
    try rows.write("rows")
    try rows.close()
    #expect(contents(outer["rows"]) == "rows")
    // Another name of the same file, without a link.
    #expect(link(elsewhere["precious"], outer["hard"]) == 0)
    #expect(
      failure { () throws(WriteFailure) in _ = try folder.writer("hard", mode: .append) }?.code == EMLINK)
    let hard = try folder.writer("hard", mode: .replace)
    try hard.write("own")
    try hard.close()
    #expect(contents(outer["hard"]) == "own")
    // Dangling ones do not create what they point at.
    #expect(symlink(elsewhere["new"], outer["dangling"]) == 0)
    #expect(failure { () throws(WriteFailure) in _ = try folder.writer("dangling", mode: .append) } != nil)
    #expect(elsewhere.names == ["precious"] && contents(elsewhere["precious"]) == "precious")
  }

  @Test func `F32 locks are no links, pipes or files with a second name`() throws {
    let elsewhere = TemporaryFolder()
    try Folder(elsewhere.path).replace("precious", with: "precious")
    let folder = try folder()
    #expect(symlink(elsewhere["precious"], outer["a"]) == 0)
    #expect(link(elsewhere["precious"], outer["b"]) == 0)
    #expect(mkfifo(outer["c"], 0o600) == 0)
    for name in ["a", "b", "c"] { #expect(folder.openLockFile(name) == -1, "\(name)") }
    #expect(failure { () throws(WriteFailure) in _ = try folder.writer("c", mode: .append) } != nil)
    let descriptor = folder.openLockFile("d")
    #expect(descriptor >= 0)
    close(descriptor)
    #expect(contents(elsewhere["precious"]) == "precious")
  }

  @Test func `F32 a folder below another is no link, and stays the same when its path is taken over`() throws {
    let elsewhere = TemporaryFolder()
    let folder = try folder()
    #expect(symlink(elsewhere.path, outer["members"]) == 0)
    #expect(failure { () throws(WriteFailure) in _ = try Folder(creating: "members", in: folder) } != nil)
    let inner = try Folder(creating: "inner", in: folder)
    #expect(rename(outer["inner"], outer["moved"]) == 0)
    #expect(symlink(elsewhere.path, outer["inner"]) == 0)
    try inner.replace("state", with: "mine")
    #expect(contents(outer["moved/state"]) == "mine")
    #expect(elsewhere.names.isEmpty)
    unlink(outer["moved/state"])
    rmdir(outer["moved"])
  }

  /// Another process swaps a file for a link and back all the time.
  @Test func `F32 ten thousand writes in a race with a link write nothing elsewhere`() async throws {
    let elsewhere = TemporaryFolder()
    try Folder(elsewhere.path).replace("precious", with: "precious")
    let (state, spare, target) = (outer["rows"], outer["spare"], elsewhere["precious"])
    #expect(symlink(target, spare) == 0)
    let swapper = onThread {
      for _ in 0..<10_000 {
        _ = rename(spare, state)
        _ = symlink(target, spare)
      }
    }
    let folder = try folder()
    var written = 0
    for number in 0..<10_000 {
      // A link that comes in between is refused, which is no loss here.
      guard let writer = try? folder.writer("rows", mode: number % 2 == 0 ? .append : .replace) else { continue }
      try writer.write("mine")
      try writer.close()
      written += 1
    }
    try await swapper.value
    #expect(written > 0)
    #expect(contents(target) == "precious" && elsewhere.names == ["precious"])
  }

  @Test(arguments: ["", ".", "..", "../up", "a/b", "/abs", "nul\0", "a/../../b"])
  func `F31 only names in the folder are names`(name: String) throws {
    let folder = try folder()
    #expect(failure { () throws(WriteFailure) in try folder.replace(name, with: "x") }?.operation == .creating)
    #expect(failure { () throws(WriteFailure) in _ = try Folder(creating: name, in: folder) } != nil)
    #expect(outer.names.isEmpty)
  }

  @Test func `what cannot be opened or made says so with the path that was meant`() throws {
    let missing = failure { () throws(WriteFailure) in _ = try Folder(outer["none"]) }
    #expect(missing?.inputFailure.kind == .cannotCreate)
    #expect(missing?.message == "cannot create '\(outer["none"])': No such file or directory")
    #expect(failure { () throws(WriteFailure) in _ = try Folder("a\0b") }?.code == EINVAL)
  }

  @Test(arguments: ["", "ends", "ends:0", "ends:x", "fails:3", "fails:3:0", "ends:3:4", "sleeps:3"])
  func `a fault that means nothing is none`(text: String) {
    #expect(FaultyFileSystem(text: text) == nil)
  }
}

#if canImport(Glibc)
  private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  private let fileSizeLimit = RLIMIT_FSIZE
#endif

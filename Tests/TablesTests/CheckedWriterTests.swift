import Diagnostics
import Tables
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private func writeFailure(_ body: () throws(WriteFailure) -> Void) -> WriteFailure? {
  do throws(WriteFailure) {
    try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct `A checked writer` {
  let folder = TemporaryFolder()

  @Test func `writes, replaces, appends and refuses to overwrite`() throws {
    let path = folder["a.txt"]
    let first = try CheckedWriter(path: path, capacity: 4)
    try first.write("one")
    #expect(contents(path) == "")
    try first.write(" two")
    #expect(contents(path) == "one two")
    try first.write(Array("!".utf8))
    #expect(first.byteCount == 8)
    try first.close(synchronizing: true)
    try first.close()
    #expect(contents(path) == "one two!")
    let second = try CheckedWriter(path: path, mode: .append)
    try second.write("?")
    try second.synchronize()
    #expect(contents(path) == "one two!?")
    #expect(
      writeFailure { () throws(WriteFailure) in _ = try CheckedWriter(path: path, mode: .createNew) }?.code == EEXIST)
    let third = try CheckedWriter(path: path)
    try third.close()
    #expect(contents(path) == "")
  }

  @Test func `cuts a file to a length and goes on behind it`() throws {
    let path = folder["a.txt"]
    for mode in [CheckedWriter.Mode.append, .replace] {
      let output = try CheckedWriter(path: path, mode: mode)
      try output.write("abcdef")
      try output.truncate(toByteCount: 4)
      try output.write("XY")
      try output.close()
      #expect(contents(path) == "abcdXY")
      let again = try CheckedWriter(path: path, mode: .append)
      try again.truncate(toByteCount: 0)
      let failure = writeFailure { () throws(WriteFailure) in try again.truncate(toByteCount: 1) }
      #expect(failure == WriteFailure(path: path, operation: .truncating, code: EINVAL))
    }
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0))
  func `reports a full disk with what was not written, and keeps it`() throws {
    let output = try CheckedWriter(path: "/dev/full", capacity: 10)
    try output.write("short")
    let failure = writeFailure { () throws(WriteFailure) in try output.write("too long") }
    #expect(failure == WriteFailure(path: "/dev/full", operation: .writing, code: ENOSPC, unwrittenBytes: 13))
    #expect(failure?.isBrokenPipe == false)
    #expect(failure?.message == "cannot write '/dev/full': No space left on device (13 bytes were not written)")
    #expect(failure?.inputFailure.kind == .inputOutput)
    #expect(writeFailure { () throws(WriteFailure) in try output.flush() }?.unwrittenBytes == 13)
    #expect(writeFailure { () throws(WriteFailure) in try output.close() }?.code == ENOSPC)
    #expect(writeFailure { () throws(WriteFailure) in try output.flush() }?.code == EBADF)
  }

  @Test func `reports outputs that cannot be created`() throws {
    let path = folder["none/a.txt"]
    let failure = writeFailure { () throws(WriteFailure) in _ = try CheckedWriter(path: path) }
    #expect(failure?.inputFailure == InputFailure(.cannotCreate, "cannot create '\(path)': No such file or directory"))
    #expect(writeFailure { () throws(WriteFailure) in _ = try CheckedWriter(path: folder.path) }?.code == EISDIR)
    #expect(writeFailure { () throws(WriteFailure) in _ = try CheckedWriter(path: "a\0b") }?.code == EINVAL)
    let closed = writeFailure { () throws(WriteFailure) in
      _ = try CheckedWriter(descriptor: 9999, named: "<stdout>")
    }
    #expect(closed?.message == "cannot create '<stdout>': Bad file descriptor")
  }

  @Test func `tells a broken pipe from other failures`() throws {
    signal(SIGPIPE, SIG_IGN)
    let ends = makePipe()
    let output = try CheckedWriter(descriptor: ends.writing, named: "<stdout>")
    close(ends.reading)
    try output.write("gone")
    let failure = writeFailure { () throws(WriteFailure) in try output.flush() }
    #expect(failure?.isBrokenPipe == true)
    #expect(failure?.message == "cannot write '<stdout>': Broken pipe (4 bytes were not written)")
    close(ends.writing)
  }

  @Test(arguments: [false, true]) func `goes on after short writes`(_ nonBlocking: Bool) async throws {
    let ends = makePipe()
    if nonBlocking { _ = fcntl(ends.writing, F_SETFL, O_NONBLOCK) }
    let text = (0..<60_000).map { "\($0)\n" }.joined()
    let writing = onThread {
      let output = try CheckedWriter(descriptor: ends.writing, named: "pipe", capacity: 1 << 18)
      try output.write(text)
      try output.close()
      close(ends.writing)
    }
    var received: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 3001)
    while true {
      let count = read(ends.reading, &block, block.count)
      if count <= 0 { break }
      received += block[..<count]
    }
    try await writing.value
    close(ends.reading)
    #expect(received == Array(text.utf8))
  }

  @Test func `leaves what was not flushed`() throws {
    let path = folder["a.txt"]
    do {
      let output = try CheckedWriter(path: path)
      try output.write("kept\n")
      try output.flush()
      try output.write("lost\n")
    }
    #expect(contents(path) == "kept\n")
  }
}

@Suite struct `A CSV writer` {
  let folder = TemporaryFolder()

  @Test func `quotes only what needs it and reads back`() throws {
    let path = folder["a.csv"]
    let output = try CheckedWriter(path: path)
    let writer = try CSVWriter(output, header: ["name", "u,v", "#n"])
    let texts = [
      "plain", "two words", "a,b", "say \"hi\"", "two\nlines", "cr\rhere", " lead",
      "trail\t", "", "köln", "\u{A0}nbsp",
      "1", "#", "\u{FEFF}bom",
      "a\r\nb", "\"", ";",
    ]
    for (index, text) in texts.enumerated() { try writer.write([.text(text), CSVCell(0.1), .integer(index)]) }
    try writer.write([nil, -0.0, 7])
    try writer.write([.empty, .number(.nan), CSVCell(nil)])
    try output.close()
    let written = try #require(contents(path))
    #expect(
      written.hasPrefix("name,\"u,v\",\"#n\"\nplain,0.1,0\ntwo words,0.1,1\n\"a,b\",0.1,2\n\"say \"\"hi\"\"\",0.1,3\n"))
    #expect(written.hasSuffix("\n,-0,7\n,nan,\n"))
    let table = try readTable(path: path)
    #expect(table.header == ["name", "u,v", "#n"])
    #expect(try table.texts("name") == texts + ["", ""])
  }

  @Test func `writes the header once, and every row at once if asked to`() throws {
    let path = folder["a.csv"]
    let output = try CheckedWriter(path: path)
    let writer = try CSVWriter(output, header: ["x"], flushesRows: true)
    try writer.write([1.5 as Double?])
    try writer.write([nil as Double?])
    #expect(contents(path) == "x\n1.5\n\"\"\n")
    try output.close()
    let more = try CheckedWriter(path: path, mode: .append)
    let continued = try CSVWriter(more, header: ["x"], continues: true)
    try continued.write(columns: [[2, 3]])
    try more.close()
    #expect(contents(path) == "x\n1.5\n\"\"\n2\n3\n")
    #expect(try readTable(path: path).rowCount == 4)
  }
}

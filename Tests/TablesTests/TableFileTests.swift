import Diagnostics
import Tables
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct `Table files` {
  let folder = TemporaryFolder()

  private func failure(_ path: String) -> InputFailure? {
    do throws(InputFailure) {
      _ = try readTable(path: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `are read and named as they were given`() throws {
    let path = folder["a.csv"]
    try folder.write("x,u\n1,2\n", to: "a.csv")
    let table = try readTable(path: path)
    #expect(table.name == path)
    #expect(try table.numbers("u") == [2])
  }

  @Test func `that cannot be opened are missing input`() throws {
    let missing = folder["missing.csv"]
    #expect(failure(missing) == InputFailure(.missingInput, "cannot read '\(missing)': No such file or directory"))
    #expect(failure(folder.path) == InputFailure(.missingInput, "cannot read '\(folder.path)': Is a directory"))
    #expect(failure("") == InputFailure(.missingInput, "cannot read '': No such file or directory"))
    #expect(failure("a\0b")?.kind == .missingInput)
    try folder.write("x,u\n1,2\n", to: "a.csv")
    #expect(
      failure(folder["a.csv/b"])
        == InputFailure(.missingInput, "cannot read '\(folder["a.csv/b"])': Not a directory"))
    #expect(failure("/dev/null")?.diagnostics[0].message == "the file is empty")
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func `without permission are missing input`() throws {
    let path = folder["a.csv"]
    try folder.write("x,u\n1,2\n", to: "a.csv")
    chmod(path, 0)
    #expect(failure(path) == InputFailure(.missingInput, "cannot read '\(path)': Permission denied"))
  }

  @Test func `may be named pipes, written to bit by bit`() async throws {
    let path = folder["pipe"]
    #expect(mkfifo(path, 0o600) == 0)
    let writing = onThread {
      let output = try CheckedWriter(path: path, mode: .append)
      for line in ["x,u\n", "1,", "2\n\"3", "\",4", "\n5,6"] {
        try output.write(line)
        try output.flush()
        usleep(1000)
      }
      try output.close()
    }
    let table = try readTable(path: path)
    try await writing.value
    #expect(try table.numbers("x") == [1, 3, 5])
  }

  @Test func `larger than a block give every row`() throws {
    let path = folder["large.csv"]
    let output = try CheckedWriter(path: path)
    let writer = try CSVWriter(output, header: ["x", "u", "v"])
    var generator = SeededGenerator(state: 7)
    let columns = (0..<3).map { _ in (0..<60_000).map { _ in Double.random(in: -1...1, using: &generator) } }
    try writer.write(columns: columns)
    try output.close()
    let table = try readTable(path: path)
    #expect(try table.numbers(columns: ["x", "u", "v"]) == columns)
    #expect(table.line(ofRow: 59_999) == 60_001)
  }
}

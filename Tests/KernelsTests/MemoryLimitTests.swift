import Kernels
import Testing

@Suite struct MemoryLimitTests {
  @Test func `F18 there is a limit, and no more than the machine has`() throws {
    #if os(Linux)
      let limit = try #require(MemoryLimit.current)
      #expect(limit.bytes > 0 && limit.bytes < 1 << 50, "\(limit)")
      #expect(!limit.source.isEmpty)
    #endif
  }

  @Test func `lines of the kernel are read in bytes`() {
    let text = "Name:\tpinn\nVmSize:\t    1234 kB\nMemAvailable:   56 kB\nThreads:\t3\nOdd: x kB\n"
    #expect(MemoryLimit.kilobytes(text) == ["VmSize": 1234 * 1024, "MemAvailable": 56 * 1024])
  }
}

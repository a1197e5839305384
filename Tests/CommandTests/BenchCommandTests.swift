import Tables
import TestSupport
import Testing

private let header = [
  "case", "points", "parts", "layers", "parameters", "threads", "isa", "milliseconds_median", "milliseconds_min",
  "gflops", "peak_gflops", "fraction",
]

@Suite struct BenchCommandTests {
  private func rows(_ outcome: BinaryOutcome) throws -> [[String]] {
    let lines = outcome.lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    try #require(!lines.isEmpty)
    #expect(lines[0] == header)
    for row in lines { try #require(row.count == header.count) }
    return Array(lines.dropFirst())
  }

  @Test func `bench prints a header and a row for each case, in the order asked for`() async throws {
    let outcome = try await BinaryRunner().run([
      "bench", "--cases", "ode,small,rows", "--seconds", "0.05", "--threads", "2",
    ])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.isEmpty)
    let rows = try rows(outcome)
    #expect(
      rows.map { Array($0[..<6]) } == [
        ["ode", "202", "3", "1-32-32-1", "1153", "2"], ["small", "2780", "4", "2-20-20-20-1", "921", "2"],
        ["rows", "4000", "5", "3-20-20-20-1", "941", "2"],
      ])
    for row in rows {
      let numbers = try row[7...].map { try #require(Double($0)) }
      let (median, least, rate, peak, fraction) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
      #expect(0 < least && least <= median)
      #expect(rate > 0 && peak > 0)
      // Printed with four digits.
      #expect(abs(fraction - rate / peak) <= 2e-3 * fraction)
      // Never much above 1 by itself; where other work takes processors away while the peak is measured, it may be.
      #expect(fraction > 0 && fraction < 5, "\(row)")
    }
  }

  @Test func `bench runs with the instruction set and the threads asked for`() async throws {
    let outcome = try await BinaryRunner().run([
      "bench", "--cases", " ode ", "--seconds", "0.01", "--isa", "portable", "--threads", "1",
    ])
    #expect(outcome.status == 0, "\(outcome)")
    let rows = try rows(outcome)
    #expect(rows.map { Array($0[5..<7]) } == [["1", "portable"]])
  }

  @Test(arguments: [
    (["--cases", "smal"], "there is no case 'smal'", "did you mean 'small'?"),
    (["--cases", "ode,widee"], "there is no case 'widee'", "did you mean 'wide'?"),
    (["--cases", "xyzzy"], "there is no case 'xyzzy'", "cases are small, mid, wide"),
    (["--cases", ","], "--cases names no case", "cases are small, mid, wide"),
    (["--seconds", "0"], "--seconds must be above 0 and at most 3600, found 0", ""),
    (["--seconds", "nan"], "--seconds must be above 0 and at most 3600, found", ""),
  ])
  func `wrong options are told with status 64`(options: [String], message: String, help: String) async throws {
    let outcome = try await BinaryRunner().run(["bench"] + options)
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome)")
    #expect(outcome.errors.contains(help), "\(outcome)")
  }
}

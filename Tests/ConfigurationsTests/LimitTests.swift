import Configurations
import Diagnostics
import Foundation
import Synchronization
import Testing

@Suite struct LimitTests {
  @Test func `F28 texts at every limit fit into a stack of half a megabyte`() throws {
    let nests = { (count: Int, open: String, close: String) in
      String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    let parts = Array(repeating: "a", count: 199).joined(separator: ".")
    let toml = [
      "x = " + nests(199, "[", "]"), "x = " + nests(199, "{a=", "}"), "x = " + nests(100_000, "[", "]"),
      "x = " + nests(100_000, "{a=", "}"), parts + " = 1", "[" + parts + "]\nx=1", "[[" + parts + "]]",
      "x = " + nests(99, "[{a=", "}]"),
    ]
    let yaml = [
      "x: " + nests(199, "[", "]"), "x: " + nests(199, "{a: ", "}"), "x: " + nests(950, "[", "]"),
      "x: " + nests(950, "{a: ", "}"), "x:\n  " + nests(950, "- ", ""), "x:\n  " + nests(950, "? ", ""),
      "x: " + nests(100_000, "[", "]"), "x: " + nests(900, "{? ", "}"),
    ]
    let finished = DispatchSemaphore(value: 0)
    let sizes = Mutex<[Int]>([])
    let thread = Thread {
      for (texts, format) in [(toml, ConfigurationFormat.toml), (yaml, .yaml)] {
        for text in texts {
          let table = try? read(text, format)
          let back = table.flatMap { try? read(tomlText(of: $0)) }
          sizes.withLock { $0.append((back ?? table)?.entries.count ?? 0) }
        }
      }
      finished.signal()
    }
    thread.stackSize = 512 * 1024
    thread.start()
    finished.wait()
    #expect(sizes.withLock { $0 } == [1, 1, 0, 0, 1, 1, 1, 1] + [1, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test func `messages stay short, however long the text`() {
    let long = String(repeating: "long ", count: 10_000)
    for (text, format) in [
      ("a = \(long)", ConfigurationFormat.toml), ("a = \(String(repeating: "7", count: 50_000))", .toml),
      ("\(long)", .toml),
      ("\"\(long)\" = 1\n\"\(long)\" = 2", .toml), ("é\(String(repeating: "é", count: 50_000)) = 1", .toml),
      ("a: *\(long)", .yaml), ("a: *\(String(repeating: "x", count: 50_000))", .yaml),
      ("'\(long)': 1\n'\(long)': 2", .yaml), ("'\(long)':", .yaml), ("'': 1\n'': 2\na: \(long)", .yaml),
    ] {
      let shown = complaints(text, format).map { $0.rendered() }
      #expect(!shown.isEmpty)
      for message in shown { #expect(message.count < 1000, "\(message.prefix(200))") }
    }
  }
}

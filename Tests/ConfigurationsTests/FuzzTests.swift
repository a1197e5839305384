import Configurations
import Diagnostics
import Foundation
import Synchronization
import Testing

/// Changes a text a little: the plausible typos and the implausible ones.
private struct Mutator {
  var generator: SeededGenerator
  let pieces: [[Unicode.Scalar]]

  init(seed: UInt64, pieces: [String]) {
    generator = SeededGenerator(seed: seed)
    self.pieces = pieces.map { Array($0.unicodeScalars) }
  }

  mutating func mutate(_ text: String, with other: String) -> String {
    var scalars = Array(text.unicodeScalars)
    // Short texts are hit where it matters more often than long ones.
    if Bool.random(using: &generator), scalars.count > 60 {
      let start = Int.random(in: 0..<scalars.count - 40, using: &generator)
      scalars = Array(scalars[start..<min(scalars.count, start + Int.random(in: 1..<200, using: &generator))])
    }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...scalars.count, using: &generator)
      let end = min(scalars.count, place + Int.random(in: 0...8, using: &generator))
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: scalars.removeSubrange(place..<end)
      case 1, 2: scalars.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: place)
      case 3: scalars.replaceSubrange(place..<end, with: pieces.randomElement(using: &generator) ?? [])
      case 4: scalars.insert(contentsOf: scalars[place..<end], at: Int.random(in: 0...scalars.count, using: &generator))
      case 5:
        if place < scalars.count, let scalar = Unicode.Scalar(UInt32.random(in: 1..<0x3000, using: &generator)) {
          scalars[place] = scalar
        }
      case 6:
        let lines = other.unicodeScalars.split(separator: "\n")
        scalars.insert(
          contentsOf: Array(lines.randomElement(using: &generator) ?? "".unicodeScalars[...]) + ["\n"], at: place)
      default: if place < scalars.count { scalars.swapAt(place, Int.random(in: 0..<scalars.count, using: &generator)) }
      }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

@Suite struct FuzzTests {
  private let tomlPieces = [
    "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "\\", "\\u", "\\u0041", "\\U0001F600",
    "#", "\n", "\r\n", "\r", " ", "\t", "1", "0", "-", "+", "_", "e", "E", "1e5", "1.5", ".5", "5.", "0x", "0xfF",
    "0o7",
    "0b1", "inf", "nan", "true", "false", "a", "b", "a.b", "a = 1\n", "[a]\n", "[[a]]\n", "[a.b]\n", "a.b = 2\n",
    "{ a = 1 }", "[1, 2]", "é", "\u{0}", "\u{7F}", "\u{FEFF}", "\u{85}", "\u{2028}", "2025-01-02", "07:32:00", "T", "Z",
    "9223372036854775807", "9223372036854775808", "1e400", "1e-400", "\\\n", "\\ \n", "$", ":", ";", "\"\"", "''",
    "x = ",
  ]

  @Test func `whatever is read as TOML, the second reader agrees and nothing crashes`() throws {
    let seed: UInt64 = 1
    var mutator = Mutator(seed: seed, pieces: tomlPieces)
    let corpus = examplePairs.map(\.toml) + validTOMLTexts
    var accepted = 0
    for round in 0..<30_000 {
      let text = mutator.mutate(
        corpus.randomElement(using: &mutator.generator) ?? "",
        with: corpus.randomElement(using: &mutator.generator) ?? "")
      do throws(InputFailure) {
        let table = try read(text)
        accepted += 1
        // The locations are checked on the way: each lies within the text.
        #expect(outOfBounds(table) == nil, "round \(round), seed \(seed):\n\(text)")
        if round % 10 == 0 { #expect(outline(try read(tomlText(of: table))).count == outline(table).count) }
      } catch {
        expectGood(error, text, "round \(round), seed \(seed)")
      }
    }
    #expect(accepted > 3000)
  }

  @Test func `whatever is read as YAML, nothing crashes`() throws {
    let seed: UInt64 = 2
    let pieces = [
      ":", ": ", "- ", "-", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "*", "&", "!", "!!int ", "|", ">", "|-\n",
      ">+2\n",
      "'", "\"", "\\", "\\x41", "\\\n", "#", " #", "\n", "\n\n", "\n  ", "  ", "\t", "\r\n", "\r", "---\n", "...\n",
      "%YAML 1.1\n",
      "<<: *a\n", "<<", "yes", "no", "~", "null", "1:30", "012", "1e3", "0x1F", ".inf", "a: 1\n", "a: &a [1]\n",
      "b: *a\n",
      "é", "\u{E000}", "\\uE000", "\u{0}", "\u{FEFF}", "\u{85}", "\u{2028}", "😀", "@", "`", "999999999999999999:59:59",
    ]
    var mutator = Mutator(seed: seed, pieces: pieces)
    let corpus = examplePairs.map(\.yaml) + validYAMLTexts
    var accepted = 0
    for round in 0..<10_000 {
      let text = mutator.mutate(
        corpus.randomElement(using: &mutator.generator) ?? "",
        with: corpus.randomElement(using: &mutator.generator) ?? "")
      do throws(InputFailure) {
        let table = try read(text, .yaml)
        accepted += 1
        #expect(outOfBounds(table) == nil, "round \(round), seed \(seed):\n\(text)")
        if round % 10 == 0 {
          #expect(outline(try read(tomlText(of: table))).count == outline(table).count, "round \(round), seed \(seed)")
        }
      } catch {
        expectGood(error, text, "round \(round), seed \(seed)")
      }
    }
    #expect(accepted > 1000)
  }

  @Test func `whatever is set, nothing crashes`() throws {
    let seed: UInt64 = 3
    var mutator = Mutator(seed: seed, pieces: tomlPieces)
    let corpus = [
      "optimizer.0.iterations=5", "equation.burgers.weight=2", "network.hidden=[20, 30]", "a[0].b = { c = 'x' }",
    ]
    let base = try read(examplePairs[examplePairs.count - 2].toml)
    for round in 0..<5000 {
      let text = mutator.mutate(corpus.randomElement(using: &mutator.generator) ?? "", with: "x.y=\"z\"\n")
      var table = base
      do throws(InputFailure) {
        try apply(setting: text, to: &table)
      } catch {
        expectGood(error, text, "round \(round), seed \(seed)")
      }
    }
  }

  @Test func `texts at every limit fit into a stack of half a megabyte`() throws {
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

  // MARK: - What must hold of every outcome

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

  private func expectGood(_ failure: InputFailure, _ text: String, _ context: String) {
    let shown = failure.diagnostics.map { $0.rendered() }.joined(separator: "\n")
    #expect(!shown.contains("internal error"), "\(context):\n\(text)\n\(shown)")
    #expect(failure.diagnostics.count <= 40)
    for diagnostic in failure.diagnostics {
      #expect(diagnostic.location.map(isInside) ?? false, "\(context): \(diagnostic.message)\n\(text)")
    }
  }

  private func isInside(_ place: Diagnostics.SourceLocation) -> Bool {
    // An empty text has no lines.
    let lines = place.file.lines.isEmpty ? [""] : place.file.lines
    return (1...lines.count).contains(place.line)
      && (1...lines[place.line - 1].unicodeScalars.count + 1).contains(place.column)
  }

  private func outOfBounds(_ table: LocatedTable) -> Diagnostics.SourceLocation? {
    if !isInside(table.location) { return table.location }
    for (key, value) in table.entries {
      if !isInside(key.location) { return key.location }
      if let place = outOfBounds(value) { return place }
    }
    return nil
  }

  private func outOfBounds(_ value: LocatedValue) -> Diagnostics.SourceLocation? {
    if !isInside(value.location) { return value.location }
    switch value.content {
    case .string(let text):
      return (0..<text.text.unicodeScalars.count).lazy.map { text.location(offset: $0) }.first { !isInside($0) }
    case .array(let elements): return elements.lazy.compactMap(outOfBounds).first
    case .table(let table): return outOfBounds(table)
    default: return nil
    }
  }
}

import Configurations
import Diagnostics
import TestSupport
import Testing

@Suite struct WriterTests {
  @Test func `an experiment is written as a user would write it`() throws {
    let text = """
      title = "Viscous \\"Burgers\\" \\\\ shock\\n"
      seed = 7

      [variables]
      x = [-1.0, 1]
      t = { range = [0, 1], unit = "s" }
      a = [2, 3]

      [fields]
      u = {}

      [empty]

      [[equation]]
      expr = "u_t + u*u_x = nu*u_xx"
      "two words" = 1e-5

      [[equation]]
      expr = "v"
      weight = inf

      [[equation.part]]
      note = "this array of tables is far too long for one line, so that its elements have headers of their own"

      [[equation.part]]
      note = "and the second one too"

      [network]
      hidden = [20, 20]
      scale = 2.5e300

      [network.features]
      periodic = ["x", "y", "z"]
      fourier = { count = 16, scale = 1.0, note = "a table that makes the line around it too long for braces" }
      last = true

      """
    #expect(tomlText(of: try read(text)) == text)
  }

  @Test func `plain values move in front of the tables only at the top`() throws {
    let table = try read("b: {x: {y: 1}, z: 2}\na: 1\n", .yaml)
    #expect(tomlText(of: table) == "a = 1\n\n[b]\nx = { y = 1 }\nz = 2\n")
  }

  @Test(arguments: [
    (1.0, "1.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e-5, "1e-5"), (1e16, "1e16"), (1.5e-300, "1.5e-300"),
    (Double.leastNonzeroMagnitude, "5e-324"), (123456.0, "123456.0"), (Double.infinity, "inf"),
    (-Double.infinity, "-inf"),
    (Double.nan, "nan"), (0.1 + 0.2, "0.30000000000000004"), (1.7976931348623157e308, "1.7976931348623157e308"),
  ])
  func `a number is the shortest that reads back`(number: Double, text: String) {
    let place = SourceLocation(file: SourceFile(name: ""), line: 1, column: 1)
    let table = LocatedTable(
      entries: [(LocatedKey("x", at: place), LocatedValue(.float(number), at: place))], at: place)
    #expect(tomlText(of: table) == "x = \(text)\n")
  }

  @Test func `random trees read back from what is written`() throws {
    let seed: UInt64 = 20_240_611
    var trees = RandomTree(generator: SeededGenerator(seed: seed))
    for round in 0..<2000 {
      let tree = trees.table(depth: 0)
      let text = tomlText(of: tree)
      let back = try read(text)
      #expect(back.hasSameContent(as: plainFirst(tree)), "round \(round), seed \(seed):\n\(text)")
      #expect(tomlText(of: back) == text)
    }
  }

  @Test func `every prefix of depth up to the limit reads back`() throws {
    let place = SourceLocation(file: SourceFile(name: ""), line: 1, column: 1)
    var value = LocatedValue(.string(LocatedText(String(repeating: "x", count: 120))), at: place)
    for depth in 1..<200 {
      let table = LocatedTable(entries: [(LocatedKey("k", at: place), value)], at: place)
      #expect(try read(tomlText(of: table)).hasSameContent(as: table))
      value =
        depth % 3 == 0
        ? LocatedValue(.array([value]), at: place) : LocatedValue(.table(table), at: place)
    }
  }

  private func plainFirst(_ table: LocatedTable) -> LocatedTable {
    func isSection(_ value: LocatedValue) -> Bool {
      switch value.content {
      case .table: true
      case .array(let elements):
        !elements.isEmpty && elements.allSatisfy { if case .table = $0.content { true } else { false } }
      default: false
      }
    }
    var result = table
    result.entries = table.entries.filter { !isSection($0.value) } + table.entries.filter { isSection($0.value) }
    return result
  }
}

struct RandomTree {
  var generator: SeededGenerator
  let place = SourceLocation(file: SourceFile(name: ""), line: 1, column: 1)

  mutating func table(depth: Int) -> LocatedTable {
    var table = LocatedTable(at: place)
    for _ in 0..<Int.random(in: 0...(depth == 0 ? 6 : 4), using: &generator) {
      let name = text(short: true)
      guard table[name] == nil else { continue }
      table.entries.append((LocatedKey(name, at: place), value(depth: depth + 1)))
    }
    return table
  }

  mutating func value(depth: Int) -> LocatedValue {
    let content: LocatedValue.Content
    switch Int.random(in: 0..<(depth > 5 ? 5 : 9), using: &generator) {
    case 0: content = .string(LocatedText(text(short: Bool.random(using: &generator))))
    case 1:
      content = .integer(Int.random(in: .min ... .max, using: &generator) >> Int.random(in: 0..<64, using: &generator))
    case 2: content = .float(Double(bitPattern: generator.next()))
    case 3:
      content = .float([0.0, -0.0, .infinity, -.infinity, .nan, 1, 1e100, 0.1].randomElement(using: &generator) ?? 0)
    case 4: content = .boolean(Bool.random(using: &generator))
    case 5, 6: content = .table(table(depth: depth))
    case 7:
      content = .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(depth: depth + 1) })
    default:
      content = .array(
        (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
          LocatedValue(.table(table(depth: depth + 1)), at: place)
        })
    }
    return LocatedValue(content, at: place)
  }

  mutating func text(short: Bool) -> String {
    let pieces = [
      "a", "b", "nu", "x_1", "-", "2", " ", "\"", "'", "\\", "\n", "\t", "\r", "\u{1}", "\u{7F}", "é", "☃", "😀", "#",
      "=", ".", "[", "u_t + u*u_x = nu*u_xx",
    ]
    return (0..<Int.random(in: 0..<(short ? 3 : 12), using: &generator))
      .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }
}

@Suite struct BothLanguagesTests {
  @Test(arguments: examplePairs.indices)
  func `the same experiment in TOML and YAML is the same tree`(index: Int) throws {
    let toml = try read(examplePairs[index].toml)
    let yaml = try read(examplePairs[index].yaml, .yaml)
    #expect(toml.hasSameContent(as: yaml))
    #expect(outline(toml) == outline(yaml))
    // Within one line of braces the words of TOML and those of its copy agree as well.
    #expect(tomlText(of: try read(tomlText(of: toml))) == tomlText(of: yaml))
  }

  @Test(arguments: examplePairs.indices)
  func `a text without a name is recognised`(index: Int) {
    #expect(ConfigurationFormat.detect(examplePairs[index].toml) == .toml)
    #expect(ConfigurationFormat.detect(examplePairs[index].yaml) == .yaml)
  }

  @Test func `a text that is wrong in both languages is taken for what it looks like`() {
    #expect(ConfigurationFormat.detect("# c\n\ntitle: x\nseed: no") == .yaml)
    #expect(ConfigurationFormat.detect("---\n- a") == .yaml)
    #expect(ConfigurationFormat.detect("title = x: y\nseed = 1 2") == .toml)
    #expect(ConfigurationFormat.detect("[network]\nactivation = tanh") == .toml)
    #expect(ConfigurationFormat.detect("") == .toml)
    #expect(ConfigurationFormat.detect("hello") == .toml)
    #expect(ConfigurationFormat.detect("x = \"a: b\"") == .toml)
  }

  @Test func `trees differ when order, kind or value differ`() throws {
    let tree = try read("a = 1\nb = [1.0, \"x\"]")
    for other in [
      "b = [1.0, \"x\"]\na = 1", "a = 1.0\nb = [1.0, \"x\"]", "a = 1\nb = [1.0, \"y\"]", "a = 1\nb = [1.0]", "a = 1",
    ] {
      #expect(!tree.hasSameContent(as: try read(other)))
    }
    #expect(!(try read("a = 0.0")).hasSameContent(as: try read("a = -0.0")))
    #expect((try read("a = nan")).hasSameContent(as: try read(" a=-nan")))
  }
}

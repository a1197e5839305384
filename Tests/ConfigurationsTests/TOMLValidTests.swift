import Configurations
import Diagnostics
import Testing

/// TOML texts and what they mean, by the outline of the tree.
private let valid: [(text: String, outline: String)] = [
  ("", "{}"),
  ("\n\r\n  \t\n", "{}"),
  ("# only a comment", "{}"),
  ("\u{FEFF}a = 1", "{a: 1}"),
  ("a = 1", "{a: 1}"),
  ("a=1#c", "{a: 1}"),
  ("\ta\t=\t1\t# é\r\nb = 2\r\n", "{a: 1, b: 2}"),
  // Keys.
  ("1234 = 1\n-_- = 2", "{1234: 1, -_-: 2}"),
  ("\"a b\" = 1\n'c\"d' = 2\n\"\" = 3", "{a b: 1, c\"d: 2, : 3}"),
  ("\"\\u00e9\" = 1", "{é: 1}"),
  ("a.b.c = 1", "{a: {b: {c: 1}}}"),
  ("a . \"b.c\" .'d' = 1", "{a: {b.c: {d: 1}}}"),
  ("a.b = 1\na.c = 2\nd = 3\na.e = 4", "{a: {b: 1, c: 2, e: 4}, d: 3}"),
  ("3.14 = 1", "{3: {14: 1}}"),
  ("true = 1\ninf = 2\n2025-01-02 = 3", "{true: 1, inf: 2, 2025-01-02: 3}"),
  ("b = 1\na = 2", "{b: 1, a: 2}"),
  // Integers.
  ("a = 0\nb = +0\nc = -0", "{a: 0, b: 0, c: 0}"),
  ("a = +99\nb = -17\nc = 1_000\nd = 5_3_4", "{a: 99, b: -17, c: 1000, d: 534}"),
  ("a = 0xDEADBEEF\nb = 0xdead_beef\nc = 0o755\nd = 0b1101", "{a: 3735928559, b: 3735928559, c: 493, d: 13}"),
  ("a = 0x00\nb = 0o0_1", "{a: 0, b: 1}"),
  ("a = 9223372036854775807\nb = -9223372036854775808", "{a: 9223372036854775807, b: -9223372036854775808}"),
  ("a = 0x7FFFFFFFFFFFFFFF", "{a: 9223372036854775807}"),
  // Floats.
  ("a = 1.0\nb = -0.01\nc = +3.1415", "{a: 1.0, b: -0.01, c: 3.1415}"),
  ("a = 5e+22\nb = 1e06\nc = -2E-2\nd = 6.626e-34", "{a: 5e+22, b: 1000000.0, c: -0.02, d: 6.626e-34}"),
  ("a = 9_224_617.445_991\nb = 1_0e1_0", "{a: 9224617.445991, b: 100000000000.0}"),
  ("a = -0.0\nb = 0e0\nc = 0.0e-999", "{a: -0.0, b: 0.0, c: 0.0}"),
  ("a = inf\nb = +inf\nc = -inf", "{a: inf, b: inf, c: -inf}"),
  ("a = nan\nb = -nan\nc = +nan", "{a: nan, b: nan, c: nan}"),
  ("a = 1.7976931348623157e308\nb = 5e-324", "{a: 1.7976931348623157e+308, b: 5e-324}"),
  ("a = 2.2250738585072011e-308\nb = 0.1", "{a: 2.225073858507201e-308, b: 0.1}"),
  ("a = 123456789012345678901234567890.0", "{a: 1.2345678901234568e+29}"),
  ("a = 1e-3", "{a: 0.001}"),
  // Booleans.
  ("a = true\nb = false", "{a: true, b: false}"),
  // Strings.
  (#"a = """#, #"{a: ""}"#),
  ("a = ''", #"{a: ""}"#),
  (#"a = "x\ty\\z\"""#, "{a: \"x\ty\\z\"\"}"),
  (#"a = "\u00e9\U0001F600\b\f\r\n""#, "{a: \"é😀\u{8}\u{C}\r\n\"}"),
  (#"a = 'C:\n "x"'"#, #"{a: "C:\n "x""}"#),
  ("a = \"tab\there\"", "{a: \"tab\there\"}"),
  ("a = \"# no comment\" # comment", "{a: \"# no comment\"}"),
  ("a = \"\"\"\"\"\"", #"{a: ""}"#),
  ("a = \"\"\"\nx\ny\"\"\"", "{a: \"x\ny\"}"),
  ("a = \"\"\"\r\nx\r\ny\r\n\"\"\"", "{a: \"x\ny\n\"}"),
  ("a = \"\"\"x \\\n   \n  y\"\"\"", "{a: \"x y\"}"),
  ("a = \"\"\"x \\  \r\n  y\"\"\"", "{a: \"x y\"}"),
  ("a = \"\"\"x\\\n\"\"\"", "{a: \"x\"}"),
  ("a = \"\"\"a\"b\"\"c\"\"\"", "{a: \"a\"b\"\"c\"}"),
  ("a = \"\"\"\"x\"\"\"\"\"", "{a: \"\"x\"\"\"}"),
  ("a = \"\"\"\\\"\"\"\\\"\"\"\"", "{a: \"\"\"\"\"\"}"),
  ("a = '''\nx\\\n'y'\n'''", "{a: \"x\\\n'y'\n\"}"),
  ("a = ''''x''''", "{a: \"'x'\"}"),
  ("a = '''''x'''''", "{a: \"''x''\"}"),
  // Arrays.
  ("a = []", "{a: []}"),
  ("a = [ ]", "{a: []}"),
  ("a = [1, 2.0, \"x\", true, [], {}]", "{a: [1, 2.0, \"x\", true, [], {}]}"),
  ("a = [1, 2,]", "{a: [1, 2]}"),
  ("a = [ # c\n 1 # d\n , # e\n\n 2, # f ]\n]", "{a: [1, 2]}"),
  ("a = [\r\n1,\r\n]\r\n", "{a: [1]}"),
  ("a = [[1, 2], [\"]\", '[']]", "{a: [[1, 2], [\"]\", \"[\"]]}"),
  ("a = [\"\"\"x\ny\"\"\", 'z']", "{a: [\"x\ny\", \"z\"]}"),
  ("a = [{ x = 1 }, { x = 2, y = [\n3\n] }]", "{a: [{x: 1}, {x: 2, y: [3]}]}"),
  // Inline tables.
  ("a = {}", "{a: {}}"),
  ("a = { b = 1, c.d = 2, c.e = 3, \"f\" = {} }", "{a: {b: 1, c: {d: 2, e: 3}, f: {}}}"),
  ("a = { b = [\n1,\n2 ], c = \"\"\"\nx\n\"\"\" }", "{a: {b: [1, 2], c: \"x\n\"}}"),
  ("a.b = { c = 1 }", "{a: {b: {c: 1}}}"),
  // Tables.
  ("[a]", "{a: {}}"),
  ("[ a . b ] # c\nx = 1", "{a: {b: {x: 1}}}"),
  ("[a]\nx = 1\n[b]\ny = 2", "{a: {x: 1}, b: {y: 2}}"),
  ("[a.b]\nx = 1\n[a]\ny = 2", "{a: {b: {x: 1}, y: 2}}"),
  ("[a]\n[a.b.c]\n[a.b]\nx = 1", "{a: {b: {c: {}, x: 1}}}"),
  ("[\"a.b\".'c d']\nx = 1", "{a.b: {c d: {x: 1}}}"),
  ("a.b = 1\n[a.c]\nx = 1", "{a: {b: 1, c: {x: 1}}}"),
  ("[f]\na.c = \"r\"\na.t.s = true\n[f.a.x]\ns = 1", "{f: {a: {c: \"r\", t: {s: true}, x: {s: 1}}}}"),
  ("[a]\n\n\n[b]", "{a: {}, b: {}}"),
  // Arrays of tables.
  ("[[a]]", "{a: [{}]}"),
  ("[[a]]\nx = 1\n[[a]]\n[[a]]\nx = 3", "{a: [{x: 1}, {}, {x: 3}]}"),
  (
    "[[a]]\n[a.b]\nx = 1\n[[a.c]]\ny = 1\n[[a.c]]\n[[a]]\n[a.b]\nx = 2",
    "{a: [{b: {x: 1}, c: [{y: 1}, {}]}, {b: {x: 2}}]}"
  ),
  ("[[a.b]]\n[a]\nx = 1", "{a: {b: [{}], x: 1}}"),
  ("[[ a . b ]]\nx = 1", "{a: {b: [{x: 1}]}}"),
  ("[[a]]\nb.c = 1\n[[a]]\nb.c = 2", "{a: [{b: {c: 1}}, {b: {c: 2}}]}"),
  ("[[equation]]\nexpr = \"u_t + u*u_x = nu*u_xx\"", "{equation: [{expr: \"u_t + u*u_x = nu*u_xx\"}]}"),
  ("x = 1 # ☃ \u{7FFF}", "{x: 1}"),
  ("\"ʎǝʞ\" = \"ünïcödé\"", "{ʎǝʞ: \"ünïcödé\"}"),
  ("a = \"\u{2028}\u{85}\u{FEFF}\"", "{a: \"\u{2028}\u{85}\u{FEFF}\"}"),
]

@Suite struct TOMLValidTests {
  @Test func `the table of valid texts is long enough`() { #expect(valid.count >= 80) }

  @Test(arguments: valid.indices)
  func `a valid text gives its tree`(row: Int) throws {
    let (text, expected) = valid[row]
    #expect(outline(try read(text)) == expected)
  }

  @Test func `floats are read to the last bit`() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      for text in [tomlFloat(number), tomlFloat(number, digits: 25)] {
        guard case .float(let value)? = try read("x = \(text)").at("x")?.content else {
          Issue.record("\(text) is not a float, seed 11")
          return
        }
        #expect(value.bitPattern == number.bitPattern, "\(text), seed 11")
      }
    }
  }

  /// `%.17e` and the like, without Foundation: the shortest form, or that with further digits that change nothing.
  private func tomlFloat(_ number: Double, digits: Int = 0) -> String {
    let text = number.description
    guard digits > 0, let dot = text.firstIndex(of: ".") else {
      return text.contains("e") || text.contains(".") ? text : text + ".0"
    }
    let end = text.firstIndex(of: "e") ?? text.endIndex
    let fraction = text[text.index(after: dot)..<end]
    return text[...dot] + fraction + String(repeating: "0", count: digits) + text[end...]
  }
}

@Suite struct TOMLPlaceTests {
  let text = """
    title = "é" # c
    [network]
      hidden = [20, 30,
        40]
    "act" . 'f'  = { a = true, b.c = 'x' }
    [[equation]]
    expr = "a\\tb\\u00e9c" # d
    long = \"\"\"
    one \\
      two
    three\"\"\"
    [[equation]]
    """

  @Test func `each key and value knows its place`() throws {
    let table = try read(text)
    func place(_ location: Diagnostics.SourceLocation?) -> [Int] {
      location.map { [$0.line, $0.column, $0.length] } ?? []
    }
    #expect(place(table.key("title")?.location) == [1, 1, 5])
    #expect(place(table.at("title")?.location) == [1, 9, 3])
    #expect(place(table.at("network")?.location) == [2, 1, 9])
    #expect(place(table.key("network")?.location) == [2, 2, 7])
    #expect(place(table.at("network", "hidden")?.location) == [3, 12, 1])
    #expect(place(table.at("network", "hidden", "1")?.location) == [3, 17, 2])
    #expect(place(table.at("network", "hidden", "2")?.location) == [4, 5, 2])
    #expect(place(table.at("network", "act", "f")?.location) == [5, 16, 23])
    guard case .table(let network)? = table.at("network")?.content, case .table(let act)? = network["act"]?.content
    else {
      Issue.record("not tables")
      return
    }
    #expect(place(network.key("act")?.location) == [5, 1, 5])
    #expect(place(act.key("f")?.location) == [5, 9, 3])
    #expect(place(table.at("network", "act", "f", "a")?.location) == [5, 22, 4])
    #expect(place(table.at("network", "act", "f", "b", "c")?.location) == [5, 34, 3])
    #expect(place(table.at("equation")?.location) == [6, 1, 12])
    #expect(place(table.at("equation", "1")?.location) == [12, 1, 12])
  }

  @Test func `each character of a string knows its place`() throws {
    let table = try read(text)
    guard case .string(let expr)? = table.at("equation", "0", "expr")?.content,
      case .string(let long)? = table.at("equation", "0", "long")?.content
    else {
      Issue.record("not strings")
      return
    }
    // a \t b é c
    #expect((0..<5).map { expr.location(offset: $0).column } == [9, 10, 12, 13, 19])
    #expect(expr.segments.count == 3)
    #expect(long.text == "one two\nthree")
    let places = [0, 3, 4, 6, 7, 8, 12].map { long.location(offset: $0) }
    #expect(places.map(\.line) == [9, 9, 10, 10, 10, 11, 11])
    #expect(places.map(\.column) == [1, 4, 3, 5, 6, 1, 5])
  }
}

import Configurations
import Diagnostics
import Testing

private let valid: [(text: String, outline: String)] = [
  ("", "{}"),
  ("# only a comment\n", "{}"),
  ("---\na: 1\n", "{a: 1}"),
  ("\u{FEFF}a: 1", "{a: 1}"),
  ("a: 1\r\nb: x\r\n", "{a: 1, b: \"x\"}"),
  ("b: 1\na: 1.0\nc: 1e-3\nd: -2.5E+3", "{b: 1, a: 1.0, c: 0.001, d: -2500.0}"),
  ("a: +5\nb: 1_000\nc: 0x1F\nd: 0o17\ne: 0b101", "{a: 5, b: 1000, c: 31, d: 15, e: 5}"),
  ("a: inf\nb: -inf\nc: nan\nd: true\ne: false", "{a: inf, b: -inf, c: nan, d: true, e: false}"),
  ("a: '1'\nb: \"true\"\nc: 'no'\nd: '012'\ne: ''", "{a: \"1\", b: \"true\", c: \"no\", d: \"012\", e: \"\"}"),
  (
    "a: tanh\nb: 0.01/pi\nc: -sin(pi*x)\nd: u_t + u*u_x = nu*u_xx",
    "{a: \"tanh\", b: \"0.01/pi\", c: \"-sin(pi*x)\", d: \"u_t + u*u_x = nu*u_xx\"}"
  ),
  ("a: x*y ** z\nb: 'it''s *'\nc: \"*\\t*\"", "{a: \"x*y ** z\", b: \"it's *\", c: \"*\t*\"}"),
  ("# * *a\na: | # *b\n  *c\nb: 1", "{a: \"*c\n\", b: 1}"),
  (
    "a: 1-2\nb: 3m\nc: 2D heat\nd: e5\ne: y\nf: n",
    "{a: \"1-2\", b: \"3m\", c: \"2D heat\", d: \"e5\", e: \"y\", f: \"n\"}"
  ),
  (
    "y: 1\nn: 2\nyes: 3\n1: 4\n'q r': 5\n~: 6\nnull: 7\n1.5: 8",
    "{y: 1, n: 2, yes: 3, 1: 4, q r: 5, ~: 6, null: 7, 1.5: 8}"
  ),
  (
    "a: {}\nb: []\nc: {x: 1, y: [1, 2]}\nd: {\n x: 1,\n y: 2,\n}",
    "{a: {}, b: [], c: {x: 1, y: [1, 2]}, d: {x: 1, y: 2}}"
  ),
  ("a:\n- 1\n- x: 1\n  y: 2\n-\n  - 3\n  - - 4", "{a: [1, {x: 1, y: 2}, [3, [4]]]}"),
  ("{\"a\": 1, \"b\": [true, \"x\"]}", "{a: 1, b: [true, \"x\"]}"),
  ("? a\n: 1", "{a: 1}"),
  ("a: x\n  y\n\n  z", "{a: \"x y\nz\"}"),
  ("a: |\n  x\n   y\n\n  z\nb: >-\n  p\n  q\n\n  r", "{a: \"x\n y\n\nz\n\", b: \"p q\nr\"}"),
  ("a: &n {x: 1}\nb: *n\nc: [*n, *n]", "{a: {x: 1}, b: {x: 1}, c: [{x: 1}, {x: 1}]}"),
  ("a: &n 1\nb: &n 2\nc: *n", "{a: 1, b: 2, c: 2}"),
  ("a: &n1:30 1\nb: *n1", "{a: \":30 1\", b: \":30 1\"}"),
  ("&k a: 1\nb: *k", "{a: 1, b: \"a\"}"),
  ("a: \"\\u00e9\\x41\\\n  b\"", "{a: \"éAb\"}"),
  ("a: \u{E000}*\u{E001} '*'", "{a: \"\u{E000}*\u{E001} '*'\"}"),
  ("a: \"\\uE000 \\ue001*\"", "{a: \"\u{E000} \u{E001}*\"}"),
]

private let invalid: [(text: String, message: String)] = [
  // Words that mean different things to different people.
  ("a: ⟦⟧no", "'no' is not a boolean"),
  ("a: ⟦⟧On", "'On' is not a boolean"),
  ("a: [x, ⟦⟧yes]", "'yes' is not a boolean"),
  ("a: ⟦⟧True", "'True' is not a boolean"),
  ("a: ⟦⟧null", "'null' is not a value that a configuration may hold"),
  ("a: ⟦⟧~", "'~' is not a value that a configuration may hold"),
  ("⟦⟧a:", "the key 'a' has no value"),
  ("x: 1\n⟦⟧a: # c\nb: 2", "the key 'a' has no value"),
  ("a: {⟦⟧b, c: 1}", "the key 'b' has no value"),
  ("a: ⟦⟧1:30", "'1:30' is a time, which a configuration does not use"),
  ("a: ⟦⟧999999999999999999:59:59", "'999999999999999999:59:59' is a time, which a configuration does not use"),
  ("a: ⟦⟧2025-01-02", "'2025-01-02' is a date, which a configuration does not use"),
  ("a: ⟦⟧012", "'012' has leading zeros"),
  ("a: ⟦⟧.5", "'.5' has no digit before the decimal point"),
  ("a: ⟦⟧5.", "'5.' has no digit after the decimal point"),
  ("a: ⟦⟧.inf", "'.inf' is not a number"),
  ("a: ⟦⟧.NaN", "'.NaN' is not a number"),
  ("a: ⟦⟧1__0", "'1__0' has a misplaced '_'"),
  ("a: ⟦⟧0x", "'0x' is not a hexadecimal number"),
  ("a: ⟦⟧9223372036854775808", "the integer 9223372036854775808 does not fit into 64 bits"),
  ("a: ⟦⟧1e999", "the number 1e999 is larger than a 64-bit float can hold"),
  // Structure.
  ("⟦⟧- a\n- b", "the top of a configuration must be keys with values, found an array"),
  ("⟦⟧tanh", "the top of a configuration must be keys with values, found a string"),
  ("a: 1\n⟦⟧---\nb: 2", "a configuration is one YAML document, and here a second begins"),
  ("a: ⟦⟧!!int 1", "tags such as '!!int' are not used in a configuration"),
  ("a: ⟦⟧! x", "tags such as '!!int' are not used in a configuration"),
  ("a: ⟦⟧!x\n  b: 1", "tags such as '!!int' are not used in a configuration"),
  ("a: &n ⟦⟧!!str 1", "tags such as '!!int' are not used in a configuration"),
  ("a: 1\nb: 2\n⟦⟧a: 3", "the key 'a' is already defined"),
  ("a: 1\n\"\"⟦⟧", "could not find expected ':'"),
  ("\"a\": 1\n⟦⟧'a': 2", "the key 'a' is already defined"),
  ("x: {b: 1, c: 2, ⟦⟧b: 3}", "the key 'b' is already defined"),
  ("a: {⟦⟧'': 1, \"\": 2}", "the key '' is given twice in this table"),
  ("⟦⟧[a, b]: 1", "a key must be text, found an array"),
  ("? ⟦⟧{a: 1}\n: 1", "a key must be text, found a table"),
  ("a: \"⟦⟧", "found unexpected end of stream"),
  ("a: [1, 2⟦⟧\n\n", "did not find expected ',' or ']'"),
  ("a: b⟦⟧: c", "mapping values are not allowed in this context"),
  ("a: 1\n b⟦⟧: 2", "mapping values are not allowed in this context"),
  ("a:\n⟦⟧\tb: 1", "found character that cannot start any token"),
  ("a: ⟦⟧@x", "found character that cannot start any token"),
  ("a: \"⟦⟧\\q\"", "found unknown escape character"),
  ("a: ⟦⟧\"\\0\"", "a configuration cannot hold the character U+0000"),
  ("⟦⟧\"\\0\": 1", "a configuration cannot hold the character U+0000"),
  // Characters.
  ("a: 1\nb⟦⟧\0: 2", "the text has a NUL byte; is this a text file?"),
  ("a: x⟦⟧\u{1B}", "the character U+001B cannot stand in YAML"),
  ("a: 1⟦⟧\rb: 2", "the character U+000D cannot stand in YAML"),
  ("a: \"x⟦⟧\u{2028}y\"", "the character U+2028 cannot stand in YAML"),
  ("a: x⟦⟧\u{85}y", "the character U+0085 cannot stand in YAML"),
  ("a: x⟦⟧\u{FEFF}y", "the character U+FEFF cannot stand in YAML"),
  // Anchors and aliases.
  ("a: ⟦⟧*n", "no anchor '&n' stands before the alias '*n'"),
  ("a: ⟦⟧*n\nb: &n 1", "no anchor '&n' stands before the alias '*n'"),
  ("a: &n [⟦⟧*n]", "the alias '*n' stands inside the value that it refers to"),
  ("a: &n {b: {c: ⟦⟧*n}}", "the alias '*n' stands inside the value that it refers to"),
  ("a: &n x\n⟦⟧*n : 1", "an alias cannot be a key"),
  ("a: ⟦⟧*", "'*' is not an alias"),
  ("a: ⟦⟧* b", "'* b' is not an alias"),
  ("a: &n {x: 1}\nb:\n  ⟦⟧<<: *n", "merge keys '<<' are not used in a configuration"),
]

@Suite struct YAMLTests {
  @Test(arguments: valid.indices)
  func `a valid text gives its tree`(row: Int) throws {
    #expect(outline(try read(valid[row].text, .yaml)) == valid[row].outline)
  }

  @Test(arguments: invalid.indices)
  func `F23 a wrong text is reported at its place`(row: Int) throws {
    let marked = MarkedText(invalid[row].text)
    let first = try #require(complaints(marked.text, .yaml).first, "\(invalid[row].text) is accepted")
    #expect(first.message == invalid[row].message)
    #expect([first.location?.line, first.location?.column] == [marked.line, marked.column])
  }

  @Test func `a message says what to type`() {
    #expect(
      complaints("flags:\n  quiet: no\n", .yaml).map { $0.rendered() } == [
        """
        test.yaml:2:10: error: 'no' is not a boolean
            2 |   quiet: no
              |          ^~
           help: write false, or "no" in quotes for text
        """
      ])
    #expect(
      complaints("a: [1,\n  2\nb: 3", .yaml).map { $0.rendered() } == [
        """
        test.yaml:3:2: error: did not find expected ',' or ']'
            3 | b: 3
              |  ^
        """,
        """
        test.yaml:1:4: note: while parsing a flow sequence that begins here
            1 | a: [1,
              |    ^
        """,
      ])
  }

  @Test func `several errors are reported in one go, keys given twice with both places`() {
    let errors = complaints("a: no\nb: 012\nc: 1\nc: 2\nc: 3\nd: {e: 1, e: 2}\n", .yaml)
    #expect(errors.map { $0.location?.line } == [1, 2, 4, 3, 5, 3, 6, 6])
    #expect(errors.map(\.severity) == [.error, .error, .error, .note, .error, .note, .error, .note])
    #expect(complaints(String(repeating: "a: no\n", count: 500), .yaml).filter { $0.severity == .error }.count <= 20)
  }

  // MARK: - Places

  @Test func `each character of a scalar knows its place`() throws {
    let text = """
      plain: u_t + u*u_x
      single: 'it''s x'
      double: "a\\tb\\u00e9c"
      folded: "one
        two\\
          three

        four"
      block: |
        x = 1

          y = 2
      fold: >
        p
        q

        r
      long: plain text
        goes on
      """
    let table = try read(text, .yaml)
    func places(_ key: String, _ offsets: [Int]) -> [[Int]] {
      guard case .string(let text)? = table.at(key)?.content else { return [] }
      return offsets.map { [text.location(offset: $0).line, text.location(offset: $0).column] }
    }
    #expect(places("plain", [0, 6, 7]) == [[1, 8], [1, 14], [1, 15]])
    #expect(places("single", [0, 2, 3, 5]) == [[2, 10], [2, 12], [2, 14], [2, 16]])
    #expect(places("double", [0, 1, 2, 3, 4]) == [[3, 10], [3, 11], [3, 13], [3, 14], [3, 20]])
    // one two|three \n four
    #expect(places("folded", [0, 3, 4, 7, 12, 13]) == [[4, 10], [4, 13], [5, 3], [6, 5], [6, 10], [8, 3]])
    #expect(places("block", [0, 4, 7, 9]) == [[10, 3], [10, 7], [12, 3], [12, 5]])
    #expect(places("fold", [0, 2, 4]) == [[14, 3], [15, 3], [17, 3]])
    #expect(places("long", [0, 6, 11, 14]) == [[18, 7], [18, 13], [19, 3], [19, 6]])
    #expect(table.at("single")?.location.length == 9)
    #expect(table.key("single")?.location.length == 6)
  }

  @Test func `places are never lost, whatever the scalar`() throws {
    // Every character that the source shows as itself must be found at its place.
    for style in ["", "|", ">", "|-", ">+", "\"", "'"] {
      let quote = style == "\"" || style == "'" ? style : ""
      let header = quote.isEmpty ? style + (style.isEmpty ? "" : "\n  ") : quote
      let text = "k: " + header + "alpha beta\n  gamma\n\n  delta  eps\n\n\n  zeta" + quote + "\n"
      guard case .string(let located)? = try read(text, .yaml).at("k")?.content else {
        Issue.record("no text for \(style)")
        continue
      }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
      for (offset, scalar) in located.text.unicodeScalars.enumerated() where scalar.properties.isAlphabetic {
        let place = located.location(offset: offset)
        #expect(lines[place.line - 1][place.column - 1] == scalar, "style '\(style)', character \(offset)")
      }
    }
  }

  @Test func `an escaped line end before an empty line keeps the places`() throws {
    guard case .string(let text)? = try read("a: \"x\\\n\n  y z\"", .yaml).at("a")?.content else {
      Issue.record("no text")
      return
    }
    #expect(text.text == "x\ny z")
    #expect([text.location(offset: 2).line, text.location(offset: 2).column] == [3, 3])
    #expect([text.location(offset: 4).line, text.location(offset: 4).column] == [3, 5])
  }

  @Test func `a line feed by escape is not one of an empty line`() throws {
    guard case .string(let text)? = try read("a: \"\n\n\\nx\n\\x41  b\"", .yaml).at("a")?.content else {
      Issue.record("no text")
      return
    }
    #expect(text.text == "\n\nx A  b")
    let places = (0..<8).map { text.location(offset: $0) }
    // The end of the first line, then \n and x, the end of the third line, \x41 and what follows.
    #expect(places.map(\.line) == [1, 3, 3, 3, 4, 4, 4, 4])
    #expect(places.map(\.column) == [5, 1, 3, 4, 1, 5, 6, 7])
  }

  @Test(arguments: ["a:\n  b: |-\n\n  c: 1\n", "a:\n  b: >\n  c: 1\n", "a:\n  b: |-", "a:\n  b: >-\n\n\n"])
  func `an empty block stands where its mark does`(_ text: String) throws {
    guard case .string(let empty)? = try read(text, .yaml).at("a", "b")?.content else {
      Issue.record("no text in \(text)")
      return
    }
    #expect(empty.text.isEmpty)
    #expect([empty.location(offset: 0).line, empty.location(offset: 0).column] == [2, 6])
  }

  // MARK: - Bombs

  /// Refused at all: an expanded bomb would take gigabytes and hours.
  private func expectQuickRefusal(_ text: String, _ message: String) {
    #expect(complaints(text, .yaml).first?.message == message)
  }

  @Test func `F27 a billion laughs are refused in time`() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<10 {
      text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    expectQuickRefusal(text, "more than 32 aliases")
    text = "a0: &a0 [\(Array(repeating: "x", count: 100).joined(separator: ", "))]\n"
    for level in 1..<10 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n" }
    expectQuickRefusal(text, "more than 100000 values, counting aliases as often as they are used")
  }

  @Test func `F27 aliases as keys are refused in time`() {
    var text = "a0: &a0 {x: 1}\n"
    for level in 1..<15 { text += "a\(level): &a\(level)\n  ? *a\(level - 1)\n  : *a\(level - 1)\n" }
    expectQuickRefusal(text, "an alias cannot be a key")
    text = "a0: &a0 x\n"
    for level in 1..<15 { text += "a\(level): &a\(level)\n  ? [*a\(level - 1), *a\(level - 1)]\n  : 1\n" }
    expectQuickRefusal(text, "a key must be text, found an array")
  }

  @Test func `F28 deep nesting is refused in time`() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[", ""), ("{? ", "")] {
      for count in [201, 900, 5000, 100_000] {
        let text = "x:\n  " + String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        #expect(!complaints(text, .yaml).isEmpty, "\(open) \(count)")
      }
    }
    _ = #expect(throws: Never.self) {
      try read("x: " + String(repeating: "[", count: 199) + "1" + String(repeating: "]", count: 199), .yaml)
    }
    #expect(
      complaints("x: " + String(repeating: "[", count: 200) + "1" + String(repeating: "]", count: 200), .yaml)
        .first?.message == "nested deeper than 200")
    let chain = (1...32).reduce("a0: &a0 [[[[[[[x]]]]]]]\n") { $0 + "a\($1): &a\($1) [[[[[[[*a\($1 - 1)]]]]]]]\n" }
    expectQuickRefusal(chain, "nested deeper than 200")
  }

  @Test func `many nodes and large texts are refused in time`() {
    expectQuickRefusal("x: [" + String(repeating: "1,", count: 200_000) + "]", "more than 100000 values")
    expectQuickRefusal(
      "# " + String(repeating: "x", count: 1_000_000), "the text is larger than 1 MB, the limit for YAML")
  }
}

import Diagnostics
import Testing

@Suite struct RenderingTests {
  let file = SourceFile(
    name: "configs/burgers.toml", text: "[optimizer]\r\nlearnin_rate = 1e-3\n\tx = \u{1B}[31m 'ü' = 2\ne\u{301}x = ?\n")

  @Test func `a message shows its line and underlines its place`() {
    let place = SourceLocation(file: file, line: 2, column: 1, length: 12)
    let diagnostic = Diagnostic(
      .error, "unknown key 'learnin_rate' in [optimizer]", at: place, help: "did you mean 'learning_rate'?")
    #expect(
      diagnostic.rendered() == """
        configs/burgers.toml:2:1: error: unknown key 'learnin_rate' in [optimizer]
            2 | learnin_rate = 1e-3
              | ^~~~~~~~~~~~
           help: did you mean 'learning_rate'?
        """)
  }

  @Test func `a message without a place is one line`() {
    #expect(Diagnostic(.warning, "nothing to do").rendered() == "warning: nothing to do")
  }

  @Test func `F34 control characters are written out and the caret stays below its character`() {
    let place = SourceLocation(file: file, line: 3, column: 13, length: 3)
    #expect(
      Diagnostic(.error, "bad \u{7}\u{202E}", at: place).rendered() == """
        configs/burgers.toml:3:13: error: bad \\u{7}\\u{202e}
            3 |  x = \\u{1b}[31m 'ü' = 2
              |                  ^~~
        """)
  }

  @Test func `a combining mark takes no width`() {
    let place = SourceLocation(file: file, line: 4, column: 7)
    #expect(
      Diagnostic(.error, "no", at: place).rendered() == """
        configs/burgers.toml:4:7: error: no
            4 | e\u{301}x = ?
              |      ^
        """)
  }

  @Test func `a place in a text of several lines that is no file lies on its line`() {
    let text = LocatedText("u\n + w_x\r\n", named: "--derivatives")
    let place = text.location(offset: 5, length: 3)
    #expect([place.line, place.column] == [2, 4])
    #expect(
      Diagnostic(.error, "no", at: place).rendered() == """
        --derivatives:2:4: error: no
            2 |  + w_x
              |    ^~~
        """)
  }

  @Test func `a place behind the line end and one behind the last line do no harm`() {
    let behind = SourceLocation(file: file, line: 2, column: 20, length: 5)
    #expect(
      Diagnostic(.error, "expected more", at: behind).rendered() == """
        configs/burgers.toml:2:20: error: expected more
            2 | learnin_rate = 1e-3
              |                    ^
        """)
    let below = SourceLocation(file: file, line: 99, column: 1)
    #expect(Diagnostic(.note, "here", at: below).rendered() == "configs/burgers.toml:99:1: note: here")
  }

  @Test func `a long line is cut to a window around the place`() {
    let text = String(repeating: "a", count: 500) + "!" + String(repeating: "b", count: 500)
    let rendered = Diagnostic(
      .error, "no", at: SourceLocation(file: SourceFile(name: "x", text: text), line: 1, column: 501)
    ).rendered()
    let lines = rendered.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1] == "    1 | " + String(repeating: "a", count: 80) + "!" + String(repeating: "b", count: 79))
    #expect(lines[2] == "      | " + String(repeating: " ", count: 80) + "^")
  }

  @Test func `lines end at line feeds only`() {
    let file = SourceFile(name: "x", text: "a\u{2028}b\u{B}c\r\nd\n")
    #expect(file.lines == ["a\u{2028}b\u{B}c", "d", ""])
    #expect(SourceFile(name: "x", text: "a\r\nb\r").lines == ["a", "b\r"])
    #expect(SourceFile(name: "x", text: "").lines.isEmpty)
  }
}

@Suite struct LocatedTextTests {
  @Test func `each character of a text knows its place`() {
    let file = SourceFile(name: "x", text: "")
    // e = "a\tb<newline>c"
    let text = LocatedText(
      "a\tbc", file: file,
      segments: [
        .init(offset: 0, line: 1, column: 6), .init(offset: 2, line: 1, column: 9),
        .init(offset: 3, line: 2, column: 1),
      ])
    let places = (0..<5).map { text.location(offset: $0) }
    #expect(places.map(\.line) == [1, 1, 1, 2, 2])
    #expect(places.map(\.column) == [6, 7, 9, 1, 2])
    #expect(text.location.length == 4)
    #expect(text.location(offset: -3).column == 6)
  }

  @Test func `a text without segments begins at the first character of its file`() {
    let text = LocatedText("u_t", named: "--params")
    #expect(text.location(offset: 2) == SourceLocation(file: text.file, line: 1, column: 3))
    #expect(LocatedText("u", file: text.file, segments: []).location.column == 1)
  }
}

@Suite struct SpellingTests {
  @Test(arguments: [
    ("learnin_rate", "learning_rate"), ("learning-rate", "learning_rate"), ("Tahn", "tanh"), ("sni", "sin"),
    ("iteratons", "iterations"), ("gauss newton", "gauss-newton"),
  ])
  func `a slip finds its word`(slip: String, word: String) {
    let words = ["learning_rate", "tanh", "sin", "cos", "iterations", "gauss-newton"]
    #expect(nearestName(to: slip, among: words) == word)
  }

  @Test func `what is far from everything finds nothing`() {
    #expect(nearestName(to: "elephant", among: ["sin", "tanh", "learning_rate"]) == nil)
    #expect(nearestName(to: "x", among: ["seed", "title"]) == nil)
    #expect(nearestName(to: "seed", among: []) == nil)
  }

  @Test func `of two equally near words the earlier wins`() {
    #expect(nearestName(to: "sit", among: ["sin", "sir"]) == "sin")
  }
}

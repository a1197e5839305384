import Configurations
import Diagnostics
import Testing

/// Wrong TOML texts with the place (⟦⟧) of the first message and the beginning of its text.
private let invalid: [(text: String, message: String)] = [
  // What ends the process inside TOMLKit.
  ("x = [1, ⟦⟧}", "expected a value or ']', found '}'"),
  ("[⟦⟧.net]", "expected a key, found '.'"),
  ("[⟦⟧$x]", "'$' cannot stand in a key without quotes"),
  ("[⟦⟧é]", "'é' cannot stand in a key without quotes"),
  ("[[⟦⟧é]]", "'é' cannot stand in a key without quotes"),
  ("d = ⟦⟧2025-01-02T:", "'2025-01-02T:' is a date, which a configuration does not use"),
  ("a = 1\n⟦⟧\0b = 2", "the text has a NUL byte; is this a text file?"),
  ("a = \"⟦⟧\\u0000\"", "a configuration cannot hold the character U+0000"),
  ("a = \"⟦⟧\\U00000000\"", "a configuration cannot hold the character U+0000"),
  // Keys.
  ("⟦⟧= 1", "expected a key, found '='"),
  ("a⟦⟧", "expected '=' after the key 'a', found the end of the file"),
  ("a⟦⟧\nb = 1", "expected '=' after the key 'a', found the end of the line"),
  ("a ⟦⟧b = 1", "expected '=' after the key 'a', found 'b'"),
  ("a⟦⟧: 1", "expected '=' after the key 'a', found ':'"),
  ("a. ⟦⟧= 1", "expected a key, found '='"),
  ("a.⟦⟧.b = 1", "expected a key, found '.'"),
  ("⟦⟧.a = 1", "expected a key, found '.'"),
  ("caf⟦⟧é = 1", "'é' cannot stand in a key without quotes"),
  ("a⟦⟧+b = 1", "'+' cannot stand in a key without quotes"),
  ("a⟦⟧# = 1", "expected '=' after the key 'a', found a comment"),
  ("⟦⟧\"\"\"a\"\"\" = 1", "a key cannot be a string of three quotes"),
  ("⟦⟧'''a''' = 1", "a key cannot be a string of three quotes"),
  ("⟦⟧\"a = 1", "the string that begins here has no closing \""),
  ("\"a⟦⟧\\qb\" = 1", "'\\' followed by 'q' is not an escape of TOML"),
  ("⟦⟧] = 1", "expected a key, found ']'"),
  ("⟦⟧{a = 1}", "expected a key, found '{'"),
  ("⟦⟧\\ = 1", "expected a key, found '\\'"),
  ("⟦⟧\u{1} = 1", "expected a key, found the control character U+0001"),
  // Missing and wrong values.
  ("a =⟦⟧", "expected a value after '=', found the end of the file"),
  ("a = ⟦⟧\nb = 1", "expected a value after '=', found the end of the line"),
  ("a =⟦⟧\r\nb = 1", "expected a value after '=', found the end of the line"),
  ("a = ⟦⟧# c", "expected a value after '=', found a comment"),
  ("a = ⟦⟧, 1", "expected a value after '=', found ','"),
  ("a = ⟦⟧= 1", "expected a value after '=', found '='"),
  ("activation = ⟦⟧tanh", "'tanh' is not a value of TOML"),
  ("nu = ⟦⟧0.01/pi # c", "'0.01/pi' is not a value of TOML"),
  ("nu = ⟦⟧2 * pi", "'2 * pi' is not a value of TOML"),
  ("expr = ⟦⟧u_t + u*u_x = nu*u_xx", "'u_t + u*u_x = nu*u_xx' is not a value of TOML"),
  ("shape = ⟦⟧disk(center = [0, 0], radius = 1)", "'disk(center = [0, 0], radius = 1)' is not a value of TOML"),
  ("a = [x = 0, 1]", "'x = 0' is not a value of TOML"),
  ("a = ⟦⟧True", "'True' is not a boolean"),
  ("a = ⟦⟧yes", "'yes' is not a boolean"),
  ("a = ⟦⟧null", "'null' is not a value that a configuration may hold"),
  ("a = ⟦⟧~", "'~' is not a value of TOML"),
  ("a = ⟦⟧ünï", "'ünï' is not a value of TOML"),
  ("a = ⟦⟧$HOME", "'$HOME' is not a value of TOML"),
  ("a = 1 ⟦⟧b = 2", "expected the end of the line after the value, found 'b'"),
  ("a = 1⟦⟧, 2", "expected the end of the line after the value, found ','"),
  ("a = \"x\" ⟦⟧\"y\"", "expected the end of the line after the value, found '\"'"),
  ("a = \"x\"⟦⟧y", "expected the end of the line after the value, found 'y'"),
  ("a = 1⟦⟧]", "expected the end of the line after the value, found ']'"),
  ("a = 1 ⟦⟧\rb = 2", "expected the end of the line after the value, found a carriage return without a line feed"),
  // Numbers.
  ("a = ⟦⟧012", "'012' has leading zeros"),
  ("a = ⟦⟧-00.5", "'-00.5' has leading zeros"),
  ("a = ⟦⟧.5", "'.5' has no digit before the decimal point"),
  ("a = ⟦⟧5.", "'5.' has no digit after the decimal point"),
  ("a = ⟦⟧1.e3", "'1.e3' has no digit after the decimal point"),
  ("a = ⟦⟧1e", "'1e' has no digits in its exponent"),
  ("a = ⟦⟧1e+", "'1e+' has no digits in its exponent"),
  ("a = ⟦⟧1__0", "'1__0' has a misplaced '_'"),
  ("a = ⟦⟧1_", "'1_' has a misplaced '_'"),
  ("a = ⟦⟧_1", "'_1' has a misplaced '_'"),
  ("a = ⟦⟧1_.5", "'1_.5' has a misplaced '_'"),
  ("a = ⟦⟧1.2.3", "'1.2.3' is not a value of TOML"),
  ("a = ⟦⟧--1", "'--1' is not a value of TOML"),
  ("a = ⟦⟧+", "'+' is not a value of TOML"),
  ("a = ⟦⟧0x", "'0x' is not a hexadecimal number"),
  ("a = ⟦⟧0xG", "'0xG' is not a hexadecimal number"),
  ("a = ⟦⟧0X1F", "'0X1F' is not a hexadecimal number"),
  ("a = ⟦⟧-0x1F", "'-0x1F' is not a hexadecimal number"),
  ("a = ⟦⟧0o8", "'0o8' is not an octal number"),
  ("a = ⟦⟧0b2", "'0b2' is not a binary number"),
  ("a = ⟦⟧0b_1", "'0b_1' is not a binary number"),
  ("a = ⟦⟧9223372036854775808", "the integer 9223372036854775808 does not fit into 64 bits"),
  ("a = ⟦⟧0xFFFFFFFFFFFFFFFF", "the integer 0xFFFFFFFFFFFFFFFF does not fit into 64 bits"),
  ("a = ⟦⟧1e400", "the number 1e400 is larger than a 64-bit float can hold"),
  ("a = ⟦⟧-1.0e-400", "the number -1.0e-400 is smaller than a 64-bit float can hold"),
  ("a = ⟦⟧Inf", "'Inf' is not a number"),
  ("a = ⟦⟧.inf", "'.inf' is not a number"),
  ("a = ⟦⟧-NaN", "'-NaN' is not a number"),
  ("a = ⟦⟧1d3", "'1d3' is not a value of TOML"),
  // Dates and times.
  ("a = ⟦⟧1979-05-27", "'1979-05-27' is a date, which a configuration does not use"),
  ("a = ⟦⟧1979-05-27T07:32:00Z", "'1979-05-27T07:32:00Z' is a date, which a configuration does not use"),
  ("a = ⟦⟧1979-05-27 07:32:00", "'1979-05-27' is a date, which a configuration does not use"),
  ("a = ⟦⟧07:32:00.5", "'07:32:00.5' is a time, which a configuration does not use"),
  ("a = ⟦⟧1:30", "'1:30' is a time, which a configuration does not use"),
  // Strings.
  ("a = ⟦⟧\"x", "the string that begins here has no closing \""),
  ("a = ⟦⟧\"x\nb = 1", "the string that begins here has no closing \""),
  ("a = ⟦⟧\"x\r\nb = 1", "the string that begins here has no closing \""),
  ("a = ⟦⟧'x", "the string that begins here has no closing '"),
  ("a = 'it'⟦⟧s", "expected the end of the line after the value, found 's'"),
  ("a = ⟦⟧\"x\\\"", "the string that begins here has no closing \""),
  ("a = ⟦⟧\"\"\"x\nb = 1\n", "the string that begins here has no closing \"\"\""),
  ("a = ⟦⟧'''x\n''\n", "the string that begins here has no closing '''"),
  ("a = '''x'''''⟦⟧''", "expected the end of the line after the value, found '''"),
  ("a = \"⟦⟧\\d\"", "'\\' followed by 'd' is not an escape of TOML"),
  ("a = \"⟦⟧\\u12\"", "'\\u' needs 4 hexadecimal digits, found '\"'"),
  ("a = \"⟦⟧\\U0000zz00\"", "'\\U' needs 8 hexadecimal digits, found 'z'"),
  ("a = \"⟦⟧\\ud800\"", "'\\ud800' is not a Unicode character"),
  ("a = \"⟦⟧\\U00110000\"", "'\\U00110000' is not a Unicode character"),
  ("a = \"⟦⟧\\x41\"", "'\\' followed by 'x' is not an escape of TOML"),
  ("a = \"\"\"x\n⟦⟧\\ y\"\"\"", "'\\' followed by a blank is not an escape of TOML"),
  ("a = \"\"\"x \\\n  ⟦⟧\u{A0} y\"\"\"", "the character U+00A0 cannot stand right behind a line that ends in '\\'"),
  ("a = \"\"\"x \\\n  ⟦⟧\u{FEFF} y\"\"\"", "the character U+FEFF cannot stand right behind a line that ends in '\\'"),
  ("a =⟦⟧\u{A0}1", "'\u{A0}1' is not a value of TOML"),
  ("x = 1\n⟦⟧\u{FEFF}a = 1", "the character U+FEFF cannot stand in a key without quotes"),
  ("a = \"x⟦⟧\u{1B}\"", "the control character U+001B cannot stand in a string"),
  ("a = 'x⟦⟧\u{7F}'", "the control character U+007F cannot stand in a string"),
  ("a = \"x⟦⟧\ry\"", "a carriage return without a line feed cannot stand in a string"),
  ("a = \"\"\"x⟦⟧\ry\"\"\"", "a carriage return without a line feed cannot stand in a string"),
  ("# x⟦⟧\u{8}", "the control character U+0008 cannot stand in a comment"),
  // Arrays.
  ("a = ⟦⟧[", "the array that begins here has no closing ']'"),
  ("a = ⟦⟧[1, 2\n", "the array that begins here has no closing ']'"),
  ("a = ⟦⟧[1, [2]", "the array that begins here has no closing ']'"),
  ("a = [⟦⟧, 1]", "expected a value or ']', found ','"),
  ("a = [1, ⟦⟧, 2]", "expected a value or ']', found ','"),
  ("a = [1 ⟦⟧2]", "expected ',' or ']' after a value of the array, found '2'"),
  ("a = [1\n⟦⟧b = 2", "expected ',' or ']' after a value of the array, found 'b'"),
  ("a = [⟦⟧1; 2]", "'1; 2' is not a value of TOML"),
  ("a = [⟦⟧tanh, sin]", "'tanh' is not a value of TOML"),
  ("a = [⟦⟧b = 1]", "'b = 1' is not a value of TOML"),
  // Inline tables.
  ("a = ⟦⟧{", "the table that begins here has no closing '}'"),
  ("a = ⟦⟧{ b = 1", "the table that begins here has no closing '}'"),
  ("a = { b = 1⟦⟧, }", "an inline table cannot end with ','"),
  ("a = { b = 1 ⟦⟧c = 2 }", "expected ',' or '}' after a value of the table, found 'c'"),
  ("a = {⟦⟧\n b = 1\n}", "a table in braces must end on its line: expected a key, found the end of the line"),
  ("a = { b = 1,⟦⟧\n c = 1\n}", "a table in braces must end on its line: expected a key, found the end of the line"),
  (
    "a = { b = 1 ⟦⟧# c\n}",
    "a table in braces must end on its line: expected ',' or '}' after a value of the table, found a comment"
  ),
  ("a = { ⟦⟧, }", "expected a key, found ','"),
  ("a = { b ⟦⟧}", "expected '=' after the key 'b', found '}'"),
  ("a = { b = ⟦⟧}", "expected a value after '=', found '}'"),
  ("a = { 1 ⟦⟧}", "expected '=' after the key '1', found '}'"),
  ("a = { b = 1, ⟦⟧b = 2 }", "the key 'b' is already defined"),
  ("a = { b = { c = 1 }, ⟦⟧b.d = 2 }", "the table 'b' is complete with its braces, so nothing can be added to it"),
  // Headers.
  ("[⟦⟧]", "expected a key, found ']'"),
  ("[a⟦⟧", "expected ']' after the table name, found the end of the file"),
  ("[a⟦⟧\nb = 1", "expected ']' after the table name, found the end of the line"),
  ("[a ⟦⟧b]", "expected ']' after the table name, found 'b'"),
  ("[a] ⟦⟧b = 1", "expected the end of the line after the table header, found 'b'"),
  ("[a⟦⟧[0]]", "expected ']' after the table name, found '['"),
  ("[[a]⟦⟧", "expected ']]' after the table name, found the end of the file"),
  ("[[a]⟦⟧ ]", "expected ']]' after the table name, found a blank"),
  ("[ ⟦⟧[a]]", "expected a key, found '['"),
  ("[a]⟦⟧]", "expected the end of the line after the table header, found ']'"),
  ("[a.⟦⟧]", "expected a key, found ']'"),
  ("[a⟦⟧=1]", "expected ']' after the table name, found '='"),
  // Redefinition.
  ("a = 1\n⟦⟧a = 2", "the key 'a' is already defined"),
  ("a = 1\n⟦⟧\"a\" = 2", "the key 'a' is already defined"),
  ("a.b = 1\na.⟦⟧b = 2", "the key 'a.b' is already defined"),
  ("a = 1\n⟦⟧a.b = 2", "'a' is already an integer, so it cannot be a table"),
  ("a.b = 1\n⟦⟧a = 2", "the key 'a' is already defined"),
  ("[a]\n⟦⟧[a]", "the table [a] is already defined"),
  ("[a]\nb = 1\n⟦⟧[a.b]", "'a.b' is already an integer, so it cannot be a table"),
  ("a = {}\n⟦⟧[a]", "'a' is already a table, so it cannot be a table"),
  ("a = {}\n[⟦⟧a.b]", "the table 'a' is complete with its braces, so nothing can be added to it"),
  ("a = {}\n⟦⟧a.b = 1", "the table 'a' is complete with its braces, so nothing can be added to it"),
  ("a = [1]\n⟦⟧[[a]]", "'a' is already an array, so it cannot be an array of tables"),
  ("a = []\n[⟦⟧a.b]", "'a' is already an array, so it cannot be a table"),
  ("[[a]]\n⟦⟧[a]", "'a' is an array of tables"),
  ("[a]\n⟦⟧[[a]]", "'a' is already a table, so it cannot be an array of tables"),
  ("[a]\nb.c = 1\n⟦⟧[a.b]", "the table [a.b] is already defined by dotted keys"),
  ("[a.b]\nx = 1\n[a]\n⟦⟧b.y = 2", "the table [b] is already defined, so dotted keys cannot add to it"),
  ("[[a.b]]\n[a]\n⟦⟧b.y = 2", "'b' is an array of tables, so dotted keys cannot add to it"),
]

@Suite struct TOMLInvalidTests {
  @Test func `the table of wrong texts is long enough`() { #expect(invalid.count >= 120) }

  @Test(arguments: invalid.indices)
  func `F23 a wrong text is reported at its place`(row: Int) throws {
    let marked = MarkedText(invalid[row].text)
    let first = try #require(complaints(marked.text).first, "\(invalid[row].text) is accepted")
    #expect(first.message == invalid[row].message)
    #expect(first.severity == .error)
    if marked.line > 0 { #expect([first.location?.line, first.location?.column] == [marked.line, marked.column]) }
  }

  @Test func `a message about a missing quote says what to type`() {
    #expect(
      complaints("[network]\nactivation = tanh # c").map { $0.rendered() } == [
        """
        test.toml:2:14: error: 'tanh' is not a value of TOML
            2 | activation = tanh # c
              |              ^~~~
           help: put text and expressions in quotes: "tanh"
        """
      ])
  }

  @Test func `a key given twice is shown with the first`() {
    #expect(
      complaints("[constants]\nnu = 1\neps = 2\nnu = 3").map { $0.rendered() } == [
        """
        test.toml:4:1: error: the key 'nu' is already defined
            4 | nu = 3
              | ^~
        """,
        """
        test.toml:2:1: note: the first one is here
            2 | nu = 1
              | ^~
        """,
      ])
  }

  @Test func `several errors are reported in one go`() {
    let text = """
      a = tanh
      b = 1
      [é]
      c = 012
      b = 2
      d = "x
      e = [
        1,
        sin,
        2,
      ]
      f = {
        g = 1,
        h = 2
      }
      i = 1
      i = 2
      """
    let errors = complaints(text).filter { $0.severity == .error }
    #expect(errors.map { $0.location?.line } == [1, 3, 4, 6, 9, 12, 17])
  }

  @Test func `keys below a wrong header are not mistaken for keys of the table before`() {
    let errors = complaints("[a]\nx = 1\n[a]\nx = 2\n[b\nx = 3").filter { $0.severity == .error }
    #expect(errors.map { $0.location?.line } == [3, 5])
  }

  @Test func `no more than twenty errors are reported`() {
    let text = String(repeating: "a b\n", count: 1000)
    #expect(complaints(text).count == 20)
  }

  @Test func `F28 nesting ends at two hundred`() throws {
    func nested(_ count: Int, _ open: String, _ close: String) -> String {
      "x = " + String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    _ = try read(nested(199, "[", "]"))
    _ = try read(nested(199, "{a=", "}"))
    #expect(complaints(nested(200, "[", "]"))[0].message == "nested deeper than 200")
    #expect(complaints(nested(200, "{a=", "}"))[0].message == "nested deeper than 200")
    #expect(complaints(nested(1_000_000, "[", "]"))[0].message == "nested deeper than 200")
    let parts = { (count: Int) in Array(repeating: "a", count: count).joined(separator: ".") }
    _ = try read(parts(200) + " = 1")
    _ = try read("[" + parts(200) + "]")
    _ = try read("[" + parts(100) + "]\n" + parts(100) + " = 1")
    _ = try read("[[" + parts(199) + "]]")
    for text in [
      parts(201) + " = 1", parts(300_000) + " = 1", "[" + parts(201) + "]", "[[" + parts(200) + "]]",
      "[" + parts(100) + "]\n" + parts(101) + " = 1", "[" + parts(300_000) + "]", "x = {" + parts(300_000) + " = 1}",
      "[" + parts(150) + "]\nx = " + String(repeating: "[", count: 60),
    ] {
      #expect(complaints(text).first?.message == "nested deeper than 200")
    }
  }

  @Test func `a text with too many values is refused`() {
    let text = "x = [" + String(repeating: "1,", count: 200_000) + "]"
    #expect(complaints(text).map(\.message) == ["more than 100000 values"])
  }

  @Test func `ten thousand keys and tables are read in full`() throws {
    var text = ""
    for index in 0..<10_000 { text += "key\(index) = \(index)\n" }
    for index in 0..<10_000 { text += "[[tables]]\nx = \(index)\n" }
    #expect(try read(text).entries.count == 10_001)
  }
}

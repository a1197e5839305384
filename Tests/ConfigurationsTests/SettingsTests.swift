import Configurations
import Diagnostics
import Testing

private let base = """
  title = "t"
  [constants]
  nu = 0.1
  [[equation]]
  name = "burgers"
  weight = 1
  [[equation]]
  name = "heat"
  [[optimizer]]
  iterations = 500
  [[optimizer]]
  stop = { loss = 1e-12 }
  [[twin]]
  name = "a"
  [[twin]]
  name = "a"
  [network]
  hidden = [20, 30]
  none = []
  """

private let valid: [(settings: [String], path: [String], outline: String)] = [
  (["title=x"], ["title"], #""x""#),
  (["constants.nu=0.5"], ["constants", "nu"], "0.5"),
  (["constants.nu=0.01/pi"], ["constants", "nu"], #""0.01/pi""#),
  (["constants.nu = 1e-3 "], ["constants", "nu"], "0.001"),
  (["network.activation=sin"], ["network", "activation"], #""sin""#),
  (["network.hidden=[30,30]"], ["network", "hidden"], "[30, 30]"),
  (["network.hidden.0=5"], ["network", "hidden"], "[5, 30]"),
  (["network.hidden[1]=5"], ["network", "hidden"], "[20, 5]"),
  (["optimizer.0.iterations=5"], ["optimizer", "0", "iterations"], "5"),
  (["optimizer[0].iterations=5"], ["optimizer", "0", "iterations"], "5"),
  (["optimizer[1].stop.minutes=5"], ["optimizer", "1", "stop"], "{loss: 1e-12, minutes: 5}"),
  (["optimizer[0]={ method = \"adam\" }"], ["optimizer", "0"], "{method: \"adam\"}"),
  (["equation.burgers.weight=2"], ["equation", "0", "weight"], "2"),
  (["equation.heat.weight=2"], ["equation", "1", "weight"], "2"),
  (["equation.1.weight=2"], ["equation", "1", "weight"], "2"),
  (["loss.weights.walls=10"], ["loss"], "{weights: {walls: 10}}"),
  (["loss.\"two words\".'x'=1"], ["loss"], "{two words: {x: 1}}"),
  (["seed=7", "seed=8"], ["seed"], "8"),
  (["new=[{ a = [1] }]", "new.0.a.0=2"], ["new"], "[{a: [2]}]"),
  (["flag=true"], ["flag"], "true"),
  (["x=inf"], ["x"], "inf"),
  (["x=\"0.5\""], ["x"], #""0.5""#),
  (["x='a\"b'"], ["x"], #""a"b""#),
  (["x=\"\""], ["x"], #""""#),
  (["at=x = 0"], ["at"], #""x = 0""#),
  (["expr=u_t + u*u_x = nu*u_xx"], ["expr"], #""u_t + u*u_x = nu*u_xx""#),
  (["file=data/ap2d.csv"], ["file"], #""data/ap2d.csv""#),
  (["x=-pi"], ["x"], #""-pi""#),
  (["x=(1 + 2)*3"], ["x"], #""(1 + 2)*3""#),
  (["x=3m"], ["x"], #""3m""#),
  (["title={ a = 1 }"], ["title"], "{a: 1}"),
  (["x= \t\n[-1, \"2*nu\"]"], ["x"], "[-1, \"2*nu\"]"),
]

private let invalid: [(setting: String, message: String)] = [
  ("seed⟦⟧", "expected '=' after 'seed', found the end of the setting"),
  ("⟦⟧=5", "expected a key, found '='"),
  ("⟦⟧", "expected a key, found the end of the setting"),
  ("a.⟦⟧=5", "expected a key, found '='"),
  ("a.b=⟦⟧", "expected a value after '=', found the end of the setting"),
  ("a.b=  ⟦⟧", "expected a value after '=', found the end of the setting"),
  ("a = ⟦⟧[1, 2", "the array that begins here has no closing ']'"),
  ("a = [1, ⟦⟧}", "expected a value or ']', found '}'"),
  ("a=[⟦⟧tanh]", "'tanh' is not a value of TOML"),
  ("a=⟦⟧{ b = 1", "the table that begins here has no closing '}'"),
  ("a=⟦⟧\"x", "the string that begins here has no closing \""),
  ("a=\"x\" ⟦⟧y", "expected the end of the setting after the value, found 'y'"),
  ("a=[1] ⟦⟧# c", "expected the end of the setting after the value, found a comment"),
  ("a=⟦⟧012", "'012' has leading zeros"),
  ("a=⟦⟧yes", "'yes' is not a boolean"),
  ("a=⟦⟧True", "'True' is not a boolean"),
  ("a=⟦⟧null", "'null' is not a value that a configuration may hold"),
  ("a=⟦⟧2025-01-02", "'2025-01-02' is a date, which a configuration does not use"),
  ("a=x⟦⟧\u{1B}", "a setting cannot hold control characters"),
  ("title.⟦⟧x=1", "'title' is a string, so it has no key 'x'"),
  ("constants.nu.⟦⟧x.y=1", "'constants.nu' is a number, so it has no key 'x'"),
  ("title⟦⟧[0]=1", "'title' is a string, so it has no key '0'"),
  ("optimizer.⟦⟧2.iterations=1", "there is no element 2 in 'optimizer', which has 2 elements"),
  (
    "optimizer⟦⟧[99999999999999999999].x=1",
    "there is no element 99999999999999999999 in 'optimizer', which has 2 elements"
  ),
  ("network.none.⟦⟧0=1", "there is no element 0 in 'network.none', which has 0 elements"),
  ("optimizer[⟦⟧-1].x=1", "expected the number of an element in '[…]', found '-'"),
  ("optimizer[0⟦⟧=1", "expected the number of an element in '[…]', found '='"),
  ("equation.⟦⟧burger.weight=1", "'equation' is an array of 2 elements, and none has the name 'burger'"),
  ("network.hidden.⟦⟧x=1", "'network.hidden' is an array of 2 elements, and none has the name 'x'"),
  ("twin.⟦⟧a.x=1", "2 elements of 'twin' have the name 'a'"),
  ("\"a⟦⟧\\q\"=1", "'\\' followed by 'q' is not an escape of TOML"),
]

@Suite struct SettingsTests {
  @Test(arguments: valid.indices)
  func `a setting changes the tree`(row: Int) throws {
    var table = try read(base)
    for setting in valid[row].settings { try apply(setting: setting, to: &table) }
    var value: LocatedValue? = LocatedValue(.table(table), at: table.location)
    for part in valid[row].path {
      switch value?.content {
      case .table(let table): value = table[part]
      case .array(let elements): value = Int(part).map { elements[$0] }
      default: value = nil
      }
    }
    #expect(value.map(outline) == valid[row].outline)
  }

  @Test(arguments: invalid.indices)
  func `a wrong setting is reported at its place and changes nothing`(row: Int) throws {
    let marked = MarkedText(invalid[row].setting)
    var table = try read(base)
    let before = table
    do throws(InputFailure) {
      try apply(setting: marked.text, to: &table)
      Issue.record("\(marked.text) is accepted")
    } catch {
      #expect(error.kind == .configuration)
      #expect(error.diagnostics[0].message == invalid[row].message)
      #expect(error.diagnostics[0].location?.column == marked.column)
      #expect(error.diagnostics[0].location?.file.name == "--set")
    }
    #expect(table == before)
  }

  @Test func `messages of settings show the setting`() throws {
    var table = try read(base)
    do throws(InputFailure) {
      try apply(setting: "equation.burger.weight=2", to: &table)
    } catch {
      #expect(
        error.diagnostics.map { $0.rendered() } == [
          """
          --set:1:10: error: 'equation' is an array of 2 elements, and none has the name 'burger'
              1 | equation.burger.weight=2
                |          ^~~~~~
             help: did you mean 'burgers'?
          """
        ])
    }
    do throws(InputFailure) {
      try apply(setting: "optimizer.2.iterations=2", to: &table)
    } catch {
      #expect(error.diagnostics[0].help == "elements are numbered from 0 to 1")
    }
  }

  @Test func `what a setting sets points into the setting`() throws {
    var table = try read(base)
    try apply(setting: "constants.nu = 0.01/pi", to: &table)
    let constants = try #require(table.at("constants"))
    guard case .table(let entries) = constants.content, case .string(let text)? = entries["nu"]?.content else {
      Issue.record("no text")
      return
    }
    #expect(entries.key("nu")?.location.file.name == "--set")
    #expect(entries.key("nu")?.location.column == 11)
    #expect(text.location(offset: 5).column == 21)
    #expect(text.file.lines == ["constants.nu = 0.01/pi"])
  }

  @Test func `deep settings are refused`() throws {
    var table = try read(base)
    let path = { (count: Int) in Array(repeating: "a", count: count).joined(separator: ".") }
    try apply(setting: path(200) + "=1", to: &table)
    for setting in [
      path(201) + "=1", path(300_000) + "=1", "title" + String(repeating: "[0]", count: 300) + "=1",
      "b.c=" + String(repeating: "[", count: 300),
    ] {
      #expect(throws: InputFailure.self) { try apply(setting: setting, to: &table) }
    }
  }
}

import Configurations
import Diagnostics
import Testing

private struct Mistake: CustomTestStringConvertible, Sendable {
  /// The mark stands where the message should point.
  var text: String
  var message: String
  var help: String?
  var testDescription: String { message }

  init(_ text: String, _ message: String, help: String? = nil) {
    self.text = text
    self.message = message
    self.help = help
  }
}

/// Behind the smallest experiment.
private let appended: [Mistake] = [
  // Unknown and misplaced keys.
  Mistake("[network]\n⟦⟧hiden = [3]", "unknown key 'hiden' in [network]", help: "did you mean 'hidden'?"),
  Mistake("⟦⟧titel = \"x\"", "unknown key 'titel' in the file", help: "did you mean 'title'?"),
  Mistake(
    "⟦⟧learning_rate = 1", "unknown key 'learning_rate' in the file", help: "'learning_rate' belongs in [[optimizer]]"),
  Mistake(
    "[network]\n⟦⟧iterations = 3", "unknown key 'iterations' in [network]",
    help: "'iterations' belongs in [start] or [[optimizer]]"),
  Mistake(
    "[[optimizer]]\niterations = 1\n⟦⟧hidden = [1]", "unknown key 'hidden' in [[optimizer]]",
    help: "'hidden' belongs in [network]"),
  Mistake(
    "[loss]\n⟦⟧learnin_rate = 1", "unknown key 'learnin_rate' in [loss]",
    help: "did you mean 'learning_rate' in [[optimizer]]?"),
  Mistake(
    "[network]\nfeatures = { ⟦⟧wholly = 1 }", "unknown key 'wholly' in [network] features",
    help: "keys of [network] features are expressions, periodic, harmonics, fourier"),
  // Wrong types.
  Mistake("[network]\nhidden = ⟦⟧3", "'hidden' in [network] must be an array, found an integer"),
  Mistake("[network]\nhidden = [3, ⟦⟧4.0]", "value 2 of 'hidden' in [network] must be a whole number, found 4.0"),
  Mistake(
    "[network]\nhidden = [3, ⟦⟧\"4\"]", "value 2 of 'hidden' in [network] must be a whole number, found a string"),
  Mistake("[network]\nnormalize = ⟦⟧1", "'normalize' in [network] must be true or false, found an integer"),
  Mistake("title = ⟦⟧5", "'title' in the file must be text in quotes, found an integer"),
  Mistake("loss = ⟦⟧3", "'loss' in the file must be a table, found an integer"),
  Mistake("[loss]\nweights = ⟦⟧[1]", "'weights' in [loss] must be a table, found an array"),
  Mistake("constants = { a = ⟦⟧true }", "'value' in an entry of [constants] must be a number, found a boolean"),
  Mistake("define = { a = ⟦⟧true }", "'a' of 'define' in the file must be an expression in quotes, found a boolean"),
  Mistake(
    "[[condition]]\nat = ⟦⟧0\nexpr = \"u = 0\"", "'at' in [[condition]] must be text in quotes, found an integer"),
  Mistake("[[data]]\nfile = ⟦⟧3", "'file' in [[data]] must be a file name in quotes, found an integer"),
  Mistake("[[data]]\nfile = ⟦⟧\"\"", "'file' in [[data]] is empty"),
  // Out of range.
  Mistake("seed = ⟦⟧-1", "'seed' in the file must be at least 0, found -1"),
  Mistake("[[optimizer]]\niterations = ⟦⟧0", "'iterations' in [[optimizer]] must be at least 1, found 0"),
  Mistake(
    "[[optimizer]]\niterations = 1\nlearning_rate = ⟦⟧0", "'learning_rate' in [[optimizer]] must be above 0, found 0.0"),
  Mistake(
    "[[optimizer]]\niterations = 1\nbeta1 = ⟦⟧1",
    "'beta1' in [[optimizer]] must be between 0.0 and 0.999999999, found 1.0"),
  Mistake(
    "[[optimizer]]\niterations = 1\nhistory = ⟦⟧1001", "'history' in [[optimizer]] must be at most 1000, found 1001"),
  Mistake(
    "[loss]\nweights = { equation = ⟦⟧-1 }", "'equation' of 'weights' in [loss] must be at least 0.0, found -1.0"),
  Mistake(
    "[[data]]\nfile = \"a\"\nfraction = ⟦⟧0", "'fraction' in [[data]] must be above 0 and at most 1.0, found 0.0"),
  Mistake("constants = { a = ⟦⟧inf }", "'value' in an entry of [constants] must be a finite number, found inf"),
  Mistake("[[data]]\nfile = \"a\"\nrows = ⟦⟧[1]", "'rows' in [[data]] must have 2 values, found 1"),
  Mistake("[[condition]]\nat = ⟦⟧[]\nexpr = \"u = 0\"", "'at' in [[condition]] must have at least 1, found 0"),
  // Words.
  Mistake(
    "[network]\nactivation = ⟦⟧\"tahn\"", "'activation' in [network] has no choice 'tahn'", help: "did you mean 'tanh'?"
  ),
  Mistake(
    "[[optimizer]]\niterations = 3\nmethod = ⟦⟧\"newton\"", "'method' in [[optimizer]] has no choice 'newton'",
    help: "choices are auto, adam, adamw, soap, muon, l-bfgs, bfgs, ss-bfgs, ss-broyden, nncg, gauss-newton, gauss-newton-cg"),
  Mistake(
    "[network]\nactivation = ⟦⟧3",
    "'activation' in [network] must be one of tanh, sin, sine, swish, gelu, sigmoid, softplus, identity, found an integer"
  ),
  Mistake(
    "[sampling]\ninterior = { method = ⟦⟧\"soboll\" }", "'method' in [sampling] interior has no choice 'soboll'",
    help: "did you mean 'sobol'?"),
  // Missing.
  Mistake("⟦⟧[[data]]\nsigma = 1", "[[data]] needs either 'file' or 'inline'"),
  Mistake("⟦⟧[[data]]\nfile = \"a\"\ninline = \"x\"", "[[data]] needs either 'file' or 'inline'"),
  // Numbers as expressions.
  Mistake(
    "[[optimizer]]\niterations = 1\nlearning_rate = \"2*⟦⟧pie\"", "unknown name 'pie'", help: "did you mean 'pi'?"),
  Mistake("constants = { a = \"⟦⟧1/0\" }", "expected a finite number, found inf"),
  // Between keys.
  Mistake(
    "[loss]\nweights = { ⟦⟧equatoin = 1 }", "weight for 'equatoin', which is not a loss term",
    help: "did you mean 'equation'?"),
  Mistake(
    "[[optimizer]]\niterations = 1\nweights = { ⟦⟧zz = 1 }", "weight for 'zz', which is not a loss term",
    help: "terms are equation"),
  Mistake(
    "[[condition]]\nname = \"wall\"\nat = \"x = 0\"\nexpr = \"u = 0\"\nenforce = \"hard\"\n[loss]\nweights = { ⟦⟧wall = 1 }",
    "weight for 'wall', which is not a loss term", help: "'wall' is enforced hard and has no loss"),
  Mistake(
    "[[condition]]\nname = \"⟦⟧equation\"\nat = \"x = 0\"\nexpr = \"u = 0\"", "two loss terms are called 'equation'"),
  Mistake(
    "[[condition]]\nname = \"⟦⟧\"\nat = \"x = 0\"\nexpr = \"u = 0\"", "a loss term needs a name that is not empty"),
  Mistake(
    "[[condition]]\nname = \"⟦⟧total\"\nat = \"x = 0\"\nexpr = \"u = 0\"",
    "'total' already names another column of losses.csv"),
  Mistake("constants = { ⟦⟧u = 3 }", "'u' is already a name in [fields]"),
  Mistake(
    "define = { ⟦⟧\"a b\" = \"3\" }", "'a b' cannot be used as a name in expressions",
    help: "names have letters, digits and '_' and start with a letter"),
  Mistake("[unknowns]\n⟦⟧D = { min = 2, max = 1, guess = 1.5 }", "bounds of unknown 'D' are empty: min 2.0, max 1.0"),
  Mistake("[unknowns]\nD = { min = 1, guess = ⟦⟧0.5 }", "guess of unknown 'D' must be above its min 1.0, found 0.5"),
  Mistake(
    "[unknowns]\nD = { min = 0, guess = 1, guesses = [2, ⟦⟧-3] }",
    "guess of unknown 'D' must be above its min 0.0, found -3.0"),
  Mistake("[unknowns]\nD = { max = 1, guess = ⟦⟧1 }", "guess of unknown 'D' must be below its max 1.0, found 1.0"),
  Mistake(
    "[unknowns]\nD = { scale = \"log\", guess = ⟦⟧-1 }",
    "unknown 'D' with scale \"log\" needs a positive guess and no negative min"),
  Mistake(
    "[network]\narchitecture = \"residual\"\nhidden = ⟦⟧[8, 9]",
    "hidden layers of architecture 'residual' must have one width, found [8, 9]"),
  Mistake(
    "[network]\narchitecture = \"gated\"\nhidden = ⟦⟧[]",
    "architecture 'gated' needs at least one hidden layer"),
  Mistake(
    "[network]\narchitecture = \"pirate\"\nhidden = ⟦⟧[8, 9]",
    "hidden layers of architecture 'pirate' must have one width, found [8, 9]"),
  Mistake(
    "[network]\narchitecture = \"pirate\"\nhidden = ⟦⟧[]", "architecture 'pirate' needs at least one block"),
  Mistake(
    "[network]\narchitecture = ⟦⟧\"gate\"", "'architecture' in [network] has no choice 'gate'",
    help: "did you mean 'gated'?"),
  Mistake(
    "[network]\nfeatures = { fourier = { variables = \"⟦⟧z\" } }",
    "'z' in 'variables' of 'fourier' is not a variable", help: "choices are x"),
  Mistake(
    "[network]\nsymmetry = { even = { ⟦⟧yy = 0 } }", "'yy' in 'even' of 'symmetry' is not a variable",
    help: "choices are x"),
  Mistake(
    "[network]\nsymmetry = { even = { x = 0 }, odd = { ⟦⟧x = 0 } }",
    "'x' takes part in two symmetries, 'even' and 'odd'"),
  Mistake(
    "[network]\nsymmetry = { exchange = [\"x\", \"⟦⟧x\"] }",
    "'x' takes part in two symmetries, 'exchange' and 'exchange'"),
  Mistake(
    "[network]\nsymmetry = { rotation = { about = ⟦⟧{ x = 0 } } }",
    "a rotation needs two variables or more, found 1", help: "about = { x = 0, y = 0 }"),
  Mistake(
    "[network]\nfeatures = { periodic = \"⟦⟧x\" }\nsymmetry = { even = { x = 0 } }",
    "'x' is periodic and takes part in the symmetry 'even'"),
  Mistake(
    "[network]\nfeatures = [\"⟦⟧x\"]\nsymmetry = { even = { x = 0 } }",
    "'expressions' and 'symmetry' both say what the network is given",
    help: "symmetric expressions make a symmetric network: features = [\"x^2\"] is even in x"),
  Mistake("⟦⟧[[reference]]\ncolumns = {}", "[[reference]] needs either 'file' or 'expr'"),
  Mistake("[output]\ngrid = { ⟦⟧y = 3 }", "'y' in the output grid is not a variable"),
  Mistake(
    "[[data]]\nfile = \"a\"\ncolumns = { ⟦⟧w = \"b\" }", "'w' in 'columns' is neither a variable nor a field",
    help: "columns = { name = \"column of the file\" }; names are x, u"),
  Mistake(
    "[[reference]]\nfile = \"a\"\ncolumns = { ⟦⟧U1 = \"b\" }", "'U1' in 'columns' is neither a variable nor a field"),
  Mistake("[[data]]\nfile = \"a\"\nrows = ⟦⟧[5, 2]", "'rows' must ascend, found [5, 2]"),
  Mistake(
    "[[condition]]\nat = \"x = 0\"\nexpr = \"u = 1\"\nenforce = \"constraint\"\n[sampling.interior]\nresample = ⟦⟧9",
    "multipliers of constraints belong to single points, which 'resample' replaces",
    help: "leave 'resample' out, or make the constraints terms of a large weight"),
  Mistake(
    "[loss]\npoint_weights = ⟦⟧\"causal\"", "causal weights need a variable that is time",
    help: "write t = { range = [0, 1], time = true }, say"),
  Mistake(
    "[loss]\npoint_weights = { method = \"adaptive\", tolerances = ⟦⟧[1, 1] }", "tolerances must ascend"),
  Mistake(
    "[loss]\npoint_weights = \"attention\"\n[sampling.interior]\nresample = ⟦⟧9",
    "weights by 'attention' belong to single points, which 'resample' replaces", help: "leave one of them out"),
]

/// Whole files.
private let whole: [Mistake] = [
  Mistake(
    "⟦⟧fields = { u = {} }\nequation = { expr = \"u\" }",
    "missing key 'variables' in the file: in the order of CSV columns"),
  Mistake(
    "variables = { x = ⟦⟧[1, 1] }\nfields = { u = {} }\nequation = { expr = \"u\" }",
    "range of variable 'x' must ascend, found [1.0, 1.0]"),
  Mistake(
    """
    variables = { x = [0, 1], t = [0, 1] }
    fields = { u = {} }
    equation = { expr = "u_t = u" }
    loss = { point_weights = "causal" }
    [sampling.interior]
    resample = ⟦⟧{ every = 5, method = "importance" }
    """, "'importance' and 'point_weights' both give weights to points", help: "leave one of them out"),
  Mistake(
    """
    variables = { x = [0, 1] }
    fields = { u = {} }
    condition = { at = "x = 0", expr = "u = 1" }
    loss = { point_weights = ⟦⟧"adaptive" }
    """, "there is no [[equation]] whose points could have weights"),
  Mistake(
    "variables = { x = ⟦⟧[-1.7e308, 1.7e308] }\nfields = { u = {} }\nequation = { expr = \"u\" }",
    "range of variable 'x' is too wide"),
  Mistake("variables = ⟦⟧{}\nfields = { u = {} }\nequation = { expr = \"u\" }", "[variables] names no variable"),
  Mistake("variables = { x = [0, 1] }\nfields = ⟦⟧{}\nequation = { expr = \"u\" }", "[fields] names no field"),
  Mistake(
    "⟦⟧variables = { x = [0, 1] }\nfields = { u = {} }",
    "nothing to train on: no equation, no soft condition, no energy and no data"),
  Mistake(
    "variables = ⟦⟧{ s = { range = [0, 1], time = true }, t = [0, 1] }\nfields = { u = {} }\nequation = { expr = \"u\" }",
    "more than one variable is time"),
  Mistake(
    "variables = { x = { ⟦⟧unit = \"m\" } }\nfields = { u = {} }\nequation = { expr = \"u\" }".replacing(
      "{ ⟦⟧", with: "⟦⟧{ "), "missing key 'range' in an entry of [variables]: lower and upper end of the domain"),
  Mistake(
    "variables = { x = [0, ⟦⟧true] }\nfields = { u = {} }\nequation = { expr = \"u\" }",
    "value 2 of 'range' in an entry of [variables] must be a number, found a boolean"),
  Mistake(
    "fields = { u = {} }\nequation = { expr = \"u\" }\n[variables]\na = [0, 1]\nb = [0, 1]\nc = [0, 1]\n[output]\ngrid = ⟦⟧{ a = 10_000, b = 10_000, c = 10_000 }",
    "the output grid has 1000000000000.0 points, at most 100000000.0 are supported"),
]

@Suite struct ExperimentErrorTests {
  @Test(arguments: appended.map { Mistake(smallest + $0.text, $0.message, help: $0.help) } + whole)
  private func `F25 a mistake is told at its place`(_ mistake: Mistake) {
    guard let found = complaint(at: mistake.text, { Issue.record("\($0)") }) else { return }
    #expect(found.message == mistake.message)
    if let help = mistake.help { #expect(found.help == help) }
    #expect(found.severity == .error)
  }

  @Test func `all mistakes are told at once, in order of the schema`() {
    let found = complaints(
      decoding: """
        variables = { x = [0] }
        fields = { u = 3, v = true }
        colour = 1
        [network]
        hidden = [0, "a"]
        activation = "no such thing"
        [[optimizer]]
        method = 1
        """)
    #expect(
      found.map(\.message) == [
        "unknown key 'colour' in the file",
        "'range' in an entry of [variables] must have 2 values, found 1",
        "'expr' in an entry of [fields] must be an expression in quotes, found a boolean",
        "value 1 of 'hidden' in [network] must be at least 1, found 0",
        "value 2 of 'hidden' in [network] must be a whole number, found a string",
        "'activation' in [network] has no choice 'no such thing'",
        "'method' in [[optimizer]] must be one of auto, adam, adamw, soap, muon, l-bfgs, bfgs, ss-bfgs, ss-broyden, nncg, gauss-newton, gauss-newton-cg, found an integer",
      ])
  }

  @Test func `no more than twenty mistakes are told`() {
    let many = (0..<50).map { "zzzzzz\($0) = 1\n" }.joined()
    #expect(complaints(decoding: many + smallest).count == 20)
    let names = (0..<50).map { "\"a \($0)\" = 1" }.joined(separator: ", ")
    #expect(complaints(decoding: smallest + "constants = { \(names) }").count == 20)
  }

  @Test func `F24 typos of every key are answered with the key`() {
    var (asked, right) = (0, 0)
    for section in allSections() {
      for key in section.schema.keys where key.name.count >= 4 {
        // The last two letters swapped, and one letter left out.
        var letters = Array(key.name)
        letters.swapAt(letters.count - 1, letters.count - 2)
        for typo in [
          String(letters), String(key.name.dropFirst(2)).isEmpty ? "" : key.name.replacing(letters[1...1], with: ""),
        ] {
          guard typo != key.name, section.schema.key(typo) == nil, !typo.isEmpty else { continue }
          let found = complaints(decoding: section.text("\(typo) = 1"))
          asked += 1
          if found.contains(where: { $0.help == "did you mean '\(key.name)'?" }) { right += 1 }
        }
      }
    }
    #expect(asked >= 100)
    #expect(Double(right) >= 0.9 * Double(asked), "\(right) of \(asked)")
  }
}

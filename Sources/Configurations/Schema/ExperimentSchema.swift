import KernelInterface
import Networks
import Problems
import Training

/// Every key of an experiment file.
package enum ExperimentSchema {
  private static let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
  private static let positive = Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude
  private static let notNegative = 0...Double.greatestFiniteMagnitude
  private static let counts = 1...100_000_000

  private static func numbers(_ count: ClosedRange<Int>) -> ValueType {
    .list(.number(anyNumber), count: count, single: false)
  }

  package static let variable = SectionSchema(
    title: "an entry of [variables]",
    summary: "An independent variable. `x = [0, 1]` is short for `x = { range = [0, 1] }`.",
    keys: [
      KeySchema(
        "range", numbers(2...2), .derived("the extent of the region; required for time, and where there is no region"),
        "lower and upper end of the domain", example: "range = [0, 1]"),
      KeySchema(
        "unit", .text, .literal("\"\""), "unit, checked in every expression and copied to the results",
        example: "range = [0, 1], unit = \"mm\""),
      KeySchema(
        "time", .boolean, .derived("true for a variable named `t`"),
        "whether it is time: `boundary` and `laplacian(u)` leave time out", example: "range = [0, 1], time = true"),
      KeySchema(
        "slabs", .integer(1...1000), .absent("all of the time at once"),
        "time is cut into so many slabs of equal length, trained one after another from the state that the last ended with",
        example: "range = [0, 1], time = true, slabs = 5"),
    ])

  package static let region = SectionSchema(
    title: "[region]",
    summary:
      "What the domain is in the variables of space; without it a box. `region = \"…\"` is short for `region = { shape = \"…\" }`.",
    keys: [
      KeySchema(
        "shape", .text, .required,
        "shapes put together: `difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2]))`",
        example: "shape = \"interval(0, 1)\"")
    ])

  package static let field = SectionSchema(
    title: "an entry of [fields]",
    summary:
      "An unknown function. `u = {}` is a network output as it is; `u = \"…\"` is short for `u = { expr = \"…\" }`.",
    keys: [
      KeySchema(
        "expr", .expression, .literal("\"N\""),
        "output transform: `N` is the field's own network output, other fields may be named",
        example: "expr = \"x*(1 - x)*N\""),
      KeySchema(
        "unit", .text, .literal("\"\""), "unit, checked in every expression and copied to the results",
        example: "unit = \"K\""),
      KeySchema(
        "range", numbers(2...2), .absent("of order one"),
        "about the values that the field takes: its network output `N` is scaled to them",
        example: "range = [0, 20]"),
      perKey,
    ])

  package static let group = SectionSchema(
    title: "an entry of [groups]",
    summary:
      "Repetitions of the experiment, such as voxels or patterns, in which some fields and unknowns are each their own. `voxel = 8` is short for `voxel = { count = 8 }`.",
    keys: [
      KeySchema(
        "count", .integer(1...10_000), .derived("the number of `labels`"), "how many there are", example: "count = 8"),
      KeySchema(
        "labels", .list(.text, count: 1...10_000, single: false), .derived("1, 2, … up to `count`"),
        "what the column of data files that is called as the group says of each",
        example: "labels = [\"left\", \"right\"]"),
    ])

  private static let perKey = KeySchema(
    "per", .text, .absent("one for all groups"), "the group of which each has one of its own",
    example: "per = \"voxel\"")

  package static let constant = SectionSchema(
    title: "an entry of [constants]",
    summary: "A known number. `nu = 0.1` is short for `nu = { value = 0.1 }`; later constants may use earlier ones.",
    keys: [
      KeySchema("value", .number(anyNumber), .required, "the value", example: "value = \"0.01/pi\""),
      KeySchema("unit", .text, .literal("\"\""), "unit, checked in every expression", example: "unit = \"m\""),
    ])

  package static let smooth = SectionSchema(
    title: "smooth",
    summary:
      "How smooth an unknown function is to be: weights of penalties, each a mean over the points of the equations.",
    keys: [
      KeySchema(
        "h1", .number(notNegative), .absent("none"), "weight of the squared gradient: for gentle slopes",
        example: "h1 = 1e-4"),
      KeySchema(
        "tv", .number(notNegative), .absent("none"), "weight of the length of the gradient, total variation: for jumps",
        example: "tv = 1e-4"),
      KeySchema(
        "edge", .number(positive), .literal("0.01"),
        "gradients below this count by their squares in `tv`, which is (|∇|² + edge²)^½",
        example: "tv = 1e-4, edge = 0.1"),
    ])

  package static let unknownNetwork = SectionSchema(
    title: "network of [unknowns]", summary: "The network of an unknown function, by default 20-20.", keys: [],
    base: network)

  package static let unknown = SectionSchema(
    title: "an entry of [unknowns]",
    summary: "A coefficient to be estimated. It may appear in every expression, conditions and transforms included.",
    keys: [
      KeySchema("guess", .number(anyNumber), .literal("1.0"), "start value, inside the bounds", example: "guess = 0.5"),
      KeySchema(
        "guesses", .list(.number(anyNumber), count: 1...999, single: true), .absent("none"),
        "more start values: a short training from each, as `start` says, and the one that ends lowest goes on",
        example: "guess = 0.5, guesses = [0.05, 5]"),
      KeySchema("min", .number(anyNumber), .absent("no lower bound"), "lower bound", example: "guess = 0.5, min = 0"),
      KeySchema("max", .number(anyNumber), .absent("no upper bound"), "upper bound", example: "guess = 0.5, max = 2"),
      KeySchema(
        "scale", .word(["linear", "log"]), .literal("\"linear\""),
        "`log` trains the logarithm: for positive coefficients of unknown magnitude",
        example: "guess = 0.5, scale = \"log\""),
      KeySchema(
        "learning_rate_factor", .number(positive), .literal("1.0"), "multiplies Adam's learning rate for this unknown",
        example: "guess = 0.5, learning_rate_factor = 10"),
      KeySchema(
        "fixed", .number(anyNumber), .absent("its `true` value, else its `guess`"),
        "value to hold when `infer --params` leaves it out", example: "guess = 0.5, fixed = 0.7"),
      KeySchema(
        "prior", .text, .absent("none"),
        "what is known without the data: \(Prior.usages.map { "`\($0)`" }.joined(separator: ", ")); one more residual, beside data with `sigma`",
        example: "guess = 0.5, prior = \"normal(0.6, 0.1)\""),
      KeySchema(
        "true", .list(.number(anyNumber), count: 1...10_000, single: true), .absent("not known"),
        "true value, for reports; never used in training; with `per` one for all groups, or a list with one for each",
        example: "guess = 0.5, true = 0.7"),
      KeySchema(
        "unit", .text, .literal("\"\""), "unit, checked in every expression and copied to the results",
        example: "guess = 0.5, unit = \"mm^2/s\""),
      KeySchema(
        "field", .list(.text, count: 1...254, single: true), .absent("it is a number"),
        "the variables that it is a function of: a network of its own", example: "field = [\"x\"]"),
      KeySchema(
        "form", .expression, .derived("by `min`, `max` and `guess`"),
        "of a function: what it is made of its network's output `N`", example: "field = \"x\", form = \"exp(N)\""),
      KeySchema(
        "boundary", .expression, .absent("not known"), "of a function: its known value on the boundary",
        example: "field = \"x\", boundary = 1"),
      KeySchema(
        "smooth", .section(smooth, shorthand: "h1"), .absent("as its network is"),
        "of a function: penalties on its slope",
        example: "field = \"x\", smooth = { tv = 1e-4 }"),
      KeySchema(
        "network", .section(unknownNetwork, shorthand: nil), .absent("20-20"), "of a function: its network",
        example: "field = \"x\", network = { hidden = [16, 16] }"),
      perKey,
    ])

  package static let equation = SectionSchema(
    title: "[[equation]]",
    summary: "An equation that holds inside the domain.",
    keys: [
      KeySchema(
        "name", .text, .derived("`equation`, or `equation1`, `equation2`, … where there are several"),
        "column in `losses.csv`", example: "name = \"heat\""),
      KeySchema(
        "expr", .expression, .required, "`left = right`, or a residual that is to vanish",
        example: "expr = \"u_t = 0.1*u_xx\""),
      KeySchema(
        "role", .word(["equation", "penalty", "constraint"]), .literal("\"equation\""),
        "`penalty`: it is to be small and need not vanish, as the slope of an unknown function; `constraint`: it is to hold exactly, by multipliers, whatever other terms lose by that",
        example: "name = \"slope\", expr = \"u_x\", role = \"penalty\""),
    ])

  package static let condition = SectionSchema(
    title: "[[condition]]",
    summary:
      "An initial, boundary or periodic condition, or one on integrals over parts of space: `integral(u, boundary) = 0`.",
    keys: [
      KeySchema(
        "name", .text, .derived("`condition`, or `condition1`, `condition2`, …"), "column in `losses.csv`",
        example: "name = \"ends\", expr = \"u = 0\""),
      KeySchema(
        "at", .list(.text, count: 1...1000, single: true), .absent("for integrals alone: at all times"),
        "where: `\"x = 0\"`, `\"x = 0, y = 1\"`, several in a list, `\"boundary\"`, `\"boundary(x, y)\"`, `\"x: periodic\"`, a shape, `\"x^2 + y^2 = 1\"` or, moving, `\"x = 0.1*t\"`; with a region `\"outer\"`, `\"hole1\"`, …; a part of it as in `\"x = 0, y < 0.5\"`",
        example: "at = [\"x = 0\", \"x = 1\"], expr = \"u = 0\""),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true),
        .absent("for a file every field with a column equals it, for a periodic condition every field agrees"),
        "`left = right` or a residual; `d(u, n)` is the outward normal derivative; for a periodic condition the expressions that agree on both sides",
        example: "expr = \"u = 0\""),
      KeySchema(
        "order", .integer(0...4), .derived("one less than the highest derivative by that variable in the equations"),
        "of a periodic condition without `expr`: the highest derivative that agrees on both sides",
        example: "at = \"x: periodic\", order = 1"),
      KeySchema(
        "file", .path, .absent("points are drawn"),
        "CSV file whose rows are the points; columns that are no variables may be named in `expr`",
        example: "at = \"t = 0\", file = \"start.csv\""),
      KeySchema(
        "inline", .text, .absent("points are drawn"), "the CSV text itself, for a few rows",
        example: "at = \"t = 0\", inline = \"x,u\\n0.2,0.51\\n0.5,0.87\\n\""),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable or field whose name differs",
        example: "at = \"t = 0\", file = \"start.csv\", columns = { u = \"temperature\" }"),
      KeySchema(
        "where", .expression, .absent("all rows"), "keeps the rows for which this holds; columns may be named",
        example: "at = \"t = 0\", file = \"start.csv\", where = \"quality == 1\""),
      KeySchema(
        "enforce", .word(["soft", "hard", "constraint"]), .literal("\"soft\""),
        "`soft`: a loss term; `hard`: built into the field, for `field = value` on faces of the domain; `constraint`: a term that is to hold exactly, by multipliers",
        example: "expr = \"u = 0\", enforce = \"hard\""),
      KeySchema(
        "points", .integer(counts),
        .derived("`sampling.boundary.points`; one where the place is a point; absent for a file"),
        "collocation points on each place of `at`; points of each integral over a part of space",
        example: "expr = \"u = 0\", points = 200"),
      KeySchema(
        "times", .integer(counts), .literal("16"),
        "for integrals over parts of space that hold at all times: how many",
        example: "expr = \"integral(u) = 1\", times = 32"),
      KeySchema(
        "method", .word(samplerNames), .derived("`sampling.boundary.method`; absent for a file"), "sampler",
        example: "expr = \"u = 0\", method = \"uniform\""),
      KeySchema(
        "exclude", exclusions, .derived("`sampling.boundary.exclude`; absent for a file"),
        "where no points are drawn", example: "expr = \"u = 0\", exclude = []"),
    ])

  package static let energy = SectionSchema(
    title: "[[energy]]",
    summary:
      "An integral over the domain, or a part of it, that is to be small: its value times the weight is added to the loss, not its square.",
    keys: [
      KeySchema(
        "name", .text, .derived("`energy`, or `energy1`, `energy2`, …"), "column in `losses.csv`",
        example: "name = \"elastic\", expr = \"u_x^2/2\""),
      KeySchema(
        "expr", .expression, .required, "what is integrated", example: "expr = \"u_x^2/2 - u*sin(pi*x)\""),
      KeySchema(
        "weight", .number(notNegative), .literal("1.0"), "factor in the loss, unless `loss.weights` names the energy",
        example: "expr = \"u_x^2/2\", weight = 0.002"),
      KeySchema(
        "at", .list(.text, count: 1...1000, single: true), .absent("the whole domain, all times included"),
        "places over which it is integrated, as those of a condition", example: "expr = \"-u\", at = \"x = 1\""),
      KeySchema(
        "points", .integer(counts), .derived("`sampling.interior.points`"), "points of the quadrature",
        example: "expr = \"u_x^2/2\", points = 1000"),
      KeySchema(
        "method", .word(samplerNames), .derived("`sampling.interior.method`"),
        "sampler where no product of Gauss-Legendre rules is taken: in regions, in more than three variables",
        example: "expr = \"u_x^2/2\", method = \"halton\""),
    ])

  package static let resample = SectionSchema(
    title: "resample",
    summary: "New collocation points in the course of training; `resample = 100` is short for `{ every = 100 }`.",
    keys: [
      KeySchema("every", .integer(counts), .required, "iterations between two draws", example: "every = 500"),
      KeySchema(
        "method", .word(["redraw"] + refinementCatalogue.map { $0.name }), .literal("\"redraw\""),
        "`redraw`: the next points of the samplers, for conditions too; else the points of the equations follow the residual",
        example: "every = 10, method = \"rad\""),
      KeySchema(
        "candidates", .integer(1...1000), .literal("10"), "random points that are looked at for each point",
        example: "every = 10, method = \"rad\", candidates = 20"),
      KeySchema(
        "power", .number(notNegative), .derived("2 for rar-d, else 1"), "of the residual in the density of points",
        example: "every = 10, method = \"rad\", power = 2"),
      KeySchema(
        "even", .number(notNegative), .derived("0 for rar-d, else 1"),
        "even part of that density, against the mean of the other",
        example: "every = 10, method = \"rad\", even = 0.5"),
      KeySchema(
        "add", .integer(counts), .literal("100"), "points that rar and rar-d add each time",
        example: "every = 20, method = \"rar\", add = 50"),
    ])

  /// Shapes, or inequalities of all variables.
  private static let exclusions = ValueType.list(.text, count: 0...1000, single: true)

  package static let interior = SectionSchema(
    title: "[sampling] interior",
    summary: "Collocation points of the equations; `interior = 4000` is short for `interior = { points = 4000 }`.",
    keys: [
      KeySchema(
        "points", .integer(counts), .derived("256, 2000, 5000, 10000 for one, two, three, more variables"),
        "how many", example: "points = 4000"),
      KeySchema(
        "method", .word(samplerNames), .literal("\"sobol\""), "sampler", example: "method = \"latin-hypercube\""),
      KeySchema(
        "exclude", exclusions, .derived("`sampling.exclude`"), "where no points of the equations are drawn",
        example: "exclude = \"interval(0.4, 0.6)\""),
      KeySchema(
        "resample", .section(resample, shorthand: "every"), .absent("never"), "new points every n iterations",
        example: "points = 4000, resample = 500"),
    ])

  package static let boundary = SectionSchema(
    title: "[sampling] boundary",
    summary: "Collocation points of conditions that name no number of their own.",
    keys: [
      KeySchema(
        "points", .integer(counts), .derived("64, 128, 400, 1000 for one, two, three, more variables"),
        "how many on each place of a condition", example: "points = 200"),
      KeySchema(
        "method", .word(samplerNames), .literal("\"sobol\""), "sampler", example: "method = \"latin-hypercube\""),
      KeySchema(
        "exclude", exclusions, .derived("`sampling.exclude`"), "where no points of the conditions are drawn",
        example: "exclude = \"interval(0.4, 0.6)\""),
    ])

  package static let heldout = SectionSchema(
    title: "[sampling] heldout",
    summary: "Points that are never trained on, where the residual of the equations is checked.",
    keys: [
      KeySchema(
        "points", .integer(1...100_000_000), .derived("a fifth of the interior points, at least 64"), "how many",
        example: "points = 1000"),
      KeySchema("every", .integer(counts), .literal("10"), "iterations between two checks", example: "every = 20"),
    ])

  package static let sampling = SectionSchema(
    title: "[sampling]",
    summary: "Where the equations and conditions are asked to hold.",
    keys: [
      KeySchema(
        "interior", .section(interior, shorthand: "points"), .literal("{}"), "points of the equations",
        example: "interior = 4000"),
      KeySchema(
        "boundary", .section(boundary, shorthand: "points"), .literal("{}"), "points of the conditions",
        example: "boundary = 200"),
      KeySchema(
        "heldout", .section(heldout, shorthand: "points"), .literal("{}"), "points for checking",
        example: "heldout = 1000"),
      KeySchema(
        "exclude", exclusions, .literal("[]"),
        "where no points are drawn: shapes such as `\"disk([0, 1], 0.02)\"`, or inequalities of any variables",
        example: "exclude = \"interval(0.4, 0.6)\""),
    ])

  package static let fourier = SectionSchema(
    title: "features.fourier",
    summary:
      "Random Fourier features sin(2πb·x), cos(2πb·x) of the scaled inputs, b drawn from a normal distribution (Tancik et al. 2020, arXiv:2006.10739; several scales and variables as Wang et al. 2021, arXiv:2012.10047).",
    keys: [
      KeySchema(
        "count", .integer(1...10_000), .literal("16"),
        "frequencies of each `sigma`; each gives a sine and a cosine", example: "count = 32"),
      KeySchema(
        "sigma", .list(.number(positive), count: 1...100, single: true), .literal("1.0"),
        "standard deviation of the frequencies, or several", example: "sigma = [1, 10]"),
      KeySchema(
        "variables", .list(.text, count: 1...254, single: true), .absent("all inputs"),
        "only the inputs that are made of these variables alone", example: "variables = [\"x\"]"),
    ])

  package static let features = SectionSchema(
    title: "[network] features",
    summary:
      "What the network is given instead of the variables; `features = [\"t\", \"sin(t)\"]` is short for `features = { expressions = [\"t\", \"sin(t)\"] }`.",
    keys: [
      KeySchema(
        "expressions", .list(.expression, count: 1...1000, single: false), .absent("the variables"),
        "expressions in the variables and constants", example: "expressions = [\"x\", \"t\", \"sin(2*t)\"]"),
      KeySchema(
        "periodic", .list(.text, count: 1...254, single: true), .absent("none"),
        "variables replaced by the cosine and sine of their angle over the domain: every field is periodic in them",
        example: "periodic = \"x\""),
      KeySchema(
        "harmonics", .integer(1...100), .literal("1"), "how many multiples of that angle",
        example: "periodic = \"x\", harmonics = 3"),
      KeySchema(
        "fourier", .list(.section(fourier, shorthand: nil), count: 1...100, single: true), .absent("none"),
        "random Fourier features; several in a list", example: "fourier = { count = 32, sigma = 2 }"),
    ])

  package static let rotation = SectionSchema(
    title: "symmetry.rotation",
    summary: "The outputs do not change where the point is turned about another.",
    keys: [
      KeySchema(
        "about", .map(.number(anyNumber)), .required, "the centre, by the variables that are turned",
        example: "about = { x = 0, y = 0 }"),
      KeySchema(
        "order", .integer(2...24), .absent("every angle"), "only turns by 1/order of a circle, in a plane",
        example: "about = { x = 0, y = 0 }, order = 4"),
      KeySchema(
        "mirror", .boolean, .literal("false"),
        "with `order`: nor where it is reflected at the axis of the first variable through the centre",
        example: "about = { x = 0, y = 0 }, order = 4, mirror = true"),
    ])

  package static let symmetry = SectionSchema(
    title: "[network] symmetry",
    summary:
      "Symmetries that every output N of the network has exactly, whatever its weights: it is given what the symmetry leaves alone instead of the variables. Each variable takes part in one of them.",
    keys: [
      KeySchema(
        "even", .map(.number(anyNumber)), .absent("none"),
        "N is even in these variables about these values: a mirror each", example: "even = { x = 0 }"),
      KeySchema(
        "odd", .map(.number(anyNumber)), .absent("none"),
        "N is odd in these variables about these values, and vanishes there", example: "odd = { x = 0 }"),
      KeySchema(
        "rotation", .section(rotation, shorthand: nil), .absent("none"), "N does not change under rotations",
        example: "rotation = { about = { x = 0, y = 0 } }"),
      KeySchema(
        "exchange", .list(.text, count: 2...24, single: false), .absent("none"),
        "N does not change where the values of these variables are exchanged", example: "exchange = [\"x\", \"y\"]"),
    ])

  package static let factorized = SectionSchema(
    title: "[network] factorized",
    summary:
      "Weights in factors, W diag(exp(g)), of which both are trained (Wang et al. 2022, arXiv:2210.01274); `factorized = 0.5` is short for `factorized = { mean = 0.5 }`.",
    keys: [
      KeySchema(
        "mean", .number(0...20), .literal("1.0"), "mean of the start values of g", example: "mean = 0.5"),
      KeySchema(
        "deviation", .number(0...10), .literal("0.1"), "their standard deviation", example: "deviation = 0.2"),
    ])

  package static let adaptive = SectionSchema(
    title: "[network] adaptive",
    summary:
      "A trained slope of the activation for each hidden layer, activation(scale·a·z), a = 1/scale at first (Jagtap et al. 2020, arXiv:1909.12228); `adaptive = 5` is short for `adaptive = { scale = 5 }`.",
    keys: [
      KeySchema(
        "scale", .number(positive), .literal("1.0"), "how much faster than a weight the slope moves",
        example: "scale = 5")
    ])

  package static let network = SectionSchema(
    title: "[network]",
    summary: "The network whose outputs are the fields that no entry of [networks] provides.",
    keys: [
      KeySchema(
        "architecture", .word(architectureCatalogue.map { $0.name }), .literal("\"mlp\""),
        "how the layers hang together; for `pirate`, `hidden` gives the blocks",
        example: "architecture = \"gated\""),
      KeySchema(
        "hidden", .list(.integer(1...100_000), count: 0...1000, single: false), .literal("[32, 32, 32]"),
        "width of every hidden layer", example: "hidden = [40, 40, 40]"),
      KeySchema(
        "activation", .word(activationNames), .literal("\"tanh\""), "between the layers",
        example: "activation = \"sin\""),
      KeySchema(
        "omega", .number(positive), .literal("30.0"), "frequency factor of `sine` layers",
        example: "activation = \"sine\", omega = 10"),
      KeySchema(
        "initialization", .word(Initialization.allCases.map(\.rawValue)),
        .derived("`siren` for sine, `he-normal` for swish, gelu and softplus, else `glorot-normal`"),
        "start values of the weights", example: "initialization = \"glorot-uniform\""),
      KeySchema(
        "normalize", .boolean, .literal("true"),
        "whether each input is scaled to [-1, 1] by its range over the domain", example: "normalize = false"),
      KeySchema(
        "features", .section(features, shorthand: "expressions"), .absent("the variables"), "extra inputs",
        example: "features = { periodic = \"x\" }"),
      KeySchema(
        "symmetry", .section(symmetry, shorthand: nil), .absent("none"), "symmetries by construction",
        example: "symmetry = { even = { x = 0 } }"),
      KeySchema(
        "trunks", .word(["shared", "separate"]), .literal("\"shared\""),
        "`separate` gives every output hidden layers of its own", example: "trunks = \"separate\""),
      KeySchema(
        "factorized", .section(factorized, shorthand: "mean"), .absent("plain weights"), "weights in factors",
        example: "factorized = { mean = 1, deviation = 0.1 }"),
      KeySchema(
        "adaptive", .section(adaptive, shorthand: "scale"), .absent("fixed slopes"), "trained slopes of activations",
        example: "adaptive = 5"),
    ])

  package static let namedNetwork = SectionSchema(
    title: "an entry of [networks]",
    summary:
      "A network besides that of [network]: with inputs of its own, or with outputs that are no fields.",
    keys: [
      KeySchema(
        "inputs", .list(.text, count: 1...254, single: true), .derived("all variables"), "the variables it depends on",
        example: "inputs = \"x\""),
      KeySchema(
        "outputs", .list(.text, count: 1...1000, single: true), .derived("one, called as the network"),
        "names of its outputs: to be used in every expression; in the transform of a field of that name it is `N`",
        example: "outputs = [\"psi\", \"p\"]"),
      perKey,
    ], base: network)

  package static let balance = SectionSchema(
    title: "balance",
    summary:
      "Factors on the weights that follow the training; `balance = \"ntk\"` is short for `balance = { method = \"ntk\" }`.",
    keys: [
      KeySchema(
        "method", .word(["none"] + balanceCatalogue.map { $0.name }), .literal("\"none\""), "the rule",
        example: "method = \"gradient-norm\""),
      KeySchema(
        "every", .integer(counts), .literal("100"), "iterations between two looks",
        example: "method = \"gradient-norm\", every = 20"),
      KeySchema(
        "memory", .number(0...1), .literal("0.9"), "share of the old factors that is kept at each look",
        example: "method = \"gradient-norm\", memory = 0.5"),
    ])

  package static let pointWeights = SectionSchema(
    title: "point_weights",
    summary:
      "Weights of single points of the equations that follow the training; `point_weights = \"causal\"` is short for `point_weights = { method = \"causal\" }`.",
    keys: [
      KeySchema(
        "method", .word(["none"] + pointWeightCatalogue.map { $0.name }), .literal("\"none\""), "the rule",
        example: "method = \"attention\""),
      KeySchema(
        "every", .integer(counts), .literal("1"), "iterations between two looks at the residuals",
        example: "method = \"attention\", every = 10"),
      KeySchema(
        "chunks", .integer(2...10_000), .literal("32"), "of causal: stretches of time with a weight each",
        example: "method = \"causal\", chunks = 20"),
      KeySchema(
        "tolerances", .list(.number(notNegative), count: 1...100, single: true), .literal("[0.01, 0.1, 1, 10, 100]"),
        "of causal: how strongly earlier residuals close later times, one after the other",
        example: "method = \"causal\", tolerances = [1, 10, 100]"),
      KeySchema(
        "threshold", .number(0...1), .literal("0.99"), "of causal: all weights above this let the next tolerance begin",
        example: "method = \"causal\", threshold = 0.9"),
      KeySchema(
        "memory", .number(0...1), .literal("0.999"), "of attention: share of a weight that is kept at each look",
        example: "method = \"attention\", memory = 0.9"),
      KeySchema(
        "rate", .number(notNegative), .literal("0.01"), "of attention and adaptive: how fast weights grow at each look",
        example: "method = \"adaptive\", rate = 0.1"),
    ])

  package static let constraints = SectionSchema(
    title: "constraints",
    summary: "How multipliers bring constraints to hold: equations of role `constraint`, conditions enforced so.",
    keys: [
      KeySchema(
        "every", .integer(counts), .literal("20"), "iterations between two changes of the multipliers",
        example: "every = 10"),
      KeySchema(
        "growth", .number(1...1e6), .literal("10.0"), "factor on the weight of a constraint that did not fall enough",
        example: "growth = 3"),
      KeySchema(
        "fall", .number(0...1), .literal("0.25"),
        "a root mean square above this share of the one before has not fallen enough", example: "fall = 0.5"),
      KeySchema(
        "tolerance", .number(positive), .literal("1e-6"),
        "root mean square of the residual at which a constraint holds",
        example: "tolerance = 1e-8"),
    ])

  package static let loss = SectionSchema(
    title: "[loss]",
    summary: "How the terms are added up: weight times mean square, for every equation, condition and data set.",
    keys: [
      KeySchema(
        "weights", .map(.number(notNegative)), .literal("{}"), "weight of each term by name, 1 where not given",
        example: "weights = { ends = 10 }"),
      KeySchema(
        "balance", .section(balance, shorthand: "method"), .literal("{}"), "factors on them that follow the training",
        example: "balance = \"gradient-norm\""),
      KeySchema(
        "point_weights", .section(pointWeights, shorthand: "method"), .literal("{}"),
        "weights of single points that follow the training", example: "point_weights = \"attention\""),
      KeySchema(
        "constraints", .section(constraints, shorthand: nil), .literal("{}"), "how constraints are brought to hold",
        example: "constraints = { every = 10 }"),
      KeySchema(
        "physics", .word(["exact", "weighted"]), .literal("\"exact\""),
        "where unknowns are estimated from noisy data by method `auto`: `exact` ends with phases in which equations and conditions weigh more, until they are not violated to fit noise; `weighted` leaves weights as they are",
        example: "physics = \"weighted\""),
      KeySchema(
        "scale", .word(["none", "sizes"]), .derived("`sizes` where a field has a `range`, else `none`"),
        "`sizes`: residuals are divided by the size that they have for random fields of about the given ranges",
        example: "scale = \"sizes\""),
    ])

  package static let start = SectionSchema(
    title: "[start]",
    summary: "Start values of the weights: drawn again where they are no good start, or the best of several.",
    keys: [
      KeySchema(
        "cap", .number(positive), .absent("any finite loss will do"),
        "weights are drawn again while the first loss is above this, or not finite", example: "cap = 4"),
      KeySchema(
        "tries", .integer(1...10_000), .literal("20"), "the most draws for one start; then the best of them is taken",
        example: "cap = 4, tries = 100"),
      KeySchema(
        "starts", .integer(1...1000), .literal("1"),
        "short trainings from weights of their own, by the method of the first phase; the one that ends lowest goes on; at least as many as an unknown has guesses",
        example: "starts = 4"),
      KeySchema(
        "iterations", .integer(counts), .literal("30"), "of each short training",
        example: "starts = 4, iterations = 100"),
    ])

  package static let schedule = SectionSchema(
    title: "schedule",
    summary: "How Adam's learning rate falls; `schedule = \"cosine\"` is short for `{ kind = \"cosine\" }`.",
    keys: [
      KeySchema(
        "kind", .word(ScheduleKind.allCases.map(\.rawValue)), .literal("\"constant\""), "form of the decay",
        example: "kind = \"cosine\""),
      KeySchema(
        "rate", .number(positive), .derived("0.9 for exponential, 1 for inverse-time, 0.01 for cosine"),
        "exponential: factor every `steps`; inverse-time: 1/(1 + rate·k/steps); cosine: final fraction",
        example: "kind = \"exponential\", rate = 0.9"),
      KeySchema(
        "steps", .integer(counts), .derived("a hundredth of the iterations for exponential, a tenth for inverse-time"),
        "the iterations that `rate` speaks of", example: "kind = \"exponential\", steps = 100"),
    ])

  package static let stop = SectionSchema(
    title: "stop",
    summary: "When a phase ends before its iterations are used up.",
    keys: [
      KeySchema("loss", .number(notNegative), .absent("never"), "total loss at or below this", example: "loss = 1e-8"),
      KeySchema(
        "gradient", .number(notNegative), .absent("never"), "norm of the gradient at or below this",
        example: "gradient = 1e-6"),
      KeySchema(
        "change", .number(notNegative), .derived("0.1 for gauss-newton and gauss-newton-cg, else never"),
        "relative fall of the loss over 100 iterations below this, over 20 of gauss-newton, gauss-newton-cg and nncg; "
          + "0 for never",
        example: "change = 1e-4"),
      KeySchema("minutes", .number(positive), .absent("never"), "time spent in this phase", example: "minutes = 5"),
    ])

  package static let optimizer = SectionSchema(
    title: "[[optimizer]]",
    summary: "A phase of training; phases run in order.",
    keys: [
      KeySchema("method", .word(optimizerNames), .literal("\"auto\""), "optimizer", example: "method = \"adam\""),
      KeySchema(
        "iterations", .integer(1...1_000_000_000),
        .derived(defaultIterations),
        "the most iterations; `auto` does five times as many where it takes l-bfgs", example: "iterations = 5000"),
      KeySchema(
        "learning_rate", .number(positive), .derived("2e-3 for auto, 3e-3 for soap, else 1e-3"),
        "step size of Adam and its kin", example: "method = \"adam\", learning_rate = 5e-3"),
      KeySchema(
        "beta1", .number(0...0.999_999_999), .derived("0.95 for soap and muon, else 0.9"),
        "memory of the gradient", example: "method = \"adam\", beta1 = 0.95"),
      KeySchema(
        "beta2", .number(0...0.999_999_999), .derived("0.95 for soap, else 0.999"), "memory of its square",
        example: "method = \"adam\", beta2 = 0.99"),
      KeySchema(
        "epsilon", .number(positive), .literal("1e-8"), "guard against division by zero",
        example: "method = \"adam\", epsilon = 1e-10"),
      KeySchema(
        "weight_decay", .number(notNegative), .derived("0.01 for adamw, else 0"),
        "share of the learning rate by which weights shrink in a step of Adam and its kin",
        example: "method = \"adamw\", weight_decay = 0.1"),
      KeySchema(
        "precondition_every", .integer(counts), .literal("10"), "steps between two changes of the bases of SOAP",
        example: "method = \"soap\", precondition_every = 2"),
      KeySchema(
        "schedule", .section(schedule, shorthand: "kind"), .literal("{}"), "learning rate in time",
        example: "method = \"adam\", schedule = \"cosine\""),
      KeySchema(
        "batch", .integer(counts), .absent("all points"), "points of each term that a step of Adam or its kin looks at",
        example: "method = \"adam\", batch = 250"),
      KeySchema(
        "history", .integer(1...1000), .literal("50"), "pairs that L-BFGS remembers",
        example: "method = \"l-bfgs\", history = 100"),
      KeySchema(
        "stop", .section(stop, shorthand: nil), .literal("{}"), "early ends", example: "stop = { loss = 1e-8 }"),
      KeySchema(
        "weights", .map(.number(notNegative)), .literal("{}"), "weights of this phase, over those of [loss]",
        example: "weights = { ends = 100 }"),
      KeySchema(
        "physics", .number(notNegative), .literal("1.0"),
        "factor on the weights of all equations and conditions in this phase", example: "physics = 0.01"),
      KeySchema(
        "unknowns", .word(["train", "hold"]), .literal("\"train\""),
        "whether the unknown coefficients move in this phase", example: "unknowns = \"hold\""),
      KeySchema(
        "constants", .map(.number(anyNumber)), .literal("{}"), "constants of this phase, over those of [constants]",
        example: "constants = { nu = 0.1 }"),
      KeySchema(
        "continuation", .map(.text), .absent("one phase"),
        "makes a phase for each value of a constant: `\"0.1, 0.03, 0.01\"`, `\"1..5\"`, `\"0..1:5\"` or `\"log:0.1..0.001:5\"`",
        example: "continuation = { nu = \"log:0.1..0.001:5\" }"),
    ])

  package static let data = SectionSchema(
    title: "[[data]]",
    summary: "Measurements to fit, from a CSV file with one header line, or written into the experiment itself.",
    keys: [
      KeySchema(
        "name", .text, .derived("`data`, or `data1`, `data2`, …"), "column in `losses.csv`",
        example: "name = \"sensors\", file = \"sensors.csv\""),
      KeySchema("file", .path, .absent("`inline` is given"), "CSV file", example: "file = \"sensors.csv\""),
      KeySchema(
        "inline", .text, .absent("`file` is given"), "the CSV text itself, for a few rows",
        example: "inline = \"x,t,u\\n0.2,0.1,0.51\\n0.5,0.1,0.87\\n\""),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable or field whose name differs: `V = \"volt\"`",
        example: "file = \"sensors.csv\", columns = { u = \"temperature\" }"),
      KeySchema(
        "use", .list(.text, count: 1...1000, single: true), .derived("every field that has a column"), "fields to fit",
        example: "file = \"sensors.csv\", use = [\"u\"]"),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true), .absent("`field = column` for every field of `use`"),
        "relations to fit instead; columns of the file may be named",
        example: "file = \"sensors.csv\", expr = \"u_t = rate\""),
      KeySchema(
        "where", .expression, .absent("all rows"), "keeps the rows for which this holds; columns may be named",
        example: "file = \"sensors.csv\", where = \"quality == 1 and t > 0.5\""),
      KeySchema(
        "rows", .list(.integer(1...1_000_000_000), count: 2...2, single: false), .absent("all rows"),
        "first and last row, counted from 1 after the header", example: "file = \"sensors.csv\", rows = [1, 500]"),
      KeySchema(
        "fraction", .number(Double.leastNonzeroMagnitude...1), .literal("1.0"), "share of the rows, drawn at random",
        example: "file = \"sensors.csv\", fraction = 0.1"),
      KeySchema(
        "seed", .integer(0...Int.max), .derived("the experiment's `seed`"), "seed of the draws of this file",
        example: "file = \"sensors.csv\", seed = 7"),
      KeySchema(
        "noise", .number(notNegative), .literal("0.0"), "standard deviation of noise added to the fitted columns",
        example: "file = \"sensors.csv\", noise = 0.01"),
      KeySchema(
        "sigma", .expression, .derived("`noise`, where that is added; else not known"),
        "standard deviation of the noise in the data: a number, or an expression of columns and variables. Residuals are divided by it",
        example: "file = \"sensors.csv\", sigma = 0.02"),
      KeySchema(
        "loss", .text, .literal("\"squares\""),
        "how a residual counts: \(RobustLoss.usages.map { "`\($0)`" }.joined(separator: ", ")), in units of `sigma`; the last two bear outliers",
        example: "file = \"sensors.csv\", sigma = 0.02, loss = \"huber(1.5)\""),
      KeySchema(
        "holdout", .number(0...0.99), .literal("0.0"), "share of the drawn rows kept for checking",
        example: "file = \"sensors.csv\", holdout = 0.2"),
    ])

  package static let libraryTerms = SectionSchema(
    title: "terms",
    summary:
      "Candidates for the right side; `terms = [\"x\", \"x*y\"]` is short for `terms = { expressions = [\"x\", \"x*y\"] }`.",
    keys: [
      KeySchema(
        "expressions", .list(.expression, count: 1...1000, single: true), .absent("monomials alone"),
        "terms in fields, derivatives, variables and constants", example: "expressions = [\"1\", \"u\", \"u*u_x\"]"),
      KeySchema(
        "degree", .integer(0...10), .absent("no monomials"), "all products of so many factors, and of fewer",
        example: "degree = 2"),
      KeySchema(
        "of", .list(.expression, count: 1...100, single: true), .absent("all fields"), "the factors",
        example: "degree = 2, of = [\"x\", \"y\"]"),
    ])

  package static let library = SectionSchema(
    title: "[[library]]",
    summary:
      "An equation to be found by `pinn discover`: few of the terms, with coefficients, are to explain its left side.",
    keys: [
      KeySchema(
        "equation", .expression, .required, "left side, such as `u_t`",
        example: "equation = \"u_t\", terms = [\"u\", \"u_xx\"]"),
      KeySchema(
        "terms", .section(libraryTerms, shorthand: "expressions"), .required, "candidates for the right side",
        example: "equation = \"u_t\", terms = { degree = 2 }"),
      KeySchema(
        "threshold", .number(notNegative), .literal("0.0"), "terms with smaller coefficients are dropped",
        example: "equation = \"u_t\", terms = { degree = 2 }, threshold = 0.1"),
      KeySchema(
        "share", .number(0...1), .literal("0.01"),
        "terms whose root mean square is a smaller share of that of the left side are dropped",
        example: "equation = \"u_t\", terms = { degree = 2 }, share = 0.05"),
      KeySchema(
        "method", .word(SparseRegression.Method.allCases.map(\.rawValue)), .literal("\"stlsq\""),
        "`stlsq` drops terms one after the other; `lasso` lets an l1 penalty choose first",
        example: "equation = \"u_t\", terms = { degree = 2 }, method = \"lasso\""),
      KeySchema(
        "penalty", .number(0...1), .literal("0.01"), "of `lasso`, as a share of the penalty that leaves no term",
        example: "equation = \"u_t\", terms = { degree = 2 }, method = \"lasso\", penalty = 0.05"),
      KeySchema(
        "ridge", .number(notNegative), .literal("0.0"),
        "squares of the coefficients that are added while terms are chosen, in units of terms of size one",
        example: "equation = \"u_t\", terms = { degree = 2 }, ridge = 1e-4"),
      KeySchema(
        "weight", .expression, .literal("\"1\""),
        "factor of both sides at every point, in regression and training: for shocks `1/sqrt(1 + abs(u_x))`",
        example: "equation = \"u_t\", terms = [\"u_xx\"], weight = \"1/sqrt(1 + u_x^2)\""),
    ])

  package static let discovery = SectionSchema(
    title: "[discovery]",
    summary: "How `pinn discover` finds the equations of [[library]].",
    keys: [
      KeySchema(
        "derivatives", .word(["network", "differences"]), .literal("\"network\""),
        "of a network that is fitted to the data, or of the data themselves, which then form a grid",
        example: "derivatives = \"differences\""),
      KeySchema(
        "window", .integer(2...101), .literal("5"), "of differences: neighbouring values that make a derivative",
        example: "derivatives = \"differences\", window = 11"),
      KeySchema(
        "degree", .integer(1...10), .literal("4"),
        "of differences: degree of the polynomial of least squares through those values",
        example: "derivatives = \"differences\", window = 11, degree = 3"),
      KeySchema(
        "rounds", .integer(0...10), .literal("2"),
        "with a network: at most so many trainings with the equations found and their coefficients as unknowns",
        example: "rounds = 0"),
    ])

  package static let coefficients = SectionSchema(
    title: "[[coefficients]]",
    summary: "Columns of a CSV file on a grid, as known functions of the variables in every expression but fields.",
    keys: [
      KeySchema(
        "file", .path, .absent("`inline` is given"), "CSV file",
        example: "file = \"picture.csv\", as = { I = \"intensity\" }"),
      KeySchema(
        "inline", .text, .absent("`file` is given"), "the CSV text itself, for a few rows",
        example: "inline = \"x,k\\n0,1.0\\n1,2.5\\n\", as = { k = \"k\" }"),
      KeySchema(
        "as", .map(.text), .required, "names for expressions, and the columns they stand for",
        example: "file = \"picture.csv\", as = { I = \"intensity\" }"),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable whose name differs: `x = \"px\"`",
        example: "file = \"picture.csv\", as = { I = \"intensity\" }, columns = { x = \"px\" }"),
    ])

  package static let reference = SectionSchema(
    title: "[[reference]]",
    summary: "A known solution: reported as an error, never trained on.",
    keys: [
      KeySchema(
        "file", .path, .absent("`expr` is given"), "CSV file with the variables and some fields",
        example: "file = \"known.csv\""),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable or field whose name differs",
        example: "file = \"known.csv\", columns = { u = \"temperature\" }"),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true), .absent("`file` is given"),
        "exact solution, `u = exp(-t)*sin(pi*x)`, compared on the output grid",
        example: "expr = \"u = exp(-t)*sin(pi*x)\""),
    ])

  package static let metric = SectionSchema(
    title: "[[metric]]",
    summary:
      "A number made of sums over points, reported in `metrics.csv` beside the errors: `sum(expr)`, `mean(expr)`, `min(expr)`, `max(expr)`, and `integral(expr, place)` over a part of space.",
    keys: [
      KeySchema(
        "name", .text, .derived("`metric`, or `metric1`, `metric2`, … where there are several"),
        "row in `metrics.csv`", example: "name = \"flux\""),
      KeySchema(
        "expr", .expression, .required, "numbers, unknowns and sums put together; fields stand inside of sums",
        example: "expr = \"sqrt(mean(u^2))\""),
      KeySchema(
        "unit", .text, .literal("\"\""), "unit, checked against the expression",
        example: "expr = \"max(u)\", unit = \"K\""),
      KeySchema(
        "file", .path, .absent("no file; that of [[coefficients]] where it has all variables and `at` is not given"),
        "CSV file whose rows are the points; its columns may be named",
        example: "expr = \"sum(u*label)\", file = \"labels.csv\""),
      KeySchema(
        "inline", .text, .absent("`file` is given"), "the CSV text itself, for a few rows",
        example: "expr = \"mean(abs(u - v))\", inline = \"x,t,v\\n0.2,0.1,0.51\\n\""),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable whose name differs: `x = \"px\"`",
        example: "expr = \"sum(u)\", file = \"labels.csv\", columns = { x = \"px\" }"),
      KeySchema(
        "where", .expression, .absent("all rows"), "keeps the rows for which this holds; columns may be named",
        example: "expr = \"sum(u)\", file = \"labels.csv\", where = \"label > 0\""),
      KeySchema(
        "at", .list(.text, count: 1...1000, single: true), .absent("the whole domain, where there is no file"),
        "places as of conditions, or `rollout`: the states of [rollout]", example: "expr = \"max(u)\", at = \"t = 1\""),
      KeySchema(
        "points", .integer(1...100_000_000), .literal("10000"), "points of each place, and of each integral",
        example: "expr = \"mean(u)\", points = 100000"),
    ])

  package static let rollout = SectionSchema(
    title: "[rollout]",
    summary:
      "Motion by learned rates of change: dx/dt = rate(x), integrated from the first row of every trajectory of a file and compared with its other rows, written as `rollout.csv`.",
    keys: [
      KeySchema(
        "state", .list(.text, count: 1...254, single: true), .required, "the variables that move",
        example: "state = [\"q\", \"p\"], rate = [\"H_p\", \"-H_q\"], from = \"orbits.csv\""),
      KeySchema(
        "rate", .list(.expression, count: 1...254, single: true), .required, "the rate of change of each",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\""),
      KeySchema(
        "from", .path, .absent("`inline` is given"), "CSV file with the time, the state and maybe a trajectory",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\""),
      KeySchema(
        "inline", .text, .absent("`from` is given"), "the CSV text itself, for a few rows",
        example: "state = \"x\", rate = \"-u\", inline = \"t,x\\n0,1\\n0.5,0.61\\n\""),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable whose name differs: `q = \"q_clean\"`",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", columns = { x = \"level\" }"),
      KeySchema(
        "where", .expression, .absent("all rows"), "keeps the rows for which this holds; columns may be named",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", where = \"trajectory >= 25\""),
      KeySchema(
        "time", .text, .literal("\"t\""), "column of the time",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", time = \"hours\""),
      KeySchema(
        "trajectory", .text, .literal("\"trajectory\""),
        "column that tells trajectories apart; one where there is none",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", trajectory = \"orbit\""),
      KeySchema(
        "step", .number(positive), .absent("halved until `tolerance` is met"), "longest step of the Runge-Kutta method",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", step = 0.01"),
      KeySchema(
        "tolerance", .number(positive), .literal("1e-8"),
        "largest error of the integration, relative to the largest value of each state",
        example: "state = \"x\", rate = \"-u\", from = \"decay.csv\", tolerance = 1e-6"),
    ])

  package static let output = SectionSchema(
    title: "[output]",
    summary: "What is written after training.",
    keys: [
      KeySchema(
        "grid", .map(.integer(1...1_000_000)),
        .derived("per variable 201, 101, 21, 7, 3 for one, two, three, four, up to ten variables, else 1"),
        "points of `fields.csv` along each variable", example: "grid = { x = 201, t = 11 }"),
      KeySchema(
        "points", .word(["grid", "reference"]),
        .derived("`reference` where there is a reference file and no grid is given, else `grid`"),
        "where `fields.csv` has its rows: on the grid, or at the points of the first reference",
        example: "points = \"grid\""),
    ])

  package static let requirement = SectionSchema(
    title: "an entry of [require]",
    summary: "What a metric must reach. `rel_l2_u = 1e-3` is short for `rel_l2_u = { max = 1e-3 }`.",
    keys: [
      KeySchema("max", .number(anyNumber), .absent("no upper bound"), "upper bound", example: "max = 1e-3"),
      KeySchema("min", .number(anyNumber), .absent("no lower bound"), "lower bound", example: "min = 0.85"),
    ])

  package static let root = SectionSchema(
    title: "the file",
    summary: "An experiment.",
    keys: [
      KeySchema("title", .text, .literal("\"\""), "for the reader", example: "title = \"A rod that cools\""),
      KeySchema(
        "name", .text, .derived("the file's name"), "first part of the run folder's name", example: "name = \"rod\""),
      KeySchema("seed", .integer(0...Int.max), .literal("0"), "seed of every random draw", example: "seed = 1"),
      KeySchema(
        "bootstrap", .boolean, .literal("false"),
        "whether the rows of every data set are drawn again by `seed`, as many with replacement: a member of an ensemble",
        example: "bootstrap = true"),
      KeySchema(
        "variables", .map(.section(variable, shorthand: "range")), .required, "in the order of CSV columns",
        example: "variables = { x = [0, 1], t = [0, 2] }"),
      KeySchema(
        "region", .section(region, shorthand: "shape"), .absent("the box of the variables"), "the domain in space",
        example: "region = \"interval(0, 1)\""),
      KeySchema(
        "fields", .map(.section(field, shorthand: "expr")),
        .derived("every output of [networks]; required where there is none"), "unknown functions",
        example: "fields = { u = {} }"),
      KeySchema(
        "groups", .map(.section(group, shorthand: "count")), .literal("{}"), "repetitions with parts of their own",
        example: "groups = { voxel = 8 }"),
      KeySchema(
        "constants", .map(.section(constant, shorthand: "value")), .literal("{}"), "known numbers",
        example: "constants = { nu = 0.1 }"),
      KeySchema(
        "unknowns", .map(.section(unknown, shorthand: "guess")), .literal("{}"), "coefficients to estimate",
        example: "unknowns = { D = { guess = 0.5, min = 0 } }"),
      KeySchema(
        "define", .map(.expression), .literal("{}"), "named sub-expressions",
        example: "define = { flux = \"-0.1*u_x\" }"),
      KeySchema(
        "coefficients", .list(.section(coefficients, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "known functions from files",
        example: "coefficients = [{ file = \"picture.csv\", as = { I = \"intensity\" } }]"),
      KeySchema(
        "equation", .list(.section(equation, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "equations", example: "equation = [{ name = \"heat\", expr = \"u_t = 0.1*u_xx\" }]"),
      KeySchema(
        "condition", .list(.section(condition, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "conditions", example: "condition = [{ name = \"ends\", at = [\"x = 0\", \"x = 1\"], expr = \"u = 0\" }]"),
      KeySchema(
        "energy", .list(.section(energy, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "integrals to make small", example: "energy = [{ expr = \"u_x^2/2 - u\" }]"),
      KeySchema(
        "data", .list(.section(data, shorthand: nil), count: 0...1000, single: true), .literal("[]"), "measurements",
        example: "data = [{ file = \"sensors.csv\" }]"),
      KeySchema(
        "library", .list(.section(library, shorthand: nil), count: 0...100, single: true), .literal("[]"),
        "equations to be found in the data, by `pinn discover`",
        example: "library = [{ equation = \"u_t\", terms = [\"u\", \"u_x\", \"u_xx\"] }]"),
      KeySchema(
        "discovery", .section(discovery, shorthand: nil), .literal("{}"), "how they are found",
        example: "discovery = { derivatives = \"differences\" }"),
      KeySchema(
        "reference", .list(.section(reference, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "known solutions", example: "reference = [{ expr = \"u = exp(-t)*sin(pi*x)\" }]"),
      KeySchema(
        "metric", .list(.section(metric, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "numbers to report", example: "metric = [{ name = \"peak\", expr = \"max(u)\" }]"),
      KeySchema(
        "rollout", .section(rollout, shorthand: nil), .absent("none"), "motion by learned rates",
        example: "rollout = { state = \"x\", rate = \"u\", from = \"orbit.csv\" }"),
      KeySchema(
        "sampling", .section(sampling, shorthand: nil), .literal("{}"), "collocation points",
        example: "sampling = { interior = 4000, boundary = 200 }"),
      KeySchema(
        "network", .section(network, shorthand: nil), .literal("{}"), "the network",
        example: "network = { hidden = [40, 40, 40], activation = \"sin\" }"),
      KeySchema(
        "networks", .map(.section(namedNetwork, shorthand: nil)), .literal("{}"), "more networks, by name",
        example: "networks = { flow = { outputs = [\"psi\", \"p\"], hidden = [40, 40] } }"),
      KeySchema(
        "loss", .section(loss, shorthand: nil), .literal("{}"), "weights", example: "loss = { weights = { ends = 10 } }"
      ),
      KeySchema(
        "start", .section(start, shorthand: "starts"), .literal("{}"), "start values of the weights",
        example: "start = { cap = 4 }"),
      KeySchema(
        "optimizer", .list(.section(optimizer, shorthand: nil), count: 0...1000, single: true),
        .derived("one phase of `method = \"auto\"`"), "phases of training",
        example: "optimizer = [{ method = \"adam\", iterations = 500 }, { method = \"l-bfgs\", iterations = 5000 }]"),
      KeySchema(
        "output", .section(output, shorthand: nil), .literal("{}"), "results",
        example: "output = { grid = { x = 201, t = 11 } }"),
      KeySchema(
        "require", .map(.section(requirement, shorthand: "max")), .literal("{}"),
        "bounds of metrics by name; a run that misses one ends with status 4",
        example: "require = { rel_l2_u = 1e-3 }"),
    ])

  private static let samplerNames = samplerCatalogue.map { $0.name }
  private static let activationNames = ["tanh", "sin", "sine", "swish", "gelu", "sigmoid", "softplus", "identity"]
  /// "500 for adam, 1000 for auto and gauss-newton, …".
  private static let defaultIterations: String = {
    let methods = OptimizerMethod.allCases
    return Set(methods.map(\.entry.defaultIterations)).sorted().map { count in
      let names = methods.filter { $0.entry.defaultIterations == count }.map(\.rawValue)
      let all =
        names.count == 1 ? names[0] : names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
      return "\(count) for \(all)"
    }.joined(separator: "; ")
  }()

  private static let optimizerNames = OptimizerMethod.allCases.map(\.rawValue)
}

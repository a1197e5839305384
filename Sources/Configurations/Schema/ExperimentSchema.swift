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
        "lower and upper end of the domain"),
      KeySchema("unit", .text, .literal("\"\""), "unit, copied to the results"),
      KeySchema(
        "time", .boolean, .derived("true for a variable named `t`"),
        "whether it is time: `boundary` and `laplacian(u)` leave time out"),
    ])

  package static let region = SectionSchema(
    title: "[region]",
    summary:
      "What the domain is in the variables of space; without it a box. `region = \"…\"` is short for `region = { shape = \"…\" }`.",
    keys: [
      KeySchema(
        "shape", .text, .required,
        "shapes put together: `difference(disk([0, 0], 1), box([-0.2, -0.2], [0.2, 0.2]))`")
    ])

  package static let field = SectionSchema(
    title: "an entry of [fields]",
    summary:
      "An unknown function. `u = {}` is a network output as it is; `u = \"…\"` is short for `u = { expr = \"…\" }`.",
    keys: [
      KeySchema(
        "expr", .expression, .literal("\"N\""),
        "output transform: `N` is the field's own network output, other fields may be named"),
      KeySchema("unit", .text, .literal("\"\""), "unit, copied to the results"),
    ])

  package static let constant = SectionSchema(
    title: "an entry of [constants]",
    summary: "A known number. `nu = 0.1` is short for `nu = { value = 0.1 }`; later constants may use earlier ones.",
    keys: [
      KeySchema("value", .number(anyNumber), .required, "the value"),
      KeySchema("unit", .text, .literal("\"\""), "unit, for the reader"),
    ])

  package static let unknown = SectionSchema(
    title: "an entry of [unknowns]",
    summary: "A coefficient to be estimated. It may appear in every expression, conditions and transforms included.",
    keys: [
      KeySchema("guess", .number(anyNumber), .literal("1.0"), "start value, inside the bounds"),
      KeySchema("min", .number(anyNumber), .absent("no lower bound"), "lower bound"),
      KeySchema("max", .number(anyNumber), .absent("no upper bound"), "upper bound"),
      KeySchema(
        "scale", .word(["linear", "log"]), .literal("\"linear\""),
        "`log` trains the logarithm: for positive coefficients of unknown magnitude"),
      KeySchema(
        "learning_rate_factor", .number(positive), .literal("1.0"), "multiplies Adam's learning rate for this unknown"),
      KeySchema(
        "fixed", .number(anyNumber), .absent("its `true` value, else its `guess`"),
        "value to hold when `infer --params` leaves it out"),
      KeySchema("true", .number(anyNumber), .absent("not known"), "true value, for reports; never used in training"),
      KeySchema("unit", .text, .literal("\"\""), "unit, copied to the results"),
    ])

  package static let equation = SectionSchema(
    title: "[[equation]]",
    summary: "An equation that holds inside the domain.",
    keys: [
      KeySchema(
        "name", .text, .derived("`equation`, or `equation1`, `equation2`, … where there are several"),
        "column in `losses.csv`"),
      KeySchema("expr", .expression, .required, "`left = right`, or a residual that is to vanish"),
    ])

  package static let condition = SectionSchema(
    title: "[[condition]]",
    summary: "An initial, boundary or periodic condition.",
    keys: [
      KeySchema("name", .text, .derived("`condition`, or `condition1`, `condition2`, …"), "column in `losses.csv`"),
      KeySchema(
        "at", .list(.text, count: 1...1000, single: true), .required,
        "where: `\"x = 0\"`, `\"x = 0, y = 1\"`, several in a list, `\"boundary\"`, `\"boundary(x, y)\"`, `\"x: periodic\"`; with a region `\"outer\"`, `\"hole1\"`, …"
      ),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true),
        .absent("only for periodic conditions: every field and its derivatives below the highest"),
        "`left = right` or a residual; `d(u, n)` is the outward normal derivative; for a periodic condition the expressions that agree on both sides"
      ),
      KeySchema(
        "enforce", .word(["soft", "hard"]), .literal("\"soft\""),
        "`soft`: a loss term; `hard`: built into the field, for `field = value` on faces of the domain"),
      KeySchema(
        "points", .integer(counts), .derived("`sampling.boundary.points`; one where the place is a point"),
        "collocation points on each place of `at`"),
      KeySchema("method", .word(samplerNames), .derived("`sampling.boundary.method`"), "sampler"),
    ])

  package static let resample = SectionSchema(
    title: "resample",
    summary: "New collocation points in the course of training; `resample = 100` is short for `{ every = 100 }`.",
    keys: [KeySchema("every", .integer(counts), .required, "iterations between two draws")])

  package static let interior = SectionSchema(
    title: "[sampling] interior",
    summary: "Collocation points of the equations; `interior = 4000` is short for `interior = { points = 4000 }`.",
    keys: [
      KeySchema(
        "points", .integer(counts), .derived("256, 2000, 5000, 10000 for one, two, three, more variables"),
        "how many"),
      KeySchema("method", .word(samplerNames), .literal("\"sobol\""), "sampler"),
      KeySchema("resample", .section(resample, shorthand: "every"), .absent("never"), "new points every n iterations"),
    ])

  package static let boundary = SectionSchema(
    title: "[sampling] boundary",
    summary: "Collocation points of conditions that name no number of their own.",
    keys: [
      KeySchema(
        "points", .integer(counts), .derived("128, 400, 1000 for two, three, more variables"),
        "how many on each place of a condition"),
      KeySchema("method", .word(samplerNames), .literal("\"sobol\""), "sampler"),
    ])

  package static let heldout = SectionSchema(
    title: "[sampling] heldout",
    summary: "Points that are never trained on, where the residual of the equations is checked.",
    keys: [
      KeySchema(
        "points", .integer(1...100_000_000), .derived("a fifth of the interior points, at least 64"), "how many"),
      KeySchema("every", .integer(counts), .literal("10"), "iterations between two checks"),
    ])

  package static let sampling = SectionSchema(
    title: "[sampling]",
    summary: "Where the equations and conditions are asked to hold.",
    keys: [
      KeySchema("interior", .section(interior, shorthand: "points"), .literal("{}"), "points of the equations"),
      KeySchema("boundary", .section(boundary, shorthand: "points"), .literal("{}"), "points of the conditions"),
      KeySchema("heldout", .section(heldout, shorthand: "points"), .literal("{}"), "points for checking"),
    ])

  package static let fourier = SectionSchema(
    title: "features.fourier",
    summary:
      "Random Fourier features sin(2πb·x), cos(2πb·x) of the scaled inputs, b drawn from a normal distribution (Tancik et al. 2020, arXiv:2006.10739).",
    keys: [
      KeySchema("count", .integer(1...10_000), .literal("16"), "frequencies; each gives a sine and a cosine"),
      KeySchema("sigma", .number(positive), .literal("1.0"), "standard deviation of the frequencies"),
    ])

  package static let features = SectionSchema(
    title: "[network] features",
    summary:
      "What the network is given instead of the variables; `features = [\"t\", \"sin(t)\"]` is short for `features = { expressions = [\"t\", \"sin(t)\"] }`.",
    keys: [
      KeySchema(
        "expressions", .list(.expression, count: 1...1000, single: false), .absent("the variables"),
        "expressions in the variables and constants"),
      KeySchema(
        "periodic", .list(.text, count: 1...254, single: true), .absent("none"),
        "variables replaced by the cosine and sine of their angle over the domain: every field is periodic in them"),
      KeySchema("harmonics", .integer(1...100), .literal("1"), "how many multiples of that angle"),
      KeySchema("fourier", .section(fourier, shorthand: nil), .absent("none"), "random Fourier features"),
    ])

  package static let network = SectionSchema(
    title: "[network]",
    summary: "The network whose outputs are the fields.",
    keys: [
      KeySchema(
        "hidden", .list(.integer(1...100_000), count: 0...1000, single: false), .literal("[32, 32, 32]"),
        "width of every hidden layer"),
      KeySchema("activation", .word(activationNames), .literal("\"tanh\""), "between the layers"),
      KeySchema(
        "omega", .number(positive), .literal("30.0"), "frequency factor of `sine` layers"),
      KeySchema(
        "initialization", .word(Initialization.allCases.map(\.rawValue)),
        .derived("`siren` for sine, `he-normal` for swish, gelu and softplus, else `glorot-normal`"),
        "start values of the weights"),
      KeySchema(
        "normalize", .boolean, .literal("true"),
        "whether each input is scaled to [-1, 1] by its range over the domain"),
      KeySchema("features", .section(features, shorthand: "expressions"), .absent("the variables"), "extra inputs"),
    ])

  package static let loss = SectionSchema(
    title: "[loss]",
    summary: "How the terms are added up: weight times mean square, for every equation, condition and data set.",
    keys: [
      KeySchema("weights", .map(.number(notNegative)), .literal("{}"), "weight of each term by name, 1 where not given")
    ])

  package static let schedule = SectionSchema(
    title: "schedule",
    summary: "How Adam's learning rate falls; `schedule = \"cosine\"` is short for `{ kind = \"cosine\" }`.",
    keys: [
      KeySchema("kind", .word(ScheduleKind.allCases.map(\.rawValue)), .literal("\"constant\""), "form of the decay"),
      KeySchema(
        "rate", .number(positive), .derived("0.9 for exponential, 1 for inverse-time, 0.01 for cosine"),
        "exponential: factor every `steps`; inverse-time: 1/(1 + rate·k/steps); cosine: final fraction"),
      KeySchema(
        "steps", .integer(counts), .derived("a hundredth of the iterations for exponential, a tenth for inverse-time"),
        "the iterations that `rate` speaks of"),
    ])

  package static let stop = SectionSchema(
    title: "stop",
    summary: "When a phase ends before its iterations are used up.",
    keys: [
      KeySchema("loss", .number(notNegative), .absent("never"), "total loss at or below this"),
      KeySchema("gradient", .number(notNegative), .absent("never"), "norm of the gradient at or below this"),
      KeySchema(
        "change", .number(notNegative), .absent("never"), "relative fall of the loss over 100 iterations below this"),
      KeySchema("minutes", .number(positive), .absent("never"), "time spent in this phase"),
    ])

  package static let optimizer = SectionSchema(
    title: "[[optimizer]]",
    summary: "A phase of training; phases run in order.",
    keys: [
      KeySchema("method", .word(optimizerNames), .literal("\"l-bfgs\""), "optimizer"),
      KeySchema("iterations", .integer(1...1_000_000_000), .required, "the most iterations"),
      KeySchema("learning_rate", .number(positive), .literal("1e-3"), "Adam's step size"),
      KeySchema("beta1", .number(0...0.999_999_999), .literal("0.9"), "Adam's memory of the gradient"),
      KeySchema("beta2", .number(0...0.999_999_999), .literal("0.999"), "Adam's memory of its square"),
      KeySchema("epsilon", .number(positive), .literal("1e-8"), "Adam's guard against division by zero"),
      KeySchema("schedule", .section(schedule, shorthand: "kind"), .literal("{}"), "Adam's learning rate in time"),
      KeySchema("batch", .integer(counts), .absent("all points"), "points of each term that an Adam step looks at"),
      KeySchema("history", .integer(1...1000), .literal("50"), "pairs that L-BFGS remembers"),
      KeySchema("stop", .section(stop, shorthand: nil), .literal("{}"), "early ends"),
      KeySchema("weights", .map(.number(notNegative)), .literal("{}"), "weights of this phase, over those of [loss]"),
      KeySchema(
        "unknowns", .word(["train", "hold"]), .literal("\"train\""),
        "whether the unknown coefficients move in this phase"),
    ])

  package static let data = SectionSchema(
    title: "[[data]]",
    summary: "Measurements to fit, from a CSV file with one header line, or written into the experiment itself.",
    keys: [
      KeySchema("name", .text, .derived("`data`, or `data1`, `data2`, …"), "column in `losses.csv`"),
      KeySchema("file", .path, .absent("`inline` is given"), "CSV file"),
      KeySchema("inline", .text, .absent("`file` is given"), "the CSV text itself, for a few rows"),
      KeySchema(
        "columns", .map(.text), .literal("{}"), "column of a variable or field whose name differs: `V = \"volt\"`"),
      KeySchema(
        "use", .list(.text, count: 1...1000, single: true), .derived("every field that has a column"), "fields to fit"),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true), .absent("`field = column` for every field of `use`"),
        "relations to fit instead; columns of the file may be named"),
      KeySchema("where", .expression, .absent("all rows"), "keeps the rows for which this holds; columns may be named"),
      KeySchema(
        "rows", .list(.integer(1...1_000_000_000), count: 2...2, single: false), .absent("all rows"),
        "first and last row, counted from 1 after the header"),
      KeySchema(
        "fraction", .number(Double.leastNonzeroMagnitude...1), .literal("1.0"), "share of the rows, drawn at random"),
      KeySchema("seed", .integer(0...Int.max), .derived("the experiment's `seed`"), "seed of the draws of this file"),
      KeySchema(
        "noise", .number(notNegative), .literal("0.0"), "standard deviation of noise added to the fitted columns"),
      KeySchema("sigma", .number(positive), .absent("not known"), "standard deviation of the noise in the file"),
      KeySchema("holdout", .number(0...0.99), .literal("0.0"), "share of the drawn rows kept for checking"),
    ])

  package static let reference = SectionSchema(
    title: "[[reference]]",
    summary: "A known solution: reported as an error, never trained on.",
    keys: [
      KeySchema("file", .path, .absent("`expr` is given"), "CSV file with the variables and some fields"),
      KeySchema("columns", .map(.text), .literal("{}"), "column of a variable or field whose name differs"),
      KeySchema(
        "expr", .list(.expression, count: 1...1000, single: true), .absent("`file` is given"),
        "exact solution, `u = exp(-t)*sin(pi*x)`, compared on the output grid"),
    ])

  package static let output = SectionSchema(
    title: "[output]",
    summary: "What is written after training.",
    keys: [
      KeySchema(
        "grid", .map(.integer(1...1_000_000)),
        .derived("per variable 201, 101, 21, 7, 3 for one, two, three, four, up to ten variables, else 1"),
        "points of `fields.csv` along each variable"),
      KeySchema(
        "points", .word(["grid", "reference"]),
        .derived("`reference` where there is a reference file and no grid is given, else `grid`"),
        "where `fields.csv` has its rows: on the grid, or at the points of the first reference"),
    ])

  package static let root = SectionSchema(
    title: "the file",
    summary: "An experiment.",
    keys: [
      KeySchema("title", .text, .literal("\"\""), "for the reader"),
      KeySchema("name", .text, .derived("the file's name"), "first part of the run folder's name"),
      KeySchema("seed", .integer(0...Int.max), .literal("0"), "seed of every random draw"),
      KeySchema("variables", .map(.section(variable, shorthand: "range")), .required, "in the order of CSV columns"),
      KeySchema(
        "region", .section(region, shorthand: "shape"), .absent("the box of the variables"), "the domain in space"),
      KeySchema("fields", .map(.section(field, shorthand: "expr")), .required, "unknown functions of all variables"),
      KeySchema("constants", .map(.section(constant, shorthand: "value")), .literal("{}"), "known numbers"),
      KeySchema("unknowns", .map(.section(unknown, shorthand: "guess")), .literal("{}"), "coefficients to estimate"),
      KeySchema("define", .map(.expression), .literal("{}"), "named sub-expressions"),
      KeySchema(
        "equation", .list(.section(equation, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "equations"),
      KeySchema(
        "condition", .list(.section(condition, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "conditions"),
      KeySchema(
        "data", .list(.section(data, shorthand: nil), count: 0...1000, single: true), .literal("[]"), "measurements"),
      KeySchema(
        "reference", .list(.section(reference, shorthand: nil), count: 0...1000, single: true), .literal("[]"),
        "known solutions"),
      KeySchema("sampling", .section(sampling, shorthand: nil), .literal("{}"), "collocation points"),
      KeySchema("network", .section(network, shorthand: nil), .literal("{}"), "the network"),
      KeySchema("loss", .section(loss, shorthand: nil), .literal("{}"), "weights"),
      KeySchema(
        "optimizer", .list(.section(optimizer, shorthand: nil), count: 0...1000, single: true),
        .derived("500 iterations of Adam at 2e-3, then 5000 of L-BFGS"), "phases of training"),
      KeySchema("output", .section(output, shorthand: nil), .literal("{}"), "results"),
      KeySchema(
        "require", .map(.number(notNegative)), .literal("{}"),
        "upper bounds of metrics by name; a run that misses one ends with status 4"),
    ])

  private static let samplerNames = samplerCatalogue.map { $0.name }
  private static let activationNames = ["tanh", "sin", "sine", "swish", "gelu", "sigmoid", "softplus", "identity"]
  private static let optimizerNames = OptimizerMethod.allCases.map(\.rawValue)
}

import KernelInterface
import RealModule

/// A function of the language.
package struct ExpressionFunction: Sendable {
  /// How a call becomes a node.
  enum Meaning: Sendable {
    case operation(ProgramOperation)
    case composite(@Sendable (inout ExpressionGraph, [NodeID]) -> NodeID)
    /// The arguments after the first are names of variables.
    case derivative, laplacian
    /// The arguments after the first are `variable = value`.
    case place
    /// A variable and its limits, or a place, follow the integrand.
    case integral
    /// Over the points of a metric.
    case reduction(PlacedIntegral.Kind)
  }

  package let name: String
  /// What a call looks like: `smoothstep(x, width)`.
  package let usage: String
  /// How many arguments it takes; the upper bound is `Int.max` where there is none.
  package let arity: ClosedRange<Int>
  /// One line.
  package let summary: String
  let meaning: Meaning
  let unitRule: UnitRule

  /// What units its arguments may have, and its value has.
  enum UnitRule: Sendable {
    /// Pure numbers, and so is the value.
    case pure
    /// All the same, and so is the value.
    case same
    /// All the same; the value is a pure number.
    case ratio
    /// The value is the argument to this power.
    case power(Rational)
    /// The first to the power of the second.
    case raised
    /// The second and third the same, and so is the value.
    case choice
  }

  private init(
    _ usage: String, _ arity: ClosedRange<Int>, _ summary: String, _ meaning: Meaning, _ unitRule: UnitRule
  ) {
    self.unitRule = unitRule
    self.name = String(usage.prefix { $0 != "(" })
    self.usage = usage
    self.arity = arity
    self.summary = summary
    self.meaning = meaning
  }

  fileprivate init(
    _ usage: String, _ operation: ProgramOperation, _ summary: String, units: UnitRule = .pure
  ) {
    self.init(usage, 1...1, summary, .operation(operation), units)
  }

  fileprivate init(
    _ usage: String, _ arity: ClosedRange<Int>, _ summary: String, units: UnitRule = .pure,
    _ build: @escaping @Sendable (inout ExpressionGraph, [NodeID]) -> NodeID
  ) {
    self.init(usage, arity, summary, .composite(build), units)
  }

  fileprivate init(_ usage: String, _ arity: ClosedRange<Int>, _ summary: String, means meaning: Meaning) {
    self.init(usage, arity, summary, meaning, .pure)
  }

  /// "1 argument", "2 or more arguments", …
  package var arityText: String {
    if arity.upperBound == .max { return "\(arity.lowerBound) or more arguments" }
    return arity.upperBound == 1 ? "1 argument" : "\(arity.upperBound) arguments"
  }
}

/// Every function of the language, in the order in which the documentation lists them.
package let functionCatalogue: [ExpressionFunction] = [
  .init(
    "d(expr, x, …)", 2...Int.max, "derivative by each of the variables in turn; n is the outward normal",
    means: .derivative),
  .init(
    "laplacian(expr, x, y, …)", 1...Int.max, "sum of the second derivatives by the variables, or by all but time",
    means: .laplacian),
  .init(
    "at(expr, x = value, …)", 2...Int.max, "value at the place where some variables are others: at(u, t = t - 1)",
    means: .place),
  .init(
    "integral(expr, s, a, b)", 1...Int.max,
    "integral over a variable or a name of its own from a to b; over a part of space: integral(expr, boundary)",
    means: .integral),
  .init("sum(expr)", 1...1, "sum over the points of a [[metric]]", means: .reduction(.sum)),
  .init(
    "mean(expr)", 1...1, "mean over the points of a [[metric]]; so are min(expr) and max(expr) there",
    means: .reduction(.mean)),
  .init("if(condition, a, b)", 3...3, "a where the condition is not 0, else b", units: .choice) {
    $0.select($1[0], $1[1], $1[2])
  },
  .init("step(x)", .step, "1 where x > 0, else 0", units: .ratio),
  .init("smoothstep(x, width)", 2...2, "(1 + tanh(x/width))/2: a step from 0 to 1 of the given width", units: .ratio) {
    $0.smoothStep($1[0], width: $1[1])
  },
  .init("sigmoid(x)", .sigmoid, "1/(1 + exp(-x))"),
  .init("softplus(x)", .softplus, "log(1 + exp(x))"),
  .init("abs(x)", .abs, "absolute value", units: .same),
  .init("sign(x)", .sign, "-1, 0 or 1", units: .ratio),
  .init("min(a, b, …)", 2...Int.max, "the smallest", units: .same) { graph, a in
    a.dropFirst().reduce(a[0]) { graph.minimum($0, $1) }
  },
  .init("max(a, b, …)", 2...Int.max, "the largest", units: .same) { graph, a in
    a.dropFirst().reduce(a[0]) { graph.maximum($0, $1) }
  },
  .init("floor(x)", .floor, "the largest integer not above x", units: .same),
  .init("sqrt(x)", .sqrt, "square root", units: .power(Rational(1, 2))),
  .init("cbrt(x)", 1...1, "real cube root", units: .power(Rational(1, 3))) { $0.cubeRoot($1[0]) },
  .init("pow(a, b)", 2...2, "a^b", units: .raised) { $0.power($1[0], $1[1]) },
  .init("exp(x)", .exp, "exponential"),
  .init("expm1(x)", .expm1, "exp(x) - 1, accurate near 0"),
  .init("log(x)", .log, "natural logarithm"),
  .init("ln(x)", .log, "natural logarithm"),
  .init("log10(x)", 1...1, "logarithm to base 10") { $0.divide($0.unary(.log, $1[0]), $0.constant(.log(10))) },
  .init("log2(x)", 1...1, "logarithm to base 2") { $0.divide($0.unary(.log, $1[0]), $0.constant(.log(2))) },
  .init("log1p(x)", .log1p, "log(1 + x), accurate near 0"),
  .init("sin(x)", .sin, "sine of an angle in radians"),
  .init("cos(x)", .cos, "cosine of an angle in radians"),
  .init("tan(x)", .tan, "tangent of an angle in radians"),
  .init("asin(x)", .asin, "inverse sine"),
  .init("acos(x)", .acos, "inverse cosine"),
  .init("atan(x)", .atan, "inverse tangent"),
  .init("atan2(y, x)", 2...2, "angle of the point (x, y)", units: .ratio) { $0.atan2($1[0], $1[1]) },
  .init("sinh(x)", .sinh, "hyperbolic sine"),
  .init("cosh(x)", .cosh, "hyperbolic cosine"),
  .init("tanh(x)", .tanh, "hyperbolic tangent"),
  .init("sech(x)", 1...1, "1/cosh(x)") { $0.divide($0.constant(1), $0.unary(.cosh, $1[0])) },
  .init("asinh(x)", .asinh, "inverse hyperbolic sine"),
  .init("acosh(x)", .acosh, "inverse hyperbolic cosine"),
  .init("atanh(x)", .atanh, "inverse hyperbolic tangent"),
  .init("erf(x)", .erf, "error function"),
]

let functionsByName = Dictionary(uniqueKeysWithValues: functionCatalogue.map { ($0.name, $0) })

/// The constants of the language; a name of the user's own hides them.
package let builtInConstants: [(name: String, value: Double)] = [("e", eulersNumber), ("pi", .pi), ("π", .pi)]

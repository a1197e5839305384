import Experiments
import Kernels
import TestSupport
import Testing

/// A problem with the features of its network as the plain evaluation knows them.
struct ObjectiveCase: CustomTestStringConvertible, Sendable {
  var name: String
  var text: String
  var features: [PlainOutput.Feature]
  /// Those of the networks behind the first.
  var others: [[PlainOutput.Feature]] = []
  /// A file that the text names, as `data.csv`.
  var data: String?

  var testDescription: String { name }

  func assembled() throws -> AssembledProblem {
    let folder = TemporaryFolder()
    if let data { folder.write(data, to: "data.csv") }
    return try TestSupport.assembled(text, baseDirectory: folder.path)
  }
}

extension ObjectiveCase {
  /// The same with another number of interior points.
  func with(interiorPoints count: Int) -> ObjectiveCase {
    var other = self
    if let range = text.firstRange(of: "interior = ") {
      let end = text[range.upperBound...].firstIndex { !$0.isNumber } ?? text.endIndex
      other.text.replaceSubrange(range.upperBound..<end, with: "\(count)")
    }
    return other
  }
}

/// What a network of two variables is given when nothing is said: both scaled.
private func scaled(_ ranges: ClosedRange<Double>...) -> [PlainOutput.Feature] {
  ranges.enumerated().map { .scaled($0, $1) }
}

private func normals(_ rows: Int, _ inputs: Int, sigma: Double, seed: UInt64) -> [PlainOutput.Feature] {
  let stream = RandomStream(seed: seed, purpose: "fourier")
  return (0..<rows).flatMap { row -> [PlainOutput.Feature] in
    let b = (0..<inputs).map { sigma * stream.normal(at: UInt64(row * inputs + $0)) }
    return [.fourierSine(b), .fourierCosine(b)]
  }
}

let burgersCase = ObjectiveCase(
  name: "Burgers with hard conditions",
  text: """
    variables = { x = [-1, 1], t = [0, 1] }
    fields = { u = {} }
    constants = { nu = "0.01/pi" }
    equation = [{ name = "burgers", expr = "u_t + u*u_x = nu*u_xx" }]
    condition = [
      { name = "initial", at = "t = 0", expr = "u = -sin(pi*x)", enforce = "hard" },
      { name = "walls", at = ["x = -1", "x = 1"], expr = "u = 0", enforce = "hard" },
    ]
    sampling = { interior = 37 }
    network = { hidden = [5, 4] }
    """,
  features: scaled(-1...1, 0...1))

let objectiveCases: [ObjectiveCase] = engineCases + architectureCases

/// Everything but the architectures of networks.
private let engineCases: [ObjectiveCase] = [
  burgersCase,
  ObjectiveCase(
    name: "Burgers with soft conditions, a Neumann one among them, and weights",
    text: """
      variables = { x = [-1, 2], t = [0, 1] }
      fields = { u = {} }
      equation = [{ name = "burgers", expr = "u_t + u*u_x = 0.1*u_xx" }]
      condition = [
        { name = "initial", at = "t = 0", expr = "u = -sin(pi*x)", points = 9 },
        { name = "walls", at = ["x = -1", "x = 2"], expr = ["u = t", "d(u, n) = u^2"], points = 5 },
      ]
      sampling = { interior = 21 }
      network = { hidden = [6], activation = "swish" }
      loss = { weights = { walls = 3, initial = 0.25 } }
      """,
    features: scaled(-1...2, 0...1)),
  ObjectiveCase(
    name: "two fields and every kind of unknown",
    text: """
      variables = { x = [0, 1], t = [0, 2] }
      fields = { u = {}, v = {} }
      unknowns.D = { guess = 0.5, min = 0 }
      unknowns.a = { guess = -2 }
      unknowns.k = { guess = 0.3, min = 0.1, max = 0.9 }
      unknowns.l = { guess = 3, scale = "log" }
      unknowns.m = { guess = 0.02, min = 0.001, max = 10, scale = "log" }
      unknowns.c = { guess = 1, max = 4 }
      equation = [
        { name = "first", expr = "u_t = D*u_xx + a*u*v" },
        { name = "second", expr = "v_t = k*v_xx + l*u - m*v^3 + c" },
      ]
      condition = { at = "x = 0", expr = ["u = k", "v = D*t"], points = 6 }
      sampling = { interior = 30 }
      network = { hidden = [4, 4] }
      """,
    features: scaled(0...1, 0...2)),
  ObjectiveCase(
    name: "coefficients at the points, at their partners and elsewhere, with a normal and a Laplacian",
    text: """
      variables = { x = [0, 1], y = [0, 2], t = [0, 1] }
      fields = { u = {} }
      unknowns.D = { guess = 0.5, min = 0 }
      coefficients = [
        { inline = "x,y,k\\n0,0,1.0\\n1,0,3.0\\n0,2,0.5\\n1,2,2.0\\n", as = { k = "k" } },
        { inline = "t,s\\n0,1.0\\n0.3,-1.0\\n1,0.5\\n", as = { s = "s" } },
      ]
      equation = { expr = "d(k*u, t) = D*k*(u_xx + u_yy) + s*at(k*u, x = 1 - x) + s^2*u" }
      condition = [
        { name = "ends", at = "y: periodic", expr = "k*u_x", points = 5 },
        { name = "flux", at = "x = 0", expr = "k*d(u, n) = s*u", points = 6 },
      ]
      sampling = { interior = 23 }
      network = { hidden = [4, 3] }
      """,
    features: scaled(0...1, 0...2, 0...1)),
  ObjectiveCase(
    name: "third order",
    text: """
      variables = { x = [-2, 2], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t + 6*u*u_x + u_xxx = 0" }
      sampling = { interior = 19 }
      network = { hidden = [5, 3], activation = "tanh" }
      """,
    features: scaled(-2...2, 0...1)),
  ObjectiveCase(
    name: "fourth order in a product with a transform",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = "x*(1 - x)*N + t" }
      equation = { expr = "u_tt + u_xxxx = sin(x)" }
      condition = { at = "boundary", expr = "u_xx = 0", points = 3 }
      sampling = { interior = 11 }
      network = { hidden = [4, 3], activation = "sigmoid" }
      """,
    features: scaled(0...1, 0...1)),
  ObjectiveCase(
    name: "mixed derivatives",
    text: """
      variables = { x = [0, 1], y = [-1, 1], z = [2, 3] }
      fields = { u = {} }
      equation = { expr = "u_xy*u_yz + d(u, x, x, y, y) + u_xz - d(x*u_y, y, z) = x*y" }
      sampling = { interior = 17 }
      network = { hidden = [4, 4], activation = "softplus" }
      """,
    features: scaled(0...1, -1...1, 2...3)),
  ObjectiveCase(
    name: "a transform that names another field, with unknowns",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { v = "exp(N)*u + k", u = "k*x*N", w = "u + v_x" }
      unknowns = { k = { guess = 0.7 } }
      equation = [{ name = "one", expr = "u_t + v = w_x" }, { name = "two", expr = "v_xx = u*w" }]
      condition = { at = "t = 0", expr = "v = k*x", points = 5 }
      sampling = { interior = 15 }
      network = { hidden = [5] }
      """,
    features: scaled(0...1, 0...1)),
  ObjectiveCase(
    name: "features in a list, not normalised",
    text: """
      variables = { x = [0, 1], y = [0, 1] }
      fields = { u = {} }
      equation = { expr = "laplacian(u) = u^2" }
      sampling = { interior = 13 }
      network = { hidden = [4, 4], features = ["x", "sin(3*x)", "x*y"], normalize = false }
      """,
    features: [.plain(0), .sine(0, 3), .product(0, 1)]),
  ObjectiveCase(
    name: "periodic features with harmonics",
    text: """
      variables = { x = [-1, 3], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xxx" }
      sampling = { interior = 13 }
      network = { hidden = [4, 4], features = { periodic = "x", harmonics = 2 } }
      """,
    features: [
      .scaled(1, 0...1), .cosineTurn(0, -1...3, 1), .sineTurn(0, -1...3, 1), .cosineTurn(0, -1...3, 2),
      .sineTurn(0, -1...3, 2),
    ]),
  ObjectiveCase(
    name: "random Fourier features",
    text: """
      seed = 9
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xx" }
      sampling = { interior = 13 }
      network = { hidden = [4], features = { fourier = { count = 3, sigma = 0.4 } } }
      """,
    features: scaled(0...1, 0...1) + normals(3, 2, sigma: 0.4, seed: 9)),
  ObjectiveCase(
    name: "sine layers with a frequency factor",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_tt = u_xx" }
      sampling = { interior = 13 }
      network = { hidden = [5, 5], activation = "sine", omega = 4 }
      """,
    features: scaled(0...1, 0...1)),
  ObjectiveCase(
    name: "periodic conditions, matched by default and by expression",
    text: """
      variables = { x = [-1, 1], t = [0, 1] }
      fields = { u = {}, v = {} }
      equation = [{ name = "one", expr = "u_t = u_xx + x*v" }, { name = "two", expr = "v_t = u" }]
      condition = [
        { name = "all", at = "x: periodic", points = 5 },
        { name = "some", at = "x: periodic", expr = "x^2*u_x + v^2", points = 4 },
      ]
      sampling = { interior = 9 }
      network = { hidden = [4, 3] }
      """,
    features: scaled(-1...1, 0...1)),
  ObjectiveCase(
    name: "data with relations of its own",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {}, v = {} }
      unknowns = { gain = { guess = 1.5 } }
      equation = { expr = "u_t = v" }
      data = [
        { name = "plain", file = "data.csv", columns = { u = "signal" }, use = "u" },
        { name = "relation", file = "data.csv", expr = ["gain*u + v_x = signal", "u*other = v"], holdout = 0.3 },
      ]
      sampling = { interior = 9 }
      network = { hidden = [4, 3] }
      """,
    features: scaled(0...1, 0...1),
    data: """
      x,signal,t,other
      0.1,1.5,0.2,3
      0.7,-2,0.9,0.25
      0.3,0.5,0.4,-1
      1,0.125,0,2
      0,4,1,1
      0.5,2,0.5,0.5

      """),
  ObjectiveCase(
    name: "an ordinary equation and a network without hidden layers",
    text: """
      variables = { t = [0, 4] }
      fields = { a = {}, b = {} }
      equation = [{ name = "one", expr = "a_t = b" }, { name = "two", expr = "b_t = -a + a^3" }]
      condition = { at = "t = 0", expr = ["a = 1", "b = 0"] }
      sampling = { interior = 9 }
      network = { hidden = [] }
      """,
    features: scaled(0...4)),
  ObjectiveCase(
    name: "integrals over parts of space, at one time and at all",
    text: """
      variables = { x = [0, 1], y = [-1, 1], t = [0, 2] }
      fields = { u = {}, v = {} }
      unknowns = { c = { guess = 0.4 }, k = { guess = 2, min = 0 } }
      equation = { expr = "u_t = v" }
      condition = [
        { name = "gauge", expr = "k*integral(u*x + v_y^2) = c + t*integral(v, x = 1)", points = 9, times = 3 },
        { name = "flux", at = "t = 1", expr = ["integral(d(u, n)*v, boundary) = c", "integral(v) = 1"], points = 20 },
        { name = "wall", at = "x = 0", expr = "u = 0", points = 5 },
      ]
      sampling = { interior = 9 }
      network = { hidden = [4, 3] }
      loss = { weights = { gauge = 2, flux = 0.5 } }
      """,
    features: scaled(0...1, -1...1, 0...2)),
  ObjectiveCase(
    name: "an integral over a region and its boundary, of more points than a chunk has",
    text: """
      variables = { x = {}, y = {} }
      region = "difference(disk([0, 0], 1), disk([0.3, 0], 0.4))"
      fields = { u = {} }
      equation = { expr = "laplacian(u) = 1" }
      condition = { expr = "integral(d(u, n), boundary) = integral(laplacian(u))", points = 300 }
      sampling = { interior = 9 }
      network = { hidden = [4, 3] }
      """,
    features: scaled(-1...1, -1...1)),
  ObjectiveCase(
    name: "integrals inside of equations, and other places",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = "x*N + t", v = {} }
      unknowns = { k = { guess = 0.5 } }
      equation = [
        { name = "volterra", expr = "u = 1 + k*integral(exp(x - s)*at(u_t, x = s)*v, s, 0, x, 3)" },
        { name = "nonlocal", expr = "v_t = integral(u*v, x)^2 + at(v, x = 1 - x, t = t/2)" },
        { name = "leibniz", expr = "d(integral(u, x, 0, x*t, 2), x) = d(at(v, x = x^2), x, t)" },
      ]
      sampling = { interior = 11 }
      network = { hidden = [4, 3] }
      """,
    features: scaled(0...1, 0...1)),
  ObjectiveCase(
    name: "gelu",
    text: """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_t = u_xxx + u_xxxx" }
      condition = { at = "boundary", expr = "u = 0", points = 4 }
      sampling = { interior = 13 }
      network = { hidden = [5, 4], activation = "gelu" }
      """,
    features: scaled(0...1, 0...1)),
  ObjectiveCase(
    name: "three networks: one of the fields, a stream function with a pressure, a map of two variables",
    text: """
      variables = { x = [0, 1], y = [-1, 1], t = [0, 2] }
      networks = { flow = { outputs = ["psi", "p"], hidden = [4, 5], activation = "sin" }, map = { inputs = ["y", "x"], outputs = ["D"], hidden = [3] } }
      fields = { T = {}, u = "psi_y", v = "-psi_x", p = "2*N", D = "0.02 + 0.08*sigmoid(N)" }
      unknowns = { nu = 0.3 }
      equation = [
        { name = "momentum", expr = "u_t + u*u_x + v*u_y = -p_x + nu*laplacian(u)" },
        { name = "heat", expr = "T_t + u*T_x + v*T_y = d(D*T_x, x) + d(D*T_y, y)" },
      ]
      condition = [{ name = "start", at = "t = 0", expr = ["psi = x*y", "T = 1"], points = 5 }, { name = "around", at = "x: periodic", expr = ["u", "D"], points = 3 }]
      sampling = { interior = 17 }
      network = { hidden = [5] }
      """,
    features: scaled(0...1, -1...1, 0...2),
    others: [scaled(0...1, -1...1, 0...2), [.scaled(1, -1...1), .scaled(0, 0...1)]]),
]

/// Every architecture and extra, with jets of every kind.
let architectureCases: [ObjectiveCase] = [
  ("residual, second order", "architecture = \"residual\", hidden = [9, 9, 9]", "u_t + u*u_x = 0.1*u_xx", "v_t = v_xt"),
  ("gated, second order", "architecture = \"gated\", hidden = [9, 9]", "u_t + u*u_x = 0.1*u_xx", "v_t = u"),
  ("pirate, second order", "architecture = \"pirate\", hidden = [9, 9]", "u_t + u*u_x = 0.1*u_xx", "v_x = u"),
  ("residual, fourth order", "architecture = \"residual\", hidden = [5, 5]", "u_t = u_xxx + u_xxxx", "v_ttt = u"),
  ("gated, fourth order", "architecture = \"gated\", hidden = [5, 5]", "u_t = u_xxx + u_xxxx", "v_ttt = u"),
  ("pirate, fourth order", "architecture = \"pirate\", hidden = [5]", "u_t = u_xxx + u_xxxx", "v_ttt = u"),
  ("gated, mixed", "architecture = \"gated\", hidden = [4, 4]", "u_xt*u_xxt + v_xxtt = u", "v_x = u_t"),
  ("pirate, mixed", "architecture = \"pirate\", hidden = [4, 4]", "u_xt*u_xxt + v_xxtt = u", "v_x = u_t"),
  ("residual, Laplacian", "architecture = \"residual\", hidden = [20, 20, 20]", "u_xx + u_tt = u^3", "v = u"),
  ("gated, Laplacian", "architecture = \"gated\", hidden = [33], activation = \"swish\"", "u_xx + u_tt = u^3", "v = u"),
  ("pirate, Laplacian", "architecture = \"pirate\", hidden = [11, 11]", "u_xx + u_tt = u^3", "v = u"),
  ("separate trunks", "trunks = \"separate\", hidden = [5, 4]", "u_t + v*u_x = 0.1*u_xx", "v_t = u"),
  ("factors", "factorized = {}, hidden = [5, 4]", "u_t + v*u_x = 0.1*u_xx", "v_t = u"),
  ("slopes", "adaptive = 5, hidden = [5, 4]", "u_t + v*u_x = 0.1*u_xx", "v_t = u"),
  (
    "everything together",
    "architecture = \"pirate\", trunks = \"separate\", factorized = 0.5, adaptive = 2, activation = \"sine\", omega = 2, "
      + "hidden = [9, 9]", "u_t + v*u_x = 0.1*u_xx", "v_t = u_xx"
  ),
  (
    "gates with factors, slopes and sigmoids",
    "architecture = \"gated\", factorized = { deviation = 0.3 }, adaptive = {}, activation = \"sigmoid\", hidden = [7, 7]",
    "u_t + v*u_x = 0.1*u_xx", "v_t = u_xx"
  ),
].map { name, network, first, second in
  ObjectiveCase(
    name: name,
    text: """
      variables = { x = [-1, 2], t = [0, 1] }
      fields = { u = {}, v = {} }
      equation = [{ name = "one", expr = "\(first)" }, { name = "two", expr = "\(second)" }]
      condition = { at = "t = 0", expr = "u = sin(x)", points = 5 }
      sampling = { interior = 11 }
      network = { \(network) }
      """,
    features: scaled(-1...2, 0...1))
}

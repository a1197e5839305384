/// A problem whose training step is timed.
package struct BenchmarkCase: Sendable {
  /// What one evaluation is.
  package enum Work: Sendable {
    /// Loss and gradient by all parameters.
    case gradient
    /// JᵀJ and Jᵀr, all rows of the Jacobian included.
    case normalEquations
    /// Values of the field alone.
    case values
  }

  package var name: String
  package var summary: String
  package var work: Work
  /// The experiment, as a user would write it.
  package var text: String

  package static let all: [BenchmarkCase] = [
    BenchmarkCase(
      name: "small", summary: "Burgers, 3 × 20", work: .gradient,
      text: burgers(interior: 2540, conditions: (120, 60), hidden: "[20, 20, 20]")),
    BenchmarkCase(
      name: "mid", summary: "Burgers, 4 × 64", work: .gradient,
      text: burgers(interior: 10_000, conditions: (200, 100), hidden: "[64, 64, 64, 64]")),
    BenchmarkCase(
      name: "wide", summary: "Burgers, 4 × 128", work: .gradient,
      text: burgers(interior: 10_000, conditions: (200, 100), hidden: "[128, 128, 128, 128]")),
    BenchmarkCase(name: "system", summary: "Aliev-Panfilov in two dimensions, 3 × 30", work: .gradient, text: system),
    BenchmarkCase(
      name: "third", summary: "Korteweg-de Vries, third order, 4 × 64", work: .gradient,
      text: evolution(equation: "u_t + u*u_x + 0.0025*u_xxx = 0", start: "cos(pi*x)")),
    BenchmarkCase(
      name: "fourth", summary: "Kuramoto-Sivashinsky, fourth order, 4 × 64", work: .gradient,
      text: evolution(equation: "u_t + u*u_x + 0.1*u_xx + 0.01*u_xxxx = 0", start: "cos(pi*x)")),
    BenchmarkCase(name: "ode", summary: "a damped spring, 2 × 32", work: .gradient, text: ode),
    BenchmarkCase(name: "laplace10", summary: "Poisson in ten dimensions, 4 × 64", work: .gradient, text: laplace10),
    BenchmarkCase(
      name: "rows", summary: "JᵀJ of 4000 residuals of the heat equation, 3 × 20", work: .normalEquations, text: rows),
    BenchmarkCase(name: "predict", summary: "values of a 4 × 64 network", work: .values, text: predict),
    BenchmarkCase(
      name: "residual", summary: "mid with residual connections", work: .gradient,
      text: burgers(interior: 10_000, conditions: (200, 100), hidden: "[64, 64, 64, 64]", "residual")),
    BenchmarkCase(
      name: "gated", summary: "mid with gates", work: .gradient,
      text: burgers(interior: 10_000, conditions: (200, 100), hidden: "[64, 64, 64, 64]", "gated")),
    BenchmarkCase(
      name: "pirate", summary: "two PirateNet blocks of 64 for Burgers, 32 Fourier features", work: .gradient,
      text: burgers(interior: 10_000, conditions: (200, 100), hidden: "[64, 64]", "pirate")
        + "features = { fourier = { count = 31 } }"),
  ]

  private static func burgers(
    interior: Int, conditions: (initial: Int, wall: Int), hidden: String, _ architecture: String = "mlp"
  ) -> String {
    """
    [variables]
    x = [-1, 1]
    t = [0, 1]
    [fields]
    u = {}
    [constants]
    nu = "0.01/pi"
    [[equation]]
    expr = "u_t + u*u_x = nu*u_xx"
    [[condition]]
    at = "t = 0"
    expr = "u = -sin(pi*x)"
    points = \(conditions.initial)
    [[condition]]
    at = ["x = -1", "x = 1"]
    expr = "u = 0"
    points = \(conditions.wall)
    [sampling]
    interior = \(interior)
    [network]
    architecture = "\(architecture)"
    hidden = \(hidden)

    """
  }

  private static func evolution(equation: String, start: String) -> String {
    """
    [variables]
    x = [-1, 1]
    t = [0, 1]
    [fields]
    u = {}
    [[equation]]
    expr = "\(equation)"
    [[condition]]
    at = "t = 0"
    expr = "u = \(start)"
    points = 400
    [sampling]
    interior = 10000
    [network]
    hidden = [64, 64, 64, 64]
    """
  }

  private static let system = """
    [variables]
    x = [0, 10]
    y = [0, 10]
    t = [0, 70]
    [fields]
    V = {}
    W = {}
    [constants]
    D = 0.1
    k = 8
    a = 0.01
    b = 0.15
    eps = 0.002
    mu1 = 0.2
    mu2 = 0.3
    [[equation]]
    expr = "V_t = D*(V_xx + V_yy) - k*V*(V - a)*(V - 1) - V*W"
    [[equation]]
    expr = "W_t = (eps + mu1*W/(mu2 + V))*(-W - k*V*(V - b - 1))"
    [sampling]
    interior = 20000
    [network]
    hidden = [30, 30, 30]
    """

  private static let ode = """
    [variables]
    t = [0, 10]
    [fields]
    u = {}
    [[equation]]
    expr = "u_tt + 0.3*u_t + 2*u = 0"
    [[condition]]
    at = "t = 0"
    expr = "u = 1"
    [[condition]]
    at = "t = 0"
    expr = "u_t = 0"
    [sampling]
    interior = 200
    [network]
    hidden = [32, 32]
    """

  private static let laplace10: String = {
    let names = (1...10).map { "x\($0)" }
    return """
      [variables]
      \(names.map { "\($0) = [0, 1]" }.joined(separator: "\n"))
      [fields]
      u = {}
      [[equation]]
      expr = "laplacian(u) = \(names.map { "sin(pi*\($0))" }.joined(separator: " + "))"
      [[condition]]
      at = ["x1 = 0", "x1 = 1"]
      expr = "u = 0"
      points = 200
      [sampling]
      interior = 10000
      [network]
      hidden = [64, 64, 64, 64]
      """
  }()

  private static let rows = """
    [variables]
    x = [0, 1]
    y = [0, 1]
    t = [0, 1]
    [fields]
    u = {}
    [[equation]]
    expr = "u_t = 0.1*(u_xx + u_yy)"
    [sampling]
    interior = 4000
    [network]
    hidden = [20, 20, 20]
    """

  private static let predict = """
    [variables]
    x = [-1, 1]
    t = [0, 1]
    [fields]
    u = {}
    [[equation]]
    expr = "u = 0"
    [sampling]
    interior = 100000
    [network]
    hidden = [64, 64, 64, 64]
    """
}

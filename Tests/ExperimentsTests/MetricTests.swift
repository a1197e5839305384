import Configurations
import Diagnostics
import Experiments
import Kernels
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Fields whose networks are zero, so that "f + N" is f, with unknowns at their guesses.
private func evaluator(_ problem: AssembledProblem) -> FieldEvaluator {
  let layout = problem.setup.layout
  var theta = layout.initialParameters(networks: problem.setup.networks, seed: 0)
  for place in 0..<layout.unknownOffset { theta[place] = 0 }
  return FieldEvaluator(
    solution: problem.solution, parameters: theta, pool: WorkerPool(threadCount: 2, instructionSet: .best))
}

private func metrics(_ text: String) throws -> [(name: String, value: Double)] {
  let problem = try assembled(text + "\nnetwork = { hidden = [2] }\nequation = { expr = \"u\" }")
  let evaluator = evaluator(problem)
  return problem.metrics.map { ($0.name, $0.value(evaluator)) }
}

private struct Known: CustomTestStringConvertible, Sendable {
  var metric: String
  var expected: Double
  var tolerance = 1e-12
  var domain = "variables = { x = [0, 2], y = [-1, 1] }"
  var field = "exp(x)*cos(y) + N"

  var testDescription: String { metric }
}

private let disk = "variables = { x = {}, y = {} }\nregion = \"disk([1, 0], 2)\""
private let inTime = "variables = { x = [0, 1], t = [0, 3] }"
private let rows = "inline = \"x,y,v,kind\\n0,0,2,a\\n1,0.5,-1,b\\n2,1,0.25,a\\n\""

/// ∫₀² eˣ dx ∫₋₁¹ cos y dy
private let both: Double = (exp(2) - 1) * 2 * sin(1)

private let known: [Known] = [
  Known(metric: "expr = \"integral(u)\"", expected: both),
  Known(metric: "expr = \"mean(u)\"", expected: both / 4),
  Known(metric: "expr = \"sqrt(mean(x^2))*at(u, x = 0, y = 0)\"", expected: 2 / 3.0.squareRoot()),
  Known(
    metric: "expr = \"integral(u, x = 2) - integral(u, y = 0.5)\"",
    expected: 2 * exp(2) * sin(1) - (exp(2) - 1) * cos(0.5)),
  Known(metric: "expr = \"mean(u)/at(u, x = 2, y = 1)\", at = \"x = 2\"", expected: tan(1)),
  Known(metric: "expr = \"max(u) - min(u)\", at = [\"x = 2, y = 0\", \"x = 0, y = 1\"]", expected: exp(2) - cos(1)),
  // A harmonic function has no flux through a closed curve; half of this one enters and leaves by the ends of x.
  Known(metric: "expr = \"integral(d(u, n), boundary)\"", expected: 0, tolerance: 1e-11),
  Known(metric: "expr = \"mean(d(u, n))\", at = \"boundary(x)\"", expected: both / 4, tolerance: 1e-11),
  Known(
    metric: "expr = \"integral(x^2*u, boundary)/integral(1 + 0*u, boundary)\", points = 60", expected: 3,
    tolerance: 1e-11, domain: disk, field: "1 + N"),
  // Inside of shapes points are as even as Sobol's.
  Known(metric: "expr = \"mean(x*u)\"", expected: 1, tolerance: 1e-3, domain: disk, field: "1 + N"),
  Known(metric: "expr = \"sum(u*v)\", \(rows)", expected: 2 - exp(1) * cos(0.5) + exp(2) * cos(1) / 4),
  Known(metric: "expr = \"sum(u*v)/sum(1)\", \(rows), where = \"v > 0\"", expected: 1 + exp(2) * cos(1) / 8),
  Known(metric: "expr = \"max(abs(v)*u) + min(v)\", \(rows)", expected: max(2, exp(1) * cos(0.5)) - 1),
  Known(
    metric: "expr = \"mean(px*u)\", inline = \"px,y\\n1,0\\n2,0\\n\", columns = { x = \"px\" }",
    expected: (exp(1) + 2 * exp(2)) / 2),
  Known(metric: "expr = \"integral(u)\"", expected: 4.5, domain: inTime, field: "x*t^2 + N"),
  Known(metric: "expr = \"integral(u, t = 2)\"", expected: 2, domain: inTime, field: "x*t^2 + N"),
  // The mass ∫ u dx is t²/2; its drift from that at t = 3, over all times.
  Known(
    metric: "expr = \"max(abs(integral(u, x, 0, 1) - 9/2))\", at = \"t = 1\"", expected: 4, domain: inTime,
    field: "x*t^2 + N"),
]

/// Four hundred pixels, of which the label takes those left of 0.05, the field those left of 0.
private let picture = (0..<400).map { number in
  let (x, y) = (Double(number % 20) / 10 - 0.95, Double(number / 20) / 10 - 0.95)
  return "\(x),\(y),\(x < 0.1 ? 1 : 0)"
}

@Suite struct MetricTests {
  @Test(arguments: known) private func `is what mathematics says`(_ metric: Known) throws {
    let found = try metrics(
      "\(metric.domain)\nfields = { u = \"\(metric.field)\" }\nmetric = { name = \"m\", \(metric.metric) }")
    #expect(found.map(\.name) == ["m"])
    #expect(
      abs(found[0].value - metric.expected) <= metric.tolerance * max(1, abs(metric.expected)), "\(found[0].value)")
  }

  @Test func `the overlap of two sets of pixels is counted at the rows of the coefficients`() throws {
    let folder = TemporaryFolder()
    folder.write("x,y,label\n" + picture.joined(separator: "\n") + "\n", to: "picture.csv")
    let problem = try assembled(
      """
      variables = { x = [-1, 1], y = [-1, 1] }
      fields = { phi = "sigmoid(-100*x + N)" }
      coefficients = { file = "picture.csv", as = { I = "label" } }
      equation = { expr = "phi = I" }
      network = { hidden = [2] }
      metric = { name = "dice", expr = "2*sum(step(phi-0.5)*label)/(sum(step(phi-0.5)) + sum(label))" }
      require = { dice = 1 }
      """, baseDirectory: folder.path)
    let evaluator = evaluator(problem)
    // 10 and 11 columns of 20 pixels.
    #expect(problem.metrics[0].value(evaluator) == 2 * 200.0 / (200 + 220))
    #expect(problem.metrics[0].points == "400 rows of '\(folder["picture.csv"])'")
  }

  @Test func `each group has its own, by its rows`() throws {
    let found = try metrics(
      """
      groups = { voxel = { labels = ["a", "b"] } }
      variables = { t = [0, 1] }
      fields = { u = { expr = "k + N", per = "voxel" } }
      unknowns = { k = { guess = 2, per = "voxel" } }
      metric = [
        { name = "own", expr = "sum(u*v)", inline = "voxel,t,v\\na,0,1\\nb,0,10\\nb,1,20\\n" },
        { name = "peak", expr = "max(u)" },
      ]
      """)
    #expect(found.map(\.name) == ["own[a]", "own[b]", "peak[a]", "peak[b]"])
    #expect(found.map(\.value) == [2, 60, 2, 2])
  }

  @Test func `wrong ones are told where they are wrong`() throws {
    func message(_ metric: String, _ rest: String = "") -> String {
      let text = """
        variables = { x = [0, 1], t = [0, 1] }
        fields = { u = { unit = "K" } }
        equation = { expr = "u_t = u_xx" }
        metric = { name = "m", \(metric) }
        \(rest)
        """
      let first = refusal(text)?.diagnostics.first
      let column = first?.location.map { "\($0.line):\($0.column) " } ?? ""
      return column + (first?.message ?? "accepted") + (first?.help.map { " | \($0)" } ?? "")
    }
    #expect(message("expr = \"mean(u)\", unit = \"K\"") == "accepted")
    #expect(
      message("expr = \"2*u\"")
        == "4:32 what stands outside of sums in metric 'm' differs from point to point | write mean(…), max(…) or integral(…) around it, or at(…, x = …, t = …)"
    )
    #expect(
      message("expr = \"sum(u)\"")
        == "4:32 'sum' has no meaning over points of the domain, of which there are as many as you like | write mean(…) or integral(…), or name the 'file' whose rows are meant"
    )
    #expect(message("expr = \"mean(v*u)\"").hasPrefix("4:37 "))
    #expect(message("expr = \"mean(max(u))\"") == "4:32 sums and integrals over points cannot stand inside each other")
    #expect(message("expr = \"mean(x)\"") == "4:32 metric 'm' depends on no field and no unknown")
    #expect(message("expr = \"mean(u)\", unit = \"m\"").hasPrefix("4:32 "))
    #expect(
      message("expr = \"mean(u)\", at = \"rollout\"") == "4:48 there is no [rollout] whose states the metric could take"
    )
    #expect(
      message("expr = \"integral(v*u)\", inline = \"x,t,v\\n0,0,1\\n\"")
        == "4:32 a column has no values at the points of an integral | sum(…) and mean(…) run over the rows of the file"
    )
    #expect(
      message("expr = \"mean(d(u, n))\", inline = \"x,t\\n0,0\\n\"").hasPrefix("4:32 rows have no outward normal"))
    #expect(message("expr = \"mean(u)\", inline = \"x,v\\n0,1\\n\"").contains("has no column 't'"))
    #expect(message("expr = \"mean(u)\", inline = \"x,t\\n0,7\\n\"").contains("t = 7.0 lies outside the domain"))
    #expect(
      message("expr = \"mean(u)\"", "condition = { at = \"t = 0\", expr = \"u = mean(u)\" }")
        == "5:41 'mean' runs over many points, and can stand in a [[metric]] only | over a variable it is integral(u, x, a, b)"
    )
    #expect(
      refusal(
        """
        variables = { x = [0, 1] }
        fields = { u = {} }
        equation = { name = "one", expr = "u = 1" }
        metric = { name = "total_loss", expr = "mean(u)" }
        """)?.diagnostics.first?.message == "metrics.csv has another row 'total_loss'")
  }
}

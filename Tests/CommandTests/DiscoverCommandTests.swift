import Foundation
import TestSupport
import Testing

@Suite struct DiscoverCommandTests {
  private func path(_ config: String) -> String { ShippedConfigs.folder.appending(path: config).path }

  /// The terms of a line of output with their coefficients.
  private func terms(_ line: String) throws -> [String: Double] {
    let sides = line.components(separatedBy: " = ")
    #expect(sides.count == 2, "\(line)")
    var result: [String: Double] = [:]
    let sum = sides[1].replacing(" - ", with: " + -").components(separatedBy: " + ")
    for term in sum {
      let parts = term.split(separator: "*", maxSplits: 1)
      let coefficient = try #require(Double(String(parts[0])), "\(line)")
      result[parts.count > 1 ? String(parts[1]) : "1"] = coefficient
    }
    return result
  }

  private func expect(_ lines: [String], _ truth: [(left: String, terms: [String: Double])]) throws {
    #expect(lines.count == truth.count, "\(lines)")
    for (line, (left, known)) in zip(lines, truth) {
      #expect(line.hasPrefix(left + " = "), "\(line)")
      let found = try terms(line)
      #expect(Set(found.keys) == Set(known.keys), "\(line)")
      for (term, value) in found {
        #expect(abs(value / (known[term] ?? 0) - 1) < 0.01, "\(term) in \(line)")
      }
    }
  }

  @Test func `the Lorenz system is found in a trajectory, seven terms and no others`() async throws {
    let runner = try BinaryRunner()
    let outcome = try await runner.run(["discover", path("discovery/lorenz.toml"), "--out", "run", "--quiet"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    try expect(
      outcome.lines,
      [
        ("x_t", ["x": -10, "y": 10]), ("y_t", ["x": 28, "y": -1, "x*z": -1]), ("z_t", ["z": -8.0 / 3, "x*y": 1]),
      ])
    #expect(try runner.read("run/equations.txt") == outcome.output)
    let parameters = try runner.read("run/parameters.csv").split(separator: "\n")
    #expect(parameters[0] == "name,estimate,std_error,ci_low,ci_high,guess,true,unit")
    #expect(parameters.count == 8)
    #expect(parameters[1].hasPrefix("x_t: x,"))
    #expect(try runner.read("run/library.csv").split(separator: "\n").count == 31)
    // What was found is an experiment of its own.
    let check = try await runner.run(["check", "run/discovered.toml"])
    #expect(check.status == 0, "\(check)")
  }

  @Test func `two equations are found by a network fitted to a hundred samples`() async throws {
    let runner = try BinaryRunner()
    let arguments = ["discover", path("discovery/linear.toml"), "--quiet", "--threads"]
    let outcome = try await runner.run(arguments + ["1", "--out", "one"])
    #expect(outcome.status == 0, "\(outcome)")
    try expect(outcome.lines, [("x_t", ["x": -2]), ("y_t", ["y": 1])])
    let again = try await runner.run(arguments + ["2", "--out", "two"])
    #expect(again.output == outcome.output)
    #expect(try runner.read("one/library.csv") == runner.read("two/library.csv"))
    // Finished trainings are not repeated.
    let resumed = try await runner.run(arguments + ["1", "--out", "one", "--resume"])
    #expect(resumed.output == outcome.output)
  }

  @Test func `the lasso finds the same terms`() async throws {
    let runner = try BinaryRunner()
    var arguments = ["discover", path("discovery/lorenz.toml"), "--out", "run", "--quiet"]
    for number in 0..<3 {
      arguments += ["--set", "library.\(number).method=lasso", "--set", "library.\(number).penalty=1e-4"]
    }
    let outcome = try await runner.run(arguments)
    #expect(outcome.lines.map { $0.filter { $0 == "*" }.count } == [2, 4, 3], "\(outcome)")
  }

  private static let base = """
    variables = { t = [0, 1] }
    fields = { x = {} }
    data = { inline = "t,x\\n0,1\\n0.25,1.3\\n0.5,1.6\\n0.75,2.1\\n1,2.7\\n" }

    """

  @Test(
    arguments: [
      ("", 78, "there is nothing to discover"),
      ("[[library]]\nequation = \"x_t\"\nterms = [\"x\", \"zz\"]", 78, "a.toml:6:16: error: unknown name 'zz'"),
      ("[[library]]\nequation = \"x_t\"\nterms = [\"x\", \"x_t\"]", 78, "is the left side itself"),
      ("[[library]]\nequation = \"x_t\"\nterms = {}", 78, "terms of [[library]] need 'expressions' or 'degree'"),
      ("[[library]]\nequation = \"x_t\"\nterms = { of = \"x\", expressions = \"x\" }", 78, "'of' has no meaning"),
      (
        "[[library]]\nequation = \"x_t\"\nterms = { degree = 10, of = [\"x\", \"t\", \"x^2\", \"1\", \"2\", \"3\"] }",
        78,
        "at most 1000"
      ),
      (
        "[[library]]\nequation = \"x_t\"\nterms = \"x\"\n[discovery]\nderivatives = \"differences\"\nwindow = 7", 65,
        "too few for a window of 7"
      ),
      ("[[library]]\nequation = \"x_t\"\nterms = \"x\"\n[discovery]\nwindow = 3", 78, "must be above 'degree' 4"),
      (
        "[[library]]\nequation = \"x_t\"\nterms = \"at(x, t = 0)\"\n[discovery]\nderivatives = \"differences\"", 78,
        "at the points of the data alone"
      ),
      (
        "[[library]]\nequation = \"x_t\"\nterms = { degree = 8 }\n[discovery]\nderivatives = \"differences\"\nwindow = 3\ndegree = 2",
        65, "points are too few to choose among 9 terms"
      ),
    ] as [(String, Int32, String)])
  func `what cannot be done is told`(text: String, status: Int32, message: String) async throws {
    let runner = try BinaryRunner()
    try runner.write(Self.base + text + "\n", to: "a.toml")
    let outcome = try await runner.run(["discover", "a.toml", "--out", "run", "--quiet"])
    #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome)")
  }

  @Test func `data that are no grid have no differences`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      """
      variables = { x = [0, 1], t = [0, 1] }
      fields = { u = {} }
      data = { inline = "x,t,u\\n0,0,1\\n0.5,0.5,2\\n1,1,3\\n" }
      library = { equation = "u_t", terms = ["u"] }
      discovery = { derivatives = "differences" }
      """, to: "a.toml")
    let outcome = try await runner.run(["discover", "a.toml", "--out", "run"])
    #expect(outcome.status == 65, "\(outcome)")
    #expect(outcome.errors.contains("form no grid: there are 3 values of x, 3 values of t"), "\(outcome)")
  }

  @Test func `a stopped search goes on where it was`() async throws {
    let runner = try BinaryRunner()
    let arguments = ["discover", path("discovery/linear.toml"), "--out", "run", "--threads", "1", "--quiet"]
    let stopped = try await runner.run(arguments + ["--max-time", "0.01s"])
    #expect(stopped.status == 75 && stopped.output.isEmpty, "\(stopped)")
    let resumed = try await runner.run(arguments + ["--resume"])
    #expect(resumed.status == 0, "\(resumed)")
    try expect(resumed.lines, [("x_t", ["x": -2]), ("y_t", ["y": 1])])
  }
}

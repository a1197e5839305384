import Configurations
import Diagnostics
import Experiments
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

@Suite struct StartTests {
  /// The first loss of each draw of weights, by another route than the trainer's.
  private func firstLosses(_ problem: AssembledProblem, _ count: Int) -> [Double] {
    let objective = problem.objective()
    return (0..<count).map { draw in
      let theta = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 0, draw: draw)
      return objective.total(objective.termValues(theta))
    }
  }

  private let adam = "{ method = \"adam\", iterations = 2 }"

  @Test func `weights are drawn again until the first loss is below the cap`() throws {
    let losses = firstLosses(try assembled(diffusion(adam)), 20)
    #expect(Set(losses).count == 20)
    // A cap that the first draw and some more miss.
    let first = try #require((2..<20).first { losses[$0] < losses[..<$0].min() ?? 0 })
    let cap = (losses[first] + (losses[..<first].min() ?? 0)) / 2
    let recorder = Recorder()
    _ = try #require(trained(assembled(diffusion(adam, extra: "start = { cap = \(cap) }")), recorder))
    #expect(recorder.rows[0].total == losses[first])
    #expect(recorder.notes.count == 1 && recorder.notes[0].contains("\(first + 1)"), "\(recorder.notes)")
  }

  @Test func `without a cap the first draw is taken`() throws {
    let problem = try assembled(diffusion(adam))
    let recorder = Recorder()
    _ = try #require(trained(problem, recorder))
    #expect(recorder.rows[0].total == firstLosses(problem, 1)[0] && recorder.notes.isEmpty)
  }

  @Test func `a cap that no draw reaches leads to the best of them, and a note`() throws {
    let problem = try assembled(diffusion(adam, extra: "start = { cap = 1e-9, tries = 7 }"))
    let recorder = Recorder()
    _ = try #require(trained(problem, recorder))
    #expect(recorder.rows[0].total == firstLosses(problem, 7).min())
    #expect(recorder.notes.count == 1 && recorder.notes[0].hasPrefix("in 7 draws of weights no first loss was"))
  }

  @Test func `a pole that the first weights meet is left by another draw`() throws {
    // Half of the draws have u < 0 somewhere.
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { expr = "log(u + 0.1) = 0" }
      sampling = { interior = 9, heldout = 4 }
      network = { hidden = [4] }
      optimizer = { method = "l-bfgs", iterations = 3 }
      """
    let problem = try assembled(text)
    let losses = firstLosses(problem, 20)
    #expect(!losses[0].isFinite, "the example should begin at a pole")
    let good = try #require(losses.first { $0.isFinite })
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    #expect(!result.diverged && recorder.rows[0].total < good)
    #expect(recorder.notes.count == 1)
  }

  @Test func `of several starts the one that ends lowest goes on`() throws {
    let phases = "{ method = \"l-bfgs\", iterations = 6 }"
    let problem = try assembled(diffusion(phases, extra: "start = { starts = 3, iterations = 4 }"))
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    #expect(recorder.rows.map(\.phase) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4])
    let ends = [3, 7, 11].map { recorder.rows[$0].total }
    #expect(Set(ends).count == 3)
    // The last phase starts where the best of them ended: its first row is lower than that by a step.
    let best = try #require(ends.min())
    #expect(recorder.rows[12].total < best && result.total < best)
    // Each short training is that of its own draw.
    let plain = Recorder()
    _ = try #require(trained(assembled(diffusion(phases)), plain))
    #expect(plain.rows[..<4].map(\.total) == recorder.rows[..<4].map(\.total))
  }

  /// Samples of two whole periods: a guess too far from the frequency ends in a valley of its own.
  @Test func `several guesses find the valley that the first one misses`() throws {
    let rows = (0...40).map { "\(Double($0) / 20),\(sin(7 * Double($0) / 20))" }.joined(separator: "\\n")
    func text(_ guesses: String) -> String {
      """
      variables = { t = [0, 2] }
      fields = { u = "sin(w*t) + 1e-9*N" }
      unknowns = { w = { guess = 20\(guesses) } }
      data = { inline = "t,u\\n\(rows)" }
      network = { hidden = [2] }
      optimizer = [{ method = "gauss-newton", iterations = 50 }]
      """
    }
    func estimate(_ text: String) throws -> (w: Double, rows: [LossRow]) {
      let problem = try assembled(text)
      let recorder = Recorder()
      let result = try #require(trained(problem, recorder))
      return (problem.setup.layout.unknownValues(result.parameters)[0], recorder.rows)
    }
    #expect(try abs(estimate(text("")).w - 7) > 1)
    let (found, losses) = try estimate(text(", guesses = [12, 8]"))
    #expect(abs(found - 7) < 1e-6)
    #expect(Set(losses.map(\.phase)).isSuperset(of: [1, 2, 3]))
    // An explicit count is not lowered.
    #expect(try experiment("start = 5\n" + text(", guesses = [12, 8]")).start.count == 5)
  }

  @Test func `constants of phases are those that the rows are made with`() throws {
    let phases = "{ method = \"l-bfgs\", iterations = 2, continuation = { k = \"log:100..1:3\" } }"
    let problem = try assembled(diffusion(phases, extra: "constants = { k = 1 }"))
    #expect(problem.setup.phases.map(\.constants) == [["k": 100], ["k": 10], ["k": 1]])
    #expect(problem.setup.phases.map(\.variant) == [0, 1, nil] && problem.setup.variants.count == 2)
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    // The same points with the constant written into the file.
    let plain = try assembled(diffusion(phases, extra: "constants = { k = 100 }"))
    let first = Recorder()
    _ = trained(plain, first)
    #expect(recorder.rows[..<2] == first.rows[..<2])
    #expect(recorder.rows[3].total != recorder.rows[1].total)
    let objective = problem.objective()
    #expect(result.total == objective.total(objective.termValues(result.parameters)))
  }

  @Test func `constants that follow from others change with them`() throws {
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      constants = { Re = 100, nu = "1/Re", other = 3 }
      equation = { expr = "nu*u_xx = other" }
      optimizer = [{ iterations = 3, constants = { Re = 400 } }, { continuation = { Re = "100..102" } }]
      """
    let made = try experiment(text)
    #expect(
      made.phases.map(\.constants) == [
        ["Re": 400, "nu": 0.0025], ["Re": 100], ["Re": 101, "nu": 1 / 101.0], ["Re": 102, "nu": 1 / 102.0],
      ])
    #expect(made.phases.map(\.iterations) == [3, 1000, 1000, 1000])
  }

  @Test(arguments: [
    ("constants = { x0 = 1 }", "'x0' is not a constant"),
    ("continuation = { k = \"1..2:1\" }", "a range has between 2 and 10000 values, found '1'"),
    ("continuation = { k = \"1, two\" }", "'two' is not a value"),
    ("continuation = { k = \"1, 2\", m = \"1, 2, 3\" }", "'m' takes 3 values, 'k' 2"),
  ])
  func `wrong constants of phases are told`(_ phase: String, _ message: String) throws {
    let text = diffusion("{ \(phase) }", extra: "constants = { k = 1, m = 2 }")
    let failure = try #require(refusal(text))
    #expect(failure.diagnostics.map(\.message) == [message])
  }
}

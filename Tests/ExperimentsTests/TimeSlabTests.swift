import Configurations
import Diagnostics
import Experiments
import Foundation
import Kernels
import Synchronization
import Tables
import TestSupport
import Testing
import Training

private let oscillator = """
  name = "oscillator"
  seed = 3
  variables = { t = { range = [0, 8], slabs = 4 } }
  fields = { x = {} }
  equation = [{ name = "motion", expr = "x_tt = -4*x" }]
  condition = [{ at = "t = 0", expr = ["x = 1", "x_t = 0"], enforce = "hard" }]
  sampling = { interior = 60, heldout = 20 }
  network = { hidden = [16] }
  output = { grid = { t = 81 } }
  reference = [{ expr = "x = cos(2*t)" }]
  optimizer = [{ method = "gauss-newton", iterations = 60 }]
  """

private func heat(_ enforce: String) -> String {
  """
  name = "heat"
  seed = 2
  variables = { x = [0, 1], t = { range = [0, 0.3], slabs = 3 } }
  fields = { u = {} }
  equation = [{ name = "heat", expr = "u_t = u_xx" }]
  condition = [
    { name = "start", at = "t = 0", expr = "u = sin(pi*x)", enforce = "\(enforce)", points = 40 },
    { name = "ends", at = "boundary", expr = "u = 0", enforce = "hard" },
  ]
  sampling = { interior = 200, heldout = 50 }
  network = { hidden = [16] }
  output = { grid = { x = 11, t = 31 } }
  reference = [{ expr = "u = exp(-pi^2*t)*sin(pi*x)" }]
  optimizer = [{ method = "gauss-newton", iterations = 50 }]
  """
}

@Suite struct TimeSlabTests {
  private let folder = TemporaryFolder()

  @discardableResult
  private func train(
    _ text: String, in name: String, stoppingAfter limit: Int = .max, resumes: Bool = false,
    note: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> RunReport {
    let count = Mutex(0)
    return try Experiments.train(
      experiment(text, baseDirectory: folder.path),
      options: RunOptions(
        folder: folder[name], threads: 1, resumes: resumes,
        stopRequest: {
          count.withLock { count in
            count += 1
            return count >= limit ? "asked to" : nil
          }
        }, note: note))
  }

  private func metric(_ name: String, _ report: RunReport) throws -> Double {
    try #require(report.metrics.first { $0.name == name }).value
  }

  /// Mean squares at sampled points may be a quarter of the integrals that they stand for.
  private let samplingFactor = 2.0

  // x″ + 4x = r with e(0) = e′(0) = 0 has the error e(t) = ∫ sin(2(t − s))/2 r(s) ds, at most T/2 times the root mean
  // square of r over all of the time: built in, the state at a seam adds nothing.
  @Test func `an oscillator over two and a half periods is as good as its residual`() throws {
    let report = try train(oscillator, in: "run")
    let residual = try metric("heldout_residual", report).squareRoot()
    #expect(residual < 1e-6)
    #expect(try metric("max_error_x", report) < samplingFactor * 8 / 2 * residual)
  }

  // u_t − u_xx = r and what the start leaves, e₀, give |e(t)| ≤ |e₀| + ∫ |r| ds in the L² norm over x, since heat only
  // decays. Its root mean square over x and t is at most T/√2 of that of r, and each slab may add the e₀ of its own.
  @Test(arguments: ["hard", "soft"])
  func `heat goes on from slab to slab as well as its terms are met`(enforce: String) throws {
    let report = try train(heat(enforce), in: "run")
    let residual = try metric("heldout_residual", report).squareRoot()
    let seams = enforce == "hard" ? 0 : 3 * (try metric("loss_start", report)).squareRoot()
    #expect(residual < 1e-3 && seams < 1e-3)
    #expect(try metric("rmse_u", report) < samplingFactor * (0.3 / 2.0.squareRoot() * residual + seams))
  }

  @Test func `values and rates are the same on both sides of a seam`() throws {
    try train(oscillator, in: "run")
    let run = try TrainedRun(folder: folder["run"])
    let evaluator = run.evaluator(pool: WorkerPool(threadCount: 1))
    for seam in [2.0, 4, 6] {
      // The point after belongs to the next slab, where x changes by at most 2 and x_t by 4 a unit of time.
      let values = try evaluator.values(
        of: [LocatedText("x"), LocatedText("x_t")], at: [[seam, seam.nextUp]])
      #expect(abs(values[0][0] - values[0][1]) < 1e-13)
      #expect(abs(values[1][0] - values[1][1]) < 1e-13)
    }
  }

  @Test func `derivatives in space of a later slab are those of its values`() throws {
    try train(heat("hard"), in: "run")
    let evaluator = try TrainedRun(folder: folder["run"]).evaluator(pool: WorkerPool(threadCount: 1))
    let (x, t, step) = (0.3, 0.25, 1e-3)
    let near = try evaluator.values(
      of: [LocatedText("u"), LocatedText("u_x"), LocatedText("u_xx")],
      at: [[x - step, x, x + step], [t, t, t]])
    let slope = (near[0][2] - near[0][0]) / (2 * step)
    let curvature = (near[0][2] - 2 * near[0][1] + near[0][0]) / (step * step)
    // u‴ and u⁗ are about π³ e^(−π²t) and π⁴ e^(−π²t), so differences miss by about 5e-7 of them.
    #expect(abs(near[1][1] - slope) < 1e-5)
    #expect(abs(near[2][1] - curvature) < 1e-5)
  }

  @Test func `one slab is the run without slabs`() throws {
    try train(heat("hard").replacing(", slabs = 3", with: ""), in: "whole")
    try train(heat("hard").replacing("slabs = 3", with: "slabs = 1"), in: "one")
    for file in ["losses.csv", "fields.csv", "metrics.csv"] {
      #expect(try fileBytes(folder["one/\(file)"]) == fileBytes(folder["whole/\(file)"]), "\(file)")
    }
  }

  @Test func `the first slab is a run over its part of the time`() throws {
    try train(oscillator, in: "slabs", stoppingAfter: 60)
    try train(oscillator.replacing("range = [0, 8], slabs = 4", with: "range = [0, 2]"), in: "part")
    let (slab, part) = (
      try readTable(path: folder["slabs/losses.csv"]), try readTable(path: folder["part/losses.csv"])
    )
    let count = try slab.numbers("total").count
    #expect(count >= 59)
    #expect(try slab.numbers("total") == Array(part.numbers("total").prefix(count)))
  }

  @Test func `an inspection is about the first slab and says so`() throws {
    let inspection = try Inspection(experiment(oscillator), pool: WorkerPool(threadCount: 1))
    #expect(inspection.slabs == "4 slabs, each trained with all points and phases; what follows is of the first")
    // From t in [0, 2] to [−1, 1].
    #expect(inspection.networks.map(\.features) == [["t - 1"]])
    #expect(inspection.terms.map(\.residuals) == [60] && inspection.phases.map(\.iterations) == [60])
  }

  @Test func `losses tell the slab and count iterations on`() throws {
    try train(oscillator, in: "run")
    let table = try readTable(path: folder["run/losses.csv"])
    #expect(try table.numbers("iteration") == (1...240).map(Double.init))
    #expect(try table.numbers("slab") == (0..<240).map { Double($0 / 60 + 1) })
  }

  @Test func `a condition is looked at again in the slab that it was trained in`() throws {
    let notes = Mutex([String]())
    let report = try train(heat("soft"), in: "run", note: { note in notes.withLock { $0.append(note) } })
    #expect(try metric("loss_start", report) < 1e-8)
    #expect(notes.withLock { $0 }.filter { $0.contains("fresh points") } == [])
  }

  @Test func `a run stopped in any slab goes on to the same bits`() throws {
    try train(oscillator, in: "whole")
    for limit in [20, 60, 61, 130, 239] {
      let name = "cut\(limit)"
      #expect(try train(oscillator, in: name, stoppingAfter: limit).status == .stopped)
      #expect(try train(oscillator, in: name, resumes: true).status == .finished)
      for file in ["losses.csv", "fields.csv", "metrics.csv", "checkpoint"] {
        #expect(try fileBytes(folder["\(name)/\(file)"]) == fileBytes(folder["whole/\(file)"]), "\(file) at \(limit)")
      }
    }
  }

  @Test func `what needs all of the time at once is refused`() {
    func message(_ old: String, _ new: String) -> String? {
      refusal(heat("hard").replacing(old, with: new))?.diagnostics.first?.message
    }
    #expect(
      message("x = [0, 1], t = { range = [0, 0.3], slabs = 3 }", "x = { range = [0, 1], slabs = 3 }, t = [0, 0.3]")
        == "'x' has slabs and is no time")
    #expect(message("fields =", "unknowns = { k = 1 }\nfields =") == "[unknowns] cannot go with slabs of 't'")
    #expect(message("at = \"t = 0\"", "at = \"t = 0.3\"") == "a condition at t = 0.3 cannot go with slabs")
    #expect(
      message("u_t = u_xx", "u_t = u_xx + at(u, t = t/2)")
        == "fields at other times, or integrals over 't', cannot go with slabs")
    #expect(
      message("network = { hidden = [16] }", "network = { hidden = [16], features = { periodic = \"t\" } }")
        == "the fields cannot be periodic in 't', which is cut into slabs")
    #expect(
      message("reference =", "rollout = { state = \"u\", rate = \"u\", inline = \"t,u\" }\n  reference =")
        == "[rollout] cannot go with slabs of 't'")
    #expect(
      message("reference =", "metric = [{ name = \"m\", expr = \"max(u)\" }]\n  reference =")
        == "[[metric]] cannot go with slabs of 't'")
    #expect(
      message("{ name = \"start\", at = \"t = 0\", expr = \"u = sin(pi*x)\", enforce = \"hard\", points = 40 },", "")
        == "slabs of 't' need a condition at the start, which tells what goes on from slab to slab")
  }
}

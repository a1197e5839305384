import Experiments
import TestSupport
import Testing
import Training

/// Salt that diffuses into 5 mm of gel within an hour, in metres and seconds, or in lengths of the gel and hours.
private func gel(isScaled: Bool, field: String, _ rest: String = "") -> String {
  let (x, t, D) = isScaled ? ("1", "1", "1e-9*3600/25e-6") : ("5e-3", "3600", "1e-9")
  return """
    variables = { x = [0, "L"], t = [0, "T"] }
    constants = { L = "\(x)", T = "\(t)", D = "\(D)" }
    fields = { c = \(field) }
    equation = { name = "diffusion", expr = "c_t = D*c_xx" }
    condition = [
      { name = "start", at = "t = 0", expr = "c = 300*cos(pi*x/L) + 400" },
      { name = "ends", at = ["x = 0", "x = L"], expr = "d(c, n) = 0" },
    ]
    reference = { expr = "c = 300*cos(pi*x/L)*exp(-D*(pi/L)^2*t) + 400" }
    sampling = { interior = 200, boundary = 40, heldout = 64 }
    network = { hidden = [12, 12] }
    output = { grid = { x = 21, t = 11 } }
    \(rest)
    """
}

@Suite struct ScaledTrainingTests {
  private let folder = TemporaryFolder()

  private func error(_ text: String) throws -> Double {
    let report = try train(try experiment(text), options: RunOptions(folder: folder["run"], threads: 1))
    return try #require(report.metrics.first { $0.name == "rel_l2_c" }).value
  }

  @Test func `residuals are divided by what random fields of the range give them`() throws {
    let scaled = try assembled(gel(isScaled: false, field: "{ range = [100, 700] }"))
    let plain = try assembled(gel(isScaled: false, field: "{}"))
    #expect(plain.setup.weights == [1, 1, 1])
    // u_t is about 300·2/3600 and D u_xx about 300·1e-9·(2/5e-3)², 0.17 and 0.05; the median of |normal| is 0.67.
    let size = 1 / scaled.setup.weights[0].squareRoot()
    #expect((0.05...0.25).contains(size))
    // 300 o + 400 − 300 cos − 400; and 300·2/5e-3 at the ends.
    #expect((100...500).contains(1 / scaled.setup.weights[1].squareRoot()))
    #expect((5e4...1.2e5).contains(1 / scaled.setup.weights[2].squareRoot()))
    #expect(scaled.notes.count == 3)
    let unscaled = try assembled(gel(isScaled: false, field: "{ range = [100, 700] }", "loss = { scale = \"none\" }"))
    #expect(unscaled.setup.weights == [1, 1, 1])
  }

  @Test func `units do not matter to sizes`() throws {
    let (one, other) = (
      try assembled(gel(isScaled: false, field: "{ range = [100, 700] }")).setup.weights,
      try assembled(gel(isScaled: true, field: "{ range = [100, 700] }")).setup.weights
    )
    // One hour is 3600 s, one length 5 mm.
    for (ratio, expected) in zip(zip(one, other).map { $0 / $1 }, [3600.0 * 3600, 1, 25e-6]) {
      #expect(abs(ratio / expected - 1) < 1e-9)
    }
  }

  @Test func `phases have scaled weights, too`() throws {
    let found = try assembled(
      gel(
        isScaled: false, field: "{ range = [100, 700] }",
        "optimizer = { method = \"l-bfgs\", weights = { ends = 3 } }"))
    #expect(found.setup.phases[0].weights["ends"] == 3 * found.setup.weights[2])
  }

  /// Adam and L-BFGS, which see no more than the loss, see the same.
  @Test func `a problem in metres and seconds is solved as the one in lengths and hours`() throws {
    let phase = "optimizer = { method = \"l-bfgs\", iterations = 1500 }"
    let good = try error(gel(isScaled: false, field: "{ range = [100, 700] }", phase))
    let bad = try error(gel(isScaled: false, field: "{}", phase))
    #expect(good < 1e-3, "\(good)")
    #expect(bad > 100 * good, "\(bad)")
  }
}

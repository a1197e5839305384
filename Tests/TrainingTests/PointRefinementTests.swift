import Kernels
import TestSupport
import Testing
import Training

@Suite struct PointRefinementTests {
  /// Points 0, 1, 2, … with residuals 1; candidates on [0, 1] with a residual that is 10 below 0.2 and 0.1 above.
  private func round(
    _ method: String, points: Int = 200, candidates: Int = 4000, power: Double = 1, even: Double = 1, added: Int = 50,
    draw: Int = 0
  ) -> RefinementRound {
    let stream = RandomStream(seed: 3, purpose: "refinement", index: draw)
    let places = (0..<candidates).map { stream.uniform(at: UInt64($0)) }
    return RefinementRound(
      points: [(0..<points).map { 2 + Double($0) }], residuals: (0..<points).map { $0 < points / 4 ? 2 : 0.5 },
      candidates: [places], candidateResiduals: places.map { $0 < 0.2 ? 10 : -0.1 },
      settings: RefinementSettings(method: method, candidates: 20, power: power, even: even, added: added),
      stream: stream.substream("choice"))
  }

  private func chosen(_ round: RefinementRound) throws -> ChosenPoints {
    let method = try #require(refinement(named: round.settings.method))
    let points = method.choose(round)
    // The same round gives the same points.
    #expect(method.choose(round) == points)
    return points
  }

  /// Four standard deviations of a share p of n draws.
  private func scatter(_ p: Double, _ n: Int) -> Double { 4 * (p * (1 - p) / Double(n)).squareRoot() }

  @Test func `the share of points follows the density`() throws {
    // ε/mean + 1 with mean 2.08: 5.81 on a fifth, 1.048 on the rest, so 0.581 of all lie below 0.2. Few are drawn of
    // many, so that drawing without putting back does not matter.
    for (power, even, share) in [(1.0, 1.0, 0.581), (1, 0, 0.9615), (2, 0, 0.9996), (0, 0, 0.2), (1, 4, 0.3523)] {
      let points = try chosen(round("rad", points: 400, candidates: 40_000, power: power, even: even)).points[0]
      #expect(points.count == 400 && Set(points).count == 400)
      let below = Double(points.count { $0 < 0.2 }) / 400
      #expect(abs(below - share) < scatter(share, 400) + 0.01, "\(power) \(even): \(below)")
    }
  }

  @Test func `rar takes the largest, rar-d draws, and both keep what is there`() throws {
    var largest = round("rar", added: 3)
    largest.candidateResiduals[7] = 50
    largest.candidateResiduals[11] = -60
    largest.candidateResiduals[13] = 40
    largest.candidateResiduals[17] = .nan
    let found = try chosen(largest).points[0]
    #expect(Array(found.prefix(200)) == largest.points[0])
    #expect(Array(found.suffix(3)) == [11, 7, 13].map { largest.candidates[0][$0] })
    let drawn = round("rar-d", power: 2, even: 0, added: 60)
    let more = try chosen(drawn).points[0]
    #expect(more.count == 260 && Array(more.prefix(200)) == drawn.points[0])
    #expect(more.suffix(60).count { $0 < 0.2 } >= 57)
  }

  @Test func `r3 keeps points above the mean and spreads the others evenly`() throws {
    let before = round("r3", points: 2000)
    let points = try chosen(before).points[0]
    #expect(points.count == 2000 && Array(points.prefix(500)) == Array(before.points[0].prefix(500)))
    let fresh = points.suffix(1500)
    #expect(fresh.allSatisfy { $0 <= 1 } && Set(fresh).count == 1500)
    #expect(abs(Double(fresh.count { $0 < 0.2 }) / 1500 - 0.2) < scatter(0.2, 1500))
  }

  @Test func `weights of importance sampling make a mean over points the mean over candidates`() throws {
    let before = round("importance", points: 1000, candidates: 8000)
    let found = try chosen(before)
    let weights = try #require(found.weights)
    func mean(_ f: (Double) -> Double) -> (Double, Double) {
      let all = before.candidates[0].map(f)
      let weighted = zip(found.points[0], weights).map { f($0) * $1 }
      return (weighted.reduce(0, +) / 1000, all.reduce(0, +) / 8000)
    }
    // By even steps through the density the share of each part is right to a point in a thousand.
    for f in [{ (_: Double) in 1 }, { $0 < 0.2 ? 1.0 : 0 }, { $0 < 0.2 ? 100 : 0.01 }] as [(Double) -> Double] {
      let (one, other) = mean(f)
      #expect(abs(one - other) < 2e-3 * max(1, other), "\(one) \(other)")
    }
    #expect(found.points[0].count { $0 < 0.2 } > 550)
  }

  @Test(arguments: ["rad", "rar", "rar-d", "r3", "importance"])
  func `residuals that are no numbers or all zero choose points all the same`(_ method: String) throws {
    for value in [0.0, .nan, .infinity] {
      var empty = round(method)
      empty.candidateResiduals = empty.candidateResiduals.map { _ in value }
      empty.residuals = empty.residuals.map { _ in value }
      let found = try chosen(empty)
      #expect(found.points[0].allSatisfy { $0.isFinite } && found.points[0].count >= 200)
      #expect(found.weights?.allSatisfy { $0.isFinite && $0 > 0 } != false)
    }
  }

  @Test(arguments: ["adam", "l-bfgs", "gauss-newton"])
  func `in training the points gather where the residual is large`(_ optimizer: String) throws {
    // A source as narrow as a tenth of the domain, which the first network does not know.
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { expr = "u_xx = 100*exp(-((x - 0.3)/0.03)^2)" }
      condition = { at = "boundary", expr = "u = 0" }
      sampling = { interior = { points = 60, resample = { every = 2, method = "rad" } } }
      network = { hidden = [8] }
      optimizer = { method = "\(optimizer)", iterations = 3 }
      """
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(assembled(text), recorder))
    #expect(recorder.checkpoints[0].vectors["points.0"] == nil)
    let points = try #require(recorder.checkpoints[2].vectors["points.0"])
    #expect(points.count == 60 && points.allSatisfy { (0...1).contains($0) })
    // A tenth of an even spread lies there: 6 points. Half of the draw is even, and two steps of the better optimizers
    // have flattened the residual by then, so more than twice as many are asked for.
    #expect(points.count { abs($0 - 0.3) < 0.05 } > 12)
  }
}

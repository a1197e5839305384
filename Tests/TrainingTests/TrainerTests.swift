import Experiments
import Kernels
import Problems
import TestSupport
import Testing
import Training

@Suite struct TrainerTests {
  @Test func `phases run in order and iterations are counted through`() throws {
    let text = diffusion(
      "{ method = \"adam\", iterations = 7, learning_rate = 1e-2 }, { method = \"l-bfgs\", iterations = 5 }, { method = \"adam\", iterations = 3 }"
    )
    let problem = try assembled(text)
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    #expect(recorder.rows.map(\.iteration) == Array(1...15))
    #expect(recorder.rows.map(\.phase) == [Int](repeating: 1, count: 7) + [Int](repeating: 2, count: 5) + [3, 3, 3])
    #expect(result.phaseEnds == [.iterationsUsed(7), .iterationsUsed(5), .iterationsUsed(3)])
    #expect(recorder.ends == result.phaseEnds)
    #expect(result.iterations == 15)
    #expect(!result.diverged && !result.wasStopped)
    // Terms add up to the total, with a weight of one each.
    for row in recorder.rows { #expect(abs(row.total - row.terms.reduce(0, +)) <= 1e-14 * row.total) }
    // L-BFGS lowers the loss from row to row.
    let totals = recorder.rows[7..<12].map(\.total)
    #expect(zip(totals, totals.dropFirst()).allSatisfy { $0 > $1 })
    // The loss at the end is that of the parameters at the end.
    let objective = problem.objective()
    #expect(result.total == objective.total(objective.termValues(result.parameters)))
    #expect(result.terms == objective.termValues(result.parameters))
  }

  @Test func `rows of Adam tell the loss before the step, rows of L-BFGS the loss after it`() throws {
    let problem = try assembled(
      diffusion("{ method = \"adam\", iterations = 1 }, { method = \"l-bfgs\", iterations = 2 }"))
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    let objective = problem.objective()
    let start = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: problem.setup.seed)
    #expect(recorder.rows[0].total == objective.total(objective.termValues(start)))
    #expect(recorder.rows[0].unknowns == problem.setup.layout.unknownValues(start))
    #expect(recorder.rows[2].total == result.total)
    #expect(recorder.rows[2].unknowns == problem.setup.layout.unknownValues(result.parameters))
  }

  @Test func `each stop rule ends the phase with its own reason`() throws {
    func ends(_ stop: String, _ method: String = "l-bfgs") throws -> (PhaseEnd, Recorder, TrainingResult) {
      let text = diffusion("{ method = \"\(method)\", iterations = 400, learning_rate = 1e-2, stop = { \(stop) } }")
      let recorder = Recorder()
      let result = try #require(trained(assembled(text), recorder))
      return (result.phaseEnds[0], recorder, result)
    }
    for method in ["adam", "l-bfgs"] {
      let (end, recorder, _) = try ends("loss = 0.2", method)
      guard case .lossReached(let loss) = end else {
        Issue.record("\(end)")
        continue
      }
      #expect(loss <= 0.2 && recorder.rows.last?.total == loss)
      #expect(recorder.rows.dropLast().allSatisfy { $0.total > 0.2 })
    }
    let (end, recorder, _) = try ends("gradient = 0.1")
    guard case .gradientReached(let norm) = end else {
      Issue.record("\(end)")
      return
    }
    #expect(norm <= 0.1 && recorder.rows.last?.gradientNorm == norm)
    #expect(recorder.rows.dropLast().allSatisfy { $0.gradientNorm > 0.1 })
    let (changeEnd, changeRecorder, _) = try ends("change = 0.9")
    #expect(changeEnd == .changeBelow(0.9, iterations: 100))
    let totals = changeRecorder.rows.map(\.total)
    let window = OptimizerMethod.lbfgs.entry.changeWindow
    #expect(totals.count > window)
    for (place, total) in totals.enumerated().dropFirst(window) {
      let old = totals[place - window]
      #expect((old - total < 0.9 * old) == (place == totals.count - 1))
    }
    let (minutesEnd, _, _) = try ends("minutes = 1e-9")
    #expect(minutesEnd == .minutesUsed(1e-9))
  }

  @Test func `a request to stop ends everything and saves`() throws {
    let problem = try assembled(
      diffusion("{ method = \"adam\", iterations = 9 }, { method = \"l-bfgs\", iterations = 9 }"))
    let recorder = Recorder()
    recorder.stopsAfter = 4
    let result = try #require(trained(problem, recorder))
    #expect(result.phaseEnds == [.stopped("asked to")])
    #expect(result.wasStopped && !result.diverged)
    #expect(result.iterations == 4 && recorder.rows.count == 4 && recorder.checkpoints.count == 1)
  }

  @Test func `unknowns that are held do not move`() throws {
    for method in ["adam", "l-bfgs"] {
      let text = diffusion(
        "{ method = \"\(method)\", iterations = 8, unknowns = \"hold\" }, { method = \"l-bfgs\", iterations = 3 }")
      let problem = try assembled(text)
      let recorder = Recorder()
      _ = try #require(trained(problem, recorder))
      let guess = problem.setup.layout.unknownValues(
        problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 0))
      #expect(recorder.rows[..<8].allSatisfy { $0.unknowns == guess })
      #expect(recorder.rows[10].unknowns != guess)
    }
  }

  @Test func `weights of a phase replace those of the experiment`() throws {
    let text = diffusion(
      "{ method = \"l-bfgs\", iterations = 2, weights = { heat = 0, start = 4 } }, { method = \"l-bfgs\", iterations = 2 }",
      extra: "loss = { weights = { walls = 10, start = 2 } }")
    let recorder = Recorder()
    _ = try #require(trained(assembled(text), recorder))
    for (row, weights) in zip(recorder.rows, [[0, 4.0, 10], [0, 4, 10], [1, 2, 10], [1, 2, 10]]) {
      let total = zip(weights, row.terms).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(row.total - total) <= 1e-14 * total)
    }
  }

  @Test func `the held-out terms are looked at every few iterations`() throws {
    let problem = try assembled(
      diffusion("{ method = \"adam\", iterations = 6 }, { method = \"l-bfgs\", iterations = 6 }"))
    let recorder = Recorder()
    _ = try #require(trained(problem, recorder))
    #expect(recorder.rows.filter { $0.heldoutResidual != nil }.map(\.iteration) == [1, 5, 9])
    #expect(recorder.rows.allSatisfy { $0.heldoutData == nil })
    // The first is that of the start values, by another route.
    let start = problem.setup.layout.initialParameters(networks: problem.setup.networks, seed: 0)
    let plain = problem.plainResiduals(problem.setup.heldout, start, features: [.scaled(0, 0...1), .scaled(1, 0...1)])
    let mean = plain.reduce(0) { $0 + $1.residual * $1.residual } / Double(plain.count)
    #expect(abs((recorder.rows[0].heldoutResidual ?? .nan) - mean) <= 1e-12 * mean)
    #expect(plain.count == 16)
  }

  @Test func `held-out points are not those trained on`() throws {
    let problem = try assembled(diffusion("{ method = \"l-bfgs\", iterations = 1 }"))
    let trained = Set(problem.setup.loss.pointSets[0].sites[0][0])
    #expect(problem.setup.heldout.pointSets[0].sites[0][0].allSatisfy { !trained.contains($0) })
  }

  @Test(arguments: ["adam", "l-bfgs"])
  func `a loss that leaves the numbers ends with the last finite state, the term and the point`(
    _ method: String
  ) throws {
    // The residual is log(u): Adam with a large rate drives u below zero.
    let text = """
      variables = { t = [0, 1] }
      fields = { u = "2 + N" }
      equation = [{ name = "fine", expr = "u_t = 0" }, { name = "bad", expr = "log(u) = -100" }]
      sampling = { interior = 9 }
      network = { hidden = [4] }
      optimizer = [{ method = "\(method)", iterations = 200, learning_rate = 0.5 }, { method = "l-bfgs", iterations = 5 }]
      """
    let problem = try assembled(text)
    let recorder = Recorder()
    let result = try #require(trained(problem, recorder))
    #expect(result.parameters.allSatisfy { $0.isFinite })
    #expect(recorder.rows.allSatisfy { $0.total.isFinite })
    #expect(result.total.isFinite)
    if method == "adam" {
      guard case .nonFinite(let place) = result.phaseEnds[0] else {
        Issue.record("\(result.phaseEnds)")
        return
      }
      #expect(result.diverged)
      #expect(result.phaseEnds.count == 1)
      #expect(place.hasPrefix("the residual of 'bad' at (") && place.contains("is nan"), "\(place)")
      // The state kept is the one of the last row.
      #expect(recorder.rows.last?.total == result.total)
    } else {
      // A line search backs away from the edge.
      #expect(!result.diverged)
    }
  }

  @Test func `a start that is not finite is told at once`() throws {
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { name = "bad", expr = "sqrt(x - 2)*u_x = 1" }
      sampling = { interior = 9 }
      optimizer = { method = "l-bfgs", iterations = 5 }
      network = { hidden = [4] }
      """
    let recorder = Recorder()
    let result = try #require(trained(assembled(text), recorder))
    guard case .nonFinite(let place) = result.phaseEnds[0] else {
      Issue.record("\(result.phaseEnds)")
      return
    }
    #expect(place.hasPrefix("the residual of 'bad'"))
    #expect(recorder.rows.isEmpty && result.iterations == 0)
  }

  @Test func `squares that overflow are told as such`() throws {
    let text = """
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = [{ name = "fine", expr = "u = 0" }, { name = "huge", expr = "u_x = 1e200" }]
      sampling = { interior = 9 }
      optimizer = { method = "l-bfgs", iterations = 5 }
      network = { hidden = [4] }
      """
    let result = try #require(trained(assembled(text), Recorder()))
    guard case .nonFinite(let place) = result.phaseEnds[0] else {
      Issue.record("\(result.phaseEnds)")
      return
    }
    #expect(place.hasPrefix("the residual of 'huge'") && place.hasSuffix("too large to be squared"), "\(place)")
  }

  @Test func `resampling draws other points, and the same ones again`() throws {
    let sampling = "interior = { points = 24, resample = 3 }"
    let problem = try assembled(diffusion("{ method = \"adam\", iterations = 12 }", sampling: sampling))
    let (first, second, third) = (Recorder(), Recorder(), Recorder())
    _ = try #require(trained(problem, first))
    _ = try #require(trained(problem, second))
    #expect(first.rows == second.rows)
    _ = try #require(trained(assembled(diffusion("{ method = \"adam\", iterations = 12 }")), third))
    #expect(first.rows.prefix(3) == third.rows.prefix(3))
    #expect(first.rows[3].total != third.rows[3].total)

    for set in problem.setup.loss.pointSets {
      let source = try #require(set.source)
      #expect(source.points(dimensions: 2, draw: 0).sites == set.sites)
      let (one, again, two) = (
        source.points(dimensions: 2, draw: 1).sites, source.points(dimensions: 2, draw: 1).sites,
        source.points(dimensions: 2, draw: 2).sites
      )
      #expect(one == again && one != two && one != set.sites)
      #expect(one[0][0].count == set.count)
    }
  }

  @Test func `points are drawn anew on the border between two phases too`() throws {
    let sampling = "interior = { points = 24, resample = 4 }"
    let phases = "{ method = \"adam\", iterations = 4 }, { method = \"adam\", iterations = 2 }"
    let problem = try assembled(diffusion(phases, sampling: sampling))
    let recorder = Recorder()
    recorder.savesAlways = true
    _ = try #require(trained(problem, recorder))
    #expect(recorder.checkpoints.map { $0.vectors["draw"]?.first } == [0, 0, 0, 0, 1, 1])
  }

  @Test func `mini-batches visit each point once an epoch`() throws {
    let method = "{ method = \"l-bfgs\", iterations = 1 }"
    let loss = try assembled(diffusion(method, sampling: "interior = 40")).setup.loss
    let set = loss.pointSets[0]
    let small = set.selecting([0, 1, 2])
    for size in [1, 8, 10, 40, 12] {
      let loader = BatchLoader(
        LossTerms(terms: loss.terms, pointSets: [small, set]), size: size,
        stream: RandomStream(seed: 1, purpose: "batches"))
      let perEpoch = max(1, 40 / size)
      var orders: [[Int]] = []
      for epoch in 0..<3 {
        var seen: [Int] = []
        for batch in 0..<perEpoch {
          let points = loader.points(iteration: epoch * perEpoch + batch).filter { $0.set == 1 }
          // A set that fits one batch is used whole and not listed.
          if size == 40 { #expect(points.isEmpty) } else { #expect(points.count == 1) }
          seen += points.flatMap(\.points)
        }
        #expect(Set(seen).count == seen.count)
        if size != 40 { #expect(seen.count == perEpoch * size) }
        orders.append(seen)
      }
      if size != 40 { #expect(orders[0] != orders[1] && orders[1] != orders[2]) }
    }
  }

  @Test func `batches of all points give the steps of all points`() throws {
    let (whole, batched) = (Recorder(), Recorder())
    _ = try #require(trained(assembled(diffusion("{ method = \"adam\", iterations = 5 }")), whole))
    _ = try #require(trained(assembled(diffusion("{ method = \"adam\", iterations = 5, batch = 24 }")), batched))
    #expect(whole.rows == batched.rows)
    let small = Recorder()
    _ = try #require(trained(assembled(diffusion("{ method = \"adam\", iterations = 5, batch = 6 }")), small))
    #expect(small.rows[0].total != whole.rows[0].total)
  }

  @Test(arguments: [2, 3, 8])
  func `any number of threads gives the same rows`(_ threads: Int) throws {
    let problem = try assembled(
      diffusion(
        "{ method = \"adam\", iterations = 6, batch = 10 }, { method = \"l-bfgs\", iterations = 12 }",
        sampling: "interior = 300"))
    let (one, many) = (Recorder(), Recorder())
    let first = try #require(trained(problem, one))
    let second = try #require(trained(problem, many, threads: threads))
    #expect(one.rows == many.rows)
    #expect(first.parameters == second.parameters)
  }
}

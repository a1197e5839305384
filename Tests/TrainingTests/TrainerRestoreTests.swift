import Experiments
import TestSupport
import Testing
import Training

private struct Restoring: CustomTestStringConvertible, Sendable {
  var name: String
  var phases: String
  var sampling = "interior = 24"
  var extra = ""
  /// Makes the equation and the walls constraints.
  var isConstrained = false
  var text: String {
    let text = diffusion(phases, sampling: sampling, extra: extra)
    guard isConstrained else { return text }
    return text.replacing("name = \"heat\",", with: "name = \"heat\", role = \"constraint\",")
      .replacing("name = \"walls\",", with: "name = \"walls\", enforce = \"constraint\",")
  }
  var testDescription: String { name }
}

private let cases: [Restoring] = [
  Restoring(
    name: "Adam", phases: "{ method = \"adam\", iterations = 12, learning_rate = 1e-2, schedule = \"cosine\" }"),
  Restoring(name: "Adam with batches", phases: "{ method = \"adam\", iterations = 12, batch = 7 }"),
  Restoring(
    name: "AdamW, SOAP and Muon with batches",
    phases: """
      { method = "adamw", iterations = 4, batch = 7 }, { method = "soap", iterations = 12, batch = 7 }, \
      { method = "muon", iterations = 6 }
      """),
  Restoring(name: "L-BFGS", phases: "{ method = \"l-bfgs\", iterations = 15, history = 4 }"),
  Restoring(
    name: "Adam with resampling", phases: "{ method = \"adam\", iterations = 12 }",
    sampling: "interior = { points = 24, resample = 5 }"),
  Restoring(
    name: "L-BFGS with resampling", phases: "{ method = \"l-bfgs\", iterations = 12 }",
    sampling: "interior = { points = 24, resample = 3 }"),
  Restoring(name: "BFGS", phases: "{ method = \"bfgs\", iterations = 15 }"),
  Restoring(
    name: "self-scaled BFGS with resampling", phases: "{ method = \"ss-bfgs\", iterations = 12 }",
    sampling: "interior = { points = 24, resample = 3 }"),
  Restoring(
    name: "self-scaled Broyden over two phases",
    phases: """
      { method = "ss-broyden", iterations = 9, unknowns = "hold" }, { method = "ss-broyden", iterations = 6 }
      """),
  Restoring(name: "Gauss-Newton", phases: "{ method = \"gauss-newton\", iterations = 12 }"),
  Restoring(
    name: "Gauss-Newton with more residuals than parameters", phases: "{ method = \"gauss-newton\", iterations = 12 }",
    sampling: "interior = 300"),
  Restoring(
    name: "Gauss-Newton down to small dampings",
    phases: "{ method = \"gauss-newton\", iterations = 60, stop = { change = 0 } }"),
  Restoring(
    name: "Gauss-Newton with resampling",
    phases:
      "{ method = \"gauss-newton\", iterations = 4, unknowns = \"hold\" }, { method = \"gauss-newton\", iterations = 6 }",
    sampling: "interior = { points = 24, resample = 3 }"),
  Restoring(
    name: "Gauss-Newton by conjugate gradients",
    phases: "{ method = \"gauss-newton-cg\", iterations = 30, stop = { change = 0 } }"),
  Restoring(
    name: "Gauss-Newton by conjugate gradients from few to many points",
    phases: """
      { method = "gauss-newton-cg", iterations = 4, unknowns = "hold" }, { method = "gauss-newton-cg", iterations = 8 }
      """,
    sampling: "interior = { points = 24, resample = { every = 3, method = \"rar-d\", add = 20 } }"),
  Restoring(
    name: "L-BFGS, then Newton by conjugate gradients",
    phases: "{ method = \"l-bfgs\", iterations = 5 }, { method = \"nncg\", iterations = 27 }",
    sampling: "interior = { points = 24, resample = 9 }"),
  Restoring(
    name: "batches with resampling over three phases",
    phases: """
      { method = "adam", iterations = 6, batch = 10 }, { method = "l-bfgs", iterations = 5, unknowns = "hold" }, \
      { method = "adam", iterations = 5, batch = 5, weights = { heat = 2 } }
      """,
    sampling: "interior = { points = 24, resample = 4 }"),
  Restoring(
    name: "a phase that ends early",
    phases: "{ method = \"l-bfgs\", iterations = 300, stop = { change = 0.9 } }, { method = \"adam\", iterations = 4 }"),
  Restoring(
    name: "several starts under a cap",
    phases: "{ method = \"adam\", iterations = 4 }, { method = \"l-bfgs\", iterations = 4 }",
    sampling: "interior = { points = 24, resample = 5 }", extra: "start = { starts = 3, iterations = 3, cap = 1 }"),
  Restoring(
    name: "points that follow the residual", phases: "{ method = \"adam\", iterations = 12 }",
    sampling: "interior = { points = 24, resample = { every = 5, method = \"rad\" } }"),
  Restoring(
    name: "L-BFGS with points that are kept", phases: "{ method = \"l-bfgs\", iterations = 12 }",
    sampling: "interior = { points = 24, resample = { every = 4, method = \"r3\" } }"),
  Restoring(
    name: "Gauss-Newton from few to many points",
    phases: "{ method = \"gauss-newton\", iterations = 6 }, { method = \"gauss-newton\", iterations = 6 }",
    sampling: "interior = { points = 24, resample = { every = 3, method = \"rar-d\", add = 20 } }"),
  Restoring(
    name: "Gauss-Newton with weighted points",
    phases: "{ method = \"gauss-newton\", iterations = 8 }",
    sampling: "interior = { points = 24, resample = { every = 3, method = \"importance\" } }"),
  Restoring(
    name: "largest residuals in batches with balance", phases: "{ method = \"adam\", iterations = 12, batch = 7 }",
    sampling: "interior = { points = 24, resample = { every = 5, method = \"rar\", add = 5 } }",
    extra: "loss = { balance = { method = \"gradient-norm\", every = 4 } }"),
  Restoring(
    name: "balance over two phases",
    phases:
      "{ method = \"l-bfgs\", iterations = 7, weights = { walls = 0 } }, { method = \"gauss-newton\", iterations = 7 }",
    extra: "loss = { balance = { method = \"relobralo\", every = 3 } }"),
  Restoring(
    name: "Gauss-Newton with causal weights and resampling", phases: "{ method = \"gauss-newton\", iterations = 9 }",
    sampling: "interior = { points = 24, resample = 4 }",
    extra: "loss = { point_weights = { method = \"causal\", chunks = 4, tolerances = [0.1, 30], every = 2 } }"),
  Restoring(
    name: "Adam with causal weights in batches, then a continuation",
    phases:
      "{ method = \"adam\", iterations = 5, batch = 7 }, { method = \"adam\", iterations = 3, continuation = { k = \"2, 1\" } }",
    extra: "constants = { k = 1 }\nloss = { point_weights = { method = \"causal\", chunks = 4, tolerances = 30 } }"),
  Restoring(
    name: "attention in batches and L-BFGS",
    phases: "{ method = \"adam\", iterations = 6, batch = 7 }, { method = \"l-bfgs\", iterations = 6 }",
    extra: "loss = { point_weights = { method = \"attention\", memory = 0.9, rate = 0.2 } }"),
  Restoring(
    name: "adaptive weights with balance",
    phases: "{ method = \"gauss-newton\", iterations = 6 }, { method = \"ss-broyden\", iterations = 6 }",
    extra: "loss = { point_weights = { method = \"adaptive\", every = 3, rate = 0.5 }, balance = \"ntk\" }"),
  Restoring(
    name: "constraints by Gauss-Newton, then L-BFGS",
    phases: "{ method = \"gauss-newton\", iterations = 10 }, { method = \"l-bfgs\", iterations = 8 }",
    extra: "loss = { constraints = { every = 3 } }", isConstrained: true),
  Restoring(
    name: "constraints by Adam in batches with balance and weights of points",
    phases: "{ method = \"adam\", iterations = 12, batch = 4 }",
    extra: "loss = { constraints = { every = 5 }, balance = { method = \"rms\" }, point_weights = \"adaptive\" }",
    isConstrained: true),
  Restoring(
    name: "a continuation",
    phases:
      "{ method = \"l-bfgs\", iterations = 3, continuation = { k = \"3, 2, 1\" } }, { method = \"adam\", iterations = 3 }",
    sampling: "interior = { points = 24, resample = 4 }", extra: "constants = { k = 1 }"),
]

@Suite struct TrainerRestoreTests {
  @Test(arguments: cases)
  private func `every checkpoint leads to the rows and bits of the undisturbed run`(_ example: Restoring) throws {
    let problem = try assembled(example.text)
    let undisturbed = Recorder()
    undisturbed.savesAlways = true
    let expected = try #require(trained(problem, undisturbed))
    try #require(undisturbed.checkpoints.count >= undisturbed.rows.count - problem.setup.phases.count)
    // A long run is taken up at some places only.
    let stride = max(1, undisturbed.checkpoints.count / 15)
    for (place, checkpoint) in undisturbed.checkpoints.enumerated() where place % stride == 0 || place > 98 {
      let saved = try Checkpoint(bytes: checkpoint.bytes())
      let recorder = Recorder()
      let result = try #require(trained(problem, recorder, from: saved))
      let iteration = Int(try #require(checkpoint.vectors["iteration"]?.first))
      #expect(recorder.rows == Array(undisturbed.rows[iteration...]), "from iteration \(iteration)")
      #expect(result.parameters == expected.parameters)
      #expect(result.total == expected.total)
      #expect(result.phaseEnds == expected.phaseEnds)
      #expect(result.iterations == expected.iterations)
    }
  }

  @Test(arguments: cases)
  private func `a run stopped many times equals the undisturbed one`(_ example: Restoring) throws {
    let problem = try assembled(example.text)
    let undisturbed = Recorder()
    let expected = try #require(trained(problem, undisturbed))
    var rows: [LossRow] = []
    var checkpoint: Checkpoint?
    var result: TrainingResult?
    for stop in stride(from: 3, through: 400, by: undisturbed.rows.count > 50 ? 40 : 3) {
      let recorder = Recorder()
      recorder.stopsAfter = stop
      result = trained(problem, recorder, from: checkpoint)
      rows += recorder.rows
      guard result?.wasStopped == true else { break }
      checkpoint = recorder.checkpoints.last
    }
    #expect(rows == undisturbed.rows)
    #expect(result?.parameters == expected.parameters)
    #expect(result?.phaseEnds == expected.phaseEnds)
  }

  @Test func `every method is among the cases`() {
    let named = cases.map(\.phases).joined()
    for method in OptimizerMethod.allCases where method != .auto {
      #expect(named.contains("\"\(method.rawValue)\""), "\(method.rawValue)")
    }
  }

  @Test func `a checkpoint of another problem is refused`() throws {
    let recorder = Recorder()
    recorder.savesAlways = true
    let problem = try assembled(diffusion("{ method = \"l-bfgs\", iterations = 2 }"))
    _ = trained(problem, recorder)
    let other = try assembled(
      diffusion("{ method = \"l-bfgs\", iterations = 2 }").replacing("hidden = [6, 5]", with: "hidden = [6, 6]"))
    #expect(trained(other, Recorder(), from: recorder.checkpoints[0]) == nil)
    #expect(trained(problem, Recorder(), from: Checkpoint()) == nil)
    for key in ["theta", "phase", "phaseIteration", "iteration", "draw"] {
      var broken = recorder.checkpoints[0]
      broken.vectors[key] = nil
      #expect(trained(problem, Recorder(), from: broken) == nil, "\(key)")
      broken.vectors[key] = [.nan]
      #expect(trained(problem, Recorder(), from: broken) == nil, "\(key)")
    }
  }

  @Test func `reasons of phases survive a checkpoint`() {
    let ends: [PhaseEnd] = [
      .iterationsUsed(7), .lossReached(1e-300), .gradientReached(0.1), .changeBelow(.infinity, iterations: 20),
      .minutesUsed(2.5), .notNeeded("the data are explained to a thousandth"),
      .lineSearchFailed, .nonFinite("the residual of 'a b' at (1, 2) is nan"), .stopped(""),
    ]
    for end in ends { #expect(PhaseEnd(code: end.code) == end) }
    for end in ends { #expect(!end.sentence.isEmpty || end == .stopped("")) }
    #expect(PhaseEnd(code: "iterations") == nil)
    #expect(PhaseEnd(code: "other 3") == nil)
    #expect(PhaseEnd(code: "loss x") == nil)
  }
}

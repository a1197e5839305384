import Configurations
import Diagnostics
import Experiments
import Foundation
import Synchronization
import Tables
import TestSupport
import Testing
import Training

/// A problem of a second: exponential decay with an unknown rate, from data.
private let decay = """
  name = "decay"
  seed = 4
  variables = { t = [0, 1] }
  fields = { u = {} }
  unknowns = { k = { guess = 1, min = 0, true = 2, unit = "1/s" } }
  equation = [{ name = "decay", expr = "u_t = -k*u" }]
  condition = [{ name = "start", at = "t = 0", expr = "u = 1" }]
  sampling = { interior = { points = 20, resample = 9 }, heldout = { points = 8, every = 5 } }
  network = { hidden = [6] }
  output = { grid = { t = 5 } }
  reference = [{ expr = "u = exp(-2*t)" }]
  data = [{ name = "samples", file = "samples.csv", holdout = 0.25 }]
  optimizer = [
    { method = "adam", iterations = 13, learning_rate = 1e-2, batch = 6 }, { method = "l-bfgs", iterations = 20 },
    { method = "adam", iterations = 4 },
  ]
  """

/// Asks for a stop after some iterations.
private final class Stopper: Sendable {
  private let count = Mutex(0)
  private let limit: Int

  init(after limit: Int) { self.limit = limit }

  func request() -> String? {
    count.withLock { count in
      count += 1
      return count >= limit ? "asked to" : nil
    }
  }
}

@Suite struct TrainRunTests {
  private let folder = TemporaryFolder()

  private func decayProblem(_ text: String = decay) throws -> Experiment {
    let rows = (0...8).map { "\(Double($0) / 8),\(exp(-Double($0) / 4))" }
    folder.write("t,u\n" + rows.joined(separator: "\n") + "\n", to: "samples.csv")
    return try experiment(text, baseDirectory: folder.path)
  }

  private func lines(_ name: String) -> [String] {
    (fileText(folder[name]) ?? "").split(separator: "\n").map(String.init)
  }

  @Test func `a finished run leaves every file with its columns`() throws {
    let report = try train(try decayProblem(), options: RunOptions(folder: folder["run"], threads: 2))
    #expect(report.status == .finished && !report.wasFinished && report.missed.isEmpty)
    #expect(report.phaseEnds == [.iterationsUsed(13), .iterationsUsed(20), .iterationsUsed(4)])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder["run"]).sorted() == [
        ".lock", "SHA256SUMS", "checkpoint", "config.resolved.toml", "fields.csv", "losses.csv", "metrics.csv",
        "parameters.csv", "run.json", "timing.csv",
      ])
    let losses = lines("run/losses.csv")
    #expect(losses[0] == "iteration,phase,total,decay,start,samples,heldout_residual,heldout_data,gradient_norm,step,k")
    #expect(losses.count == 38)
    // Held-out terms are looked at every five iterations.
    let table = try readTable(path: folder["run/losses.csv"])
    let seen = try table.texts("heldout_data").enumerated().filter { !$0.element.isEmpty }.map { $0.offset + 1 }
    #expect(seen == [1, 6, 11, 16, 21, 26, 31, 36])
    let timing = lines("run/timing.csv")
    #expect(timing[0] == "iteration,seconds" && timing.count == 38)
    #expect(lines("run/fields.csv")[0] == "t,u,u_ref,u_error,u_std" && lines("run/fields.csv").count == 6)
    #expect(lines("run/parameters.csv")[0] == "name,estimate,std_error,ci_low,ci_high,guess,true,unit")
    let estimate = lines("run/parameters.csv")[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(estimate[0] == "k" && estimate[5...] == ["1", "2", "1/s"])
    let numbers = estimate[1...4].compactMap { Double($0) }
    #expect(numbers.count == 4 && numbers[1] > 0 && numbers[2] < numbers[0] && numbers[0] < numbers[3])
    #expect(
      lines("run/metrics.csv").map { $0.prefix { $0 != "," } } == [
        "name", "total_loss", "loss_decay", "loss_start", "loss_samples", "heldout_residual", "heldout_rmse",
        "rel_l2_u", "max_error_u", "rmse_u", "rel_error_k",
      ])
    let record = try #require(RunRecord(json: Array((fileText(folder["run/run.json"]) ?? "").utf8)))
    #expect(record.status == "finished" && record.iterations == 37 && record.seed == 4 && record.name == "decay")
    #expect(
      record.phases.map(\.stopReason) == ["all 13 iterations used", "all 20 iterations used", "all 4 iterations used"])
    #expect(record.inputs.map(\.path) == [folder["samples.csv"]])
    // The numbers of fields and metrics belong together.
    let fields = try readTable(path: folder["run/fields.csv"])
    let errors = try fields.numbers("u_error")
    let largest = errors.map { abs($0) }.max() ?? .nan
    #expect(report.metrics.first { $0.name == "max_error_u" }?.value == largest)
  }

  @Test func `the resolved configuration trains to the same bytes`() throws {
    _ = try train(try decayProblem(), options: RunOptions(folder: folder["a"], threads: 1))
    let tree = try readConfiguration(path: folder["a/config.resolved.toml"])
    let again = try Experiment(from: tree, baseDirectory: "/nowhere", defaultName: "other")
    _ = try train(again, options: RunOptions(folder: folder["b"], threads: 3))
    for name in ["losses.csv", "parameters.csv", "fields.csv", "metrics.csv", "config.resolved.toml", "checkpoint"] {
      let (a, b) = (try fileBytes(folder["a/\(name)"]), try fileBytes(folder["b/\(name)"]))
      #expect(a == b, "\(name)")
    }
  }

  @Test(arguments: [1, 9, 12, 13, 14, 20, 33, 36])
  func `a run that is stopped and resumed equals the undisturbed one`(_ stop: Int) throws {
    let problem = try decayProblem()
    _ = try train(problem, options: RunOptions(folder: folder["whole"], threads: 1))
    let stopper = Stopper(after: stop)
    let report = try train(
      problem, options: RunOptions(folder: folder["cut"], threads: 1, stopRequest: { stopper.request() }))
    #expect(report.status == .stopped)
    #expect(lines("cut/losses.csv").count >= stop)
    let resumed = try train(problem, options: RunOptions(folder: folder["cut"], threads: 2, resumes: true))
    #expect(resumed.status == .finished)
    for name in ["losses.csv", "parameters.csv", "fields.csv", "metrics.csv", "checkpoint"] {
      let (a, b) = (try fileBytes(folder["whole/\(name)"]), try fileBytes(folder["cut/\(name)"]))
      #expect(a == b, "\(name)")
    }
    #expect(lines("cut/timing.csv").count == 38)
    let record = try #require(RunRecord(json: Array((fileText(folder["cut/run.json"]) ?? "").utf8)))
    #expect(
      record.phases.map(\.stopReason) == ["all 13 iterations used", "all 20 iterations used", "all 4 iterations used"])
  }

  @Test func `a run that is stopped again and again loses nothing`() throws {
    let problem = try decayProblem()
    _ = try train(problem, options: RunOptions(folder: folder["whole"], threads: 1))
    var report: RunReport?
    for number in 0..<40 where report?.status != .finished {
      let stopper = Stopper(after: 4)
      report = try train(
        problem,
        options: RunOptions(
          folder: folder["cut"], threads: 1, resumes: number > 0, checkpointSeconds: 0,
          stopRequest: { stopper.request() }))
    }
    #expect(report?.status == .finished)
    #expect(fileText(folder["whole/losses.csv"]) == fileText(folder["cut/losses.csv"]))
    #expect(try fileBytes(folder["whole/checkpoint"]) == fileBytes(folder["cut/checkpoint"]))
  }

  @Test func `rows written after the last checkpoint are dropped on resuming`() throws {
    let problem = try decayProblem()
    _ = try train(problem, options: RunOptions(folder: folder["whole"], threads: 1))
    let stopper = Stopper(after: 17)
    _ = try train(problem, options: RunOptions(folder: folder["cut"], threads: 1, stopRequest: { stopper.request() }))
    let text = try #require(fileText(folder["cut/losses.csv"]))
    folder.write(text + "18,2,0.1,0", to: "cut/losses.csv")
    _ = try train(problem, options: RunOptions(folder: folder["cut"], threads: 1, resumes: true))
    #expect(fileText(folder["whole/losses.csv"]) == fileText(folder["cut/losses.csv"]))
  }

  @Test func `rows that are gone are missed`() throws {
    let problem = try decayProblem()
    let stopper = Stopper(after: 17)
    _ = try train(problem, options: RunOptions(folder: folder["cut"], threads: 1, stopRequest: { stopper.request() }))
    folder.write("iteration\n", to: "cut/losses.csv")
    let failure = #expect(throws: InputFailure.self) {
      try train(problem, options: RunOptions(folder: folder["cut"], threads: 1, resumes: true))
    }
    #expect(failure?.kind == .data)
    #expect(
      failure?.diagnostics.first?.message.hasSuffix("is shorter than it was when the checkpoint was written") == true)
  }

  @Test func `resuming a finished run changes nothing, a fresh one begins anew`() throws {
    let problem = try decayProblem()
    let first = try train(problem, options: RunOptions(folder: folder["run"], threads: 1))
    let before = try fileBytes(folder["run/losses.csv"])
    let second = try train(problem, options: RunOptions(folder: folder["run"], threads: 1, resumes: true))
    #expect(second.wasFinished && second.status == .finished)
    #expect(second.metrics.map(\.name) == first.metrics.map(\.name))
    #expect(second.metrics.map(\.value) == first.metrics.map(\.value))
    // A fresh run that stops early leaves nothing of the old one behind.
    let stopper = Stopper(after: 3)
    let third = try train(
      problem, options: RunOptions(folder: folder["run"], threads: 1, stopRequest: { stopper.request() }))
    #expect(third.status == .stopped && lines("run/losses.csv").count == 4)
    let fourth = try train(problem, options: RunOptions(folder: folder["run"], threads: 1, resumes: true))
    #expect(!fourth.wasFinished)
    #expect(try fileBytes(folder["run/losses.csv"]) == before)
  }

  @Test func `resuming where nothing was begun begins`() throws {
    let report = try train(try decayProblem(), options: RunOptions(folder: folder["new/er"], threads: 1, resumes: true))
    #expect(report.status == .finished && !report.wasFinished)
  }

  @Test func `checkpoints that do not belong are refused`() throws {
    let problem = try decayProblem()
    let stopper = Stopper(after: 3)
    _ = try train(problem, options: RunOptions(folder: folder["run"], threads: 1, stopRequest: { stopper.request() }))
    func failure(_ experiment: Experiment) -> InputFailure? {
      #expect(throws: InputFailure.self) {
        try train(experiment, options: RunOptions(folder: folder["run"], threads: 1, resumes: true))
      }
    }
    let other = failure(try decayProblem(decay.replacing("seed = 4", with: "seed = 5")))
    #expect(other?.kind == .data)
    #expect(other?.diagnostics.first?.message.contains("belongs to another configuration: seed: 4, now 5") == true)
    var bytes = try fileBytes(folder["run/checkpoint"])
    bytes[bytes.count / 2] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: folder["run/checkpoint"]))
    #expect(failure(problem)?.kind == .data)
    try Data(bytes[..<40]).write(to: URL(fileURLWithPath: folder["run/checkpoint"]))
    #expect(failure(problem)?.kind == .data)
  }

  @Test func `a folder has one owner at a time`() throws {
    let problem = try decayProblem()
    let owner = try RunFolder(creating: folder["run"])
    let failure = #expect(throws: InputFailure.self) {
      try train(problem, options: RunOptions(folder: owner.path, threads: 1))
    }
    #expect(failure?.kind == .temporary)
    #expect(
      failure?.diagnostics.first?.message.contains("process \(ProcessInfo.processInfo.processIdentifier) on ") == true)
  }

  @Test func `a lock ends with its owner`() throws {
    do { _ = try RunFolder(creating: folder["run"]) }
    _ = try RunFolder(creating: folder["run"])
  }

  @Test func `folders that are no run folders are refused before training`() throws {
    let problem = try decayProblem()
    func kind(_ path: String) -> FailureKind? {
      #expect(throws: InputFailure.self) { try train(problem, options: RunOptions(folder: path, threads: 1)) }?.kind
    }
    try FileManager.default.createDirectory(atPath: folder["other"], withIntermediateDirectories: true)
    folder.write("precious", to: "other/notes.txt")
    #expect(kind(folder["other"]) == .cannotCreate)
    #expect(fileText(folder["other/notes.txt"]) == "precious")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder["other"]) == ["notes.txt"])
    // A file in the place of the folder, or of one above it.
    #expect(kind(folder["samples.csv"]) == .cannotCreate)
    #expect(kind(folder["samples.csv/run"]) == .cannotCreate)
    // Where nothing can be made, not even by the superuser.
    #expect(kind("/proc/run") == .cannotCreate)
    #expect(kind("") == .cannotCreate)
  }

  @Test func `requirements that are not met are told`() throws {
    let text = decay + "\nrequire = { total_loss = 1e-300, max_error_u = 1e300 }"
    let report = try train(try decayProblem(text), options: RunOptions(folder: folder["run"], threads: 1))
    #expect(report.missed.count == 1)
    #expect(report.missed.first?.hasPrefix("total_loss is ") == true)
  }

  @Test func `a run that leaves the numbers says so and keeps finite results`() throws {
    let text = """
      variables = { t = [0, 1] }
      fields = { u = "2 + N" }
      equation = { name = "bad", expr = "log(u) = -100" }
      sampling = { interior = 9 }
      network = { hidden = [4] }
      output = { grid = { t = 3 } }
      optimizer = { method = "adam", iterations = 300, learning_rate = 0.5 }
      """
    let report = try train(try experiment(text), options: RunOptions(folder: folder["run"], threads: 1))
    #expect(report.status == .diverged)
    #expect(try readTable(path: folder["run/fields.csv"]).numbers("u").allSatisfy { $0.isFinite })
    #expect(lines("run/losses.csv").count > 1 && lines("run/losses.csv").count < 300)
    let record = try #require(RunRecord(json: Array((fileText(folder["run/run.json"]) ?? "").utf8)))
    #expect(record.status == "diverged")
    #expect(record.phases[0].stopReason?.contains("'bad'") == true)
  }

  @Test func `a time limit stops and can be resumed`() throws {
    let problem = try decayProblem()
    let report = try train(problem, options: RunOptions(folder: folder["run"], threads: 1, maxSeconds: 0))
    #expect(report.status == .stopped && report.phaseEnds == [.stopped("time limit reached")])
    #expect(lines("run/losses.csv").count == 2)
    #expect(
      try train(problem, options: RunOptions(folder: folder["run"], threads: 1, resumes: true)).status == .finished)
  }

  @Test func `progress tells the beginning, every iteration and every end`() throws {
    let told = Mutex<[String]>([])
    _ = try train(
      try decayProblem(),
      options: RunOptions(
        folder: folder["run"], threads: 1,
        progress: { progress in
          told.withLock { told in
            switch progress {
            case .began(_, _, let residuals, let terms, let unknowns, let phases):
              told.append("began \(residuals) \(terms) \(unknowns) \(phases)")
            case .iterated(let row, let count, _): told.append("\(row.iteration) of \(count)")
            case .endedPhase(let phase, _): told.append("end \(phase)")
            case .profiled: told.append("profiled")
            }
          }
        }))
    let all = told.withLock { $0 }
    #expect(all.first == "began 28 [\"decay\", \"start\", \"samples\"] [\"k\"] [\"adam\", \"l-bfgs\", \"adam\"]")
    #expect(all.count == 1 + 37 + 3)
    #expect(all[1] == "1 of 13" && all[14] == "end 1" && all[15] == "14 of 20" && all.last == "end 3")
  }

  /// u'' = −(8π)² sin 8πx, trained where there are few points or many of them.
  @Test(arguments: [(6, true), (200, false)])
  func `an equation that holds at its points alone is told`(points: Int, isDoubtful: Bool) throws {
    let notes = Mutex<[String]>([])
    let options = RunOptions(
      folder: folder["run-\(points)"], threads: 1, note: { note in notes.withLock { $0.append(note) } })
    let text = """
      variables = { x = [0, 1] }
      fields = { u = "x*(1 - x)*N" }
      equation = { expr = "u_xx = -(8*pi)^2*sin(8*pi*x)" }
      sampling = { interior = \(points) }
      network = { hidden = [12], activation = "sin" }
      optimizer = { method = "gauss-newton", iterations = 30, stop = { change = 0 } }
      """
    _ = try train(try experiment(text), options: options)
    let found = notes.withLock { $0 }.contains { $0.hasPrefix("the residual at held-out points is ") }
    #expect(found == isDoubtful, "\(notes.withLock { $0 })")
  }
}

import Configurations
import Experiments
import Kernels
import Problems
import Synchronization
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

@Suite struct EnsembleTests {
  @Test func `points of Student's distribution are those of tables`() {
    let table = [1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 6: 2.447, 9: 2.262, 19: 2.093, 30: 2.042, 120: 1.980]
    for (degrees, point) in table { #expect(abs(Ensemble.studentPoint(degrees: degrees) / point - 1) < 0.01) }
    #expect(abs(Ensemble.studentPoint(degrees: 19) - 2.093) < 5e-4)
  }

  @Test func `the spread is that of the unbounded numbers, mapped end by end`() throws {
    let plain = try #require(
      Ensemble.spread(UnknownParameter(name: "k", guess: 2), estimate: 10, members: [9, 10, 12, 13]))
    let deviation = (10.0 / 3).squareRoot()
    #expect(abs(plain.error - deviation) < 1e-12)
    let reach = Ensemble.studentPoint(degrees: 3) * deviation
    #expect(abs(plain.high - 10 - reach) < 1e-9 && abs(plain.low + plain.high - 20) < 1e-9)
    let bounded = UnknownParameter(name: "k", guess: 0.5, lower: 0, upper: 1)
    let found = try #require(Ensemble.spread(bounded, estimate: 0.95, members: [0.8, 0.9, 0.97, 0.99, 0.999]))
    #expect(found.low > 0 && found.high < 1 && found.low < 0.8 && found.high > 0.99)
    let log = UnknownParameter(name: "k", guess: 1, isLogarithmic: true)
    let ratio = try #require(Ensemble.spread(log, estimate: 4, members: [2, 4, 8]))
    #expect(abs(ratio.low * ratio.high - 16) < 1e-9)
    #expect(Ensemble.spread(log, estimate: 4, members: [2]) == nil)
    #expect(Ensemble.spread(log, estimate: .nan, members: [2, 3]) == nil)
  }

  private static let (truth, sigma) = (1.3, 0.05)
  private static let times = (1...30).map { Double($0) / 15 }

  /// Decay from thirty samples.
  private static var text: String {
    let stream = RandomStream(seed: 2, purpose: "noise of a test")
    let rows = times.enumerated().map { "\($1),\(exp(-truth * $1) + sigma * stream.normal(at: UInt64($0)))" }
    return """
      variables = { t = [0, 2] }
      fields = { u = "1 + t*N" }
      unknowns = { k = { guess = 0.5, scale = "log" } }
      equation = { name = "decay", expr = "u_t = -k*u" }
      sampling = { interior = 40 }
      network = { hidden = [8] }
      output = { grid = { t = 3 } }
      data = { sigma = 0.05, inline = "t,u\\n\(rows.joined(separator: "\\n"))\\n" }
      """
  }

  @Test func `rows are drawn with replacement by the seed, within each group`() throws {
    let plain = try assembled(EnsembleTests.text).setup.loss.pointSets[1].columns[0]
    let (one, two) = (
      try assembled("bootstrap = true\n" + EnsembleTests.text).setup.loss.pointSets[1].columns[0],
      try assembled("bootstrap = true\nseed = 1\n" + EnsembleTests.text).setup.loss.pointSets[1].columns[0]
    )
    #expect(one.count == plain.count && one != plain && one != two)
    #expect(Set(one).isSubset(of: plain))
    // 1 − 1/e of the rows, give or take four standard deviations.
    #expect((11...27).contains(Set(one).count))
  }

  @Test func `the spread of an ensemble is the standard error, and a finished one is left as it is`() throws {
    let folder = TemporaryFolder()
    let main = try experiment(EnsembleTests.text)
    let path = folder.path + "/run"
    let report = try train(main, options: RunOptions(folder: path, threads: 1))
    let ensemble = try Ensemble(main, count: 12, baseDirectory: folder.path)
    #expect(ensemble.sweep.members.allSatisfy { $0.experiment.drawsRowsAgain })
    let options = SweepOptions(jobs: 2, threads: 1)
    let result = try ensemble.run(inRun: report.folder, configuration: "test.toml", options: options)
    #expect(result.openCount == 0 && result.failureCount == 0)
    let bytes = try fileBytes(path + "/" + Ensemble.tableName)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(lines[0].joined(separator: ",") == "name,estimate,std_error,ci_low,ci_high,guess,true,unit,members")
    let numbers = lines[1].map { Double($0) ?? .nan }
    // Fisher's information of the exact solution; twelve members tell a deviation to a fifth, the draws of rows to a sixth.
    let information = EnsembleTests.times.reduce(0) {
      $0 + pow($1 * exp(-EnsembleTests.truth * $1) / EnsembleTests.sigma, 2)
    }
    let expected = 1 / information.squareRoot()
    #expect(numbers[2] > expected / 2 && numbers[2] < expected * 2, "\(numbers[2]) for \(expected)")
    #expect(numbers[3] < numbers[1] && numbers[1] < numbers[4] && numbers[8] == 12)
    // Nothing is trained again, and two more members are added to those there are.
    let again = try Ensemble(main, count: 14, baseDirectory: folder.path)
    let counts = Counts()
    var watching = options
    watching.progress = { counts.add($0.row.wasFinished) }
    _ = try again.run(inRun: report.folder, configuration: "test.toml", options: watching)
    #expect(counts.values == [12, 2])
  }
}

/// How many members were complete before, and how many were trained.
private final class Counts: Sendable {
  private let counts = Mutex([0, 0])
  func add(_ wasFinished: Bool) { counts.withLock { $0[wasFinished ? 0 : 1] += 1 } }
  var values: [Int] { counts.withLock { $0 } }
}

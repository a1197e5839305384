import Foundation
import Hashing
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Trains in milliseconds, and saves its state at every iteration if asked to.
private let brief = """
  name = "brief"
  variables = { t = [0, 1] }
  fields = { u = {} }
  unknowns = { k = { guess = 1, true = 2 } }
  equation = { expr = "u_t = -k*u" }
  condition = { at = "t = 0", expr = "u = 1" }
  reference = { expr = "u = exp(-2*t)" }
  network = { hidden = [4] }
  sampling = { interior = 8, heldout = 4 }
  output = { grid = { t = 3 } }
  optimizer = [
    { method = "adam", iterations = 3 }, { method = "l-bfgs", iterations = 3, stop = { change = 0 } },
    { method = "gauss-newton", iterations = 2, stop = { change = 0 } },
  ]

  """

/// The same for about a second.
private let long = brief.replacing("\"adam\", iterations = 3", with: "\"adam\", iterations = 20000")

/// So long that only a signal ends it.
private let endless = brief.replacing("\"adam\", iterations = 3", with: "\"adam\", iterations = 100000000")

/// What the clock decides no part of.
private let results = [
  "losses.csv", "parameters.csv", "fields.csv", "metrics.csv", "config.resolved.toml", "checkpoint",
]

private let saving = ["--quiet", "--threads", "1", "--checkpoint-every", "0.000001s"]

private func expectEqual(
  _ runner: BinaryRunner, _ name: String, _ other: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for file in results {
    let isEqual = try runner.bytes("\(name)/\(file)") == runner.bytes("\(other)/\(file)")
    #expect(isEqual, "\(file) of \(name) and \(other)", sourceLocation: sourceLocation)
  }
}

/// How much of a thing to do in the usual run of the tests and with `make soak`.
private func amount(_ usual: Int, soak: Int) -> Int {
  ProcessInfo.processInfo.environment["PINN_SOAK_TESTS"] == "1" ? soak : usual
}

/// From a seed that is printed with a failure.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct CrashTests {
  @Test func `F1 kills at random moments lose nothing`() async throws {
    let runner = try BinaryRunner()
    try runner.write(long, to: "long.toml")
    let arguments = ["train", "long.toml", "--resume", "--quiet", "--threads", "1", "--checkpoint-every", "0.01s"]
    #expect(try await runner.run(arguments + ["--out", "whole"]).status == 0)
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(state: seed)
    let wanted = amount(20, soak: 500)
    var (kills, runs, resumed) = (0, 0, 0)
    while kills < wanted {
      runs += 1
      // One run after the other is killed until it is complete.
      while true {
        if runner.exists("cut/checkpoint") { resumed += 1 }
        let before = try? runner.stamp("cut/checkpoint")
        let running = try runner.start(arguments + ["--out", "cut"])
        // Every other time once the state has been saved, however long the start takes on a busy machine.
        if kills % 2 == 1 {
          _ = await running.wait { _ in (try? runner.stamp("cut/checkpoint")) != before }
        }
        let seconds = Double.random(in: 0.005...0.1, using: &random)
        _ = await running.wait(timeoutSeconds: seconds) { _ in false }
        running.send(SIGKILL)
        let outcome = await running.end()
        if outcome.end == .status(0) { break }
        #expect(outcome.end == .signal(SIGKILL), "seed \(seed): \(outcome)")
        kills += 1
        if kills >= wanted {
          #expect(try await runner.run(arguments + ["--out", "cut"]).status == 0)
          break
        }
      }
      try expectEqual(runner, "cut", "whole")
      _ = try await runner.shell("rm -r cut")
    }
    #expect(resumed > 0, "seed \(seed)")
  }

  @Test(arguments: ["ends", "tears"])
  func `F2 a crash at each system call leaves a run that goes on to the same bits`(fault: String) async throws {
    let runner = try BinaryRunner()
    let text = brief.replacing("iterations = 3", with: "iterations = 1").replacing(
      "iterations = 2", with: "iterations = 1")
    try runner.write(text, to: "brief.toml")
    let arguments = ["train", "brief.toml"] + saving
    #expect(try await runner.run(arguments + ["--out", "whole"]).status == 0)
    var count = 0
    for number in 1... {
      let crashed = try await runner.run(
        arguments + ["--out", "cut"], environment: ["PINN_FAULT": "\(fault):\(number)"])
      if crashed.status == 0 { break }
      #expect(crashed.status == 137, "\(number): \(crashed)")
      count += 1
      let resumed = try await runner.run(arguments + ["--out", "cut", "--resume"])
      #expect(resumed.status == 0, "\(number): \(resumed)")
      try expectEqual(runner, "cut", "whole")
      try FileManager.default.removeItem(atPath: runner.path("cut"))
    }
    // Three iterations with a commit each, nine files besides.
    #expect(count > 64, "\(count) calls")
  }

  @Test func `F19 any number of threads gives the same bits`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      brief.replacing("hidden = [4]", with: "hidden = [16, 16]").replacing("interior = 8", with: "interior = 500"),
      to: "brief.toml")
    var hashes: Set<String> = []
    for threads in [1, 2, 3, 4, 7, 8, 16] {
      for _ in 0..<amount(1, soak: 10) {
        let outcome = try await runner.run(
          ["train", "brief.toml", "--quiet", "--threads", "\(threads)", "--out", "t"])
        #expect(outcome.status == 0, "\(outcome)")
        hashes.insert(try results.map { SHA256.hexadecimal(of: try runner.bytes("t/\($0)")) }.joined())
      }
    }
    #expect(hashes.count == 1)
  }
}

@Suite struct SignalTests {
  @Test(arguments: [(SIGINT, BinaryOutcome.End.signal(SIGINT)), (SIGTERM, .status(75)), (SIGHUP, .status(75))])
  func `F7 a signal saves the state, ends the run, and loses nothing`(
    number: Int32, end: BinaryOutcome.End
  ) async throws {
    let runner = try BinaryRunner()
    try runner.write(long, to: "long.toml")
    let arguments = ["train", "long.toml", "--resume", "--threads", "1"]
    #expect(try await runner.run(arguments + ["--out", "whole"]).status == 0)
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(state: seed)
    var stops = 0
    let wanted = amount(3, soak: 50)
    while stops < wanted {
      let running = try runner.start(arguments + ["--out", "cut"])
      // Before it listens the signal simply ends it, which is no matter of this test.
      guard await running.wait(until: { $0.errors.contains("training ") }) else { break }
      let seconds = Double.random(in: 0.001...0.2, using: &random)
      _ = await running.wait(timeoutSeconds: seconds) { _ in false }
      running.send(number)
      let outcome = await running.end()
      if outcome.end == .status(0) {
        try expectEqual(runner, "cut", "whole")
        _ = try await runner.shell("rm -r cut")
        continue
      }
      #expect(outcome.end == end, "seed \(seed): \(outcome)")
      #expect(runner.exists("cut/checkpoint") && runner.exists("cut/metrics.csv"))
      stops += 1
    }
    #expect(try await runner.run(arguments + ["--out", "cut"]).status == 0)
    try expectEqual(runner, "cut", "whole")
  }

  @Test func `F7 SIGUSR1 saves the state and goes on`() async throws {
    let runner = try BinaryRunner()
    try runner.write(endless, to: "endless.toml")
    let running = try runner.start(["train", "endless.toml", "--out", "run"])
    #expect(await running.wait { $0.errors.contains("phase 1") })
    #expect(!runner.exists("run/checkpoint"))
    running.send(SIGUSR1)
    #expect(await running.wait { $0.errors.contains("note: checkpoint saved at iteration ") })
    #expect(runner.exists("run/checkpoint"))
    let first = try runner.stamp("run/checkpoint")
    running.send(SIGUSR1)
    #expect(await running.wait { _ in (try? runner.stamp("run/checkpoint")) != first })
    running.send(SIGTERM)
    #expect(await running.end().status == 75)
  }

  @Test func `F7 a run under nohup outlives its terminal`() async throws {
    let runner = try BinaryRunner()
    try runner.write(endless, to: "endless.toml")
    let outcome = try await runner.shell(
      """
      trap '' HUP; pinn train endless.toml --out run > out & p=$!
      while ! test -s run/losses.csv; do sleep 0.01; done
      kill -HUP $p; sleep 0.1; kill -0 $p && echo alive; kill $p; wait $p; echo $?
      """)
    #expect(outcome.output == "alive\n75\n", "\(outcome)")
  }

  @Test func `F8 when tee dies first the state is saved all the same`() async throws {
    let runner = try BinaryRunner()
    try runner.write(endless, to: "endless.toml")
    let outcome = try await runner.shell(
      """
      for n in $(seq \(amount(3, soak: 50))); do
        mkfifo pipe; tee log < pipe > /dev/null & t=$!
        pinn train endless.toml --out run --resume > pipe 2>&1 & p=$!
        while ! test -s run/run.json || ! grep -q phase log; do sleep 0.01; done
        kill -9 $t; sleep 0.05; kill -INT $p; wait $p; echo $?
        test -s run/checkpoint && grep -c stopped run/run.json
        rm -r run pipe log
      done
      """)
    let expected = Array(repeating: ["130", "1"], count: amount(3, soak: 50)).flatMap { $0 }
    #expect(outcome.lines == expected, "\(outcome)")
  }

  @Test func `F10 of many simultaneous starts one has the folder, and a kill gives it free`() async throws {
    let runner = try BinaryRunner()
    try runner.write(endless, to: "endless.toml")
    for _ in 0..<amount(3, soak: 20) {
      let all = try (0..<6).map { _ in
        try runner.start(["train", "endless.toml", "--out", "run", "--quiet", "--threads", "1"])
      }
      var ends: [BinaryOutcome.End] = []
      var owners: [RunningBinary] = []
      // All but one are turned away, however late they come: of two owners neither would be.
      let deadline = ContinuousClock.now + .seconds(60)
      while ends.count < all.count - 1, ContinuousClock.now < deadline {
        (ends, owners) = ([], [])
        for running in all {
          if running.errors.contains("is in use by another process (process ") {
            ends.append(await running.end().end)
          } else {
            owners.append(running)
          }
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      // The owner may itself be on the way still.
      let owner = try #require(owners.first)
      #expect(await owner.wait { _ in runner.exists("run/losses.csv") })
      #expect(ends == Array(repeating: .status(75), count: 5))
      #expect(owners.count == 1)
      owner.send(SIGKILL)
      _ = await owner.end()
      let next = try await runner.run(["train", "endless.toml", "--out", "run", "--quiet", "--max-time", "0.01s"])
      #expect(next.status == 75 && !next.errors.contains("in use"))
      _ = try await runner.shell("rm -r run")
    }
  }
}

@Suite struct ResourceTests {
  /// Beyond the address space of the shell, of the machine, and of any machine.
  @Test(arguments: [
    ("ulimit -v 700000", "sampling.interior=40000000"), ("true", "sampling.interior=100000000000"),
    ("true", "network.hidden=[100000,100000]"), ("ulimit -v 700000", "output.grid={t=100000000}"),
  ])
  func `F18 what does not fit is refused with 71 before it is tried`(limit: String, setting: String) async throws {
    let runner = try BinaryRunner()
    try runner.write(brief, to: "brief.toml")
    for command in ["train brief.toml", "sweep brief.toml --seeds 2"] {
      let outcome = try await runner.shell("\(limit); pinn \(command) --set '\(setting)'", timeoutSeconds: 60)
      #expect([71, 78].contains(outcome.status ?? -1), "\(command) \(setting) \(outcome)")
      #expect(outcome.status == 78 || outcome.errors.contains(" of memory, and "), "\(outcome)")
      #expect(outcome.output == "" && !runner.exists("runs"))
    }
    let usual = try await runner.shell("ulimit -v 4000000; pinn train brief.toml --quiet")
    #expect(usual.status == 0, "\(usual)")
  }
}

@Suite struct StorageTests {
  @Test(arguments: [1, 2, 3]) func `F4 a file-size limit ends the run with 74 and loses nothing`(
    blocks: Int
  ) async throws {
    let runner = try BinaryRunner()
    let text = brief.replacing("\"adam\", iterations = 3", with: "\"adam\", iterations = 60")
    try runner.write(text, to: "brief.toml")
    #expect(try await runner.run(["train", "brief.toml", "--out", "whole", "--quiet"]).status == 0)
    // Of 1024 bytes.
    let limited = try await runner.shell(
      "(ulimit -f \(blocks); exec pinn train brief.toml --out cut --checkpoint-every 0.0001s)")
    #expect(limited.status == 74, "\(limited)")
    #expect(limited.errors.contains("error: cannot write 'cut/"), "\(limited)")
    #expect(limited.errors.contains("File too large ("), "\(limited)")
    #expect(limited.output == "")
    #expect(try await runner.run(["train", "brief.toml", "--out", "cut", "--quiet", "--resume"]).status == 0)
    try expectEqual(runner, "cut", "whole")
  }

  @Test func `F5 results for a full disk are never told to be there`() async throws {
    let runner = try BinaryRunner()
    try runner.write(brief, to: "brief.toml")
    #expect(try await runner.run(["train", "brief.toml", "--out", "run", "--quiet"]).status == 0)
    for arguments in [["verify", "run"], ["reproduce", "run", "--quiet"]] {
      let full = try await runner.run(arguments, output: .file("/dev/full"))
      #expect(full.status == 74 && full.errors.contains("No space left on device"), "\(full)")
    }
  }

  @Test func `F6 folders that cannot be written are told with 73 before any training`() async throws {
    let runner = try BinaryRunner()
    try runner.write(endless, to: "endless.toml")
    try runner.write("a file", to: "file")
    _ = try await runner.shell("mkdir closed; chmod 555 closed; mkdir old; chmod 555 old")
    for place in ["file", "file/run", "/proc/run", "/dev/null/run"] {
      let outcome = try await runner.run(["train", "endless.toml", "--out", place], timeoutSeconds: 10)
      #expect(outcome.status == 73, "\(place) \(outcome)")
      #expect(outcome.errors.contains("'\(place)") || outcome.errors.contains("/run'"), "\(outcome)")
    }
    // The superuser may write everywhere, unless he gives that up.
    let without = geteuid() == 0 ? "setpriv --bounding-set -dac_override,-dac_read_search" : ""
    if geteuid() == 0, try await runner.shell("\(without) true").status != 0 { return }
    for place in ["closed/run", "old"] {
      let outcome = try await runner.shell("\(without) pinn train endless.toml --out \(place)", timeoutSeconds: 10)
      #expect(outcome.status == 73, "\(place) \(outcome)")
      #expect(outcome.errors.contains("Permission denied"), "\(outcome)")
    }
  }

  @Test func `F32 links in a run folder lead nothing out of it`() async throws {
    let runner = try BinaryRunner()
    try runner.write(brief, to: "brief.toml")
    try runner.write("precious", to: "precious")
    #expect(try await runner.run(["train", "brief.toml", "--out", "whole", "--quiet"]).status == 0)
    let names = [
      "checkpoint", "checkpoint.tmp", "checkpoint.previous", "config.resolved.toml", "config.resolved.toml.tmp",
      "run.json", "run.json.tmp", "losses.csv", "timing.csv", "fields.csv", "fields.csv.tmp", "metrics.csv",
      "metrics.csv.tmp", "parameters.csv", "parameters.csv.tmp", "SHA256SUMS", "SHA256SUMS.tmp",
    ]
    for name in names {
      for link in ["ln -sf", "ln -f"] {
        let outcome = try await runner.shell(
          """
          rm -rf run; pinn train brief.toml --out run --quiet --max-time 0.0001s > /dev/null
          \(link) $PWD/precious run/\(name); pinn train brief.toml --out run --quiet; cat precious
          """)
        #expect(outcome.status == 0 && outcome.output == "run\nprecious", "\(link) \(name): \(outcome)")
        try expectEqual(runner, "run", "whole")
      }
    }
    // A lock that is a link, and tables to be gone on with: refused.
    for name in [".lock", "losses.csv", "timing.csv"] {
      let outcome = try await runner.shell(
        """
        rm -rf run; pinn train brief.toml --out run --quiet --max-time 0.0001s >&2
        cp run/\(name) copy; ln -f copy other; ln -sf $PWD/copy run/\(name)
        cp copy before; pinn train brief.toml --out run --quiet --resume; echo $?; cmp copy before && cat precious
        """)
      #expect(outcome.output == "73\nprecious", "\(name): \(outcome)")
    }
    let members = try await runner.shell(
      """
      pinn sweep brief.toml --seeds 2 --out s --quiet > /dev/null; rm -r s/members; mkdir away
      ln -s $PWD/away s/members; pinn sweep brief.toml --seeds 2 --out s --quiet > /dev/null; echo $?; ls away
      """)
    #expect(members.output == "5\n", "\(members)")
  }

  @Test func `F31 no name leads out of the folder of runs`() async throws {
    let runner = try BinaryRunner()
    try runner.write(brief.replacing("name = \"brief\"\n", with: ""), to: "brief.toml")
    let parts = ["..", ".", "/", "\\u0000", "\\n", "~", "$HOME", "é", " ", "-", "*", "a", "\\u001b[31m", "|", "con"]
    var names = parts + ["../../x", "/etc/x", "a/../../x", "..\\\\x", String(repeating: "n", count: 5000), "", "x\\n"]
    for first in parts.prefix(5) { names += parts.prefix(6).map { "\(first)/\($0)x" } }
    #expect(names.count >= 50)
    try runner.write(
      names.map { "[[n]]\nname = \"\($0)\"" }.joined(separator: "\n"), to: "names.txt")
    for name in names {
      let outcome = try await runner.run(
        ["train", "brief.toml", "--quiet", "--threads", "1", "--set", "name=\"\(name)\""])
      #expect([0, 78].contains(outcome.status ?? -1), "\(name) \(outcome)")
      if outcome.status == 0 {
        #expect(outcome.output.hasPrefix("runs/") && outcome.lines.count == 1, "\(name) \(outcome)")
        #expect(outcome.output.dropFirst(5).allSatisfy { $0 != "/" }, "\(outcome)")
        #expect(outcome.output.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A }, "\(outcome)")
      }
    }
    #expect(runner.names() == ["brief.toml", "names.txt", "runs"])
    let outside = try await runner.shell("ls -a .. | sort")
    #expect(outside.lines == [".", "..", "files", "streams"])
  }
}

@Suite struct ChaosTests {
  /// The members that are being trained, or were when they were killed, with the stamps of their records.
  private static func underWay(_ runner: BinaryRunner) -> [String: [Int]] {
    var found: [String: [Int]] = [:]
    for name in runner.names(in: "s/members") {
      let record = "s/members/\(name)/run.json"
      guard let text = try? runner.read(record), text.contains("\"running\"") else { continue }
      found[name] = try? runner.stamp(record)
    }
    return found
  }

  /// Members are trained by the driver: what kills it kills those under way.
  @Test func `F38 F39 a sweep of fifty members of which a third is killed gives the table of an undisturbed one`()
    async throws
  {
    let text = brief.replacing("\"adam\", iterations = 3", with: "\"adam\", iterations = 1500")
    let arguments = [
      "sweep", "brief.toml", "--seeds", "50", "--jobs", "4", "--threads", "1", "--out", "s", "--quiet",
      "--checkpoint-every", "0.01s",
    ]
    let undisturbed = try BinaryRunner()
    try undisturbed.write(text, to: "brief.toml")
    let table = try await undisturbed.run(arguments)
    #expect(table.status == 0, "\(table)")
    let runner = try BinaryRunner()
    try runner.write(text, to: "brief.toml")
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(state: seed)
    var (killed, rounds) = (0, 0)
    var finished: [String: [Int]] = [:]
    while killed < 15, rounds < 200 {
      rounds += 1
      // All members are checked before the first is trained, however long that takes here; then some time goes by.
      let before = ChaosTests.underWay(runner)
      let running = try runner.start(arguments)
      _ = await running.wait { _ in ChaosTests.underWay(runner) != before }
      let seconds = Double.random(in: 0...0.05, using: &random)
      _ = await running.wait(timeoutSeconds: seconds) { _ in false }
      running.send(SIGKILL)
      if await running.end().end == .status(0) {
        // Starved of time this test comes too late to kill: it begins anew with a sweep of which nothing is there.
        _ = try await runner.shell("rm -r s")
        (killed, finished) = (0, [:])
        continue
      }
      for name in runner.names(in: "s/members") {
        let record = (try? runner.read("s/members/\(name)/run.json")) ?? ""
        if record.contains("\"running\"") { killed += 1 }
        // What is complete is never trained again.
        if record.contains("\"finished\""), runner.exists("s/members/\(name)/SHA256SUMS") {
          let stamp = try runner.stamp("s/members/\(name)/losses.csv")
          #expect(finished[name] == nil || finished[name] == stamp, "seed \(seed)")
          finished[name] = stamp
        }
      }
    }
    #expect(killed >= 15, "\(killed) in \(rounds) rounds, seed \(seed)")
    let outcome = try await runner.run(arguments)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output == table.output, "seed \(seed)")
    for (name, stamp) in finished { #expect(try runner.stamp("s/members/\(name)/losses.csv") == stamp) }
    for name in runner.names(in: "s/members") {
      for file in results {
        #expect(
          try runner.bytes("s/members/\(name)/\(file)") == undisturbed.bytes("s/members/\(name)/\(file)"), "\(file)")
      }
    }
  }
}

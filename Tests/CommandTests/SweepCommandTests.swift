import Tables
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A problem that trains in milliseconds.
private let tiny = """
  seed = 3
  [variables]
  x = [0, 1]
  [fields]
  u = {}
  [unknowns]
  k = { guess = 2, true = 3 }
  [[equation]]
  name = "poisson"
  expr = "u_xx = -k*sin(pi*x)"
  [[condition]]
  name = "walls"
  at = ["x = 0", "x = 1"]
  expr = "u = 0"
  [network]
  hidden = [5]
  [sampling]
  interior = 20
  [[optimizer]]
  method = "adam"
  iterations = 40
  [[reference]]
  expr = "u = sin(pi*x)"
  """

/// So long that a test sees it at work.
private let endless = tiny.replacing("iterations = 40", with: "iterations = 100000000")

private let header =
  "member,id,loss.weights.walls,seed,status,iterations,total_loss,loss_poisson,loss_walls,heldout_residual,"
  + "rel_l2_u,max_error_u,rmse_u,rel_error_k,k,folder,reason"

private let walls = ["--over", "loss.weights.walls=1,10", "--seeds", "2", "--out", "s"]

private func runner(_ text: String = tiny) throws -> BinaryRunner {
  let runner = try BinaryRunner()
  try runner.write(text, to: "tiny.toml")
  return runner
}

private func column(_ name: String, of text: String) throws -> [String] {
  let options = TableOptions(textColumns: [name], allowsNoRows: true)
  return try readTable(text: text, named: "stdout", options: options).texts(name)
}

@Suite struct SweepCommandTests {
  // MARK: The table

  @Test func `the table has a row for each combination and seed, in order`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml"] + walls)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.first == header)
    #expect(try column("member", of: outcome.output) == ["1", "2", "3", "4"])
    #expect(try column("loss.weights.walls", of: outcome.output) == ["1", "1", "10", "10"])
    #expect(try column("seed", of: outcome.output) == ["3", "4", "3", "4"])
    #expect(try column("status", of: outcome.output) == ["finished", "finished", "finished", "finished"])
    #expect(try column("iterations", of: outcome.output) == ["40", "40", "40", "40"])
    #expect(Set(try column("total_loss", of: outcome.output)).count == 4)
    let ids = try column("id", of: outcome.output)
    #expect(try column("folder", of: outcome.output) == ids.map { "s/members/\($0)" })
    #expect(runner.names(in: "s/members") == ids.sorted())
    #expect(try runner.read("s/sweep.csv") == outcome.output)
    #expect(runner.names(in: "s") == [".lock", "members", "sweep.csv", "sweep.json"])
    #expect(outcome.errors.contains("4/4: member "))
    #expect(!outcome.errors.contains("\u{1B}"))
  }

  @Test func `rows and run folders agree`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "1", "--quiet", "--out", "s"])
    #expect(outcome.errors == "")
    let table = try readTable(text: outcome.output, named: "stdout", options: TableOptions(textColumns: ["folder"]))
    let folder = try table.texts("folder")[0]
    let metrics = try readTable(path: runner.path(folder + "/metrics.csv"))
    let (names, values) = (try metrics.texts("name"), try metrics.numbers("value"))
    // Every metric has its column, and no column is made up.
    let first = try #require(table.index(ofColumn: "iterations")) + 1
    #expect(Array(table.header[first..<first + names.count]) == names)
    for (name, value) in zip(names, values) { #expect(try table.numbers(name) == [value]) }
    let parameters = try readTable(path: runner.path(folder + "/parameters.csv"))
    #expect(try table.numbers("k") == parameters.numbers("estimate"))
  }

  @Test func `members at a time and threads do not change the table`() async throws {
    var tables: Set<String> = []
    for options in [["--jobs", "1"], ["--jobs", "4"], ["--jobs", "2", "--threads", "3"]] {
      let runner = try runner()
      let outcome = try await runner.run(["sweep", "tiny.toml"] + walls + options)
      #expect(outcome.status == 0)
      tables.insert(outcome.output)
    }
    #expect(tables.count == 1)
  }

  @Test func `a member is the run that its settings give`() async throws {
    let runner = try runner()
    let sweep = try await runner.run(["sweep", "tiny.toml", "--set", "network.hidden=[4]"] + walls + ["--quiet"])
    let list = try await runner.run(
      ["sweep", "tiny.toml", "--set", "network.hidden=[4]"] + walls + ["--list-members"])
    let fields = list.lines.map { $0.split(separator: "\t").map(String.init) }
    #expect(fields.map { $0[0] } == ["1", "2", "3", "4"])
    #expect(fields.map { $0[1] } == (try column("id", of: sweep.output)))
    #expect(fields[2][2] == "--set 'network.hidden=[4]' --set loss.weights.walls=10 --set seed=3")
    let train = try await runner.shell("pinn train tiny.toml \(fields[2][2]) --quiet")
    #expect(train.output == "runs/tiny-\(fields[2][1].prefix(8))\n")
    let losses = String(train.output.dropLast()) + "/losses.csv"
    #expect(try runner.read(losses) == runner.read("s/members/\(fields[2][1])/losses.csv"))
  }

  @Test func `listing members trains nothing`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "5,7", "--list-members"])
    #expect(outcome.status == 0)
    #expect(outcome.lines.count == 2)
    #expect(outcome.lines[1].hasSuffix("\t--set seed=7"))
    #expect(runner.names() == ["tiny.toml"])
  }

  @Test func `the folder is named after the experiment and the sweep`() async throws {
    let runner = try runner()
    let arguments = ["sweep", "-", "--over", "network.hidden=[3],[4]", "--set", "name=../up/x", "--quiet"]
    let outcome = try await runner.run(arguments, input: tiny)
    #expect(outcome.status == 0)
    #expect(runner.names() == ["runs", "tiny.toml"])
    let folder = try #require(runner.names(in: "runs").first)
    #expect(folder.hasPrefix("up-x-sweep-") && folder.count == "up-x-sweep-".count + 8)
    #expect(try column("network.hidden", of: outcome.output) == ["[3]", "[4]"])
  }

  // MARK: Again

  @Test func `the same sweep again trains nothing and prints the same`() async throws {
    let runner = try runner()
    let first = try await runner.run(["sweep", "tiny.toml"] + walls)
    let members = try column("folder", of: first.output)
    let before = try members.map { try runner.stamp($0 + "/losses.csv") }
    let second = try await runner.run(["sweep", "tiny.toml"] + walls + ["--resume", "--jobs", "1"])
    #expect(second.status == 0)
    #expect(second.output == first.output)
    #expect(second.errors.contains("was complete: finished"))
    #expect(try members.map { try runner.stamp($0 + "/losses.csv") } == before)
    #expect(try runner.read("s/sweep.csv") == first.output)
  }

  @Test func `only members without results are trained again`() async throws {
    let runner = try runner()
    let first = try await runner.run(["sweep", "tiny.toml"] + walls)
    let members = try column("folder", of: first.output)
    let before = try members.map { try runner.stamp($0 + "/losses.csv") }
    _ = try await runner.shell("rm -r \(members[1])")
    // As if killed after the last checkpoint.
    _ = try await runner.shell(
      "rm \(members[2])/metrics.csv; sed -i 's/\"status\" : \"finished\"/\"status\" : \"running\"/' \(members[2])/run.json"
    )
    let second = try await runner.run(["sweep", "tiny.toml"] + walls)
    #expect(second.status == 0, "\(second)")
    #expect(second.output == first.output)
    let after = try members.map { try runner.stamp($0 + "/losses.csv") }
    #expect((0..<4).map { after[$0] == before[$0] } == [true, false, false, true])
  }

  @Test func `F40 another sweep in the same folder is refused, a larger one wants --extend`() async throws {
    let runner = try runner()
    let small = ["sweep", "tiny.toml", "--out", "s", "--quiet", "--over", "loss.weights.walls="]
    let run = { (values: String, more: [String]) in
      var arguments = small
      arguments[arguments.count - 1] += values
      return try await runner.run(arguments + more)
    }
    let first = try await run("1,10", [])
    let kept = try column("folder", of: first.output).map { try runner.stamp($0 + "/losses.csv") }

    let other = try await run("1,20", [])
    #expect(other.status == 73)
    #expect(other.output == "")
    #expect(other.errors == "error: 's' holds another sweep\n   help: give a new folder with --out\n")
    #expect(try await run("1,20", ["--extend"]).status == 73)
    let larger = try await run("1,5,10", [])
    #expect(larger.status == 73)
    #expect(larger.errors.contains("'s' holds a smaller sweep, without 1 of the 3 members"))
    #expect(try runner.read("s/sweep.csv") == first.output)

    let extended = try await run("1,5,10", ["--extend"])
    #expect(extended.status == 0)
    #expect(extended.lines.count == 4)
    let folders = try column("folder", of: extended.output)
    #expect(try [folders[0], folders[2]].map { try runner.stamp($0 + "/losses.csv") } == kept)
    #expect(try runner.read("s/sweep.csv") == extended.output)
    #expect(try await run("1,10", ["--extend"]).status == 73)
  }

  @Test func `the folder of a run or of other files is no place for a sweep`() async throws {
    let runner = try runner()
    #expect(try await runner.run(["train", "tiny.toml", "--out", "run", "--quiet"]).status == 0)
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--out", "run"])
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("'run' holds other files and is not a sweep folder"))
    let here = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--out", "."])
    #expect(here.status == 73)
    #expect(here.output == "")
  }

  // MARK: Failures

  /// The loss of the second member is not finite; no other member minds.
  private static let mixed = [
    "sweep", "tiny.toml", "--over", "equation.0.expr=u_xx = -k,u_xx = k*log(-x-1),u_xx = -2*k", "--out", "s",
  ]

  @Test func `a member that diverges leaves the others alone`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(Self.mixed + ["--jobs", "1"])
    #expect(outcome.status == 5)
    #expect(try column("status", of: outcome.output) == ["finished", "diverged", "finished"])
    let reasons = try column("reason", of: outcome.output)
    #expect(reasons[1].hasPrefix("loss is not finite: the residual of 'poisson' at ("))
    #expect(reasons[0] == "" && reasons[2] == "")
    #expect(outcome.errors.contains("1 of 3 members failed or diverged"))
    let again = try await runner.run(Self.mixed)
    #expect(again.status == 5)
    #expect(again.output == outcome.output)
  }

  @Test func `a member that cannot be carried out leaves the others alone`() async throws {
    let runner = try runner()
    let list = try await runner.run(["sweep", "tiny.toml"] + walls + ["--list-members"])
    let second = list.lines[1].split(separator: "\t")[1]
    _ = try await runner.run(["sweep", "tiny.toml"] + walls)
    _ = try await runner.shell("rm -r s/members/\(second); touch s/members/\(second)")
    let outcome = try await runner.run(["sweep", "tiny.toml"] + walls)
    #expect(outcome.status == 5)
    #expect(try column("status", of: outcome.output) == ["finished", "failed", "finished", "finished"])
    #expect(
      try column("reason", of: outcome.output)[1]
        == "cannot use 's/members/\(second)' as a run folder: it is not a folder")
    _ = try await runner.shell("rm s/members/\(second)")
    let again = try await runner.run(["sweep", "tiny.toml"] + walls)
    #expect(again.status == 0)
    #expect(try column("status", of: again.output) == ["finished", "finished", "finished", "finished"])
  }

  @Test func `with --fail-fast nothing is started after a failure`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(Self.mixed + ["--jobs", "1", "--fail-fast"])
    #expect(outcome.status == 5)
    #expect(try column("status", of: outcome.output) == ["finished", "diverged"])
    #expect(runner.names(in: "s/members").count == 2)
    #expect(!runner.exists("s/sweep.csv"))
    #expect(try runner.read("s/sweep.partial.csv") == outcome.output)
    let second = try await runner.run(Self.mixed + ["--jobs", "1", "--max-failures", "2"])
    #expect(try column("status", of: second.output) == ["finished", "diverged", "finished"])
  }

  @Test func `with --fail-fast members under way are stopped`() async throws {
    let runner = try runner(endless)
    let outcome = try await runner.run(Self.mixed + ["--jobs", "3", "--fail-fast"])
    #expect(outcome.status == 5, "\(outcome)")
    #expect(try column("status", of: outcome.output) == ["diverged"])
    #expect(try column("member", of: outcome.output) == ["2"])
  }

  @Test func `a time limit stops each member, and the next sweep goes on`() async throws {
    let runner = try runner(endless)
    let arguments = ["sweep", "tiny.toml", "--seeds", "2", "--out", "s", "--max-time", "0.2s"]
    let first = try await runner.run(arguments)
    #expect(first.status == 75, "\(first)")
    #expect(try column("status", of: first.output) == ["stopped", "stopped"])
    #expect(try column("reason", of: first.output) == ["time limit reached", "time limit reached"])
    let second = try await runner.run(arguments)
    let counts = try [first, second].map { try column("iterations", of: $0.output).compactMap { Int($0) } }
    #expect(counts[0][0] > 0 && counts[1][0] > counts[0][0])
  }

  @Test func `requirements that are not met are told`() async throws {
    let runner = try runner(tiny + "\n[require]\nrel_l2_u = 1e-9\n")
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--out", "s"])
    #expect(outcome.status == 4)
    #expect(try column("status", of: outcome.output) == ["finished", "finished"])
    #expect(try column("reason", of: outcome.output)[0].hasPrefix("requirement not met: rel_l2_u is "))
    #expect(try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--out", "s"]).output == outcome.output)
  }

  // MARK: Wrong input

  @Test func `what is wrong with a member is told before any is trained`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml", "--over", "loss.weights.walls=1,-1", "--seeds", "2"])
    #expect(outcome.status == 78)
    #expect(outcome.output == "")
    #expect(
      outcome.errors == """
        --over:1:20: error: 'walls' of 'weights' in [loss] must be at least 0.0, found -1.0
            1 | loss.weights.walls=-1
              |                    ^~
        note: this is so with loss.weights.walls=-1

        """)
    let unknown = try await runner.run(["sweep", "tiny.toml", "--over", "network.hiden=[1],[2]"])
    #expect(unknown.status == 78)
    #expect(unknown.errors.contains("unknown key 'hiden' in [network]"))
    #expect(unknown.errors.contains("did you mean 'hidden'?"))
    // Expressions are read when members are assembled.
    let expression = try await runner.run(["sweep", "tiny.toml", "--over", "equation.0.expr=u_xx = k,u_zz = k"])
    #expect(expression.status == 78)
    #expect(expression.errors.hasPrefix("--over:1:"))
    #expect(expression.errors.hasSuffix("note: this is so with equation.0.expr=u_zz = k, seed 3\n"))
    #expect(runner.names() == ["tiny.toml"])
  }

  @Test func `what is wrong with the file is told once`() async throws {
    let runner = try runner(tiny.replacing("hidden", with: "hiden"))
    let outcome = try await runner.run(["sweep", "tiny.toml", "--over", "loss.weights.walls=1,10"])
    #expect(outcome.status == 78)
    #expect(
      outcome.errors == """
        tiny.toml:16:1: error: unknown key 'hiden' in [network]
           16 | hiden = [5]
              | ^~~~~
           help: did you mean 'hidden'?

        """)
  }

  @Test(arguments: [
    ["--over", "loss.weights.walls=1,,2"], ["--over", "loss.weights.walls=1..x"], ["--over", "walls"],
    ["--seeds", "0"], ["--over", "seed=1,2"], ["--over", "a=1", "--over", "a=2"], [], ["--seeds", "2", "--jobs", "0"],
    ["--seeds", "2", "--extend"], ["--seeds", "1,1"], ["--over", "loss.weights.walls=1,1.0"], ["--seeds", "10001"],
    ["--over", "loss.weights.walls=1..101", "--seeds", "100"], ["--seeds", "2", "--fail-fast", "--max-failures", "2"],
  ])
  func `wrong options are told with status 64`(options: [String]) async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml"] + options)
    #expect(outcome.status == 64, "\(outcome)")
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("rror: "))
    #expect(runner.names() == ["tiny.toml"])
  }

  @Test func `a file that is not there is told with status 66`() async throws {
    let runner = try runner()
    #expect(try await runner.run(["sweep", "none.toml", "--seeds", "2"]).status == 66)
  }

  // MARK: Streams and signals

  @Test func `a full disk is told with status 74, before training`() async throws {
    let runner = try runner(endless)
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--quiet"], output: .file("/dev/full"))
    #expect(outcome.status == 74, "\(outcome)")
    #expect(outcome.errors.contains("cannot write '<stdout>': No space left on device"))
  }

  @Test func `closed standard output is told`() async throws {
    let runner = try runner(endless)
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--quiet"], output: .closed)
    #expect(outcome.status == 74, "\(outcome)")
  }

  @Test func `closed standard error disturbs nothing`() async throws {
    let runner = try runner()
    let outcome = try await runner.run(["sweep", "tiny.toml", "--seeds", "2"], errors: .closed)
    #expect(outcome.status == 0)
    #expect(outcome.lines.count == 3)
  }

  @Test func `F9 a reader that has enough ends the sweep quietly`() async throws {
    let runner = try runner()
    let outcome = try await runner.shell(
      "pinn sweep tiny.toml --seeds 300 --jobs 1 --quiet --out s | head -1; echo ${PIPESTATUS[0]}")
    #expect(outcome.errors == "")
    #expect(outcome.lines == [header.replacing("loss.weights.walls,", with: ""), "141"])
    #expect(runner.names(in: "s/members").count < 300)
    #expect(!runner.exists("s/sweep.csv"))
  }

  @Test(arguments: [(SIGINT, BinaryOutcome.End.signal(SIGINT)), (SIGTERM, .status(75)), (SIGHUP, .status(75))])
  func `a signal stops all members, and the same command goes on`(number: Int32, end: BinaryOutcome.End) async throws {
    // The first member ends at once; the others last until they are stopped.
    let runner = try runner()
    let arguments = [
      "sweep", "tiny.toml", "--over", "optimizer.0.iterations=40,100000000", "--seeds", "2", "--jobs", "4", "--out",
      "s",
    ]
    let running = try runner.start(arguments)
    let isUnderWay = await running.wait { running in
      running.output.split(separator: "\n").count == 3
        && runner.names(in: "s/members").filter { runner.exists("s/members/\($0)/losses.csv") }.count == 4
    }
    #expect(isUnderWay)
    running.send(number)
    let outcome = await running.end(timeoutSeconds: 30)
    #expect(outcome.end == end, "\(outcome)")
    #expect(try column("optimizer.0.iterations", of: outcome.output) == ["40", "40"])
    #expect(outcome.errors.contains("stopped: 2 of 4 members are open"))
    #expect(!runner.exists("s/sweep.csv"))
    for name in runner.names(in: "s/members") {
      #expect(runner.exists("s/members/\(name)/checkpoint"))
      #expect(!(try runner.read("s/members/\(name)/run.json")).contains("\"running\""))
    }
  }

  @Test func `an interrupted sweep gives the table of an undisturbed one`() async throws {
    let text = tiny.replacing("iterations = 40", with: "iterations = 3000")
    let arguments = ["sweep", "tiny.toml"] + walls
    let undisturbed = try await (try runner(text)).run(arguments)
    let runner = try runner(text)
    for seconds in [0.05, 0.2, 0.1] {
      let running = try runner.start(arguments)
      _ = await running.wait(timeoutSeconds: seconds) { _ in false }
      running.send(SIGTERM)
      let outcome = await running.end()
      #expect([.status(75), .status(0), .signal(SIGTERM)].contains(outcome.end), "\(outcome)")
    }
    let running = try runner.start(arguments)
    _ = await running.wait(timeoutSeconds: 0.1) { _ in false }
    running.send(SIGKILL)
    _ = await running.end()
    let outcome = try await runner.run(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.output == undisturbed.output)
  }

  @Test func `two drivers do not share a sweep`() async throws {
    let runner = try runner(endless)
    let running = try runner.start(["sweep", "tiny.toml", "--seeds", "2", "--out", "s"])
    #expect(await running.wait { !$0.output.isEmpty })
    let second = try await runner.run(["sweep", "tiny.toml", "--seeds", "2", "--out", "s"])
    #expect(second.status == 75)
    #expect(second.output == "")
    #expect(second.errors.contains("'s' is in use by another process (process \(running.process) on "))
    running.send(SIGTERM)
    #expect(await running.end().status == 75)
  }
}

import TestSupport
import Testing

/// Small enough to be trained in well under a second, rich enough to have every kind of result.
let smallInverse = """
  title = "decay with an unknown rate"
  [variables]
  t = [0, 1]
  [fields]
  u = {}
  [unknowns]
  k = { guess = 1, min = 0, true = 2, unit = "1/s" }
  [[equation]]
  expr = "u_t = -k*u"
  [[condition]]
  at = "t = 0"
  expr = "u = 1"
  enforce = "hard"
  [[data]]
  inline = \"\"\"
  t,u
  0.25,0.60653066
  0.5,0.36787944
  1,0.13533528
  \"\"\"
  [[reference]]
  expr = "u = exp(-2*t)"
  [network]
  hidden = [8]
  [[optimizer]]
  method = "adam"
  iterations = 30
  [[optimizer]]
  method = "l-bfgs"
  iterations = 200

  """

@Suite struct TrainCommandTests {
  @Test func `a file without phases is solved by the method that check tells`() async throws {
    let runner = try BinaryRunner()
    let text = smallInverse.split(separator: "[[optimizer]]")[0]
    try runner.write(String(text), to: "auto.toml")
    let check = try await runner.run(["check", "auto.toml"])
    #expect(check.output.contains("method auto: gauss-newton for 26 parameters, 259 residuals"), "\(check)")
    let large = try await runner.run(
      ["check", "auto.toml", "--set", "network.hidden=[200,200]", "--set", "sampling.interior=20000"])
    #expect(large.output.contains("phase 1: adam, at most 500 iterations"), "\(large)")
    #expect(large.output.contains("phase 2: l-bfgs, at most 5000 iterations"), "\(large)")
    let outcome = try await runner.run(["train", "auto.toml", "--out", "run", "--quiet"])
    #expect(outcome.status == 0, "\(outcome)")
    let record = try runner.read("run/run.json")
    #expect(record.contains("\"method\" : \"gauss-newton\""), "\(record)")
    let rows = try runner.read("run/parameters.csv").split(separator: "\n")
    let estimate = Double(rows[1].split(separator: ",")[1])
    #expect(abs((estimate ?? 0) - 2) < 1e-6, "\(rows)")
  }

  @Test func `a profile prints the interval in which the measurements do not object`() async throws {
    let runner = try BinaryRunner()
    let text = smallInverse.split(separator: "[[optimizer]]")[0].replacing("0.60653066", with: "0.65")
    try runner.write(String(text), to: "small.toml")
    let outcome = try await runner.run(["infer", "small.toml", "--profile", "k", "--quiet", "--out", "run"])
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
    #expect(outcome.lines[0] == "name,estimate,profile_low,profile_high,ci_low,ci_high,true,unit")
    let numbers = outcome.lines[1].split(separator: ",").map { Double($0) ?? .nan }
    #expect(numbers[2] < numbers[1] && numbers[1] < numbers[3], "\(outcome)")
    #expect(try runner.read("run/profile.csv").hasPrefix("name,value,deviance,violation\nk,"))
    let again = try await runner.run(["infer", "small.toml", "--profile", "--resume", "--out", "run"])
    #expect(again.output == outcome.output && again.errors.contains("profile of k: 1 point, deviance 0"), "\(again)")
    #expect(try await runner.run(["verify", "run"]).status == 0)
    let other = try await runner.run(["infer", "small.toml", "--profile", "D"])
    #expect(other.status == 64 && other.errors.contains("--profile names 'D', which is no unknown"), "\(other)")
    let both = try await runner.run(["infer", "small.toml", "--profile", "--ensemble", "3"])
    #expect(both.status == 64 && both.errors.contains("--profile and --ensemble"), "\(both)")
  }

  @Test func `F35 train prints the run folder alone and writes the contracted files`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(["train", "small.toml"])
    #expect(outcome.status == 0, "\(outcome)")
    let folder = try #require(outcome.lines.first)
    #expect(outcome.lines.count == 1)
    #expect(folder.hasPrefix("runs/small-"))
    for name in [
      "config.resolved.toml", "run.json", "losses.csv", "timing.csv", "parameters.csv", "fields.csv", "metrics.csv",
      "checkpoint",
    ] {
      #expect(runner.exists(folder + "/" + name), "\(name)")
    }
    let losses = try runner.read(folder + "/losses.csv").split(separator: "\n")
    #expect(losses.first == "iteration,phase,total,equation,data,heldout_residual,gradient_norm,step,k")
    #expect(losses.count == 1 + 230)
    let parameters = try runner.read(folder + "/parameters.csv").split(separator: "\n")
    #expect(parameters.first == "name,estimate,std_error,ci_low,ci_high,guess,true,unit")
    #expect(try runner.read(folder + "/fields.csv").hasPrefix("t,u,u_ref,u_error,u_std\n"))
    let metrics = try runner.read(folder + "/metrics.csv")
    for name in ["total_loss", "loss_equation", "loss_data", "heldout_residual", "rel_l2_u", "rel_error_k"] {
      #expect(metrics.contains("\n\(name),"), "\(name)")
    }
    let record = try runner.read(folder + "/run.json")
    #expect(record.contains("\"status\" : \"finished\""))
    #expect(record.contains("\"stopReason\" : \"all 30 iterations used\""))
  }

  @Test func `infer prints the estimates as CSV and comes near the truth`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(["infer", "small.toml", "--params", "k", "--quiet"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.isEmpty)
    #expect(outcome.lines.first == "name,estimate,std_error,ci_low,ci_high,guess,true,unit")
    let row = try #require(outcome.lines.last).split(separator: ",", omittingEmptySubsequences: false)
    #expect(row.count == 8)
    let estimate = try #require(Double(row[1]))
    // Five digits of data, a small network, 200 iterations.
    #expect(abs(estimate - 2) < 0.02, "\(estimate)")
    #expect(row[7] == "1/s")
  }

  @Test func `any number of threads gives the same files`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    for threads in [1, 2, 3, 8] {
      let outcome = try await runner.run(
        ["train", "small.toml", "--quiet", "--threads", "\(threads)", "--out", "t\(threads)"])
      #expect(outcome.status == 0, "\(outcome)")
    }
    for name in ["losses.csv", "parameters.csv", "fields.csv", "metrics.csv", "config.resolved.toml", "checkpoint"] {
      let first = try runner.bytes("t1/" + name)
      for threads in [2, 3, 8] { #expect(try runner.bytes("t\(threads)/" + name) == first, "\(name) \(threads)") }
    }
  }

  @Test func `the resolved file trains to the same bits, and so does YAML`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    _ = try await runner.run(["train", "small.toml", "--quiet", "--out", "a"])
    let outcome = try await runner.run(["train", "a/config.resolved.toml", "--quiet", "--out", "b"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try runner.read("a/losses.csv") == runner.read("b/losses.csv"))
    #expect(try runner.read("a/config.resolved.toml") == runner.read("b/config.resolved.toml"))
  }

  @Test func `a run stopped by time goes on to the bits of an undisturbed one`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let more = ["--set", "optimizer.1.iterations=4000", "--quiet"]
    _ = try await runner.run(["train", "small.toml", "--out", "whole"] + more)
    var stops = 0
    while stops < 40 {
      let outcome = try await runner.run(
        ["train", "small.toml", "--out", "parts", "--resume", "--max-time", "0.1s"] + more)
      if outcome.status == 0 { break }
      #expect(outcome.status == 75, "\(outcome)")
      stops += 1
    }
    #expect(stops > 0)
    // On a busy machine so many parts are not enough.
    let rest = try await runner.run(["train", "small.toml", "--out", "parts", "--resume"] + more)
    #expect(rest.status == 0, "\(rest)")
    #expect(try runner.read("parts/losses.csv") == runner.read("whole/losses.csv"))
    #expect(try runner.read("parts/parameters.csv") == runner.read("whole/parameters.csv"))
    let again = try await runner.run(["train", "small.toml", "--out", "parts", "--resume"] + more)
    #expect(again.status == 0)
  }

  @Test func `Ctrl-C saves a checkpoint and ends by the signal`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let running = try runner.start(
      ["train", "small.toml", "--out", "run", "--set", "optimizer.0.iterations=100000000"])
    #expect(await running.wait { $0.errors.contains("phase 1") })
    running.send(2)
    let outcome = await running.end()
    #expect(outcome.end == .signal(2), "\(outcome)")
    #expect(runner.exists("run/checkpoint"))
    #expect(try runner.read("run/run.json").contains("\"status\" : \"stopped\""))
    #expect(try runner.read("run/losses.csv").hasSuffix("\n"))
  }

  @Test func `a folder in use by another run is refused with its owner`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let running = try runner.start(
      ["train", "small.toml", "--out", "run", "--set", "optimizer.0.iterations=100000000"])
    #expect(await running.wait { $0.errors.contains("phase 1") })
    let second = try await runner.run(["train", "small.toml", "--out", "run"])
    #expect(second.status == 75)
    #expect(second.errors.contains("is in use by another process (process \(running.process) on "))
    running.send(15)
    #expect(await running.end().status == 75)
  }

  @Test func `F37 a diverging run ends with status 3 and names the place`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      """
      [variables]
      x = [0, 1]
      [fields]
      u = {}
      [[equation]]
      name = "pole"
      expr = "u_x = log(x - 2)"
      """, to: "pole.toml")
    let outcome = try await runner.run(["train", "pole.toml", "--out", "run"])
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.contains("the residual of 'pole' at ("))
    #expect(outcome.errors.contains(" is nan, from log(x - 2) = nan"))
    #expect(try runner.read("run/run.json").contains("\"status\" : \"diverged\""))
  }

  @Test func `F37 a requirement that is missed ends with status 4`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse + "[require]\nrel_l2_u = 1e-30\n", to: "small.toml")
    let outcome = try await runner.run(["train", "small.toml", "--quiet"])
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("requirement not met: rel_l2_u is "))
  }

  @Test func `a folder with other files is not written into`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(["train", "small.toml", "--out", "."])
    #expect(outcome.status == 73)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("holds other files and is not a run folder"))
    let file = try await runner.run(["train", "small.toml", "--out", "small.toml/run"])
    #expect(file.status == 73, "\(file)")
  }
}

@Suite struct InputErrorTests {
  @Test func `F25 all errors of a file are told at once with their places`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      """
      [variables]
      x = [0, 1]
      [fields]
      u = {}
      [[equation]]
      expr = "u_xx = q"
      [[condition]]
      at = "x = 3"
      expr = "u = sinn(x)"
      [[condition]]
      at = "y = 0"
      expr = "u = 0"

      """, to: "wrong.toml")
    let outcome = try await runner.run(["check", "wrong.toml"])
    #expect(outcome.status == 78)
    #expect(outcome.output.isEmpty)
    for text in [
      "wrong.toml:6:16: error: unknown name 'q'",
      "wrong.toml:8:11: error: x = 3.0 lies outside the domain [0.0, 1.0]",
      "wrong.toml:9:13: error: unknown function 'sinn'", "help: did you mean 'sin'?",
      "wrong.toml:11:7: error: 'y' is not a variable",
    ] {
      #expect(outcome.errors.contains(text), "\(text)\n\(outcome)")
    }
  }

  @Test(arguments: [
    (["check", "absent.toml"], Int32(66), "cannot read the configuration 'absent.toml'"),
    (["trian", "small.toml"], 64, "did you mean 'pinn train'?"),
    (["train"], 64, "Missing expected argument"),
    (["train", "small.toml", "--threads", "0"], 64, "--threads must be between 1 and 1024"),
    (["train", "small.toml", "--max-time", "soon"], 64, "--max-time must look like"),
    (["infer", "small.toml", "--params", "kk"], 64, "there is no unknown 'kk'"),
    (["check", "small.toml", "--set", "netwrk.hidden=[3]"], 78, "did you mean 'network'?"),
    (["check", "small.toml", "--set", "network.hidden=[3"], 78, "--set:1:"),
    (["predict", "nowhere"], 66, "is not a run folder"),
    (["evaluate", "nowhere", "--against", "x.csv"], 66, "is not a run folder"),
    (["list", "optimisers"], 64, "did you mean 'optimizers'?"),
    (["init", "inverse-oda"], 64, "did you mean 'inverse-ode'?"),
  ])
  func `F37 a wrong command line says what is wrong`(arguments: [String], status: Int32, text: String) async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(arguments)
    #expect(outcome.status == status, "\(outcome)")
    #expect(outcome.errors.contains(text), "\(outcome)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `F30 bad data files end with status 65 and the place`() async throws {
    let runner = try BinaryRunner()
    let config = smallInverse.split(separator: "\n").filter {
      !$0.contains(",0.") && !$0.contains("\"\"\"") && $0 != "t,u"
    }
    try runner.write(
      config.joined(separator: "\n").replacing("[[data]]", with: "[[data]]\nfile = \"d.csv\""), to: "small.toml")
    for (text, message) in [
      ("t,u\n0.5\n", "d.csv:2"), ("t,u\n0.5,abc\n", "d.csv:2:5"), ("t,v\n0.5,1\n", "no column of"),
      ("t,u\n7,1\n", "lies outside the domain"), ("t,u\n", "d.csv"), ("", "d.csv"),
    ] {
      try runner.write(text, to: "d.csv")
      let outcome = try await runner.run(["check", "small.toml"])
      #expect(outcome.status == 65, "\(text) \(outcome)")
      #expect(outcome.errors.contains(message), "\(text) \(outcome)")
    }
  }
}

@Suite struct ResultStreamTests {
  /// A folder with a trained run called `run`.
  private func trained() async throws -> BinaryRunner {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(["train", "small.toml", "--quiet", "--out", "run"])
    try #require(outcome.status == 0, "\(outcome)")
    return runner
  }

  @Test func `predict evaluates fields and expressions on grids and points`() async throws {
    let runner = try await trained()
    let grid = try await runner.run(["predict", "run", "--grid", "t=5", "--derivatives", "u_t,k*u"])
    #expect(grid.status == 0, "\(grid)")
    #expect(grid.lines.first == "t,u,u_t,k*u")
    #expect(grid.lines.count == 6)
    #expect(grid.lines[1].hasPrefix("0,1,"))
    let points = try await runner.shell("printf 't\\n0.5\\n0.25\\n' | pinn predict run --points -")
    #expect(points.lines.count == 3)
    #expect(points.lines[1].hasPrefix("0.5,"))
    let fixed = try await runner.run(["predict", "run", "--at", "t=0.5"])
    #expect(fixed.lines.last == points.lines[1])
  }

  @Test func `predict needs neither the data nor the configuration file any more`() async throws {
    let runner = try await trained()
    let outcome = try await runner.shell("rm small.toml && mv run elsewhere && pinn predict elsewhere --grid t=2")
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test func `evaluate agrees with the errors of training`() async throws {
    let runner = try await trained()
    let outcome = try await runner.shell(
      "cut -d, -f1,3 run/fields.csv | sed 's/u_ref/u/' > known.csv && pinn evaluate run --against known.csv")
    #expect(outcome.status == 0, "\(outcome)")
    let trainedMetrics = try runner.read("run/metrics.csv").split(separator: "\n")
    for line in outcome.lines.dropFirst() { #expect(trainedMetrics.contains(Substring(line)), "\(line)") }
    #expect(outcome.lines.count == 4)
  }

  @Test func `F9 a full disk and a closed output are errors, a reader that leaves is not`() async throws {
    let runner = try await trained()
    for arguments in [
      ["infer", "small.toml", "--quiet", "--out", "again"], ["train", "small.toml", "--quiet", "--out", "again"],
      ["predict", "run"], ["evaluate", "run", "--against", "run/fields.csv"], ["check", "small.toml"], ["list"],
      ["init"],
    ] {
      let full = try await runner.run(arguments, output: .file("/dev/full"))
      #expect(full.status == 74, "\(arguments) \(full)")
      #expect(full.errors.contains("No space left on device"), "\(full)")
      let closed = try await runner.run(arguments, output: .closed)
      #expect(closed.status == 74, "\(arguments) \(closed)")
    }
    let head = try await runner.shell("pinn predict run --grid t=300000 | head -1")
    #expect(head.output == "t,u\n")
    #expect(head.errors.isEmpty)
  }

  @Test func `standard input may be the configuration`() async throws {
    let runner = try BinaryRunner()
    let outcome = try await runner.run(["train", "-", "--quiet"], input: smallInverse)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.hasPrefix("runs/stdin-"))
  }

  @Test func `F36 no escape codes reach a pipe`() async throws {
    let runner = try BinaryRunner()
    try runner.write(smallInverse, to: "small.toml")
    let outcome = try await runner.run(["train", "small.toml"])
    #expect(!outcome.errors.contains("\u{1B}"))
    #expect(!outcome.errors.contains("\r"))
    let forced = try await runner.run(["check", "x.toml"], environment: ["CLICOLOR_FORCE": "1"])
    #expect(forced.errors.contains("\u{1B}["))
  }

  @Test func `F34 control characters of names and arguments reach no terminal`() async throws {
    let runner = try BinaryRunner()
    try runner.write(
      """
      title = "a\\u001b[31mb\\u009b"
      name = "n\\u001b[2Jx"
      variables = { x = [0, 1] }
      fields = { u = {} }
      equation = { name = "e\\u001b[31m", expr = "u_x = u" }
      condition = { name = "c\\u0007", at = "x = 0", expr = "u = 1" }
      network = { hidden = [4] }
      optimizer = { method = "adam", iterations = 2 }
      require = { "loss_e\\u001b[31m" = 1e-30 }

      """, to: "a.toml")
    for (arguments, status) in [
      (["check", "a.toml"], 0), (["train", "a.toml", "--out", "run"], 4), (["train", "a.toml", "--b\u{1B}[31m"], 64),
      (["train", "a\u{1B}.toml"], 66), (["tr\u{1B}ain"], 64), (["init", "x\u{7}"], 64),
      (["train", "a.toml", "--set", "x\u{1B}=1"], 78), (["evaluate", "no\u{1B}run", "--against", "x"], 66),
    ] as [([String], Int32)] {
      let outcome = try await runner.run(arguments)
      #expect(outcome.status == status, "\(outcome)")
      for scalar in (outcome.output + outcome.errors).unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value), "\(arguments): \(outcome)")
      }
    }
  }

  @Test func `relative paths start at the configuration's folder`() async throws {
    let runner = try BinaryRunner()
    let config = smallInverse.replacing(
      "expr = \"u = exp(-2*t)\"", with: "file = \"known.csv\"")
    let outcome = try await runner.shell(
      """
      mkdir -p deep/er other && printf 't,u\\n0.5,0.36787944\\n' > deep/known.csv && cat > deep/er/c.toml && \
      sed -i 's|known.csv|../known.csv|' deep/er/c.toml && cd other && pinn train ../deep/er/c.toml --quiet --out r && \
      grep rel_l2_u r/metrics.csv
      """, input: config)
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test func `every template passes check`() async throws {
    let runner = try BinaryRunner()
    let list = try await runner.run(["list", "templates"])
    let names = list.lines.dropFirst().compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(names.count >= 4)
    for name in names {
      let outcome = try await runner.shell("pinn init \(name) > t.toml && pinn check t.toml")
      #expect(outcome.status == 0, "\(name) \(outcome)")
    }
  }

  @Test func `every kind of list and the version print something`() async throws {
    let runner = try BinaryRunner()
    for kind in ["activations", "functions", "initializations", "optimizers", "samplers", "schedules", "keys"] {
      let outcome = try await runner.run(["list", kind])
      #expect(outcome.status == 0 && outcome.lines.count > 2, "\(kind) \(outcome)")
    }
    #expect(try await runner.run(["--version"]).status == 0)
    #expect(try await runner.run(["--help"]).output.contains("sweep"))
  }
}

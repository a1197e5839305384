import TestSupport
import Testing

@Suite struct VerifyCommandTests {
  private func trained(_ options: [String] = []) async throws -> BinaryRunner {
    let runner = try BinaryRunner()
    try runner.write(
      smallInverse.replacing("expr = \"u = exp(-2*t)\"", with: "file = \"known.csv\""), to: "small.toml")
    try runner.write("t,u\n0.5,0.36787944\n", to: "known.csv")
    let outcome = try await runner.run(["train", "small.toml", "--quiet", "--out", "run"] + options)
    try #require(outcome.status == 0 || outcome.status == 75, "\(outcome)")
    return runner
  }

  @Test func `a finished run is intact, as sha256sum says too`() async throws {
    let runner = try await trained()
    let outcome = try await runner.run(["verify", "run"])
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
    #expect(outcome.lines[0] == "file,state,sha256")
    let names = outcome.lines.dropFirst().map { $0.split(separator: ",")[0] }
    #expect(
      names.dropLast() == [
        "checkpoint", "config.resolved.toml", "fields.csv", "losses.csv", "metrics.csv", "parameters.csv", "run.json",
        "timing.csv",
      ])
    #expect(names.last?.hasSuffix("/known.csv") == true)
    #expect(outcome.lines.dropFirst().allSatisfy { $0.contains(",ok,") })
    if try await runner.shell("command -v sha256sum").status == 0 {
      #expect(try await runner.shell("cd run && sha256sum -c --quiet SHA256SUMS").status == 0)
    }
  }

  @Test(arguments: [
    "checkpoint", "config.resolved.toml", "fields.csv", "losses.csv", "metrics.csv", "parameters.csv", "run.json",
    "timing.csv", "SHA256SUMS",
  ])
  func `one changed byte of any file is found`(name: String) async throws {
    let runner = try await trained()
    let outcome = try await runner.shell(
      """
      printf '\\001' | dd of=run/\(name) bs=1 seek=9 conv=notrunc 2> /dev/null; pinn verify run; s=$?
      rm run/\(name); pinn verify run > /dev/null 2>&1; echo $s $?
      """)
    #expect(outcome.lines.last == (name == "SHA256SUMS" ? "65 0" : "65 65"), "\(outcome)")
    #expect(
      outcome.errors.contains("'\(name)' is \(["checkpoint", "SHA256SUMS"].contains(name) ? "damaged" : "changed")"))
  }

  @Test func `changed input files are found, those that are gone are told`() async throws {
    let runner = try await trained()
    let changed = try await runner.shell("echo 1,2 >> known.csv; pinn verify run")
    #expect(changed.status == 65 && changed.output.contains("/known.csv,changed,"), "\(changed)")
    let gone = try await runner.shell("rm known.csv; pinn verify run")
    #expect(gone.status == 0 && gone.output.contains("/known.csv,absent,"), "\(gone)")
  }

  @Test func `of a run that was killed the tables count as far as its last checkpoint`() async throws {
    let runner = try await trained(["--max-time", "0.0001s", "--set", "optimizer.0.iterations=1000000"])
    let outcome = try await runner.shell(
      """
      rm run/SHA256SUMS; echo 7,1 >> run/losses.csv; pinn verify run; echo $?
      sed -i 2s/1/2/ run/losses.csv; pinn verify run > /dev/null; echo $?
      """)
    #expect(outcome.output.hasSuffix("\n0\n65\n"), "\(outcome)")
    #expect(outcome.output.contains("\nlosses.csv,ok,") && outcome.output.contains("\nconfig.resolved.toml,ok,"))
  }

  @Test func `what is no run is told with status 66`() async throws {
    let runner = try BinaryRunner()
    for command in ["verify", "reproduce"] {
      let outcome = try await runner.run([command, "nowhere"])
      #expect(outcome.status == 66 && outcome.errors.contains("is not a run folder"), "\(outcome)")
    }
  }

  @Test func `a run is reproduced to the bit, and what was changed in it differs`() async throws {
    let runner = try await trained()
    let outcome = try await runner.run(["reproduce", "run/", "--quiet", "--threads", "3"])
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
    #expect(
      outcome.output
        == "file,state\nlosses.csv,equal\nparameters.csv,equal\nfields.csv,equal\nmetrics.csv,equal\n")
    #expect(runner.exists("run-reproduced/checkpoint"))
    let other = try await runner.shell(
      "sed -i '2s/1/2/' run/fields.csv; rm run/metrics.csv; pinn reproduce run --quiet --out again")
    #expect(other.status == 65, "\(other)")
    #expect(other.output.contains("losses.csv,equal\n") && other.output.contains("fields.csv,differs\n"))
    #expect(other.errors.contains("'again' is not what 'run' is: fields.csv differs, metrics.csv is missing"))
    let data = try await runner.shell("echo 1,2 >> known.csv; pinn reproduce run --quiet --out third")
    #expect(data.status == 65 && data.errors.contains("has changed since"), "\(data)")
  }

  @Test func `tables that only some runs have are compared where there are any`() async throws {
    let runner = try BinaryRunner()
    let text = smallInverse.replacing("u_t = -k*u", with: "u_t = -k*u + s").replacing(
      "[[equation]]", with: "s = { guess = 0.1 }\n[[equation]]")
    try runner.write(text, to: "small.toml")
    let trained = try await runner.run(["train", "small.toml", "--quiet", "--out", "run"])
    #expect(trained.status == 0 && runner.exists("run/correlation.csv"), "\(trained)")
    let same = try await runner.run(["reproduce", "run", "--quiet"])
    #expect(same.status == 0 && same.lines.last == "correlation.csv,equal", "\(same)")
    let gone = try await runner.shell("rm run/correlation.csv; pinn reproduce run --quiet")
    #expect(gone.status == 65 && gone.output.hasSuffix("correlation.csv,missing\n"), "\(gone)")
  }

  @Test func `a run that was stopped is reproduced as far as it went`() async throws {
    let runner = try await trained(["--max-time", "0.02s", "--set", "optimizer.0.iterations=1000000"])
    let outcome = try await runner.run(["reproduce", "run", "--quiet"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try runner.bytes("run/losses.csv") == runner.bytes("run-reproduced/losses.csv"))
  }
}

import Foundation
import TestSupport
import Testing

@Suite struct ExplainCommandTests {
  @Test func `a key is explained with type, default, place and example`() async throws {
    let outcome = try await BinaryRunner().run(["explain", "network.hidden"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    #expect(
      outcome.output == """
        network.hidden: width of every hidden layer

          stands in  [network]
          value      list of whole number, each from 1 to 100000
          default    [32, 32, 32]

        Example:

          [network]
          hidden = [40, 40, 40]

        """)
  }

  @Test func `choices are explained from the catalogues`() async throws {
    let outcome = try await BinaryRunner().run(["explain", "optimizer.method"])
    #expect(outcome.lines.contains { $0.hasPrefix("l-bfgs ") && $0.contains(" limited-memory BFGS") }, "\(outcome)")
    #expect(outcome.output.contains("  default    \"auto\"\n"))
  }

  @Test func `a section tells its keys`() async throws {
    let outcome = try await BinaryRunner().run(["explain", "equation"])
    #expect(outcome.output.contains("An equation that holds inside the domain."), "\(outcome)")
    for key in ["name", "expr"] { #expect(outcome.lines.contains { $0.hasPrefix(key + " ") }) }
    #expect(outcome.output.contains("\n\n  [[equation]]\n  name = \"heat\"\n  expr = \"u_t = 0.1*u_xx\"\n"))
    // Libraries have a key of that name, too.
    #expect(outcome.output.hasSuffix("\nsee also: library.equation\n"))
  }

  @Test func `functions, choices and templates are explained`() async throws {
    let runner = try BinaryRunner()
    #expect(try await runner.run(["explain", "laplacian"]).output.hasPrefix("laplacian(expr, x, y, …): sum of"))
    #expect(
      try await runner.run(["explain", "sobol"]).output.contains("  [sampling]\n  interior = { method = \"sobol\" }"))
    #expect(try await runner.run(["explain", "soft"]).output.hasPrefix("soft: a choice of condition.enforce"))
    #expect(try await runner.run(["explain", "study"]).output.contains("  pinn init study > my.toml\n"))
  }

  @Test func `without a name it lists the sections`() async throws {
    let outcome = try await BinaryRunner().run(["explain"])
    #expect(outcome.status == 0)
    for name in ["variables", "network.features.fourier", "optimizer.stop", "title"] {
      #expect(outcome.lines.contains { $0.hasPrefix(name + " ") }, "\(name)")
    }
  }

  @Test func `a name that is nothing is wrong use`() async throws {
    let outcome = try await BinaryRunner().run(["explain", "network.hiden"])
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "error: there is nothing called 'network.hiden' to explain\n   help: did you mean 'network.hidden'?\n")
  }

  @Test func `schema prints JSON, the same every time`() async throws {
    let runner = try BinaryRunner()
    let outcome = try await runner.run(["schema"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) is [String: Any])
    #expect(try await runner.run(["schema"]).output == outcome.output)
  }

  @Test func `every template passes check`() async throws {
    let runner = try BinaryRunner()
    let names = try await runner.run(["list", "templates"]).lines.dropFirst().compactMap {
      $0.split(separator: " ").first
    }
    #expect(names.count >= 12)
    for name in names where !name.hasPrefix("-") {
      try runner.write(try await runner.run(["init", String(name)]).output, to: "template.toml")
      let outcome = try await runner.run(["check", "template.toml"])
      #expect(outcome.status == 0, "\(name): \(outcome)")
    }
  }
}

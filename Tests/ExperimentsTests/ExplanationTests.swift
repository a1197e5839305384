import Configurations
import Diagnostics
import Experiments
import Foundation
import TestSupport
import Testing

@Suite struct ExplanationTests {
  /// What kinds of things a name means.
  private func kinds(_ name: String) throws -> [String] {
    try Explanation.of(name).found.map { explanation in
      switch explanation {
      case .key(let key): "key \(key.path)"
      case .entry(let catalogue, let name, _, let keys):
        ([catalogue.kind, name] + keys.map(\.path)).joined(separator: " ")
      case .word(let word, let keys): (["word", word] + keys.map(\.path)).joined(separator: " ")
      case .constant(let name, _): "constant \(name)"
      }
    }
  }

  @Test func `keys, functions, choices and constants are explained`() throws {
    #expect(try kinds("network.hidden") == ["key network.hidden"])
    #expect(try kinds("laplacian") == ["functions laplacian(expr, x, y, …)"])
    #expect(try kinds("tanh") == ["activations tanh network.activation", "functions tanh(x)"])
    #expect(
      try kinds("sobol") == [
        "samplers sobol condition.method energy.method sampling.interior.method sampling.boundary.method"
      ])
    #expect(try kinds("l-bfgs") == ["optimizers l-bfgs optimizer.method"])
    #expect(try kinds("hard") == ["word hard condition.enforce"])
    #expect(try kinds("pi") == ["constant pi"])
    #expect(try kinds("min") == ["key unknowns.min", "key require.min", "functions min(a, b, …)"])
  }

  @Test func `everything that is listed is explained`() throws {
    for catalogue in Catalogue.all {
      for entry in catalogue.entries {
        let name = String(entry.name.prefix { $0 != "(" })
        #expect(try kinds(name).contains { $0.hasPrefix(catalogue.kind) }, "\(catalogue.kind) \(name)")
      }
    }
    for key in PlacedKey.all {
      #expect(try kinds(key.path).contains("key \(key.path)"))
      for word in key.words { #expect(try !kinds(word).isEmpty, "\(key.path) \(word)") }
    }
  }

  @Test func `a section of a name that other keys have, too, comes first`() throws {
    let (found, seeAlso) = try Explanation.of("unknowns")
    #expect(found.count == 1)
    #expect(seeAlso.map(\.path) == ["optimizer.unknowns"])
  }

  @Test(arguments: [
    ("network.hiden", "did you mean 'network.hidden'?"), ("optimiser.method", "did you mean 'optimizer.method'?"),
    ("lbfgs", "did you mean 'l-bfgs'?"), ("laplacien", "did you mean 'laplacian'?"),
    ("loss.zzzzzzzz", "keys of loss are weights, balance, point_weights, constraints, physics, scale"),
    ("zzzzzzzzzz", "pinn explain lists the sections of the experiment file, pinn list what may be named in them"),
  ])
  func `a name that is nothing gets the nearest`(_ name: String, _ help: String) {
    let failure = #expect(throws: InputFailure.self) { try Explanation.of(name) }
    #expect(failure?.kind == .usage)
    #expect(failure?.diagnostics.first?.help == help)
    #expect(failure?.diagnostics.first?.message == "there is nothing called '\(name)' to explain")
  }
}

/// The schema for editors over every experiment that is shipped.
@Suite struct ShippedSchemaTests {
  @Test func `there are experiments in both formats`() {
    for suffix in [".toml", ".yaml"] { #expect(ShippedConfigs.names.contains { $0.hasSuffix(suffix) }) }
  }

  @Test(arguments: ShippedConfigs.names) func `the schema for editors lets it pass`(_ name: String) throws {
    let tree = try readConfiguration(path: ShippedConfigs.folder.appending(path: name).path)
    let validator = try JSONSchemaValidator.editors()
    #expect(validator.complaints(about: tree) == [])
    // Also with every default, and after a key that nobody knows.
    let experiment = try Experiment(from: tree, baseDirectory: ShippedConfigs.folder.path, defaultName: name)
    #expect(validator.complaints(about: experiment.resolved) == [])
    var other = tree
    try apply(setting: "network.hiden=[8]", to: &other)
    #expect(validator.complaints(about: other) == [".network: does not know 'hiden'"])
  }
}

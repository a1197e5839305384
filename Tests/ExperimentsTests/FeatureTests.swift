import Autodiff
import Diagnostics
import Experiments
import Expressions
import Networks
import Problems
import TestSupport
import Testing
import Training

@Suite struct FeatureTests {
  private func text(_ network: String) -> String {
    """
    variables = { x = [2, 6], t = [0, 1] }
    fields = { u = {} }
    constants = { k = 3 }
    unknowns = { D = 1 }
    define = { wave = "sin(k*x)" }
    equation = { expr = "u_t = D*u_xx" }
    network = { hidden = [4]\(network.isEmpty ? "" : ", ")\(network) }
    """
  }

  /// Values of the features at a point.
  private func features(_ network: String, at x: [Double]) throws -> [Double] {
    let program = try assembled(text(network)).setup.networks[0].features.program(parts: DerivativeSet(closing: []))
    return program.evaluate(
      program.inputs.map { symbol in
        if case .coordinate(let variable, _) = symbol { x[variable] } else { .nan }
      })
  }

  @Test func `variables are scaled by their ranges`() throws {
    #expect(try features("", at: [2, 0]) == [-1, -1])
    #expect(try features("", at: [6, 0.5]) == [1, 0])
    #expect(try features("normalize = false", at: [6, 0.5]) == [6, 0.5])
    // A variable written as an expression has its exact range too.
    #expect(try features("features = [\"t\", \"x\"]", at: [2, 1]) == [1, -1])
  }

  @Test func `expressions are scaled by the range they have over the domain`() throws {
    for t in [0.0, 0.3, 1] {
      for x in stride(from: 2, through: 6, by: 0.25) {
        let found = try features("features = [\"wave\", \"x*t\", \"k\"]", at: [x, t])
        // The range is taken from 4096 points.
        #expect(abs(found[0]) <= 1.001 && abs(found[1]) <= 1.05)
        #expect(found[2] == 3)
      }
    }
    #expect(try features("features = [\"x*t\"]", at: [6, 1])[0] > 0.99)
  }

  @Test func `periodic variables leave their place to sines and cosines`() throws {
    let found = try features("features = { periodic = \"x\", harmonics = 2 }", at: [3, 1])
    for (a, b) in zip(found, [1, 0, 1, -1, 0]) { #expect(abs(a - Double(b)) < 1e-12) }
  }

  @Test func `Fourier features are drawn from a stream of their own`() throws {
    let one = try features("features = { fourier = { count = 5, sigma = 2 } }", at: [3, 0.2])
    #expect(one.count == 12)
    #expect(
      one == (try features("features = { fourier = { count = 5, sigma = 2 } }, activation = \"sin\"", at: [3, 0.2])))
    let other = try features("features = { fourier = { count = 6, sigma = 2 } }", at: [3, 0.2])
    #expect(Array(other[..<12]) == one)
  }

  @Test func `several scales and chosen variables make features of their own`() throws {
    let plain = try features("features = { fourier = { count = 5, sigma = 2 } }", at: [3, 0.2])
    // The first scale draws what it draws alone, the second other numbers.
    let scales = try features("features = { fourier = { count = 5, sigma = [2, 4] } }", at: [3, 0.2])
    #expect(scales.count == 22)
    #expect(Array(scales[..<12]) == plain)
    #expect(Set(scales).count == 22)
    let (first, second) = ("{ count = 5, sigma = 2, variables = \"x\" }", "{ count = 3, variables = \"t\" }")
    let two = "features = { fourier = [\(first), \(second)] }"
    let (a, b) = (try features(two, at: [3, 0.2]), try features(two, at: [3, 0.9]))
    let c = try features(two, at: [5.5, 0.2])
    #expect(a.count == 18)
    #expect(a[2..<12] == b[2..<12] && zip(a[12...], b[12...]).allSatisfy { $0 != $1 })
    #expect(a[12...] == c[12...] && zip(a[2..<12], c[2..<12]).allSatisfy { $0 != $1 })
    // A periodic variable is its sine and cosine, and stays periodic.
    let around = "features = { periodic = \"x\", fourier = { count = 4, variables = \"x\" } }"
    for (left, right) in zip(try features(around, at: [2, 0.3]), try features(around, at: [6, 0.3])) {
      #expect(abs(left - right) < 1e-12)
    }
  }

  @Test func `what a feature may not be is told at its characters`() {
    func messages(_ network: String) -> [String]? { refusal(text(network))?.diagnostics.map(\.message) }
    #expect(messages("features = [\"x\", \"u\"]") == ["unknown name 'u'"])
    #expect(messages("features = [\"D*x\"]") == ["unknown name 'D'"])
    #expect(
      messages("features = { expressions = [\"x*t\"], fourier = { variables = \"x\" } }") == [
        "no input of the network is made of these variables alone"
      ])
    #expect(messages("features = { periodic = [\"y\"] }") == ["'y' in 'periodic' is not a variable"])
    #expect(messages("features = [\"log(x - 3)\"]")?.first?.hasPrefix("feature 'log(x - 3)' is ") == true)
  }
}

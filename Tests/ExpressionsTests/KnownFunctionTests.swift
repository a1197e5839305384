import Diagnostics
import Expressions
import RealModule
import Testing

/// sin x, shifted by quarters of its period: each derivative is one quarter more.
private struct Wave: KnownFunction, Equatable {
  var quarters = 0
  var variables: [Int] { [0] }

  func values(at coordinates: [[Double]]) -> [Double] {
    coordinates[0].map { [Double.sin($0), .cos($0), -.sin($0), -.cos($0)][quarters % 4] }
  }

  func derivative(by variable: Int) -> (any KnownFunction)? { Wave(quarters: quarters + 1) }
}

@Suite struct KnownFunctionTests {
  /// What a text in w, or a node made of it, is worth at x = 0.7 and t = 0.2.
  private func value(_ text: String, _ node: (inout ExpressionGraph, NodeID) throws -> NodeID) throws -> Double {
    var fixture = Fixture()
    fixture.scope.names["w"] = .node(fixture.graph.coefficient(Wave()))
    let parsed = try fixture.parse(text)
    let asked = try node(&fixture.graph, parsed)
    let program = ResidualProgram(fixture.graph, outputs: [asked])
    let sites = program.sites(from: [[[0.7], [0.2]]], columns: [])
    var columns = program.coefficientValues(at: sites).map { $0[0] }[...]
    let inputs = program.inputs.map { symbol in
      if case .coefficient = symbol { return columns.removeFirst() }
      return Point(x: 0.7, t: 0.2).value(symbol)
    }
    return program.evaluate(inputs)[0]
  }

  @Test func `are differentiated along their variables and constant along others`() throws {
    #expect(try value("w") { $1 } == .sin(0.7))
    #expect(try value("t*w^2") { try $0.derivative(of: $1, by: 0) }.isApproximately(0.2 * .sin(1.4)))
    #expect(try value("t*w^2") { try $0.derivative(of: $1, by: 1) }.isApproximately(.sin(0.7) * .sin(0.7)))
    #expect(
      try value("x*w") { graph, node in try graph.derivative(of: graph.derivative(of: node, by: 0), by: 0) }
        .isApproximately(2 * .cos(0.7) - 0.7 * .sin(0.7)))
  }

  @Test func `follow the chain rule at other places`() throws {
    #expect(
      try value("at(w, x = x^2)") { try $0.derivative(of: $1, by: 0) }.isApproximately(1.4 * .cos(0.49)))
  }
}

extension Double {
  fileprivate func isApproximately(_ other: Double) -> Bool { (self - other).magnitude < 1e-14 }
}

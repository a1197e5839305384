import Autodiff
import Diagnostics
import Expressions
import RealModule

/// Variables x and t, fields u(x, t) and v(x) with closed derivatives of every order, an unknown and a column.
struct Fixture {
  var graph = ExpressionGraph(variableCount: 2, outputInputs: [[0, 1], [0]])
  var scope = Scope(variables: ["x", "t"], timeVariable: 1)
  let names = SymbolNames(variables: ["x", "t"], outputs: ["u", "v"], unknowns: ["D"], columns: ["g"])

  init() {
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    scope.names["v"] = .node(graph.symbol(.output(1, .value, site: 0)))
    scope.names["D"] = .node(graph.symbol(.unknown(0)))
    scope.names["g"] = .node(graph.symbol(.column(0)))
  }

  mutating func parse(_ text: String) throws(InputFailure) -> NodeID {
    try parseResidual(LocatedText(text), in: scope, graph: &graph)
  }

  /// A text as the graph prints it.
  mutating func printed(_ text: String) throws(InputFailure) -> String {
    let node = try parse(text)
    return self.text(node)
  }

  /// The value of a text at a point, through its program.
  mutating func value(_ text: String, at point: Point = Point(x: 0, t: 0)) throws(InputFailure) -> Double {
    let node = try parse(text)
    return value(node, at: point)
  }

  /// The program of some texts.
  mutating func program(_ texts: String...) throws(InputFailure) -> ResidualProgram {
    var nodes: [NodeID] = []
    for text in texts { nodes.append(try parse(text)) }
    return ResidualProgram(graph, outputs: nodes)
  }

  func text(_ node: NodeID) -> String { graph.text(node, names: names) }

  /// The value of a node at a point, through its program.
  func value(_ node: NodeID, at point: Point) -> Double {
    let program = ResidualProgram(graph, outputs: [node])
    return program.evaluate(program.inputs.map(point.value))[0]
  }
}

/// A point of the fixture: u = exp(0.3 x − 0.4 t), v = sin(0.8 x).
struct Point {
  var x: Double
  var t: Double
  var unknown = 0.7
  var column = 1.3

  func u(_ byX: Int = 0, _ byT: Int = 0) -> Double {
    .pow(0.3, byX) * .pow(-0.4, byT) * .exp(0.3 * x - 0.4 * t)
  }

  func v(_ byX: Int = 0) -> Double { .pow(0.8, byX) * .sin(0.8 * x + Double(byX) * .pi / 2) }

  func value(_ symbol: Symbol) -> Double {
    switch symbol {
    case .coordinate(let number, _): return number == 0 ? x : t
    case .unknown: return unknown
    case .column: return column
    case .coefficient, .bound, .integral: preconditionFailure("\(symbol) has no value at a point")
    case .output(let number, let index, _): return value(number, index)
    case .laplacian(let number, let laplacian, _): return laplacian.summands.reduce(0) { $0 + value(number, $1) }
    }
  }

  private func value(_ output: Int, _ index: MultiIndex) -> Double {
    let byX = index.variables.count { $0 == 0 }
    return output == 0 ? u(byX, index.order - byX) : v(byX)
  }

  func moved(_ variable: Int, by step: Double) -> Point {
    var point = self
    if variable == 0 { point.x += step } else { point.t += step }
    return point
  }
}

/// SplitMix64: the same cases on every machine.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

import Autodiff
import Diagnostics
import Expressions
import Problems

extension FuzzTarget {
  /// A text of the equation language: what is read prints to a text of the same node, is differentiated and computed.
  static let expression = FuzzTarget(
    name: "expression",
    pieces: bytePieces(
      "+ - * / ^ ** ( ) , = == != < <= > >= and or not && || ! _ _x _xx _t . e pi 1 0 2.5 1e308 1e-3 9".split(
        separator: " "
      ).map(String.init) + [
        " ", "\n", "x", "t", "u", "v", "D", "g", "n", "d(", ", x)", "((", "))", "sin(", "sqrt(", "if(", "min(", "at(",
        "integral(", "laplacian(", "step(", "x = ", "√", "é", "²", "\u{0}", "\u{301}", "s",
      ])
  ) { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
    var graph = ExpressionGraph(variableCount: 2, outputInputs: [[0, 1], [0]])
    var scope = Scope(variables: ["x", "t"], timeVariable: 1)
    scope.names["u"] = .node(graph.symbol(.output(0, .value, site: 0)))
    scope.names["v"] = .node(graph.symbol(.output(1, .value, site: 0)))
    scope.names["D"] = .node(graph.symbol(.unknown(0)))
    scope.names["g"] = .node(graph.symbol(.column(0)))
    scope.ranges = [0...1, 0...2]
    if bytes.count.isMultiple(of: 2) { scope.normal = [graph.constant(1), graph.constant(0)] }
    let names = SymbolNames(variables: ["x", "t"], outputs: ["u", "v"], unknowns: ["D"], columns: ["g"])
    let node: NodeID
    do throws(InputFailure) {
      node = try parseResidual(LocatedText(text, named: "fuzz"), in: scope, graph: &graph)
    } catch {
      return judged(error)
    }
    let program = ResidualProgram(graph, outputs: [node])
    // A symbol of another place prints as its name and does not read back to it.
    let isLocal = program.inputs.allSatisfy { symbol in
      switch symbol {
      case .coordinate(_, let site), .output(_, _, let site): site == 0
      default: true
      }
    }
    if isLocal {
      let values = program.evaluate(program.inputs.map { _ in 0.5 })
      guard values.count == 1 else { return .violation("computes \(values.count) values") }
      let printed = graph.text(node, names: names)
      do throws(InputFailure) {
        let back = try parseResidual(LocatedText(printed, named: "printed"), in: scope, graph: &graph)
        guard back == node else {
          return .violation("prints '\(printed)', which reads as '\(graph.text(back, names: names))'")
        }
      } catch {
        return .violation("prints '\(printed)', which is refused: \(error.diagnostics.map(\.message))")
      }
    }
    do throws(InputFailure) {
      let slope = try parseResidual(LocatedText("d(\(text), x)", named: "derived"), in: scope, graph: &graph)
      _ = ResidualProgram(graph, outputs: [slope])
    } catch {
      // An equation has no derivative, and the order may be too high: refused in an orderly way like any text.
      if case .violation(let reason) = judged(error) { return .violation("derived: \(reason)") }
    }
    return .accepted
  }

  /// The text of a region.
  static let region = FuzzTarget(
    name: "region",
    pieces: bytePieces([
      "(", ")", "[", "]", ",", "=", "<", ">", "[0, 0]", "disk(", "box(", "union(", "difference(", "rotate(",
      "center = ",
      "name = \"a\"", "\"", "x", "y", "z", "R", "pi", "1", "0", "-", "1e308", "1e-320", "0/0", " ", "\n", "é", "\u{0}",
      "^2",
    ])
  ) { bytes in
    guard let text = String(validating: bytes, as: UTF8.self) else { return .refused }
    do throws(InputFailure) {
      let region = try parseRegion(LocatedText(text, named: "fuzz"), variables: ["x", "y"], constants: ["R": 0.25])
      return region.dimensions == 2 ? .accepted : .violation("a region of \(region.dimensions) dimensions")
    } catch {
      return judged(error)
    }
  }
}

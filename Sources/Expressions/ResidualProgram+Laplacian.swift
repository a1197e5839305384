import Autodiff
import KernelInterface

extension ResidualProgram {
  /// The same outputs up to rounding, with pure second derivatives of network outputs replaced by one Laplacian where
  /// the outputs depend on no more than their sum.
  ///
  /// Outputs r depend on N_vv, v ∈ S, through their sum alone if ∂r/∂N_vv is the same function for all v ∈ S. It is
  /// where the derivatives, taken in the expression graph, are the same node. Then one of the N_vv is replaced by
  /// Σ N_vv and the others by 0. A jump does not show in a derivative, so what decides it, as c in `if(c, a, b)`, is
  /// held to the same test as r.
  ///
  /// The outputs of a network at a site share the parts of its jets. So variables are merged only where they can be for
  /// every output there, and where no higher derivative needs ∂²/∂x_v² itself: neither u_xx + u_yy + v_xx nor
  /// u_xx + u_yy + u_xxy is changed.
  package func mergingLaplacians() -> ResidualProgram {
    var candidates: [Int: [Int: Set<Int>]] = [:]
    var needed: [Int: Set<Int>] = [:]
    for case .output(let number, let index, let site) in inputs {
      let variables = index.variables
      let repeated = variables.filter { variable in variables.count { $0 == variable } > 1 }
      if index.order == 2 {
        for variable in repeated { candidates[site, default: [:]][variable, default: []].insert(number) }
      } else {
        needed[site, default: []].formUnion(repeated)
      }
    }
    for site in candidates.keys {
      for variable in needed[site] ?? [] { candidates[site]?[variable] = nil }
    }
    // Nothing is built for the many programs that have nothing to merge.
    guard candidates.values.contains(where: { $0.count > 1 }) else { return self }
    var (graph, nodes) = expressions()
    let deciding = graph.reachable(from: nodes).flatMap { graph.decidingOperands(of: $0) }
    let roots = nodes + Set(deciding).sorted()
    var images: [Symbol: NodeID] = [:]
    for (site, readers) in candidates.sorted(by: { $0.key < $1.key }) where readers.count > 1 {
      let numbers = readers.values.reduce(into: Set<Int>()) { $0.formUnion($1) }.sorted()
      func symbol(_ number: Int, _ variable: Int) -> Symbol {
        .output(number, MultiIndex([variable, variable]), site: site)
      }
      var groups: [[NodeID]: [Int]] = [:]
      for variable in readers.keys.sorted() {
        var slopes: [NodeID] = []
        for number in numbers {
          guard let some = try? graph.derivatives(of: roots, bySymbol: symbol(number, variable)) else { return self }
          slopes += some
        }
        groups[slopes, default: []].append(variable)
      }
      for variables in groups.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
        for number in numbers {
          let read = variables.filter { readers[$0]?.contains(number) == true }
          for (place, variable) in read.enumerated() {
            images[symbol(number, variable)] =
              place == 0
              ? graph.symbol(.laplacian(number, Laplacian(variables), site: site)) : graph.constant(0)
          }
        }
      }
    }
    guard !images.isEmpty else { return self }
    for place in nodes.indices { nodes[place] = graph.replacing(nodes[place]) { images[$0] } }
    return ResidualProgram(graph, outputs: nodes).withPlaces(of: self)
  }

  /// The outputs as expressions again.
  func expressions() -> (graph: ExpressionGraph, outputs: [NodeID]) {
    var variables: Set<Int> = []
    for case .output(_, let index, _) in inputs { variables.formUnion(index.variables) }
    let outputCount = (inputs.compactMap { $0.networkOutput?.number }.max() ?? -1) + 1
    var graph = ExpressionGraph(
      variableCount: (variables.max() ?? -1) + 1, outputInputs: [Set<Int>](repeating: variables, count: outputCount))
    var registers = inputs.map { graph.symbol($0) } + constants.map { graph.constant($0) }
    registers.reserveCapacity(registerCount)
    for instruction in instructions {
      let operands = [instruction.a, instruction.b, instruction.c].filter { $0 >= 0 }.map { registers[Int($0)] }
      registers.append(graph.rebuilt(instruction.operation, operands, immediate: instruction.immediate))
    }
    return (graph, outputs.map { registers[Int($0)] })
  }
}

import KernelInterface

/// Where a number that is not finite comes from.
extension ResidualProgram {
  /// The first part of the residuals, in the order in which they are computed, that is not finite though all it is made of
  /// is: `log(x - 2) = nan`.
  ///
  /// - Shapes: `registers` are the outputs of `tracing()` at a point.
  /// - Returns: nil where all are finite.
  package func origin(of registers: [Double], names: SymbolNames) -> String? {
    precondition(registers.count == registerCount, "\(registers.count) values for \(registerCount) registers")
    let starts = inputs.count + constants.count
    var place = registers[..<starts].firstIndex { !$0.isFinite }
    if place == nil {
      let first = instructions.firstIndex { instruction in
        let operands = [instruction.a, instruction.b, instruction.c].filter { $0 >= 0 }
        return !registers[Int(instruction.result)].isFinite && operands.allSatisfy { registers[Int($0)].isFinite }
      }
      place = first.map { starts + $0 }
    }
    guard let place else { return nil }
    let (graph, nodes) = tracing().expressions()
    // The sign of a NaN says nothing.
    let value = registers[place].isNaN ? Double.nan : registers[place]
    return "\(graph.text(nodes[place], names: names, limit: 120)) = \(value)"
  }
}

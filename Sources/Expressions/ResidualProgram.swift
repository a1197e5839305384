package import Autodiff
package import KernelInterface

/// Expressions compiled to a list of instructions without branches, run for many points at once.
///
/// Registers are numbered: first the inputs, then the constants, then one for each instruction, in order. Every
/// instruction writes its own register once and reads lower ones only, so the reverse sweep is the same list backwards.
/// Expressions that several outputs share are computed once. Registers are not reused: who runs the program knows
/// better what fits its cache.
package struct ResidualProgram: Sendable, Equatable {
  /// Ascending; registers `0 ..< inputs.count`.
  package let inputs: [Symbol]
  /// The registers that follow; numbers used as immediates are not among them.
  package let constants: [Double]
  package let instructions: [ProgramInstruction]
  /// The register of each output.
  package let outputs: [Int32]
  package let registerCount: Int

  package init(_ graph: ExpressionGraph, outputs: [NodeID]) {
    let nodes = graph.reachable(from: outputs)
    inputs = graph.symbols(of: outputs)
    let inputRegisters = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, Int32($0)) })
    var registers: [NodeID: Int32] = [:]
    var constants: [Double] = []
    var operations: [NodeID] = []
    for node in nodes {
      switch graph.content(of: node) {
      case .constant(let value):
        registers[node] = Int32(inputs.count + constants.count)
        constants.append(value)
      case .symbol(let symbol): registers[node] = inputRegisters[symbol]
      case .operation: operations.append(node)
      }
    }
    let start = inputs.count + constants.count
    for (place, node) in operations.enumerated() { registers[node] = Int32(start + place) }
    func register(_ node: NodeID) -> Int32 {
      guard let register = registers[node] else { preconditionFailure("node \(node.index) has no register") }
      return register
    }
    self.constants = constants
    instructions = operations.map { id in
      let node = graph[id]
      return ProgramInstruction(
        node.operation, result: register(id), a: register(node.first), b: node.b < 0 ? -1 : register(node.second),
        c: node.c < 0 ? -1 : register(node.third), immediate: node.immediate)
    }
    self.outputs = outputs.map(register)
    registerCount = start + operations.count
  }

  /// The outputs for one point: the plain reference that the batched kernels are compared with.
  ///
  /// - Precondition: one value for each of `inputs`.
  package func evaluate(_ values: [Double]) -> [Double] {
    precondition(values.count == inputs.count, "\(values.count) values for \(inputs.count) inputs")
    var registers = values + constants
    registers.reserveCapacity(registerCount)
    for instruction in instructions {
      registers.append(
        instruction.operation.evaluate(
          registers[Int(instruction.a)],
          instruction.b < 0 ? 0 : registers[Int(instruction.b)],
          instruction.c < 0 ? 0 : registers[Int(instruction.c)],
          immediate: instruction.immediate))
    }
    return outputs.map { registers[Int($0)] }
  }

  /// The derivatives of a network output that a jet must carry for this program: those it reads, and all below them.
  package func derivativeSet(output: Int, site: Int) -> DerivativeSet {
    DerivativeSet(
      closing: inputs.compactMap { symbol in
        if case .output(output, let index, site: site) = symbol { index } else { nil }
      },
      laplacians: inputs.compactMap { symbol in
        if case .laplacian(output, let laplacian, site: site) = symbol { laplacian } else { nil }
      })
  }
}

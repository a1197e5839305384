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
  package private(set) var outputs: [Int32]
  package let registerCount: Int
  /// For each place beside the point itself, or beside the point and its partner, the program that computes its
  /// coordinates from those of the point and its columns. The sites of `inputs` count them on.
  package private(set) var places: [ResidualProgram]
  /// Those that `inputs` number.
  private var coefficients: [Coefficient]

  /// - Precondition: no name is bound any more, and integrals over places are taken apart.
  package init(_ graph: ExpressionGraph, outputs: [NodeID]) {
    let nodes = graph.reachable(from: outputs)
    let symbols = graph.symbols(of: outputs)
    let sites = Set(symbols.compactMap(\.site)).filter { graph.coordinates(ofSite: $0) != nil }.sorted()
    let firstSite = symbols.contains { $0.site == 1 } ? 2 : 1
    inputs = symbols.map { symbol in
      if case .bound = symbol { preconditionFailure("a bound name was left") }
      if case .integral = symbol { preconditionFailure("an integral over a place was left") }
      guard let site = symbol.site, let place = sites.firstIndex(of: site) else { return symbol }
      return symbol.reading(site: firstSite + place)
    }
    places = sites.map { ResidualProgram(graph, outputs: graph.coordinates(ofSite: $0) ?? []) }
    let inputRegisters = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, Int32($0)) })
    coefficients = graph.coefficients
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

  /// The inputs that some of the outputs depend on, in their order.
  package func inputs(ofOutputs numbers: [Int]) -> [Symbol] {
    var isNeeded = [Bool](repeating: false, count: registerCount)
    for number in numbers { isNeeded[Int(outputs[number])] = true }
    for instruction in instructions.reversed() where isNeeded[Int(instruction.result)] {
      for operand in [instruction.a, instruction.b, instruction.c] where operand >= 0 { isNeeded[Int(operand)] = true }
    }
    return inputs.indices.filter { isNeeded[$0] }.map { inputs[$0] }
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

  /// The same program with all its registers as outputs, in order: to see where a number comes from.
  package func tracing() -> ResidualProgram {
    var tracing = self
    tracing.outputs = (0..<Int32(registerCount)).map { $0 }
    return tracing
  }

  /// The same residuals with their places and coefficients, from a graph that does not know those.
  func withPlaces(of program: ResidualProgram) -> ResidualProgram {
    var same = self
    same.places = program.places
    same.coefficients = program.coefficients
    return same
  }

  /// The coordinates of all sites, given those of the point, and of its partner where there is one, and the columns.
  ///
  /// - Shapes: `[site][variable][point]`, `[column][point]`.
  package func sites(from given: [[[Double]]], columns: [[Double]]) -> [[[Double]]] {
    guard let own = given.first, !places.isEmpty else { return given }
    let count = own.first?.count ?? 0
    return given
      + places.map { place in
        var coordinates = [[Double]](repeating: [], count: own.count)
        var values = [Double](repeating: 0, count: place.inputs.count)
        let known = place.inputs.map { symbol -> [Double] in
          switch symbol {
          case .coordinate(let variable, site: 0): return own[variable]
          case .column(let column): return columns[column]
          default: preconditionFailure("\(symbol) in a place")
          }
        }
        for point in 0..<count {
          for (input, numbers) in known.enumerated() { values[input] = numbers[point] }
          for (variable, value) in place.evaluate(values).enumerated() { coordinates[variable].append(value) }
        }
        return coordinates
      }
  }

  /// The values of the coefficients that the program reads, in the order of `inputs`.
  ///
  /// - Shapes: `sites` is `[site][variable][point]`, of all sites; the result `[coefficient][point]`.
  package func coefficientValues(at sites: [[[Double]]]) -> [[Double]] {
    inputs.compactMap { symbol in
      guard case .coefficient(let number, let site) = symbol else { return nil }
      return coefficients[number].function.values(at: sites[site])
    }
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

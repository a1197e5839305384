import KernelInterface

extension ExpressionGraph {
  /// The expression with every symbol for which `replacement` returns a node replaced by that node, simplified anew.
  ///
  /// A derivative of an output is a symbol of its own: replacing the output leaves its derivatives alone.
  package mutating func replacing(_ node: NodeID, _ replacement: (Symbol) -> NodeID?) -> NodeID {
    var images: [NodeID: NodeID] = [:]
    for id in reachable(from: CollectionOfOne(node)) {
      switch content(of: id) {
      case .constant: break
      case .symbol(let symbol): images[id] = replacement(symbol)
      case .operation(let operation, let operands, let immediate):
        let moved = operands.map { images[$0] ?? $0 }
        if moved != operands { images[id] = rebuilt(operation, moved, immediate: immediate) }
      }
    }
    return images[node] ?? node
  }

  /// The node of another graph, with its symbols replaced by nodes of this one.
  package mutating func copy(
    _ node: NodeID, of other: ExpressionGraph, _ replacement: (Symbol) -> NodeID
  ) -> NodeID {
    var images: [NodeID: NodeID] = [:]
    for id in other.reachable(from: CollectionOfOne(node)) {
      switch other.content(of: id) {
      case .constant(let value): images[id] = constant(value)
      case .symbol(let symbol): images[id] = replacement(symbol)
      case .operation(let operation, let operands, let immediate):
        images[id] = rebuilt(operation, operands.compactMap { images[$0] }, immediate: immediate)
      }
    }
    return images[node] ?? constant(.nan)
  }

  /// The expression read at another site: coordinates and outputs of site 0 become those of `site`.
  ///
  /// Differentiate first: the derivative by a variable takes every site's coordinates to move together.
  package mutating func moved(_ node: NodeID, toSite site: Int) -> NodeID {
    var images: [Symbol: NodeID] = [:]
    for symbol in symbols(of: [node]) where symbol.moved(toSite: site) != symbol {
      images[symbol] = self.symbol(symbol.moved(toSite: site))
    }
    return replacing(node) { images[$0] }
  }

  /// The operation on other operands, through its simplifying constructor.
  mutating func rebuilt(_ operation: ProgramOperation, _ operands: [NodeID], immediate: Double) -> NodeID {
    switch operation {
    case .add: add(operands[0], operands[1])
    case .subtract: subtract(operands[0], operands[1])
    case .multiply: multiply(operands[0], operands[1])
    case .divide: divide(operands[0], operands[1])
    case .power: power(operands[0], operands[1])
    case .integerPower: integerPower(operands[0], Int(immediate))
    case .addConstant: add(operands[0], constant(immediate))
    case .multiplyConstant: multiply(operands[0], constant(immediate))
    case .minimum: minimum(operands[0], operands[1])
    case .maximum: maximum(operands[0], operands[1])
    case .less: less(operands[0], operands[1])
    case .lessOrEqual: lessOrEqual(operands[0], operands[1])
    case .equal: equal(operands[0], operands[1])
    case .atan2: atan2(operands[0], operands[1])
    case .select: select(operands[0], operands[1], operands[2])
    default: unary(operation, operands[0])
    }
  }
}

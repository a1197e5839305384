import KernelInterface

extension ExpressionGraph {
  /// The expression as a text of the language, which parses back to the same node of this graph.
  ///
  /// Shared parts are written out each time, so the text of a small graph may be long: at `limit` characters it is cut
  /// and ends in "…". Not parsed back are cut texts, texts nested deeper than the parser allows, symbols of
  /// another site, Laplacians that are one symbol, and constants that are not finite (printed as `(1/0)`, `(-1/0)`, `(0/0)`).
  package func text(_ node: NodeID, names: SymbolNames, limit: Int = 100_000) -> String {
    var printer = ExpressionPrinter(graph: self, names: names)
    return printer.print(node, limit: limit)
  }
}

/// How tightly a piece of text holds together, in the order of the grammar.
private enum Binding: Int, Comparable {
  case lowest, comparison, sum, product, sign, power, atom

  static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
}

/// Writes nodes from a stack of what is still to be written: no recursion, whatever the depth.
private struct ExpressionPrinter {
  private enum Piece {
    case text(String)
    case node(NodeID, Binding)
  }

  let graph: ExpressionGraph
  let names: SymbolNames
  private var pending: [Piece] = []
  private var result = ""

  init(graph: ExpressionGraph, names: SymbolNames) {
    self.graph = graph
    self.names = names
  }

  mutating func print(_ root: NodeID, limit: Int) -> String {
    pending = [.node(root, .lowest)]
    var length = 0
    while let piece = pending.popLast() {
      switch piece {
      case .text(let text):
        result += text
        length += text.utf8.count
      case .node(let id, let wanted):
        let isLooser = binding(of: id) < wanted
        if isLooser { pending.append(.text(")")) }
        pending.append(contentsOf: pieces(of: id).reversed())
        if isLooser { pending.append(.text("(")) }
      }
      if length > limit { return String(result.prefix(limit)) + "…" }
    }
    return result
  }

  private func binding(of id: NodeID) -> Binding {
    switch graph.content(of: id) {
    case .constant(let value):
      return value < 0 && value.isFinite ? .sign : .atom
    case .symbol:
      return .atom
    case .operation(let operation, let operands, _):
      switch operation {
      case .add, .subtract, .addConstant: return .sum
      case .multiply, .divide, .multiplyConstant: return .product
      case .negate: return continuesProduct(operands[0]) ? .product : .sign
      case .power, .integerPower: return .power
      case .less, .lessOrEqual, .equal: return .comparison
      default: return .atom
      }
    }
  }

  private func pieces(of id: NodeID) -> [Piece] {
    switch graph.content(of: id) {
    case .constant(let value): return [.text(literal(value))]
    case .symbol(let symbol): return [.text(names.text(symbol))]
    case .operation(let operation, let operands, let immediate):
      let a = operands[0]
      switch operation {
      case .add: return chain(operands, " + ", .sum)
      case .multiply: return chain(operands, "*", .product)
      case .subtract: return [.node(a, .sum), .text(" - "), .node(operands[1], .product)]
      case .divide: return [.node(a, .product), .text("/"), .node(operands[1], .sign)]
      case .addConstant:
        return [.node(a, .sum), .text((immediate < 0 ? " - " : " + ") + literal(immediate.magnitude))]
      case .multiplyConstant:
        return [.text(literal(immediate) + "*"), .node(a, continuesProduct(a) ? .product : .power)]
      case .negate: return [.text("-"), .node(a, continuesProduct(a) ? .product : .power)]
      case .power: return [.node(a, .atom), .text("^"), .node(operands[1], .sign)]
      case .integerPower: return [.node(a, .atom), .text("^\(Int(immediate))")]
      case .less: return [.node(a, .sum), .text(" < "), .node(operands[1], .sum)]
      case .lessOrEqual: return [.node(a, .sum), .text(" <= "), .node(operands[1], .sum)]
      case .equal:
        // The order is that of the ids; a constant reads better on the right.
        let (left, right) = graph.constantValue(a) == nil ? (a, operands[1]) : (operands[1], a)
        return [.node(left, .sum), .text(" == "), .node(right, .sum)]
      default: return call(ExpressionPrinter.functionName(operation), operands)
      }
    }
  }

  /// A commutative operation with the operand first that needs no parentheses there.
  private func chain(_ operands: [NodeID], _ sign: String, _ level: Binding) -> [Piece] {
    let (first, second) = inPrintedOrder(operands, level)
    let tighter = Binding(rawValue: level.rawValue + 1) ?? .atom
    return [.node(first, level), .text(sign), .node(second, tighter)]
  }

  private func inPrintedOrder(_ operands: [NodeID], _ level: Binding) -> (NodeID, NodeID) {
    let (a, b) = (operands[0], operands[1])
    return binding(of: b) == level && binding(of: a) > level ? (b, a) : (a, b)
  }

  /// Whether a product can follow a factor without parentheses: `2*(a*b)` and `2*a*b` are the same node, because the
  /// parser moves the factor out; but the constant at the head of `3/x*b` would take the factor in.
  private func continuesProduct(_ id: NodeID) -> Bool {
    var id = id
    var isProduct = false
    while graph[id].is(.multiply) {
      isProduct = true
      id = inPrintedOrder(graph.operands(of: id), .product).0
    }
    return isProduct && binding(of: id) > .product && graph.isVarying(id)
  }

  private func call(_ name: String, _ arguments: [NodeID]) -> [Piece] {
    var pieces: [Piece] = [.text(name + "(")]
    for (place, argument) in arguments.enumerated() {
      if place > 0 { pieces.append(.text(", ")) }
      pieces.append(.node(argument, .lowest))
    }
    return pieces + [.text(")")]
  }

  private func literal(_ value: Double) -> String {
    if value.isNaN { return "(0/0)" }
    if value.isInfinite { return value < 0 ? "(-1/0)" : "(1/0)" }
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func functionName(_ operation: ProgramOperation) -> String {
    switch operation {
    case .minimum: "min"
    case .maximum: "max"
    case .select: "if"
    default: "\(operation)"
    }
  }
}

import Autodiff
package import Diagnostics
package import KernelInterface

/// The place of an expression in its `ExpressionGraph`; meaningless in any other graph.
package struct NodeID: Hashable, Sendable, Comparable {
  package let index: Int32

  package static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// Expressions as a directed graph in which equal expressions are one node.
///
/// Every constructor (`add`, `unary`, …) simplifies, then looks its result up, so that the same sub-expression written
/// twice, or produced twice by differentiation, is stored and later computed once. Operands have smaller ids than
/// the nodes that use them; therefore every walk over the graph is a loop over ids, and a sum of 100 000 terms,
/// 100 000 nodes deep, needs no call stack.
///
/// What it deliberately does not do: multiply out, factor, or search for the cheapest form. Simplification is local
/// and keeps values on the domain of the original up to rounding (`ExpressionGraph+Simplification.swift`).
package struct ExpressionGraph: Sendable {
  /// What the parser and the derivative refuse to exceed.
  package static let nodeLimit = 200_000

  /// How many variables (coordinates) there are.
  package let variableCount: Int
  /// For each network output the variables it depends on; its derivative by any other is 0.
  package let outputInputs: [Set<Int>]

  private(set) var nodes: [Node] = []
  private var ids: [Node: NodeID] = [:]
  private var symbolTable: [Symbol] = []
  private var symbolNumbers: [Symbol: Int32] = [:]
  /// Whether a symbol occurs in the node; where none does, and folding did not make it a constant, its value is not
  /// finite (`1/0`), and it is left for the program to compute.
  private var varying: [Bool] = []
  /// The coordinates of the places from site `firstPlace` on, as expressions of those of site 0.
  var places: [[NodeID]] = []
  private var placeNumbers: [[NodeID]: Int] = [:]
  /// The integrals over places that were read: what `Symbol.integral` numbers.
  package internal(set) var integrals: [PlacedIntegral] = []
  /// What `Symbol.coefficient` numbers.
  private(set) var coefficients: [Coefficient] = []
  /// The numbers of derivatives of coefficients by variables.
  private var coefficientSlopes: [[Int]: Int] = [:]
  /// Derivatives found so far.
  var derivatives: [DerivativeKey: NodeID] = [:]

  /// - Precondition: `outputInputs` names variables below `variableCount`.
  package init(variableCount: Int, outputInputs: [Set<Int>]) {
    precondition(outputInputs.allSatisfy { $0.allSatisfy { (0..<variableCount).contains($0) } }, "no such variable")
    self.variableCount = variableCount
    self.outputInputs = outputInputs
  }

  /// How many nodes there are; also the ids in use, `0 ..< count`.
  package var count: Int { nodes.count }

  /// The first site whose coordinates are expressions.
  static let firstPlace = 2

  /// The site with the given coordinates; site 0 where they are those of the point itself.
  ///
  /// - Precondition: one node for each variable, of coordinates of site 0, constants and bound names.
  mutating func site(at coordinates: [NodeID]) -> Int {
    if let known = placeNumbers[coordinates] { return known }
    let own = (0..<variableCount).map { symbol(.coordinate($0, site: 0)) }
    let site = coordinates == own ? 0 : ExpressionGraph.firstPlace + places.count
    if site > 0 { places.append(coordinates) }
    placeNumbers[coordinates] = site
    return site
  }

  /// A known function of the variables, as a node.
  package mutating func coefficient(_ function: any KnownFunction) -> NodeID {
    coefficients.append(Coefficient(function: function))
    return symbol(.coefficient(coefficients.count - 1, site: 0))
  }

  /// The number of the derivative of a coefficient by one of its variables; nil where it has none.
  mutating func coefficientSlope(_ number: Int, by variable: Int) -> Int? {
    if let known = coefficientSlopes[[number, variable]] { return known }
    guard let slope = coefficients[number].function.derivative(by: variable) else { return nil }
    coefficients.append(Coefficient(function: slope))
    coefficientSlopes[[number, variable]] = coefficients.count - 1
    return coefficients.count - 1
  }

  /// The coordinates of a site that has expressions for them.
  package func coordinates(ofSite site: Int) -> [NodeID]? {
    let place = site - ExpressionGraph.firstPlace
    return places.indices.contains(place) ? places[place] : nil
  }
}

/// An integral of an expression over a part of space, as it was written: `integral(u, boundary)`; or what a metric makes
/// of an expression at all of its points, as `sum(u)`.
package struct PlacedIntegral: Sendable {
  package enum Kind: Sendable { case integral, sum, mean, smallest, largest }

  package var integrand: NodeID
  /// Nil for the whole domain, or the points of the metric.
  package var place: LocatedText?
  package var kind = Kind.integral
}

// MARK: Nodes

extension ExpressionGraph {
  /// What a node is, for those who compile or inspect it.
  package enum Content: Equatable, Sendable {
    case constant(Double)
    case symbol(Symbol)
    /// `immediate` as in `ProgramInstruction`.
    case operation(ProgramOperation, [NodeID], immediate: Double)
  }

  struct Node: Hashable, Sendable {
    enum Kind: UInt8 { case constant, symbol, operation }

    var kind: Kind
    /// Meaningless unless `kind` is `operation`.
    var operation: ProgramOperation = .add
    var a: Int32 = -1
    var b: Int32 = -1
    var c: Int32 = -1
    /// Bits of the constant or immediate; compared as bits so that NaN equals itself.
    var bits: UInt64 = 0

    var immediate: Double { Double(bitPattern: bits) }
    var first: NodeID { NodeID(index: a) }
    var second: NodeID { NodeID(index: b) }
    var third: NodeID { NodeID(index: c) }

    func `is`(_ wanted: ProgramOperation) -> Bool { kind == .operation && operation == wanted }
  }

  subscript(id: NodeID) -> Node { nodes[Int(id.index)] }

  /// What a node is.
  package func content(of id: NodeID) -> Content {
    let node = self[id]
    switch node.kind {
    case .constant: return .constant(node.immediate)
    case .symbol: return .symbol(symbolTable[Int(node.a)])
    case .operation: return .operation(node.operation, operands(of: id), immediate: node.immediate)
    }
  }

  /// The nodes that a node is made of; none for constants and symbols.
  package func operands(of id: NodeID) -> [NodeID] {
    let node = self[id]
    guard node.kind == .operation else { return [] }
    return [node.a, node.b, node.c].filter { $0 >= 0 }.map { NodeID(index: $0) }
  }

  /// The node of a number. Negative zero becomes zero.
  package mutating func constant(_ value: Double) -> NodeID {
    let canonical = value == 0 ? 0 : value.isNaN ? .nan : value
    return intern(Node(kind: .constant, bits: canonical.bitPattern))
  }

  /// The node of a symbol; a derivative of an output by a variable it does not depend on is 0.
  package mutating func symbol(_ symbol: Symbol) -> NodeID {
    if case .output(let number, let index, _) = symbol {
      precondition(outputInputs.indices.contains(number), "output \(number) of \(outputInputs.count)")
      if !index.variables.allSatisfy(outputInputs[number].contains) { return constant(0) }
    }
    let number: Int32
    if let known = symbolNumbers[symbol] {
      number = known
    } else {
      number = Int32(symbolTable.count)
      symbolTable.append(symbol)
      symbolNumbers[symbol] = number
    }
    return intern(Node(kind: .symbol, a: number))
  }

  /// The node of an operation as it is, without simplification.
  mutating func operation(
    _ operation: ProgramOperation, _ a: NodeID, _ b: NodeID? = nil, _ c: NodeID? = nil, immediate: Double = 0
  ) -> NodeID {
    intern(
      Node(
        kind: .operation, operation: operation, a: a.index, b: b?.index ?? -1, c: c?.index ?? -1,
        bits: immediate.bitPattern))
  }

  private mutating func intern(_ node: Node) -> NodeID {
    if let known = ids[node] { return known }
    let id = NodeID(index: Int32(nodes.count))
    nodes.append(node)
    ids[node] = id
    switch node.kind {
    case .constant: varying.append(false)
    case .symbol: varying.append(true)
    case .operation:
      varying.append(
        varying[Int(node.a)] || (node.b >= 0 && varying[Int(node.b)]) || (node.c >= 0 && varying[Int(node.c)]))
    }
    return id
  }
}

// MARK: Questions

extension ExpressionGraph {
  /// The number that a node is, or nil.
  package func constantValue(_ id: NodeID) -> Double? {
    let node = self[id]
    return node.kind == .constant ? node.immediate : nil
  }

  /// Whether the node is this number.
  package func isConstant(_ id: NodeID, _ value: Double) -> Bool { constantValue(id) == value }

  /// Whether any symbol occurs in the node.
  package func isVarying(_ id: NodeID) -> Bool { varying[Int(id.index)] }

  /// Every node that the given ones are made of, themselves included, operands first.
  ///
  /// - Complexity: O(n log n) for the n nodes found, whatever the size of the graph.
  package func reachable(from roots: some Sequence<NodeID>) -> [NodeID] {
    var pending = Array(roots)
    // Arguments are evaluated in order: `f(graph, graph.add(a, b))` hands over the graph before the node is in it.
    precondition(pending.allSatisfy { $0.index < count }, "a node that is not in this graph of \(count) nodes")
    var seen: Set<NodeID> = []
    while let next = pending.popLast() {
      guard seen.insert(next).inserted else { continue }
      let node = self[next]
      guard node.kind == .operation else { continue }
      pending.append(node.first)
      if node.b >= 0 { pending.append(node.second) }
      if node.c >= 0 { pending.append(node.third) }
    }
    return seen.sorted()
  }

  /// The symbols that occur in the given nodes, ascending.
  package func symbols(of roots: [NodeID]) -> [Symbol] {
    var found: [Symbol] = []
    for id in reachable(from: roots) where self[id].kind == .symbol {
      found.append(symbolTable[Int(self[id].a)])
    }
    return found.sorted()
  }
}

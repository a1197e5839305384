import Autodiff
import KernelInterface

/// Why an expression has no derivative that a program could compute.
package enum DerivativeFailure: Error, Equatable, Sendable {
  /// A network output would be derived more often than `MultiIndex.maximumOrder` times.
  case order
  /// The values of a column are known at its points only; a coefficient has kinks.
  case column(Symbol)
  /// An integral over a place has a derivative only under the integral.
  case integral
  /// The graph would exceed `ExpressionGraph.nodeLimit`.
  case size
}

struct DerivativeKey: Hashable, Sendable {
  /// What a derivative is taken by.
  enum Direction: Hashable, Sendable {
    /// A variable, through everything that depends on it.
    case variable(Int)
    /// One symbol, all others held.
    case symbol(Symbol)
  }

  var node: NodeID
  var direction: Direction
}

extension ExpressionGraph {
  /// The total derivative ∂/∂x of an expression by a variable x, through network outputs and unknowns' constancy.
  ///
  ///     ∂x/∂x = 1     ∂N/∂x = N_x     ∂c/∂x = 0     and the chain rule
  ///
  /// The coordinates of a point and of its partner move together, those of other places as their expressions say.
  /// Comparisons, `step`, `sign` and `floor` have derivative 0 everywhere,
  /// |a|′ = sign(a)·a′, and a tie of `minimum` or `maximum` derives the first operand. Results are kept: deriving
  /// again is a look-up, and derivatives of parts are shared.
  ///
  /// - Throws: `DerivativeFailure`; what was found before stays in the graph.
  /// - Precondition: `variable` is below `variableCount`.
  /// - Complexity: O(n log n) for the n nodes below that were not derived by this variable before; no recursion.
  package mutating func derivative(of node: NodeID, by variable: Int) throws(DerivativeFailure) -> NodeID {
    precondition((0..<variableCount).contains(variable), "variable \(variable) of \(variableCount)")
    let direction = DerivativeKey.Direction.variable(variable)
    var pending = [node]
    var found: Set<NodeID> = []
    while let next = pending.popLast() {
      guard derivatives[DerivativeKey(node: next, direction: direction)] == nil, found.insert(next).inserted else {
        continue
      }
      pending.append(contentsOf: operandsToDerive(of: next))
    }
    for id in found.sorted() {
      try deriveOnce(id, direction)
    }
    return known(node, direction)
  }

  /// The partial derivatives ∂/∂s of some expressions by one of their symbols s, all other symbols held.
  ///
  /// - Throws: `DerivativeFailure.size`; what was found before stays in the graph.
  /// - Complexity: as for the derivative by a variable.
  package mutating func derivatives(of roots: [NodeID], bySymbol symbol: Symbol) throws(DerivativeFailure) -> [NodeID] {
    let direction = DerivativeKey.Direction.symbol(symbol)
    for id in reachable(from: roots) {
      // Only what depends on the symbol is derived; `known` makes the rest 0.
      let dependsOnSymbol =
        content(of: id) == .symbol(symbol)
        || operandsToDerive(of: id).contains { derivatives[DerivativeKey(node: $0, direction: direction)] != nil }
      if dependsOnSymbol { try deriveOnce(id, direction) }
    }
    return roots.map { known($0, direction) }
  }

  private mutating func deriveOnce(_ id: NodeID, _ direction: DerivativeKey.Direction) throws(DerivativeFailure) {
    let key = DerivativeKey(node: id, direction: direction)
    guard derivatives[key] == nil else { return }
    let derivative = try derived(id, by: direction)
    guard count <= ExpressionGraph.nodeLimit else { throw .size }
    derivatives[key] = derivative
  }

  /// The operands whose derivatives occur in that of the node: not those that it only decides by.
  private func operandsToDerive(of id: NodeID) -> [NodeID] {
    let node = self[id]
    return switch node.operation {
    case .sign, .step, .floor, .less, .lessOrEqual, .equal: []
    case .select: [node.second, node.third]
    default: operands(of: id)
    }
  }

  /// The operands on which the node depends by jumps, unseen by its derivative: those of a comparison, a condition.
  func decidingOperands(of id: NodeID) -> [NodeID] {
    let node = self[id]
    guard node.kind == .operation else { return [] }
    return switch node.operation {
    case .sign, .step, .floor, .less, .lessOrEqual, .equal: operands(of: id)
    case .select: [node.first]
    default: []
    }
  }

  private mutating func known(_ node: NodeID, _ direction: DerivativeKey.Direction) -> NodeID {
    if let derivative = derivatives[DerivativeKey(node: node, direction: direction)] { return derivative }
    guard case .symbol = direction else {
      preconditionFailure("node \(node.index) was not derived by \(direction)")
    }
    return constant(0)
  }

  /// The rules. The derivatives of all operands that `operandsToDerive` names are known.
  private mutating func derived(
    _ id: NodeID, by direction: DerivativeKey.Direction
  ) throws(DerivativeFailure) -> NodeID {
    switch content(of: id) {
    case .constant: return constant(0)
    case .symbol(let symbol):
      return switch direction {
      case .variable(let variable): try derived(symbol, by: variable)
      case .symbol(let held): constant(symbol == held ? 1 : 0)
      }
    case .operation(let operation, _, _):
      switch operation {
      case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .atan2:
        return derivedBinary(id, by: direction)
      case .select:
        let node = self[id]
        return select(node.first, known(node.second, direction), known(node.third, direction))
      case .sign, .step, .floor, .less, .lessOrEqual, .equal:
        return constant(0)
      default:
        let inner = known(self[id].first, direction)
        // f′ is not built where the inner derivative is 0.
        return isConstant(inner, 0) ? inner : chained(id, inner)
      }
    }
  }

  private mutating func derived(_ symbol: Symbol, by variable: Int) throws(DerivativeFailure) -> NodeID {
    switch symbol {
    case .coordinate(let number, _): return constant(number == variable ? 1 : 0)
    case .unknown, .bound: return constant(0)
    case .column: throw .column(symbol)
    case .coefficient(let number, let site):
      // It is constant along variables that it does not depend on.
      var sum = constant(0)
      for input in coefficients[number].function.variables {
        let slope =
          if let coordinate = coordinates(ofSite: site)?[input] {
            try derivative(of: coordinate, by: variable)
          } else {
            constant(input == variable ? 1 : 0)
          }
        if isConstant(slope, 0) { continue }
        guard let derived = coefficientSlope(number, by: input) else { throw .column(symbol) }
        sum = add(sum, multiply(self.symbol(.coefficient(derived, site: site)), slope))
      }
      return sum
    case .integral: throw .integral
    case .output(let number, let index, let site) where coordinates(ofSite: site) != nil:
      // N(g(x))′ = Σ ∂N/∂gⱼ gⱼ′: places move with the point as their coordinates say.
      var sum = constant(0)
      for (input, coordinate) in (coordinates(ofSite: site) ?? []).enumerated()
      where outputInputs[number].contains(input) {
        let slope = try derivative(of: coordinate, by: variable)
        if isConstant(slope, 0) { continue }
        guard let derived = index.derived(by: input) else { throw .order }
        sum = add(sum, multiply(self.symbol(.output(number, derived, site: site)), slope))
      }
      return sum
    case .output(let number, let index, let site):
      guard outputInputs[number].contains(variable) else { return constant(0) }
      guard let derived = index.derived(by: variable) else { throw .order }
      return self.symbol(.output(number, derived, site: site))
    case .laplacian(let number, let laplacian, let site):
      guard outputInputs[number].contains(variable) else { return constant(0) }
      return laplacian.variables.reduce(constant(0)) { sum, summand in
        add(sum, self.symbol(.output(number, MultiIndex([summand, summand, variable]), site: site)))
      }
    }
  }

  private mutating func derivedBinary(_ id: NodeID, by direction: DerivativeKey.Direction) -> NodeID {
    let node = self[id]
    let (a, b) = (node.first, node.second)
    let (da, db) = (known(a, direction), known(b, direction))
    switch node.operation {
    case .add: return add(da, db)
    case .subtract: return subtract(da, db)
    case .multiply: return add(times(da, b), times(db, a))
    case .divide: return derivedQuotient(id, da, db, direction)
    case .power:
      // (aᵇ)′ = b aᵇ⁻¹ a′ + aᵇ log(a) b′
      let base = isConstant(da, 0) ? da : multiply(multiply(b, power(a, subtract(b, constant(1)))), da)
      let exponent = isConstant(db, 0) ? db : multiply(multiply(id, unary(.log, a)), db)
      return add(base, exponent)
    case .minimum: return select(lessOrEqual(a, b), da, db)
    case .maximum: return select(lessOrEqual(b, a), da, db)
    default:
      // atan2(a, b)′ = (b a′ − a b′)/(a² + b²)
      let upper = subtract(times(da, b), times(db, a))
      return isConstant(upper, 0) ? upper : divide(upper, add(multiply(a, a), multiply(b, b)))
    }
  }

  /// (a/b)′ = a′/b − (a/b)(log b)′, or (a′ − (a/b) b′)/b where (log b)′ is nothing simpler than b′/b.
  ///
  /// The simpler forms do not overflow where b does: 1/cosh(x) has the derivative −tanh(x)/cosh(x) even at x = 1000.
  private mutating func derivedQuotient(
    _ id: NodeID, _ da: NodeID, _ db: NodeID, _ direction: DerivativeKey.Direction
  ) -> NodeID {
    let b = self[id].second
    if isConstant(db, 0) { return isConstant(da, 0) ? da : divide(da, b) }
    let lower = self[b]
    let logarithmic: NodeID
    if lower.is(.exp) {
      logarithmic = known(lower.first, direction)
    } else if lower.is(.cosh) {
      logarithmic = multiply(unary(.tanh, lower.first), known(lower.first, direction))
    } else if lower.is(.integerPower) {
      logarithmic = scale(divide(known(lower.first, direction), lower.first), by: lower.immediate)
    } else if isConstant(da, 0) {
      logarithmic = divide(db, b)
    } else {
      return divide(subtract(da, multiply(id, db)), b)
    }
    let change = multiply(id, logarithmic)
    return isConstant(da, 0) ? negate(change) : subtract(divide(da, b), change)
  }

  /// d · factor, where 0 · factor is 0 whatever the factor.
  private mutating func times(_ d: NodeID, _ factor: NodeID) -> NodeID {
    isConstant(d, 0) ? d : multiply(d, factor)
  }

  /// f′(a)·a′ of a node f(a), given a′; by the node itself where that is possible.
  private mutating func chained(_ id: NodeID, _ inner: NodeID) -> NodeID {
    let node = self[id]
    let a = node.first
    let one = constant(1)
    switch node.operation {
    case .negate: return negate(inner)
    case .addConstant: return inner
    case .multiplyConstant: return scale(inner, by: node.immediate)
    case .integerPower:
      return multiply(scale(integerPower(a, Int(node.immediate) - 1), by: node.immediate), inner)
    case .exp: return multiply(id, inner)
    case .expm1: return multiply(unary(.exp, a), inner)
    case .log: return divide(inner, a)
    case .log1p: return divide(inner, add(one, a))
    case .sqrt: return scale(divide(inner, id), by: 0.5)
    case .sin: return multiply(unary(.cos, a), inner)
    case .cos: return negate(multiply(unary(.sin, a), inner))
    case .tan: return multiply(add(one, integerPower(id, 2)), inner)
    case .asin: return divide(inner, unary(.sqrt, subtract(one, integerPower(a, 2))))
    case .acos: return negate(divide(inner, unary(.sqrt, subtract(one, integerPower(a, 2)))))
    case .atan: return divide(inner, add(one, integerPower(a, 2)))
    case .sinh: return multiply(unary(.cosh, a), inner)
    case .cosh: return multiply(unary(.sinh, a), inner)
    case .tanh: return multiply(subtract(one, integerPower(id, 2)), inner)
    case .asinh: return divide(inner, unary(.sqrt, add(one, integerPower(a, 2))))
    case .acosh: return divide(inner, unary(.sqrt, subtract(integerPower(a, 2), one)))
    case .atanh: return divide(inner, subtract(one, integerPower(a, 2)))
    case .sigmoid: return multiply(multiply(id, subtract(one, id)), inner)
    case .softplus: return multiply(unary(.sigmoid, a), inner)
    case .erf:
      let bell = unary(.exp, negate(integerPower(a, 2)))
      return scale(multiply(bell, inner), by: 2 / Double.pi.squareRoot())
    case .abs: return multiply(unary(.sign, a), inner)
    default: preconditionFailure("\(node.operation) has no chain rule")
    }
  }
}

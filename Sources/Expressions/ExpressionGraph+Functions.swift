package import KernelInterface

// The constructors of everything that is not arithmetic. Constants fold where the result is finite; signs move out of
// odd functions and vanish in even ones.

extension ExpressionGraph {
  /// A function of one operand, or `negate`.
  ///
  /// - Precondition: `operation` has one operand and no immediate.
  package mutating func unary(_ operation: ProgramOperation, _ a: NodeID) -> NodeID {
    precondition(operation.operandCount == 1, "\(operation) has \(operation.operandCount) operands")
    if let folded = folded(operation, a) { return folded }
    let node = self[a]
    switch operation {
    case .negate:
      return negate(a)
    case .sin, .tan, .asin, .atan, .sinh, .tanh, .asinh, .atanh, .erf, .sign:
      if node.is(.negate) { return negate(unary(operation, node.first)) }
    case .cos, .cosh:
      if node.is(.negate) { return unary(operation, node.first) }
    case .abs:
      if node.is(.negate) { return unary(operation, node.first) }
      if node.is(.abs) { return a }
    case .floor:
      if node.is(.floor) { return a }
    case .addConstant, .multiplyConstant, .integerPower:
      preconditionFailure("\(operation) takes an immediate")
    default:
      break
    }
    return self.operation(operation, a)
  }

  /// The smaller; a tie gives its derivative to `a`, so the operands keep their order.
  package mutating func minimum(_ a: NodeID, _ b: NodeID) -> NodeID { a == b ? a : binary(.minimum, a, b) }

  /// The larger; a tie gives its derivative to `a`, so the operands keep their order.
  package mutating func maximum(_ a: NodeID, _ b: NodeID) -> NodeID { a == b ? a : binary(.maximum, a, b) }

  /// The angle of the point with ordinate `a` and abscissa `b`.
  package mutating func atan2(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.atan2, a, b) }

  /// 1 where a < b, else 0.
  package mutating func less(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.less, a, b) }

  /// 1 where a ≤ b, else 0.
  package mutating func lessOrEqual(_ a: NodeID, _ b: NodeID) -> NodeID { binary(.lessOrEqual, a, b) }

  /// 1 where a = b, else 0.
  package mutating func equal(_ a: NodeID, _ b: NodeID) -> NodeID {
    let (a, b) = a < b ? (a, b) : (b, a)
    // "not not c" is c where c is 0 or 1 already.
    for (value, zero) in [(a, b), (b, a)] where isConstant(zero, 0) && self[value].is(.equal) {
      let inner = self[value]
      if isConstant(inner.second, 0), isTruth(inner.first) { return inner.first }
      if isConstant(inner.first, 0), isTruth(inner.second) { return inner.second }
    }
    return binary(.equal, a, b)
  }

  /// `a` where the condition is not 0, else `b`.
  package mutating func select(_ condition: NodeID, _ a: NodeID, _ b: NodeID) -> NodeID {
    if let value = constantValue(condition) { return value != 0 ? a : b }
    if a == b { return a }
    return operation(.select, condition, a, b)
  }

  /// 1 where the node is 0, else 0.
  package mutating func not(_ a: NodeID) -> NodeID { equal(a, constant(0)) }

  /// 1 where both are not 0, else 0.
  package mutating func and(_ a: NodeID, _ b: NodeID) -> NodeID { select(a, truth(b), constant(0)) }

  /// 1 where either is not 0, else 0.
  package mutating func or(_ a: NodeID, _ b: NodeID) -> NodeID { select(a, constant(1), truth(b)) }

  /// 1 where a ≠ b, else 0; NaN differs from everything.
  package mutating func notEqual(_ a: NodeID, _ b: NodeID) -> NodeID { not(equal(a, b)) }

  /// 1 where the node is not 0, else 0.
  private mutating func truth(_ a: NodeID) -> NodeID {
    isTruth(a) ? a : select(a, constant(1), constant(0))
  }

  /// Whether the node can be nothing but 0 or 1, as far as one look tells.
  private func isTruth(_ a: NodeID) -> Bool {
    if let value = constantValue(a) { return value == 0 || value == 1 }
    let node = self[a]
    return node.is(.less) || node.is(.lessOrEqual) || node.is(.equal) || node.is(.step)
  }

  private mutating func binary(_ operation: ProgramOperation, _ a: NodeID, _ b: NodeID) -> NodeID {
    folded(operation, a, b) ?? self.operation(operation, a, b)
  }

  private mutating func folded(_ operation: ProgramOperation, _ a: NodeID, _ b: NodeID? = nil) -> NodeID? {
    guard let x = constantValue(a) else { return nil }
    guard let b else { return finite(operation.evaluate(x), given: x.isFinite) }
    guard let y = constantValue(b) else { return nil }
    return finite(operation.evaluate(x, y), given: x.isFinite && y.isFinite)
  }

  private mutating func finite(_ value: Double, given: Bool) -> NodeID? {
    value.isFinite || !given ? constant(value) : nil
  }
}

// MARK: Functions made of several operations

extension ExpressionGraph {
  /// The real cube root: sign(x)·|x|^(1/3).
  mutating func cubeRoot(_ a: NodeID) -> NodeID {
    let magnitude = unary(.abs, a)
    return multiply(unary(.sign, a), power(magnitude, constant(1.0 / 3.0)))
  }

  /// (1 + tanh(x/width))/2, written as the equal sigmoid(2x/width): one operation, and exact in the lower tail.
  mutating func smoothStep(_ x: NodeID, width: NodeID) -> NodeID {
    unary(.sigmoid, scale(divide(x, width), by: 2))
  }
}

import KernelInterface

// The constructors of arithmetic. Goals in order of priority:
//
// 1. The value is that of the text up to rounding, wherever all its intermediate results are finite. Factors are
//    therefore regrouped freely (the relative error of a product does not depend on the order; only factors beyond 1e±150 could
//    over- or underflow on the way), but terms are not: (x − 1) + 1e-20 must not become x + (1e-20 − 1). Two constants
//    in a row are added only where their sum is exact. 0·x is 0 and x/x is 1, as algebra has it, unless no symbol
//    occurs in x, so that 0/0 is never hidden. The sign of a zero is not kept.
// 2. One form for equal things, so that they share a node. Operands of commutative operations stand in the order of
//    their ids; constant factors and signs move out of products and quotients; no term of a sum has a minus sign.
// 3. Fewer instructions: a constant operand becomes an immediate.
//
// Every rule ends in a form that the same constructor leaves alone; a printed expression therefore parses back to
// its own node. Rules that look below the operands are loops, never recursion: chains may be 100 000 nodes deep.

extension ExpressionGraph {
  /// a + b.
  package mutating func add(_ a: NodeID, _ b: NodeID) -> NodeID {
    let (a, b) = a < b ? (a, b) : (b, a)
    if let x = constantValue(a), let y = constantValue(b) { return fold(.add, a, b, x + y) }
    if let x = constantValue(a) { return shift(b, by: x) }
    if let y = constantValue(b) { return shift(a, by: y) }
    let (left, right) = (factored(a), factored(b))
    if left.base == right.base, isVarying(left.base), (left.factor + right.factor).isFinite {
      return scale(left.base, by: left.factor + right.factor)
    }
    if right.factor < 0 { return subtract(a, scale(right.base, by: -right.factor)) }
    if left.factor < 0 { return subtract(b, scale(left.base, by: -left.factor)) }
    return operation(.add, a, b)
  }

  /// a − b.
  package mutating func subtract(_ a: NodeID, _ b: NodeID) -> NodeID {
    if let x = constantValue(a), let y = constantValue(b) { return fold(.subtract, a, b, x - y) }
    if let y = constantValue(b) { return shift(a, by: -y) }
    let (left, right) = (factored(a), factored(b))
    if let x = constantValue(a) {
      if x == 0 { return negate(b) }
      if right.factor < 0 { return shift(scale(right.base, by: -right.factor), by: x) }
      let node = self[b]
      if node.is(.addConstant), let sum = exactSum(x, -node.immediate) { return subtract(constant(sum), node.first) }
      if node.is(.subtract), let y = constantValue(node.first), let sum = exactSum(x, -y) {
        return shift(node.second, by: sum)
      }
      return operation(.subtract, a, b)
    }
    if left.base == right.base, isVarying(left.base), (left.factor - right.factor).isFinite {
      return scale(left.base, by: left.factor - right.factor)
    }
    if right.factor < 0 { return add(a, scale(right.base, by: -right.factor)) }
    if left.factor == -1 { return negate(add(left.base, b)) }
    return operation(.subtract, a, b)
  }

  /// −a.
  package mutating func negate(_ a: NodeID) -> NodeID {
    if let x = constantValue(a) { return constant(-x) }
    let node = self[a]
    if node.is(.negate) { return node.first }
    if node.is(.multiplyConstant) { return scale(node.first, by: -node.immediate) }
    if node.is(.subtract) { return subtract(node.second, node.first) }
    if node.is(.addConstant) { return subtract(constant(-node.immediate), node.first) }
    if node.is(.divide), let x = constantValue(node.first) { return operation(.divide, constant(-x), node.second) }
    return operation(.negate, a)
  }

  /// a · b.
  package mutating func multiply(_ a: NodeID, _ b: NodeID) -> NodeID {
    if let x = constantValue(a) { return scale(b, by: x) }
    if let y = constantValue(b) { return scale(a, by: y) }
    var factors = Factors()
    let left = stripped(a) { factors.multiply(by: $0) }
    let right = stripped(b) { factors.multiply(by: $0) }
    return scale(product(left, right), by: factors)
  }

  /// a / b.
  package mutating func divide(_ a: NodeID, _ b: NodeID) -> NodeID {
    if let y = constantValue(b) {
      if let x = constantValue(a) { return fold(.divide, a, b, x / y) }
      return (1 / y).isNormal ? scale(a, by: 1 / y) : operation(.divide, a, b)
    }
    if isConstant(a, 0), isVarying(b) { return a }
    var factors = Factors()
    let upper = stripped(a) { factors.multiply(by: $0) }
    let lower = stripped(b) { factors.divide(by: $0) }
    return scale(upper == lower && isVarying(lower) ? constant(1) : quotient(upper, lower), by: factors)
  }

  /// a ^ b for any b; whole exponents become `integerPower`, ½ becomes `sqrt`, base e becomes `exp`.
  package mutating func power(_ a: NodeID, _ b: NodeID) -> NodeID {
    if let x = constantValue(a), let y = constantValue(b) {
      return fold(.power, a, b, ProgramOperation.power.evaluate(x, y))
    }
    if let y = constantValue(b) {
      if let exponent = Int(exactly: y), exponent.magnitude <= 1 << 30 { return integerPower(a, exponent) }
      return y == 0.5 ? unary(.sqrt, a) : operation(.power, a, b)
    }
    if isConstant(a, 1) { return a }
    // `e` is this number too; exp is faster, and its derivative uses it again.
    if isConstant(a, eulersNumber) { return unary(.exp, b) }
    return operation(.power, a, b)
  }

  /// aⁿ; `exponent` is at most 2³⁰ in magnitude.
  package mutating func integerPower(_ a: NodeID, _ exponent: Int) -> NodeID {
    precondition(exponent.magnitude <= 1 << 30, "exponent \(exponent)")
    if exponent == 0 { return constant(1) }
    if exponent == 1 { return a }
    if exponent == -1 { return divide(constant(1), a) }
    if let x = constantValue(a) {
      let value = ProgramOperation.power.evaluate(x, Double(exponent))
      if value.isFinite || !x.isFinite { return constant(value) }
    }
    let node = self[a]
    if node.is(.integerPower) {
      let total = Int(node.immediate) * exponent
      if total.magnitude <= 1 << 30 { return integerPower(node.first, total) }
    }
    if node.is(.negate) {
      let power = integerPower(node.first, exponent)
      return exponent.isMultiple(of: 2) ? power : negate(power)
    }
    if node.is(.abs), exponent.isMultiple(of: 2) { return integerPower(node.first, exponent) }
    return operation(.integerPower, a, immediate: Double(exponent))
  }
}

/// The double nearest to e: the constant `e` of the language.
let eulersNumber = 2.718281828459045

// MARK: Rules

extension ExpressionGraph {
  /// The constant `value`, unless it is not finite though the operands are: then the operation stays and the program
  /// shows what IEEE makes of it.
  private mutating func fold(_ operation: ProgramOperation, _ a: NodeID, _ b: NodeID, _ value: Double) -> NodeID {
    let given = (constantValue(a) ?? 0).isFinite && (constantValue(b) ?? 0).isFinite
    return value.isFinite || !given ? constant(value) : self.operation(operation, a, b)
  }

  /// a + number.
  private mutating func shift(_ a: NodeID, by number: Double) -> NodeID {
    var (a, number) = (a, number)
    if constantValue(a) != nil { return add(a, constant(number)) }
    while self[a].is(.addConstant), let sum = exactSum(self[a].immediate, number) {
      (a, number) = (self[a].first, sum)
    }
    if number == 0 { return a }
    let node = self[a]
    if node.is(.subtract), let x = constantValue(node.first), let sum = exactSum(x, number) {
      return subtract(constant(sum), node.second)
    }
    if node.is(.negate) { return subtract(constant(number), node.first) }
    if node.is(.multiplyConstant), node.immediate < 0 {
      return operation(.subtract, constant(number), scale(node.first, by: -node.immediate))
    }
    return operation(.addConstant, a, immediate: number)
  }

  private mutating func scale(_ a: NodeID, by factors: Factors) -> NodeID {
    var a = a
    for factor in factors.apart { a = scale(a, by: factor) }
    return scale(a, by: factors.joined)
  }

  /// factor · a.
  mutating func scale(_ a: NodeID, by factor: Double) -> NodeID {
    var (a, factor) = (a, factor)
    if factor == 0 {
      return isVarying(a) || (constantValue(a) ?? .nan).isFinite ? constant(0) : product(constant(0), a)
    }
    a = stripped(a) { k in absorb(factor * k, into: &factor) }
    if let x = constantValue(a) {
      let multiplier = constant(factor)
      return fold(.multiply, min(multiplier, a), max(multiplier, a), factor * x)
    }
    if factor == 1 { return a }
    let node = self[a]
    if node.is(.divide), let x = constantValue(node.first), (factor * x).isNormal {
      return operation(.divide, constant(factor * x), node.second)
    }
    return factor == -1 ? negate(a) : operation(.multiplyConstant, a, immediate: factor)
  }

  /// a · b of nodes without constant factors.
  private mutating func product(_ a: NodeID, _ b: NodeID) -> NodeID {
    let (left, right) = (poweredBase(a), poweredBase(b))
    if left.base == right.base, constantValue(a) == nil {
      let total = left.exponent + right.exponent
      if left.exponent.signum() == right.exponent.signum(), total.magnitude <= 1 << 30 {
        return integerPower(left.base, total)
      }
    }
    return a < b ? operation(.multiply, a, b) : operation(.multiply, b, a)
  }

  /// a / b of different nodes without constant factors.
  private mutating func quotient(_ a: NodeID, _ b: NodeID) -> NodeID {
    let (upper, lower) = (self[a], self[b])
    if lower.is(.cosh), upper.is(.sinh), upper.a == lower.a { return unary(.tanh, lower.first) }
    if lower.is(.cos), upper.is(.sin), upper.a == lower.a { return unary(.tan, lower.first) }
    let (above, below) = (poweredBase(a), poweredBase(b))
    if above.base == below.base, below.exponent > 0, above.exponent > below.exponent, constantValue(a) == nil {
      return integerPower(above.base, above.exponent - below.exponent)
    }
    return operation(.divide, a, b)
  }

  private func poweredBase(_ a: NodeID) -> (base: NodeID, exponent: Int) {
    let node = self[a]
    return node.is(.integerPower) ? (node.first, Int(node.immediate)) : (a, 1)
  }

  /// The node as factor · base; one level only.
  private func factored(_ a: NodeID) -> (factor: Double, base: NodeID) {
    let node = self[a]
    if node.is(.negate) { return (-1, node.first) }
    if node.is(.multiplyConstant) { return (node.immediate, node.first) }
    return (1, a)
  }

  /// What is left of the node when its constant factors are taken off, as long as `accept` takes them.
  private func stripped(_ a: NodeID, accept: (Double) -> Bool) -> NodeID {
    var a = a
    while true {
      let (factor, base) = factored(a)
      if base == a || !accept(factor) { return a }
      a = base
    }
  }
}

/// Replaces `factor` by `candidate` unless that has over- or underflowed.
private func absorb(_ candidate: Double, into factor: inout Double) -> Bool {
  guard candidate.isNormal else { return false }
  factor = candidate
  return true
}

/// Constant factors taken off the operands of a product or quotient.
///
/// None may stay inside because it is too large together with another: that other may leave later, and then the product
/// would not be what its own text gives. Refused are factors whose use would lose digits.
private struct Factors {
  /// The product of as many as give a normal number.
  var joined = 1.0
  /// Those that do not go with the others.
  var apart: [Double] = []

  mutating func multiply(by factor: Double) -> Bool { join(factor, joined * factor) }

  mutating func divide(by divisor: Double) -> Bool { join(1 / divisor, joined / divisor) }

  private mutating func join(_ factor: Double, _ product: Double) -> Bool {
    guard factor.isNormal else { return false }
    if product.isNormal {
      joined = product
    } else {
      apart.append(joined)
      joined = factor
    }
    return true
  }
}

/// a + b if no rounding occurs, else nil.
private func exactSum(_ a: Double, _ b: Double) -> Double? {
  // Knuth's two-sum: the rounding error of the sum, itself exact.
  let sum = a + b
  let part = sum - a
  let error = (a - (sum - part)) + (b - part)
  return sum.isFinite && error == 0 ? sum : nil
}

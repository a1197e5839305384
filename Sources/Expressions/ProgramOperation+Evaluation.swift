package import KernelInterface
import RealModule

extension ProgramOperation {
  /// How many registers an instruction reads: 1, 2 or 3.
  package var operandCount: Int {
    switch self {
    case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .less, .lessOrEqual, .equal, .atan2: 2
    case .select: 3
    default: 1
    }
  }

  /// The operation on single numbers: the reference for the batched kernels, and what constants are folded with.
  ///
  /// Minimum and maximum are NaN where either operand is; the sign of NaN is 0, as a comparison with NaN is false.
  package func evaluate(_ a: Double, _ b: Double = 0, _ c: Double = 0, immediate: Double = 0) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: ieeePower(a, b)
    case .integerPower: repeatedProduct(a, immediate)
    case .negate: -a
    case .addConstant: a + immediate
    case .multiplyConstant: a * immediate
    case .exp: .exp(a)
    case .log: .log(a)
    case .sqrt: a.squareRoot()
    case .sin: .sin(a)
    case .cos: .cos(a)
    case .tan: .tan(a)
    case .asin: .asin(a)
    case .acos: .acos(a)
    case .atan: .atan(a)
    case .sinh: .sinh(a)
    case .cosh: .cosh(a)
    case .tanh: .tanh(a)
    case .sigmoid: 1 / (1 + Double.exp(-a))
    case .softplus: Swift.max(a, 0) + Double.log(onePlus: Double.exp(-a.magnitude))
    case .erf: .erf(a)
    case .abs: a.magnitude
    case .sign: a > 0 ? 1 : a < 0 ? -1 : 0
    case .step: a > 0 ? 1 : 0
    case .minimum: a <= b || a.isNaN ? a : b
    case .maximum: a >= b || a.isNaN ? a : b
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .select: a != 0 ? b : c
    case .floor: a.rounded(.down)
    case .atan2: .atan2(y: a, x: b)
    case .asinh: .asinh(a)
    case .acosh: .acosh(a)
    case .atanh: .atanh(a)
    case .log1p: .log(onePlus: a)
    case .expm1: .expMinusOne(a)
    }
  }
}

/// IEEE pow. RealModule's own is NaN for every negative base, and for 0⁰.
private func ieeePower(_ x: Double, _ y: Double) -> Double {
  if y == 0 || x == 1 { return 1 }
  if x >= 0 || x.isNaN || y.isNaN { return .pow(x, y) }
  // Beyond 2⁵³ every number is an even integer.
  if y.magnitude >= 0x1p53 { return .pow(-x, y) }
  guard y == y.rounded(.down) else { return x == -.infinity ? .pow(-x, y) : .nan }
  return .pow(x, Int(y))
}

/// Square and multiply; a negative exponent is the reciprocal of the positive one.
private func repeatedProduct(_ x: Double, _ exponent: Double) -> Double {
  var remaining = Int(exponent.magnitude)
  var square = x
  var result = 1.0
  while remaining > 0 {
    if remaining & 1 == 1 { result *= square }
    remaining >>= 1
    if remaining > 0 { square *= square }
  }
  return exponent < 0 ? 1 / result : result
}

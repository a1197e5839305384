package import RealModule

/// A dual number a + bε with ε² = 0: a value and its derivative along one direction.
///
/// `Dual<Dual<Double>>` carries second derivatives, and so on. This is the plain reference that the batched jets are
/// compared with, and the arithmetic for a single point; it is not on the hot path.
///
/// - Source: Clifford (1873); Griewank & Walther (2008), chapter 3.
package struct Dual<Scalar: AlgebraicField & ElementaryFunctions & Sendable>: Sendable {
  package var value: Scalar
  package var derivative: Scalar

  package init(_ value: Scalar, _ derivative: Scalar = 0) {
    self.value = value
    self.derivative = derivative
  }
}

extension Dual: AlgebraicField {
  package typealias Magnitude = Double
  package typealias IntegerLiteralType = Int

  package init(integerLiteral value: Int) { self.init(Scalar(exactly: value) ?? 0) }

  package init?<T: BinaryInteger>(exactly source: T) {
    guard let value = Scalar(exactly: source) else { return nil }
    self.init(value)
  }

  /// Whether it is zero is all that callers of `AlgebraicField` ask of a magnitude.
  package var magnitude: Double { self == 0 ? 0 : 1 }

  package static func == (a: Dual, b: Dual) -> Bool { a.value == b.value && a.derivative == b.derivative }
  package static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, a.derivative + b.derivative) }
  package static func - (a: Dual, b: Dual) -> Dual { Dual(a.value - b.value, a.derivative - b.derivative) }
  package static func * (a: Dual, b: Dual) -> Dual {
    Dual(a.value * b.value, a.value * b.derivative + a.derivative * b.value)
  }
  /// (a/b)′ = (a′ − (a/b) b′)/b
  package static func / (a: Dual, b: Dual) -> Dual {
    let quotient = a.value / b.value
    return Dual(quotient, (a.derivative - quotient * b.derivative) / b.value)
  }
  package static func += (a: inout Dual, b: Dual) { a = a + b }
  package static func -= (a: inout Dual, b: Dual) { a = a - b }
  package static func *= (a: inout Dual, b: Dual) { a = a * b }
  package static func /= (a: inout Dual, b: Dual) { a = a / b }
  package static prefix func - (a: Dual) -> Dual { Dual(-a.value, -a.derivative) }
  // swift-format-ignore: NoLeadingUnderscores
  package static func _relaxedAdd(_ a: Dual, _ b: Dual) -> Dual { a + b }
  // swift-format-ignore: NoLeadingUnderscores
  package static func _relaxedMul(_ a: Dual, _ b: Dual) -> Dual { a * b }
}

extension Dual: ElementaryFunctions {
  /// f(a + bε) = f(a) + f′(a) b ε
  private static func chain(_ x: Dual, _ value: Scalar, _ slope: Scalar) -> Dual { Dual(value, slope * x.derivative) }

  package static func exp(_ x: Dual) -> Dual {
    let value = Scalar.exp(x.value)
    return chain(x, value, value)
  }
  package static func expMinusOne(_ x: Dual) -> Dual { chain(x, .expMinusOne(x.value), .exp(x.value)) }
  package static func cosh(_ x: Dual) -> Dual { chain(x, .cosh(x.value), .sinh(x.value)) }
  package static func sinh(_ x: Dual) -> Dual { chain(x, .sinh(x.value), .cosh(x.value)) }
  package static func tanh(_ x: Dual) -> Dual {
    let value = Scalar.tanh(x.value)
    return chain(x, value, 1 - value * value)
  }
  package static func cos(_ x: Dual) -> Dual { chain(x, .cos(x.value), -.sin(x.value)) }
  package static func sin(_ x: Dual) -> Dual { chain(x, .sin(x.value), .cos(x.value)) }
  package static func tan(_ x: Dual) -> Dual {
    let value = Scalar.tan(x.value)
    return chain(x, value, 1 + value * value)
  }
  package static func log(_ x: Dual) -> Dual { chain(x, .log(x.value), 1 / x.value) }
  package static func log(onePlus x: Dual) -> Dual { chain(x, .log(onePlus: x.value), 1 / (1 + x.value)) }
  package static func acosh(_ x: Dual) -> Dual { chain(x, .acosh(x.value), 1 / .sqrt(x.value * x.value - 1)) }
  package static func asinh(_ x: Dual) -> Dual { chain(x, .asinh(x.value), 1 / .sqrt(x.value * x.value + 1)) }
  package static func atanh(_ x: Dual) -> Dual { chain(x, .atanh(x.value), 1 / (1 - x.value * x.value)) }
  package static func acos(_ x: Dual) -> Dual { chain(x, .acos(x.value), -1 / .sqrt(1 - x.value * x.value)) }
  package static func asin(_ x: Dual) -> Dual { chain(x, .asin(x.value), 1 / .sqrt(1 - x.value * x.value)) }
  package static func atan(_ x: Dual) -> Dual { chain(x, .atan(x.value), 1 / (1 + x.value * x.value)) }
  /// (xʸ)′ = y xʸ⁻¹ x′ + xʸ log(x) y′, without the second summand for a constant y, so that x may be 0.
  package static func pow(_ x: Dual, _ y: Dual) -> Dual {
    let value = Scalar.pow(x.value, y.value)
    let byBase = chain(x, value, y.value * .pow(x.value, y.value - 1))
    return y.derivative == 0 ? byBase : byBase + Dual(0, value * .log(x.value) * y.derivative)
  }
  package static func pow(_ x: Dual, _ n: Int) -> Dual {
    guard n != 0 else { return 1 }
    return chain(x, .pow(x.value, n), (Scalar(exactly: n) ?? 0) * .pow(x.value, n - 1))
  }
  package static func sqrt(_ x: Dual) -> Dual {
    let value = Scalar.sqrt(x.value)
    return chain(x, value, 1 / (value + value))
  }
  package static func root(_ x: Dual, _ n: Int) -> Dual {
    let value = Scalar.root(x.value, n)
    return chain(x, value, value / ((Scalar(exactly: n) ?? 0) * x.value))
  }
}

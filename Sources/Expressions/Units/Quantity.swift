import RealModule

/// What is known of the unit of a part of an expression.
enum Quantity: Sendable, Equatable {
  /// Nothing: a name without a unit is part of it. It agrees with everything.
  case any
  /// A number as it stands: of any unit in a sum or comparison, of none in a product.
  case number(Double?)
  case of(Unit)

  /// As a factor.
  private var unit: Unit? {
    switch self {
    case .any: nil
    case .number: .one
    case .of(let unit): unit
    }
  }

  private var literal: Double? { if case .number(let value) = self { value } else { nil } }

  private var isNumber: Bool { if case .number = self { true } else { false } }

  static func product(_ a: Quantity, _ b: Quantity) -> Quantity {
    if a.isNumber, b.isNumber { return .number(nil) }
    guard let left = a.unit, let right = b.unit else { return .any }
    return .of(left * right)
  }

  static func quotient(_ a: Quantity, _ b: Quantity) -> Quantity {
    if a.isNumber, b.isNumber {
      return .number(a.literal.flatMap { x in b.literal.map { x / $0 } })
    }
    guard let left = a.unit, let right = b.unit else { return .any }
    return .of(left / right)
  }

  /// The unit that both have; nil where they disagree.
  static func common(_ a: Quantity, _ b: Quantity) -> Quantity? {
    switch (a, b) {
    case (.any, .any), (.any, .number), (.number, .any): return .any
    case (.number, .number): return .number(nil)
    case (.any, let known), (let known, .any): return known
    case (.number, let known), (let known, .number): return known
    case (.of(let left), .of(let right)):
      if case .same = left.compared(with: right) { return a }
      return nil
    }
  }

  /// aᵇ; nil where the exponent has a unit, or is no fixed fraction though the base has one.
  static func power(_ a: Quantity, _ b: Quantity) -> Quantity? {
    if case .of(let exponent) = b, !exponent.isOne { return nil }
    switch a {
    case .any: return .any
    case .number(let base): return .number(base.flatMap { base in b.literal.map { .pow(base, $0) } })
    case .of(let unit):
      if unit.isOne { return .of(.one) }
      if let exponent = b.literal.flatMap({ Rational($0) }) { return .of(unit.raised(to: exponent)) }
      // The exponent is a name without a unit: a number the checker does not follow.
      return b == .any ? .any : nil
    }
  }

  func raised(to exponent: Rational) -> Quantity {
    switch self {
    case .any: .any
    case .number: .number(nil)
    case .of(let unit): .of(unit.raised(to: exponent))
    }
  }

  /// Whether it may stand where a pure number is asked for.
  var isPure: Bool {
    switch self {
    case .any, .number: true
    case .of(let unit): unit.isOne
    }
  }

  var negated: Quantity { if case .number(let value) = self { .number(value.map { -$0 }) } else { self } }
}

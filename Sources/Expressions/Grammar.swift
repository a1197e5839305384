/// The binary operators, in the order of their precedence.
enum BinaryOperator {
  case or, and
  case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
  case add, subtract
  case multiply, divide
  case power

  init?(_ token: Token.Kind) {
    switch token {
    case .or: self = .or
    case .and: self = .and
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    case .equal: self = .equal
    case .notEqual: self = .notEqual
    case .plus: self = .add
    case .minus: self = .subtract
    case .times: self = .multiply
    case .divide: self = .divide
    case .power: self = .power
    default: return nil
    }
  }

  var precedence: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: 4
    case .add, .subtract: 5
    case .multiply, .divide: 6
    case .power: 8
    }
  }

  var isComparison: Bool { precedence == 4 }

  /// Whether a following operator of the same precedence waits for this one: all but `^`, for 2^3^2 is 2^(3^2).
  var isLeftAssociative: Bool { self != .power }

  func apply(_ a: NodeID, _ b: NodeID, in graph: inout ExpressionGraph) -> NodeID {
    switch self {
    case .or: graph.or(a, b)
    case .and: graph.and(a, b)
    case .less: graph.less(a, b)
    case .lessOrEqual: graph.lessOrEqual(a, b)
    case .greater: graph.less(b, a)
    case .greaterOrEqual: graph.lessOrEqual(b, a)
    case .equal: graph.equal(a, b)
    case .notEqual: graph.notEqual(a, b)
    case .add: graph.add(a, b)
    case .subtract: graph.subtract(a, b)
    case .multiply: graph.multiply(a, b)
    case .divide: graph.divide(a, b)
    case .power: graph.power(a, b)
    }
  }
}

/// The prefix operators. Signs hold more tightly than `*` and less than `^`, `not` less than comparisons.
enum PrefixOperator {
  case plus, minus, not

  init?(_ token: Token.Kind) {
    switch token {
    case .plus: self = .plus
    case .minus: self = .minus
    case .not: self = .not
    default: return nil
    }
  }

  var precedence: Int { self == .not ? 3 : 7 }

  func apply(_ a: NodeID, in graph: inout ExpressionGraph) -> NodeID {
    switch self {
    case .plus: a
    case .minus: graph.negate(a)
    case .not: graph.not(a)
    }
  }

  func quantity(of a: Quantity) -> Quantity {
    switch self {
    case .plus: a
    case .minus: a.negated
    case .not: .of(.one)
    }
  }
}

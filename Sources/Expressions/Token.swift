/// One word of a text, with its place in Unicode scalars.
struct Token: Equatable {
  enum Kind: Equatable {
    case number(Double)
    case name(String)
    case plus, minus, times, divide, power
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
    case and, or, not
    case assign, open, close, comma
    case end
  }

  var kind: Kind
  var offset: Int
  var length: Int

  var name: String? {
    if case .name(let name) = kind { name } else { nil }
  }

  /// Whether a value begins with this token.
  var isOperand: Bool {
    switch kind {
    case .number, .name, .open: true
    default: false
    }
  }
}

import Expressions
import RealModule

/// An expression that knows its text and computes its value by itself, without the module under test.
indirect enum Tree {
  case number(Double)
  case leaf(String)
  case call(String, [Tree])
  case sign(Tree)
  case operation(String, Tree, Tree)

  static let leaves = ["x", "t", "u", "v", "D", "u_x", "u_t", "u_xt", "v_xx"]
  static let smoothFunctions = [
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "softplus",
    "erf", "asinh", "acosh", "atanh", "log1p", "expm1", "cbrt", "sech", "log10", "log2", "ln",
  ]
  static let kinkedFunctions = ["abs", "sign", "step", "floor"]
  static let binaryFunctions = ["min", "max", "atan2", "pow", "smoothstep"]

  static func random(depth: Int, _ generator: inout Generator) -> Tree {
    func sub() -> Tree { random(depth: depth - 1, &generator) }
    if depth == 0 || Int.random(in: 0..<10, using: &generator) == 0 {
      if Int.random(in: 0..<3, using: &generator) == 0 {
        return .number([0, 1, 2, 3, 0.5, 0.1, 2.5, 0.3].randomElement(using: &generator) ?? 1)
      }
      return .leaf(leaves.randomElement(using: &generator) ?? "x")
    }
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<10: return .operation(["+", "-", "*", "/", "*"].randomElement(using: &generator) ?? "+", sub(), sub())
    case 10: return .operation("^", sub(), .number([2, 3, 0.5, 1.5, 4].randomElement(using: &generator) ?? 2))
    case 11: return .operation("^", sub(), .sign(.number([1, 2, 3, 0.5].randomElement(using: &generator) ?? 2)))
    case 12: return .sign(sub())
    case 13: return .call(kinkedFunctions.randomElement(using: &generator) ?? "abs", [sub()])
    case 14: return .call(binaryFunctions.randomElement(using: &generator) ?? "min", [sub(), sub()])
    case 15:
      let comparison = ["<", "<=", ">", ">=", "==", "!="].randomElement(using: &generator) ?? "<"
      let condition = Tree.operation(comparison, sub(), sub())
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: return .call("if", [.operation("and", condition, sub()), sub(), sub()])
      case 1: return .call("if", [.operation("or", condition, sub()), sub(), sub()])
      case 2: return .call("if", [.call("not ", [condition]), sub(), sub()])
      default: return .call("if", [condition, sub(), sub()])
      }
    default: return .call(smoothFunctions.randomElement(using: &generator) ?? "sin", [sub()])
    }
  }

  var text: String {
    switch self {
    case .number(let value): "\(value)"
    case .leaf(let name): name
    case .sign(let a): "(-\(a.text))"
    case .call(let name, let arguments): "\(name)(\(arguments.map(\.text).joined(separator: ", ")))"
    case .operation(let sign, let a, let b): "(\(a.text) \(sign) \(b.text))"
    }
  }

  /// What to make of an intermediate result, given its operation and operands.
  typealias Visit = (_ operation: String, _ operands: [Double], _ result: Double) -> Double

  /// The value at a point; every intermediate result goes through `visit`.
  func value(at point: Point, visit: Visit = { $2 }) -> Double {
    switch self {
    case .number(let value): return value
    case .leaf(let name): return visit(name, [], Tree.leafValue(name, point))
    case .sign(let a): return -a.value(at: point, visit: visit)
    case .call(let name, let arguments):
      let values = arguments.map { $0.value(at: point, visit: visit) }
      return visit(name, values, Tree.apply(name, values))
    case .operation(let sign, let a, let b):
      let values = [a.value(at: point, visit: visit), b.value(at: point, visit: visit)]
      return visit(sign, values, Tree.apply(sign, values))
    }
  }

  /// Whether the expression is smooth from `step` before to `step` after the point: all intermediate results are
  /// finite, no function is at the edge of its domain, and comparisons, roundings and signs come out the same.
  func isSmooth(at point: Point, along variable: Int, step: Double) -> Bool {
    let traces = [-step, -step / 4, 0, step / 4, step].map { trace(at: point.moved(variable, by: $0)) }
    return traces[0] != nil && traces.allSatisfy { $0 == traces[0] }
  }

  /// Whether every intermediate result is a finite number.
  func isFinite(at point: Point) -> Bool {
    var isFinite = true
    _ = value(at: point) {
      isFinite = isFinite && $2.isFinite
      return $2
    }
    return isFinite
  }

  /// The outcomes of everything that decides; nil where a value is not finite or a derivative singular.
  private func trace(at point: Point) -> [Double]? {
    var decisions: [Double] = []
    var isRegular = true
    _ = value(at: point) { name, operands, result in
      switch name {
      case "<", "<=", ">", ">=", "==", "!=", "and", "or", "not ", "floor", "sign", "step": decisions.append(result)
      case "abs", "if": decisions.append(operands[0] > 0 ? 1 : operands[0] < 0 ? -1 : 0)
      case "min", "max": decisions.append(operands[0] < operands[1] ? 1 : operands[0] == operands[1] ? 0 : -1)
      case "sqrt", "cbrt", "^", "pow": isRegular = isRegular && operands[0] != 0
      case "asin", "acos", "acosh": isRegular = isRegular && operands[0].magnitude != 1
      case "atan2": isRegular = isRegular && (operands[0] != 0 || operands[1] != 0)
      default: break
      }
      isRegular = isRegular && result.isFinite
      return result
    }
    return isRegular ? decisions : nil
  }

  private static func leafValue(_ name: String, _ point: Point) -> Double {
    switch name {
    case "x": point.x
    case "t": point.t
    case "u": point.u()
    case "v": point.v()
    case "D": point.unknown
    case "u_x": point.u(1, 0)
    case "u_t": point.u(0, 1)
    case "u_xt": point.u(1, 1)
    case "v_xx": point.v(2)
    default: .nan
    }
  }

  private static func apply(_ name: String, _ a: [Double]) -> Double {
    let x = a[0]
    switch name {
    case "+": return x + a[1]
    case "-": return x - a[1]
    case "*": return x * a[1]
    case "/": return x / a[1]
    case "^", "pow":
      if a[1] == 0 { return 1 }
      if a[1] == a[1].rounded(), a[1].magnitude < 1e9 { return .pow(x, Int(a[1])) }
      return x < 0 ? .nan : .exp(a[1] * .log(x))
    case "<": return x < a[1] ? 1 : 0
    case "<=": return x <= a[1] ? 1 : 0
    case ">": return x > a[1] ? 1 : 0
    case ">=": return x >= a[1] ? 1 : 0
    case "==": return x == a[1] ? 1 : 0
    case "!=": return x != a[1] ? 1 : 0
    case "and": return x != 0 && a[1] != 0 ? 1 : 0
    case "or": return x != 0 || a[1] != 0 ? 1 : 0
    case "not ": return x == 0 ? 1 : 0
    case "if": return x != 0 ? a[1] : a[2]
    case "min": return x.isNaN || a[1].isNaN ? .nan : Swift.min(x, a[1])
    case "max": return x.isNaN || a[1].isNaN ? .nan : Swift.max(x, a[1])
    case "atan2":
      // The sign of zero, which decides here, is not part of the language.
      return x == 0 ? .nan : .atan2(y: x, x: a[1])
    case "smoothstep": return a[1] == 0 ? .nan : 1 / (1 + .exp(-2 * (x / a[1])))
    default: return elementary(name, x)
    }
  }

  static func elementary(_ name: String, _ x: Double) -> Double {
    switch name {
    case "exp": .exp(x)
    case "log", "ln": .log(x)
    case "log10": .log10(x)
    case "log2": .log2(x)
    case "log1p": .log(onePlus: x)
    case "expm1": .expMinusOne(x)
    case "sqrt": x.squareRoot()
    case "cbrt": .root(x, 3)
    case "sin": .sin(x)
    case "cos": .cos(x)
    case "tan": .tan(x)
    case "asin": .asin(x)
    case "acos": .acos(x)
    case "atan": .atan(x)
    case "sinh": .sinh(x)
    case "cosh": .cosh(x)
    case "tanh": .tanh(x)
    case "sech": 1 / .cosh(x)
    case "asinh": .asinh(x)
    case "acosh": .acosh(x)
    case "atanh": .atanh(x)
    case "sigmoid": 0.5 * (1 + .tanh(x / 2))
    case "softplus": .log(1 + .exp(x))
    case "erf": .erf(x)
    case "abs": Swift.abs(x)
    case "sign": x > 0 ? 1 : x < 0 ? -1 : 0
    case "step": x > 0 ? 1 : 0
    case "floor": x.rounded(.down)
    default: .nan
    }
  }
}

/// The derivative at 0 of a function of one number by Ridders' extrapolation of central differences, and an estimate
/// of its error (Press et al., Numerical Recipes, 5.7).
func ridders(step: Double, _ function: (Double) -> Double) -> (value: Double, error: Double) {
  let (contraction, rows) = (1.4, 8)
  var table = [[Double]](repeating: [Double](repeating: 0, count: rows), count: rows)
  var h = step
  var best = (value: Double.nan, error: Double.infinity)
  for i in 0..<rows {
    table[0][i] = (function(h) - function(-h)) / (2 * h)
    var factor = contraction * contraction
    if i > 0 {
      for j in 1...i {
        table[j][i] = (table[j - 1][i] * factor - table[j - 1][i - 1]) / (factor - 1)
        factor *= contraction * contraction
        let error = Swift.max((table[j][i] - table[j - 1][i]).magnitude, (table[j][i] - table[j - 1][i - 1]).magnitude)
        if error <= best.error { best = (table[j][i], error) }
      }
    }
    h /= contraction
  }
  return best
}

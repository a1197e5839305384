/// A text of the equation language, put together at random from `leaves`; smooth and of moderate size but for
/// a few comparisons.
package func randomExpression(_ leaves: [String], depth: Int, _ random: inout SeededNumbers) -> String {
  if depth == 0 { return random.element(leaves) }
  let first = randomExpression(leaves, depth: depth - 1, &random)
  let second = randomExpression(leaves, depth: random.integer(0...depth - 1), &random)
  switch random.integer(0...11) {
  case 0, 1, 2: return "(\(first) + \(second))"
  case 3: return "(\(first) - \(second))"
  case 4, 5: return "(\(first))*(\(second))"
  case 6: return "(\(first))/(2 + (\(second))^2)"
  case 7: return "\(random.element(["sin", "cos", "tanh", "sigmoid", "atan"]))(\(first))"
  case 8: return "(\(first))^2"
  case 9: return "\(random.element(["min", "max"]))(\(first), \(second))"
  case 10: return "if(\(first) \(random.element(["<", ">="])) \(second), \(first), x)"
  default: return "\(random.element(["abs", "step", "sign"]))(\(first))"
  }
}

/// A function of the variables whose values are computed when points are drawn: for the engine it is a column.
package protocol KnownFunction: Sendable {
  /// The variables along which its values may differ.
  var variables: [Int] { get }

  /// The values at points.
  ///
  /// - Shapes: `coordinates` is `[variable][point]`, of all variables.
  func values(at coordinates: [[Double]]) -> [Double]

  /// ∂f/∂x; nil where f has no such derivative.
  func derivative(by variable: Int) -> (any KnownFunction)?

  func isEqual(to other: any KnownFunction) -> Bool
}

extension KnownFunction where Self: Equatable {
  package func isEqual(to other: any KnownFunction) -> Bool { (other as? Self) == self }
}

/// A known function among those that a graph or a program numbers.
struct Coefficient: Sendable, Equatable {
  var function: any KnownFunction

  static func == (a: Coefficient, b: Coefficient) -> Bool { a.function.isEqual(to: b.function) }
}

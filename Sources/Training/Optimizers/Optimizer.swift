package import LinearAlgebra

/// A scalar function of many variables with its gradient: what an optimizer sees of a problem.
package protocol DifferentiableFunction {
  /// f(x), and ∇f(x) into `gradient`. A value that is not finite tells that x is outside the domain.
  func value(_ x: [Double], gradient: inout [Double]) -> Double

  /// The same function as a sum of squares; nil where it is not known as one.
  var squares: (any SumOfSquares)? { get }
}

extension DifferentiableFunction {
  package var squares: (any SumOfSquares)? { nil }
}

/// A function f = ρᵀρ of n variables whose residuals ρ have the Jacobian J.
package protocol SumOfSquares {
  /// How many residuals there are.
  var residualCount: Int { get }

  /// ρ(x) into `residuals`, and f(x).
  func residuals(_ x: [Double], into residuals: inout [Double]) -> Double

  /// The sums of products of J at x, as `form` tells. They hold until the next call, which asks for the same form.
  func sumSquares(_ x: [Double], form: NormalEquations.Form) -> SymmetricMatrix

  /// The triangle of J at x, or of Jᵀ in dual form, instead of sums.
  ///
  /// - Precondition: `keepsJacobian`, of the same form.
  func triangularize(_ x: [Double], form: NormalEquations.Form, into triangle: QRFactorization)

  /// Whether J is kept: it may be too large.
  func keepsJacobian(form: NormalEquations.Form) -> Bool

  /// The first entries of Jᵀv with the J of the last `sumSquares`, `triangularize` or `linearize`, as many as `result` has.
  ///
  /// - Precondition: `keepsJacobian`, unless it was `linearize`.
  func multiplyTransposed(by v: [Double], to result: inout [Double])

  /// Makes J at x for products, and the first entries of Jᵀρ.
  ///
  /// - Returns: the sum of the squares of the entries of J for the parameters that `gradient` has.
  func linearize(_ x: [Double], gradient: inout [Double]) -> Double

  /// JᵀJV with the J of the last `linearize`.
  ///
  /// - Shapes: both are `[vector][parameter]`, `count` vectors of equal length: of the first parameters.
  func multiplySquares(_ vectors: [Double], count: Int, to result: inout [Double])
}

/// What one iteration of an optimizer came to.
package enum StepOutcome: Sendable, Equatable {
  /// x moved; `length` is the step length α of a line search, or the learning rate.
  case moved(length: Double)
  /// No step along the search direction lowers the function any more.
  case lineSearchFailed
  /// The function or its gradient is not finite.
  case nonFinite
}

/// An iterative minimiser that keeps its own memory between steps.
package protocol Optimizer {
  /// Whether `value` and `gradientNorm` belong to the point before the last step and not to `x`.
  static var valueIsBeforeStep: Bool { get }

  /// The current point.
  var x: [Double] { get }
  /// f(x) and ‖∇f(x)‖ where the last step left them; nil before they are known.
  var value: Double { get }
  var gradientNorm: Double { get }

  /// One iteration.
  mutating func step(_ function: some DifferentiableFunction) -> StepOutcome

  /// Goes back to a point where all was finite, to go on with smaller steps.
  ///
  /// - Returns: false for a method whose steps never lead to what is not finite: then nothing is better elsewhere.
  mutating func retreat(to point: [Double]) -> Bool

  /// Tells that the function has changed (other points, other weights): values of before are no longer comparable.
  mutating func functionChanged(_ function: some DifferentiableFunction)

  /// Everything that later steps depend on, as named vectors.
  var memory: [String: [Double]] { get }

  /// Takes up where another optimizer of the same kind left `memory`.
  mutating func restore(_ memory: [String: [Double]])
}

extension Optimizer {
  package static var valueIsBeforeStep: Bool { false }
}

extension Optimizer {
  /// Line searches and trial steps refuse such points by themselves.
  package mutating func retreat(to point: [Double]) -> Bool { false }
}

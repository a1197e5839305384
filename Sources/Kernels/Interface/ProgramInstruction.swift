/// What one instruction of a residual program does to its operands, lane by lane.
///
/// Comparisons and `step` give 1 or 0. Their derivatives, and that of `sign`, are zero everywhere.
package enum ProgramOperation: UInt8, Sendable, CaseIterable {
  /// r = a + b
  case add
  /// r = a − b
  case subtract
  /// r = a · b
  case multiply
  /// r = a / b
  case divide
  /// r = a ^ b for any b: IEEE pow
  case power
  /// r = a ^ n for the integer n = `immediate`, |n| ≤ 2³⁰, by repeated multiplication
  case integerPower
  /// r = −a
  case negate
  /// r = a + immediate
  case addConstant
  /// r = a · immediate
  case multiplyConstant
  case exp, log, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, sigmoid, softplus, erf
  /// r = |a|, derivative sign(a), 0 at 0
  case abs
  /// r = −1, 0, 1; 0 for NaN
  case sign
  /// r = 1 where a > 0, else 0
  case step
  /// r = the smaller (larger), NaN where either is; a tie gives its derivative to a
  case minimum, maximum
  /// r = 1 where a < b (a ≤ b, a = b), else 0
  case less, lessOrEqual, equal
  /// r = b where a ≠ 0, also where a is NaN, else c
  case select
  /// r = the largest integer not above a, derivative 0
  case floor
  /// r = atan2(a, b)
  case atan2
  case asinh, acosh, atanh, log1p, expm1
}

/// One instruction of a residual program: registers are numbered, each holds one value for every point of a chunk.
package struct ProgramInstruction: Sendable, Equatable {
  package var operation: ProgramOperation
  package var result: Int32
  package var a: Int32
  package var b: Int32
  package var c: Int32
  package var immediate: Double

  package init(
    _ operation: ProgramOperation, result: Int32, a: Int32, b: Int32 = -1, c: Int32 = -1, immediate: Double = 0
  ) {
    self.operation = operation
    self.result = result
    self.a = a
    self.b = b
    self.c = c
    self.immediate = immediate
  }
}

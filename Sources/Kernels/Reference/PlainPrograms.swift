import KernelInterface
import RealModule

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The entries of `KernelTable` for residual programs.
enum PlainPrograms {
  /// See `KernelTable.programForward`.
  static func forward(_ instructions: [ProgramInstruction], _ registers: MutableNumbers, _ lanes: Int) {
    for instruction in instructions {
      for lane in 0..<lanes {
        let (a, b, c) = instruction.operands { registers[$0 * lanes + lane] }
        registers[Int(instruction.result) * lanes + lane] = instruction.value(a, b, c)
      }
    }
  }

  /// See `KernelTable.programReverse`.
  ///
  /// Where the adjoint or the derivative is 0 nothing is added, even if the other is infinite or NaN: the branch that
  /// `select` did not take must not be heard.
  static func reverse(
    _ instructions: [ProgramInstruction], _ registers: Numbers, _ adjoints: MutableNumbers, _ lanes: Int
  ) {
    for instruction in instructions.reversed() {
      for lane in 0..<lanes {
        let seed = adjoints[Int(instruction.result) * lanes + lane]
        let (a, b, c) = instruction.operands { registers[$0 * lanes + lane] }
        let slopes = instruction.slopes(a, b, c, registers[Int(instruction.result) * lanes + lane])
        for (operand, slope) in zip([instruction.a, instruction.b, instruction.c], slopes)
        where seed != 0 && slope != 0 {
          adjoints[Int(operand) * lanes + lane] += seed * slope
        }
      }
    }
  }
}

extension ProgramInstruction {
  /// The operands of one lane; 0 for those that the operation has not.
  fileprivate func operands(_ register: (Int) -> Double) -> (Double, Double, Double) {
    (register(Int(a)), b < 0 ? 0 : register(Int(b)), c < 0 ? 0 : register(Int(c)))
  }

  /// The result of single numbers.
  fileprivate func value(_ a: Double, _ b: Double, _ c: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    // RealModule's is undefined for negative bases.
    case .power: pow(a, b)
    case .integerPower: integerPower(a, Int(immediate))
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
    case .sigmoid: 1 / (1 + .exp(-a))
    case .softplus: max(a, 0) + .log(onePlus: .exp(-abs(a)))
    case .erf: .erf(a)
    case .abs: abs(a)
    case .sign: a > 0 ? 1 : a < 0 ? -1 : 0
    case .step: a > 0 ? 1 : 0
    case .minimum: isFirst(a <= b, a) ? a : b
    case .maximum: isFirst(a >= b, a) ? a : b
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .select: a == 0 ? c : b
    case .floor: a.rounded(.down)
    case .atan2: .atan2(y: a, x: b)
    case .asinh: .asinh(a)
    case .acosh: .acosh(a)
    case .atanh: .atanh(a)
    case .log1p: .log(onePlus: a)
    case .expm1: .expMinusOne(a)
    }
  }

  /// The derivatives of the result r by the operands a, b, c that the operation has.
  fileprivate func slopes(_ a: Double, _ b: Double, _ c: Double, _ r: Double) -> [Double] {
    switch operation {
    case .add: [1, 1]
    case .subtract: [1, -1]
    case .multiply: [b, a]
    case .divide: [1 / b, -r / b]
    // By b: a power that is 0 stays 0 beside it, also where log a does not exist.
    case .power: [b == 0 ? 0 : b * pow(a, b - 1), r == 0 ? 0 : r * .log(a)]
    case .integerPower: [immediate == 0 ? 0 : immediate * integerPower(a, Int(immediate) - 1)]
    case .negate: [-1]
    case .addConstant: [1]
    case .multiplyConstant: [immediate]
    case .exp: [r]
    case .log: [1 / a]
    case .sqrt: [0.5 / r]
    case .sin: [.cos(a)]
    case .cos: [-.sin(a)]
    case .tan: [1 + r * r]
    case .asin: [1 / ((1 - a) * (1 + a)).squareRoot()]
    case .acos: [-1 / ((1 - a) * (1 + a)).squareRoot()]
    case .atan: [1 / (1 + a * a)]
    case .sinh: [.cosh(a)]
    case .cosh: [.sinh(a)]
    case .tanh: [1 - r * r]
    case .sigmoid: [r * (1 - r)]
    case .softplus: [1 / (1 + .exp(-a))]
    case .erf: [2 / Double.pi.squareRoot() * .exp(-a * a)]
    case .abs: [a > 0 ? 1 : a < 0 ? -1 : 0]
    case .minimum: isFirst(a <= b, a) ? [1, 0] : [0, 1]
    case .maximum: isFirst(a >= b, a) ? [1, 0] : [0, 1]
    case .sign, .step, .less, .lessOrEqual, .equal, .floor: []
    case .select: a == 0 ? [0, 0, 1] : [0, 1, 0]
    case .atan2: [b / (a * a + b * b), -a / (a * a + b * b)]
    case .asinh: [1 / (1 + a * a).squareRoot()]
    case .acosh: [1 / ((a - 1) * (a + 1)).squareRoot()]
    case .atanh: [1 / ((1 - a) * (1 + a))]
    case .log1p: [1 / (1 + a)]
    case .expm1: [r + 1]
    }
  }
}

/// Whether the minimum or maximum is a: where it wins or ties, and where it is NaN.
private func isFirst(_ wins: Bool, _ a: Double) -> Bool { wins || a.isNaN }

/// aⁿ by repeated multiplication.
private func integerPower(_ a: Double, _ n: Int) -> Double {
  if n < 0 { return 1 / integerPower(a, -n) }
  if n == 0 { return 1 }
  return n % 2 == 1 ? a * integerPower(a, n - 1) : integerPower(a * a, n / 2)
}

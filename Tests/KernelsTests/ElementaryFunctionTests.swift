import KernelInterface
import Kernels
import RealModule
import TestSupport
import Testing

/// The elementary functions of the kernels against those of the C library, computed wider where the machine can.
struct ElementaryFunctionTests {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    /// How to ask a residual program for it, how an activation kernel.
    let operation: ProgramOperation?
    let activation: Activation?
    /// The largest error in units of the last place.
    let bound: Double
    let exact: @Sendable (WideNumber) -> WideNumber

    // Measured over these arguments, the worst instruction set: exp 0.99, sin 1.71, cos 1.59, tanh 2.34, sigmoid 2.04,
    // softplus 1.94, erf 4.04, swish 2.83, gelu 5.82. Half an ulp is the last rounding; the rest is the sum before it
    // (exp), the reduced argument (sin, cos), the exponential and two more roundings (tanh, sigmoid, softplus), or 1
    // minus a rational function near one half (erf, gelu).
    static let all = [
      Case(description: "exp", operation: .exp, activation: nil, bound: 1.25) { .exp($0) },
      Case(description: "sin", operation: .sin, activation: .sin, bound: 2) { .sin($0) },
      Case(description: "cos", operation: .cos, activation: nil, bound: 2) { .cos($0) },
      Case(description: "tanh", operation: .tanh, activation: .tanh, bound: 3) { .tanh($0) },
      Case(description: "sigmoid", operation: .sigmoid, activation: .sigmoid, bound: 2.25) { 1 / (1 + .exp(-$0)) },
      Case(description: "softplus", operation: .softplus, activation: .softplus, bound: 2.25) {
        // Beyond 100 the logarithm is 0 beside its other summand, and the exponential would overflow.
        $0 > 100 ? $0 : .log(onePlus: .exp($0))
      },
      Case(description: "erf", operation: .erf, activation: nil, bound: 5) { .erf($0) },
      Case(description: "swish", operation: nil, activation: .swish, bound: 3) { $0 / (1 + .exp(-$0)) },
      Case(description: "gelu", operation: nil, activation: .gelu, bound: 7) {
        $0 * .erfc(-$0 * WideNumber(0.5).squareRoot()) / 2
      },
    ]
  }

  /// 120 000 numbers a function: all exponents, the ranges where the functions vary, neighbours of the places where
  /// they change their method, multiples of π/2, and every special value.
  static let arguments: [Double] = {
    var random = SeededNumbers(seed: 20_001)
    var numbers: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 709.782712893384, 709.7827128933841,
      -708.3964185322641,
      -745.1332191019411, -745.1332191019412, -746, 36.7, 37, -37, 20, 19.06, 0.46875, 4, 6, 5.93, 1e5, -1e5, 100_001,
    ]
    for _ in 0..<20_000 { numbers.append(random.wide(exponents: -1074...1023)) }
    for _ in 0..<20_000 { numbers.append(random.wide(exponents: -12...10)) }
    for _ in 0..<30_000 { numbers.append(random.uniform(-8...8)) }
    for _ in 0..<20_000 { numbers.append(random.uniform(-1...1)) }
    for _ in 0..<20_000 { numbers.append(random.uniform(-750...750)) }
    for _ in 0..<5_000 { numbers.append(random.uniform(-1e5...1e5)) }
    for _ in 0..<5_000 {
      let multiple = Double(random.integer(-63_000...63_000)) * (Double.pi / 2)
      numbers += [multiple, multiple.nextUp, random.integer(0...1) == 0 ? multiple.nextDown : multiple + 1e-9]
    }
    while numbers.count % KernelTable.laneCount != 0 { numbers.append(random.uniform(-8...8)) }
    return numbers
  }()

  @Test(arguments: Case.all, InstructionSet.supported)
  func `elementary functions keep to their error bounds`(function: Case, instructionSet: InstructionSet) {
    let kernels = instructionSet.kernels
    let arguments = Self.arguments
    var results: [(route: String, values: [Double])] = []
    if let operation = function.operation {
      var registers = arguments + arguments
      kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, arguments.count)
      results.append(("program", Array(registers[arguments.count...])))
    }
    if let activation = function.activation {
      results.append(("activation", activationValues(activation, arguments, kernels)))
    }
    for (route, values) in results {
      var worst = (error: 0.0, at: 0.0)
      for (argument, value) in zip(arguments, values) {
        if argument == -.infinity, function.activation == .swish || function.activation == .gelu {
          // −∞ · 0: the limit is 0, the product is not.
          #expect(value.isNaN)
          continue
        }
        let exact = function.exact(WideNumber(argument))
        // Swish and gelu multiply a subnormal number by z there.
        if function.operation == nil, abs(exact) < 1e-300, abs(WideNumber(value) - exact) < 1e-320 { continue }
        let error = ulpDistance(value, exact)
        if !(error <= worst.error) { worst = (error, argument) }
      }
      #expect(worst.error <= function.bound, "\(route) at \(worst.at)")
    }
    for (_, values) in results.dropFirst() {
      #expect(zip(values, results[0].values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }
  }

  @Test(arguments: [ProgramOperation.sin, .tanh, .erf], InstructionSet.supported)
  func `odd functions keep the sign of zero`(operation: ProgramOperation, instructionSet: InstructionSet) {
    var registers: [Double] = [0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0] + [Double](repeating: 1, count: 8)
    instructionSet.kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, 8)
    for lane in 0..<8 {
      #expect(registers[8 + lane] == 0)
      #expect(registers[8 + lane].sign == registers[lane].sign)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `a lane that needs the C library does not change its neighbours`(instructionSet: InstructionSet) {
    // The slow path rounds otherwise: a neighbour may move by its error bounds, not more.
    let tolerance = 2.0
    for special in [1e9, .infinity, .nan] {
      for place in 0..<8 {
        var registers = (0..<16).map { 0.37 * Double($0) }
        registers[place] = special
        instructionSet.kernels.programForward([ProgramInstruction(.sin, result: 1, a: 0)], &registers, 8)
        for lane in 0..<8 {
          #expect(ulpDistance(registers[8 + lane], .sin(WideNumber(registers[lane]))) <= tolerance)
        }
      }
    }
  }
}

import KernelInterface
import Kernels
import RealModule
import TestSupport
import Testing

/// The elementary functions of the kernels against those of the C library, computed wider where the machine can.
///
/// Numbers with 64 bits of significand are right to about five units of their own last place, 0.0025 of a double's.
/// Where there are none the reference is a double, and its own error of an ulp or two is granted as well.
struct ElementaryFunctionTests {
  #if arch(x86_64)
    static let referenceError = 0.01
  #else
    static let referenceError = 2.0
  #endif

  struct Case: Sendable, CustomStringConvertible {
    let description: String
    /// How to ask a residual program for it, how an activation kernel.
    let operation: ProgramOperation?
    let activation: Activation?
    /// The largest error in units of the last place, as docs/theory/elementary-functions.md states it.
    let bound: Double
    /// Positive numbers where the method or its pieces change.
    let edges: [Double]
    let exact: @Sendable (WideNumber) -> WideNumber

    static let all = [
      Case(description: "exp", operation: .exp, activation: nil, bound: 1.25, edges: exponentEdges) { .exp($0) },
      Case(description: "expm1", operation: .expm1, activation: nil, bound: 2, edges: exponentEdges) {
        .expMinusOne($0)
      },
      Case(
        description: "log", operation: .log, activation: nil, bound: 1,
        edges: (-1022...1023).map { 0.5.squareRoot() * Double(sign: .plus, exponent: $0, significand: 1) }
      ) {
        // The generic function may not know that there is no logarithm.
        $0 < 0 ? .nan : .log($0)
      },
      Case(
        description: "log1p", operation: .log1p, activation: nil, bound: 1.5,
        edges: (0...70).map { 2.0.squareRoot() * Double(sign: .plus, exponent: $0, significand: 1) - 1 }
          + [1 - 0.5.squareRoot(), 1 - 0.125.squareRoot(), 1, 0x1p60]
      ) {
        $0 < -1 ? .nan : .log(onePlus: $0)
      },
      Case(description: "sin", operation: .sin, activation: .sin, bound: 1.75, edges: quadrantEdges) { .sin($0) },
      Case(description: "cos", operation: .cos, activation: nil, bound: 1.75, edges: quadrantEdges) { .cos($0) },
      Case(
        description: "tanh", operation: .tanh, activation: .tanh, bound: 2,
        edges: (0...60).map { (Double($0) + 0.75) * 0.5 * 0.693_147_180_559_945_3 } + [19.06, 20]
      ) {
        .tanh($0)
      },
      Case(
        description: "sigmoid", operation: .sigmoid, activation: .sigmoid, bound: 2, edges: exponentEdges + [755]
      ) {
        1 / (1 + .exp(-$0))
      },
      Case(
        description: "softplus", operation: .softplus, activation: .softplus, bound: 2,
        edges: exponentEdges + [0.881_373_587_019_543, 755]
      ) {
        // Beyond 100 the logarithm is 0 beside its other summand, and the exponential would overflow.
        $0 > 100 ? $0 : .log(onePlus: .exp($0))
      },
      Case(description: "erf", operation: .erf, activation: nil, bound: 2, edges: [1, 5.93, 6] + squareEdges) {
        .erf($0)
      },
      Case(description: "swish", operation: nil, activation: .swish, bound: 2.25, edges: exponentEdges + [755]) {
        $0 == -.infinity ? 0 : $0 / (1 + .exp(-$0))
      },
      Case(
        description: "gelu", operation: nil, activation: .gelu, bound: 3.75,
        edges: [0.6, 38.5, 39] + squareEdges.map { $0 * 2.0.squareRoot() }
      ) {
        $0 == -.infinity ? 0 : $0 * ElementaryFunctionTests.normalDistribution($0)
      },
    ]

    /// Where e^x and e^−x change their power of two, and where they leave the doubles.
    private static let exponentEdges =
      (0...1075).map { (Double($0) + 0.5) * 0.693_147_180_559_945_3 }
      + [708, 708.396_418_532_264_1, 709.782_712_893_384, 745.133_219_101_941_1, 746]
    /// Multiples of π/4: zeros, extrema and the changes between the two polynomials.
    private static let quadrantEdges = (0...4000).map { Double($0 * 31) * (Double.pi / 4) } + [1e5]
    /// Where e^(−x²) changes its power of two.
    private static let squareEdges = (0...1075).map { ((Double($0) + 0.5) * 0.693_147_180_559_945_3).squareRoot() }
  }

  /// Φ(z) = erfc(−z/√2)/2. In the lower tail a relative error of z/√2 comes back z² times as large, so that what its
  /// rounding lacks is put back by the slope.
  private static func normalDistribution(_ z: WideNumber) -> WideNumber {
    let root = WideNumber(0.5).squareRoot()
    let t = -z * root
    // root² = ½ + 2·root·(error of root).
    let rootError = WideNumber(-0.5).addingProduct(root, root) / (2 * root)
    let lost = (-t).addingProduct(-z, root) + rootError * z
    let slope = -2 / WideNumber.pi.squareRoot() * WideNumber.exp(-t * t)
    return (abs(t) < 40 ? .erfc(t) + slope * lost : .erfc(t)) / 2
  }

  /// A million numbers: all exponents and subnormal numbers, the ranges where the functions vary, and every special
  /// value.
  static let arguments: [Double] = {
    var random = SeededNumbers(seed: 20_001)
    var numbers: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      Double.leastNormalMagnitude.nextDown, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1,
      (-1.0).nextUp, (-1.0).nextDown, 37, -37, 100_001,
    ]
    for exponent in -1074...1023 {
      for _ in 0..<100 { numbers.append(random.wide(exponents: exponent...exponent)) }
    }
    for _ in 0..<100_000 { numbers.append(random.wide(exponents: -12...10)) }
    for _ in 0..<200_000 { numbers.append(random.uniform(-8...8)) }
    for _ in 0..<200_000 { numbers.append(random.uniform(-1...1)) }
    for _ in 0..<100_000 { numbers.append(random.uniform(0...2)) }
    for _ in 0..<100_000 { numbers.append(random.uniform(-750...750)) }
    for _ in 0..<50_000 { numbers.append(random.uniform(-40...40)) }
    for _ in 0..<25_000 { numbers.append(random.uniform(-1e5...1e5)) }
    for _ in 0..<15_000 {
      let multiple = Double(random.integer(-63_000...63_000)) * (Double.pi / 2)
      numbers += [multiple, multiple.nextUp, multiple.nextDown, multiple + 1e-9]
    }
    return numbers
  }()

  @Test(arguments: Case.all)
  func `elementary functions keep to their error bounds`(function: Case) {
    var arguments = Self.arguments
    for edge in function.edges {
      // Neighbours, and the place where a reduced argument that is rounded otherwise would change its piece.
      let steps: [Double] = [-1e6, -1000, -10, -2, -1, 0, 1, 2, 10, 1000, 1e6]
      for sign in [1.0, -1] { arguments += steps.map { sign * (edge + $0 * edge.ulp) } }
    }
    while arguments.count % KernelTable.laneCount != 0 { arguments.append(1) }
    let exact = arguments.map { function.exact(WideNumber($0)) }
    for instructionSet in InstructionSet.supported {
      let routes = Self.values(of: function, at: arguments, instructionSet)
      var worst = (error: 0.0, at: 0.0)
      for (place, value) in routes[0].enumerated() {
        let error = ulpDistance(value, exact[place])
        if !(error <= worst.error) { worst = (error, arguments[place]) }
      }
      #expect(worst.error <= function.bound + Self.referenceError, "\(instructionSet) at \(worst.at)")
      for values in routes.dropFirst() {
        #expect(zip(values, routes[0]).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
      }
    }
  }

  /// By a residual program, by an activation kernel, or by both.
  private static func values(
    of function: Case, at arguments: [Double], _ instructionSet: InstructionSet
  ) -> [[Double]] {
    let kernels = instructionSet.kernels
    var routes: [[Double]] = []
    if let operation = function.operation {
      var registers = arguments + arguments
      kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, arguments.count)
      routes.append(Array(registers[arguments.count...]))
    }
    if let activation = function.activation {
      routes.append(activationValues(activation, arguments, kernels))
    }
    return routes
  }

  @Test(arguments: InstructionSet.supported)
  func `tanh and erf stay between -1 and 1, sigmoid between 0 and 1`(instructionSet: InstructionSet) {
    for (operation, range) in [(ProgramOperation.tanh, -1.0...1), (.erf, -1.0...1), (.sigmoid, 0.0...1)] {
      var random = SeededNumbers(seed: 20_002)
      let count = 80_000
      var registers = random.array(count, -40...40) + [Double](repeating: .nan, count: count)
      instructionSet.kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, count)
      #expect(registers[count...].allSatisfy(range.contains), "\(operation), \(random)")
    }
  }

  @Test(arguments: [ProgramOperation.sin, .tanh, .erf, .log1p, .expm1], InstructionSet.supported)
  func `odd functions keep the sign of zero`(operation: ProgramOperation, instructionSet: InstructionSet) {
    var registers: [Double] = [0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0] + [Double](repeating: 1, count: 8)
    instructionSet.kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, 8)
    for lane in 0..<8 {
      #expect(registers[8 + lane] == 0)
      #expect(registers[8 + lane].sign == registers[lane].sign)
    }
  }

  @Test(arguments: [Activation.swish, .gelu], InstructionSet.supported)
  func `swish and gelu keep the sign of zero`(activation: Activation, instructionSet: InstructionSet) {
    let arguments: [Double] = [0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0]
    let values = activationValues(activation, arguments, instructionSet.kernels)
    #expect(zip(arguments, values).allSatisfy { $1 == 0 && $0.sign == $1.sign })
  }

  @Test(arguments: [ProgramOperation.exp, .log, .log1p, .expm1], InstructionSet.supported)
  func `a lane out of the fast range leaves its neighbours as they are`(
    operation: ProgramOperation, instructionSet: InstructionSet
  ) {
    let ordinary = (0..<8).map { 0.37 * Double($0) + 0.1 }
    func values(_ arguments: [Double]) -> [Double] {
      var registers = arguments + arguments
      instructionSet.kernels.programForward([ProgramInstruction(operation, result: 1, a: 0)], &registers, 8)
      return Array(registers[8...])
    }
    let expected = values(ordinary)
    for special in [0, -2, -1, 1e9, -1e9, .leastNonzeroMagnitude, .infinity, -.infinity, .nan] {
      for place in 0..<8 {
        var arguments = ordinary
        arguments[place] = special
        let found = values(arguments)
        for lane in 0..<8 where lane != place { #expect(found[lane] == expected[lane], "\(special)") }
      }
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

import KernelInterface
import Kernels
import RealModule
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Every operation of residual programs against single numbers, and its reverse against differences of them.
struct ResidualProgramTests {
  /// An operation on single numbers, the numbers it is smooth at, and how far the kernel may be off.
  struct Case: Sendable, CustomStringConvertible {
    let operation: ProgramOperation
    let a: ClosedRange<Double>
    let b: ClosedRange<Double>
    let immediate: Double
    /// Units of the last place; 0 is the same bits.
    let ulps: Double
    let value: @Sendable (_ a: Double, _ b: Double, _ c: Double) -> Double

    var description: String { "\(operation)" + (immediate == 0 ? "" : " \(immediate)") }

    init(
      _ operation: ProgramOperation, a: ClosedRange<Double> = -3...3, b: ClosedRange<Double> = -3...3,
      immediate: Double = 0, ulps: Double = 0,
      _ value: @escaping @Sendable (_ a: Double, _ b: Double, _ c: Double) -> Double
    ) {
      self.operation = operation
      self.a = a
      self.b = b
      self.immediate = immediate
      self.ulps = ulps
      self.value = value
    }

    /// The C library's functions are right to an ulp, the kernels' own to 2 (see ElementaryFunctionTests).
    private static let library = 1.0
    private static let own = 3.0

    static let all = [
      Case(.add) { a, b, _ in a + b },
      Case(.subtract) { a, b, _ in a - b },
      Case(.multiply) { a, b, _ in a * b },
      Case(.divide, b: 0.2...3) { a, b, _ in a / b },
      Case(.power, a: 0.1...4, ulps: library) { a, b, _ in pow(a, b) },
      Case(.integerPower, immediate: 0) { _, _, _ in 1 },
      Case(.integerPower, immediate: 1) { a, _, _ in a },
      Case(.integerPower, immediate: 2) { a, _, _ in a * a },
      Case(.integerPower, immediate: 3, ulps: 2) { a, _, _ in pow(a, 3) },
      Case(.integerPower, immediate: 7, ulps: 7) { a, _, _ in pow(a, 7) },
      Case(.integerPower, a: 0.3...3, immediate: -1) { a, _, _ in 1 / a },
      Case(.integerPower, a: -3 ... -0.3, immediate: -5, ulps: 5) { a, _, _ in pow(a, -5) },
      Case(.integerPower, a: 0.9...1.1, immediate: 100, ulps: 100) { a, _, _ in pow(a, 100) },
      Case(.negate) { a, _, _ in -a },
      Case(.addConstant, immediate: 0.7) { a, _, _ in a + 0.7 },
      Case(.multiplyConstant, immediate: -1.7) { a, _, _ in a * -1.7 },
      Case(.exp, ulps: own) { a, _, _ in exp(a) },
      Case(.log, a: 0.2...9, ulps: own) { a, _, _ in log(a) },
      Case(.sqrt, a: 0.2...9) { a, _, _ in a.squareRoot() },
      Case(.sin, a: -20...20, ulps: own) { a, _, _ in sin(a) },
      Case(.cos, a: -20...20, ulps: own) { a, _, _ in cos(a) },
      Case(.tan, a: -1.2...1.2, ulps: library) { a, _, _ in tan(a) },
      Case(.asin, a: -0.8...0.8, ulps: library) { a, _, _ in asin(a) },
      Case(.acos, a: -0.8...0.8, ulps: library) { a, _, _ in acos(a) },
      Case(.atan, ulps: library) { a, _, _ in atan(a) },
      Case(.sinh, ulps: library) { a, _, _ in sinh(a) },
      Case(.cosh, ulps: library) { a, _, _ in cosh(a) },
      Case(.tanh, ulps: own) { a, _, _ in tanh(a) },
      Case(.sigmoid, ulps: own) { a, _, _ in 1 / (1 + exp(-a)) },
      Case(.softplus, ulps: own) { a, _, _ in log1p(exp(a)) },
      Case(.erf, ulps: own) { a, _, _ in erf(a) },
      Case(.abs, a: 0.1...3) { a, _, _ in abs(a) },
      Case(.abs, a: -3 ... -0.1) { a, _, _ in abs(a) },
      Case(.sign, a: 0.1...3) { _, _, _ in 1 },
      Case(.sign, a: -3 ... -0.1) { _, _, _ in -1 },
      Case(.step, a: 0.1...3) { _, _, _ in 1 },
      Case(.step, a: -3 ... -0.1) { _, _, _ in 0 },
      Case(.minimum, a: -3...0, b: 0.1...3) { a, _, _ in a },
      Case(.minimum, a: 0.1...3, b: -3...0) { _, b, _ in b },
      Case(.maximum, a: -3...0, b: 0.1...3) { _, b, _ in b },
      Case(.maximum, a: 0.1...3, b: -3...0) { a, _, _ in a },
      Case(.less, a: -3...0, b: 0.1...3) { _, _, _ in 1 },
      Case(.less, a: 0.1...3, b: -3...0) { _, _, _ in 0 },
      Case(.lessOrEqual, a: -3...0, b: 0.1...3) { _, _, _ in 1 },
      Case(.lessOrEqual, a: 0.1...3, b: -3...0) { _, _, _ in 0 },
      Case(.equal, a: -3...0, b: 0.1...3) { _, _, _ in 0 },
      Case(.select, a: 0.1...3) { _, b, _ in b },
      Case(.select, a: -3 ... -0.1) { _, b, _ in b },
      Case(.floor, a: -2.9 ... -2.1) { _, _, _ in -3 },
      Case(.floor, a: 2.1...2.9) { _, _, _ in 2 },
      Case(.atan2, b: 0.3...3, ulps: library) { a, b, _ in atan2(a, b) },
      Case(.atan2, a: 0.3...3, ulps: library) { a, b, _ in atan2(a, b) },
      Case(.atan2, a: -3 ... -0.3, ulps: library) { a, b, _ in atan2(a, b) },
      Case(.asinh, ulps: library) { a, _, _ in asinh(a) },
      Case(.acosh, a: 1.2...9, ulps: library) { a, _, _ in acosh(a) },
      Case(.atanh, a: -0.8...0.8, ulps: library) { a, _, _ in atanh(a) },
      Case(.log1p, a: -0.7...9, ulps: own) { a, _, _ in log1p(a) },
      Case(.expm1, ulps: own) { a, _, _ in expm1(a) },
    ]
  }

  private static let lanes = 64

  private static func instruction(_ function: Case) -> ProgramInstruction {
    ProgramInstruction(function.operation, result: 3, a: 0, b: 1, c: 2, immediate: function.immediate)
  }

  /// Registers a, b, c and the result.
  private static func registers(_ function: Case, _ random: inout SeededNumbers) -> [Double] {
    random.array(lanes, function.a) + random.array(lanes, function.b) + random.array(lanes, -3...3)
      + [Double](repeating: .nan, count: lanes)
  }

  @Test func `every operation has a case`() {
    #expect(Set(Case.all.map(\.operation)) == Set(ProgramOperation.allCases))
  }

  @Test(arguments: Case.all, KernelChoice.all)
  func `operations give what they give for single numbers`(function: Case, choice: KernelChoice) {
    var random = SeededNumbers(seed: 71)
    for _ in 0..<20 {
      var x = Self.registers(function, &random)
      let operands = x
      choice.kernels.programForward([Self.instruction(function)], &x, Self.lanes)
      #expect(x[..<(3 * Self.lanes)] == operands[..<(3 * Self.lanes)])
      for lane in 0..<Self.lanes {
        let exact = function.value(x[lane], x[Self.lanes + lane], x[2 * Self.lanes + lane])
        #expect(ulpDistance(x[3 * Self.lanes + lane], WideNumber(exact)) <= function.ulps, "at \(x[lane]), \(random)")
      }
    }
  }

  @Test(arguments: Case.all, KernelChoice.all)
  func `reverse adds the derivatives that differences show`(function: Case, choice: KernelChoice) {
    // Extrapolated central differences; powers reach 10⁴.
    let tolerance = 1e-8
    var random = SeededNumbers(seed: 72)
    var x = Self.registers(function, &random)
    choice.kernels.programForward([Self.instruction(function)], &x, Self.lanes)
    let before = random.array(4 * Self.lanes)
    var bars = before
    choice.kernels.programReverse([Self.instruction(function)], x, &bars, Self.lanes)
    for lane in 0..<Self.lanes {
      let operands = (0..<3).map { x[$0 * Self.lanes + lane] }
      for operand in 0..<3 {
        let slope = finiteDifference(operands[operand], step: 0x1p-6) { moved in
          var moving = operands
          moving[operand] = moved
          return function.value(moving[0], moving[1], moving[2])
        }
        let added = bars[operand * Self.lanes + lane] - before[operand * Self.lanes + lane]
        let expected = before[3 * Self.lanes + lane] * slope
        #expect(abs(added - expected) <= tolerance * max(1, abs(slope)), "operand \(operand) of \(operands), \(random)")
      }
      #expect(bars[3 * Self.lanes + lane] == before[3 * Self.lanes + lane])
    }
  }

  /// Values and derivatives at the edges: operands, result, derivatives by a, b and c; nil is not looked at.
  struct Edge: Sendable, CustomStringConvertible {
    let operation: ProgramOperation
    let operands: [Double]
    let immediate: Double
    let value: Double
    let slopes: [Double?]

    var description: String { "\(operation) of \(operands)" + (immediate == 0 ? "" : ", \(immediate)") }

    init(
      _ operation: ProgramOperation, _ operands: Double..., immediate: Double = 0, is value: Double,
      slopes: [Double?] = []
    ) {
      self.operation = operation
      self.operands = operands
      self.immediate = immediate
      self.value = value
      self.slopes = slopes
    }

    static let all = [
      Edge(.minimum, 2, 2, is: 2, slopes: [1, 0]), Edge(.maximum, 2, 2, is: 2, slopes: [1, 0]),
      Edge(.minimum, -.infinity, 1, is: -.infinity, slopes: [1, 0]),
      Edge(.maximum, 1, .infinity, is: .infinity, slopes: [0, 1]),
      Edge(.minimum, .nan, 1, is: .nan), Edge(.minimum, 1, .nan, is: .nan),
      Edge(.maximum, .nan, 1, is: .nan), Edge(.maximum, 1, .nan, is: .nan),
      Edge(.abs, 0, is: 0, slopes: [0]), Edge(.abs, -0.0, is: 0, slopes: [0]), Edge(.abs, .nan, is: .nan),
      Edge(.abs, -.infinity, is: .infinity, slopes: [-1]),
      Edge(.sign, 0, is: 0, slopes: [0]), Edge(.sign, -0.0, is: 0, slopes: [0]), Edge(.sign, .nan, is: 0, slopes: [0]),
      Edge(.sign, -.infinity, is: -1, slopes: [0]), Edge(.sign, .leastNonzeroMagnitude, is: 1, slopes: [0]),
      Edge(.step, 0, is: 0, slopes: [0]), Edge(.step, .leastNonzeroMagnitude, is: 1, slopes: [0]),
      Edge(.step, -.infinity, is: 0, slopes: [0]), Edge(.step, .infinity, is: 1, slopes: [0]),
      Edge(.step, .nan, is: 0, slopes: [0]),
      Edge(.less, 1, 1, is: 0, slopes: [0, 0]), Edge(.less, .nan, 1, is: 0, slopes: [0, 0]),
      Edge(.lessOrEqual, 1, 1, is: 1, slopes: [0, 0]), Edge(.lessOrEqual, 1, .nan, is: 0, slopes: [0, 0]),
      Edge(.equal, 1, 1, is: 1, slopes: [0, 0]), Edge(.equal, 0, -0.0, is: 1, slopes: [0, 0]),
      Edge(.equal, .nan, .nan, is: 0, slopes: [0, 0]),
      Edge(.select, 0, 5, 7, is: 7, slopes: [0, 0, 1]), Edge(.select, -0.0, 5, 7, is: 7, slopes: [0, 0, 1]),
      Edge(.select, .nan, 5, 7, is: 5, slopes: [0, 1, 0]), Edge(.select, 1e-300, 5, .nan, is: 5, slopes: [0, 1, 0]),
      Edge(.select, 0, .infinity, 7, is: 7, slopes: [0, 0, 1]),
      Edge(.floor, 2, is: 2, slopes: [0]), Edge(.floor, -2.5, is: -3, slopes: [0]), Edge(.floor, -0.0, is: 0),
      Edge(.floor, .infinity, is: .infinity), Edge(.floor, .nan, is: .nan), Edge(.floor, 1e300, is: 1e300),
      Edge(.integerPower, 0, immediate: 0, is: 1, slopes: [0]),
      Edge(.integerPower, 0, immediate: 1, is: 0, slopes: [1]),
      Edge(.integerPower, 0, immediate: 2, is: 0, slopes: [0]),
      Edge(.integerPower, 0, immediate: -1, is: .infinity, slopes: [-.infinity]),
      Edge(.integerPower, -2, immediate: -3, is: -0.125, slopes: [-0.1875]),
      Edge(.integerPower, -1, immediate: 1_073_741_823, is: -1, slopes: [1_073_741_823]),
      Edge(.integerPower, 2, immediate: -1_073_741_824, is: 0, slopes: [0]),
      Edge(.power, -2, 3, is: -8, slopes: [12, nil]), Edge(.power, -2, 2, is: 4, slopes: [-4, nil]),
      Edge(.power, -2, -2, is: 0.25, slopes: [0.25, nil]), Edge(.power, -2, 0.5, is: .nan),
      Edge(.power, 0, 0, is: 1, slopes: [0, nil]), Edge(.power, 0, 1, is: 0, slopes: [1, 0]),
      Edge(.power, 0, 2, is: 0, slopes: [0, 0]), Edge(.power, 0, 0.5, is: 0, slopes: [.infinity, 0]),
      Edge(.power, 0, -1, is: .infinity), Edge(.power, -0.0, -1, is: -.infinity), Edge(.power, -0.0, -2, is: .infinity),
      Edge(.power, -0.0, 3, is: -0.0), Edge(.power, .nan, 0, is: 1), Edge(.power, 1, .nan, is: 1),
      Edge(.power, 2, .nan, is: .nan), Edge(.power, -.infinity, 3, is: -.infinity),
      Edge(.power, -.infinity, 0.5, is: .infinity), Edge(.power, -1, .infinity, is: 1),
      Edge(.power, -2, 0x1p53, is: .infinity), Edge(.power, -0.5, 0x1p53 - 1, is: -0.0),
      Edge(.sqrt, 0, is: 0, slopes: [.infinity]), Edge(.sqrt, -1, is: .nan), Edge(.log, 0, is: -.infinity),
      Edge(.log, -1, is: .nan), Edge(.divide, 1, 0, is: .infinity), Edge(.atan2, 0, -1, is: .pi, slopes: [-1, 0]),
      Edge(.exp, 1_000, is: .infinity), Edge(.exp, -1_000, is: 0, slopes: [0]),
      Edge(.softplus, .infinity, is: .infinity, slopes: [1]), Edge(.softplus, -.infinity, is: 0, slopes: [0]),
      Edge(.tanh, .infinity, is: 1, slopes: [0]), Edge(.erf, -.infinity, is: -1, slopes: [0]),
      Edge(.sigmoid, -.infinity, is: 0, slopes: [0]), Edge(.expm1, -.infinity, is: -1, slopes: [0]),
    ]
  }

  @Test(arguments: Edge.all, KernelChoice.all)
  func `edges follow their conventions`(edge: Edge, choice: KernelChoice) {
    let lanes = KernelTable.laneCount
    var x = (0..<4).flatMap { [Double](repeating: $0 < edge.operands.count ? edge.operands[$0] : 0.5, count: lanes) }
    let program = [ProgramInstruction(edge.operation, result: 3, a: 0, b: 1, c: 2, immediate: edge.immediate)]
    choice.kernels.programForward(program, &x, lanes)
    var bars = [Double](repeating: 0, count: 3 * lanes) + [Double](repeating: 1, count: lanes)
    choice.kernels.programReverse(program, x, &bars, lanes)
    for lane in 0..<lanes {
      let value = x[3 * lanes + lane]
      #expect(value == edge.value || value.isNaN && edge.value.isNaN, "\(value)")
      if edge.operation == .power, edge.value == 0 { #expect(value.sign == edge.value.sign) }
      for (operand, slope) in edge.slopes.enumerated() {
        guard let slope else { continue }
        #expect(bars[operand * lanes + lane] == slope)
      }
    }
  }

  @Test(arguments: KernelChoice.all)
  func `programs add up cotangents over several uses of a register`(choice: KernelChoice) {
    // f = x·x + sin(x)·y − x/y, x and y in registers 0 and 1.
    let program = [
      ProgramInstruction(.multiply, result: 2, a: 0, b: 0), ProgramInstruction(.sin, result: 3, a: 0),
      ProgramInstruction(.multiply, result: 4, a: 3, b: 1), ProgramInstruction(.add, result: 5, a: 2, b: 4),
      ProgramInstruction(.divide, result: 6, a: 0, b: 1), ProgramInstruction(.subtract, result: 7, a: 5, b: 6),
    ]
    // A dozen roundings of numbers below 20.
    let tolerance = 1e-13
    var random = SeededNumbers(seed: 73)
    let lanes = 24
    var x = random.array(lanes) + random.array(lanes, 0.3...2) + [Double](repeating: 0, count: 6 * lanes)
    choice.kernels.programForward(program, &x, lanes)
    var bars = [Double](repeating: 0, count: 7 * lanes) + [Double](repeating: 1, count: lanes)
    choice.kernels.programReverse(program, x, &bars, lanes)
    for lane in 0..<lanes {
      let (a, b) = (x[lane], x[lanes + lane])
      #expect(abs(x[7 * lanes + lane] - (a * a + sin(a) * b - a / b)) < tolerance)
      #expect(abs(bars[lane] - (2 * a + cos(a) * b - 1 / b)) < tolerance)
      #expect(abs(bars[lanes + lane] - (sin(a) + a / (b * b))) < tolerance)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `long programs agree with their specification, forward and in reverse`(instructionSet: InstructionSet) {
    // A few ulp for each operation, amplified by those after it; every operation keeps numbers of about one.
    let tolerance = 1e-10
    let operations: [ProgramOperation] = [
      .add, .subtract, .multiply, .negate, .sin, .cos, .tanh, .sigmoid, .erf, .atan, .abs, .minimum, .maximum, .select,
      .multiplyConstant, .addConstant, .atan2, .asinh,
    ]
    var random = SeededNumbers(seed: 74)
    for _ in 0..<50 {
      let (inputs, length, lanes) = (random.integer(1...5), random.integer(1...20), 8 * random.integer(1...6))
      let program = (0..<length).map { place in
        func operand() -> Int32 { Int32(random.integer(0...(inputs + place - 1))) }
        return ProgramInstruction(
          random.element(operations), result: Int32(inputs + place), a: operand(), b: operand(), c: operand(),
          immediate: random.uniform(-1...1))
      }
      var found = random.array(inputs * lanes, -2...2) + [Double](repeating: .nan, count: length * lanes)
      var plain = found
      instructionSet.kernels.programForward(program, &found, lanes)
      KernelChoice.reference.programForward(program, &plain, lanes)
      #expect(relativeDifference(found, plain) < tolerance, "\(program), \(random)")
      var foundBars = random.array(found.count)
      var plainBars = foundBars
      instructionSet.kernels.programReverse(program, plain, &foundBars, lanes)
      KernelChoice.reference.programReverse(program, plain, &plainBars, lanes)
      #expect(relativeDifference(foundBars, plainBars) < tolerance, "\(program), \(random)")
    }
  }
}

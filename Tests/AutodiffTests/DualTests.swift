import Autodiff
import RealModule
import TestSupport
import Testing

struct DualTests {
  typealias Single = Dual<Double>

  /// A function, its interval, the function on doubles, and its derivative in closed form.
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let range: ClosedRange<Double>
    let dual: @Sendable (Single) -> Single
    let value: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double

    static let all = [
      Case("exp", -3...3, { .exp($0) }, { .exp($0) }, { .exp($0) }),
      Case("expMinusOne", -3...3, { .expMinusOne($0) }, { .expMinusOne($0) }, { .exp($0) }),
      Case("sinh", -3...3, { .sinh($0) }, { .sinh($0) }, { .cosh($0) }),
      Case("cosh", -3...3, { .cosh($0) }, { .cosh($0) }, { .sinh($0) }),
      Case("tanh", -3...3, { .tanh($0) }, { .tanh($0) }, { 1 / (.cosh($0) * .cosh($0)) }),
      Case("sin", -9...9, { .sin($0) }, { .sin($0) }, { .cos($0) }),
      Case("cos", -9...9, { .cos($0) }, { .cos($0) }, { -.sin($0) }),
      Case("tan", -1.2...1.2, { .tan($0) }, { .tan($0) }, { 1 / (.cos($0) * .cos($0)) }),
      Case("log", 0.2...9, { .log($0) }, { .log($0) }, { 1 / $0 }),
      Case("log(onePlus:)", -0.7...9, { .log(onePlus: $0) }, { .log(onePlus: $0) }, { 1 / (1 + $0) }),
      Case("acosh", 1.2...9, { .acosh($0) }, { .acosh($0) }, { 1 / (($0 - 1) * ($0 + 1)).squareRoot() }),
      Case("asinh", -9...9, { .asinh($0) }, { .asinh($0) }, { 1 / ($0 * $0 + 1).squareRoot() }),
      Case("atanh", -0.8...0.8, { .atanh($0) }, { .atanh($0) }, { 1 / ((1 - $0) * (1 + $0)) }),
      Case("asin", -0.8...0.8, { .asin($0) }, { .asin($0) }, { 1 / ((1 - $0) * (1 + $0)).squareRoot() }),
      Case("acos", -0.8...0.8, { .acos($0) }, { .acos($0) }, { -1 / ((1 - $0) * (1 + $0)).squareRoot() }),
      Case("atan", -9...9, { .atan($0) }, { .atan($0) }, { 1 / ($0 * $0 + 1) }),
      Case("sqrt", 0.2...9, { .sqrt($0) }, { $0.squareRoot() }, { 0.5 / $0.squareRoot() }),
      Case("root 3", 0.2...9, { .root($0, 3) }, { .root($0, 3) }, { .pow($0, -2.0 / 3) / 3 }),
      Case("root 3 below 0", -9 ... -0.2, { .root($0, 3) }, { .root($0, 3) }, { .pow(-$0, -2.0 / 3) / 3 }),
      Case("pow 5", -2...2, { .pow($0, 5) }, { .pow($0, 5) }, { 5 * .pow($0, 4) }),
      Case("pow 1", -2...2, { .pow($0, 1) }, { $0 }, { _ in 1 }),
      Case("pow 0", -2...2, { .pow($0, 0) }, { _ in 1 }, { _ in 0 }),
      Case("pow -2", -2 ... -0.3, { .pow($0, -2) }, { .pow($0, -2) }, { -2 * .pow($0, -3) }),
      Case("x to the x", 0.3...2, { .pow($0, $0) }, { .pow($0, $0) }, { .pow($0, $0) * (1 + .log($0)) }),
      Case("pow 2.5", 0.2...2, { .pow($0, Single(2.5)) }, { .pow($0, 2.5) }, { 2.5 * .pow($0, 1.5) }),
      Case("2 to the x", -2...2, { .pow(2, $0) }, { .pow(2, $0) }, { .log(2) * .pow(2, $0) }),
      Case("quotient", 0.3...2, { (1 + $0 * $0) / $0 }, { (1 + $0 * $0) / $0 }, { 1 - 1 / ($0 * $0) }),
      Case(
        "compound assignment", -2...2,
        { x in
          var y = x
          y += 3
          y *= x
          y -= x
          y /= 2
          return -y
        }, { -($0 * $0 + 2 * $0) / 2 }, { -($0 + 1) }),
      Case("erf", -3...3, { .erf($0) }, { .erf($0) }, { 2 / Double.pi.squareRoot() * .exp(-$0 * $0) }),
    ]

    init(
      _ description: String, _ range: ClosedRange<Double>, _ dual: @escaping @Sendable (Single) -> Single,
      _ value: @escaping @Sendable (Double) -> Double, _ slope: @escaping @Sendable (Double) -> Double
    ) {
      self.description = description
      self.range = range
      self.dual = dual
      self.value = value
      self.slope = slope
    }
  }

  @Test(arguments: Case.all)
  func `duals have the closed derivative and that of finite differences`(function: Case) {
    // Rounding of a few operations; extrapolated differences lose five digits.
    let (closed, differences) = (4e-15, 1e-9)
    var random = SeededNumbers(seed: 7)
    for _ in 0..<200 {
      let x = random.uniform(function.range)
      let direction = random.uniform(-2...2)
      let result = function.dual(Single(x, direction))
      let (value, slope) = (function.value(x), function.slope(x))
      #expect(abs(result.value - value) <= closed * abs(value), "\(x), \(random)")
      #expect(abs(result.derivative - slope * direction) <= closed * max(1, abs(slope)) * 8, "\(x), \(random)")
      let difference = finiteDifference(x, step: 0x1p-7, function.value)
      #expect(abs(slope - difference) <= differences * max(1, abs(slope)), "\(x), \(random)")
    }
  }

  @Test func `nested duals carry mixed fourth derivatives`() {
    // f = x³ sin(2y) at the top: ∂⁴f/∂x²∂y² = 6x · (−4 sin 2y)
    let (x, y) = (0.7, 0.4)
    let first = FourDual { $0 == 0 ? x : $0 == 1 || $0 == 2 ? 1 : 0 }
    let second = FourDual { $0 == 0 ? y : $0 == 4 || $0 == 8 ? 1 : 0 }
    let f = first * first * first * .sin(second + second)
    let tolerance = 1e-14
    #expect(abs(f.coefficient(0) - x * x * x * .sin(2 * y)) < tolerance)
    #expect(abs(f.coefficient(1) - 3 * x * x * .sin(2 * y)) < tolerance)
    #expect(abs(f.coefficient(3) - 6 * x * .sin(2 * y)) < tolerance)
    #expect(abs(f.coefficient(5) - 3 * x * x * 2 * .cos(2 * y)) < tolerance)
    #expect(abs(f.coefficient(15) + 6 * x * 4 * .sin(2 * y)) < tolerance)
  }

  @Test func `powers with a constant exponent are derived at 0`() {
    let square = Single.pow(Single(0, 1), Single(2.5))
    #expect(square.value == 0)
    #expect(square.derivative == 0)
    #expect(Single.pow(Single(0, 1), 0).derivative == 0)
  }

  @Test func `literals, conversions and comparison take the derivative into account`() {
    #expect(Single(3) == 3)
    #expect(Single(3, 1) != 3)
    #expect(Single(exactly: 7)?.value == 7)
    #expect(Single(exactly: UInt64.max) == nil)
    #expect(Single(0).magnitude == 0)
    #expect(Single(0, 1).magnitude == 1)
  }
}

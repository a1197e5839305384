import KernelInterface
import RealModule

/// Residual programs over the points of a chunk, forward and reverse.
///
/// Register r of point p lies at `registers[r·lanes + p]`. The switch over operations runs once an instruction, the
/// loop over points inside it.
enum ResidualPrograms {
  @inline(__always)
  private static func map1(
    _ registers: MutableNumbers, _ lanes: Int, _ i: ProgramInstruction, _ f: (Lanes) -> Lanes
  ) {
    let (a, r) = (registers + Int(i.a) &* lanes, registers + Int(i.result) &* lanes)
    for at in stride(from: 0, to: lanes, by: 8) { r.store(f(a.lanes(at)), at) }
  }

  @inline(__always)
  private static func map2(
    _ registers: MutableNumbers, _ lanes: Int, _ i: ProgramInstruction, _ f: (Lanes, Lanes) -> Lanes
  ) {
    let (a, b) = (registers + Int(i.a) &* lanes, registers + Int(i.b) &* lanes)
    let r = registers + Int(i.result) &* lanes
    for at in stride(from: 0, to: lanes, by: 8) { r.store(f(a.lanes(at), b.lanes(at)), at) }
  }

  // Computed: a stored one would be initialised, and asked whether it is, at run time.
  private static var one: Lanes { Lanes(repeating: 1) }

  /// See `KernelTable.programForward`. Hot path.
  static func forward(_ instructions: [ProgramInstruction], _ x: MutableNumbers, _ lanes: Int) {
    for i in instructions {
      let constant = Lanes(repeating: i.immediate)
      switch i.operation {
      case .add: map2(x, lanes, i) { $0 + $1 }
      case .subtract: map2(x, lanes, i) { $0 - $1 }
      case .multiply: map2(x, lanes, i) { $0 * $1 }
      case .divide: map2(x, lanes, i) { $0 / $1 }
      case .power: map2(x, lanes, i) { a, b in eachLanePair(a, b, power) }
      case .integerPower:
        let n = Int(i.immediate)
        map1(x, lanes, i) { integerPower($0, n) }
      case .negate: map1(x, lanes, i) { -$0 }
      case .addConstant: map1(x, lanes, i) { $0 + constant }
      case .multiplyConstant: map1(x, lanes, i) { $0 * constant }
      case .exp: map1(x, lanes, i) { exp($0) }
      case .log: map1(x, lanes, i) { log($0) }
      case .sqrt: map1(x, lanes, i) { $0.squareRoot() }
      case .sin: map1(x, lanes, i) { sincos($0).sin }
      case .cos: map1(x, lanes, i) { sincos($0).cos }
      case .tan: map1(x, lanes, i) { eachLane($0) { Double.tan($0) } }
      case .asin: map1(x, lanes, i) { eachLane($0) { Double.asin($0) } }
      case .acos: map1(x, lanes, i) { eachLane($0) { Double.acos($0) } }
      case .atan: map1(x, lanes, i) { eachLane($0) { Double.atan($0) } }
      case .sinh: map1(x, lanes, i) { eachLane($0) { Double.sinh($0) } }
      case .cosh: map1(x, lanes, i) { eachLane($0) { Double.cosh($0) } }
      case .tanh: map1(x, lanes, i) { tanh($0) }
      case .sigmoid: map1(x, lanes, i) { sigmoid($0) }
      case .softplus: map1(x, lanes, i) { softplus($0) }
      case .erf: map1(x, lanes, i) { erf($0) }
      case .abs: map1(x, lanes, i) { magnitude($0) }
      case .sign: map1(x, lanes, i) { sign($0) }
      case .step: map1(x, lanes, i) { select($0 .> 0, one, Lanes()) }
      case .minimum: map2(x, lanes, i) { select(isFirst($0 .<= $1, $0), $0, $1) }
      case .maximum: map2(x, lanes, i) { select(isFirst($0 .>= $1, $0), $0, $1) }
      case .less: map2(x, lanes, i) { select($0 .< $1, one, Lanes()) }
      case .lessOrEqual: map2(x, lanes, i) { select($0 .<= $1, one, Lanes()) }
      case .equal: map2(x, lanes, i) { select($0 .== $1, one, Lanes()) }
      case .select:
        let (a, b) = (x + Int(i.a) &* lanes, x + Int(i.b) &* lanes)
        let (c, r) = (x + Int(i.c) &* lanes, x + Int(i.result) &* lanes)
        for at in stride(from: 0, to: lanes, by: 8) {
          r.store(choose(a.lanes(at), b.lanes(at), c.lanes(at)), at)
        }
      case .floor: map1(x, lanes, i) { $0.rounded(.down) }
      case .atan2: map2(x, lanes, i) { eachLanePair($0, $1) { Double.atan2(y: $0, x: $1) } }
      case .asinh: map1(x, lanes, i) { eachLane($0) { Double.asinh($0) } }
      case .acosh: map1(x, lanes, i) { eachLane($0) { Double.acosh($0) } }
      case .atanh: map1(x, lanes, i) { eachLane($0) { Double.atanh($0) } }
      case .log1p: map1(x, lanes, i) { log1p($0) }
      case .expm1: map1(x, lanes, i) { expm1($0) }
      }
    }
  }

  /// bar + seed · slope, and bar itself where the seed is 0: the branch that `select` did not take may have an infinite
  /// slope or none, as the square root in `if(x > 0, sqrt(x), 0)`, and must not be heard.
  @inline(__always)
  private static func gathered(_ seed: Lanes, _ slope: Lanes, _ bar: Lanes) -> Lanes {
    select(seed .== Lanes(), bar, multiplyAdd(seed, slope, bar))
  }

  /// ā ← ā + r̄ · ∂r/∂a.
  @inline(__always)
  private static func pull1(
    _ x: Numbers, _ bar: MutableNumbers, _ lanes: Int, _ i: ProgramInstruction, _ f: (Lanes, Lanes) -> Lanes
  ) {
    let (a, r) = (x + Int(i.a) &* lanes, x + Int(i.result) &* lanes)
    let (aBar, rBar) = (bar + Int(i.a) &* lanes, bar + Int(i.result) &* lanes)
    for at in stride(from: 0, to: lanes, by: 8) {
      aBar.store(gathered(rBar.lanes(at), f(a.lanes(at), r.lanes(at)), aBar.lanes(at)), at)
    }
  }

  /// ā ← ā + r̄ · ∂r/∂a, then b̄ ← b̄ + r̄ · ∂r/∂b; a and b may be the same register.
  @inline(__always)
  private static func pull2(
    _ x: Numbers, _ bar: MutableNumbers, _ lanes: Int, _ i: ProgramInstruction,
    _ f: (_ a: Lanes, _ b: Lanes, _ r: Lanes) -> (Lanes, Lanes)
  ) {
    let (a, b, r) = (x + Int(i.a) &* lanes, x + Int(i.b) &* lanes, x + Int(i.result) &* lanes)
    let (aBar, bBar) = (bar + Int(i.a) &* lanes, bar + Int(i.b) &* lanes)
    let rBar = bar + Int(i.result) &* lanes
    for at in stride(from: 0, to: lanes, by: 8) {
      let seed = rBar.lanes(at)
      let (byA, byB) = f(a.lanes(at), b.lanes(at), r.lanes(at))
      aBar.store(gathered(seed, byA, aBar.lanes(at)), at)
      bBar.store(gathered(seed, byB, bBar.lanes(at)), at)
    }
  }

  /// See `KernelTable.programReverse`. Hot path.
  static func reverse(
    _ instructions: [ProgramInstruction], _ x: Numbers, _ bar: MutableNumbers, _ lanes: Int
  ) {
    for i in instructions.reversed() {
      switch i.operation {
      case .add: pull2(x, bar, lanes, i) { _, _, _ in (one, one) }
      case .subtract: pull2(x, bar, lanes, i) { _, _, _ in (one, -one) }
      case .multiply: pull2(x, bar, lanes, i) { a, b, _ in (b, a) }
      case .divide: pull2(x, bar, lanes, i) { _, b, r in (1 / b, -r / b) }
      case .power:
        pull2(x, bar, lanes, i) { a, b, r in
          // r̄ · 0 must stay 0 where log a does not exist but b is a constant, and where a⁰ is derived at 0.
          (
            select(b .== 0, b, b * eachLanePair(a, b - 1, power)),
            select(r .== 0, Lanes(), r * log(a))
          )
        }
      case .integerPower:
        let n = Int(i.immediate)
        // A constant has the derivative 0 also where a⁻¹ is infinite.
        if n != 0 { pull1(x, bar, lanes, i) { a, _ in Double(n) * integerPower(a, n - 1) } }
      case .negate: pull1(x, bar, lanes, i) { _, _ in -one }
      case .addConstant: pull1(x, bar, lanes, i) { _, _ in one }
      case .multiplyConstant:
        let constant = Lanes(repeating: i.immediate)
        pull1(x, bar, lanes, i) { _, _ in constant }
      case .exp: pull1(x, bar, lanes, i) { _, r in r }
      case .log: pull1(x, bar, lanes, i) { a, _ in 1 / a }
      case .sqrt: pull1(x, bar, lanes, i) { _, r in 0.5 / r }
      case .sin: pull1(x, bar, lanes, i) { a, _ in sincos(a).cos }
      case .cos: pull1(x, bar, lanes, i) { a, _ in -sincos(a).sin }
      case .tan: pull1(x, bar, lanes, i) { _, r in multiplyAdd(r, r, one) }
      case .asin: pull1(x, bar, lanes, i) { a, _ in 1 / ((1 - a) * (1 + a)).squareRoot() }
      case .acos: pull1(x, bar, lanes, i) { a, _ in -1 / ((1 - a) * (1 + a)).squareRoot() }
      case .atan: pull1(x, bar, lanes, i) { a, _ in 1 / multiplyAdd(a, a, one) }
      case .sinh: pull1(x, bar, lanes, i) { a, _ in eachLane(a) { Double.cosh($0) } }
      case .cosh: pull1(x, bar, lanes, i) { a, _ in eachLane(a) { Double.sinh($0) } }
      case .tanh: pull1(x, bar, lanes, i) { _, r in 1 - r * r }
      case .sigmoid: pull1(x, bar, lanes, i) { _, r in r * (1 - r) }
      case .softplus: pull1(x, bar, lanes, i) { a, _ in sigmoid(a) }
      case .erf: pull1(x, bar, lanes, i) { a, _ in 1.128_379_167_095_512_6 * exp(-a * a) }
      case .abs: pull1(x, bar, lanes, i) { a, _ in sign(a) }
      case .minimum:
        pull2(x, bar, lanes, i) { a, b, _ in
          let first = select(isFirst(a .<= b, a), one, Lanes())
          return (first, 1 - first)
        }
      case .maximum:
        pull2(x, bar, lanes, i) { a, b, _ in
          let first = select(isFirst(a .>= b, a), one, Lanes())
          return (first, 1 - first)
        }
      case .sign, .step, .less, .lessOrEqual, .equal, .floor: break
      case .select:
        let a = x + Int(i.a) &* lanes
        let (bBar, cBar) = (bar + Int(i.b) &* lanes, bar + Int(i.c) &* lanes)
        let rBar = bar + Int(i.result) &* lanes
        for at in stride(from: 0, to: lanes, by: 8) {
          let (condition, seed) = (a.lanes(at), rBar.lanes(at))
          bBar.store(bBar.lanes(at) + choose(condition, seed, Lanes()), at)
          cBar.store(cBar.lanes(at) + choose(condition, Lanes(), seed), at)
        }
      case .atan2:
        pull2(x, bar, lanes, i) { a, b, _ in
          let norm = multiplyAdd(a, a, b * b)
          return (b / norm, -a / norm)
        }
      case .asinh: pull1(x, bar, lanes, i) { a, _ in 1 / multiplyAdd(a, a, one).squareRoot() }
      case .acosh: pull1(x, bar, lanes, i) { a, _ in 1 / ((a - 1) * (a + 1)).squareRoot() }
      case .atanh: pull1(x, bar, lanes, i) { a, _ in 1 / ((1 - a) * (1 + a)) }
      case .log1p: pull1(x, bar, lanes, i) { a, _ in 1 / (1 + a) }
      case .expm1: pull1(x, bar, lanes, i) { _, r in r + 1 }
      }
    }
  }

  /// b where the condition is not zero, else c; a NaN condition counts as true, as in IEEE `≠`.
  @inline(__always)
  private static func choose(_ condition: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    select(condition .== 0, c, b)
  }

  /// −1, 0, 1; a NaN is neither above nor below 0.
  @inline(__always)
  private static func sign(_ a: Lanes) -> Lanes {
    select(a .> 0, one, select(a .< 0, -one, Lanes()))
  }

  /// Whether the minimum or maximum is a: where it wins or ties, and where it is NaN. A NaN in b fails the comparison,
  /// so either operand's NaN becomes the result.
  @inline(__always)
  private static func isFirst(_ wins: SIMDMask<LaneBits>, _ a: Lanes) -> SIMDMask<LaneBits> { wins .| (a .!= a) }

  @inline(__always)
  private static func eachLanePair(_ a: Lanes, _ b: Lanes, _ function: (Double, Double) -> Double) -> Lanes {
    var result = Lanes()
    for lane in 0..<Lanes.scalarCount { result[lane] = function(a[lane], b[lane]) }
    return result
  }

  /// IEEE pow: RealModule's is undefined for negative bases, where an integral exponent has a value, and for 0⁰.
  private static func power(_ a: Double, _ b: Double) -> Double {
    if b == 0 || a == 1 { return 1 }
    if a.sign == .plus || a.isNaN || b.isNaN { return Double.pow(a, b) }
    let magnitude = Double.pow(-a, b)
    // Numbers from 2⁵³ on are all even, infinities count as even.
    guard b.rounded() == b else { return a == 0 || a.isInfinite ? magnitude : .nan }
    let isOdd = Swift.abs(b) < 0x1p53 && b.truncatingRemainder(dividingBy: 2) != 0
    return isOdd ? -magnitude : magnitude
  }

  /// aⁿ by squaring.
  @inline(__always)
  private static func integerPower(_ a: Lanes, _ n: Int) -> Lanes {
    switch n {
    case 0: return one
    case 1: return a
    case 2: return a * a
    case 3: return a * a * a
    default:
      var remaining = n.magnitude
      var (base, result) = (a, one)
      while remaining > 0 {
        if remaining & 1 == 1 { result *= base }
        base *= base
        remaining >>= 1
      }
      return n < 0 ? 1 / result : result
    }
  }
}

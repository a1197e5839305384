import RealModule

// Elementary functions on eight lanes. Each reduces its argument to an interval around zero by a multiple of a
// constant held in one to three pieces, sums a minimax polynomial there, and rebuilds. Infinities, NaN and the sign of
// zero follow IEEE; lanes out of the fast range take a way of their own.
//
// Methods, bounds, measured errors and the computation of the coefficients: docs/theory/elementary-functions.md.
// "Within" below is the largest error in units of the last place, over all arguments and instruction sets.

/// |x|; a NaN stays one.
@inline(__always)
func magnitude(_ x: Lanes) -> Lanes { lanes(bits(x) .& bits(LaneBits(repeating: .max))) }

/// The sign bits of x.
@inline(__always)
private func signBits(_ x: LaneMask) -> LaneMask { x .& bits(LaneBits(repeating: .min)) }

/// min(x, limit); a NaN stays one.
@inline(__always)
private func atMost(_ limit: Double, _ x: Lanes) -> Lanes { select(x .> limit, Lanes(repeating: limit), x) }

@inline(__always)
private func integers(_ x: Lanes) -> LaneBits { unsafeBitCast(x, to: LaneBits.self) }

/// Adding 1.5·2⁵² rounds to an integer and leaves it in the low bits; the bits above it are zero from the twelfth on,
/// so that a shift by 52 leaves the integer alone.
private let roundingShift = 6_755_399_441_055_744.0
private let log2e = 1.442_695_040_888_963_4
// ln 2 in two pieces; the first has 21 trailing zero bits, so that its product with |n| < 2²⁰ is exact.
private let ln2High = 6.931_471_803_691_238_164_9e-1
private let ln2Low = 1.908_214_929_270_587_700_02e-10

/// 2ⁿ with n in the low bits of `shifted`, plus `offset`; the sum must lie in −1022 … 1023.
@inline(__always)
private func powerOfTwo(_ shifted: Lanes, offset: Int64 = 0) -> Lanes {
  unsafeBitCast(
    integers(shifted) &* LaneBits(repeating: 1 << 52) &+ LaneBits(repeating: (1023 + offset) << 52), to: Lanes.self)
}

/// x = n ln 2 + r with |r| ≤ ln 2 / 2; n in the low bits of `shifted`.
@inline(__always)
private func reduceByLog2(_ x: Lanes) -> (shifted: Lanes, n: Lanes, r: Lanes) {
  let shifted = multiplyAdd(log2e, x, Lanes(repeating: roundingShift))
  let n = shifted - roundingShift
  return (shifted, n, multiplyAdd(-ln2Low, n, multiplyAdd(-ln2High, n, x)))
}

/// (eʳ − 1 − r)/r² for |r| ≤ ln 2 / 2: minimax for the relative error of eʳ − 1, 2⁻⁵⁵·⁶.
@inline(__always)
private func expm1Remainder(_ r: Lanes, _ square: Lanes) -> Lanes {
  // Even and odd powers apart: the chain is half as long, for the processor and for the optimizer, which joins the
  // lanes of longer chains only in part.
  var even = Lanes(repeating: 2.762_606_537_946_649e-7)
  even = multiplyAdd(even, square, Lanes(repeating: 2.480_150_520_820_745_8e-5))
  even = multiplyAdd(even, square, Lanes(repeating: 1.388_888_893_161_601_6e-3))
  even = multiplyAdd(even, square, Lanes(repeating: 4.166_666_666_657_661e-2))
  even = multiplyAdd(even, square, Lanes(repeating: 0.500_000_000_000_000_6))
  var odd = Lanes(repeating: 2.505_377_638_413_703_7e-8)
  odd = multiplyAdd(odd, square, Lanes(repeating: 2.755_740_761_079_372e-6))
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.984_126_971_886_325e-4))
  odd = multiplyAdd(odd, square, Lanes(repeating: 8.333_333_333_389_64e-3))
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.666_666_666_666_658_8e-1))
  return multiplyAdd(odd, r, even)
}

/// eʳ − 1 for |r| ≤ ln 2 / 2.
@inline(__always)
private func expm1Reduced(_ r: Lanes) -> Lanes {
  let square = r * r
  // The leading term is exact and added last.
  return multiplyAdd(expm1Remainder(r, square), square, r)
}

/// eˣ, within 1.25 ulp; ∞ above 709.8, subnormal and then 0 below −708.4.
@inline(__always)
func exp(_ x: Lanes) -> Lanes {
  if isAnyTrue(.!(magnitude(x) .<= 708)) { return expNearLimits(x) }
  let (shifted, _, r) = reduceByLog2(x)
  let series = 1 + expm1Reduced(r)
  // The exponent stays in range: n is added to it.
  return unsafeBitCast(
    integers(series) &+ integers(shifted) &* LaneBits(repeating: 1 << 52), to: Lanes.self)
}

/// `exp` for all arguments, the same to the bit where both are right.
@inline(never)
private func expNearLimits(_ x: Lanes) -> Lanes {
  // Clamping keeps n within the exponent range of the two factors; a NaN passes through, as comparisons with it fail.
  let (_, n, r) = reduceByLog2(select(x .< -746, Lanes(repeating: -746), atMost(710, x)))
  let series = 1 + expm1Reduced(r)
  // Two factors, because 2ⁿ alone overflows at n = 1024 and underflows below −1022.
  let half = multiplyAdd(0.5, n, Lanes(repeating: roundingShift))
  return series * powerOfTwo(half) * powerOfTwo(n - (half - roundingShift) + roundingShift)
}

/// eˣ − 1, within 2 ulp.
@inline(__always)
func expm1(_ x: Lanes) -> Lanes {
  if isAnyTrue(.!(magnitude(x) .<= 708)) { return expm1NearLimits(x) }
  return expm1Ordinary(x)
}

@inline(__always)
private func expm1Ordinary(_ x: Lanes) -> Lanes {
  let shifted = multiplyAdd(log2e, x, Lanes(repeating: roundingShift))
  let n = shifted - roundingShift
  let high = multiplyAdd(-ln2High, n, x)
  let low = ln2Low * n
  let r = high - low
  // What the rounding of r left out: half an ulp of it would be up to two of the result near n = ±1.
  let rest = (high - r) - low
  let square = r * r
  let e = r + multiplyAdd(expm1Remainder(r, square), square, multiplyAdd(rest, r, rest))
  let scale = powerOfTwo(shifted)
  // The sum loses the sign of a zero.
  return lanes(signBits(bits(x)) .| bits(multiplyAdd(scale, e, scale - 1)))
}

@inline(never)
private func expm1NearLimits(_ x: Lanes) -> Lanes {
  let limited = select(x .< -708, Lanes(repeating: -708), atMost(708, x))
  return select(magnitude(x) .<= 708, expm1Ordinary(limited), expNearLimits(x) - 1)
}

/// tanh x, within 2 ulp.
///
/// With |x| = n ln 2 / 2 + r, T = tanh r and tanh(n ln 2 / 2) = (2ⁿ − 1)/(2ⁿ + 1), the theorem of addition gives
///
///     tanh |x| = (2ⁿ − 1 + (2ⁿ + 1) T) / (2ⁿ + 1 + (2ⁿ − 1) T).
///
/// For n = 0 this is T itself. With n = 1 the numerator cancels as r is negative, hence n = ⌊y + ¼⌋ for
/// y = 2|x|/ln 2 rounded to halves, so that −ln 2 / 8 ≤ r ≤ 3 ln 2 / 8.
@inline(__always)
func tanh(_ x: Lanes) -> Lanes {
  // tanh is 1 to the last bit from 19.1 on.
  let size = atMost(20, magnitude(x))
  let halves = multiplyAdd(2.885_390_081_777_926_8, size, Lanes(repeating: 0.5 * roundingShift))
  let shifted = lanes(bits(halves) .& bits(LaneBits(repeating: ~1)))
  // One piece of ln 2 / 2 suffices: the larger n, the less the result depends on r.
  let r = multiplyAdd(-0.346_573_590_279_972_64, shifted - 0.5 * roundingShift, size)
  let scale = unsafeBitCast(
    integers(shifted) &* LaneBits(repeating: 1 << 51) &+ LaneBits(repeating: 1023 << 52), to: Lanes.self)
  let s = r * r
  // (tanh r − r)/r³, minimax for the relative error of tanh r up to 3 ln 2 / 8, 2⁻⁵⁶·⁸.
  var p = Lanes(repeating: -1.307_762_942_771_725_6e-3)
  p = multiplyAdd(p, s, Lanes(repeating: 3.576_435_947_525_187_4e-3))
  p = multiplyAdd(p, s, Lanes(repeating: -8.862_364_794_976_332e-3))
  p = multiplyAdd(p, s, Lanes(repeating: 2.186_946_189_006_629_8e-2))
  p = multiplyAdd(p, s, Lanes(repeating: -5.396_825_353_178_872_5e-2))
  p = multiplyAdd(p, s, Lanes(repeating: 1.333_333_333_299_477_3e-1))
  p = multiplyAdd(p, s, Lanes(repeating: -3.333_333_333_333_245e-1))
  let t = multiplyAdd(p, r * s, r)
  // As the numerator plus 2(1 − T) the denominator is never the smaller, and a rounding error of the numerator is in
  // both.
  let numerator = multiplyAdd(scale + 1, t, scale - 1)
  let quotient = numerator / (numerator + multiplyAdd(-2, t, Lanes(repeating: 2)))
  return lanes(bits(quotient) .| signBits(bits(x)))
}

/// The parts of e^(−|x|) = (1 + e) 2ⁿ that the logistic functions are made of.
private struct LogisticParts {
  /// eʳ − 1.
  var e: Lanes
  /// 2ⁿ⁺¹²⁸: n reaches −1090, where 2ⁿ itself underflows.
  var scale: Lanes
  /// 2ⁿ.
  var tiny: Lanes
  /// 1 + e^(−|x|).
  var denominator: Lanes

  @inline(__always)
  init(_ x: Lanes) {
    // Below −755 swish is 0, and sigmoid long before it.
    let (shifted, _, r) = reduceByLog2(-atMost(755, magnitude(x)))
    let reduced = expm1Reduced(r)
    let power = 1 + reduced
    scale = powerOfTwo(shifted, offset: 128)
    tiny = scale * 0x1p-128
    let small = power * tiny
    denominator = 1 + small
    // The rounding error of the denominator is put back into the exponential, before that is rounded.
    e = multiplyAdd(power, (denominator - 1) - small, reduced)
  }
}

/// 1/(1 + e⁻ˣ), within 2 ulp; by e^(−|x|), so that nothing overflows.
@inline(__always)
func sigmoid(_ x: Lanes) -> Lanes {
  let parts = LogisticParts(x)
  let numerator = (1 + parts.e) * parts.tiny
  return select(x .< 0, numerator, Lanes(repeating: 1)) / parts.denominator
}

/// x/(1 + e⁻ˣ), within 2.25 ulp.
@inline(__always)
func swish(_ x: Lanes) -> Lanes {
  let parts = LogisticParts(x)
  let limited = select(x .< -755, Lanes(repeating: -755), x)
  let numerator = multiplyAdd(limited, parts.e, limited) * parts.scale * 0x1p-128
  return select(x .< 0, numerator, x) / parts.denominator
}

/// (log(1 + f) − 2s)/s³ with s = f/(2 + f), z = s², for √½ ≤ 1 + f ≤ √2: minimax, 2⁻⁵⁸.
@inline(__always)
private func logRemainder(_ z: Lanes) -> Lanes {
  let square = z * z
  var even = Lanes(repeating: 1.479_288_657_252_074_1e-1)
  even = multiplyAdd(even, square, Lanes(repeating: 1.818_354_942_524_031_7e-1))
  even = multiplyAdd(even, square, Lanes(repeating: 2.857_142_873_868_022e-1))
  even = multiplyAdd(even, square, Lanes(repeating: 6.666_666_666_666_731e-1))
  var odd = Lanes(repeating: 1.531_439_037_774_297_9e-1)
  odd = multiplyAdd(odd, square, Lanes(repeating: 2.222_219_889_973_817_7e-1))
  odd = multiplyAdd(odd, square, Lanes(repeating: 3.999_999_999_943_482e-1))
  return multiplyAdd(odd, z, even)
}

/// log((1 + f) 2ᵏ) for √½ ≤ 1 + f ≤ √2.
@inline(__always)
private func logReduced(_ f: Lanes, _ k: Lanes) -> Lanes {
  let s = f / (f + 2)
  let z = s * s
  // 2s = f − s f, and s f = f²/2 − s f²/2: the leading term is exact and added last.
  let half = 0.5 * f * f
  let rest = multiplyAdd(s, multiplyAdd(logRemainder(z), z, half), ln2Low * k)
  return multiplyAdd(ln2High, k, f - (half - rest))
}

/// m and k with x = 2ᵏ m and √½ ≤ m < √2, for positive normal x.
@inline(__always)
private func splitExponent(_ x: Lanes) -> (m: Lanes, k: Lanes) {
  // The bits of √½ … √2 are moved to those of 1 … 2.
  let one = LaneBits(repeating: 1023 << 52)
  let moved = integers(x) &+ LaneBits(repeating: 0x0009_5F61_9980_C433)
  let exponent = unsafeBitCast(bits(moved) .& bits(LaneBits(repeating: 0x7FF << 52)), to: LaneBits.self)
  let m = unsafeBitCast(integers(x) &- exponent &+ one, to: Lanes.self)
  // As the low bits of 2⁵², an integer is a double.
  let biased = unsafeBitCast(exponent, to: SIMD8<UInt64>.self) &>> SIMD8<UInt64>(repeating: 52)
  let k = lanes(bits(unsafeBitCast(biased, to: LaneBits.self)) .| bits(Lanes(repeating: 0x1p52))) - (0x1p52 + 1023)
  return (m, k)
}

/// log x, within 1 ulp; −∞ for 0, NaN for negative numbers.
@inline(__always)
func log(_ x: Lanes) -> Lanes {
  let isOrdinary = (x .>= .leastNormalMagnitude) .& (x .<= .greatestFiniteMagnitude)
  if isAnyTrue(.!isOrdinary) { return logOfAny(x) }
  let (m, k) = splitExponent(x)
  return logReduced(m - 1, k)
}

/// `log` for all arguments, the same to the bit where both are right.
@inline(never)
private func logOfAny(_ x: Lanes) -> Lanes {
  let isSubnormal = x .< .leastNormalMagnitude
  let (m, k) = splitExponent(select(isSubnormal, 0x1p54 * x, x))
  let result = logReduced(m - 1, select(isSubnormal, k - 54, k))
  let isOrdinary = (x .> 0) .& (x .<= .greatestFiniteMagnitude)
  let special = select(x .== 0, Lanes(repeating: -.infinity), select(x .> 0, x, Lanes(repeating: .nan)))
  return select(isOrdinary, result, special)
}

/// log(1 + x), within 1.5 ulp; −∞ for −1, NaN below.
@inline(__always)
func log1p(_ x: Lanes) -> Lanes {
  if isAnyTrue(.!((x .> -1) .& (x .<= 0x1p60))) { return log1pOfAny(x) }
  return log1pOrdinary(x)
}

@inline(__always)
private func log1pOrdinary(_ x: Lanes) -> Lanes {
  let sum = 1 + x
  let (m, k) = splitExponent(sum)
  // What the sum left out, scaled as m is; exact, as the smaller summand comes last.
  let part = sum - 1
  let lost = select(x .> 1, 1 - (sum - x), x - part)
  let scale = unsafeBitCast(
    LaneBits(repeating: 2046 << 52) &- (integers(sum) &- integers(m) &+ LaneBits(repeating: 1023 << 52)),
    to: Lanes.self)
  // The sum loses the sign of a zero.
  return lanes(signBits(bits(x)) .| bits(logReduced(multiplyAdd(lost, scale, m - 1), k)))
}

@inline(never)
private func log1pOfAny(_ x: Lanes) -> Lanes {
  let isOrdinary = (x .> -1) .& (x .<= 0x1p60)
  // Far up 1 is nothing beside x.
  return select(isOrdinary, log1pOrdinary(select(isOrdinary, x, Lanes())), log(select(x .> 0, x, x + 1)))
}

/// log(1 + eˣ) = max(x, 0) + log1p(e^(−|x|)), within 2 ulp; ∞ for ∞.
@inline(__always)
func softplus(_ x: Lanes) -> Lanes {
  // A NaN reaches the result through the exponential.
  let u = expOfNegative(magnitude(x))
  // 1 + u, and from √2 on its half, is 1 + f.
  let isLarge = u .> 0.414_213_562_373_095_05
  let f = select(isLarge, multiplyAdd(0.5, u, Lanes(repeating: -0.5)), u)
  let s = f / (f + 2)
  let z = s * s
  let half = 0.5 * f * f
  let rest = multiplyAdd(s, multiplyAdd(logRemainder(z), z, half), select(isLarge, Lanes(repeating: ln2Low), Lanes()))
  let base = select(x .> 0, x, Lanes())
  return base + (select(isLarge, Lanes(repeating: ln2High), Lanes()) + (f - (half - rest)))
}

/// e^(−x) for x ≥ 0.
@inline(__always)
private func expOfNegative(_ x: Lanes) -> Lanes {
  let (shifted, _, r) = reduceByLog2(-atMost(755, x))
  return (1 + expm1Reduced(r)) * (powerOfTwo(shifted, offset: 128) * 0x1p-128)
}

private let twoOverPi = 0.636_619_772_367_581_382_43
/// Beyond this the pieces of π/2 no longer suffice.
private let largestFastAngle = 1e5

/// angle − k π/2.
@inline(__always)
private func subtractQuadrants(_ k: Lanes, _ angle: Lanes) -> Lanes {
  #if FUSED_MULTIPLY_ADD
    // The first difference is exact: both numbers are multiples of the last place of π/2.
    let r = multiplyAdd(-6.123_233_995_736_766e-17, k, multiplyAdd(-1.570_796_326_794_896_6, k, angle))
    return multiplyAdd(1.497_384_904_859_169_8e-33, k, r)
  #else
    // Two pieces of 37 bits and a rest: products with k < 2¹⁶ are exact.
    let r = angle - 1.570_796_326_792_333_3 * k - 2.563_344_151_583_955_8e-12 * k
    return r - 1.056_299_906_698_742_8e-23 * k
  #endif
}

/// Apart from `sincos`, so that its registers are not spilled for these calls.
@inline(never)
private func sincosByLibrary(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
  (eachLane(x) { Double.sin($0) }, eachLane(x) { Double.cos($0) })
}

/// sin x and cos x together, each within 1.75 ulp.
@inline(__always)
func sincos(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
  let angle = magnitude(x)
  if isAnyTrue(.!(angle .<= largestFastAngle)) { return sincosByLibrary(x) }
  let shifted = multiplyAdd(twoOverPi, angle, Lanes(repeating: roundingShift))
  let quadrant = integers(shifted)
  let r = subtractQuadrants(shifted - roundingShift, angle)
  let s = r * r
  // (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ for |r| ≤ π/4: minimax, 2⁻⁵⁸ and 2⁻⁶⁴.
  var p = Lanes(repeating: 1.589_692_401_126_742e-10)
  p = multiplyAdd(p, s, Lanes(repeating: -2.505_076_075_266_134e-8))
  p = multiplyAdd(p, s, Lanes(repeating: 2.755_731_371_231_859e-6))
  p = multiplyAdd(p, s, Lanes(repeating: -1.984_126_982_988_092e-4))
  p = multiplyAdd(p, s, Lanes(repeating: 8.333_333_333_322_533e-3))
  p = multiplyAdd(p, s, Lanes(repeating: -1.666_666_666_666_663_2e-1))
  let sine = multiplyAdd(p * s, r, r)
  var q = Lanes(repeating: -1.136_125_601_162_811_9e-11)
  q = multiplyAdd(q, s, Lanes(repeating: 2.087_575_718_991_583e-9))
  q = multiplyAdd(q, s, Lanes(repeating: -2.755_731_462_825_092_6e-7))
  q = multiplyAdd(q, s, Lanes(repeating: 2.480_158_729_055_618_8e-5))
  q = multiplyAdd(q, s, Lanes(repeating: -1.388_888_888_887_610_2e-3))
  q = multiplyAdd(q, s, Lanes(repeating: 4.166_666_666_666_661_6e-2))
  let half = s * 0.5
  let lead = 1 - half
  // 1 − s/2 loses up to half an ulp; its rounding error is put back.
  let cosine = lead + multiplyAdd(q, s * s, (1 - lead) - half)
  // Bit 0 of the quadrant swaps sine and cosine; bit 1 (of the quadrant plus one for the cosine) is the sign.
  let swap = unsafeBitCast(bits(quadrant) .& bits(LaneBits(repeating: 1)), to: LaneBits.self) .!= LaneBits()
  let sineSign = signBits(bits(quadrant &* LaneBits(repeating: 1 << 62)) .^ bits(x))
  let cosineSign = signBits(bits((quadrant &+ 1) &* LaneBits(repeating: 1 << 62)))
  return (
    lanes(bits(select(swap, cosine, sine)) .^ sineSign), lanes(bits(select(swap, sine, cosine)) .^ cosineSign)
  )
}

/// x² as the rounded square and what it lacks, which would cost x² ulp in an exponential.
@inline(__always)
private func exactSquare(_ x: Lanes) -> (high: Lanes, low: Lanes) {
  let high = x * x
  #if FUSED_MULTIPLY_ADD
    return (high, multiplyAdd(x, x, -high))
  #else
    // x = head + rest with 26 bits in the head: all three products are exact.
    let head = lanes(bits(x) .& bits(LaneBits(repeating: ~0x7FF_FFFF)))
    let rest = x - head
    return (high, ((head * head - high) + 2 * head * rest) + rest * rest)
  #endif
}

/// e and 2ⁿ⁺¹²⁸ with e^(−factor x²) = (1 + e) 2ⁿ, for factor 1 or ½ and |x| ≤ 39.
@inline(__always)
private func gaussianParts(_ x: Lanes, _ factor: Double) -> (e: Lanes, scale: Lanes) {
  let (high, low) = exactSquare(x)
  let exponent = -factor * high
  let shifted = multiplyAdd(log2e, exponent, Lanes(repeating: roundingShift))
  let n = shifted - roundingShift
  let r = multiplyAdd(-ln2High, n, exponent) + multiplyAdd(-ln2Low, n, -factor * low)
  return (expm1Reduced(r), powerOfTwo(shifted, offset: 128))
}

/// (z + 4) Φ(−z) e^(z²/2) of z/(z + 4), for 0 ≤ z ≤ 39: minimax, 2⁻⁵⁹.
@inline(__always)
private func scaledMillsRatio(_ quotient: Lanes) -> Lanes {
  // Around the middle of the interval the coefficients fall off and nothing cancels.
  let y = multiplyAdd(2, quotient, Lanes(repeating: -1))
  let square = y * y
  var even = Lanes(repeating: -2.416_399_669_992_066_5e-9)
  even = multiplyAdd(even, square, Lanes(repeating: 1.922_829_408_237_346_4e-8))
  even = multiplyAdd(even, square, Lanes(repeating: -8.478_028_023_815_399e-8))
  even = multiplyAdd(even, square, Lanes(repeating: 2.712_319_942_040_652_3e-7))
  even = multiplyAdd(even, square, Lanes(repeating: -6.293_707_163_778_634e-7))
  even = multiplyAdd(even, square, Lanes(repeating: 7.165_464_510_451_717e-7))
  even = multiplyAdd(even, square, Lanes(repeating: -1.908_229_966_088_487_3e-6))
  even = multiplyAdd(even, square, Lanes(repeating: 1.333_443_081_515_427_5e-4))
  even = multiplyAdd(even, square, Lanes(repeating: -3.479_692_367_020_072_7e-3))
  even = multiplyAdd(even, square, Lanes(repeating: 6.039_657_489_091_965e-2))
  var odd = Lanes(repeating: -6.709_052_426_315_718e-10)
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.757_289_808_097_813_4e-9))
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.345_433_675_682_997e-8))
  odd = multiplyAdd(odd, square, Lanes(repeating: -1.550_294_976_819_502_3e-7))
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.021_525_918_938_178_6e-6))
  odd = multiplyAdd(odd, square, Lanes(repeating: -5.920_133_561_638_63e-6))
  odd = multiplyAdd(odd, square, Lanes(repeating: 3.514_466_777_476_895e-5))
  odd = multiplyAdd(odd, square, Lanes(repeating: -2.310_949_307_096_231_6e-4))
  odd = multiplyAdd(odd, square, Lanes(repeating: 1.630_818_456_982_576_2e-3))
  odd = multiplyAdd(odd, square, Lanes(repeating: -7.540_188_966_683_535e-3))
  var p = multiplyAdd(odd, y, even)
  p = multiplyAdd(p, y, Lanes(repeating: -0.186_521_857_959_658_62))
  p = multiplyAdd(p, y, Lanes(repeating: 0.387_137_400_742_214_87))
  p = multiplyAdd(p, y, Lanes(repeating: -0.607_896_641_971_892_1))
  p = multiplyAdd(p, y, Lanes(repeating: 0.755_285_130_415_751_5))
  return p
}

/// The error function, within 2 ulp.
@inline(__always)
func erf(_ x: Lanes) -> Lanes {
  // erf is 1 to the last bit from 5.9 on.
  let t = atMost(6, magnitude(x))
  // x + x (erf x / x − 1): minimax in x² up to 1, 2⁻⁵⁷.
  let s = t * t
  let square = s * s
  var even = Lanes(repeating: 1.372_297_546_542_782_6e-8)
  even = multiplyAdd(even, square, Lanes(repeating: 1.644_751_756_507_919_7e-6))
  even = multiplyAdd(even, square, Lanes(repeating: 1.205_529_531_950_315_1e-4))
  even = multiplyAdd(even, square, Lanes(repeating: 5.223_977_607_422_274e-3))
  even = multiplyAdd(even, square, Lanes(repeating: 0.112_837_916_709_452_52))
  even = multiplyAdd(even, square, Lanes(repeating: 0.128_379_167_095_512_56))
  var odd = Lanes(repeating: -7.801_189_547_798_98e-10)
  odd = multiplyAdd(odd, square, Lanes(repeating: -1.620_917_541_381_886_4e-7))
  odd = multiplyAdd(odd, square, Lanes(repeating: -1.492_474_464_964_907_6e-5))
  odd = multiplyAdd(odd, square, Lanes(repeating: -8.548_325_989_652_603e-4))
  odd = multiplyAdd(odd, square, Lanes(repeating: -2.686_617_064_327_603_5e-2))
  odd = multiplyAdd(odd, square, Lanes(repeating: -0.376_126_389_031_835_5))
  let small = multiplyAdd(multiplyAdd(odd, s, even), t, t)
  // 1 − erfc x beyond; (x + 3) erfc x · e^(x²) by y = (x − 3)/(x + 3), minimax for the error of erfc x, 2⁻⁵⁷.
  let inverse = 1 / (t + 3)
  let y = multiplyAdd(-6, inverse, Lanes(repeating: 1))
  let ySquare = y * y
  var evenTail = Lanes(repeating: 9.616_653_902_586_329e-5)
  evenTail = multiplyAdd(evenTail, ySquare, Lanes(repeating: -5.711_885_643_382_034e-4))
  evenTail = multiplyAdd(evenTail, ySquare, Lanes(repeating: -1.216_058_082_225_237_4e-3))
  evenTail = multiplyAdd(evenTail, ySquare, Lanes(repeating: 0.119_527_663_511_841_02))
  evenTail = multiplyAdd(evenTail, ySquare, Lanes(repeating: 0.590_228_356_932_297_2))
  evenTail = multiplyAdd(evenTail, ySquare, Lanes(repeating: 1.074_006_907_088_667_3))
  var oddTail = Lanes(repeating: 4.258_733_302_025_693e-5)
  oddTail = multiplyAdd(oddTail, ySquare, Lanes(repeating: -3.036_163_438_365_224_5e-4))
  oddTail = multiplyAdd(oddTail, ySquare, Lanes(repeating: 3.022_661_372_463_721_6e-3))
  oddTail = multiplyAdd(oddTail, ySquare, Lanes(repeating: -2.682_798_950_172_036e-2))
  oddTail = multiplyAdd(oddTail, ySquare, Lanes(repeating: -0.310_467_268_918_312_67))
  oddTail = multiplyAdd(oddTail, ySquare, Lanes(repeating: -0.883_394_453_162_808_2))
  let ratio = multiplyAdd(oddTail, y, evenTail) * inverse
  let (e, scale) = gaussianParts(t, 1)
  let large = multiplyAdd(multiplyAdd(ratio, e, ratio), scale * -0x1p-128, Lanes(repeating: 1))
  return lanes(bits(select(t .> 1, large, small)) .| signBits(bits(x)))
}

/// The distribution function Φ of the standard normal distribution and its density φ, for the derivatives of GELU.
///
/// Relative accuracy is kept in the lower tail, down to where Φ(−38.5) underflows.
@inline(__always)
func normalDistribution(_ z: Lanes) -> (distribution: Lanes, density: Lanes) {
  let size = atMost(39, magnitude(z))
  let (e, scale) = gaussianParts(size, 0.5)
  // 1/(z + 4) = (1 − z/(z + 4))/4, by the quotient that `gelu` computes as well.
  let quotient = size / (size + 4)
  let ratio = scaledMillsRatio(quotient) * multiplyAdd(-0.25, quotient, Lanes(repeating: 0.25))
  let tail = multiplyAdd(ratio, e, ratio) * scale * 0x1p-128
  return (select(z .< 0, tail, 1 - tail), 0.398_942_280_401_432_68 * ((1 + e) * scale * 0x1p-128))
}

/// z Φ(z) = max(z, 0) − |z| Φ(−|z|), within 3.75 ulp, most of it in the lower tail.
@inline(__always)
func gelu(_ z: Lanes) -> Lanes {
  let size = atMost(39, magnitude(z))
  let (e, scale) = gaussianParts(size, 0.5)
  let quotient = size / (size + 4)
  let product = scaledMillsRatio(quotient) * quotient
  let tail = multiplyAdd(product, e, product) * scale * 0x1p-128
  let large = select(z .> 0, z, Lanes()) - tail
  // (Φ(z) − ½)/z in z² for |z| ≤ 0.6, where the tail costs an ulp more: minimax, 2⁻⁵⁵·⁶.
  let s = size * size
  let square = s * s
  var even = Lanes(repeating: 6.641_608_017_828_494e-7)
  even = multiplyAdd(even, square, Lanes(repeating: 1.154_345_957_855_256_2e-4))
  even = multiplyAdd(even, square, Lanes(repeating: 9.973_557_009_659_443e-3))
  even = multiplyAdd(even, square, Lanes(repeating: 0.398_942_280_401_432_65))
  var odd = Lanes(repeating: -3.808_954_169_302_049e-8)
  odd = multiplyAdd(odd, square, Lanes(repeating: -9.444_109_489_401_842e-6))
  odd = multiplyAdd(odd, square, Lanes(repeating: -1.187_328_207_093_982_2e-3))
  odd = multiplyAdd(odd, square, Lanes(repeating: -6.649_038_006_689_902e-2))
  // The product keeps the sign of a zero.
  let small = multiplyAdd(multiplyAdd(odd, s, even), z, Lanes(repeating: 0.5)) * z
  return select(size .> 0.6, large, small)
}

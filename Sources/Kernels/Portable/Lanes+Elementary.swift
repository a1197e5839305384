import RealModule

// Elementary functions on eight lanes. Each reduces its argument to an interval around zero by a multiple of a
// constant held in two or three pieces, sums the Taylor series there to below half an ulp of the result, and
// rebuilds. Infinities, NaN and the sign of zero follow IEEE; lanes out of the fast range go to the C library.

/// |x|; a NaN stays one.
@inline(__always)
func magnitude(_ x: Lanes) -> Lanes { lanes(bits(x) .& bits(LaneBits(repeating: .max))) }

/// The sign bits of x.
@inline(__always)
private func signBits(_ x: LaneMask) -> LaneMask { x .& bits(LaneBits(repeating: .min)) }

/// 2ⁿ times the series needs n as an integer: adding 1.5·2⁵² rounds to one and leaves it in the low bits.
private let roundingShift = 6_755_399_441_055_744.0
private let log2e = 1.442_695_040_888_963_4
// ln 2 in two pieces; the first has 21 trailing zero bits, so that its product with |n| < 2²⁰ is exact.
private let ln2High = 6.931_471_803_691_238_164_9e-1
private let ln2Low = 1.908_214_929_270_587_700_02e-10

/// n as a double and as an integer, and r = x − n ln 2 with |r| ≤ ln 2 / 2.
@inline(__always)
private func reduceByLog2(_ x: Lanes) -> (n: LaneBits, r: Lanes) {
  let shifted = multiplyAdd(log2e, x, Lanes(repeating: roundingShift))
  let rounded = shifted - roundingShift
  let n = unsafeBitCast(shifted, to: LaneBits.self) &- LaneBits(repeating: Int64(bitPattern: roundingShift.bitPattern))
  return (n, multiplyAdd(-ln2Low, rounded, multiplyAdd(-ln2High, rounded, x)))
}

@inline(__always)
private func powerOfTwo(_ n: LaneBits) -> Lanes {
  unsafeBitCast((n &+ LaneBits(repeating: 1023)) &* LaneBits(repeating: 1 << 52), to: Lanes.self)
}

/// eʳ − 1 for |r| ≤ ln 2 / 2: Σ rᵏ/k! up to k = 14; the next term is below 2·10⁻¹⁹ of the first.
@inline(__always)
private func expm1Series(_ r: Lanes) -> Lanes {
  // Even and odd powers apart: the chain is half as long, for the processor and for the optimizer, which joins the
  // lanes of longer chains only in part.
  let s = r * r
  var even = Lanes(repeating: 1.147_074_559_772_972_5e-11)
  even = multiplyAdd(even, s, Lanes(repeating: 2.087_675_698_786_81e-9))
  even = multiplyAdd(even, s, Lanes(repeating: 2.755_731_922_398_589e-7))
  even = multiplyAdd(even, s, Lanes(repeating: 2.480_158_730_158_730_2e-5))
  even = multiplyAdd(even, s, Lanes(repeating: 1.388_888_888_888_889e-3))
  even = multiplyAdd(even, s, Lanes(repeating: 4.166_666_666_666_666_4e-2))
  even = multiplyAdd(even, s, Lanes(repeating: 0.5))
  var odd = Lanes(repeating: 1.605_904_383_682_161_5e-10)
  odd = multiplyAdd(odd, s, Lanes(repeating: 2.505_210_838_544_171_9e-8))
  odd = multiplyAdd(odd, s, Lanes(repeating: 2.755_731_922_398_589_3e-6))
  odd = multiplyAdd(odd, s, Lanes(repeating: 1.984_126_984_126_984e-4))
  odd = multiplyAdd(odd, s, Lanes(repeating: 8.333_333_333_333_333e-3))
  odd = multiplyAdd(odd, s, Lanes(repeating: 1.666_666_666_666_666_6e-1))
  // The leading term is exact and added last.
  return multiplyAdd(multiplyAdd(odd, r, even), s, r)
}

/// eˣ; ∞ above 709.8, subnormal and then 0 below −708.4.
@inline(__always)
func exp(_ x: Lanes) -> Lanes {
  // Clamping keeps n within the exponent range of the two factors; a NaN passes through, as comparisons with it fail.
  var clamped = select(x .> 710, Lanes(repeating: 710), x)
  clamped = select(clamped .< -746, Lanes(repeating: -746), clamped)
  let (n, r) = reduceByLog2(clamped)
  let series = 1 + expm1Series(r)
  // Two factors, because 2ⁿ alone overflows at n = 1024 and underflows below −1022.
  let half = n &>> LaneBits(repeating: 1)
  return series * powerOfTwo(half) * powerOfTwo(n &- half)
}

/// tanh x = e/(e + 2) with e = e²ˣ − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1), which keeps full relative accuracy at zero.
@inline(__always)
func tanh(_ x: Lanes) -> Lanes {
  // tanh is 1 to the last bit from 19.1 on.
  let twice = 2 * magnitude(x)
  let (n, r) = reduceByLog2(select(twice .> 40, Lanes(repeating: 40), twice))
  let scale = powerOfTwo(n)
  let e = multiplyAdd(scale, expm1Series(r), scale - 1)
  return lanes(bits(e / (e + 2)) .^ signBits(bits(x)))
}

/// 1/(1 + e⁻ˣ), by e^(−|x|) so that nothing overflows.
@inline(__always)
func sigmoid(_ x: Lanes) -> Lanes {
  let small = exp(-magnitude(x))
  return select(x .< 0, small, Lanes(repeating: 1)) / (small + 1)
}

/// log(1 + u) for 0 ≤ u ≤ 1: 2 artanh s with s = u/(2 + u) ≤ 1/3, by Σ s²ᵏ/(2k+1) up to k = 16; what is left out is
/// below 3⁻³⁴/35 · 9/8, a fiftieth of an ulp.
@inline(__always)
private func log1pToOne(_ u: Lanes) -> Lanes {
  let s = u / (u + 2)
  let square = s * s
  var p = Lanes(repeating: 1.0 / 33)
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 31))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 29))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 27))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 25))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 23))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 21))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 19))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 17))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 15))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 13))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 11))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 9))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 7))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 5))
  p = multiplyAdd(p, square, Lanes(repeating: 1.0 / 3))
  // u − s u = 2 s without a factor that would lose the last bits of a subnormal u.
  return multiplyAdd(s + s, square * p, u - s * u)
}

/// log(1 + eˣ) = max(x, 0) + log1p(e^(−|x|)); ∞ for ∞.
@inline(__always)
func softplus(_ x: Lanes) -> Lanes {
  // A NaN reaches the result through the exponential.
  select(x .> 0, x, Lanes()) + log1pToOne(exp(-magnitude(x)))
}

// π/2 in three pieces of 33 bits each and a rest: products with |k| < 2²⁰ are exact.
private let halfPi1 = 1.570_796_326_734_125_614_17
private let halfPi2 = 6.077_100_506_303_965_976_60e-11
private let halfPi3 = 2.022_266_248_711_166_455_80e-21
private let halfPi4 = 8.478_427_660_368_899_569_97e-32
private let twoOverPi = 0.636_619_772_367_581_382_43
/// Beyond this the three pieces of π/2 no longer suffice.
private let largestFastAngle = 1e5

/// Apart from `sincos`, so that its registers are not spilled for these calls.
@inline(never)
private func sincosByLibrary(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
  (eachLane(x) { Double.sin($0) }, eachLane(x) { Double.cos($0) })
}

/// sin x and cos x together.
@inline(__always)
func sincos(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
  let angle = magnitude(x)
  if isAnyTrue(.!(angle .<= largestFastAngle)) { return sincosByLibrary(x) }
  let shifted = multiplyAdd(twoOverPi, angle, Lanes(repeating: roundingShift))
  let k = shifted - roundingShift
  let quadrant = unsafeBitCast(shifted, to: LaneBits.self)
  var r = multiplyAdd(-halfPi1, k, angle)
  r = multiplyAdd(-halfPi2, k, r)
  r = multiplyAdd(-halfPi3, k, r)
  r = multiplyAdd(-halfPi4, k, r)
  let s = r * r
  // Taylor series on |r| ≤ π/4; the next terms are below 10⁻¹⁹ of the result.
  var p = Lanes(repeating: 2.811_457_254_345_520_6e-15)
  p = multiplyAdd(p, s, Lanes(repeating: -7.647_163_731_819_816e-13))
  p = multiplyAdd(p, s, Lanes(repeating: 1.605_904_383_682_161_5e-10))
  p = multiplyAdd(p, s, Lanes(repeating: -2.505_210_838_544_171_9e-8))
  p = multiplyAdd(p, s, Lanes(repeating: 2.755_731_922_398_589_3e-6))
  p = multiplyAdd(p, s, Lanes(repeating: -1.984_126_984_126_984e-4))
  p = multiplyAdd(p, s, Lanes(repeating: 8.333_333_333_333_333e-3))
  p = multiplyAdd(p, s, Lanes(repeating: -1.666_666_666_666_666_6e-1))
  let sine = multiplyAdd(p * s, r, r)
  var q = Lanes(repeating: 4.779_477_332_387_385e-14)
  q = multiplyAdd(q, s, Lanes(repeating: -1.147_074_559_772_972_5e-11))
  q = multiplyAdd(q, s, Lanes(repeating: 2.087_675_698_786_81e-9))
  q = multiplyAdd(q, s, Lanes(repeating: -2.755_731_922_398_589e-7))
  q = multiplyAdd(q, s, Lanes(repeating: 2.480_158_730_158_730_2e-5))
  q = multiplyAdd(q, s, Lanes(repeating: -1.388_888_888_888_889e-3))
  q = multiplyAdd(q, s, Lanes(repeating: 4.166_666_666_666_666_4e-2))
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

/// e^(−factor x²) for factor 1 or ½ and |x| ≤ 40, with the rounding error of x² put back, which would cost x² ulp.
@inline(__always)
private func gaussian(_ x: Lanes, _ factor: Double) -> Lanes {
  // x = head + rest with 26 bits in the head: head² is exact, and x² = head² + (x + head) rest.
  let head = lanes(bits(x) .& bits(LaneBits(repeating: ~0x7FF_FFFF)))
  let d = factor * (x + head) * (x - head)
  // |d| < 3·10⁻⁵, so that four terms of e^(−d) suffice.
  let correction = 1 - d * (1 - d * (0.5 - d * (1.0 / 6)))
  return exp(-factor * head * head) * correction
}

/// erf t for 0 ≤ t ≤ 15/32.
@inline(__always)
private func smallErf(_ t: Lanes) -> Lanes {
  let s = t * t
  var p = Lanes(repeating: 1.857_777_061_846_031_53e-1)
  p = multiplyAdd(p, s, Lanes(repeating: 3.161_123_743_870_565_60))
  p = multiplyAdd(p, s, Lanes(repeating: 1.138_641_541_510_501_56e2))
  p = multiplyAdd(p, s, Lanes(repeating: 3.774_852_376_853_020_21e2))
  p = multiplyAdd(p, s, Lanes(repeating: 3.209_377_589_138_469_47e3))
  var q = s + 2.360_129_095_234_412_09e1
  q = multiplyAdd(q, s, Lanes(repeating: 2.440_246_379_344_441_73e2))
  q = multiplyAdd(q, s, Lanes(repeating: 1.282_616_526_077_372_28e3))
  q = multiplyAdd(q, s, Lanes(repeating: 2.844_236_833_439_170_62e3))
  return t * (p / q)
}

/// erfc(t) e^(t²) for t ≥ 15/32: a rational function of t up to 4, of 1/t² beyond.
@inline(__always)
private func scaledErfc(_ t: Lanes) -> Lanes {
  var p = Lanes(repeating: 2.153_115_354_744_038_46e-8)
  p = multiplyAdd(p, t, Lanes(repeating: 5.641_884_969_886_700_89e-1))
  p = multiplyAdd(p, t, Lanes(repeating: 8.883_149_794_388_375_94))
  p = multiplyAdd(p, t, Lanes(repeating: 6.611_919_063_714_162_95e1))
  p = multiplyAdd(p, t, Lanes(repeating: 2.986_351_381_974_001_31e2))
  p = multiplyAdd(p, t, Lanes(repeating: 8.819_522_212_417_690_90e2))
  p = multiplyAdd(p, t, Lanes(repeating: 1.712_047_612_634_070_58e3))
  p = multiplyAdd(p, t, Lanes(repeating: 2.051_078_377_826_071_47e3))
  p = multiplyAdd(p, t, Lanes(repeating: 1.230_339_354_797_997_25e3))
  var q = t + 1.574_492_611_070_983_47e1
  q = multiplyAdd(q, t, Lanes(repeating: 1.176_939_508_913_124_99e2))
  q = multiplyAdd(q, t, Lanes(repeating: 5.371_811_018_620_098_58e2))
  q = multiplyAdd(q, t, Lanes(repeating: 1.621_389_574_566_690_19e3))
  q = multiplyAdd(q, t, Lanes(repeating: 3.290_799_235_733_459_63e3))
  q = multiplyAdd(q, t, Lanes(repeating: 4.362_619_090_143_247_16e3))
  q = multiplyAdd(q, t, Lanes(repeating: 3.439_367_674_143_721_64e3))
  q = multiplyAdd(q, t, Lanes(repeating: 1.230_339_354_803_749_42e3))
  let far = t .> 4
  if !isAnyTrue(far) { return p / q }
  let s = 1 / (t * t)
  var v = Lanes(repeating: 1.631_538_713_730_209_78e-2)
  v = multiplyAdd(v, s, Lanes(repeating: 3.053_266_349_612_323_44e-1))
  v = multiplyAdd(v, s, Lanes(repeating: 3.603_448_999_498_044_39e-1))
  v = multiplyAdd(v, s, Lanes(repeating: 1.257_817_261_112_292_46e-1))
  v = multiplyAdd(v, s, Lanes(repeating: 1.608_378_514_874_227_66e-2))
  v = multiplyAdd(v, s, Lanes(repeating: 6.587_491_615_298_378_03e-4))
  var w = s + 2.568_520_192_289_822_42
  w = multiplyAdd(w, s, Lanes(repeating: 1.872_952_849_923_467_25))
  w = multiplyAdd(w, s, Lanes(repeating: 5.279_051_029_514_284_12e-1))
  w = multiplyAdd(w, s, Lanes(repeating: 6.051_834_131_244_131_91e-2))
  w = multiplyAdd(w, s, Lanes(repeating: 2.335_204_976_268_691_85e-3))
  return select(far, (0.564_189_583_547_756_29 - s * (v / w)) / t, p / q)
}

/// The error function.
///
/// - Source: Cody (1969), Rational Chebyshev approximations for the error function, Mathematics of Computation 23,
///   631–637; coefficients of his program CALERF.
@inline(__always)
func erf(_ x: Lanes) -> Lanes {
  // erf is 1 to the last bit from 5.9 on.
  let size = magnitude(x)
  let t = select(size .> 6, Lanes(repeating: 6), size)
  let result = select(t .> 0.468_75, 1 - gaussian(t, 1) * scaledErfc(t), smallErf(t))
  return lanes(bits(result) .^ signBits(bits(x)))
}

/// The distribution function Φ of the standard normal distribution and its density φ.
///
/// Relative accuracy is kept in the lower tail, down to where Φ(−38.5) underflows.
@inline(__always)
func normalDistribution(_ z: Lanes) -> (distribution: Lanes, density: Lanes) {
  let size = magnitude(z)
  let clamped = select(size .> 40, Lanes(repeating: 40), size)
  let power = gaussian(clamped, 0.5)
  let t = 0.707_106_781_186_547_52 * clamped
  let centre = 0.5 * smallErf(t)
  let tail = 0.5 * power * scaledErfc(t)
  let negative = z .< 0
  let distribution = select(
    t .> 0.468_75, select(negative, tail, 1 - tail), 0.5 + select(negative, -centre, centre))
  return (distribution, 0.398_942_280_401_432_68 * power)
}

import RealModule

// Elementary functions on eight lanes. Each reduces its argument to an interval around zero by a multiple of a
// constant held in two or three pieces, sums the Taylor series there to below half an ulp of the result, and
// rebuilds. Infinities and NaN follow IEEE; lanes out of the fast range go to the C library.

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
  unsafeBitCast((n &+ LaneBits(repeating: 1023)) &<< LaneBits(repeating: 52), to: Lanes.self)
}

/// (eʳ − 1)/r for |r| ≤ ln 2 / 2: Σ rᵏ/(k+1)! up to k = 13; the next term is below 2·10⁻¹⁹.
@inline(__always)
private func expm1OverR(_ r: Lanes) -> Lanes {
  var p = Lanes(repeating: 1.147_074_559_772_972_5e-11)
  p = multiplyAdd(p, r, Lanes(repeating: 1.605_904_383_682_161_5e-10))
  p = multiplyAdd(p, r, Lanes(repeating: 2.087_675_698_786_81e-9))
  p = multiplyAdd(p, r, Lanes(repeating: 2.505_210_838_544_171_9e-8))
  p = multiplyAdd(p, r, Lanes(repeating: 2.755_731_922_398_589e-7))
  p = multiplyAdd(p, r, Lanes(repeating: 2.755_731_922_398_589_3e-6))
  p = multiplyAdd(p, r, Lanes(repeating: 2.480_158_730_158_730_2e-5))
  p = multiplyAdd(p, r, Lanes(repeating: 1.984_126_984_126_984e-4))
  p = multiplyAdd(p, r, Lanes(repeating: 1.388_888_888_888_889e-3))
  p = multiplyAdd(p, r, Lanes(repeating: 8.333_333_333_333_333e-3))
  p = multiplyAdd(p, r, Lanes(repeating: 4.166_666_666_666_666_4e-2))
  p = multiplyAdd(p, r, Lanes(repeating: 1.666_666_666_666_666_6e-1))
  p = multiplyAdd(p, r, Lanes(repeating: 0.5))
  return multiplyAdd(p, r, Lanes(repeating: 1))
}

/// eˣ; ∞ above 709.8, subnormal and then 0 below −708.4.
@inline(__always)
func exp(_ x: Lanes) -> Lanes {
  // Clamping keeps n within the exponent range of the two factors; a NaN passes through, as comparisons with it fail.
  var clamped = select(x .> 710, Lanes(repeating: 710), x)
  clamped = select(clamped .< -746, Lanes(repeating: -746), clamped)
  let (n, r) = reduceByLog2(clamped)
  let series = multiplyAdd(expm1OverR(r), r, Lanes(repeating: 1))
  // Two factors, because 2ⁿ alone overflows at n = 1024 and underflows below −1022.
  let half = n &>> LaneBits(repeating: 1)
  return series * powerOfTwo(half) * powerOfTwo(n &- half)
}

/// tanh x = e/(e + 2) with e = e²ˣ − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1), which keeps full relative accuracy at zero.
@inline(__always)
func tanh(_ x: Lanes) -> Lanes {
  let magnitude = select(x .< 0, -x, x)
  // tanh is 1 to the last bit from 19.1 on.
  let clamped = select(magnitude .> 20, Lanes(repeating: 20), magnitude)
  let (n, r) = reduceByLog2(clamped + clamped)
  let scale = powerOfTwo(n)
  let e = multiplyAdd(scale, expm1OverR(r) * r, scale - 1)
  let result = e / (e + 2)
  return select(x .< 0, -result, result)
}

/// 1/(1 + e⁻ˣ), by e^(−|x|) so that nothing overflows.
@inline(__always)
func sigmoid(_ x: Lanes) -> Lanes {
  let magnitude = select(x .< 0, -x, x)
  let small = exp(-magnitude)
  return select(x .< 0, small, Lanes(repeating: 1)) / (small + 1)
}

/// log(1 + eˣ) = max(x, 0) + log1p(e^(−|x|)).
@inline(__always)
func softplus(_ x: Lanes) -> Lanes {
  let magnitude = select(x .< 0, -x, x)
  return select(x .> 0, x, Lanes()) + eachLane(exp(-magnitude)) { Double.log(onePlus: $0) }
    // A NaN is neither above nor below zero: carry it through.
    + (x - x)
}

// π/2 in three pieces of 33 bits each and a rest: products with |k| < 2²⁰ are exact.
private let halfPi1 = 1.570_796_326_734_125_614_17
private let halfPi2 = 6.077_100_506_303_965_976_60e-11
private let halfPi3 = 2.022_266_248_711_166_455_80e-21
private let halfPi4 = 8.478_427_660_368_899_569_97e-32
private let twoOverPi = 0.636_619_772_367_581_382_43
/// Beyond this the three pieces of π/2 no longer suffice.
private let largestFastAngle = 1e5

/// sin x and cos x together.
@inline(__always)
func sincos(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
  let magnitude = select(x .< 0, -x, x)
  if any(.!(magnitude .<= largestFastAngle)) {
    return (eachLane(x) { Double.sin($0) }, eachLane(x) { Double.cos($0) })
  }
  let shifted = multiplyAdd(twoOverPi, x, Lanes(repeating: roundingShift))
  let k = shifted - roundingShift
  let quadrant = unsafeBitCast(shifted, to: LaneBits.self)
  var r = multiplyAdd(-halfPi1, k, x)
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
  let swap = (quadrant & 1) .!= 0
  let sineNegative = (quadrant & 2) .!= 0
  let cosineNegative = ((quadrant &+ 1) & 2) .!= 0
  let a = select(swap, cosine, sine)
  let b = select(swap, sine, cosine)
  return (select(sineNegative, -a, a), select(cosineNegative, -b, b))
}

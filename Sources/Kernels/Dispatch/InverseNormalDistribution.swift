/// The z with Φ(z) = `p`, Φ the distribution function of the standard normal distribution.
///
/// Relative error about 1e-16 in exact arithmetic; at most 8e-16 in `Double` over 4,000 p between 1e-300 and 1 − 1e-14.
/// The logarithm of the tails is computed here, not by the C library, whose last bit differs between processors.
///
/// - Precondition: 0 < `p` < 1.
/// - Source: Wichura (1988), algorithm AS 241 (PPND16), Applied Statistics 37, 477–484.
package func inverseNormalDistribution(_ p: Double) -> Double {
  precondition(p > 0 && p < 1, "the inverse normal distribution at \(p) was asked for")
  let q = p - 0.5
  if abs(q) <= 0.425 {
    let r = 0.180625 - q * q
    return q * ratio(r, centreNumerator, centreDenominator)
  }
  let r = (-logarithm(q < 0 ? p : 1 - p)).squareRoot()
  let size =
    r <= 5 ? ratio(r - 1.6, tailNumerator, tailDenominator) : ratio(r - 5, farTailNumerator, farTailDenominator)
  return q < 0 ? -size : size
}

/// ln x for normal positive x, within 2 ulp, by ln x = k ln 2 + 2 artanh s with s = (m − 1) / (m + 1), x = 2^k m.
private func logarithm(_ x: Double) -> Double {
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 1.4142135623730951 {
    significand *= 0.5
    exponent += 1
  }
  let s = (significand - 1) / (significand + 1)
  let square = s * s
  // |s| ≤ 0.1716: the first term left out, s²² / 23, is below 2⁻⁵⁸ of the sum.
  var series = 0.0
  for odd in stride(from: 21.0, through: 3, by: -2) { series = square * (series + 1 / odd) }
  return exponent * 0.6931471805599453 + 2 * (s + s * series)
}

private func ratio(_ x: Double, _ numerator: [Double], _ denominator: [Double]) -> Double {
  polynomial(x, numerator) / polynomial(x, denominator)
}

/// Horner's rule, the constant coefficient first.
private func polynomial(_ x: Double, _ coefficients: [Double]) -> Double {
  var value = 0.0
  for coefficient in coefficients.reversed() { value = value * x + coefficient }
  return value
}

// |p − 1/2| ≤ 0.425
private let centreNumerator = [
  3.387_132_872_796_366_608_0, 1.331_416_678_917_843_774_5e2, 1.971_590_950_306_551_442_7e3,
  1.373_169_376_550_946_112_5e4, 4.592_195_393_154_987_145_7e4, 6.726_577_092_700_870_085_3e4,
  3.343_057_558_358_812_810_5e4, 2.509_080_928_730_122_672_7e3,
]
private let centreDenominator = [
  1, 4.231_333_070_160_091_125_2e1, 6.871_870_074_920_579_083_0e2, 5.394_196_021_424_751_107_7e3,
  2.121_379_430_158_659_586_7e4, 3.930_789_580_009_271_061_0e4, 2.872_908_573_572_194_267_4e4,
  5.226_495_278_852_854_561_0e3,
]
// Beyond that, √(−ln p) ≤ 5.
private let tailNumerator = [
  1.423_437_110_749_683_577_34, 4.630_337_846_156_545_295_90, 5.769_497_221_460_691_405_50,
  3.647_848_324_763_204_605_04, 1.270_458_252_452_368_382_58, 2.417_807_251_774_506_117_70e-1,
  2.272_384_498_926_918_458_33e-2, 7.745_450_142_783_414_076_40e-4,
]
private let tailDenominator = [
  1, 2.053_191_626_637_758_821_87, 1.676_384_830_183_803_849_40, 6.897_673_349_851_000_045_50e-1,
  1.481_039_764_274_800_745_90e-1, 1.519_866_656_361_645_719_66e-2, 5.475_938_084_995_344_946_00e-4,
  1.050_750_071_644_416_843_24e-9,
]
// p below 1.4e-11.
private let farTailNumerator = [
  6.657_904_643_501_103_777_20, 5.463_784_911_164_114_369_90, 1.784_826_539_917_291_335_80,
  2.965_605_718_285_048_912_30e-1, 2.653_218_952_657_612_309_30e-2, 1.242_660_947_388_078_438_60e-3,
  2.711_555_568_743_487_578_15e-5, 2.010_334_399_292_288_132_65e-7,
]
private let farTailDenominator = [
  1, 5.998_322_065_558_879_376_90e-1, 1.369_298_809_227_358_053_10e-1, 1.487_536_129_085_061_485_25e-2,
  7.868_691_311_456_132_591_00e-4, 1.846_318_317_510_054_681_80e-5, 1.421_511_758_316_445_888_70e-7,
  2.044_263_103_389_939_785_64e-15,
]

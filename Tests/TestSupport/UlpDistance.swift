#if arch(x86_64)
  /// The type in which references are computed where that is possible: 64 bits of significand instead of 53.
  package typealias WideNumber = Float80
#else
  package typealias WideNumber = Double
#endif

/// How far `value` is from `exact`, in units of the last place of a double there; 0 for two NaN, two equal infinities
/// or an exact value that rounds to infinity as `value` does, infinite for any other pair with one of them.
package func ulpDistance(_ value: Double, _ exact: WideNumber) -> Double {
  if value.isNaN || exact.isNaN { return value.isNaN && exact.isNaN ? 0 : .infinity }
  let rounded = Double(exact)
  if value.isInfinite || rounded.isInfinite { return value == rounded ? 0 : .infinity }
  return Double(abs(WideNumber(value) - exact) / WideNumber(rounded.ulp))
}

import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The t that a Student variable of `freedom` degrees of freedom does not exceed in size with probability `p`.
///
/// Exact for one and two degrees; else within 2e-4 of t from 2.5 degrees on, better the more there are. Between one and
/// two the value for one is taken, which is larger.
///
/// - Precondition: 0 < `p` < 1, `freedom` > 0; infinite for the normal distribution.
/// - Source: Hill (1970), Algorithm 396, Commun. ACM 13, 619.
package func studentQuantile(within p: Double, freedom n: Double) -> Double {
  precondition(p > 0 && p < 1 && n > 0, "the quantile of \(p) for \(n) degrees of freedom was asked for")
  let tail = 1 - p
  if n < 2 { return tan(.pi / 2 * p) }
  if n == 2 { return (2 / (tail * (2 - tail)) - 2).squareRoot() }
  if n > 1e10 { return inverseNormalDistribution((1 + p) / 2) }
  let a = 1 / (n - 0.5)
  let b = 48 / (a * a)
  var c = ((20_700 * a / b - 98) * a - 16) * a + 96.36
  let d = ((94.5 / (b + c) - 3) / b + 1) * (a * .pi / 2).squareRoot() * n
  var y = pow(d * tail, 2 / n)
  if y > 0.05 + a {
    let x = -inverseNormalDistribution((1 + p) / 2)
    y = x * x
    if n < 5 { c += 0.3 * (n - 4.5) * (x + 0.6) }
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    y = a * y * y
    y = y > 0.002 ? exp(y) - 1 : 0.5 * y * y + y
  } else {
    let first = 1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3)
    y = ((first + 0.5 / (n + 4)) * y - 1) * (n + 1) / (n + 2) + 1 / y
  }
  return (n * y).squareRoot()
}

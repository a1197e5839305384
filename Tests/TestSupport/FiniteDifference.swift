/// The derivative of `function` at `x` by central differences, with Richardson's extrapolation over halved steps.
///
/// The error of `order` extrapolations is O(step^(2·order + 2)) by truncation and about 10⁻¹⁶·2^order·|f|/step by
/// rounding: with the defaults some 10⁻¹¹ for a function that varies over lengths of one.
package func finiteDifference(
  _ x: Double, step: Double = 0x1p-5, order: Int = 4, _ function: (Double) -> Double
) -> Double {
  var column = (0...order).map { level -> Double in
    let h = step / Double(1 << level)
    return (function(x + h) - function(x - h)) / (2 * h)
  }
  for power in 1...order {
    let factor = Double(1 << (2 * power))
    for level in 0...(order - power) { column[level] = (factor * column[level + 1] - column[level]) / (factor - 1) }
  }
  return column[0]
}

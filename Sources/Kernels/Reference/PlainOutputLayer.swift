/// The entries of `KernelTable` for the last layer.
enum PlainOutputLayer {
  /// See `KernelTable.forwardOutput`.
  static func forward(
    _ input: Numbers, _ stride: Int, _ units: Int, _ weights: Numbers, _ bias: Numbers, _ parts: Int, _ points: Int,
    _ outputs: Int, _ out: MutableNumbers
  ) {
    for part in 0..<parts {
      for output in 0..<outputs {
        for point in 0..<points {
          out[(part * outputs + output) * points + point] = (0..<units).reduce(part == 0 ? bias[output] : 0) {
            $0 + input[(part * points + point) * stride + $1] * weights[output * units + $1]
          }
        }
      }
    }
  }

  /// See `KernelTable.accumulateOutputGradient`.
  static func accumulateGradient(
    _ input: Numbers, _ stride: Int, _ units: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
    _ g: MutableNumbers, _ biasGradient: MutableNumbers
  ) {
    for part in 0..<parts {
      for output in 0..<outputs {
        for point in 0..<points {
          let bar = zBar[(part * outputs + output) * points + point]
          for k in 0..<units { g[output * units + k] += input[(part * points + point) * stride + k] * bar }
          if part == 0 { biasGradient[output] += bar }
        }
      }
    }
  }

  /// See `KernelTable.jacobianRowsOfOutput`.
  static func jacobianRows(
    _ input: Numbers, _ stride: Int, _ inner: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
    _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
  ) {
    for point in 0..<validPoints {
      for k in 0..<inner {
        for output in 0..<outputs {
          j[point * jStride + k * outputs + output] = (0..<parts).reduce(0) {
            $0 + input[($1 * points + point) * stride + k] * zBar[($1 * outputs + output) * points + point]
          }
        }
      }
    }
  }
}

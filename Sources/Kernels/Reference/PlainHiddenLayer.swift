import KernelInterface

/// The entries of `KernelTable` for hidden layers.
enum PlainHiddenLayer {
  /// W[k, n] of panels `[units/8][inner][8]`.
  private static func panelPlace(_ inner: Int, _ k: Int, _ n: Int) -> Int { (n / 8 * inner + k) * 8 + n % 8 }

  /// Σ over k of A[part, point, k] W[k, unit].
  private static func product(
    _ a: JetOperand, _ inner: Int, _ weights: Numbers, _ part: Int, _ point: Int, _ unit: Int, start: Double
  ) -> Double {
    (0..<inner).reduce(start) { $0 + a[part, point, $1] * weights[panelPlace(inner, $1, unit)] }
  }

  /// See `KernelTable.forwardHidden`.
  static func forward(
    _ activation: Activation, _ table: JetTable, _ input: JetOperand, _ inner: Int, _ weights: Numbers, _ bias: Numbers,
    _ jets: HiddenJets, _ combination: JetCombination
  ) {
    for point in 0..<jets.points {
      for unit in 0..<jets.units {
        let z = (0..<table.partCount).map { part in
          product(input, inner, weights, part, point, unit, start: part == 0 ? bias[unit] : 0)
        }
        let y = activation.jet(table, z)
        let places = (0..<table.partCount).map { jets.place($0, point, unit) }
        for (part, place) in places.enumerated() {
          jets.z[place] = z[part]
          jets.y[place] = y[part]
        }
        PlainCombination(table, combination, places)?.forward(y)
      }
    }
  }

  /// See `KernelTable.reverseHidden`; only combinations read y, which else follows from z.
  static func reverse(
    _ activation: Activation, _ table: JetTable, _ next: JetOperand, _ inner: Int, _ weights: Numbers,
    _ jets: HiddenJets, _ zBar: MutableNumbers, _ combination: JetCombination
  ) {
    for point in 0..<jets.points {
      for unit in 0..<jets.units {
        let places = (0..<table.partCount).map { jets.place($0, point, unit) }
        let z = places.map { jets.z[$0] }
        let hBar = (0..<table.partCount).map { part in
          product(next, inner, weights, part, point, unit, start: combination.resultBar?[places[part]] ?? 0)
        }
        let yBar =
          PlainCombination(table, combination, places)?.reverse(y: places.map { jets.y[$0] }, hBar, point: point)
          ?? hBar
        let pulled = activation.pull(table, z, yBar)
        for part in 0..<table.partCount { zBar[jets.place(part, point, unit)] = pulled[part] }
      }
    }
  }

  /// See `KernelTable.accumulateWeightGradient`.
  static func accumulateWeightGradient(
    _ a: JetOperand, _ inner: Int, _ parts: Int, _ zBar: Numbers, _ points: Int, _ units: Int, _ stride: Int,
    _ g: MutableNumbers
  ) {
    for k in 0..<inner {
      for unit in 0..<units {
        for part in 0..<parts {
          for point in 0..<points {
            g[k * units + unit] += a[part, point, k] * zBar[(part * points + point) * stride + unit]
          }
        }
      }
    }
  }

  /// See `KernelTable.accumulateColumnSums`.
  static func accumulateColumnSums(_ zBar: Numbers, _ rows: Int, _ columns: Int, _ stride: Int, _ s: MutableNumbers) {
    for row in 0..<rows {
      for column in 0..<columns { s[column] += zBar[row * stride + column] }
    }
  }

  /// See `KernelTable.jacobianRowsOfHidden`.
  static func jacobianRows(
    _ a: JetOperand, _ inner: Int, _ parts: Int, _ zBar: Numbers, _ points: Int, _ stride: Int, _ outputs: Int,
    _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
  ) {
    for point in 0..<validPoints {
      for k in 0..<inner {
        for n in 0..<outputs {
          j[point * jStride + k * outputs + n] = (0..<parts).reduce(0) {
            $0 + a[$1, point, k] * zBar[($1 * points + point) * stride + n]
          }
        }
      }
    }
  }
}

extension JetOperand {
  fileprivate subscript(part: Int, point: Int, unit: Int) -> Double {
    // SAFETY: kernels are called with numbers inside the matrix.
    base[part * partStride + point * pointStride + unit * unitStride]
  }
}

extension HiddenJets {
  fileprivate func place(_ part: Int, _ point: Int, _ unit: Int) -> Int { part * partStride + point * stride + unit }
}

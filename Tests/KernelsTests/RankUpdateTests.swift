import KernelInterface
import Kernels
import TestSupport
import Testing

/// The kernels on packed panels against plain loops. The numbers are small integers, whose sums are exact in any order.
struct RankUpdateTests {
  private static let width = KernelTable.panelWidth
  /// What memory beside a result holds before and has to hold after.
  private static let guardian = 12_345.0

  private static let rowCounts = [0, 1, 2, 3, 7, 8, 24, 61, 128]

  @Test(arguments: KernelChoice.all)
  func `a tile takes the product of two panels`(choice: KernelChoice) {
    var random = SeededNumbers(seed: 61)
    let width = Self.width
    for rows in Self.rowCounts {
      for lanes in 1...width {
        let (a, b) = (integers(&random, rows * width), integers(&random, rows * width))
        let start = integers(&random, width * width)
        var c = start + [Double](repeating: Self.guardian, count: 8)
        choice.kernels.accumulatePanelProduct(a, b, rows, &c, lanes, false)
        for j in 0..<width {
          for i in 0..<width {
            let isTouched = i < (lanes + 7) / 8 * 8
            let sum = isTouched ? (0..<rows).reduce(0.0) { $0 + a[$1 * width + j] * b[$1 * width + i] } : 0
            #expect(c[j * width + i] == start[j * width + i] + sum, "\(rows) rows, \(lanes) lanes, \(random)")
          }
        }
        #expect(c[(width * width)...].allSatisfy { $0 == Self.guardian })
      }
    }
  }

  @Test(arguments: KernelChoice.all)
  func `a diagonal tile takes the lower triangle of the product of a panel with itself`(
    choice: KernelChoice
  ) {
    var random = SeededNumbers(seed: 62)
    let width = Self.width
    for rows in Self.rowCounts {
      for lanes in 1...width {
        let a = integers(&random, rows * width)
        let start = integers(&random, width * width)
        var c = start + [Double](repeating: Self.guardian, count: 8)
        choice.kernels.accumulatePanelProduct(a, a, rows, &c, lanes, true)
        for j in 0..<lanes {
          for i in j..<lanes {
            let sum = (0..<rows).reduce(0.0) { $0 + a[$1 * width + j] * a[$1 * width + i] }
            #expect(c[j * width + i] == start[j * width + i] + sum, "\(rows) rows, \(lanes) lanes, \(random)")
          }
        }
        #expect(c[(width * width)...].allSatisfy { $0 == Self.guardian })
      }
    }
  }

  @Test(arguments: KernelChoice.all)
  func `rows of a panel are added up with factors, and multiplied with a vector`(choice: KernelChoice) {
    var random = SeededNumbers(seed: 63)
    let width = Self.width
    for rows in Self.rowCounts {
      let (panel, x, y) = (integers(&random, rows * width), integers(&random, width), integers(&random, rows))
      var sums = integers(&random, width) + [Double](repeating: Self.guardian, count: 8)
      let plainSums = sums.indices.map { i in
        i < width ? (0..<rows).reduce(sums[i]) { $0 + y[$1] * panel[$1 * width + i] } : Self.guardian
      }
      choice.kernels.accumulatePanelRows(panel, rows, y, &sums)
      #expect(sums == plainSums, "\(rows) rows, \(random)")
      var dots = integers(&random, rows) + [Double](repeating: Self.guardian, count: 8)
      let plainDots = dots.indices.map { row in
        row < rows ? (0..<width).reduce(dots[row]) { $0 + panel[row * width + $1] * x[$1] } : Self.guardian
      }
      choice.kernels.accumulatePanelDots(panel, rows, x, &dots)
      #expect(dots == plainDots, "\(rows) rows, \(random)")
    }
  }

  private func integers(_ random: inout SeededNumbers, _ count: Int) -> [Double] {
    (0..<count).map { _ in Double(random.integer(-9...9)) }
  }
}

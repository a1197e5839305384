import KernelInterface
import Kernels
import TestSupport
import Testing

/// The matrix kernels against plain loops, over sizes that leave every kind of rest beside the register tiles.
struct MatrixProductTests {
  /// Sums of at most 67 products of numbers below 1: the kernels add in another order, or fused.
  private static let tolerance = 1e-13
  /// What memory around a result holds before and has to hold after.
  private static let guardian = 12_345.0

  private static let rowCounts = Array(1...13) + [16, 31, 33, 64, 67]
  private static let innerCounts = Array(1...9) + [12, 15, 16, 17, 32, 33]
  private static let columnCounts = [8, 16, 24, 32, 40, 48, 56, 64, 72]

  @Test(arguments: InstructionSet.supported)
  func `the product is that of plain loops, with the bias on any number of rows`(instructionSet: InstructionSet) {
    let kernels = instructionSet.kernels
    var random = SeededNumbers(seed: 51)
    for rows in Self.rowCounts {
      for inner in Self.innerCounts {
        let columns = random.element(Self.columnCounts)
        let lda = inner + random.integer(0...9)
        let (a, b, bias) = (random.array(rows * lda), random.array(inner * columns), random.array(columns))
        for biasRows in [0, random.integer(0...rows), rows, rows + 5] {
          var c = [Double](repeating: Self.guardian, count: rows * columns + 8)
          kernels.product(a, lda, b, bias, biasRows, &c, rows, inner, columns)
          var plain = c
          for row in 0..<rows {
            for column in 0..<columns {
              plain[row * columns + column] =
                (0..<inner).reduce(row < biasRows ? bias[column] : 0) {
                  $0 + a[row * lda + $1] * b[$1 * columns + column]
                }
            }
          }
          #expect(
            difference(c, plain) < Self.tolerance, "\(rows) x \(inner) x \(columns), \(biasRows) biases, \(random)")
        }
        var c = [Double](repeating: Self.guardian, count: rows * columns)
        kernels.product(a, lda, b, nil, rows, &c, rows, inner, columns)
        let withZeroBias = product(kernels, a, lda, b, [Double](repeating: 0, count: columns), rows, inner, columns)
        #expect(c == withZeroBias, "no bias is a bias of 0")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `every width of the product is that of plain loops`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 52)
    for columns in Self.columnCounts {
      for (rows, inner) in [(1, 1), (3, 5), (4, 4), (5, 3), (11, 33), (67, 20)] {
        let (a, b, bias) = (random.array(rows * inner), random.array(inner * columns), random.array(columns))
        let c = product(instructionSet.kernels, a, inner, b, bias, rows, inner, columns)
        for row in 0..<rows {
          for column in 0..<columns {
            let sum = (0..<inner).reduce(bias[column]) { $0 + a[row * inner + $1] * b[$1 * columns + column] }
            #expect(abs(c[row * columns + column] - sum) < Self.tolerance, "\(rows) x \(inner) x \(columns), \(random)")
          }
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `the transposed product adds to what is there`(instructionSet: InstructionSet) {
    let kernels = instructionSet.kernels
    var random = SeededNumbers(seed: 53)
    for rows in Self.rowCounts {
      for inner in Self.innerCounts {
        let columns = random.element(Self.columnCounts)
        let lda = inner + random.integer(0...9)
        let (a, z) = (random.array(rows * lda), random.array(rows * columns))
        var g = random.array(inner * columns) + [Double](repeating: Self.guardian, count: 8)
        var plain = g
        for k in 0..<inner {
          for column in 0..<columns {
            plain[k * columns + column] += (0..<rows).reduce(0.0) { $0 + a[$1 * lda + k] * z[$1 * columns + column] }
          }
        }
        kernels.accumulateTransposedProduct(a, lda, z, &g, rows, inner, columns)
        #expect(difference(g, plain) < Self.tolerance, "\(rows) x \(inner) x \(columns), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `column sums add to what is there`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 54)
    for rows in [0] + Self.rowCounts {
      for columns in Self.columnCounts {
        let z = random.array(rows * columns)
        var s = random.array(columns) + [Double](repeating: Self.guardian, count: 8)
        var plain = s
        for column in 0..<columns { plain[column] += (0..<rows).reduce(0.0) { $0 + z[$1 * columns + column] } }
        instructionSet.kernels.accumulateColumnSums(z, &s, rows, columns)
        #expect(difference(s, plain) < Self.tolerance, "\(rows) x \(columns), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `Jacobian rows are the sums over parts of single points, and nothing beside them is touched`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 55)
    for outputs in [1, 2, 7, 8, 9, 15, 16, 17, 20, 33] {
      for inner in [1, 2, 7, 8, 33] {
        let (parts, points) = (random.integer(1...5), 8 * random.integer(1...3))
        let validPoints = random.integer(1...points)
        let columns = (outputs + 7) / 8 * 8
        let lda = (inner + 7) / 8 * 8
        let stride = inner * outputs + random.integer(0...11)
        let (a, z) = (random.array(parts * points * lda), random.array(parts * points * columns + 8))
        var j = [Double](repeating: Self.guardian, count: points * stride + 8)
        var plain = j
        for point in 0..<validPoints {
          for k in 0..<inner {
            for n in 0..<outputs {
              plain[point * stride + k * outputs + n] = (0..<parts).reduce(0.0) {
                $0 + a[($1 * points + point) * lda + k] * z[($1 * points + point) * columns + n]
              }
            }
          }
        }
        instructionSet.kernels.jacobianRows(
          a, lda, z, columns, parts, points, validPoints, inner, outputs, &j, stride)
        #expect(difference(j, plain) < Self.tolerance, "\(inner) to \(outputs), \(parts) parts, \(random)")
      }
    }
  }

  private func product(
    _ kernels: KernelTable, _ a: [Double], _ lda: Int, _ b: [Double], _ bias: [Double], _ rows: Int, _ inner: Int,
    _ columns: Int
  ) -> [Double] {
    var c = [Double](repeating: Self.guardian, count: rows * columns)
    kernels.product(a, lda, b, bias, rows, &c, rows, inner, columns)
    return c
  }

  private func difference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}

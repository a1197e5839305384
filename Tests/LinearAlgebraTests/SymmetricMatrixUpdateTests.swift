import Kernels
import LinearAlgebra
import TestSupport
import Testing

struct SymmetricMatrixUpdateTests {
  private static let threadCounts = [1, 2, 3, 8]
  private static let orders = [1, 2, 7, 23, 24, 25, 47, 48, 49, 100, 433, 600]

  private func product(_ matrix: SymmetricMatrix, _ x: [Double]) -> [Double] {
    var y = [Double](repeating: .nan, count: x.count)
    matrix.multiply(x, to: &y)
    return y
  }

  @Test(arguments: InstructionSet.supported)
  func `of small integers products and updates are exact`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 91)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for order in Self.orders {
      var plain = PlainMatrix(order, order)
      for row in 0..<order {
        for column in 0...row {
          plain[row, column] = Double(random.integer(-9...9))
          plain[column, row] = plain[row, column]
        }
      }
      let matrix = SymmetricMatrix(plain, pool: pool)
      let (a, b, x) = (integers(order, &random), integers(order, &random), integers(order, &random))
      #expect(product(matrix, x) == plain.times(x), "\(order), \(random)")
      // 2A + abᵀ + baᵀ
      matrix.update(scale: 2, a, b, b, a)
      let expected = PlainMatrix(order, order) { 2 * plain[$0, $1] + a[$0] * b[$1] + b[$0] * a[$1] }
      #expect(matrix.plain == expected, "\(order), \(random)")
      #expect(product(matrix, x) == expected.times(x), "\(order), \(random)")
    }
  }

  private func integers(_ count: Int, _ random: inout SeededNumbers) -> [Double] {
    (0..<count).map { _ in Double(random.integer(-9...9)) }
  }

  /// n products, each rounded once, and as many additions: off by (n + 1)·u times the sum of the sizes, u = 2⁻⁵³; so are both
  /// that are compared.
  @Test(arguments: InstructionSet.supported)
  func `of other numbers the product is right to rounding`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 92)
    for order in Self.orders {
      let plain = PlainMatrix.symmetric(eigenvalues: random.array(order), &random)
      let matrix = SymmetricMatrix(plain, pool: WorkerPool(threadCount: 1, instructionSet: instructionSet))
      let x = random.array(order)
      let (found, expected) = (product(matrix, x), plain.times(x))
      for row in 0..<order {
        let size = (0..<order).reduce(0) { $0 + abs(plain[row, $1] * x[$1]) }
        #expect(abs(found[row] - expected[row]) <= 2 * Double(order + 1) * 0x1.02p-53 * size, "\(order), \(random)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `the bits do not depend on threads`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 93)
    for order in Self.orders {
      let (x, a, b) = (random.array(order), random.array(order), random.array(order))
      let results = Self.threadCounts.map { threadCount in
        let matrix = SymmetricMatrix(
          order: order, pool: WorkerPool(threadCount: threadCount, instructionSet: instructionSet))
        matrix.setIdentity(times: 3)
        for _ in 0..<3 { matrix.update(scale: 0.7, a, b, b, a) }
        return (product(matrix, x) + matrix.packedNumbers).map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(order), \(random)")
    }
  }

  @Test func `numbers that were kept are the same matrix`() {
    var random = SeededNumbers(seed: 94)
    let (order, pool) = (61, WorkerPool(threadCount: 2))
    let (x, a, b) = (random.array(order), random.array(order), random.array(order))
    let (first, second) = (SymmetricMatrix(order: order, pool: pool), SymmetricMatrix(order: order, pool: pool))
    first.update(scale: 1, a, b, b, a)
    #expect(first.packedNumbers.count == first.packedCount)
    second.packedNumbers = first.packedNumbers
    #expect(second.plain == first.plain && product(second, x) == product(first, x))
  }
}

extension SymmetricMatrix {
  fileprivate func multiply(_ x: [Double], to y: inout [Double]) {
    y.withUnsafeMutableBufferPointer { y in if let y = y.baseAddress { multiply(x, to: y) } }
  }
}

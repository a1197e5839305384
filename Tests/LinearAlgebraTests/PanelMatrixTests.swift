import Kernels
import LinearAlgebra
import TestSupport
import Testing

struct PanelMatrixTests {
  private static let shapes = [(1, 1, 1), (2, 3, 5), (24, 24, 24), (25, 8, 49), (7, 100, 31), (130, 64, 70)]

  private func matrix(_ plain: PlainMatrix) -> PanelMatrix {
    let matrix = PanelMatrix(rows: plain.rowCount, columns: plain.columnCount)
    matrix.entries = plain.numbers
    return matrix
  }

  @Test(arguments: InstructionSet.supported)
  func `of small integers products are exact`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 71)
    for (k, m, n) in Self.shapes {
      let a = PlainMatrix(k, m) { _, _ in Double(random.integer(-9...9)) }
      let b = PlainMatrix(k, n) { _, _ in Double(random.integer(-9...9)) }
      let product = PanelMatrix(rows: m, columns: n)
      product.setProduct(transposed: matrix(a), matrix(b), kernels: instructionSet.kernels)
      let expected = PlainMatrix(m, n) { i, j in (0..<k).reduce(0) { $0 + a[$1, i] * b[$1, j] } }
      #expect(product.entries == expected.numbers, "\(k), \(m), \(n), \(random)")
      // What came of a product serves as an operand.
      let turned = PanelMatrix(rows: n, columns: m)
      turned.setTranspose(of: product)
      #expect(turned.entries == expected.transposed.numbers)
      let square = PanelMatrix(rows: n, columns: n)
      square.setProduct(transposed: product, product, kernels: instructionSet.kernels)
      #expect(square.entries == expected.transposed.timesTransposed.numbers)
    }
  }

  /// Reflections keep lengths to some units of rounding for each of n reflections.
  @Test(arguments: [1, 2, 5, 24, 40])
  func `orthonormal columns span what the columns spanned, also where they depend on each other`(_ n: Int) {
    var random = SeededNumbers(seed: 72)
    for rank in [n, max(1, n / 2), 0] {
      let (left, right) = (PlainMatrix(n, n) { _, _ in random.uniform(-1...1) }, random.array(n * n))
      let plain = PlainMatrix(n, n) { i, j in (0..<rank).reduce(0) { $0 + left[i, $1] * right[$1 * n + j] } }
      let q = matrix(plain)
      q.orthonormalize(UnsafeNumberBuffer(count: 2 * n * n))
      let basis = PlainMatrix(n, n) { q[$0, $1] }
      let unit = basis.transposed.timesTransposed
      for i in 0..<n {
        for j in 0..<n { #expect(abs(unit[i, j] - (i == j ? 1 : 0)) < 1e-13, "\(n), \(rank), \(random)") }
      }
      guard rank == n else { continue }
      // Column j is a sum of the first j + 1 of the basis.
      for j in 0..<n {
        let column = (0..<n).map { plain[$0, j] }
        for i in j + 1..<max(j + 1, n) {
          #expect(abs((0..<n).reduce(0) { $0 + basis[$1, i] * column[$1] }) < 1e-12, "\(n), \(random)")
        }
      }
    }
  }
}

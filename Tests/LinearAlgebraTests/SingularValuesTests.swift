import LinearAlgebra
import TestSupport
import Testing

struct SingularValuesTests {
  @Test(arguments: [0, 1, 2, 7]) func `the product of the parts is the square of the matrix`(count: Int) {
    var random = SeededNumbers(seed: 5)
    let columns = (0..<count).map { _ in random.array(count + 2) }
    let parts = SingularValues(columns: columns)
    #expect(parts.values.count == count && parts.values == parts.values.sorted(by: >))
    for i in 0..<count {
      for j in 0..<count {
        let square = zip(columns[i], columns[j]).reduce(0) { $0 + $1.0 * $1.1 }
        let product = (0..<count).reduce(0.0) {
          $0 + parts.right[$1][i] * parts.right[$1][j] * parts.values[$1] * parts.values[$1]
        }
        let identity = (0..<count).reduce(0.0) { $0 + parts.right[$1][i] * parts.right[$1][j] }
        // Some roundings of sums of a few numbers about 1.
        #expect(abs(square - product) < 1e-13 && abs(identity - (i == j ? 1 : 0)) < 1e-13, "\(random)")
      }
    }
  }

  @Test func `columns of very different lengths keep their small value`() {
    let parts = SingularValues(columns: [[1e8, 0], [1, 1e-8]])
    // The product of the values is the determinant, 1.
    #expect(abs(parts.values[0] / 1e8 - 1) < 1e-15 && abs(parts.values[1] * 1e8 - 1) < 1e-15)
  }
}

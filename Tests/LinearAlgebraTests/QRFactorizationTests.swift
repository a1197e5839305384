import Kernels
import LinearAlgebra
import TestSupport
import Testing

/// The textbook's Householder triangle, one column at a time over the whole matrix, its diagonal not negative.
private func plainTriangle(_ matrix: PlainMatrix) -> PlainMatrix {
  var a = matrix
  for j in 0..<min(a.rowCount, a.columnCount) {
    let size = (j..<a.rowCount).reduce(0) { $0 + a[$1, j] * a[$1, j] }.squareRoot()
    guard size > 0 else { continue }
    var v = (j..<a.rowCount).map { a[$0, j] }
    v[0] += v[0] > 0 ? size : -size
    let square = v.reduce(0) { $0 + $1 * $1 }
    for l in j..<a.columnCount {
      let product = 2 / square * v.indices.reduce(0) { $0 + v[$1] * a[j + $1, l] }
      for i in v.indices { a[j + i, l] -= product * v[i] }
    }
  }
  let n = a.columnCount
  return signed(PlainMatrix(n, n) { $0 <= $1 && $0 < a.rowCount ? a[$0, $1] : 0 })
}

/// Rows with the signs that make the diagonal not negative: the triangle is unique up to them.
private func signed(_ r: PlainMatrix) -> PlainMatrix {
  PlainMatrix(r.rowCount, r.columnCount) { (r[$0, $0] < 0 ? -1 : 1) * r[$0, $1] }
}

extension QRFactorization {
  fileprivate var plain: PlainMatrix { PlainMatrix(order, order) { self[$0, $1] } }
}

struct QRFactorizationTests {
  /// Sizes about the edges of panels and batches, fewer rows than columns among them.
  static let sizes = [(1, 1), (5, 3), (3, 5), (24, 24), (25, 49), (240, 25), (241, 97), (500, 130), (100, 301)]

  @Test(arguments: InstructionSet.supported)
  func `the triangle is that of plain reflections`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 111)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for (rowCount, columnCount) in Self.sizes {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.uniform(-1...1) }
      let triangle = QRFactorization(order: columnCount, pool: pool)
      triangle.factor(PackedRows(plain))
      let (found, expected) = (signed(triangle.plain), plainTriangle(plain))
      // Backward errors of a few times m·n roundings, by the condition of a random matrix: far below this. Of rank
      // deficient ones the last rows are rounding and not compared.
      let rows = min(rowCount, columnCount)
      for row in 0..<rows {
        for column in row..<columnCount {
          #expect(abs(found[row, column] - expected[row, column]) < 1e-9, "\(rowCount) × \(columnCount), \(random)")
        }
      }
      // RᵀR = AᵀA holds to rounding whatever the condition.
      let (squares, sums) = (found.transposed.timesTransposed, plain.transposed.timesTransposed)
      for row in 0..<columnCount {
        for column in 0..<columnCount {
          #expect(abs(squares[row, column] - sums[row, column]) <= 1e-13 * Double(rowCount), "\(random)")
        }
      }
      let square = plain.numbers.reduce(0) { $0 + $1 * $1 }
      #expect(abs(triangle.squareSum - square) <= 1e-12 * square)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `rows and a diagonal that come later are rows like others`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 114)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for (rowCount, columnCount) in Self.sizes where rowCount > 1 {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.uniform(-1...1) }
      let (first, leading) = (rowCount / 2, (2 * columnCount + 2) / 3)
      let stacked = PlainMatrix(rowCount + leading, columnCount) { row, column in
        row < rowCount ? plain[row, column] : row - rowCount == column ? 0.5 : 0
      }
      let rows = PackedRows(plain)
      let triangle = QRFactorization(order: columnCount, pool: pool)
      triangle.factor(rows, in: 0..<first)
      triangle.add(rows, in: first..<rowCount)
      triangle.addDiagonal(0.5, columns: leading)
      let (squares, sums) = (triangle.plain.transposed.timesTransposed, stacked.transposed.timesTransposed)
      for place in squares.numbers.indices {
        #expect(abs(squares.numbers[place] - sums.numbers[place]) <= 1e-13 * Double(rowCount), "\(random)")
      }
      // The leading part alone solves as the sums of the leading columns do.
      let part = CholeskyFactorization(order: leading, pool: pool)
      guard part.order > 0, triangle.copyLeading(into: part) == nil else { continue }
      let b = random.array(leading)
      var x = b
      part.solve(&x)
      let back = (0..<leading).map { row in (0..<leading).reduce(0) { $0 + sums[row, $1] * x[$1] } }
      let size = x.reduce(1) { max($0, abs($1)) }
      for (p, q) in zip(back, b) { #expect(abs(p - q) <= 1e-10 * size, "\(random)") }
      triangle.clearRows(from: leading)
      for row in 0..<columnCount {
        for column in row..<columnCount { #expect(row < leading || triangle[row, column] == 0) }
      }
    }
  }

  /// Columns whose sizes fall to 1e-14 of the first, and that are nearly parallel: AᵀA has lost all of that, R nothing.
  @Test(arguments: InstructionSet.supported)
  func `small singular values survive that sums of squares lose`(instructionSet: InstructionSet) throws {
    var random = SeededNumbers(seed: 112)
    let pool = WorkerPool(threadCount: 1, instructionSet: instructionSet)
    let (rowCount, order) = (300, 40)
    let base = random.array(rowCount)
    var plain = PlainMatrix(rowCount, order) { row, _ in base[row] }
    // A difference of 1e-10 in the last column decides the last row of R alone.
    let bump = random.array(rowCount)
    for row in 0..<rowCount {
      for column in 1..<order - 1 { plain[row, column] = random.uniform(-1...1) }
      plain[row, order - 1] = base[row] + 1e-10 * bump[row]
    }
    let rows = PackedRows(plain)
    let triangle = QRFactorization(order: order, pool: pool)
    triangle.factor(rows)
    let sums = SymmetricMatrix(order: order, pool: pool)
    sums.add(rows)
    // The distance of the last column from the others is that of its bump.
    var bumped = plain
    for row in 0..<rowCount { bumped[row, order - 1] = bump[row] }
    let distance = plainTriangle(bumped)[order - 1, order - 1] * 1e-10
    let found = abs(triangle[order - 1, order - 1])
    #expect(abs(found / distance - 1) < 1e-4, "\(found) for \(distance)")
    let factorization = CholeskyFactorization(order: order, pool: pool)
    if factorization.factor(sums) == nil {
      let lost = factorization[order - 1, order - 1]
      #expect(abs(lost / distance - 1) > 1, "\(lost) for \(distance)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func `with a shift it gives the solutions of the shifted sums`(instructionSet: InstructionSet) {
    var random = SeededNumbers(seed: 113)
    let pool = WorkerPool(threadCount: 2, instructionSet: instructionSet)
    for (rowCount, columnCount) in Self.sizes {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.uniform(-1...1) }
      let rows = PackedRows(plain)
      let sums = SymmetricMatrix(order: columnCount, pool: pool)
      sums.add(rows)
      let triangle = QRFactorization(order: columnCount, pool: pool)
      triangle.factor(rows)
      let b = random.array(columnCount)
      for shift in [1e-3, 1, 100] {
        let (byRows, bySums) = (
          CholeskyFactorization(order: columnCount, pool: pool), CholeskyFactorization(order: columnCount, pool: pool)
        )
        #expect(triangle.factor(shift: shift, into: byRows) == nil)
        #expect(bySums.factor(sums, shift: .constant(shift)) == nil)
        var (x, y) = (b, b)
        byRows.solve(&x)
        bySums.solve(&y)
        let size = y.reduce(0) { max($0, abs($1)) }
        for (p, q) in zip(x, y) {
          #expect(abs(p - q) <= 1e-9 * size, "\(rowCount) × \(columnCount), \(shift), \(random)")
        }
      }
    }
  }

  @Test
  func `neither threads nor columns beyond the order change a bit`() {
    var random = SeededNumbers(seed: 114)
    for (rowCount, order, extra) in [(300, 20, 1), (300, 47, 1), (500, 190, 30)] {
      let plain = PlainMatrix(rowCount, order + extra) { _, _ in random.uniform(-1...1) }
      let rows = PackedRows(plain)
      let alone = PackedRows(PlainMatrix(rowCount, order) { plain[$0, $1] })
      var expected: PlainMatrix?
      for (threads, store) in [(1, rows), (2, rows), (3, alone)] {
        let pool = WorkerPool(threadCount: threads)
        let triangle = QRFactorization(order: order, pool: pool)
        let factorization = CholeskyFactorization(order: order, pool: pool)
        for _ in 0..<2 {
          triangle.factor(store)
          #expect(triangle.factor(shift: 0.5, into: factorization) == nil)
          let found = factorization.plain
          #expect(found == expected ?? found, "\(threads) threads, order \(order)")
          expected = found
        }
      }
    }
  }

  @Test
  func `rows within a range count alone, and a singular triangle without a shift is refused`() {
    var random = SeededNumbers(seed: 115)
    let pool = WorkerPool(threadCount: 1)
    let plain = PlainMatrix(60, 10) { row, column in column == 7 ? 0 : random.uniform(-1...1) * Double(1 + row) }
    let triangle = QRFactorization(order: 10, pool: pool)
    triangle.factor(PackedRows(plain), in: 20..<50)
    let part = QRFactorization(order: 10, pool: pool)
    part.factor(PackedRows(PlainMatrix(30, 10) { plain[20 + $0, $1] }))
    #expect(triangle.plain == part.plain)
    let factorization = CholeskyFactorization(order: 10, pool: pool)
    #expect(triangle.factor(shift: 0, into: factorization) == .init(row: 7))
    #expect(!factorization.isFactored)
    #expect(triangle.factor(shift: 1e-3, into: factorization) == nil)
  }
}

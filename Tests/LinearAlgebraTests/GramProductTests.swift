import Kernels
import LinearAlgebra
import TestSupport
import Testing

extension GramProduct {
  fileprivate func begin(_ vectors: [[Double]]) {
    let numbers = vectors.flatMap { $0 }
    numbers.withUnsafeBufferPointer {
      if let base = $0.baseAddress { begin(base, length: vectors[0].count, count: vectors.count) }
    }
  }

  fileprivate func product(_ vector: Int) -> [Double] {
    var result = [Double](repeating: .nan, count: columnCount)
    result.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { copyProduct(vector, count: columnCount, to: base) }
    }
    return result
  }
}

/// JᵀJv by the textbook, and sums of the sizes for bounds.
private func expected(_ plain: PlainMatrix, _ v: [Double]) -> (product: [Double], sizes: [Double]) {
  let sizes = PlainMatrix(plain.rowCount, plain.columnCount) { abs(plain[$0, $1]) }
  return (plain.transposed.times(plain.times(v)), sizes.transposed.times(sizes.times(v.map { abs($0) })))
}

@Suite struct GramProductTests {
  @Test(arguments: InstructionSet.supported)
  func `products agree with plain ones, with the same bits for any threads and batches`(
    instructionSet: InstructionSet
  ) {
    var random = SeededNumbers(seed: 401)
    for (rowCount, columnCount) in [(1, 1), (3, 23), (40, 24), (300, 25), (157, 130), (24, 200)] {
      let plain = PlainMatrix(rowCount, columnCount) { _, _ in random.wide(exponents: -5...5) }
      let rows = PackedRows(plain)
      for vectorCount in [1, 2, 24, 31] {
        let length = random.integer(1...columnCount)
        let vectors = (0..<vectorCount).map { _ in random.array(length) }
        var bits: [[UInt64]]?
        for threads in [1, 2, 3] {
          let pool = WorkerPool(threadCount: threads, instructionSet: instructionSet)
          let product = GramProduct(columnCount: columnCount, mostRows: rowCount, mostVectors: vectorCount, pool: pool)
          // What an earlier product left must not show.
          product.begin((0..<vectorCount).map { _ in random.array(columnCount) })
          product.add(rows, in: 0..<rowCount)
          product.begin(vectors)
          var start = 0
          while start < rowCount {
            let end = threads == 1 ? rowCount : random.integer(start + 1...rowCount)
            product.add(rows, in: start..<end)
            start = end
          }
          let found = (0..<vectorCount).map { product.product($0) }
          for (vector, found) in zip(vectors, found) {
            let (values, sizes) = expected(
              plain, vector + [Double](repeating: 0, count: columnCount - length))
            for place in found.indices {
              let bound = 2 * Double(rowCount + columnCount + 2) * 0x1p-53 * sizes[place]
              #expect(abs(found[place] - values[place]) <= bound, "\(rowCount) × \(columnCount), \(random)")
            }
          }
          let newBits = found.map { $0.map(\.bitPattern) }
          #expect(newBits == bits ?? newBits, "\(threads) threads, \(rowCount) × \(columnCount), \(vectorCount)")
          bits = newBits
        }
      }
    }
  }

  @Test func `columns, transposed products and the diagonal come out of the same rows`() {
    var random = SeededNumbers(seed: 402)
    let pool = WorkerPool(threadCount: 2)
    let plain = PlainMatrix(200, 61) { _, _ in random.uniform(-1...1) }
    let rows = PackedRows(plain)
    let product = GramProduct(columnCount: 61, mostRows: 200, mostVectors: 3, pool: pool)
    product.begin(unit: 60)
    product.beginDiagonal()
    for range in [0..<70, 70..<71, 71..<200] {
      product.add(rows, in: range)
      product.addDiagonal(rows, in: range)
    }
    let column = (0..<200).map { plain[$0, 60] }
    let transposed = plain.transposed.times(column)
    for (a, b) in zip(product.product(0), transposed) { #expect(abs(a - b) < 1e-12) }
    var trace = 0.0
    for row in 0..<200 { for column in 0..<50 { trace += plain[row, column] * plain[row, column] } }
    #expect(abs(product.trace(50) - trace) < 1e-11 * trace)
    product.begin()
    let w = random.array(200)
    w.withUnsafeBufferPointer { w in
      guard let base = w.baseAddress else { return }
      for range in [0..<13, 13..<200] { product.addTransposed(rows, in: range, times: base + range.lowerBound) }
    }
    for (a, b) in zip(product.product(0), plain.transposed.times(w)) { #expect(abs(a - b) < 1e-12) }
  }
}

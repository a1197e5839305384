import Kernels
import LinearAlgebra
import TestSupport
import Testing

private func tests(_ count: Int, _ order: Int, _ random: inout SeededNumbers) -> [[Double]] {
  OrthonormalColumns((0..<count).map { _ in random.array(order) }).columns
}

private func approximation(_ a: PlainMatrix, rank: Int, _ random: inout SeededNumbers) throws -> NystromApproximation {
  let tests = tests(rank, a.rowCount, &random)
  return try #require(NystromApproximation(tests: tests, products: tests.map { a.times($0) }))
}

/// UΛUᵀ.
private func matrix(_ found: NystromApproximation, _ order: Int) -> PlainMatrix {
  var result = PlainMatrix(order, order)
  for (eigenvalue, vector) in zip(found.eigenvalues, found.vectors) {
    for row in 0..<order {
      for column in 0..<order { result[row, column] += eigenvalue * vector[row] * vector[column] }
    }
  }
  return result
}

private func largestDifference(_ a: PlainMatrix, _ b: PlainMatrix) -> Double {
  zip(a.numbers, b.numbers).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct NystromApproximationTests {
  @Test func `columns become orthonormal, and Q R is what they were`() {
    var random = SeededNumbers(seed: 411)
    // So nearly dependent that one pass of Gram and Schmidt leaves 1e-4.
    let direction = random.array(40)
    let columns = (0..<9).map { _ in zip(direction, random.array(40)).map { $0 + 1e-12 * $1 } }
    let basis = OrthonormalColumns(columns)
    for i in columns.indices {
      for j in 0...i {
        #expect(abs(dot(basis.columns[i], basis.columns[j]) - (i == j ? 1 : 0)) < 1e-14)
      }
      var sum = [Double](repeating: 0, count: 40)
      for (place, factor) in basis.triangle[i].enumerated() { accumulate(&sum, factor, basis.columns[place]) }
      for (a, b) in zip(sum, columns[i]) { #expect(abs(a - b) < 1e-14) }
    }
  }

  @Test func `a column that depends on others becomes zeros`() {
    let basis = OrthonormalColumns([[1, 2, 3], [0, 0, 0], [2, 4, 6], [0, 1, 0]])
    #expect(basis.columns[1] == [0, 0, 0] && basis.columns[2] == [0, 0, 0])
    #expect(abs(norm(basis.columns[3]) - 1) < 1e-15)
    #expect(abs(dot(basis.columns[3], [1, 2, 3])) < 1e-14)
  }

  @Test(arguments: [1, 2, 7, 30])
  func `at full rank it is the matrix itself`(_ order: Int) throws {
    var random = SeededNumbers(seed: 412)
    let a = PlainMatrix.positiveDefinite(order: order, condition: order == 1 ? 1 : 1e6, &random)
    let found = try approximation(a, rank: order, &random)
    #expect(largestDifference(matrix(found, order), a) < 1e-12)
    #expect(found.eigenvalues == found.eigenvalues.sorted(by: >))
    #expect(abs(found.eigenvalues[0] - 1) < 1e-12)
    #expect(order == 1 || abs(found.eigenvalues[order - 1] - 1e-6) < 1e-13)
  }

  @Test func `a matrix of rank five is found by seven vectors`() throws {
    var random = SeededNumbers(seed: 413)
    let eigenvalues = [4, 2, 1, 0.5, 0.25] + [Double](repeating: 0, count: 20)
    let a = PlainMatrix.symmetric(eigenvalues: eigenvalues, &random)
    let found = try approximation(a, rank: 7, &random)
    #expect(largestDifference(matrix(found, 25), a) < 1e-12)
    for (a, b) in zip(found.eigenvalues, eigenvalues) { #expect(abs(a - b) < 1e-12) }
  }

  /// By theory the error of rank k is a few times the eigenvalues that are left out; here they fall by two each.
  @Test func `the error is of the size of the eigenvalues left out`() throws {
    var random = SeededNumbers(seed: 414)
    let eigenvalues = (0..<40).map { place in (0..<place).reduce(1.0) { value, _ in value / 2 } }
    let a = PlainMatrix.symmetric(eigenvalues: eigenvalues, &random)
    for rank in [5, 10, 20] {
      let found = try approximation(a, rank: rank, &random)
      let error = largestDifference(matrix(found, 40), a)
      #expect(error < 100 * eigenvalues[rank] && error > 1e-3 * eigenvalues[rank], "\(rank): \(error)")
    }
  }

  @Test func `zero, indefinite matrices and numbers that are none have an answer`() throws {
    var random = SeededNumbers(seed: 415)
    let zero = try approximation(PlainMatrix(6, 6), rank: 3, &random)
    #expect(zero.eigenvalues == [0, 0, 0])
    // The negative part is lost; what is left is no preconditioner for it, but a positive one.
    let indefinite = PlainMatrix.symmetric(eigenvalues: [3, 1, 0.1, -0.2, -1], &random)
    let found = try approximation(indefinite, rank: 5, &random)
    #expect(found.eigenvalues.allSatisfy { $0 >= 0 })
    let vectors = tests(2, 6, &random)
    #expect(NystromApproximation(tests: vectors, products: vectors.map { $0.map { _ in .nan } }) == nil)
  }

  /// P = U(Λ + μ)Uᵀ/(λ + μ) + (1 − UUᵀ) in plain numbers.
  @Test func `the preconditioner undoes what it is made of`() throws {
    var random = SeededNumbers(seed: 416)
    let a = PlainMatrix.positiveDefinite(order: 20, condition: 1e5, &random)
    let found = try approximation(a, rank: 8, &random)
    let (mu, least) = (1e-4, found.eigenvalues[7])
    var p = PlainMatrix(20, 20) { $0 == $1 ? 1 : 0 }
    for (eigenvalue, vector) in zip(found.eigenvalues, found.vectors) {
      let factor = (eigenvalue + mu) / (least + mu) - 1
      for row in 0..<20 {
        for column in 0..<20 { p[row, column] += factor * vector[row] * vector[column] }
      }
    }
    let v = random.array(20)
    var result = v
    found.solve(p.times(v), shift: mu, into: &result)
    for (x, y) in zip(result, v) { #expect(abs(x - y) < 1e-11) }
  }
}

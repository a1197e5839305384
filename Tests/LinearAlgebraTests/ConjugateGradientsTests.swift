import LinearAlgebra
import TestSupport
import Testing

private func solve(
  _ a: PlainMatrix, _ b: [Double], tolerance: Double = 1e-12, most: Int = 1000,
  solvePreconditioner: ([Double], inout [Double]) -> Void = { $1 = $0 }
) -> (x: [Double], iterations: Int, end: ConjugateGradients.End) {
  var solver = ConjugateGradients(count: b.count)
  var x = [Double](repeating: .nan, count: b.count)
  let end = solver.solve(
    b, into: &x, limits: ConjugateGradients.Limits(iterations: most, tolerance: tolerance),
    multiply: { $1 = a.times($0) }, solvePreconditioner: solvePreconditioner)
  return (x, solver.iterations, end)
}

@Suite struct ConjugateGradientsTests {
  @Test(arguments: [1, 2, 3, 10, 30])
  func `n dimensions take n iterations, and fewer eigenvalues fewer`(_ n: Int) {
    var random = SeededNumbers(seed: 421)
    let solution = random.array(n)
    for different in [n, max(1, n / 3)] {
      let a = PlainMatrix.symmetric(eigenvalues: (0..<n).map { 1 + Double($0 % different) }, &random)
      let found = solve(a, a.times(solution), tolerance: 1e-9)
      #expect(found.end == .converged)
      #expect(found.iterations <= different, "\(found.iterations) for \(different) eigenvalues")
      for (x, exact) in zip(found.x, solution) { #expect(abs(x - exact) < 1e-7) }
    }
  }

  @Test func `every iterate is orthogonal to its residual, and lowers the quadratic`() {
    var random = SeededNumbers(seed: 422)
    // At larger conditions rounding takes the orthogonality away before the end.
    let a = PlainMatrix.positiveDefinite(order: 30, condition: 10, &random)
    let b = random.array(30)
    var before = 0.0
    for most in 1...10 {
      let found = solve(a, b, most: most)
      #expect(found.end == .iterationsUsed && found.iterations == most)
      let product = a.times(found.x)
      let rest = zip(b, product).map { $0 - $1 }
      #expect(abs(dot(found.x, rest)) < 1e-9 * norm(found.x) * norm(b))
      let value = 0.5 * dot(found.x, product) - dot(b, found.x)
      #expect(value < before)
      #expect(abs(value + 0.5 * dot(b, found.x)) < 1e-9 * abs(value))
      before = value
    }
  }

  @Test func `a Nyström approximation takes the large eigenvalues out`() throws {
    var random = SeededNumbers(seed: 423)
    // Twelve large ones; 1e-3 on the diagonal of all.
    var eigenvalues = [1e6]
    while eigenvalues.count < 12 { eigenvalues.append(eigenvalues[eigenvalues.count - 1] / 3) }
    for place in 12..<60 { eigenvalues.append(1e-3 + 1e-3 / Double(place)) }
    let a = PlainMatrix.symmetric(eigenvalues: eigenvalues, &random)
    let b = random.array(60)
    let tests = OrthonormalColumns((0..<20).map { _ in random.array(60) }).columns
    // Of the matrix without its shift.
    let products = tests.map { test in zip(a.times(test), test).map { $0 - 1e-3 * $1 } }
    let approximation = try #require(NystromApproximation(tests: tests, products: products))
    let plain = solve(a, b, tolerance: 1e-8)
    let preconditioned = solve(a, b, tolerance: 1e-8) { approximation.solve($0, shift: 1e-3, into: &$1) }
    #expect(plain.end == .converged && preconditioned.end == .converged)
    #expect(preconditioned.iterations <= 12, "\(preconditioned.iterations)")
    #expect(2 * preconditioned.iterations <= plain.iterations, "\(preconditioned.iterations), \(plain.iterations)")
    let rest = zip(b, a.times(preconditioned.x)).map { $0 - $1 }
    #expect(norm(rest) < 1e-4 * norm(b))
  }

  @Test func `negative curvature, zeros and numbers that are none end it`() {
    var random = SeededNumbers(seed: 424)
    let negative = PlainMatrix.symmetric(eigenvalues: [-1, -1, -1], &random)
    let found = solve(negative, [1, 2, 3])
    #expect(found.end == .negativeCurvature && found.x == [1, 2, 3])
    let mixed = PlainMatrix.symmetric(eigenvalues: [100, 10, 1, -1], &random)
    // Four conjugate directions span the space: along one of them the curvature is negative.
    let b = random.array(4)
    let partial = solve(mixed, b)
    #expect(partial.end == .negativeCurvature && dot(b, partial.x) > 0)
    #expect(solve(negative, [0, 0, 0]).end == .converged)
    #expect(solve(negative, [0, 0, 0]).x == [0, 0, 0])
    #expect(solve(negative, [.nan, 0, 0]).end == .notFinite)
    let broken = solve(PlainMatrix(2, 2) { _, _ in .infinity }, [1, 1])
    #expect(broken.end == .notFinite && broken.x == [0, 0])
  }
}

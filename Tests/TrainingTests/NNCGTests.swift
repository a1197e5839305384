import Kernels
import LinearAlgebra
import TestSupport
import Testing
import Training

@Suite struct NNCGTests {
  private func minimize(
    _ function: TestFunction, from start: [Double], tolerance: Double = 1e-8, limit: Int = 200
  ) -> (optimizer: NNCG, iterations: Int, last: StepOutcome) {
    var optimizer = NNCG(start: start)
    var last = StepOutcome.moved(length: 0)
    for iteration in 0..<limit {
      last = optimizer.step(function)
      guard case .moved = last else { return (optimizer, iteration, last) }
      if optimizer.gradientNorm <= tolerance { return (optimizer, iteration + 1, last) }
    }
    return (optimizer, limit, last)
  }

  @Test func `products of the Hessian agree with the closed form`() {
    let function = rosenbrock()
    let (x, v) = ([0.7, -0.4, 1.3], [0.2, -3, 0.5])
    var products = HessianProducts(count: 3)
    var found = v
    products.multiply(v, at: x, function, into: &found)
    // ∂²/∂xᵢ² = 1200 xᵢ² − 400 xᵢ₊₁ + 2 and 200, ∂²/∂xᵢ∂xᵢ₊₁ = −400 xᵢ
    let (first, second) = (1200 * 0.49 + 400 * 0.4 + 2, 200 + 1200 * 0.16 - 400 * 1.3 + 2)
    let matrix: [[Double]] = [[first, -280, 0], [-280, second, 160], [0, 160, 200]]
    for (row, value) in zip(matrix, found) {
      let expected = zip(row, v).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(value - expected) < 1e-5, "\(value) and \(expected)")
    }
    products.multiply([0, 0, 0], at: x, function, into: &found)
    #expect(found == [0, 0, 0])
  }

  @Test(arguments: [1, 2, 5, 40])
  func `a quadratic is solved as fast as the damping falls, whatever its condition`(_ n: Int) {
    var curvatures = [1.0]
    while curvatures.count < n { curvatures.append(curvatures[curvatures.count - 1] * (n > 10 ? 1.4 : 5)) }
    let function = quadratic(curvatures: curvatures)
    let found = minimize(function, from: [Double](repeating: -3, count: n), tolerance: 1e-7)
    #expect(found.optimizer.gradientNorm <= 1e-7)
    #expect(found.iterations <= 14, "\(found.iterations)")
    for (place, x) in found.optimizer.x.enumerated() { #expect(abs(x - Double(place)) < 1e-5) }
  }

  @Test(arguments: [(2, 40), (10, 60)])
  func `Rosenbrock's valley is walked through`(_ n: Int, _ most: Int) {
    let start = (0..<n).map { $0 % 2 == 0 ? -1.2 : 1 }
    let found = minimize(rosenbrock(), from: start)
    #expect(found.optimizer.gradientNorm <= 1e-8)
    #expect(found.iterations <= most, "\(found.iterations)")
    if n == 2 { #expect(found.optimizer.x.allSatisfy { abs($0 - 1) < 1e-7 }) }
  }

  @Test func `where the curvature is negative it still descends`() {
    // (x² − 1)² + y² has a saddle at the origin, and negative curvature about it.
    let function = TestFunction { x in
      let part = x[0] * x[0] - 1
      return (part * part + x[1] * x[1], [4 * part * x[0], 2 * x[1]])
    }
    let found = minimize(function, from: [0.1, 0.5])
    #expect(abs(abs(found.optimizer.x[0]) - 1) < 1e-7)
    #expect(abs(found.optimizer.x[1]) < 1e-7)
    #expect(found.iterations <= 25, "\(found.iterations)")
  }

  @Test func `another one with the same memory does the same steps, bit for bit`() {
    let start = (0..<10).map { $0 % 2 == 0 ? -1.2 : 1 }
    var optimizer = NNCG(start: start)
    for _ in 0..<45 {
      var twin = NNCG(start: start)
      twin.restore(optimizer.memory)
      let outcome = optimizer.step(rosenbrock())
      #expect(twin.step(rosenbrock()) == outcome)
      #expect(twin.memory == optimizer.memory)
      guard case .moved = outcome else { break }
    }
  }

  @Test func `a start without numbers is reported, a minimum is an end`() {
    var optimizer = NNCG(start: [0])
    #expect(optimizer.step(TestFunction { _ in (.nan, [1]) }) == .nonFinite)
    var resting = NNCG(start: [0])
    #expect(resting.step(TestFunction { _ in (1, [0]) }) == .lineSearchFailed)
  }

  @Test(arguments: [0, 1, 2])
  func `a network fits an oscillation, every step downwards`(seed: Int) throws {
    let recorder = Recorder()
    let result = try #require(trained(try assembled(oscillation("nncg", 100, seed: seed)), recorder))
    #expect(result.total < 1e-6, "\(result.total)")
    for (before, after) in zip(recorder.rows, recorder.rows.dropFirst()) { #expect(after.total < before.total) }
  }
}

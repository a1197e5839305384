import Kernels
import LinearAlgebra
import RealModule
import TestSupport
import Testing
import Training

@Suite struct GaussNewtonTests {
  private let pool = WorkerPool(threadCount: 1)

  private func minimize(
    _ function: TestSquares, from start: [Double], free: Int? = nil, limit: Int = 200
  ) -> (optimizer: GaussNewton, steps: Int, last: StepOutcome) {
    var optimizer = GaussNewton(start: start, freeCount: free ?? start.count, pool: pool)
    for step in 0..<limit {
      let last = optimizer.step(function)
      guard case .moved = last else { return (optimizer, step, last) }
      if optimizer.value < 1e-28 { return (optimizer, step + 1, last) }
    }
    return (optimizer, limit, .moved(length: 0))
  }

  @Test func `a linear problem is solved as fast as the damping falls`() {
    var random = SeededNumbers(seed: 301)
    let (rows, solution) = ((0..<9).map { _ in random.array(5) }, random.array(5))
    func product(_ x: [Double]) -> [Double] { rows.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } } }
    let side = product(solution)
    let function = TestSquares(count: 5, pool: pool, { zip(product($0), side).map { $0 - $1 } }, { _ in rows })
    let found = minimize(function, from: [Double](repeating: 0, count: 5))
    #expect(found.optimizer.value < 1e-28)
    #expect(found.steps <= 12, "\(found.steps)")
    for (x, exact) in zip(found.optimizer.x, solution) { #expect(abs(x - exact) < 1e-12) }
    // What is not sought cannot fall any more: rounding ends the search, not a trap.
    #expect(found.last == .moved(length: 0) || found.last != .nonFinite)
  }

  private func rosenbrock() -> TestSquares {
    TestSquares(
      count: 2, pool: pool, { [10 * ($0[1] - $0[0] * $0[0]), 1 - $0[0]] }, { [[-20 * $0[0], 10], [-1, 0]] })
  }

  @Test func `Rosenbrock's valley is walked through, every step downwards`() {
    let function = rosenbrock()
    var start = [Double](repeating: 0, count: 2)
    var optimizer = GaussNewton(start: [-1.2, 1], freeCount: 2, pool: pool)
    var values: [Double] = [function.residuals([-1.2, 1], into: &start)]
    for _ in 0..<60 {
      guard case .moved = optimizer.step(function) else { break }
      values.append(optimizer.value)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 < $0 })
    #expect(optimizer.x.allSatisfy { abs($0 - 1) < 1e-12 }, "\(optimizer.x)")
    #expect(values.count <= 20, "\(values.count)")
  }

  /// At the minimum J has rank two of four, and Newton's method converges linearly: a half of the error a step. f falls
  /// from 215 to below 1e-24 along the line where the two quartic terms vanish last.
  @Test func `Powell's singular function is brought down to rounding`() {
    let (r5, r10) = (5.0.squareRoot(), 10.0.squareRoot())
    let function = TestSquares(
      count: 4, pool: pool,
      { x in
        [
          x[0] + 10 * x[1], r5 * (x[2] - x[3]), (x[1] - 2 * x[2]) * (x[1] - 2 * x[2]),
          r10 * (x[0] - x[3]) * (x[0] - x[3]),
        ]
      },
      { x in
        let (p, q) = (2 * (x[1] - 2 * x[2]), 2 * r10 * (x[0] - x[3]))
        return [[1, 10, 0, 0], [0, 0, r5, -r5], [0, p, -2 * p, 0], [q, 0, 0, -q]]
      })
    let found = minimize(function, from: [3, -1, 0, 1], limit: 40)
    #expect(found.optimizer.value < 1e-24, "\(found.optimizer.value) after \(found.steps)")
    #expect(found.optimizer.x.allSatisfy { abs($0) < 1e-5 }, "\(found.optimizer.x)")
  }

  /// Linear residuals, 24 of 12 variables; singular values of the Jacobian from 1 to 1e-11: JᵀJ holds no more than eight.
  private func steep(solution: [Double], _ random: inout SeededNumbers) -> TestSquares {
    let scales = (0..<12).map { place in (0..<place).reduce(1.0) { product, _ in product / 10 } }
    let mixed = (0..<12).map { _ in random.array(12) }
    func residuals(_ x: [Double]) -> [Double] {
      let y = zip(zip(x, solution), scales).map { ($0.0 - $0.1) * $1 }
      return y + mixed.map { row in 1e-3 * zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let rows =
      (0..<12).map { i in (0..<12).map { $0 == i ? scales[i] : 0 } }
      + mixed.map { row in zip(row, scales).map { 1e-3 * $0 * $1 } }
    return TestSquares(count: 12, pool: pool, residuals, { _ in rows })
  }

  @Test func `directions that JᵀJ has lost are found through J itself`() {
    var random = SeededNumbers(seed: 303)
    let solution = random.array(12)
    let function = steep(solution: solution, &random)
    var optimizer = GaussNewton(start: [Double](repeating: 0, count: 12), freeCount: 12, pool: pool)
    for _ in 0..<60 {
      guard case .moved = optimizer.step(function) else { break }
    }
    #expect(function.triangularizations > 0)
    for place in 0..<10 { #expect(abs(optimizer.x[place] - solution[place]) < 1e-3, "\(place)") }
  }

  @Test func `another one with the same memory does the same steps, bit for bit`() {
    var random = SeededNumbers(seed: 304)
    let solution = random.array(12)
    let function = steep(solution: solution, &random)
    let start = [Double](repeating: 0, count: 12)
    var optimizer = GaussNewton(start: start, freeCount: 12, pool: pool)
    for _ in 0..<60 {
      var twin = GaussNewton(start: start, freeCount: 12, pool: pool)
      twin.restore(optimizer.memory)
      let outcome = optimizer.step(function)
      #expect(twin.step(function) == outcome)
      #expect(twin.memory == optimizer.memory)
      guard case .moved = outcome else { break }
    }
    // Steps with sums and steps with J itself were among them.
    #expect(function.triangularizations > 0)
  }

  /// A correction removes what the damping left undone; where the residuals are linear nothing else is to be done.
  @Test func `corrections shorten the way, and without the rows there are none`() {
    func run(keepsRows: Bool) -> (steps: Int, value: Double) {
      let function = rosenbrock()
      function.keepsRows = keepsRows
      let found = minimize(function, from: [-1.2, 1])
      return (found.steps, found.optimizer.value)
    }
    let (corrected, plain) = (run(keepsRows: true), run(keepsRows: false))
    #expect(corrected.value < 1e-28 && plain.value < 1e-28)
    #expect(2 * corrected.steps <= plain.steps, "\(corrected.steps) and \(plain.steps) steps")
  }

  /// The same step through y: more parameters than residuals, of which one is held.
  @Test func `with fewer residuals than parameters the step is the damped one of least squares`() {
    var random = SeededNumbers(seed: 302)
    let (rows, side) = ((0..<3).map { _ in random.array(7) }, random.array(3))
    let residuals: ([Double]) -> [Double] = { x in
      zip(rows, side).map { row, b in zip(row, x).reduce(-b) { $0 + $1.0 * $1.1 } }
    }
    let few = TestSquares(count: 7, pool: pool, residuals, { _ in rows })
    // Residuals that are always zero change no sum, but their number asks for the other form.
    let many = TestSquares(
      count: 7, pool: pool, { residuals($0) + [0, 0, 0, 0] },
      { _ in rows + [[Double]](repeating: [Double](repeating: 0, count: 7), count: 4) })
    let start = random.array(7)
    var (dual, primal) = (
      GaussNewton(start: start, freeCount: 6, pool: pool), GaussNewton(start: start, freeCount: 6, pool: pool)
    )
    for _ in 0..<3 {
      #expect(dual.step(few) != .nonFinite)
      #expect(primal.step(many) != .nonFinite)
      for (a, b) in zip(dual.x, primal.x) { #expect(abs(a - b) < 1e-9, "\(a) and \(b)") }
      #expect(dual.x[6] == start[6])
    }
    #expect(dual.value < 1e-10)
  }

  @Test func `held parameters stay and the others find their best`() {
    let found = minimize(rosenbrock(), from: [0.5, 3], free: 1)
    #expect(found.optimizer.x[1] == 3)
    // d/dx of 100 (3 − x²)² + (1 − x)² vanishes.
    let x = found.optimizer.x[0]
    #expect(abs(-400 * x * (3 - x * x) - 2 * (1 - x)) < 1e-5)
  }

  @Test func `a matrix without full rank is damped, and steps out of the domain are shortened`() {
    // log x and nothing that depends on the second parameter.
    let function = TestSquares(
      count: 2, pool: pool, { [$0[0] > 0 ? .log($0[0]) : .nan] }, { [[1 / $0[0], 0]] })
    let found = minimize(function, from: [40, 7])
    #expect(abs(found.optimizer.x[0] - 1) < 1e-12)
    #expect(found.optimizer.x[1] == 7)
  }

  @Test func `a start without numbers is reported, a minimum is an end`() {
    let nowhere = TestSquares(count: 1, pool: pool, { _ in [.nan] }, { _ in [[1]] })
    var optimizer = GaussNewton(start: [0], freeCount: 1, pool: pool)
    #expect(optimizer.step(nowhere) == .nonFinite)
    let flat = TestSquares(count: 1, pool: pool, { _ in [1] }, { _ in [[0]] })
    var resting = GaussNewton(start: [0], freeCount: 1, pool: pool)
    #expect(resting.step(flat) == .lineSearchFailed)
  }

  @Test(arguments: [0, 1, 2])
  func `a network fits an oscillation, every step downwards`(seed: Int) throws {
    let recorder = Recorder()
    let result = try #require(trained(try assembled(oscillation("gauss-newton", 100, seed: seed)), recorder))
    #expect(result.total < 1e-12, "\(result.total)")
    for (before, after) in zip(recorder.rows, recorder.rows.dropFirst()) { #expect(after.total < before.total) }
  }
}

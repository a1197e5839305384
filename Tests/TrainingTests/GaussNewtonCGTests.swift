import Experiments
import Kernels
import LinearAlgebra
import RealModule
import TestSupport
import Testing
import Training

@Suite struct GaussNewtonCGTests {
  private let pool = WorkerPool(threadCount: 1)

  private func minimize(
    _ function: TestSquares, from start: [Double], free: Int? = nil, limit: Int = 200
  ) -> (optimizer: GaussNewtonCG, steps: Int, last: StepOutcome) {
    var optimizer = GaussNewtonCG(start: start, freeCount: free ?? start.count)
    for step in 0..<limit {
      let last = optimizer.step(function)
      guard case .moved = last else { return (optimizer, step, last) }
      if optimizer.value < 1e-26 { return (optimizer, step + 1, last) }
    }
    return (optimizer, limit, .moved(length: 0))
  }

  private func rosenbrock() -> TestSquares {
    TestSquares(
      count: 2, pool: pool, { [10 * ($0[1] - $0[0] * $0[0]), 1 - $0[0]] }, { [[-20 * $0[0], 10], [-1, 0]] })
  }

  @Test func `a linear problem is solved as fast as the damping falls`() {
    var random = SeededNumbers(seed: 441)
    let (rows, solution) = ((0..<50).map { _ in random.array(30) }, random.array(30))
    func product(_ x: [Double]) -> [Double] { rows.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } } }
    let side = product(solution)
    let function = TestSquares(count: 30, pool: pool, { zip(product($0), side).map { $0 - $1 } }, { _ in rows })
    let found = minimize(function, from: [Double](repeating: 0, count: 30))
    #expect(found.optimizer.value < 1e-26)
    #expect(found.steps <= 12, "\(found.steps)")
    for (x, exact) in zip(found.optimizer.x, solution) { #expect(abs(x - exact) < 1e-11) }
  }

  @Test func `Rosenbrock's valley is walked through, every step downwards`() {
    let function = rosenbrock()
    var start = [Double](repeating: 0, count: 2)
    var optimizer = GaussNewtonCG(start: [-1.2, 1], freeCount: 2)
    var values: [Double] = [function.residuals([-1.2, 1], into: &start)]
    for _ in 0..<60 {
      guard case .moved = optimizer.step(function) else { break }
      values.append(optimizer.value)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 < $0 })
    #expect(optimizer.x.allSatisfy { abs($0 - 1) < 1e-10 }, "\(optimizer.x)")
    #expect(values.count <= 25, "\(values.count)")
  }

  @Test func `held parameters stay and the others find their best`() {
    let found = minimize(rosenbrock(), from: [0.5, 3], free: 1)
    #expect(found.optimizer.x[1] == 3)
    // d/dx of 100 (3 − x²)² + (1 − x)² vanishes.
    let x = found.optimizer.x[0]
    #expect(abs(-400 * x * (3 - x * x) - 2 * (1 - x)) < 1e-4)
  }

  @Test func `steps out of the domain are shortened, a start without numbers is reported, a minimum is an end`() {
    let logarithm = TestSquares(
      count: 2, pool: pool, { [$0[0] > 0 ? .log($0[0]) : .nan] }, { [[1 / $0[0], 0]] })
    let found = minimize(logarithm, from: [40, 7])
    #expect(abs(found.optimizer.x[0] - 1) < 1e-10)
    #expect(found.optimizer.x[1] == 7)
    let nowhere = TestSquares(count: 1, pool: pool, { _ in [.nan] }, { _ in [[1]] })
    var optimizer = GaussNewtonCG(start: [0], freeCount: 1)
    #expect(optimizer.step(nowhere) == .nonFinite)
    let flat = TestSquares(count: 1, pool: pool, { _ in [1] }, { _ in [[0]] })
    var resting = GaussNewtonCG(start: [0], freeCount: 1)
    #expect(resting.step(flat) == .lineSearchFailed)
  }

  /// Both begin with the same damping and try the same row of them.
  @Test(arguments: [burgersCase.with(interiorPoints: 400), objectiveCases[2].with(interiorPoints: 300)])
  func `its steps are those of Gauss-Newton with factors`(_ example: ObjectiveCase) throws {
    let problem = try example.assembled()
    let theta = problem.perturbedParameters(seed: 33)
    let (objective, other) = (problem.objective(threads: 2), problem.objective())
    let held = objective.layout.unknownOffset
    let (loss, plain) = (
      WeightedLoss(objective: objective, heldFrom: held), WeightedLoss(objective: other, heldFrom: held)
    )
    var dense = GaussNewton(start: theta, freeCount: held, pool: other.pool)
    var sparse = GaussNewtonCG(start: theta, freeCount: held)
    for number in 0..<3 {
      let before = dense.x
      guard case .moved(let length) = dense.step(plain), case .moved = sparse.step(loss) else {
        Issue.record("step \(number) leads nowhere")
        return
      }
      #expect(sparse.memory["damping"] == dense.memory["damping"])
      #expect(length > 0 && dense.x != before)
      let difference = norm(zip(dense.x, sparse.x).map { $0 - $1 })
      #expect(difference < 0.01 * length, "step \(number): \(difference) of \(length)")
      #expect(abs(sparse.value / dense.value - 1) < 0.01)
    }
  }

  @Test func `another one with the same memory does the same steps, bit for bit`() throws {
    let problem = try burgersCase.with(interiorPoints: 200).assembled()
    let theta = problem.perturbedParameters(seed: 34)
    let loss = WeightedLoss(objective: problem.objective(threads: 2), heldFrom: nil)
    var optimizer = GaussNewtonCG(start: theta, freeCount: theta.count)
    for _ in 0..<12 {
      var twin = GaussNewtonCG(start: theta, freeCount: theta.count)
      twin.restore(optimizer.memory)
      let outcome = optimizer.step(loss)
      #expect(twin.step(loss) == outcome)
      #expect(twin.memory == optimizer.memory)
      guard case .moved = outcome else { break }
    }
  }

  @Test(arguments: [0, 1, 2])
  func `a network fits an oscillation, every step downwards`(seed: Int) throws {
    let recorder = Recorder()
    let result = try #require(trained(try assembled(oscillation("gauss-newton-cg", 60, seed: seed)), recorder))
    #expect(result.total < 1e-10, "\(result.total)")
    for (before, after) in zip(recorder.rows, recorder.rows.dropFirst()) { #expect(after.total < before.total) }
  }
}

/// u″ + u = 0 by a network of 193 parameters.
func oscillation(_ method: String, _ iterations: Int, seed: Int) -> String {
  """
  seed = \(seed)
  [variables]
  t = [0, 6]
  [fields]
  u = {}
  [[equation]]
  expr = "u_tt + u = 0"
  [[condition]]
  at = "t = 0"
  expr = ["u = 1", "u_t = 0"]
  [sampling]
  interior = 200
  [network]
  hidden = [12, 12]
  [[optimizer]]
  method = "\(method)"
  iterations = \(iterations)
  """
}

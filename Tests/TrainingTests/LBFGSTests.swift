import Kernels
import Testing
import Training

@Suite struct LBFGSTests {
  /// Steps until the gradient falls below `tolerance`, or the search fails.
  private func minimize(
    _ function: TestFunction, from start: [Double], history: Int = 50, tolerance: Double = 1e-8, limit: Int = 1000
  ) -> (optimizer: LBFGS, iterations: Int, last: StepOutcome) {
    var optimizer = LBFGS(start: start, history: history)
    var last = StepOutcome.moved(length: 0)
    for iteration in 0..<limit {
      last = optimizer.step(function)
      guard case .moved = last else { return (optimizer, iteration, last) }
      if optimizer.gradientNorm <= tolerance { return (optimizer, iteration + 1, last) }
    }
    return (optimizer, limit, last)
  }

  @Test(arguments: [1, 2, 5, 20])
  func `a quadratic of n variables takes about n iterations`(_ n: Int) {
    let curvatures = (0..<n).map { 1 + Double($0) }
    let function = quadratic(curvatures: curvatures)
    let found = minimize(function, from: [Double](repeating: -3, count: n))
    #expect(found.optimizer.gradientNorm <= 1e-8)
    // The loose line search costs some more than the n of an exact one.
    #expect(found.iterations <= 2 * n + 12, "\(found.iterations)")
    #expect(function.evaluations <= found.iterations + 15)
    for (place, x) in found.optimizer.x.enumerated() { #expect(abs(x - Double(place)) < 1e-7) }
  }

  @Test(arguments: [(2, 60), (10, 150)])
  func `Rosenbrock's valley is walked through`(_ n: Int, _ most: Int) {
    let start = (0..<n).map { $0 % 2 == 0 ? -1.2 : 1 }
    let found = minimize(rosenbrock(), from: start)
    #expect(found.optimizer.gradientNorm <= 1e-8)
    #expect(found.iterations <= most, "\(found.iterations)")
    // In ten dimensions there is a second minimum near x₁ = −1.
    if n == 2 { #expect(found.optimizer.x.allSatisfy { abs($0 - 1) < 1e-7 }) }
  }

  @Test(arguments: [3, 50])
  func `directions are those of the inverse Hessian written as a matrix`(_ history: Int) throws {
    let n = 6
    let function = rosenbrock()
    var optimizer = LBFGS(start: (0..<n).map { $0 % 2 == 0 ? -1.2 : 1 }, history: history)
    for iteration in 0..<30 {
      let memory = optimizer.memory
      guard case .moved(let length) = optimizer.step(function) else { break }
      let (s, y, rho) = (memory["s"] ?? [], memory["y"] ?? [], memory["rho"] ?? [])
      #expect(rho.count <= history)
      guard !rho.isEmpty, let x = memory["x"], let gradient = memory["gradient"] else { continue }
      // H ← (1 − ρ s yᵀ) H (1 − ρ y sᵀ) + ρ s sᵀ from γ 1, pair by pair.
      let last = Array(y[((rho.count - 1) * n)...])
      let gamma = 1 / ((rho.last ?? 1) * last.reduce(0) { $0 + $1 * $1 })
      var h = (0..<n).map { i in (0..<n).map { $0 == i ? gamma : 0 } }
      for pair in rho.indices {
        let (si, yi, r) = (Array(s[(pair * n)..<(pair + 1) * n]), Array(y[(pair * n)..<(pair + 1) * n]), rho[pair])
        let left = (0..<n).map { i in (0..<n).map { (i == $0 ? 1 : 0) - r * si[i] * yi[$0] } }
        let product = multiplied(multiplied(left, h), transposed(left))
        h = (0..<n).map { i in (0..<n).map { product[i][$0] + r * si[i] * si[$0] } }
      }
      let direction = h.map { row in -zip(row, gradient).reduce(0) { $0 + $1.0 * $1.1 } }
      let size = direction.reduce(0) { max($0, abs($1)) }
      for place in 0..<n {
        let moved = (optimizer.x[place] - x[place]) / length
        #expect(abs(moved - direction[place]) <= 1e-6 * size, "iteration \(iteration)")
      }
      if optimizer.gradientNorm < 1e-5 { break }
    }
  }

  @Test func `a memory of one pair still converges`() {
    let found = minimize(rosenbrock(), from: [-1.2, 1], history: 1)
    #expect(found.optimizer.gradientNorm <= 1e-8)
    #expect(found.iterations < 200)
  }

  @Test func `the value never rises but for rounding`() {
    let function = rosenbrock()
    var optimizer = LBFGS(start: [-1.2, 1, -1.2, 1], history: 10)
    var before = Double.infinity
    while case .moved = optimizer.step(function) {
      #expect(optimizer.value <= before + 1e-12 * abs(before))
      before = optimizer.value
      if optimizer.gradientNorm < 1e-12 { break }
    }
    #expect(before < 1e-20)
  }

  @Test func `a stationary start does not move`() {
    var optimizer = LBFGS(start: [0, 1, 2], history: 5)
    #expect(optimizer.gradientNorm.isNaN)
    #expect(optimizer.step(quadratic(curvatures: [1, 2, 3])) == .lineSearchFailed)
    #expect(optimizer.x == [0, 1, 2])
    #expect(optimizer.value == 0)
  }

  @Test(arguments: [Double.nan, .infinity])
  func `a wall of values that are not finite is backed away from`(_ beyond: Double) {
    // −log(1 − |x|²): infinite at the unit sphere, minimum at 0; the first step jumps far out.
    let function = TestFunction { x in
      let rest = 1 - x.reduce(0) { $0 + $1 * $1 } / 4
      if rest <= 0 { return (beyond, x.map { _ in beyond }) }
      return (-1e3 * (rest.squareRoot() - 1), x.map { 250 * $0 / rest.squareRoot() })
    }
    let found = minimize(function, from: [1.99, 0.1])
    #expect(found.optimizer.gradientNorm <= 1e-8)
    #expect(found.optimizer.x.allSatisfy { abs($0) < 1e-8 })
  }

  @Test func `a start outside the domain is not finite`() {
    var optimizer = LBFGS(start: [1], history: 5)
    #expect(optimizer.step(TestFunction { _ in (.nan, [1]) }) == .nonFinite)
    #expect(optimizer.x == [1])
    var second = LBFGS(start: [1], history: 5)
    #expect(second.step(TestFunction { _ in (1, [.nan]) }) == .nonFinite)
  }

  @Test func `a function that cannot be lowered fails in the line search`() {
    // The gradient lies about its sign.
    let function = TestFunction { x in (x[0], [-1]) }
    var optimizer = LBFGS(start: [1], history: 5)
    #expect(optimizer.step(function) == .lineSearchFailed)
    #expect(optimizer.x == [1])
    #expect(function.evaluations < 60)
  }

  @Test(arguments: [1, 2, 3, 7, 50])
  func `memory taken at any iteration goes on with the same bits`(_ history: Int) {
    let walk = Walk(rosenbrock(), from: [-1.2, 1, 0.5, -0.3], history: history, steps: 40)
    // All but the longest ring are filled more than twice.
    #expect(history == 50 || (walk.pairCounts.max() == history && walk.keptPairs > 2 * history))
    walk.expectSameBitsFromEverywhere(history: history)
  }

  @Test(arguments: [2, 3, 50])
  func `so it does where pairs are left out`(_ history: Int) {
    let walk = Walk(ridged(), from: [-1.2, 1, 0.5, -0.3], history: history, steps: 60)
    // Pairs that were left out while the ring was full, and pairs that were kept after them.
    #expect(walk.leftOutWhenFull > 0 || history == 50, "\(walk.pairCounts)")
    #expect(walk.keptPairs > history || history == 50, "\(walk.pairCounts)")
    walk.expectSameBitsFromEverywhere(history: history)
  }

  @Test func `a ring holds the latest pairs, the oldest first`() throws {
    let (history, n) = (4, 3)
    var (short, long) = (LBFGS(start: [-1.2, 1, 0.5], history: history), LBFGS(start: [-1.2, 1, 0.5], history: 50))
    let function = rosenbrock()
    var steps: [[Double]] = []
    for _ in 0..<11 {
      let before = short.x
      guard case .moved = short.step(function) else { break }
      steps.append(zip(short.x, before).map { $0 - $1 })
      let s = try #require(short.memory["s"])
      #expect(s == Array(steps.suffix(history).joined()))
      #expect(short.memory["y"]?.count == s.count && short.memory["rho"]?.count == s.count / n)
      // As long as no pair has been replaced, the lengths of the rings cannot be told apart.
      if steps.count <= history + 1 {
        _ = long.step(function)
        #expect(long.x == short.x)
      }
    }
    #expect(steps.count == 11)
  }

  @Test func `a memory of more pairs than there is room for gives the latest`() throws {
    let function = rosenbrock()
    var long = LBFGS(start: [-1.2, 1, 0.5, -0.3], history: 50)
    for _ in 0..<12 { _ = long.step(function) }
    var short = LBFGS(start: [0, 0, 0, 0], history: 5)
    short.restore(long.memory)
    #expect(short.memory["s"] == long.memory["s"].map { $0.suffix(5 * 4) }.map(Array.init))
    #expect(short.memory["rho"] == long.memory["rho"].map { $0.suffix(5) }.map(Array.init))
    for _ in 0..<12 {
      _ = short.step(function)
      #expect(short.memory["rho"]?.count == 5)
    }
    #expect(short.value < long.value)
  }

  @Test func `a changed function is valued anew and the curvature kept`() {
    let (first, second) = (
      quadratic(curvatures: [1, 10, 100]),
      TestFunction { x in
        let y = zip([1.0, 10, 100], x).map { $0 * ($1 - 2) }
        return (7 + zip(y, x).reduce(0) { $0 + 0.5 * $1.0 * ($1.1 - 2) }, y)
      }
    )
    var optimizer = LBFGS(start: [5, 5, 5], history: 10)
    for _ in 0..<6 { _ = optimizer.step(first) }
    optimizer.functionChanged(second)
    #expect(optimizer.gradientNorm.isNaN)
    var outcome = StepOutcome.moved(length: 0)
    for _ in 0..<30 {
      outcome = optimizer.step(second)
      if optimizer.gradientNorm < 1e-9 { break }
    }
    #expect(outcome != .nonFinite)
    #expect(abs(optimizer.value - 7) < 1e-12)
    #expect(optimizer.x.allSatisfy { abs($0 - 2) < 1e-8 })
  }
}

/// Steps that nothing disturbed, with the memory before each of them.
private struct Walk {
  private let function: TestFunction
  private var path: [(x: [Double], value: Double, outcome: StepOutcome)] = []
  private var memories: [[String: [Double]]] = []
  /// How many pairs there are after each step.
  private(set) var pairCounts: [Int] = []
  private(set) var keptPairs = 0
  private(set) var leftOutWhenFull = 0

  init(_ function: TestFunction, from start: [Double], history: Int, steps: Int) {
    self.function = function
    var optimizer = LBFGS(start: start, history: history)
    for _ in 0..<steps {
      let memory = optimizer.memory
      memories.append(memory)
      let outcome = optimizer.step(function)
      path.append((optimizer.x, optimizer.value, outcome))
      let (before, after) = (memory["s"] ?? [], optimizer.memory["s"] ?? [])
      if after != before, !after.isEmpty { keptPairs += 1 }
      if case .moved = outcome, after == before, after.count == history * start.count { leftOutWhenFull += 1 }
      pairCounts.append(after.count / start.count)
    }
  }

  func expectSameBitsFromEverywhere(history: Int) {
    for (split, memory) in memories.enumerated() {
      var restored = LBFGS(start: path[0].x.map { _ in 0 }, history: history)
      restored.restore(memory)
      for iteration in split..<path.count {
        let outcome = restored.step(function)
        #expect(outcome == path[iteration].outcome)
        #expect(restored.x == path[iteration].x && restored.value == path[iteration].value)
        if iteration + 1 < path.count { #expect(restored.memory == memories[iteration + 1]) }
      }
    }
  }
}

private func multiplied(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
  a.map { row in b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } } }
}

private func transposed(_ a: [[Double]]) -> [[Double]] { a[0].indices.map { column in a.map { $0[column] } } }

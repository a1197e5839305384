import Kernels
import TestSupport
import Testing
import Training

/// One of the methods with a strong-Wolfe search: what holds for all is tested for all.
private let updates = BroydenUpdate.allCases

@Suite struct QuasiNewtonTests {
  /// Steps until the gradient falls below `tolerance`, or the search fails.
  private func minimize(
    _ function: TestFunction, from start: [Double], _ update: BroydenUpdate, tolerance: Double = 1e-8,
    limit: Int = 1000
  ) -> (optimizer: QuasiNewton, iterations: Int) {
    var optimizer = QuasiNewton(start: start, update: update, pool: WorkerPool(threadCount: 1))
    for iteration in 0..<limit {
      guard case .moved = optimizer.step(function) else { return (optimizer, iteration) }
      if optimizer.gradientNorm <= tolerance { return (optimizer, iteration + 1) }
    }
    return (optimizer, limit)
  }

  @Test(arguments: updates, [1, 2, 5, 20])
  func `a quadratic of n variables takes about n iterations`(_ update: BroydenUpdate, _ n: Int) {
    let function = quadratic(curvatures: (0..<n).map { 1 + Double($0) })
    let found = minimize(function, from: [Double](repeating: -3, count: n), update)
    #expect(found.optimizer.gradientNorm <= 1e-8)
    // The loose line search costs some more than the n of an exact one.
    #expect(found.iterations <= 2 * n + 12, "\(found.iterations)")
    for (place, x) in found.optimizer.x.enumerated() { #expect(abs(x - Double(place)) < 1e-7) }
  }

  @Test(arguments: updates, [(2, 60), (10, 150)])
  func `Rosenbrock's valley is walked through`(_ update: BroydenUpdate, _ size: (n: Int, most: Int)) {
    let start = (0..<size.n).map { $0 % 2 == 0 ? -1.2 : 1 }
    let found = minimize(rosenbrock(), from: start, update)
    #expect(found.optimizer.gradientNorm <= 1e-8)
    #expect(found.iterations <= size.most, "\(found.iterations)")
    // In ten dimensions there is a second minimum near x₁ = −1.
    if size.n == 2 { #expect(found.optimizer.x.allSatisfy { abs($0 - 1) < 1e-7 }) }
  }

  @Test(arguments: updates)
  func `a step whose curvature is known changes nothing`(_ update: BroydenUpdate) {
    // b = h = 1: H is right along the step already.
    let (tau, phi) = update.factors(b: 1, h: 1, count: 10)
    #expect(tau == 1 && phi == 1)
  }

  /// Directions from memory against the textbook's forms: BFGS as (1 − ρsyᵀ)H(1 − ρysᵀ) + ρssᵀ, the others through the
  /// direct form B⁺ = τ(B − Bs(Bs)ᵀ/sᵀBs + θ(sᵀBs) wwᵀ) + yyᵀ/yᵀs, w = y/yᵀs − Bs/sᵀBs, whose inverse H⁺ has to be.
  @Test(arguments: updates, [2, 3, 6, 30])
  func `the matrix is that of dense linear algebra`(_ update: BroydenUpdate, _ n: Int) throws {
    let function = rosenbrock()
    var optimizer = QuasiNewton(
      start: (0..<n).map { $0 % 2 == 0 ? -1.2 : 1 }, update: update, pool: WorkerPool(threadCount: 2))
    var compared = 0
    for iteration in 0..<25 {
      let before = optimizer.memory
      guard case .moved(let length) = optimizer.step(function), optimizer.gradientNorm > 1e-5 else { break }
      let after = optimizer.memory
      guard after["inverse"] != before["inverse"], let x = before["x"], let packed = after["inverse"] else { continue }
      var g = x
      _ = function.value(x, gradient: &g)
      let s = zip(optimizer.x, x).map { $0 - $1 }
      let size = norm(s)
      let y = zip(try #require(after["gradient"]), g).map { $0 - $1 }
      let r = product(s, y)
      var h = Dense(n, before["inverse"])
      if before["inverse"] == nil { h = Dense(identity: n, times: r / product(y, y)) }
      // The direction was −Hg.
      if before["inverse"] != nil {
        for (place, d) in h.times(g).enumerated() {
          #expect(abs(s[place] + length * d) <= 1e-9 * size, "iteration \(iteration)")
        }
      }
      let b = h.inverse
      let (bs, u) = (b.times(s), h.times(y))
      let (sBs, yHy) = (product(s, bs), product(y, u))
      let (tau, phi) = update.factors(b: sBs / r, h: yHy / r, count: n)
      // φ = (1 − θ)/(1 + aθ) for the one θ, which is 0 for BFGS.
      let a = sBs * yHy / (r * r) - 1
      let theta = (1 - phi) / (1 + a * phi)
      let w = zip(y, bs).map { $0 / r - $1 / sBs }
      let direct = Dense(n) { i, j in
        tau * (b[i, j] - bs[i] * bs[j] / sBs + theta * sBs * w[i] * w[j]) + y[i] * y[j] / r
      }
      let found = Dense(n, packed)
      // Conditions of some hundred thousand are inverted twice.
      let unit = direct.times(found)
      for i in 0..<n {
        for j in 0..<n { #expect(abs(unit[i, j] - (i == j ? 1 : 0)) <= 1e-5, "iteration \(iteration), \(i), \(j)") }
      }
      // The secant equation.
      for (hy, s) in zip(found.times(y), s) { #expect(abs(hy - s) <= 1e-9 * size, "iteration \(iteration)") }
      compared += 1
    }
    #expect(compared >= 10)
  }

  @Test func `the factors of the self-scaled rules are those written out`() {
    for (b, h, n) in [(2.0, 3.0, 5), (0.5, 4.0, 12), (10.0, 0.2, 3), (1.5, 0.8, 40), (0.9, 1.2, 1)] {
      #expect(BroydenUpdate.bfgs.factors(b: b, h: h, count: n) == (1, 1))
      #expect(BroydenUpdate.selfScaledBFGS.factors(b: b, h: h, count: n) == (min(1, 1 / b), 1))
    }
    // b = 2, h = 3: a = 5, c = √(5/6), ρ⁻ = 3(1 − c) = 0.26138721, θ⁻ = −0.14772256, θ = max(θ⁻, −1/2) = θ⁻,
    // σ = 1 + 5θ = ρ⁻, φ = 1.14772256/ρ⁻, τ = min(½ σ^{−1/4}, σ).
    let first = BroydenUpdate.selfScaledBroyden.factors(b: 2, h: 3, count: 5)
    #expect(abs(first.tau - 0.26138721) < 1e-8 && abs(first.phi - 4.39089023) < 1e-7, "\(first)")
    // b = ½, h = 4: a = 1, ρ⁻ = min(1, 4(1 − √½)) = 1, θ = max(0, min(1, 1)) = 1, σ = 2, φ = 0: DFP; τ = 2^{−1/11}.
    let second = BroydenUpdate.selfScaledBroyden.factors(b: 0.5, h: 4, count: 12)
    #expect(abs(second.tau - 0.93893091) < 1e-8 && second.phi == 0, "\(second)")
  }

  @Test(arguments: updates)
  func `the value never rises but for rounding`(_ update: BroydenUpdate) {
    let function = rosenbrock()
    var optimizer = QuasiNewton(start: [-1.2, 1, -1.2, 1], update: update, pool: WorkerPool(threadCount: 1))
    var before = Double.infinity
    while case .moved = optimizer.step(function) {
      #expect(optimizer.value <= before + 1e-12 * abs(before))
      before = optimizer.value
      if optimizer.gradientNorm < 1e-12 { break }
    }
    #expect(before < 1e-20)
  }

  @Test(arguments: updates)
  func `memory taken at any iteration goes on with the same bits`(_ update: BroydenUpdate) {
    for function in [rosenbrock(), ridged()] {
      let start = [-1.2, 1, 0.5, -0.3]
      var optimizer = QuasiNewton(start: start, update: update, pool: WorkerPool(threadCount: 1))
      var memories: [[String: [Double]]] = []
      var outcomes: [StepOutcome] = []
      for _ in 0..<40 {
        memories.append(optimizer.memory)
        outcomes.append(optimizer.step(function))
      }
      for (split, memory) in memories.enumerated() {
        var restored = QuasiNewton(start: start.map { _ in 0 }, update: update, pool: WorkerPool(threadCount: 2))
        restored.restore(memory)
        for iteration in split..<memories.count {
          // Before the first evaluation there is no value.
          if iteration > 0 { #expect(restored.memory == memories[iteration], "from \(split), \(iteration)") }
          #expect(restored.step(function) == outcomes[iteration])
        }
      }
    }
  }

  @Test(arguments: updates)
  func `a stationary start does not move, and one outside the domain is not finite`(_ update: BroydenUpdate) {
    let pool = WorkerPool(threadCount: 1)
    var optimizer = QuasiNewton(start: [0, 1, 2], update: update, pool: pool)
    #expect(optimizer.step(quadratic(curvatures: [1, 2, 3])) == .lineSearchFailed)
    #expect(optimizer.x == [0, 1, 2] && optimizer.value == 0)
    var second = QuasiNewton(start: [1], update: update, pool: pool)
    #expect(second.step(TestFunction { _ in (.nan, [1]) }) == .nonFinite)
    var third = QuasiNewton(start: [1], update: update, pool: pool)
    // The gradient lies about its sign.
    #expect(third.step(TestFunction { x in (x[0], [-1]) }) == .lineSearchFailed)
    #expect(third.x == [1])
  }

  @Test(arguments: updates)
  func `a misled matrix is forgotten`(_ update: BroydenUpdate) {
    let pool = WorkerPool(threadCount: 1)
    var optimizer = QuasiNewton(start: [1, 1], update: update, pool: pool)
    // −1 times the identity: every direction goes uphill.
    var memory = optimizer.memory
    _ = optimizer.step(quadratic(curvatures: [1, 3]))
    memory["inverse"] = optimizer.memory["inverse"].map { $0.map { -$0 } }
    optimizer.restore(memory)
    let found = [optimizer.step(quadratic(curvatures: [1, 3])), optimizer.step(quadratic(curvatures: [1, 3]))]
    #expect(found.allSatisfy { if case .moved = $0 { true } else { false } })
  }
}

private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
private func norm(_ a: [Double]) -> Double { product(a, a).squareRoot() }

/// A square matrix by the textbook.
private struct Dense {
  let n: Int
  var numbers: [Double]

  init(_ n: Int, _ entry: (Int, Int) -> Double) {
    self.n = n
    numbers = (0..<n * n).map { entry($0 / n, $0 % n) }
  }

  init(identity n: Int, times scale: Double) { self.init(n) { $0 == $1 ? scale : 0 } }

  /// From packed numbers: panels of 24 rows, in each its columns one after the other.
  init(_ n: Int, _ packed: [Double]?) {
    self.init(n) { i, j in
      let (row, column) = (max(i, j), min(i, j))
      let panel = row / 24
      return packed?[576 * (panel * (panel + 1) / 2) + 24 * column + row % 24] ?? 0
    }
  }

  subscript(i: Int, j: Int) -> Double {
    get { numbers[i * n + j] }
    set { numbers[i * n + j] = newValue }
  }

  func times(_ x: [Double]) -> [Double] { (0..<n).map { i in (0..<n).reduce(0) { $0 + self[i, $1] * x[$1] } } }
  func times(_ b: Dense) -> Dense { Dense(n) { i, j in (0..<n).reduce(0) { $0 + self[i, $1] * b[$1, j] } } }

  /// By Gauss and Jordan, with pivots.
  var inverse: Dense {
    var (a, inverse) = (self, Dense(identity: n, times: 1))
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0, column]) < abs(a[$1, column]) } ?? column
      for k in 0..<n {
        (a[column, k], a[pivot, k]) = (a[pivot, k], a[column, k])
        (inverse[column, k], inverse[pivot, k]) = (inverse[pivot, k], inverse[column, k])
      }
      let scale = 1 / a[column, column]
      for k in 0..<n {
        a[column, k] *= scale
        inverse[column, k] *= scale
      }
      for row in 0..<n where row != column {
        let factor = a[row, column]
        for k in 0..<n {
          a[row, k] -= factor * a[column, k]
          inverse[row, k] -= factor * inverse[column, k]
        }
      }
    }
    return inverse
  }
}

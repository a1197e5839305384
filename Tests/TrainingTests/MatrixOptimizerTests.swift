import Foundation
import Kernels
import TestSupport
import Testing
import Training

/// AdamW, SOAP and Muon against their published algorithms in plain loops, on ½‖AWB − C‖² + ½‖b‖² and a coupling of both.
@Suite struct MatrixOptimizerTests {
  private let rows = 9
  private let columns = 11
  /// Two numbers before the matrix and three behind it.
  private var matrix: WeightMatrix { WeightMatrix(offset: 2, rows: rows, columns: columns) }
  private var count: Int { 2 + rows * columns + 3 }

  private func settings(weightDecay: Double = 0, every: Int = 3, rate: Double = 0.02) -> AdamSettings {
    AdamSettings(
      learningRate: rate, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
      schedule: Schedule(kind: .exponential, rate: 0.5, steps: 30, iterations: 100), weightDecay: weightDecay,
      preconditionEvery: every)
  }

  private func function(seed: UInt64) -> TestFunction {
    var random = SeededNumbers(seed: seed)
    let scales = (0..<count).map { _ in random.uniform(0.2...3) }
    let target = random.array(count)
    let mixing = random.array(count)
    return TestFunction { x in
      let d = zip(x, target).map { $0 - $1 }
      let mixed = zip(mixing, d).reduce(0) { $0 + $1.0 * $1.1 }
      let value = zip(scales, d).reduce(0) { $0 + 0.5 * $1.0 * $1.1 * $1.1 } + 0.25 * mixed * mixed
      return (value, x.indices.map { scales[$0] * d[$0] + 0.5 * mixed * mixing[$0] })
    }
  }

  private var start: [Double] {
    var random = SeededNumbers(seed: 3)
    return random.array(count)
  }

  @Test func `AdamW shrinks the weights beside the step of Adam`() {
    let f = function(seed: 1)
    var optimizer = Adam(
      start: start, settings: settings(weightDecay: 0.3), factors: start.map { _ in 1 }, matrices: [matrix])
    var adam = Adam(start: start, settings: settings(), factors: start.map { _ in 1 })
    _ = optimizer.step(f)
    _ = adam.step(f)
    for place in start.indices {
      // The first step of both sees the same gradient.
      let shrunk = matrix.places.contains(place) ? 0.02 * 0.3 * start[place] : 0
      #expect(abs(optimizer.x[place] - (adam.x[place] - shrunk)) < 1e-15)
    }
  }

  @Test func `SOAP takes the steps of its algorithm written out`() {
    let f = function(seed: 2)
    // A square gradient has no null space, in which any basis would do.
    let matrix = WeightMatrix(offset: 2, rows: 9, columns: 9)
    var optimizer = SOAP(
      start: start, settings: settings(), factors: start.map { _ in 1 }, matrices: [matrix],
      pool: WorkerPool(threadCount: 1))
    // Eigenvectors of the least eigenvalues of GGᵀ, 1e-7 of the largest, are known to that share of the rounding.
    let tolerance = 1e-7
    var plain = PlainSOAP(rows: 9, columns: 9)
    var x = start
    for k in 1...20 {
      var gradient = x
      _ = f.value(x, gradient: &gradient)
      let rate = 0.02 * pow(0.5, Double(k - 1) / 30)
      let step = plain.direction(
        Array(gradient[matrix.places]), iteration: k, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, every: 3)
      for (place, s) in zip(matrix.places, step) { x[place] -= rate * s }
      #expect(optimizer.step(f) == .moved(length: rate))
      for place in matrix.places { #expect(abs(optimizer.x[place] - x[place]) < tolerance, "step \(k)") }
      // The others are Adam's, which has a test of its own.
      for place in x.indices where !matrix.places.contains(place) { x[place] = optimizer.x[place] }
    }
  }

  /// Singular values of the step lie where five iterations of p(s) = as + bs³ + cs⁵ take those of the momentum.
  @Test func `Muon steps along the momentum with singular values made equal`() {
    let f = function(seed: 4)
    for turned in [false, true] {
      let shape = WeightMatrix(offset: 2, rows: turned ? columns : rows, columns: turned ? rows : columns)
      var optimizer = Muon(
        start: start, settings: settings(), factors: start.map { _ in 1 }, matrices: [shape],
        pool: WorkerPool(threadCount: 1))
      var gradient = start
      _ = f.value(start, gradient: &gradient)
      _ = optimizer.step(f)
      // At first the momentum is the gradient but for a factor.
      let g = Small(shape.rows, shape.columns, Array(gradient[shape.places]))
      var expected = g.scaled(1 / g.norm)
      for _ in 0..<5 {
        let square = expected.times(expected.transposed)
        let fourth = square.times(square)
        let inner = Small(
          square.rows, square.columns, zip(square.numbers, fourth.numbers).map { -4.775 * $0 + 2.0315 * $1 })
        let change = inner.times(expected)
        expected = Small(
          shape.rows, shape.columns, zip(expected.numbers, change.numbers).map { 3.4445 * $0 + $1 })
      }
      for (place, o) in zip(shape.places, expected.numbers) {
        let step = (start[place] - optimizer.x[place]) / (0.02 * 0.2 * 11.0.squareRoot())
        #expect(abs(step - o) < 1e-10)
      }
      // ‖O‖² is the sum of nine squares between 0.68² and 1.13².
      #expect(expected.norm > 0.68 * 3 && expected.norm < 1.14 * 3)
    }
  }

  @Test func `each of them gets far down a quadratic, and goes on from any iteration with the same bits`() {
    let f = function(seed: 5)
    let pool = WorkerPool(threadCount: 1)
    let factors = start.map { _ in 1.0 }
    expectDescent(f) {
      SOAP(start: $0, settings: settings(rate: 0.1), factors: factors, matrices: [matrix], pool: pool)
    }
    expectDescent(f) {
      Muon(start: $0, settings: settings(rate: 0.1), factors: factors, matrices: [matrix], pool: pool)
    }
    expectDescent(f) {
      Adam(start: $0, settings: settings(weightDecay: 1e-3, rate: 0.1), factors: factors, matrices: [matrix])
    }
  }

  private func expectDescent<Method: Optimizer>(_ f: TestFunction, _ make: ([Double]) -> Method) {
    var optimizer = make(start)
    var memories: [[String: [Double]]] = []
    for _ in 0..<80 {
      memories.append(optimizer.memory)
      _ = optimizer.step(f)
    }
    var gradient = start
    let (first, last) = (f.value(start, gradient: &gradient), f.value(optimizer.x, gradient: &gradient))
    #expect(last < 0.5 * first, "\(Method.self): \(first), \(last)")
    for split in [0, 1, 2, 7, 40] {
      var restored = make(start.map { _ in 0 })
      restored.restore(memories[split])
      for iteration in split..<80 {
        #expect(restored.memory == memories[iteration], "\(Method.self) from \(split)")
        _ = restored.step(f)
      }
      #expect(restored.x == optimizer.x)
    }
  }
}

/// A matrix by the textbook.
private struct Small {
  var rows: Int
  var columns: Int
  var numbers: [Double]

  init(_ rows: Int, _ columns: Int, _ numbers: [Double]) {
    (self.rows, self.columns, self.numbers) = (rows, columns, numbers)
  }

  init(identity n: Int) { self.init(n, n, (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }) }

  subscript(i: Int, j: Int) -> Double {
    get { numbers[i * columns + j] }
    set { numbers[i * columns + j] = newValue }
  }
  var transposed: Small {
    Small(columns, rows, (0..<rows * columns).map { self[$0 % rows, $0 / rows] })
  }
  var norm: Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  func scaled(_ s: Double) -> Small { Small(rows, columns, numbers.map { s * $0 }) }
  func times(_ b: Small) -> Small {
    Small(
      rows, b.columns,
      (0..<rows * b.columns).map { place in
        (0..<columns).reduce(0) { $0 + self[place / b.columns, $1] * b[$1, place % b.columns] }
      })
  }

  /// Columns made orthonormal one after the other, twice each (Gram and Schmidt); signs as reflections give them do not
  /// matter to SOAP, whose step does not change with the sign of an eigenvector.
  var orthonormal: Small {
    var q = self
    for j in 0..<columns {
      for _ in 0..<2 {
        for i in 0..<j {
          let overlap = (0..<rows).reduce(0) { $0 + q[$1, i] * q[$1, j] }
          for k in 0..<rows { q[k, j] -= overlap * q[k, i] }
        }
      }
      let length = (0..<rows).reduce(0) { $0 + q[$1, j] * q[$1, j] }.squareRoot()
      for k in 0..<rows { q[k, j] /= length }
    }
    return q
  }
}

private struct PlainSOAP {
  var left: Small
  var right: Small
  var leftBasis: Small
  var rightBasis: Small
  var first: Small
  var second: Small

  init(rows: Int, columns: Int) {
    left = Small(identity: rows).scaled(0)
    right = Small(identity: columns).scaled(0)
    leftBasis = Small(identity: rows)
    rightBasis = Small(identity: columns)
    first = Small(rows, columns, [Double](repeating: 0, count: rows * columns))
    second = first
  }

  mutating func direction(
    _ gradient: [Double], iteration: Int, beta1: Double, beta2: Double, epsilon: Double, every: Int
  ) -> [Double] {
    let g = Small(first.rows, first.columns, gradient)
    func mean(_ a: Small, _ b: Small, _ beta: Double) -> Small {
      Small(a.rows, a.columns, zip(a.numbers, b.numbers).map { beta * $0 + (1 - beta) * $1 })
    }
    left = mean(left, g.times(g.transposed), beta2)
    right = mean(right, g.transposed.times(g), beta2)
    first = mean(first, g, beta1)
    for _ in 0..<(iteration == 1 ? 10 : (iteration - 1) % every == 0 ? 1 : 0) {
      leftBasis = left.times(leftBasis).orthonormal
      rightBasis = right.times(rightBasis).orthonormal
    }
    func rotated(_ a: Small) -> Small { leftBasis.transposed.times(a).times(rightBasis) }
    second = mean(second, Small(g.rows, g.columns, rotated(g).numbers.map { $0 * $0 }), beta2)
    let (c1, c2) = (1 - pow(beta1, Double(iteration)), 1 - pow(beta2, Double(iteration)))
    let turned = zip(rotated(first).numbers, second.numbers).map { $0 / c1 / (($1 / c2).squareRoot() + epsilon) }
    return leftBasis.times(Small(g.rows, g.columns, turned)).times(rightBasis.transposed).numbers
  }
}

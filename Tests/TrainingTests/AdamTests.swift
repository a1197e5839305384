import Foundation
import Testing
import Training

@Suite struct AdamTests {
  private func settings(_ schedule: Schedule? = nil) -> AdamSettings {
    AdamSettings(
      learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-6,
      schedule: schedule ?? Schedule(kind: .exponential, rate: 0.5, steps: 10, iterations: 100))
  }

  @Test func `steps equal the published algorithm written out`() {
    let start = [-1.2, 1.0, 0.3]
    let factors = [1.0, 1, 0.25]
    var adam = Adam(start: start, settings: settings(), factors: factors)
    let function = rosenbrock()
    var (x, m, v) = (start, [0.0, 0, 0], [0.0, 0, 0])
    for k in 1...60 {
      var gradient = [0.0, 0, 0]
      let value = function.value(x, gradient: &gradient)
      let rate = 0.05 * pow(0.5, Double(k - 1) / 10)
      for i in x.indices {
        m[i] = 0.8 * m[i] + 0.2 * gradient[i]
        v[i] = 0.95 * v[i] + 0.05 * gradient[i] * gradient[i]
        let meanGradient = m[i] / (1 - pow(0.8, Double(k)))
        let meanSquare = v[i] / (1 - pow(0.95, Double(k)))
        x[i] -= factors[i] * rate * meanGradient / (meanSquare.squareRoot() + 1e-6)
      }
      let outcome = adam.step(function)
      #expect(outcome == .moved(length: rate))
      #expect(abs(adam.value - value) <= 1e-12 * value)
      for i in x.indices { #expect(abs(adam.x[i] - x[i]) < 1e-12) }
    }
  }

  @Test func `the first step has the length of the learning rate along every coordinate`() {
    var adam = Adam(start: [3, -4], settings: settings(), factors: [1, 1])
    _ = adam.step(quadratic(curvatures: [1, 1e4]))
    #expect(abs(adam.x[0] - 2.95) < 1e-6 || abs(adam.x[0] - 3.05) < 1e-6)
  }

  @Test func `memory taken at any iteration goes on with the same bits`() {
    let function = rosenbrock()
    var undisturbed = Adam(start: [-1.2, 1, 0.5], settings: settings(), factors: [1, 2, 3])
    var path: [[Double]] = []
    var memories: [[String: [Double]]] = []
    for _ in 0..<25 {
      memories.append(undisturbed.memory)
      _ = undisturbed.step(function)
      path.append(undisturbed.x)
    }
    for (split, memory) in memories.enumerated() {
      var restored = Adam(start: [0, 0, 0], settings: settings(), factors: [1, 2, 3])
      restored.restore(memory)
      for iteration in split..<25 {
        _ = restored.step(function)
        #expect(restored.x == path[iteration])
      }
    }
  }

  @Test func `a function that is not finite ends the walk and moves nothing`() {
    let function = TestFunction { x in x[0] < 2 ? (.nan, [1]) : (x[0] * x[0], [2 * x[0]]) }
    var adam = Adam(
      start: [2.12], settings: settings(Schedule(kind: .constant, rate: 1, steps: 1, iterations: 9)), factors: [1])
    var outcomes: [StepOutcome] = []
    for _ in 0..<4 { outcomes.append(adam.step(function)) }
    #expect(outcomes == [.moved(length: 0.05), .moved(length: 0.05), .moved(length: 0.05), .nonFinite])
    let x = adam.x
    #expect(adam.step(function) == .nonFinite)
    #expect(adam.x == x)
    var second = Adam(start: [1], settings: settings(), factors: [1])
    #expect(second.step(TestFunction { _ in (1, [.infinity]) }) == .nonFinite)
    #expect(second.x == [1])
  }
}

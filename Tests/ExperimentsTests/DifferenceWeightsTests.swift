import Experiments
import TestSupport
import Testing

@Suite struct DifferenceWeightsTests {
  @Test func `five even places give the central differences of the textbook`() {
    let h = 0.1
    let places = (-2...2).map { 1 + h * Double($0) }
    let found = DifferenceWeights(places: places, at: 1, degree: 4, highest: 3).weights
    let known: [[Double]] = [
      [0, 0, 1, 0, 0], [1, -8, 0, 8, -1].map { $0 / (12 * h) }, [-1, 16, -30, 16, -1].map { $0 / (12 * h * h) },
      [-1, 2, 0, -2, 1].map { $0 / (2 * h * h * h) },
    ]
    for (order, weights) in known.enumerated() {
      // Rounding, of weights that grow with the order.
      let tolerance = 1e-13 * weights.reduce(1) { max($0, $1.magnitude) }
      for (a, b) in zip(found[order], weights) { #expect(abs(a - b) < tolerance, "order \(order)") }
    }
  }

  @Test func `seven places smooth with the weights of Savitzky and Golay`() {
    let places = (-3...3).map(Double.init)
    let found = DifferenceWeights(places: places, at: 0, degree: 2, highest: 1).weights
    for (a, b) in zip(found[0], [-2, 3, 6, 7, 6, 3, -2] as [Double]) { #expect(abs(a - b / 21) < 1e-14) }
    for (a, b) in zip(found[1], places) { #expect(abs(a - b / 28) < 1e-14) }
  }

  @Test(arguments: [(5, 4), (9, 4), (12, 6), (3, 2)])
  func `polynomials of the degree are derived exactly at uneven places`(window: Int, degree: Int) {
    var random = SeededNumbers(seed: 9)
    let places = random.array(window, -1...1).sorted()
    let coefficients = random.array(degree + 1)
    let point = 0.3
    func value(_ x: Double, _ derivative: Int) -> Double {
      (derivative...degree).reduce(0) { sum, power in
        let factor = (0..<derivative).reduce(1.0) { $0 * Double(power - $1) }
        return sum + coefficients[power] * factor * (0..<(power - derivative)).reduce(1.0) { product, _ in product * x }
      }
    }
    let weights = DifferenceWeights(places: places, at: point, degree: degree, highest: degree).weights
    for order in 0...degree {
      let sum = zip(weights[order], places).reduce(0) { $0 + $1.0 * value($1.1, 0) }
      let size = weights[order].reduce(0) { $0 + $1.magnitude }
      #expect(abs(sum - value(point, order)) < 1e-12 * max(1, size), "order \(order)")
    }
  }
}

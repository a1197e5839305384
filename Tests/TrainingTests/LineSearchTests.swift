import Foundation
import Kernels
import Testing
import Training

@Suite struct LineSearchTests {
  /// A random smooth function of one variable that falls at 0 and is bounded below, with its derivative.
  private func randomFunction(_ number: Int) -> (Double) -> (value: Double, slope: Double) {
    let stream = RandomStream(seed: 17, purpose: "line search", index: number)
    let scale = exp(12 * (stream.uniform(at: 0) - 0.5))
    let amplitude = stream.uniform(at: 1)
    let waves = (0..<3).map { k in
      (amplitude * stream.uniform(at: UInt64(10 + k)), 1 + 8 * stream.uniform(at: UInt64(20 + k)))
    }
    // (x − 1)²/2 + Σ a sin(w x), stretched; mirrored where it does not fall at 0.
    func plain(_ x: Double) -> (value: Double, slope: Double) {
      waves.reduce((0.5 * (x - 1) * (x - 1), x - 1)) {
        ($0.0 + $1.0 * sin($1.1 * x), $0.1 + $1.0 * $1.1 * cos($1.1 * x))
      }
    }
    let sign = plain(0).slope < 0 ? 1.0 : -1
    return { step in
      let (value, slope) = plain(sign * step * scale)
      return (value, sign * scale * slope)
    }
  }

  @Test func `accepted steps fulfil the strong Wolfe conditions`() {
    let search = LineSearch()
    for number in 0..<2000 {
      let function = randomFunction(number)
      let start = function(0)
      var evaluations = 0
      let found = search.search(value: start.value, slope: start.slope, firstStep: 1) { step in
        evaluations += 1
        #expect(step > 0)
        let (value, slope) = function(step)
        return LineSearch.Trial(step: step, value: value, slope: slope)
      }
      guard let found else {
        Issue.record("function \(number): nothing found")
        continue
      }
      #expect(evaluations <= search.mostEvaluations)
      let exact = function(found.step)
      #expect(found.value == exact.value && found.slope == exact.slope)
      let isStrong =
        found.value <= start.value + search.c1 * found.step * start.slope
        && abs(found.slope) <= search.c2 * abs(start.slope)
      let isApproximate =
        found.value <= start.value + search.roundingError * abs(start.value)
        && (2 * search.c1 - 1) * start.slope >= found.slope && found.slope >= search.c2 * start.slope
      #expect(isStrong || isApproximate, "function \(number)")
    }
  }

  @Test func `walls close and far are backed away from`() {
    for exponent in -12...3 {
      let wall = pow(10, Double(exponent))
      let found = LineSearch().search(value: 1, slope: -1, firstStep: 1) { step in
        step >= wall
          ? LineSearch.Trial(step: step, value: .nan, slope: .nan)
          : LineSearch.Trial(step: step, value: 1 - step + step * step / wall, slope: -1 + 2 * step / wall)
      }
      #expect(found.map { $0.step > 0 && $0.step < wall && $0.value < 1 } == true, "wall at \(wall)")
    }
  }

  @Test func `a function that falls all along yields its farthest trial`() {
    let found = LineSearch().search(value: 0, slope: -1, firstStep: 1) { step in
      LineSearch.Trial(step: step, value: -step, slope: -1)
    }
    #expect(found.map { $0.step > 1e6 } == true)
  }

  @Test func `a function that only rises yields nothing`() {
    let found = LineSearch().search(value: 0, slope: -1, firstStep: 1) { step in
      LineSearch.Trial(step: step, value: step, slope: 1)
    }
    #expect(found == nil)
  }

  @Test func `close to a minimum slopes decide where values are equal`() {
    // Values carry a rounding error that hides the decrease of 1e-20.
    let found = LineSearch().search(value: 1, slope: -1e-10, firstStep: 1e-10) { step in
      LineSearch.Trial(step: step, value: 1, slope: -1e-10 + step)
    }
    #expect(found.map { abs($0.slope) <= 0.9e-10 } == true)
  }
}

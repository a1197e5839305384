import Problems
import TestSupport
import Testing
import Training

@Suite struct MethodChoiceTests {
  private func choice(_ parameters: Int, _ residuals: Int, stop: StopRule = StopRule(), dataResiduals: Int? = nil)
    -> MethodChoice
  {
    let adam = AdamSettings(
      learningRate: 2e-3, schedule: Schedule(kind: .constant, rate: 1, steps: 1, iterations: 1000))
    let phase = PhaseSettings(method: .auto, iterations: 1000, adam: adam, stop: stop)
    return MethodChoice(auto: phase, parameters: parameters, residuals: residuals, dataResiduals: dataResiduals)
  }

  @Test func `Gauss-Newton is chosen where a step is affordable`() {
    for (parameters, residuals) in [(921, 4000), (2209, 258), (3000, 4000), (1, 1), (100_000, 300)] {
      let found = choice(parameters, residuals)
      #expect(found.phases.map(\.method) == [.gaussNewton], "\(parameters), \(residuals)")
      #expect(found.phases[0].iterations == 1000 && found.phases[0].stop.change == 0.1)
      #expect(found.reason.contains("\(parameters) parameters, \(residuals) residuals"))
    }
  }

  @Test func `where it is not, Adam and L-BFGS follow each other, and the reason is told`() {
    let cases = [
      (8000, 20_000, "thousand million multiply-adds"), (30_000, 25_000, "at most 20000 parameters or residuals"),
      (100_000_000, 300, "Jacobian of 300 residuals"),
    ]
    for (parameters, residuals, reason) in cases {
      let found = choice(parameters, residuals)
      #expect(found.phases.map(\.method) == [.adam, .lbfgs])
      #expect(found.phases.map(\.iterations) == [500, 5000])
      #expect(found.phases[1].stop == StopRule())
      #expect(found.reason.contains(reason), "\(found.reason)")
    }
  }

  @Test func `estimates from data end with heavier equations`() {
    for (parameters, methods) in [(921, [OptimizerMethod.gaussNewton]), (30_000, [.adam, .lbfgs])] {
      let found = choice(parameters, 25_000 - 20_000 * (methods.count % 2), dataResiduals: 40)
      #expect(found.phases.map(\.method) == methods + [OptimizerMethod](repeating: methods.last!, count: 4))
      #expect(found.phases.map(\.physics).suffix(5) == [1, 1e2, 1e4, 1e6, 1e8])
      #expect(found.phases.map(\.isForNoise).suffix(5) == [false, true, true, true, true])
      // χ² of 40 residuals is about 40 where the loss is explained to its noise.
      #expect(found.phases.last?.stop.change == 0.02 / 40)
    }
  }

  @Test func `what violated equations are worth is N times their part of the loss over that of the data`() {
    let terms = [
      Term(name: "equation", kind: .equation), Term(name: "walls", kind: .condition),
      Term(name: "samples", kind: .data, noise: .unknown(negligible: 1e-3)),
      Term(name: "known", kind: .data, noise: .unit(typical: 1)), Term(name: "prior", kind: .prior),
    ]
    func misfit(_ weights: [Double], _ values: [Double]) -> PhysicsMisfit {
      PhysicsMisfit(terms: terms, counts: [100, 20, 30, 10, 1], weights: weights, values: values)
    }
    // (10 · 2 + 1 · 3)/(4 · 0.5 + 2 · 7) · 40
    #expect(abs(misfit([10, 1, 4, 2, 1], [2, 3, 0.5, 7, 9]).chiSquare - 23 / 16.0 * 40) < 1e-12)
    // A fit closer than a known noise counts as the noise.
    #expect(abs(misfit([10, 1, 4, 2, 1], [2, 3, 0.5, 0.1, 9]).chiSquare - 23 / 4.0 * 40) < 1e-12)
    #expect(misfit([10, 1, 4, 0, 1], [2, 3, 0.9e-3, 7, 9]).hasNoise == false)
    #expect(misfit([10, 1, 4, 0, 1], [2, 3, 0.9e-3, 7, 9]).chiSquare == 0)
    #expect(misfit([0, 0, 4, 2, 1], [2, 3, 0.5, 7, 9]).chiSquare == 0)
    // Once equations are made heavier in any case; then it must have fallen below 0.1, or have grown with the weights.
    let small = misfit([0.01, 0, 4, 2, 1], [2, 3, 0.5, 7, 9])
    #expect(abs(small.chiSquare - 0.05) < 1e-12)
    #expect(small.reasonToLeaveOut(before: []) == nil)
    #expect(small.reasonToLeaveOut(before: [0.04]) == nil)
    #expect(small.reasonToLeaveOut(before: [4]) == "violated equations move estimates by at most 0.22 standard errors")
    let large = misfit([1, 0, 4, 2, 1], [2, 3, 0.5, 7, 9])
    #expect(large.reasonToLeaveOut(before: [6]) == nil && large.reasonToLeaveOut(before: [1, 6]) == nil)
    // It may stand still while noise is driven out of one direction after the other.
    #expect(large.reasonToLeaveOut(before: [1, 0.6]) == nil)
    #expect(large.reasonToLeaveOut(before: [1, 0.4])?.hasPrefix("heavier equations are not met better") == true)
  }

  @Test func `rules of the phase stay`() {
    let stop = StopRule(loss: 1e-3, change: 0)
    #expect(choice(10, 10, stop: stop).phases[0].stop == stop)
  }
}

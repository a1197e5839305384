import TestSupport
import Testing
import Training

@Suite struct MethodChoiceTests {
  private func choice(_ parameters: Int, _ residuals: Int, stop: StopRule = StopRule()) -> MethodChoice {
    let adam = AdamSettings(
      learningRate: 2e-3, schedule: Schedule(kind: .constant, rate: 1, steps: 1, iterations: 1000))
    let phase = PhaseSettings(method: .auto, iterations: 1000, adam: adam, stop: stop)
    return MethodChoice(auto: phase, parameters: parameters, residuals: residuals)
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

  @Test func `rules of the phase stay`() {
    let stop = StopRule(loss: 1e-3, change: 0)
    #expect(choice(10, 10, stop: stop).phases[0].stop == stop)
  }
}

import Foundation
import Testing
import Training

@Suite struct ScheduleTests {
  private func factor(_ kind: ScheduleKind, rate: Double, steps: Int, _ k: Int) -> Double {
    Schedule(kind: kind, rate: rate, steps: steps, iterations: 400).factor(iteration: k)
  }

  @Test(arguments: [0, 1, 7, 100, 399, 400, 1000])
  func `factors have their closed forms`(_ k: Int) {
    #expect(factor(.constant, rate: 0.3, steps: 5, k) == 1)
    #expect(abs(factor(.exponential, rate: 0.9, steps: 20, k) - exp(log(0.9) * Double(k) / 20)) < 1e-14)
    #expect(factor(.inverseTime, rate: 2, steps: 50, k) == 1 / (1 + 2 * Double(k) / 50))
    let turned = k >= 400 ? 0.1 : 0.1 + 0.45 * (1 + cos(Double.pi * Double(k) / 400))
    #expect(abs(factor(.cosine, rate: 0.1, steps: 1, k) - turned) < 1e-15)
  }

  @Test(arguments: ScheduleKind.allCases)
  func `every schedule begins at one and never rises`(_ kind: ScheduleKind) {
    let schedule = Schedule(
      kind: kind, rate: kind.defaultRate, steps: kind.defaultSteps(iterations: 300), iterations: 300)
    #expect(abs(schedule.factor(iteration: 0) - 1) < 1e-15)
    for k in 0..<400 { #expect(schedule.factor(iteration: k + 1) <= schedule.factor(iteration: k)) }
    #expect(!kind.summary.isEmpty)
  }

  @Test func `a phase of one iteration has a schedule`() {
    for kind in ScheduleKind.allCases {
      let schedule = Schedule(
        kind: kind, rate: kind.defaultRate, steps: kind.defaultSteps(iterations: 1), iterations: 1)
      #expect(schedule.factor(iteration: 0) == 1)
      #expect(schedule.factor(iteration: 1).isFinite)
    }
  }
}

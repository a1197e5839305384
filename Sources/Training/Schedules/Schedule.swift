#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

package enum ScheduleKind: String, Sendable, CaseIterable {
  case constant
  /// rate^(k/steps)
  case exponential
  /// 1/(1 + rate·k/steps)
  case inverseTime = "inverse-time"
  /// from 1 to `rate` along half a cosine over the iterations of the phase
  case cosine

  package var summary: String {
    switch self {
    case .constant: "the learning rate stays as it is"
    case .exponential: "times rate^(k/steps)"
    case .inverseTime: "times 1/(1 + rate·k/steps)"
    case .cosine: "falls to rate times its start along half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983)"
    }
  }

  package var defaultRate: Double {
    switch self {
    case .constant, .inverseTime: 1
    case .exponential: 0.9
    case .cosine: 0.01
    }
  }

  package func defaultSteps(iterations: Int) -> Int {
    switch self {
    case .exponential: max(1, iterations / 100)
    case .inverseTime: max(1, iterations / 10)
    case .constant, .cosine: iterations
    }
  }
}

/// The factor on a learning rate after k iterations of a phase.
package struct Schedule: Sendable, Equatable {
  package var kind: ScheduleKind
  package var rate: Double
  package var steps: Int
  /// The iterations of the phase.
  package var iterations: Int

  package init(kind: ScheduleKind, rate: Double, steps: Int, iterations: Int) {
    self.kind = kind
    self.rate = rate
    self.steps = steps
    self.iterations = iterations
  }

  package func factor(iteration k: Int) -> Double {
    let progress = Double(k) / Double(max(1, steps))
    switch kind {
    case .constant: return 1
    case .exponential: return pow(rate, progress)
    case .inverseTime: return 1 / (1 + rate * progress)
    case .cosine:
      let turn = min(1, Double(k) / Double(max(1, iterations)))
      return rate + (1 - rate) * 0.5 * (1 + cos(.pi * turn))
    }
  }
}

package import Kernels

/// How the weights of terms follow the training.
package struct BalanceSettings: Sendable, Equatable {
  /// The name of a `LossBalance`; "none" for weights that stay.
  package var method: String
  /// Iterations between two looks.
  package var every: Int
  /// Share of the old factors that is kept at each look.
  package var memory: Double

  package init(method: String = "none", every: Int = 100, memory: Double = 0.9) {
    self.method = method
    self.every = every
    self.memory = memory
  }
}

/// What factors are made from, for the terms that take part: those of positive weight that are mean squares.
package struct BalanceLook {
  /// w_k L_k: weighted values of the terms now.
  package var values: [Double]
  /// The same at the first look and at the last.
  package var firstValues: [Double]
  package var lastValues: [Double]
  /// ‖∇(w_k L_k)‖, if the method asks for it.
  package var gradientNorms: [Double] = []
  /// w_k/N_k Σ ‖∇r‖², the trace of the tangent kernel, if the method asks for it.
  package var traces: [Double] = []
  /// The number of the look, from 0.
  package var number: Int
  /// The factors of the last look; 1 at first.
  package var factors: [Double]
  package var memory: Double
  package var stream: RandomStream

  package init(
    values: [Double], firstValues: [Double], lastValues: [Double], number: Int, factors: [Double], memory: Double,
    stream: RandomStream
  ) {
    self.values = values
    self.firstValues = firstValues
    self.lastValues = lastValues
    self.number = number
    self.factors = factors
    self.memory = memory
    self.stream = stream
  }

  /// Targets mixed with the factors of the last look; at the first look the targets themselves.
  func mixed(_ targets: [Double]) -> [Double] {
    number == 0 ? targets : zip(factors, targets).map { memory * $0 + (1 - memory) * $1 }
  }
}

/// A rule for factors λ_k on the weights of terms, L = Σ λ_k w_k L_k.
///
/// A member of the family is one file and one line in `balanceCatalogue`. The factors are numbers and not differentiated:
/// the loss stays a sum of squares.
package protocol LossBalance: Sendable {
  /// What the user calls it.
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }
  static var need: BalanceNeed { get }

  /// The factors of this look; nil for those of the last.
  static func factors(_ look: BalanceLook) -> [Double]?
}

/// What a rule looks at besides the values of terms.
package enum BalanceNeed: Sendable {
  case values, gradients, traces
}

/// All rules, in the order in which they are listed.
package let balanceCatalogue: [any LossBalance.Type] = [
  ScaleBalance.self,
  GradientBalance.self,
  KernelBalance.self,
  RelativeBalance.self,
  RateBalance.self,
]

package func balance(named name: String) -> (any LossBalance.Type)? { balanceCatalogue.first { $0.name == name } }

/// Σ a / a_k, so that all λ_k a_k are equal; 1 where a_k says nothing.
func inverseShares(_ sizes: [Double]) -> [Double] {
  let good = sizes.filter { $0 > 0 && $0.isFinite }
  let sum = good.reduce(0, +)
  // A term that has all but vanished would have all the weight: no more than a million times the least.
  let largest = good.max() ?? 1
  return sizes.map { $0 > 0 && $0.isFinite ? sum / max($0, 1e-6 * largest) : Double(sizes.count) }
}

import Kernels
import LinearAlgebra
import Problems

/// The factors on the weights of terms, and what the next ones depend on.
struct Balancing {
  private let settings: BalanceSettings
  private let method: any LossBalance.Type
  private let stream: RandomStream
  /// One for every term; 1 for those that take no part.
  private(set) var factors: [Double]
  private var looks = 0
  private var lastIteration = -1
  private var firstValues: [Double] = []
  private var lastValues: [Double] = []

  /// The most points of a set whose derivatives make the trace of the tangent kernel.
  private static let tracePoints = 100

  init?(_ settings: BalanceSettings, terms: Int, seed: UInt64) {
    guard let method = balance(named: settings.method) else { return nil }
    self.settings = settings
    self.method = method
    stream = RandomStream(seed: seed, purpose: "balance")
    factors = [Double](repeating: 1, count: terms)
  }

  func isDue(_ iteration: Int) -> Bool { iteration % settings.every == 0 && iteration != lastIteration }

  /// Looks at the terms at θ and sets the factors.
  ///
  /// - Parameters: `weights` are those of the terms without factors.
  mutating func look(
    _ loss: LossTerms, weights: [Double], theta: [Double], iteration: Int, objective make: (LossTerms) -> Objective
  ) {
    lastIteration = iteration
    let taking = loss.terms.indices.filter {
      loss.terms[$0].kind != .energy && !loss.terms[$0].isConstraint && weights[$0] > 0
    }
    let objective = make(loss)
    let values = objective.termValues(theta)
    guard taking.count > 1, taking.allSatisfy({ values[$0].isFinite }) else { return }
    let weighted = taking.map { weights[$0] * values[$0] }
    if looks == 0 { (firstValues, lastValues) = (weighted, weighted) }
    // Terms may be switched on and off from phase to phase.
    if lastValues.count != weighted.count { (firstValues, lastValues) = (weighted, weighted) }
    var look = BalanceLook(
      values: weighted, firstValues: firstValues, lastValues: lastValues, number: looks,
      factors: taking.map { factors[$0] }, memory: settings.memory, stream: stream)
    switch method.need {
    case .values: break
    case .gradients:
      var gradient = [Double](repeating: 0, count: theta.count)
      look.gradientNorms = taking.map { term in
        objective.weights = Balancing.only(term, weights)
        _ = objective.termValues(theta, gradient: &gradient)
        return norm(gradient)
      }
    case .traces: look.traces = Balancing.traces(loss, taking, weights: weights, theta: theta, objective: make)
    }
    if let found = method.factors(look) {
      for (place, term) in taking.enumerated() where found[place].isFinite && found[place] > 0 {
        factors[term] = found[place]
      }
    }
    lastValues = weighted
    looks += 1
  }

  private static func only(_ term: Int, _ weights: [Double]) -> [Double] {
    weights.indices.map { $0 == term ? weights[$0] : 0 }
  }

  /// w_k/N_k Σ ‖∂r/∂θ‖² over some points of each set: the first of an even sample are one.
  private static func traces(
    _ loss: LossTerms, _ terms: [Int], weights: [Double], theta: [Double], objective make: (LossTerms) -> Objective
  ) -> [Double] {
    var sample = loss
    sample.pointSets = loss.pointSets.map { set in
      set.groupSize == 1 && set.count > tracePoints ? set.selecting(Array(0..<tracePoints)) : set
    }
    let objective = make(sample)
    let equations = NormalEquations(objective)
    return terms.map { term in
      objective.weights = only(term, weights)
      objective.sumSquares(theta, into: equations)
      return (0..<equations.order).reduce(0) { $0 + equations.matrix[$1, $1] }
    }
  }

  var memory: [String: [Double]] {
    [
      "balance.factors": factors, "balance.first": firstValues, "balance.last": lastValues,
      "balance.looks": [Double(looks), Double(lastIteration)],
    ]
  }

  mutating func restore(_ memory: [String: [Double]]) {
    if let saved = memory["balance.factors"], saved.count == factors.count { factors = saved }
    firstValues = memory["balance.first"] ?? firstValues
    lastValues = memory["balance.last"] ?? lastValues
    if let numbers = memory["balance.looks"], numbers.count == 2 {
      (looks, lastIteration) = (Int(numbers[0]), Int(numbers[1]))
    }
  }
}

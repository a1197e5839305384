package import Kernels
package import Problems

extension TrainingSetup {
  /// Gauss-Newton steps from `start` until the loss hardly falls, with the unknowns held, on some of the terms.
  ///
  /// - Parameters:
  ///   - holdsUnknowns: whether the unknowns stay as they are.
  ///   - takesPart: which terms count, with their weights.
  /// - Returns: the parameters, and the loss at the start and there.
  /// - Precondition: `GaussNewton.obstacle` has none for these terms, and none of them is an energy.
  package func solved(
    from start: [Double], holdsUnknowns: Bool, mostSteps: Int, pool: WorkerPool, takesPart: (Term) -> Bool
  ) -> (parameters: [Double], startLoss: Double, loss: Double) {
    let terms = loss.selecting { takesPart($0) }
    let objective = Objective(terms.loss, networks: networks, layout: layout, pool: pool)
    objective.weights = terms.numbers.map { weights[$0] }
    let weighted = WeightedLoss(objective: objective, heldFrom: holdsUnknowns ? layout.unknownOffset : nil)
    var optimizer = GaussNewton(
      start: start, freeCount: holdsUnknowns ? layout.unknownOffset : layout.count, pool: pool)
    var values = [objective.total(objective.termValues(start))]
    loop: for _ in 0..<mostSteps {
      switch optimizer.step(weighted) {
      case .moved: values.append(optimizer.value)
      case .lineSearchFailed, .nonFinite: break loop
      }
      let window = TrainingSetup.window
      if optimizer.value <= TrainingSetup.solvedRatio * values[0] { break }
      if values.count > window,
        values[values.count - 1] > (1 - MethodChoice.leastChange) * values[values.count - 1 - window]
      {
        break
      }
    }
    return (optimizer.x, values[0], values[values.count - 1])
  }

  private static let window = 6
  /// A loss that has fallen so far gains nothing more. Sensitivities ask for more than the solution does: after a fall to
  /// 1e-10 alone, the error of a time of arrival that few samples see was a sixth too small.
  private static let solvedRatio = 1e-16
}

extension LossTerms {
  /// Some of the terms with the point sets that belong to them alone, and their numbers here.
  package func selecting(_ isWanted: (Term) -> Bool) -> (loss: LossTerms, numbers: [Int]) {
    let numbers = terms.indices.filter { isWanted(terms[$0]) }
    var selected = LossTerms(terms: numbers.map { terms[$0] })
    for var set in pointSets where set.terms.allSatisfy({ numbers.contains($0) }) {
      set.terms = set.terms.map { numbers.firstIndex(of: $0) ?? 0 }
      selected.pointSets.append(set)
    }
    return (selected, numbers)
  }
}

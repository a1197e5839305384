import Autodiff
import KernelInterface
package import Kernels
package import LinearAlgebra
package import Problems

/// The loss of a phase as an optimizer sees it: an objective, or mini-batches of it, with some parameters held.
package final class WeightedLoss: DifferentiableFunction {
  private let objective: Objective
  /// First place of the parameters that are held; nil where all move.
  private let heldFrom: Int?
  private let batches: BatchLoader?
  /// The terms at the last evaluation, without weights.
  package private(set) var termValues: [Double]

  package init(objective: Objective, heldFrom: Int?, batches: BatchLoader? = nil) {
    self.objective = objective
    self.heldFrom = heldFrom
    self.batches = batches
    termValues = [Double](repeating: .nan, count: objective.terms.count)
  }

  /// The weights of the terms.
  package var weights: [Double] {
    get { objective.weights }
    set { objective.weights = newValue }
  }

  package func value(_ x: [Double], gradient: inout [Double]) -> Double {
    objective.evaluate(x, values: &termValues, gradient: &gradient)
    if let heldFrom {
      for place in heldFrom..<gradient.count { gradient[place] = 0 }
    }
    return objective.total(termValues)
  }

  /// What the sums of squares are made in, from the first time they are asked for.
  private var equations: NormalEquations?

  /// Takes the columns of point sets whose points are the same as before.
  func takeColumns(of loss: LossTerms, sets: [Int]) {
    for number in sets where batches?.take(loss.pointSets[number], as: number) != true {
      objective.load(pointSet: number, sites: loss.pointSets[number].sites, columns: loss.pointSets[number].known)
    }
  }

  /// Loads the points of mini-batch number `iteration`; nothing where all points are used.
  func prepare(iteration: Int) { batches?.load(iteration: iteration, into: objective) }
}

extension WeightedLoss: SumOfSquares {
  package var squares: (any SumOfSquares)? { self }

  package var residualCount: Int { objective.residualCount }

  package func residuals(_ x: [Double], into residuals: inout [Double]) -> Double {
    objective.evaluate(x, values: &termValues, residuals: &residuals)
    return objective.total(termValues)
  }

  private func equations(_ form: NormalEquations.Form) -> NormalEquations {
    let equations = self.equations ?? NormalEquations(objective, form: form)
    self.equations = equations
    return equations
  }

  package func sumSquares(_ x: [Double], form: NormalEquations.Form) -> SymmetricMatrix {
    let equations = equations(form)
    objective.sumSquares(x, into: equations)
    return equations.matrix
  }

  package func triangularize(_ x: [Double], form: NormalEquations.Form, into triangle: QRFactorization) {
    let equations = equations(form)
    objective.sumSquares(x, into: equations, summing: false)
    equations.factor(into: triangle)
  }

  package func keepsJacobian(form: NormalEquations.Form) -> Bool { equations(form).keepsRows }

  package func multiplyTransposed(by v: [Double], to result: inout [Double]) {
    guard let equations else { return }
    if case .products = equations.form {
      objective.multiplyTransposed(v, with: equations, to: &result)
    } else {
      equations.multiplyTransposed(by: v, to: &result)
    }
  }

  package func linearize(_ x: [Double], gradient: inout [Double]) -> Double {
    objective.linearize(x, into: equations(.products), gradient: &gradient)
  }

  package func multiplySquares(_ vectors: [Double], count: Int, to result: inout [Double]) {
    if let equations { objective.multiplySquares(vectors, count: count, with: equations, to: &result) }
  }
}

/// Mini-batches: each epoch visits the points of every set in a new random order, each at most once. Integrals, whose
/// points belong together, are in every batch as a whole.
///
/// Where the size of a batch does not divide the number of points, the last points of an epoch's order wait for another
/// epoch.
package final class BatchLoader {
  private var sets: [(number: Int, full: PointSet)]
  private let size: Int
  private let stream: RandomStream
  private var orders: [(epoch: Int, order: [Int])]

  package init(_ lossTerms: LossTerms, size: Int, stream: RandomStream) {
    let isEnergy = lossTerms.terms.map { $0.kind == .energy }
    let pointSets = lossTerms.pointSets
    sets = pointSets.enumerated().filter { BatchLoader.isDivided($0.element, isEnergy, size) }.map {
      ($0.offset, $0.element)
    }
    self.size = size
    self.stream = stream
    orders = sets.map { _ in (-1, []) }
  }

  /// The same residuals at no more than `size` points of each set: the objective that batches are loaded into.
  static func truncated(_ lossTerms: LossTerms, size: Int) -> LossTerms {
    var truncated = lossTerms
    let isEnergy = lossTerms.terms.map { $0.kind == .energy }
    truncated.pointSets = lossTerms.pointSets.map {
      isDivided($0, isEnergy, size) ? $0.selecting(Array(0..<size)) : $0
    }
    return truncated
  }

  private static func isDivided(_ set: PointSet, _ isEnergy: [Bool], _ size: Int) -> Bool {
    set.count > size && set.groupSize == 1 && !set.terms.contains { isEnergy[$0] }
  }

  /// Draws from a set of the same points from now on.
  ///
  /// - Returns: false where the set of that number is no larger than a batch.
  func take(_ set: PointSet, as number: Int) -> Bool {
    guard let place = sets.firstIndex(where: { $0.number == number }) else { return false }
    sets[place].full = set
    return true
  }

  /// The numbers of the points of mini-batch number `iteration`, for every set that is larger than a batch.
  package func points(iteration: Int) -> [(set: Int, points: [Int])] {
    var result: [(set: Int, points: [Int])] = []
    for (place, set) in sets.enumerated() {
      let perEpoch = max(1, set.full.count / size)
      let epoch = iteration / perEpoch
      if orders[place].epoch != epoch {
        let order = stream.substream("point set \(set.number)", index: epoch).permutation(set.full.count)
        orders[place] = (epoch, order)
      }
      let start = iteration % perEpoch * size
      result.append((set.number, Array(orders[place].order[start..<start + size])))
    }
    return result
  }

  func load(iteration: Int, into objective: Objective) {
    for ((number, points), (_, full)) in zip(points(iteration: iteration), sets) {
      let selected = full.selecting(points)
      objective.load(pointSet: number, sites: selected.sites, columns: selected.known)
    }
  }
}

import Kernels
import Problems

/// The points of the equations where they follow the residual: what was chosen last, for every point set.
struct AdaptedPoints {
  private let settings: RefinementSettings
  private let method: any PointRefinement.Type
  /// By the number of the point set.
  private var chosen: [Int: ChosenPoints] = [:]

  init?(_ settings: RefinementSettings?) {
    guard let settings, let method = refinement(named: settings.method) else { return nil }
    self.settings = settings
    self.method = method
  }

  /// Whether the points of a set follow the residual: those of equations do, conditions keep theirs.
  static func follows(_ set: PointSet, _ terms: [Term]) -> Bool {
    set.source != nil && set.groupSize == 1 && set.terms.allSatisfy { terms[$0].kind == .equation }
  }

  /// Chooses points by the residuals at θ and puts them into the loss.
  ///
  /// - Parameters: `draw` numbers the choice; `objective` makes what evaluates residuals.
  mutating func choose(
    _ loss: inout LossTerms, weights: [Double], theta: [Double], dimensions: Int, draw: Int,
    objective: (LossTerms) -> Objective
  ) {
    for number in loss.pointSets.indices where AdaptedPoints.follows(loss.pointSets[number], loss.terms) {
      let set = loss.pointSets[number]
      guard var source = set.source else { continue }
      source.count = settings.candidates * source.count
      source.sampler = UniformSampler()
      source.stream = source.stream.substream("candidates")
      let candidates = source.points(dimensions: dimensions, draw: draw).sites[0]
      func sizes(_ points: [[Double]]) -> [Double] {
        var part = set
        part.load(sites: [points], columns: [])
        return ResidualSizes(part, terms: loss.terms, objective: objective).at(theta, weights: weights)
      }
      let points = Array(set.sites[0])
      chosen[number] = method.choose(
        RefinementRound(
          points: points, residuals: sizes(points), candidates: candidates, candidateResiduals: sizes(candidates),
          settings: settings, stream: source.stream.substream("choice", index: draw)))
    }
    apply(to: &loss)
  }

  /// Puts the points that were chosen last into a loss.
  func apply(to loss: inout LossTerms) {
    for (number, points) in chosen where loss.pointSets.indices.contains(number) {
      loss.pointSets[number].load(sites: [points.points], columns: [])
      if let weights = points.weights, let column = loss.pointSets[number].adjustment.rootColumn {
        loss.pointSets[number].columns[column] = weights.map { $0.squareRoot() }
      }
    }
  }

  var memory: [String: [Double]] {
    var memory: [String: [Double]] = [:]
    for (number, points) in chosen {
      memory["points.\(number)"] = points.points.flatMap { $0 }
      memory["pointWeights.\(number)"] = points.weights
    }
    return memory
  }

  mutating func restore(_ memory: [String: [Double]], dimensions: Int) {
    chosen = [:]
    for (name, numbers) in memory where name.hasPrefix("points.") {
      guard let set = Int(name.dropFirst("points.".count)), numbers.count.isMultiple(of: max(1, dimensions)) else {
        continue
      }
      let count = numbers.count / max(1, dimensions)
      let points = (0..<dimensions).map { Array(numbers[$0 * count..<($0 + 1) * count]) }
      chosen[set] = ChosenPoints(points: points, weights: memory["pointWeights.\(set)"])
    }
  }
}

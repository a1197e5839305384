import Autodiff
import KernelInterface
import Kernels
import Problems

/// The loss of a phase as an optimizer sees it: an objective, or mini-batches of it, with some parameters held.
final class WeightedLoss: DifferentiableFunction {
  private let objective: Objective
  /// First place of the parameters that are held; nil where all move.
  private let heldFrom: Int?
  private let batches: BatchLoader?
  /// The terms at the last evaluation, without weights.
  private(set) var termValues: [Double]

  init(objective: Objective, heldFrom: Int?, batches: BatchLoader? = nil) {
    self.objective = objective
    self.heldFrom = heldFrom
    self.batches = batches
    termValues = [Double](repeating: .nan, count: objective.terms.count)
  }

  func value(_ x: [Double], gradient: inout [Double]) -> Double {
    termValues = objective.termValues(x, gradient: &gradient)
    if let heldFrom {
      for place in heldFrom..<gradient.count { gradient[place] = 0 }
    }
    return objective.total(termValues)
  }

  /// Loads the points of mini-batch number `iteration`; nothing where all points are used.
  func prepare(iteration: Int) { batches?.load(iteration: iteration, into: objective) }
}

/// Mini-batches: each epoch visits the points of every piece in a new random order.
final class BatchLoader {
  private let pieces: [(term: Int, piece: Int, full: TermPiece)]
  private let size: Int
  private let stream: RandomStream
  private var orders: [(epoch: Int, order: [Int])]

  init(terms: [Term], size: Int, stream: RandomStream) {
    pieces = terms.enumerated().flatMap { number, term in
      term.pieces.enumerated().filter { $0.element.count > size }.map { (number, $0.offset, $0.element) }
    }
    self.size = size
    self.stream = stream
    orders = pieces.map { _ in (-1, []) }
  }

  /// The terms with pieces of at most `size` points: the objective that batches are loaded into.
  static func truncated(_ terms: [Term], size: Int) -> [Term] {
    terms.map { term in
      var term = term
      term.pieces = term.pieces.map { $0.count > size ? $0.selecting(Array(0..<size)) : $0 }
      return term
    }
  }

  func load(iteration: Int, into objective: Objective) {
    for (number, item) in pieces.enumerated() {
      let perEpoch = max(1, item.full.count / size)
      let epoch = iteration / perEpoch
      if orders[number].epoch != epoch {
        let order = stream.substream("piece \(number)", index: epoch).permutation(item.full.count)
        orders[number] = (epoch, order)
      }
      let start = iteration % perEpoch * size
      let selected = item.full.selecting(Array(orders[number].order[start..<start + size]))
      objective.load(term: item.term, piece: item.piece, sites: selected.sites, columns: selected.columns)
    }
  }
}

extension TermPiece {
  /// The points with the given numbers.
  package func selecting(_ points: [Int]) -> TermPiece {
    var piece = self
    piece.sites = sites.map { $0.map { row in points.map { row[$0] } } }
    piece.columns = columns.map { row in points.map { row[$0] } }
    piece.source = nil
    return piece
  }
}

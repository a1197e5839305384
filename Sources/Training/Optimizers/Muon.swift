import KernelInterface
package import Kernels
import LinearAlgebra

/// Muon: steps of weight matrices along their momentum with all singular values made about equal; Adam for the rest.
///
///     M ← μM + (1 − μ)G,   W ← W − 0.2 η √max(m, n) O,   O ≈ UVᵀ of μM + (1 − μ)G = UΣVᵀ,
///
/// with UVᵀ by five iterations X ← aX + (bXXᵀ + c(XXᵀ)²)X from X/‖X‖, whose coefficients take small singular values
/// to between 0.7 and 1.2 fast, and never to 1. With the factor 0.2 √max(m, n) entries move as far as with Adam, so
/// that one learning rate serves for all. Matrices with fewer than eight rows or columns, as those of first and last
/// layers are, go by Adam.
///
/// - Source: Jordan et al. (2024), kellerjordan.github.io/posts/muon; the factor: Liu et al. (2025), arXiv:2502.16982.
package struct Muon: MomentOptimizer {
  package var moments: AdamMoments
  private let matrices: [OrthogonalizedMatrix]
  private let others: [Range<Int>]
  private let pool: WorkerPool

  private static let leastEdge = 8

  /// - Shapes: `factors` on the learning rate as `x`.
  package init(
    start x: [Double], settings: AdamSettings, factors: [Double], matrices: [WeightMatrix], pool: WorkerPool
  ) {
    moments = AdamMoments(start: x, settings: settings, factors: factors, matrices: matrices)
    let large = matrices.filter { min($0.rows, $0.columns) >= Muon.leastEdge }
    self.matrices = large.map { OrthogonalizedMatrix($0) }
    others = large.placesBetween(count: x.count)
    self.pool = pool
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard moments.begin(function) else { return .nonFinite }
    for places in others { moments.stepCoordinates(places) }
    for matrix in matrices { matrix.step(&moments, pool.kernels) }
    return .moved(length: moments.rate)
  }
}

/// A weight matrix and what its momentum is made orthogonal in.
private final class OrthogonalizedMatrix {
  private let matrix: WeightMatrix
  /// X, or its transpose where there are more rows than columns, and the transpose of that.
  private let (wide, tall): (PanelMatrix, PanelMatrix)
  private let (square, fourth): (PanelMatrix, PanelMatrix)
  private let next: PanelMatrix
  private var isTurned: Bool { matrix.rows > matrix.columns }

  private static let iterations = 5
  private static let (a, b, c) = (3.4445, -4.7750, 2.0315)
  private static let sizeOfAdam = 0.2

  init(_ matrix: WeightMatrix) {
    self.matrix = matrix
    let (few, many) = (min(matrix.rows, matrix.columns), max(matrix.rows, matrix.columns))
    wide = PanelMatrix(rows: few, columns: many)
    tall = PanelMatrix(rows: many, columns: few)
    square = PanelMatrix(rows: few, columns: few)
    fourth = PanelMatrix(rows: few, columns: few)
    next = PanelMatrix(rows: few, columns: many)
  }

  /// Moves the entries of the matrix. Hot path.
  func step(_ moments: inout AdamMoments, _ kernels: KernelTable) {
    let (offset, beta) = (matrix.offset, moments.settings.beta1)
    let x = isTurned ? tall : wide
    var squares = 0.0
    x.update { place, entry in
      entry = beta * moments.first[offset + place] + (1 - beta) * moments.gradient[offset + place]
      squares += entry * entry
    }
    guard squares > 0 else { return }
    let scale = 1 / squares.squareRoot()
    x.update { $1 *= scale }
    if isTurned { wide.setTranspose(of: tall) } else { tall.setTranspose(of: wide) }
    for iteration in 0..<Self.iterations {
      if iteration > 0 { tall.setTranspose(of: wide) }
      // XXᵀ and its square; the sum is symmetric.
      square.setProduct(transposed: tall, tall, kernels: kernels)
      fourth.setProduct(transposed: square, square, kernels: kernels)
      square.combine(with: fourth) { Self.b * $0 + Self.c * $1 }
      next.setProduct(transposed: square, wide, kernels: kernels)
      wide.combine(with: next) { Self.a * $0 + $1 }
    }
    if isTurned { tall.setTranspose(of: wide) }
    let length = Self.sizeOfAdam * moments.rate * Double(max(matrix.rows, matrix.columns)).squareRoot()
    x.update { place, step in moments.x[offset + place] -= length * moments.factors[offset + place] * step }
  }
}

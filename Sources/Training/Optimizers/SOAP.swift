import KernelInterface
package import Kernels
import LinearAlgebra

/// SOAP: Adam in the eigenbasis of Shampoo's preconditioner, for the weight matrices; Adam for all other parameters.
///
/// For the gradient G of a matrix W, with Q_L and Q_R the eigenvectors of
///
///     L ← β₂ L + (1 − β₂) GGᵀ,    R ← β₂ R + (1 − β₂) GᵀG,
///
/// both moments of Adam are taken in the rotated G' = Q_LᵀGQ_R, and the step is rotated back,
///
///     W ← W − η Q_L (Q_LᵀMQ_R/(1 − β₁ᵏ)) / (√(V/(1 − β₂ᵏ)) + ε) Q_Rᵀ.
///
/// The bases follow by one orthogonal iteration, Q ← QR(LQ), every so many steps. The first ones come of several from the
/// identity, where the authors' program takes an eigendecomposition and leaves out the first step.
///
/// - Complexity: for a matrix of m × n some 3 mn(m + n) multiply-adds a step.
/// - Source: Vyas et al. (2024), Algorithm 3, arXiv:2409.11321; for physics-informed networks: Wang et al. (2025),
///   arXiv:2502.00604.
package struct SOAP: MomentOptimizer {
  package var moments: AdamMoments
  private let bases: [RotatedMatrix]
  private let others: [Range<Int>]
  private let pool: WorkerPool

  /// - Shapes: `factors` on the learning rate as `x`.
  package init(
    start x: [Double], settings: AdamSettings, factors: [Double], matrices: [WeightMatrix], pool: WorkerPool
  ) {
    moments = AdamMoments(start: x, settings: settings, factors: factors, matrices: matrices)
    bases = matrices.map { RotatedMatrix($0) }
    others = matrices.placesBetween(count: x.count)
    self.pool = pool
  }

  package mutating func step(_ function: some DifferentiableFunction) -> StepOutcome {
    guard moments.begin(function) else { return .nonFinite }
    for places in others { moments.stepCoordinates(places) }
    let isFirst = moments.iteration == 1
    let refreshes = (moments.iteration - 1) % moments.settings.preconditionEvery == 0
    for basis in bases {
      basis.step(&moments, iterations: isFirst ? RotatedMatrix.firstIterations : refreshes ? 1 : 0, pool.kernels)
    }
    return .moved(length: moments.rate)
  }

  package var memory: [String: [Double]] {
    var memory = moments.memory
    for (number, basis) in bases.enumerated() {
      for (name, matrix) in basis.named { memory["\(name).\(number)"] = matrix.entries }
    }
    return memory
  }

  package mutating func restore(_ memory: [String: [Double]]) {
    moments.restore(memory)
    for (number, basis) in bases.enumerated() {
      for (name, matrix) in basis.named {
        if let entries = memory["\(name).\(number)"], entries.count == matrix.rowCount * matrix.columnCount {
          matrix.entries = entries
        }
      }
      basis.turn()
    }
  }
}

/// The preconditioner of a weight matrix.
private final class RotatedMatrix {
  /// Orthogonal iterations for the first bases.
  static let firstIterations = 10

  private let matrix: WeightMatrix
  private let (left, right): (PanelMatrix, PanelMatrix)
  /// Q_L and Q_R, and their transposes.
  private let (leftBasis, rightBasis): (PanelMatrix, PanelMatrix)
  private let (leftTransposed, rightTransposed): (PanelMatrix, PanelMatrix)
  // G, Gᵀ, products of half a rotation and of a whole one.
  private let (gradient, transposed): (PanelMatrix, PanelMatrix)
  private let (half, whole): (PanelMatrix, PanelMatrix)
  private let momentum: PanelMatrix
  private let (leftProduct, rightProduct): (PanelMatrix, PanelMatrix)
  private let scratch: UnsafeNumberBuffer

  init(_ matrix: WeightMatrix) {
    self.matrix = matrix
    let (m, n) = (matrix.rows, matrix.columns)
    func make(_ rows: Int, _ columns: Int) -> PanelMatrix { PanelMatrix(rows: rows, columns: columns) }
    (left, right) = (make(m, m), make(n, n))
    (leftBasis, rightBasis) = (make(m, m), make(n, n))
    (leftTransposed, rightTransposed) = (make(m, m), make(n, n))
    (gradient, transposed) = (make(m, n), make(n, m))
    (half, whole) = (make(n, m), make(m, n))
    momentum = make(m, n)
    (leftProduct, rightProduct) = (make(m, m), make(n, n))
    scratch = UnsafeNumberBuffer(count: 2 * max(m, n) * max(m, n))
    leftBasis.setIdentity()
    rightBasis.setIdentity()
    turn()
  }

  /// What has to be kept.
  var named: [(String, PanelMatrix)] {
    [("left", left), ("right", right), ("leftBasis", leftBasis), ("rightBasis", rightBasis)]
  }

  /// Makes the transposes of the bases.
  func turn() {
    leftTransposed.setTranspose(of: leftBasis)
    rightTransposed.setTranspose(of: rightBasis)
  }

  /// Takes up the gradient and moves the entries of the matrix. Hot path.
  func step(_ moments: inout AdamMoments, iterations: Int, _ kernels: KernelTable) {
    let settings = moments.settings
    let offset = matrix.offset
    gradient.update { $1 = moments.gradient[offset + $0] }
    transposed.setTranspose(of: gradient)
    leftProduct.setProduct(transposed: transposed, transposed, kernels: kernels)
    rightProduct.setProduct(transposed: gradient, gradient, kernels: kernels)
    mean(left, leftProduct, settings.beta2)
    mean(right, rightProduct, settings.beta2)
    for _ in 0..<iterations {
      iterate(left, leftBasis, leftProduct, kernels)
      iterate(right, rightBasis, rightProduct, kernels)
    }
    if iterations > 0 { turn() }
    rotate(gradient, kernels)
    let beta = settings.beta2
    whole.update { place, g in
      moments.second[offset + place] = beta * moments.second[offset + place] + (1 - beta) * g * g
    }
    momentum.update { $1 = moments.first[offset + $0] }
    rotate(momentum, kernels)
    let (first, second) = moments.corrections
    whole.update { place, m in
      m = m * first / ((moments.second[offset + place] * second).squareRoot() + settings.epsilon)
    }
    // Back: Q_L X Q_Rᵀ = (XᵀQ_Lᵀ)ᵀQ_Rᵀ.
    half.setProduct(transposed: whole, leftTransposed, kernels: kernels)
    whole.setProduct(transposed: half, rightTransposed, kernels: kernels)
    let rate = moments.rate
    whole.update { place, step in moments.x[offset + place] -= rate * moments.factors[offset + place] * step }
  }

  /// Into `whole`: Q_LᵀXQ_R = (XᵀQ_L)ᵀQ_R.
  private func rotate(_ x: PanelMatrix, _ kernels: KernelTable) {
    half.setProduct(transposed: x, leftBasis, kernels: kernels)
    whole.setProduct(transposed: half, rightBasis, kernels: kernels)
  }

  /// a ← βa + (1 − β)b, entry by entry.
  private func mean(_ a: PanelMatrix, _ b: PanelMatrix, _ beta: Double) {
    a.combine(with: b) { beta * $0 + (1 - beta) * $1 }
  }

  /// Q ← QR(AQ), with a symmetric A.
  private func iterate(_ a: PanelMatrix, _ basis: PanelMatrix, _ product: PanelMatrix, _ kernels: KernelTable) {
    product.setProduct(transposed: a, basis, kernels: kernels)
    basis.combine(with: product) { $1 }
    basis.orthonormalize(scratch)
  }
}

/// A ≈ UΛUᵀ of a symmetric positive semidefinite matrix from its products with a few vectors, and the preconditioner
/// that it makes.
///
///     Y = AΩ,   A ≈ Y(ΩᵀY)⁻¹Yᵀ = UΛUᵀ
///
/// With random Ω of k columns it is, of rank k, about as good as the k greatest eigenvalues allow; where A has rank k or
/// less it is exact. To (A + μ) belongs the preconditioner
///
///     P⁻¹ = (λ + μ) U(Λ + μ)⁻¹Uᵀ + (1 − UUᵀ)
///
/// with λ the least of Λ: it makes all that U spans like λ + μ, so that conjugate gradients have to do with the
/// eigenvalues below λ alone, however large the others are.
///
/// - Source: Frangella, Tropp & Udell (2023), SIAM J. Matrix Anal. Appl. 44, 718, arXiv:2110.02820, Algorithm 2.1.
package struct NystromApproximation: Sendable {
  /// Λ, from large to small.
  package private(set) var eigenvalues: [Double]
  /// The columns of U, `[column][row]`; zeros where A has no such rank.
  package private(set) var vectors: [[Double]]

  /// Takes up what another one held.
  package init(eigenvalues: [Double], vectors: [[Double]]) {
    precondition(eigenvalues.count == vectors.count, "\(eigenvalues.count) eigenvalues of \(vectors.count) vectors")
    self.eigenvalues = eigenvalues
    self.vectors = vectors
  }

  /// - Parameters: the columns of Ω, orthonormal, and of Y, `[column][row]`.
  /// - Returns: nil where the products are not finite.
  package init?(tests: [[Double]], products: [[Double]]) {
    precondition(tests.count == products.count && !tests.isEmpty, "\(tests.count) and \(products.count) columns")
    let size = products.reduce(0) { $0 + dot($1, $1) }.squareRoot()
    guard size.isFinite else { return nil }
    // Rounding makes ΩᵀY indefinite where A has a lower rank, and A itself may be indefinite: then the least multiple
    // of the identity that is enough is added, and taken away again from Λ.
    var shift = 0x1p-52 * Double(tests[0].count).squareRoot() * size
    guard shift > 0 else {
      self.init(eigenvalues: tests.map { _ in 0 }, vectors: tests.map { $0.map { _ in 0 } })
      return
    }
    while true {
      var shifted = products
      for place in shifted.indices { accumulate(&shifted[place], shift, tests[place]) }
      if let half = NystromApproximation.half(tests, shifted) {
        self.init(half: half, shift: shift)
        return
      }
      guard shift < 4 * size else { return nil }
      shift *= 4
    }
  }

  /// B = YL⁻ᵀ with LLᵀ = ΩᵀY, so that BBᵀ is the approximation; nil where ΩᵀY is not positive definite.
  private static func half(_ tests: [[Double]], _ products: [[Double]]) -> [[Double]]? {
    var half = products
    var lower = tests.map { _ in [Double](repeating: 0, count: tests.count) }
    for column in products.indices {
      // Column by column: a row of L and a column of B.
      for before in 0..<column {
        var entry = 0.5 * (dot(tests[column], products[before]) + dot(tests[before], products[column]))
        for place in 0..<before { entry -= lower[column][place] * lower[before][place] }
        lower[column][before] = entry / lower[before][before]
        accumulate(&half[column], -lower[column][before], half[before])
      }
      let entry = dot(tests[column], products[column])
      let pivot = entry - lower[column].reduce(0) { $0 + $1 * $1 }
      guard pivot > 0x1p-52 * entry, pivot.isFinite else { return nil }
      lower[column][column] = pivot.squareRoot()
      for row in half[column].indices { half[column][row] /= lower[column][column] }
    }
    return half
  }

  /// B = QR with Rᵀ = VΣWᵀ: then U = QW and Λ = Σ².
  private init(half: [[Double]], shift: Double) {
    let basis = OrthonormalColumns(half)
    let count = half.count
    let rows = (0..<count).map { row in (0..<count).map { $0 < row ? 0 : basis.triangle[$0][row] } }
    let singular = SingularValues(columns: rows)
    eigenvalues = singular.values.map { max(0, $0 * $0 - shift) }
    vectors = singular.right.map { weights in
      var vector = [Double](repeating: 0, count: half[0].count)
      for (place, weight) in weights.enumerated() { accumulate(&vector, weight, basis.columns[place]) }
      return vector
    }
  }

  /// result ← P⁻¹v for A + μ.
  ///
  /// - Parameter shift: μ, positive.
  package func solve(_ v: [Double], shift: Double, into result: inout [Double]) {
    let least = (eigenvalues.last ?? 0) + shift
    for place in result.indices { result[place] = v[place] }
    for (vector, eigenvalue) in zip(vectors, eigenvalues) {
      accumulate(&result, (least / (eigenvalue + shift) - 1) * dot(vector, v), vector)
    }
  }
}

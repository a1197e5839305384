/// Preconditioned conjugate gradients for Ax = b with a symmetric A that is known by its products alone.
///
/// Iterate k minimises the quadratic φ(x) = ½xᵀAx − bᵀx over the first k directions, so in exact arithmetic it ends after
/// at most as many iterations as there are different eigenvalues of P⁻¹A. It starts at zero. Then xᵀ(b − Ax) = 0 for
/// every iterate, and φ(x) = −½bᵀx, and φ falls all along: an iterate of an unfinished solution is a good step, too.
///
/// - Source: Hestenes & Stiefel (1952), J. Res. Nat. Bur. Standards 49, 409; Nocedal & Wright (2006), Algorithms 5.3 and
///   7.1.
package struct ConjugateGradients: Sendable {
  /// When the iteration ends.
  package struct Limits: Sendable, Equatable {
    package var iterations: Int
    /// ‖b − Ax‖ in the norm of P⁻¹, as a share of that of b.
    package var tolerance: Double

    package init(iterations: Int, tolerance: Double) {
      self.iterations = iterations
      self.tolerance = tolerance
    }
  }

  package enum End: Sendable, Equatable {
    case converged
    case iterationsUsed
    /// dᵀAd ≤ 0 along the next direction d: φ has no minimum. x is the iterate before, or P⁻¹b if there was none.
    case negativeCurvature
    /// A product is no number; x is the iterate before.
    case notFinite
  }

  /// How many products the last solution took.
  package private(set) var iterations = 0
  private var residual: [Double]
  private var preconditioned: [Double]
  private var direction: [Double]
  private var product: [Double]

  package init(count: Int) {
    residual = [Double](repeating: 0, count: count)
    preconditioned = residual
    direction = residual
    product = residual
  }

  /// Solves Ax = b from x = 0.
  ///
  /// - Parameters:
  ///   - multiply: leaves Av in its second argument.
  ///   - solvePreconditioner: leaves P⁻¹v there, with a P that is symmetric and positive definite.
  package mutating func solve(
    _ b: [Double], into x: inout [Double], limits: Limits,
    multiply: (_ v: [Double], _ result: inout [Double]) -> Void,
    solvePreconditioner: (_ v: [Double], _ result: inout [Double]) -> Void
  ) -> End {
    iterations = 0
    for place in x.indices {
      x[place] = 0
      residual[place] = b[place]
    }
    solvePreconditioner(residual, &preconditioned)
    for place in x.indices { direction[place] = preconditioned[place] }
    var square = dot(residual, preconditioned)
    guard square.isFinite else { return .notFinite }
    let enough = limits.tolerance * limits.tolerance * square
    guard square > 0 else { return .converged }
    while iterations < limits.iterations {
      multiply(direction, &product)
      iterations += 1
      let curvature = dot(direction, product)
      guard curvature.isFinite else { return .notFinite }
      guard curvature > 0 else {
        if iterations == 1 { for place in x.indices { x[place] = direction[place] } }
        return .negativeCurvature
      }
      let length = square / curvature
      accumulate(&x, length, direction)
      accumulate(&residual, -length, product)
      solvePreconditioner(residual, &preconditioned)
      let next = dot(residual, preconditioned)
      guard next.isFinite else { return .notFinite }
      if next <= enough { return .converged }
      let ratio = next / square
      for place in x.indices { direction[place] = preconditioned[place] + ratio * direction[place] }
      square = next
    }
    return .iterationsUsed
  }
}

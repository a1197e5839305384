#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A rule of the self-scaled Broyden family: how the inverse Hessian H changes with a step s and y = Δg.
///
///     H ← (H − u uᵀ/q + φ q v vᵀ)/τ + s sᵀ/r,    u = Hy,  q = yᵀu,  r = yᵀs,  v = s/r − u/q,
///
/// so that Hy = s after it. φ = 1 is BFGS, φ = 0 DFP; τ scales what was known before. With b = sᵀH⁻¹s/r and h = q/r,
/// 1/b and h say by how much H⁻¹ and H are wrong along the step, and a = bh − 1 ≥ 0, zero where u and s are parallel, how
/// much their directions differ.
package enum BroydenUpdate: Sendable, CaseIterable {
  /// φ = τ = 1.
  case bfgs
  /// φ = 1 and τ = min(1, 1/b): a curvature that turned out too large is made smaller everywhere.
  ///
  /// - Source: Al-Baali (1998), Comput. Optim. Appl. 9, 191; after Oren & Luenberger (1974).
  case selfScaledBFGS
  /// φ and τ by the measures of Byrd and Nocedal for the eigenvalues of the updated matrix.
  ///
  ///     c = √(a/(1 + a)),  ρ⁻ = min(1, h(1 − c)),  θ⁻ = (ρ⁻ − 1)/a,  θ⁺ = 1/ρ⁻,
  ///     θ = max(θ⁻, min(θ⁺, (1 − b)/b)),  σ = 1 + aθ,  φ = (1 − θ)/σ,
  ///     τ = min(1, 1/b) min(σ^{1/(1−n)}, 1/θ) for θ > 0,  min(min(1, 1/b) σ^{1/(1−n)}, σ) else
  ///
  /// - Source: Al-Baali & Khalfan (2005), Optimization 54; Urbán, Stefanou & Pons (2025), J. Comput. Phys. 523,
  ///   arXiv:2405.04230, who train networks with it.
  case selfScaledBroyden

  /// τ and φ for n variables.
  package func factors(b: Double, h: Double, count n: Int) -> (tau: Double, phi: Double) {
    let scaled = min(1, 1 / b)
    switch self {
    case .bfgs: return (1, 1)
    case .selfScaledBFGS: return (scaled, 1)
    case .selfScaledBroyden:
      let a = b * h - 1
      // With u and s parallel v is zero: φ says nothing.
      guard a > 1e-12 else { return (scaled, 1) }
      let least = min(1, h * (1 - (a / (1 + a)).squareRoot()))
      let theta = max((least - 1) / a, min(1 / least, (1 - b) / b))
      let sigma = 1 + a * theta
      guard least > 0, sigma > 0 else { return (scaled, 1) }
      let spread = n > 1 ? pow(sigma, 1 / (1 - Double(n))) : 1
      let tau = theta > 0 ? scaled * min(spread, 1 / theta) : min(scaled * spread, sigma)
      return (tau, (1 - theta) / sigma)
    }
  }
}

package import Problems

/// What the violation of equations and conditions is worth beside the noise of the data.
///
/// At a minimum of L = Σ_d w_d L_d + λ Σ_p w_p L_p, with d over data sets and p over the physics, let P = λ Σ_p w_p L_p
/// and D = Σ_d w_d L_d, which is what noise makes of the N residuals of the data. With λ → ∞ the estimate is that of
/// maximum likelihood, the fields being exact solutions. For large λ P falls as 1/λ, dL/dλ = P/λ, and so
///
///     χ² = N P/D
///
/// is what χ² of the data still has to rise on the way there: the fields explain so much noise by violating the equations.
/// The estimate lies within √χ² standard errors of the one of maximum likelihood. For small λ P rises with λ instead, since
/// equations of no weight are violated as the noise wants: so χ² says this only where it fell when λ was raised. Between
/// the two, where λ passes the strengths of one direction of violation after the other, χ² stays about what it is, while the
/// violation P/λ falls as λ rises. Where network or points do not let it fall, χ² rises with λ.
///
/// - Source: penalty functions: Nocedal & Wright (2006), Numerical Optimization, section 17.1.
package struct PhysicsMisfit: Sendable {
  /// N P/D; zero where there is no noise to speak of.
  package let chiSquare: Double
  /// Whether some data are not explained to a thousandth.
  package let hasNoise: Bool

  /// A third of a standard error. Estimates of `perfusion` from noisy data, of springs and of heat were within a tenth then.
  package static let enough = 0.1
  /// Weights are raised by a hundred. A second raise with which χ² grows by more than the root of that, the violation itself
  /// falling by less, meets the limits of network and points.
  private static let mostRise = 10.0

  /// - Parameters: `counts` has the residuals of each term, `weights` those in force, `values` the mean squares.
  package init(terms: [Term], counts: [Int], weights: [Double], values: [Double]) {
    var (physics, data, count, hasNoise) = (0.0, 0.0, 0, false)
    for (number, term) in terms.enumerated() where weights[number] != 0 {
      if term.kind.isPhysics { physics += weights[number] * values[number] }
      switch term.noise {
      case .unit?:
        // A noise that is known counts as such even where the fit is closer.
        data += weights[number] * max(1, values[number])
        hasNoise = true
      case .unknown(let negligible)?:
        data += weights[number] * values[number]
        if values[number] > negligible { hasNoise = true }
      case nil: continue
      }
      count += counts[number]
    }
    self.hasNoise = hasNoise
    chiSquare = hasNoise && physics > 0 ? Double(count) * physics / data : 0
  }

  /// Why equations need not weigh more; nil where they should.
  ///
  /// - Parameter earlier: χ² before each raise of the weights so far.
  package func reasonToLeaveOut(before earlier: [Double]) -> String? {
    guard hasNoise else { return "the data are explained to a thousandth" }
    guard let last = earlier.last else { return nil }
    let errors = (chiSquare.squareRoot() * 100).rounded() / 100
    if chiSquare <= PhysicsMisfit.enough, chiSquare < last {
      return "violated equations move estimates by at most \(errors) standard errors"
    }
    if earlier.count > 1, !(chiSquare <= PhysicsMisfit.mostRise * last) {
      return
        "heavier equations are not met better; violated ones may move estimates by \(errors) standard errors, unless network or points are enlarged"
    }
    return nil
  }
}

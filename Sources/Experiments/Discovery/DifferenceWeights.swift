/// Weights that make derivatives of a function from its values at some places, exact for polynomials of a degree.
///
/// The polynomial of least squares through the values is Σ_k P_k ⟨P_k, f⟩/⟨P_k, P_k⟩ with the P_k orthogonal over the
/// places; its derivative at `point` is Σ_j w_j f_j with
///
///     w_j = Σ_k P_k⁽ᵈ⁾(point) P_k(x_j)/⟨P_k, P_k⟩,    P_{k+1} = (x − α_k) P_k − β_k P_{k−1}.
///
/// With one place more than the degree it is the polynomial through all values; with more it smooths, as Savitzky and
/// Golay do.
///
/// - Source: the recurrence: Stieltjes (1884); Savitzky & Golay (1964), Anal. Chem. 36, 1627.
package struct DifferenceWeights {
  /// `[derivative][place]`
  package let weights: [[Double]]

  /// - Parameter highest: the highest derivative.
  /// - Precondition: more places than `degree`, all different; `highest` is not more than `degree`.
  package init(places: [Double], at point: Double, degree: Int, highest: Int) {
    precondition(places.count > degree && highest <= degree, "\(places.count) places for degree \(degree)")
    // In units of the reach of the places, so that powers stay near one.
    let reach = places.reduce(0) { max($0, ($1 - point).magnitude) }
    let x = places.map { ($0 - point) / reach }
    var weights = [[Double]](repeating: [Double](repeating: 0, count: x.count), count: highest + 1)
    var (before, now) = ([Double](repeating: 0, count: x.count), [Double](repeating: 1, count: x.count))
    // Derivatives of both at the point.
    var (slopesBefore, slopes) = ([Double](repeating: 0, count: highest + 1), [1.0])
    slopes += [Double](repeating: 0, count: highest)
    var squareBefore = 0.0
    for k in 0...degree {
      let square = now.reduce(0) { $0 + $1 * $1 }
      for d in 0...highest {
        for j in x.indices { weights[d][j] += slopes[d] * now[j] / square }
      }
      guard k < degree else { break }
      let alpha = zip(x, now).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } / square
      let beta = k == 0 ? 0 : square / squareBefore
      let next = x.indices.map { (x[$0] - alpha) * now[$0] - beta * before[$0] }
      let nextSlopes = (0...highest).map { d in
        -alpha * slopes[d] - beta * slopesBefore[d] + (d > 0 ? Double(d) * slopes[d - 1] : 0)
      }
      (before, now, squareBefore) = (now, next, square)
      (slopesBefore, slopes) = (slopes, nextSlopes)
    }
    var scale = 1.0
    for d in 0...highest {
      for j in x.indices { weights[d][j] *= scale }
      scale /= reach
    }
    self.weights = weights
  }
}

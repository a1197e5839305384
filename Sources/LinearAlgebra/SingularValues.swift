/// A = UΣVᵀ of a small matrix, by rotations of its columns until they are orthogonal; U is not kept.
///
/// Small singular values come out with a relative error that depends on the angles of the columns alone, not on their
/// lengths.
///
/// - Complexity: some k³ operations a sweep, about ten sweeps.
/// - Source: Hestenes (1958); Demmel & Veselić (1992), SIAM J. Matrix Anal. Appl. 13, 1204.
package struct SingularValues: Sendable {
  /// From large to small.
  package private(set) var values: [Double]
  /// The columns of V, `[column][row]`, in the order of the values.
  package private(set) var right: [[Double]]

  private static let mostSweeps = 60

  /// - Parameter columns: the columns of A, `[column][row]`, all of one length.
  package init(columns: [[Double]]) {
    var a = columns
    let count = columns.count
    var v = (0..<count).map { column in (0..<count).map { $0 == column ? 1.0 : 0 } }
    for _ in 0..<Self.mostSweeps {
      var rotated = false
      for p in 0..<count {
        for q in p + 1..<max(p + 1, count) {
          let (alpha, beta, gamma) = (Self.dot(a[p], a[p]), Self.dot(a[q], a[q]), Self.dot(a[p], a[q]))
          guard abs(gamma) > 1e-15 * (alpha * beta).squareRoot(), gamma != 0 else { continue }
          rotated = true
          let zeta = (beta - alpha) / (2 * gamma)
          let t = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
          let c = 1 / (1 + t * t).squareRoot()
          Self.rotate(&a, p, q, c, c * t)
          Self.rotate(&v, p, q, c, c * t)
        }
      }
      if !rotated { break }
    }
    let lengths = a.map { Self.dot($0, $0).squareRoot() }
    let order = lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
    values = order.map { lengths[$0] }
    right = order.map { v[$0] }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for place in a.indices { sum += a[place] * b[place] }
    return sum
  }

  private static func rotate(_ a: inout [[Double]], _ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    for row in a[p].indices {
      let (x, y) = (a[p][row], a[q][row])
      a[p][row] = c * x - s * y
      a[q][row] = s * x + c * y
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A motion with a change of size: x = s R q + t, R a rotation, s > 0.
///
/// Lengths change by s everywhere, so that points spread evenly over a boundary stay so.
package struct Similarity: Sendable, Equatable {
  package let scale: Double
  /// R, [row, column].
  package let rotation: [[Double]]
  package let translation: [Double]

  private init(scale: Double, rotation: [[Double]], translation: [Double]) {
    self.scale = scale
    self.rotation = rotation
    self.translation = translation
  }

  package var dimensions: Int { translation.count }

  package static func translation(by vector: [Double]) -> Similarity {
    Similarity(scale: 1, rotation: identity(vector.count), translation: vector)
  }

  /// Larger or smaller, `center` staying where it is.
  ///
  /// - Precondition: the factor is positive.
  package static func scaling(by factor: Double, center: [Double]) -> Similarity {
    precondition(factor > 0, "a shape was scaled by \(factor)")
    return Similarity(
      scale: factor, rotation: identity(center.count), translation: center.map { $0 - factor * $0 })
  }

  /// Counter-clockwise in the plane, by an angle in radians.
  package static func rotation(by angle: Double, center: [Double]) -> Similarity {
    precondition(center.count == 2, "a rotation in \(center.count) dimensions needs an axis")
    let (c, s) = (cos(angle), sin(angle))
    return Similarity.turning([[c, -s], [s, c]], center: center)
  }

  /// In space, by the right-hand rule about an axis through `center`.
  ///
  /// - Precondition: the axis is not zero.
  /// - Source: Rodrigues' formula.
  package static func rotation(by angle: Double, axis: [Double], center: [Double]) -> Similarity {
    precondition(axis.count == 3 && center.count == 3 && length(axis) > 0, "a rotation has the axis \(axis)")
    let k = axis.map { $0 / length(axis) }
    let (c, s) = (cos(angle), sin(angle))
    let cross = [[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]]
    let rows = (0..<3).map { i in
      (0..<3).map { j in (i == j ? c : 0) + (1 - c) * k[i] * k[j] + s * cross[i][j] }
    }
    return Similarity.turning(rows, center: center)
  }

  private static func turning(_ rows: [[Double]], center: [Double]) -> Similarity {
    let moved = rows.map { row in zip(row, center).reduce(0) { $0 + $1.0 * $1.1 } }
    return Similarity(scale: 1, rotation: rows, translation: zip(center, moved).map { $0 - $1 })
  }

  private static func identity(_ dimensions: Int) -> [[Double]] {
    (0..<dimensions).map { row in (0..<dimensions).map { $0 == row ? 1 : 0 } }
  }

  /// This after `inner`.
  package func after(_ inner: Similarity) -> Similarity {
    let rows = rotation.map { row in
      (0..<dimensions).map { column in (0..<dimensions).reduce(0) { $0 + row[$1] * inner.rotation[$1][column] } }
    }
    return Similarity(scale: scale * inner.scale, rotation: rows, translation: point(inner.translation))
  }

  package func point(_ q: [Double]) -> [Double] {
    zip(direction(q), translation).map { scale * $0 + $1 }
  }

  /// R v, for normals.
  package func direction(_ v: [Double]) -> [Double] {
    rotation.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The q that `point` brings to `x`.
  package func preimage(_ x: [Double]) -> [Double] {
    (0..<dimensions).map { column in
      (0..<dimensions).reduce(0) { $0 + rotation[$1][column] * (x[$1] - translation[$1]) } / scale
    }
  }

  /// A box around what lies about `middle` and reaches s `reach`(row of R) along each axis.
  package func bounds(middle: [Double], reach: ([Double]) -> Double) -> [ClosedRange<Double>] {
    zip(middle, rotation).map { center, row in
      let half = scale * reach(row)
      return (center - half)...(center + half)
    }
  }

  /// A box around everything that `point` brings into `box`.
  package func preimage(of box: [ClosedRange<Double>]) -> [ClosedRange<Double>] {
    let middle = preimage(box.map { ($0.lowerBound + $0.upperBound) / 2 })
    return (0..<dimensions).map { column in
      let half =
        (0..<dimensions).reduce(0) {
          $0 + abs(rotation[$1][column]) * (box[$1].upperBound - box[$1].lowerBound) / 2
        } / scale
      return (middle[column] - half)...(middle[column] + half)
    }
  }
}

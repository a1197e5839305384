import Expressions

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular affine map, x = A q + t: motions, and changes of size, the same in all directions or not.
///
/// A similarity, A = s R with a rotation R and s > 0, changes lengths by s everywhere, so that points spread evenly over a
/// boundary stay so. Other maps do not: see `StretchedShape`.
package struct AffineMap: Sendable, Equatable {
  /// A, [row, column].
  package let matrix: [[Double]]
  /// A⁻¹.
  package let inverse: [[Double]]
  package let translation: [Double]
  /// s of a similarity; nil where lengths change by factors that depend on their direction.
  package let scale: Double?
  /// |det A|.
  package let volume: Double

  private init(
    matrix: [[Double]], inverse: [[Double]], translation: [Double], scale: Double?, volume: Double
  ) {
    (self.matrix, self.inverse, self.translation) = (matrix, inverse, translation)
    (self.scale, self.volume) = (scale, volume)
  }

  package var dimensions: Int { translation.count }

  package static func translation(by vector: [Double]) -> AffineMap {
    let identity = diagonal(vector.map { _ in 1 })
    return AffineMap(matrix: identity, inverse: identity, translation: vector, scale: 1, volume: 1)
  }

  /// Larger or smaller along the axes, `center` staying where it is.
  ///
  /// - Precondition: the factors are positive.
  package static func scaling(by factors: [Double], center: [Double]) -> AffineMap {
    precondition(factors.count == center.count && factors.allSatisfy { $0 > 0 }, "a shape was scaled by \(factors)")
    return AffineMap(
      matrix: diagonal(factors), inverse: diagonal(factors.map { 1 / $0 }),
      translation: zip(center, factors).map { $0 - $1 * $0 },
      scale: factors.allSatisfy { $0 == factors[0] } ? factors[0] : nil, volume: factors.reduce(1, *))
  }

  /// Counter-clockwise in the plane, by an angle in radians.
  package static func rotation(by angle: Double, center: [Double]) -> AffineMap {
    precondition(center.count == 2, "a rotation in \(center.count) dimensions needs an axis")
    let (c, s) = (cos(angle), sin(angle))
    return AffineMap.turning([[c, -s], [s, c]], center: center)
  }

  /// In space, by the right-hand rule about an axis through `center`.
  ///
  /// - Precondition: the axis is not zero.
  /// - Source: Rodrigues' formula.
  package static func rotation(by angle: Double, axis: [Double], center: [Double]) -> AffineMap {
    precondition(axis.count == 3 && center.count == 3 && length(axis) > 0, "a rotation has the axis \(axis)")
    let k = axis.map { $0 / length(axis) }
    let (c, s) = (cos(angle), sin(angle))
    let cross = [[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]]
    let rows = (0..<3).map { i in
      (0..<3).map { j in (i == j ? c : 0) + (1 - c) * k[i] * k[j] + s * cross[i][j] }
    }
    return AffineMap.turning(rows, center: center)
  }

  private static func turning(_ rows: [[Double]], center: [Double]) -> AffineMap {
    let moved = rows.map { row in zip(row, center).reduce(0) { $0 + $1.0 * $1.1 } }
    return AffineMap(
      matrix: rows, inverse: rows.indices.map { column in rows.map { $0[column] } },
      translation: zip(center, moved).map { $0 - $1 }, scale: 1, volume: 1)
  }

  private static func diagonal(_ values: [Double]) -> [[Double]] {
    values.indices.map { row in values.indices.map { $0 == row ? values[row] : 0 } }
  }

  private static func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b.indices.map { column in b.indices.reduce(0) { $0 + row[$1] * b[$1][column] } } }
  }

  /// This after `inner`.
  package func after(_ inner: AffineMap) -> AffineMap {
    AffineMap(
      matrix: AffineMap.product(matrix, inner.matrix), inverse: AffineMap.product(inner.inverse, inverse),
      translation: point(inner.translation), scale: scale.flatMap { outer in inner.scale.map { outer * $0 } },
      volume: volume * inner.volume)
  }

  package func point(_ q: [Double]) -> [Double] {
    zip(matrix, translation).map { row, shift in zip(row, q).reduce(0) { $0 + $1.0 * $1.1 } + shift }
  }

  /// The q that `point` brings to `x`.
  package func preimage(_ x: [Double]) -> [Double] {
    let moved = zip(x, translation).map { $0 - $1 }
    return inverse.map { row in zip(row, moved).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The same in expressions.
  func preimage(_ x: [NodeID], in graph: inout ExpressionGraph) -> [NodeID] {
    inverse.map { row in graph.affine(row, x, plus: -zip(row, translation).reduce(0) { $0 + $1.0 * $1.1 }) }
  }

  /// A⁻ᵀ n: what a normal becomes, of length 1 only where n is and the map is a motion.
  package func normal(_ n: [Double]) -> [Double] {
    n.indices.map { axis in n.indices.reduce(0) { $0 + inverse[$1][axis] * n[$1] } }
  }

  /// A box around what lies about `middle` and reaches `reach`(row of A) along each axis.
  package func bounds(middle: [Double], reach: ([Double]) -> Double) -> [ClosedRange<Double>] {
    zip(middle, matrix).map { center, row in
      let half = reach(row)
      return (center - half)...(center + half)
    }
  }

  /// A box around everything that `point` brings into `box`.
  package func preimage(of box: [ClosedRange<Double>]) -> [ClosedRange<Double>] {
    let middle = preimage(box.map { ($0.lowerBound + $0.upperBound) / 2 })
    return zip(middle, inverse).map { center, row in
      let half = zip(row, box).reduce(0) { $0 + abs($1.0) * ($1.1.upperBound - $1.1.lowerBound) / 2 }
      return (center - half)...(center + half)
    }
  }
}

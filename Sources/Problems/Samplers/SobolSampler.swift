package import Kernels

/// Sobol's points, a (t, s)-sequence in base 2: each block of 2^m points has equally many in all elementary intervals
/// down to the volume 2^(t−m).
///
///     x_n = ⊕ g_k V_k ⊕ shift      g = n ⊕ ⌊n/2⌋, the Gray code; V_k direction numbers of the axis
///
/// The star discrepancy of N points is of order (log N)^d / N; powers of two do best. By default each axis is shifted
/// digitally: all its coordinates take the exclusive or with one 64-bit number of the stream, so that seeds and redraws
/// differ, the first draw included, and the even distribution stays what it was.
///
/// - Keys: `randomized`, whether the points are shifted, true by default; `skip`, how many leading points are left out.
///   Its default is 0 with a shift, since a block of 2^m without its first point is no longer even (Owen 2020,
///   arXiv:2008.08051), and 1 without one, where the first point is the corner of the cube.
/// - Source: Sobol' (1967); Antonov & Saleev (1979) for the order; Joe & Kuo (2008) for the direction numbers.
package struct SobolSampler: Sampler {
  package static let name = "sobol"
  package static let summary = "even in all elementary boxes, shifted at random; best where the count is a power of 2"

  package let randomized: Bool
  package let skip: Int

  package init() { self.init(randomized: true) }

  package init(randomized: Bool, skip: Int? = nil) {
    self.randomized = randomized
    self.skip = skip ?? (randomized ? 0 : 1)
    precondition(self.skip >= 0, "\(self.skip) Sobol points were to be skipped")
  }

  package var dependsOnStream: Bool { randomized }

  package var dependsOnCount: Bool { false }

  package func obstacle(dimensions: Int) -> String? {
    dimensions <= Self.maximumDimensions
      ? nil : "sobol points have at most \(Self.maximumDimensions) dimensions, not \(dimensions)"
  }

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    let shift = stream.substream("shift")
    for axis in 0..<dimensions {
      let directions = Self.directionNumbers(dimension: axis)
      var state = randomized ? shift.bits(at: UInt64(axis)) : 0
      let first = UInt64(skip)
      for k in 0..<64 where ((first ^ (first >> 1)) >> UInt64(k)) & 1 == 1 { state ^= directions[k] }
      for i in 0..<count {
        points[i * dimensions + axis] = Double(state >> 11) * 0x1p-53
        // From n to n + 1 the Gray code changes in the place of the lowest 0 of n.
        state ^= directions[(~(first + UInt64(i))).trailingZeroBitCount]
      }
    }
  }
}

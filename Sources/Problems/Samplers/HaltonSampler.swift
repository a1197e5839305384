package import Kernels

/// Halton points: the coordinates of point i are the radical inverses of i in the first primes.
///
/// The star discrepancy of N points is of order (log N)^d / N in d dimensions. By default the digits are permuted at
/// random by the stream, so that seeds and redraws differ; without permutations dimensions beyond about 20 are poor,
/// for their primes are so near to each other that points line up.
///
/// - Keys: `randomized`, whether digits are permuted, true by default; `skip`, how many leading points are left out, by
///   default none with permutations and 1 without, where the first point is the corner of the cube.
/// - Source: see `RadicalInverse`; discrepancy in Niederreiter (1992), theorem 3.6.
package struct HaltonSampler: Sampler {
  package static let name = "halton"
  package static let summary = "radical inverses in the first primes, digits permuted at random; any number of points"

  package let randomized: Bool
  package let skip: Int

  package init() { self.init(randomized: true) }

  package init(randomized: Bool, skip: Int? = nil) {
    self.randomized = randomized
    self.skip = skip ?? (randomized ? 0 : 1)
    precondition(self.skip >= 0, "\(self.skip) Halton points were to be skipped")
  }

  package var dependsOnStream: Bool { randomized }

  package var dependsOnCount: Bool { false }

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    for (axis, prime) in RadicalInverse.primes(dimensions).enumerated() {
      let inverse = RadicalInverse(
        base: prime, permutedBy: randomized ? stream.substream("axis", index: axis) : nil)
      for i in 0..<count { points[i * dimensions + axis] = inverse(i + skip) }
    }
  }
}

package import Kernels

/// Hammersley points: the first coordinate is i/N, the others are radical inverses in the first primes.
///
/// The star discrepancy is of order (log N)^(d−1) / N, a logarithm better than Halton's, but the points for N are not
/// among those for a larger N. By default the first coordinate is (i + s)/N with one random s in [0, 1) and the digits
/// of the others are permuted at random by the stream, so that seeds and redraws differ.
///
/// - Keys: `randomized`, true by default; `skip`, how many leading points are left out, 0 by default; then
///   N = `count` + `skip`.
/// - Source: Hammersley (1960); discrepancy bound in Niederreiter (1992), theorem 3.8.
package struct HammersleySampler: Sampler {
  package static let name = "hammersley"
  package static let summary = "i/N and radical inverses; most even for a number of points fixed beforehand"

  package let randomized: Bool
  package let skip: Int

  package init() { self.init(randomized: true) }

  package init(randomized: Bool, skip: Int = 0) {
    precondition(skip >= 0, "\(skip) Hammersley points were to be skipped")
    self.randomized = randomized
    self.skip = skip
  }

  package var dependsOnStream: Bool { randomized }

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    guard dimensions > 0 else { return }
    let shift = randomized ? stream.substream("shift").uniform(at: 0) : 0
    for i in 0..<count {
      points[i * dimensions] = LatinHypercubeSampler.coordinate(stratum: i + skip, offset: shift, count: count + skip)
    }
    for (offset, prime) in RadicalInverse.primes(dimensions - 1).enumerated() {
      let axis = offset + 1
      let inverse = RadicalInverse(
        base: prime, permutedBy: randomized ? stream.substream("axis", index: axis) : nil)
      for i in 0..<count { points[i * dimensions + axis] = inverse(i + skip) }
    }
  }
}

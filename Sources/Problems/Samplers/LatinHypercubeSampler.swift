package import Kernels

/// A Latin hypercube: cut each axis into N equal strata, and every stratum of every axis holds exactly one of the N
/// points.
///
///     x_ij = (π_j(i) + u_ij) / N      π_j random permutations, u_ij uniform in [0, 1)
///
/// It removes the error of an average that comes from each variable alone; what comes from their interplay stays as
/// with independent points.
/// - Source: McKay, Beckman & Conover (1979), Technometrics 21, 239–245; error in Stein (1987), Technometrics 29.
package struct LatinHypercubeSampler: Sampler {
  package static let name = "latin-hypercube"
  package static let summary = "random points, one in each of N strata of every axis; good for few points"

  package init() {}

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    let jitter = stream.substream("jitter")
    for axis in 0..<dimensions {
      let strata = stream.substream("strata", index: axis).permutation(count)
      for i in 0..<count {
        let position = i * dimensions + axis
        points[position] = Self.coordinate(
          stratum: strata[i], offset: jitter.uniform(at: UInt64(position)), count: count)
      }
    }
  }

  /// (`stratum` + `offset`) / `count`, kept from rounding up to the next stratum.
  package static func coordinate(stratum: Int, offset: Double, count: Int) -> Double {
    let end = Double(stratum + 1) / Double(count)
    return min((Double(stratum) + offset) / Double(count), end.nextDown)
  }
}

package import Kernels

/// Independent points, each coordinate equally likely everywhere.
///
/// An average over N of them errs by σ/√N, σ the standard deviation of what is averaged, in any number of dimensions.
package struct UniformSampler: Sampler {
  package static let name = "uniform"
  package static let summary = "independent random points; error of averages falls as N^-1/2"

  package init() {}

  package var dependsOnCount: Bool { false }

  package func fill(_ points: inout MutableSpan<Double>, count: Int, dimensions: Int, stream: RandomStream) {
    checkRequest(points, count: count, dimensions: dimensions)
    for i in 0..<count * dimensions { points[i] = stream.uniform(at: UInt64(i)) }
  }
}

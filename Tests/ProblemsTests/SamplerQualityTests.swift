import Foundation
import Problems
import Testing

/// How evenly the samplers spread their points. Seeds are fixed; the tolerances of the fitted orders are wider for the
/// sequences, whose powers of log N make the slope of so few points flatter than −1.
struct SamplerQualityTests {
  /// Values of scipy 1.17, `scipy.stats.qmc.discrepancy(method="CD")`, for Sobol and Halton points without the origin.
  @Test func `the centred discrepancy is that of scipy`() {
    let sobol = unitPoints(SobolSampler(randomized: false), count: 15, dimensions: 2)
    let halton = unitPoints(HaltonSampler(randomized: false), count: 8, dimensions: 3)
    #expect(abs(centredDiscrepancy(sobol, dimensions: 2) - 0.0025176323784719123) < 1e-14)
    #expect(abs(centredDiscrepancy(halton, dimensions: 3) - 0.028527034053095868) < 1e-14)
  }

  /// The root of the mean square discrepancy of independent points falls as N^−1/2; of the low-discrepancy sequences
  /// almost as N⁻¹.
  @Test(arguments: [
    ("uniform", -0.5, 0.1), ("sobol", -1, 0.2), ("halton", -1, 0.2), ("hammersley", -1, 0.2),
  ])
  func `discrepancy falls at the rate of its kind`(name: String, order: Double, tolerance: Double) throws {
    let sampler = try member(name)
    let exponents = [5, 6, 7, 8, 9]
    let logarithms = exponents.map { exponent -> Double in
      let squares = (1...8).map { seed in
        centredDiscrepancy(
          unitPoints(sampler, count: 1 << exponent, dimensions: 3, seed: UInt64(seed)), dimensions: 3)
      }
      return 0.5 * log2(squares.reduce(0, +) / 8)
    }
    let slope = fittedSlope(exponents.map(Double.init), logarithms)
    #expect(abs(slope - order) < tolerance, "fitted order \(slope)")
  }

  @Test(arguments: [("sobol", 0.02), ("halton", 0.02), ("hammersley", 0.02), ("latin-hypercube", 0.5)])
  func `512 points are more even than independent ones`(name: String, bound: Double) throws {
    let sampler = try member(name)
    let even = centredDiscrepancy(unitPoints(sampler, count: 512, dimensions: 3), dimensions: 3)
    let independent = centredDiscrepancy(unitPoints(UniformSampler(), count: 512, dimensions: 3), dimensions: 3)
    #expect(even < bound * independent, "\(even) against \(independent)")
  }

  enum Integrand: Sendable {
    /// e^(x + y): the variables work together.
    case product
    /// e^x + e^y: each works alone, and a Latin hypercube is a stratified rule of order 3/2 along each axis.
    case sum

    func error(_ points: [Double]) -> Double {
      let mean = M_E - 1
      let count = points.count / 2
      var sum = 0.0
      for i in 0..<count {
        let (a, b) = (exp(points[2 * i]), exp(points[2 * i + 1]))
        sum += self == .product ? a * b - mean * mean : a + b - 2 * mean
      }
      return sum / Double(count)
    }
  }

  /// The order in N of the root mean square error of the average of a smooth function.
  @Test(arguments: [
    ("uniform", Integrand.product, -0.5, 0.1), ("latin-hypercube", .product, -0.5, 0.1), ("sobol", .product, -1, 0.2),
    ("halton", .product, -1, 0.2), ("hammersley", .product, -1, 0.2), ("grid", .product, -1, 0.05),
    ("uniform", .sum, -0.5, 0.1), ("latin-hypercube", .sum, -1.5, 0.1),
  ])
  func `averages converge at the expected order`(
    name: String, integrand: Integrand, order: Double, tolerance: Double
  ) throws {
    let sampler = try member(name)
    let seeds = sampler.dependsOnStream ? 64 : 1
    let exponents = [4, 6, 8, 10, 12]
    let logarithms = exponents.map { exponent -> Double in
      let squares = (1...seeds).map { seed -> Double in
        let error = integrand.error(unitPoints(sampler, count: 1 << exponent, dimensions: 2, seed: UInt64(seed)))
        return error * error
      }
      return 0.5 * log2(squares.reduce(0, +) / Double(seeds))
    }
    let slope = fittedSlope(exponents.map(Double.init), logarithms)
    #expect(abs(slope - order) < tolerance, "fitted order \(slope)")
  }
}

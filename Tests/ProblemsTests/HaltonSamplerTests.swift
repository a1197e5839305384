import Problems
import Testing

/// Expected values are those of scipy 1.17, `scipy.stats.qmc.Halton(scramble=False)`, which adds digit by digit and so
/// is off by an ulp here and there.
struct HaltonSamplerTests {
  private let tolerance = 2e-16

  @Test func `the first eight points in six dimensions are the known ones`() {
    let expected = [
      0.5, 0.3333333333333333, 0.2, 0.14285714285714285, 0.09090909090909091, 0.07692307692307693,
      0.25, 0.6666666666666666, 0.4, 0.2857142857142857, 0.18181818181818182, 0.15384615384615385,
      0.75, 0.1111111111111111, 0.6000000000000001, 0.42857142857142855, 0.2727272727272727, 0.23076923076923078,
      0.125, 0.4444444444444444, 0.8, 0.5714285714285714, 0.36363636363636365, 0.3076923076923077,
      0.625, 0.7777777777777777, 0.04, 0.7142857142857142, 0.4545454545454546, 0.38461538461538464,
      0.375, 0.2222222222222222, 0.24000000000000002, 0.8571428571428571, 0.5454545454545454, 0.46153846153846156,
      0.875, 0.5555555555555556, 0.44, 0.02040816326530612, 0.6363636363636364, 0.5384615384615385,
      0.0625, 0.8888888888888888, 0.6400000000000001, 0.16326530612244897, 0.7272727272727273, 0.6153846153846154,
    ]
    let points = unitPoints(HaltonSampler(randomized: false), count: 8, dimensions: 6)
    for (value, known) in zip(points, expected) { #expect(abs(value - known) <= tolerance) }
  }

  @Test func `point 12345 in 40 dimensions is the known one`() {
    let point = unitPoints(HaltonSampler(randomized: false, skip: 12_345), count: 1, dimensions: 40)
    let expected = [0.60955810546875, 0.24635472234923536, 0.190272, 0.25326440871404116, 0.360753783955361]
    for (axis, known) in zip([0, 1, 2, 10, 39], expected) { #expect(abs(point[axis] - known) <= tolerance) }
  }

  @Test func `radical inverses are correctly rounded and below 1`() {
    #expect(RadicalInverse(base: 5)(3) == 0.6)
    #expect(RadicalInverse(base: 10)(1_234_567) == 0.7654321)
    #expect(RadicalInverse(base: 2)(0) == 0)
    for base in [2, 3, 7, 1_609] {
      let inverse = RadicalInverse(base: base)
      let largest = (0..<inverse.places).reduce(0) { value, _ in value * base + base - 1 }
      #expect(inverse(largest) < 1)
    }
  }

  @Test func `primes are the primes`() {
    #expect(RadicalInverse.primes(10) == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
    #expect(RadicalInverse.primes(254).last == 1_609)
    #expect(RadicalInverse.primes(0) == [])
  }

  /// 2³ · 3² · 5 points fill every box of sides 1/8, 1/9, 1/5 once, whatever the permutations.
  @Test(arguments: [true, false])
  func `each box of the bases' powers holds one point`(randomized: Bool) {
    for skip in [0, 360, 1_000] {
      let points = unitPoints(HaltonSampler(randomized: randomized, skip: skip), count: 360, dimensions: 3)
      // A value on the lower bound of its box, such as 2/9, may round below it.
      let rounding = 1e-12
      let boxes = (0..<360).map { i in
        zip([8.0, 9, 5], points[3 * i..<3 * i + 3]).map { Int(($1 + rounding) * $0) }
      }
      #expect(Set(boxes).count == 360)
    }
  }

  @Test func `permuted digits break up the lines of neighbouring large primes`() {
    /// The square of the correlation of the last two of 40 axes.
    func dependence(_ sampler: HaltonSampler) -> Double {
      let points = unitPoints(sampler, count: 100, dimensions: 40)
      let x = column(38, of: points, dimensions: 40)
      let y = column(39, of: points, dimensions: 40)
      return fittedSlope(x, y) * fittedSlope(y, x)
    }
    #expect(dependence(HaltonSampler(randomized: false)) > 0.9)
    #expect(dependence(HaltonSampler()) < 0.25)
  }
}

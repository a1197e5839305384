import Problems
import Testing

/// Expected values are those of scipy 1.17, `scipy.stats.qmc.Sobol(scramble=False)`.
struct SobolSamplerTests {
  private let plain = SobolSampler(randomized: false)

  @Test func `the first 15 points in five dimensions are the published ones`() {
    let expected = [
      0.5, 0.5, 0.5, 0.5, 0.5,
      0.75, 0.25, 0.25, 0.25, 0.75,
      0.25, 0.75, 0.75, 0.75, 0.25,
      0.375, 0.375, 0.625, 0.875, 0.375,
      0.875, 0.875, 0.125, 0.375, 0.875,
      0.625, 0.125, 0.875, 0.625, 0.625,
      0.125, 0.625, 0.375, 0.125, 0.125,
      0.1875, 0.3125, 0.9375, 0.4375, 0.5625,
      0.6875, 0.8125, 0.4375, 0.9375, 0.0625,
      0.9375, 0.0625, 0.6875, 0.1875, 0.3125,
      0.4375, 0.5625, 0.1875, 0.6875, 0.8125,
      0.3125, 0.1875, 0.3125, 0.5625, 0.9375,
      0.8125, 0.6875, 0.8125, 0.0625, 0.4375,
      0.5625, 0.4375, 0.0625, 0.8125, 0.1875,
      0.0625, 0.9375, 0.5625, 0.3125, 0.6875,
    ]
    #expect(unitPoints(plain, count: 15, dimensions: 5) == expected)
  }

  @Test(arguments: [
    (5, [0.625, 0.375, 0.875, 0.125]),
    (100, [0.7578125, 0.8828125, 0.2734375, 0.4921875]),
    (777, [0.2373046875, 0.5107421875, 0.0029296875, 0.2880859375]),
    (1023, [0.8662109375, 0.5302734375, 0.7021484375, 0.6201171875]),
  ])
  func `points in 254 dimensions are the published ones, skipped to or not`(index: Int, expected: [Double]) {
    let reached = unitPoints(SobolSampler(randomized: false, skip: 0), count: index + 1, dimensions: 254).suffix(254)
    let skipped = unitPoints(SobolSampler(randomized: false, skip: index), count: 1, dimensions: 254)
    #expect(Array(reached) == skipped)
    #expect([20, 99, 160, 253].map { skipped[$0] } == expected)
  }

  @Test func `all direction numbers are those of scipy`() {
    var checksum: UInt64 = 0
    for dimension in 0..<SobolSampler.maximumDimensions {
      let numbers = SobolSampler.directionNumbers(dimension: dimension)
      #expect(numbers.count == 64)
      for number in numbers { checksum = checksum &* 0x9E37_79B9_7F4A_7C15 &+ number }
    }
    #expect(checksum == 0x8FEE_7D08_FE6B_5F7A)
  }

  @Test func `polynomials are primitive and different, initial numbers odd and small enough`() {
    let rows = SobolSampler.polynomialsAndInitialNumbers
    #expect(rows.count == SobolSampler.maximumDimensions - 1)
    var polynomials: Set<UInt32> = []
    for row in rows {
      let degree = row.count - 1
      let polynomial = UInt32(1) << UInt32(degree) | UInt32(row[0]) << 1 | 1
      polynomials.insert(polynomial)
      #expect(isPrimitive(polynomial, degree: degree))
      for (offset, number) in row.dropFirst().enumerated() { #expect(number % 2 == 1 && number < 2 << offset) }
    }
    #expect(polynomials.count == rows.count)
  }

  /// Whether the powers of x run through all residues but 0.
  private func isPrimitive(_ polynomial: UInt32, degree: Int) -> Bool {
    var residue: UInt32 = 1
    for power in 1..<(1 << degree) {
      residue <<= 1
      if residue >> UInt32(degree) == 1 { residue ^= polynomial }
      if residue == 1 { return power == (1 << degree) - 1 }
    }
    return false
  }

  /// The first two dimensions are a (0, 2)-sequence: every elementary interval of volume 2⁻ᵐ holds one of 2ᵐ points.
  @Test(arguments: [true, false])
  func `each elementary interval in the plane holds one point`(randomized: Bool) {
    for m in 0...10 {
      let points = unitPoints(SobolSampler(randomized: randomized, skip: 0), count: 1 << m, dimensions: 2)
      let x = column(0, of: points, dimensions: 2)
      let y = column(1, of: points, dimensions: 2)
      for k in 0...m {
        #expect(cellCounts(x, y, columns: 1 << k, rows: 1 << (m - k)).allSatisfy { $0 == 1 })
      }
    }
  }

  @Test func `the second block of 1024 shifted points is as even as the first`() {
    let points = unitPoints(SobolSampler(randomized: true, skip: 1_024), count: 1_024, dimensions: 2)
    let counts = cellCounts(
      column(0, of: points, dimensions: 2), column(1, of: points, dimensions: 2), columns: 32, rows: 32)
    #expect(counts.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [true, false])
  func `each axis of 254 holds one of 256 points in each of 256 parts`(randomized: Bool) {
    let points = unitPoints(SobolSampler(randomized: randomized, skip: 0), count: 256, dimensions: 254)
    for axis in 0..<254 {
      #expect(Set(column(axis, of: points, dimensions: 254).map { Int($0 * 256) }).count == 256)
    }
  }

  /// A (t, 2)-net of 2¹⁰ points has exactly 2ᵗ in each interval of volume 2^(t−10); t ≤ 5 was found for these pairs.
  @Test func `planes of the first ten axes are even down to the volume 1/32`() {
    let points = unitPoints(SobolSampler(), count: 1_024, dimensions: 10)
    let columns = (0..<10).map { column($0, of: points, dimensions: 10) }
    for a in 0..<10 {
      for b in 0..<a {
        for k in 0...5 {
          let counts = cellCounts(columns[a], columns[b], columns: 1 << k, rows: 1 << (5 - k))
          #expect(counts.allSatisfy { $0 == 32 })
        }
      }
    }
  }

  @Test func `255 dimensions are refused in words`() {
    #expect(plain.obstacle(dimensions: 254) == nil)
    #expect(plain.obstacle(dimensions: 255) == "sobol points have at most 254 dimensions, not 255")
  }
}

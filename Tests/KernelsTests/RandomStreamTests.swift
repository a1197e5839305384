import Kernels
import Testing

/// Statistical tests use fixed seeds, so they pass always or never; limits are five standard deviations of the
/// statistic.
struct RandomStreamTests {
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
    ),
    (
      SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), SIMD2<UInt32>(0xA409_3822, 0x299F_31D0),
      SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
    ),
  ])
  func `Philox gives the published answers`(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>) {
    #expect(Philox4x32.block(counter: counter, key: key) == answer)
  }

  /// The expected bits come from a separate program in Python; they are what old seeds mean, and must not move.
  @Test func `values of a seed and purpose stay what they were`() {
    let weights = RandomStream(seed: 7, purpose: "weights")
    #expect(weights.bits(at: 0) == 0x13BA_6C65_0D81_38CA)
    #expect(weights.bits(at: 1) == 0xBA38_9B60_0E2A_672E)
    #expect(weights.bits(at: 2) == 0xD46A_13A3_8916_9DED)
    #expect(weights.bits(at: (1 << 40) + 5) == 0x10F9_29FB_AA2E_ED9F)

    let digits = RandomStream(seed: 0xFEDC_BA98_7654_3210, purpose: "points/intérieur", index: 3)
      .substream("digits", index: -1)
    #expect(digits.bits(at: 0) == 0x4A2F_C8A8_B9F0_7794)
    #expect(digits.bits(at: 1) == 0x42B5_7FD7_49C7_45E8)
    #expect(digits.bits(at: 2) == 0x8070_99E3_56D9_71B3)
    #expect(digits.bits(at: (1 << 63) + 1) == 0x32B8_9557_D15C_0BD0)
  }

  @Test func `values depend on the position only, not on the order of reading`() {
    let stream = RandomStream(seed: 3, purpose: "order")
    let forward = (0..<100).map { stream.bits(at: $0) }
    let backward = (0..<100).reversed().map { stream.bits(at: $0) }
    #expect(forward == backward.reversed())
    #expect(Set(forward).count == 100)
  }

  @Test func `uniform values fill 256 classes of the interval evenly`() {
    let stream = RandomStream(seed: 11, purpose: "uniformity")
    let values = (0..<65_536).map { stream.uniform(at: UInt64($0)) }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 && ($0 * 0x1p53).truncatingRemainder(dividingBy: 1) == 0 })
    #expect(abs(chiSquareDeviation(values.map { Int($0 * 256) }, classes: 256)) < 5)
  }

  @Test func `neighbours, and equal positions of two purposes, two indices and two seeds, are independent`() {
    let stream = RandomStream(seed: 5, purpose: "points", index: 0)
    let partners: [(RandomStream, UInt64)] = [
      (stream, 1), (stream, 2), (RandomStream(seed: 5, purpose: "weights", index: 0), 0),
      (RandomStream(seed: 5, purpose: "points", index: 1), 0), (RandomStream(seed: 6, purpose: "points", index: 0), 0),
      (stream.substream("points"), 0),
    ]
    for (partner, offset) in partners {
      let pairs = (0..<65_536).map { i -> Int in
        let position = UInt64(i)
        return Int(stream.uniform(at: position) * 16) * 16 + Int(partner.uniform(at: position + offset) * 16)
      }
      #expect(abs(chiSquareDeviation(pairs, classes: 256)) < 5)
    }
  }

  @Test func `each of the 64 bits is set half of the time`() {
    let stream = RandomStream(seed: 1, purpose: "bits")
    let count = 16_384
    var ones = [Int](repeating: 0, count: 64)
    for i in 0..<count {
      let bits = stream.bits(at: UInt64(i))
      for place in 0..<64 where (bits >> UInt64(place)) & 1 == 1 { ones[place] += 1 }
    }
    #expect(ones.allSatisfy { abs(Double($0) - Double(count) / 2) < 5 * Double(count).squareRoot() / 2 })
  }

  @Test func `purposes, indices, seeds and nesting all make different streams`() {
    var streams: Set<RandomStream> = []
    for seed in 0..<3 {
      for purpose in ["", "a", "b", "ab", "a/b", "weights", "points/interior"] {
        for index in [0, 1, 2, -1, Int.max] {
          let stream = RandomStream(seed: UInt64(seed), purpose: purpose, index: index)
          streams.formUnion([stream, stream.substream("a"), stream.substream("a", index: 1)])
        }
      }
    }
    #expect(streams.count == 3 * 7 * 5 * 3)
    #expect(Set(streams.map { $0.bits(at: 0) }).count == streams.count)
  }

  @Test func `normal values have the moments and the tails of the normal distribution`() {
    let stream = RandomStream(seed: 2, purpose: "normal")
    let count = 200_000
    let values = (0..<count).map { stream.normal(at: UInt64($0)) }
    let n = Double(count)
    func moment(_ order: Int) -> Double {
      values.reduce(0) { sum, z in sum + (0..<order).reduce(1.0) { power, _ in power * z } } / n
    }
    // Variances of the first four powers of z: 1, 2, 15, 96.
    #expect(abs(moment(1)) < 5 * (1 / n).squareRoot())
    #expect(abs(moment(2) - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(moment(3)) < 5 * (15 / n).squareRoot())
    #expect(abs(moment(4) - 3) < 5 * (96 / n).squareRoot())
    let beyondThree = 2 * 0.001349898031630095
    let found = Double(values.count { abs($0) > 3 }) / n
    #expect(abs(found - beyondThree) < 5 * (beyondThree / n).squareRoot())
    #expect(values.allSatisfy { abs($0) < 8.21 })
  }

  /// Expected values to 20 digits by Newton's method on mpmath's erfc with 40 digits.
  @Test(arguments: [
    (1e-300, -37.047096299361199237), (1e-100, -21.273453560965324294), (1e-20, -9.2623400897984075796),
    (1e-12, -7.0344838253011319326), (1e-09, -5.9978070150076868614), (1e-05, -4.2648907939228246102),
    (0.01, -2.3263478740408410931), (0.07, -1.4757910281791706856), (0.075, -1.4395314709384559349),
    (0.2, -0.84162123357291416552), (0.4, -0.25334710313579974132), (0.49999, -0.000025066282748960008527),
    (0.6, 0.25334710313579974132), (0.9, 1.2815515655446005935), (0.99, 2.3263478740408407676),
    (0.9999999990686774, 6.0093535655307438932), (1 - 0x1p-53, 8.2095361516013868556),
  ])
  func `the inverse normal distribution is right to 1e-15`(p: Double, z: Double) {
    // A few rounding errors of 1.1e-16 each in the ratio of two polynomials of degree 7.
    let tolerance = 1e-15
    #expect(abs(inverseNormalDistribution(p) - z) <= tolerance * abs(z))
  }

  @Test func `the inverse normal distribution is odd about one half`() {
    #expect(inverseNormalDistribution(0.5) == 0)
    for p in [0x1p-50, 0.0009765625, 0.0625, 0.125, 0.375] {
      #expect(inverseNormalDistribution(p) == -inverseNormalDistribution(1 - p))
    }
  }

  @Test func `permutations hold every number once`() {
    let stream = RandomStream(seed: 9, purpose: "permutation")
    for count in [0, 1, 2, 3, 100, 4_097] {
      #expect(stream.permutation(count).sorted() == Array(0..<count))
    }
    #expect(stream.permutation(100) != Array(0..<100))
    #expect(stream.permutation(100) == stream.permutation(100))
  }

  @Test func `all 24 orders of four numbers are equally likely`() {
    let orders = (0..<24_000).map { i -> Int in
      let order = RandomStream(seed: 9, purpose: "orders", index: i).permutation(4)
      return order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]
    }
    let numbering = Dictionary(uniqueKeysWithValues: Set(orders).sorted().enumerated().map { ($1, $0) })
    #expect(numbering.count == 24)
    #expect(abs(chiSquareDeviation(orders.compactMap { numbering[$0] }, classes: 24)) < 5)
  }

  @Test func `integers stay below their bound and are equally likely`() {
    let stream = RandomStream(seed: 4, purpose: "integers")
    let values = (0..<70_000).map { stream.integer(below: 7, at: UInt64($0)) }
    #expect(values.allSatisfy { (0..<7).contains($0) })
    #expect(abs(chiSquareDeviation(values, classes: 7)) < 5)
    #expect((0..<100).allSatisfy { stream.integer(below: 1, at: $0) == 0 })
    #expect((0..<100).allSatisfy { stream.integer(below: .max, at: $0) >= 0 })
  }

  /// χ² of equal classes as multiples of its standard deviation from its mean.
  private func chiSquareDeviation(_ values: [Int], classes: Int) -> Double {
    var counts = [Double](repeating: 0, count: classes)
    for value in values { counts[value] += 1 }
    let expected = Double(values.count) / Double(classes)
    let chiSquare = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    let freedom = Double(classes - 1)
    return (chiSquare - freedom) / (2 * freedom).squareRoot()
  }
}

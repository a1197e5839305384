/// Random numbers by their position: value `i` of a stream is a function of seed, purpose, index and `i`, and nothing
/// else.
///
/// There is no state to advance, to share or to save. A stream may be read in any order and from any number of threads,
/// and drawing more values for one purpose, or adding a purpose, never moves the values of another.
///
///     bits(i) = half of Philox4x32-10(key: seed, counter: (i / 2, stream))
///     stream  = mix(FNV-1a(parent stream, purpose)) + index · 0x9E3779B97F4A7C15
///
/// Streams of different seeds have different keys, so they cannot coincide. Streams of one purpose with different
/// indices have different counters, so they cannot either. Streams of two purposes coincide only where two 64-bit hash
/// values do. No function of the C library takes part, so the values are the same on every machine.
///
/// It is not for secrets. Values at one position of `bits`, `uniform` and `normal` come from the same bits: draw
/// only one kind from a stream, and take a `substream` for each other kind.
///
/// - Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11.
package struct RandomStream: Sendable, Hashable {
  /// The user's seed: the key of the generator.
  package let seed: UInt64
  /// The upper half of the generator's counter.
  package let identifier: UInt64

  private init(seed: UInt64, identifier: UInt64) {
    self.seed = seed
    self.identifier = identifier
  }

  /// The stream for `purpose` ("weights", "points/interior"); `index` counts draws for the same purpose, such as
  /// resamplings.
  package init(seed: UInt64, purpose: String, index: Int = 0) {
    self = RandomStream(seed: seed, identifier: 0).substream(purpose, index: index)
  }

  /// A stream of its own for a part of this one's purpose.
  package func substream(_ purpose: String, index: Int = 0) -> RandomStream {
    var hash = FNV1a()
    for byte in 0..<8 { hash.combine(UInt8(truncatingIfNeeded: identifier >> UInt64(8 * byte))) }
    for byte in purpose.utf8 { hash.combine(byte) }
    // An odd multiple of the index is one to one, and so is the mixing: no two indices of a purpose meet.
    let offset = UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15
    return RandomStream(seed: seed, identifier: RandomStream.mixed(hash.value) &+ offset)
  }

  /// 64 random bits.
  package func bits(at position: UInt64) -> UInt64 {
    let block = position >> 1
    let words = Philox4x32.block(
      counter: SIMD4(block.lowWord, block.highWord, identifier.lowWord, identifier.highWord),
      key: SIMD2(seed.lowWord, seed.highWord))
    return position & 1 == 0
      ? UInt64(words.x) | UInt64(words.y) << 32
      : UInt64(words.z) | UInt64(words.w) << 32
  }

  /// A multiple of 2⁻⁵³ in [0, 1), all equally likely.
  package func uniform(at position: UInt64) -> Double {
    Double(bits(at: position) >> 11) * 0x1p-53
  }

  /// A value of the standard normal distribution, at most 8.21 in size.
  ///
  /// It is the inverse distribution function of a uniform value: one position, one value, which Box and Muller's pairs
  /// would not give.
  package func normal(at position: UInt64) -> Double {
    // 52 bits and a half, so that p and 1 − p are both exact and neither is 0.
    let p = (Double(bits(at: position) >> 12) + 0.5) * 0x1p-52
    return inverseNormalDistribution(p)
  }

  /// An integer in `0 ..< bound`.
  ///
  /// No value is more likely than another by more than `bound` / 2⁶⁴ of its probability; rejection would remove
  /// that, at the price of a number of positions that is not known beforehand.
  /// - Precondition: `bound` is positive.
  package func integer(below bound: Int, at position: UInt64) -> Int {
    precondition(bound > 0, "an integer below \(bound) was asked for")
    return Int(bits(at: position).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The numbers `0 ..< count` in random order.
  ///
  /// - Complexity: O(`count`).
  /// - Source: Knuth, The Art of Computer Programming 2, algorithm 3.4.2P (Fisher and Yates).
  package func permutation(_ count: Int) -> [Int] {
    precondition(count >= 0, "a permutation of \(count) numbers was asked for")
    var numbers = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      numbers.swapAt(last, integer(below: last + 1, at: UInt64(last)))
    }
    return numbers
  }

  /// Steele, Lea & Flood's finaliser of SplitMix64: one to one on 64 bits, every bit depends on every other.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The hash of Fowler, Noll and Vo, 64 bits wide: the same in every process, which Swift's `Hasher` is not.
private struct FNV1a {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }
}

extension UInt64 {
  fileprivate var lowWord: UInt32 { UInt32(truncatingIfNeeded: self) }
  fileprivate var highWord: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}

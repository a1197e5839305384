/// The counter-based generator Philox with four 32-bit words and ten rounds: a bijection of the counter for each key.
///
/// It passes all of TestU01's BigCrush; ten rounds are the authors' choice, seven the least that passed.
/// - Source: Salmon, Moraes, Dror & Shaw (2011), section 4.3; constants of table 2.
package enum Philox4x32 {
  /// The 128 random bits of a counter.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = counter.x.multipliedFullWidth(by: 0xD251_1F53)
      let second = counter.z.multipliedFullWidth(by: 0xCD9E_8D57)
      counter = SIMD4(second.high ^ counter.y ^ key.x, second.low, first.high ^ counter.w ^ key.y, first.low)
      // Weyl sequences of the golden ratio and √3 − 1.
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
  }
}

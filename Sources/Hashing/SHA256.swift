/// The SHA-256 of bytes that come piece by piece.
///
/// Plain code, for it must be there on every system without a library: about 0.3 GB/s.
///
/// - Source: FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2.
package struct SHA256: Sendable {
  private var state = SIMD8<UInt32>(
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19)
  /// Bytes of a block that is not full yet.
  private var rest: [UInt8] = []
  /// How many bytes have come.
  package private(set) var byteCount = 0

  private static let blockSize = 64

  package init() { rest.reserveCapacity(SHA256.blockSize) }

  /// Takes more bytes in.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += bytes.count
    var place = 0
    if !rest.isEmpty {
      place = min(SHA256.blockSize - rest.count, bytes.count)
      rest.append(contentsOf: bytes[..<place])
      guard rest.count == SHA256.blockSize else { return }
      let block = rest
      block.withUnsafeBytes { absorb($0) }
      rest.removeAll(keepingCapacity: true)
    }
    let end = place + (bytes.count - place) / SHA256.blockSize * SHA256.blockSize
    absorb(UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
    rest.append(contentsOf: bytes[end...])
  }

  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if isDone == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// The 32 bytes of the hash of all that has come; more may follow.
  package var digest: [UInt8] {
    var last = self
    let zeros = (SHA256.blockSize + 55 - rest.count) % SHA256.blockSize
    last.update([0x80] + [UInt8](repeating: 0, count: zeros))
    let bitCount = UInt64(byteCount) * 8
    last.update((0..<8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64(56 - 8 * $0)) })
    return last.state.indices.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: last.state[word] >> UInt32(24 - 8 * $0)) }
    }
  }

  /// The hash in 64 hexadecimal digits, as `sha256sum` prints it.
  package var hexadecimal: String { Hashing.hexadecimal(digest) }

  /// The hash of some bytes.
  package static func digest(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest
  }

  /// The hash of some bytes in 64 hexadecimal digits.
  package static func hexadecimal(of bytes: some Sequence<UInt8>) -> String { Hashing.hexadecimal(digest(of: bytes)) }

  /// Takes whole blocks in: for each 64 rounds over the words of its schedule.
  private mutating func absorb(_ blocks: UnsafeRawBufferPointer) {
    guard !blocks.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      roundConstants.withUnsafeBufferPointer { constants in
        // SAFETY: both buffers hold 64 words, and every block 64 bytes.
        for start in stride(from: 0, to: blocks.count, by: SHA256.blockSize) {
          for word in 0..<16 {
            w[word] = UInt32(bigEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * word, as: UInt32.self))
          }
          for word in 16..<64 {
            let (early, late) = (w[word - 15], w[word - 2])
            let small = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
            let large = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
            w[word] = w[word - 16] &+ small &+ w[word - 7] &+ large
          }
          var (a, b, c, d) = (state[0], state[1], state[2], state[3])
          var (e, f, g, h) = (state[4], state[5], state[6], state[7])
          for round in 0..<64 {
            let mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ mixed &+ ((e & f) ^ (~e & g)) &+ constants[round] &+ w[round]
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
          }
          state &+= SIMD8(a, b, c, d, e, f, g, h)
        }
      }
    }
  }
}

@inline(__always)
private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { (word >> count) | (word << (32 - count)) }

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = [
  0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
  0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
  0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
  0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
  0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
  0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
  0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
  0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
]

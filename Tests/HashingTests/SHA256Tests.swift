import Hashing
import Testing

@Suite struct SHA256Tests {
  /// Examples of FIPS 180-4 and of NIST's test vectors.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func `known texts have their known hashes`(text: String, hash: String) {
    #expect(SHA256.hexadecimal(of: text.utf8) == hash)
  }

  @Test func `pieces of any length give the hash of the whole`() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for length in 0..<200 {
      let whole = SHA256.digest(of: bytes[..<length])
      for piece in [1, 3, 55, 56, 63, 64, 65, 128] {
        var hash = SHA256()
        for start in stride(from: 0, to: length, by: piece) {
          hash.update(bytes[start..<min(length, start + piece)])
          // Asking in between changes nothing.
          if start % 5 == 0 { _ = hash.digest }
        }
        #expect(hash.digest == whole && hash.byteCount == length, "\(length) bytes in pieces of \(piece)")
      }
    }
  }

  @Test func `numbers and bytes are written with leading zeros`() {
    #expect(hexadecimal(UInt64(0xAB)) == "00000000000000ab")
    #expect(hexadecimal([0, 1, 255]) == "0001ff")
    #expect(fnv1a("".utf8) == 0xCBF2_9CE4_8422_2325 && fnv1a("a".utf8) == 0xAF63_DC4C_8601_EC8C)
  }
}

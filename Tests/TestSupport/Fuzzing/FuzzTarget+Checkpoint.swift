import Hashing
import Training

extension FuzzTarget {
  /// A checkpoint, as it is and with a right checksum over what it holds, as a hostile file would have: what is accepted
  /// is written to the same bits.
  static let checkpoint = FuzzTarget(
    name: "checkpoint",
    pieces: [
      [0], [255], [127], [1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0, 0],
      [255, 255, 255, 255, 255, 255, 255, 255], [255, 255, 255, 255, 255, 255, 255, 127], [0, 0, 0, 0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 32], [1, 0, 0, 0, 0, 0, 0, 32], Array("pinn checkpoint\n".utf8), [0xC3, 0x28],
    ],
    builtInSeeds: [
      Checkpoint(), Checkpoint(vectors: ["theta": [1, -0.0, .nan, .infinity, .leastNonzeroMagnitude], "empty": []]),
      Checkpoint(
        vectors: ["parameters": (0..<40).map(Double.init), "": [2], "moments": [0, 1]],
        texts: ["configuration": "äöü\u{0}\n", "": "", "b": "x"]),
    ].map { $0.bytes() }
  ) { bytes in
    if let reason = violation(bytes) { return .violation(reason) }
    var isRead = false
    for sealed in [withDigest(bytes), withSum(bytes)] {
      if let reason = violation(sealed) { return .violation("sealed: \(reason)") }
      isRead = isRead || (try? Checkpoint(bytes: sealed)) != nil
    }
    return isRead ? .accepted : .refused
  }

  /// The last bytes replaced by the SHA-256 of all before, as the present format has them.
  private static func withDigest(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 32 else { return bytes }
    return bytes.dropLast(32) + SHA256.digest(of: bytes.dropLast(32))
  }

  /// The same with the checksum of format 1.
  private static func withSum(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 8 else { return bytes }
    let sum = Checkpoint.checksum(bytes.dropLast(8))
    return bytes.dropLast(8) + (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * $0)) }
  }

  private static func violation(_ bytes: [UInt8]) -> String? {
    guard let read = try? Checkpoint(bytes: bytes) else { return nil }
    guard let back = try? Checkpoint(bytes: read.bytes()) else { return "cannot be read as it is written" }
    let isSame =
      back.texts == read.texts
      && back.vectors.mapValues { $0.map(\.bitPattern) } == read.vectors.mapValues { $0.map(\.bitPattern) }
    return isSame ? nil : "written and read it is another"
  }
}

import Foundation
import Hashing
import Testing
import Training

@Suite struct CheckpointTests {
  private static let small = Checkpoint(
    vectors: ["theta": [1, -0.0, .nan, .infinity, .leastNonzeroMagnitude], "empty": [], "": [2]],
    texts: ["configuration": "äöü\u{0}\n", "": "", "b": "x"])

  private func same(_ a: Checkpoint, _ b: Checkpoint) -> Bool {
    a.texts == b.texts && a.vectors.mapValues { $0.map(\.bitPattern) } == b.vectors.mapValues { $0.map(\.bitPattern) }
  }

  @Test func `bytes read back to the same bits`() throws {
    for checkpoint in [CheckpointTests.small, Checkpoint()] {
      let back = try Checkpoint(bytes: checkpoint.bytes())
      #expect(same(back, checkpoint))
    }
    // Written in one order whatever the order of the dictionary.
    let other = Checkpoint(
      vectors: Dictionary(uniqueKeysWithValues: CheckpointTests.small.vectors.sorted { $0.key > $1.key }),
      texts: CheckpointTests.small.texts)
    #expect(other.bytes() == CheckpointTests.small.bytes())
  }

  @Test func `F11 a file cut at any length is refused`() {
    let bytes = CheckpointTests.small.bytes()
    for length in 0..<bytes.count {
      let failure = #expect(throws: Checkpoint.Failure.self) { try Checkpoint(bytes: Array(bytes[..<length])) }
      #expect(failure == .notACheckpoint || failure == .damaged)
    }
    #expect(throws: Checkpoint.Failure.damaged) { try Checkpoint(bytes: bytes + [0]) }
  }

  @Test func `F11 every change of one byte is refused`() {
    let bytes = CheckpointTests.small.bytes()
    for place in bytes.indices {
      for change in 1...255 {
        var changed = bytes
        changed[place] ^= UInt8(change)
        let isAccepted = (try? Checkpoint(bytes: changed)) != nil
        if isAccepted { Issue.record("byte \(place) changed by \(change)") }
      }
    }
  }

  /// As a hostile file would have it: lies under a right checksum.
  @Test func `F33 ten thousand lies under a right checksum take no more memory than the file has`() {
    let bytes = CheckpointTests.small.bytes()
    let payload = 16 + 8 + 8
    var seen = 0
    let lies: [UInt64] = [.max, .max >> 1, 1 << 32, 1 << 61, 1 << 60, 0, 1, 7, 255, 1 << 24, 1 << 40, 0x101, 1 << 16]
    for lie in lies {
      for place in payload..<(bytes.count - 40) {
        for width in [1, 2, 4, 8] {
          var changed = bytes
          for byte in 0..<width { changed[place + byte] = UInt8(truncatingIfNeeded: lie >> UInt64(8 * byte)) }
          changed.replaceSubrange((changed.count - 32)..., with: SHA256.digest(of: changed.dropLast(32)))
          if let read = try? Checkpoint(bytes: changed) {
            let numbers = read.vectors.values.reduce(0) { $0 + $1.count }
            #expect(8 * numbers <= bytes.count)
          }
          seen += 1
        }
      }
    }
    #expect(seen >= 9_000)
  }

  @Test func `F12 another format tells its version, another file what it is not`() {
    var bytes = CheckpointTests.small.bytes()
    bytes[16] = 9
    #expect(throws: Checkpoint.Failure.otherVersion(9)) { try Checkpoint(bytes: bytes) }
    #expect(throws: Checkpoint.Failure.notACheckpoint) { try Checkpoint(bytes: Array("title = \"no\"".utf8)) }
    #expect(throws: Checkpoint.Failure.notACheckpoint) { try Checkpoint(bytes: [UInt8](repeating: 7, count: 100)) }
  }

  @Test func `F12 the other byte order is told`() {
    var bytes = CheckpointTests.small.bytes()
    bytes[16..<24].reverse()
    #expect(throws: Checkpoint.Failure.otherByteOrder) { try Checkpoint(bytes: bytes) }
    bytes[16..<24].reverse()
    bytes[24..<32].reverse()
    bytes.replaceSubrange((bytes.count - 32)..., with: SHA256.digest(of: bytes.dropLast(32)))
    #expect(throws: Checkpoint.Failure.otherByteOrder) { try Checkpoint(bytes: bytes) }
  }

  /// Every format that any version has written, and what it holds.
  @Test(arguments: [1, 2]) func `F12 files of every format are read`(format: Int) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/checkpoint-\(format)")
    let bytes = Array(try Data(contentsOf: path))
    #expect(bytes[16] == UInt8(format))
    let checkpoint = try Checkpoint(bytes: bytes)
    #expect(checkpoint.vectors["theta"]?.count == 14)
    #expect(checkpoint.vectors["optimizer.s"]?.count == 3 * 14)
    #expect(checkpoint.texts["version"] == "0.1.0" && checkpoint.texts["configuration"] == "cc9e4cf525b91607")
    for place in stride(from: 0, to: bytes.count, by: 7) {
      var changed = bytes
      changed[place] ^= 1
      #expect(throws: Checkpoint.Failure.self) { try Checkpoint(bytes: changed) }
    }
  }
}

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

  @Test func `a file cut at any length is refused`() {
    let bytes = CheckpointTests.small.bytes()
    for length in 0..<bytes.count {
      let failure = #expect(throws: Checkpoint.Failure.self) { try Checkpoint(bytes: Array(bytes[..<length])) }
      #expect(failure == .notACheckpoint || failure == .damaged)
    }
    #expect(throws: Checkpoint.Failure.damaged) { try Checkpoint(bytes: bytes + [0]) }
  }

  @Test func `every change of one byte is refused`() {
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

  @Test func `counts that lie are refused before memory is taken`() {
    // A right checksum over wrong counts, as a hostile file would have.
    let bytes = CheckpointTests.small.bytes()
    let payload = 16 + 8 + 8
    for place in stride(from: payload, to: bytes.count - 16, by: 1) {
      for lie: [UInt8] in [
        [255, 255, 255, 255, 255, 255, 255, 255], [255, 255, 255, 255, 255, 255, 255, 127], [0, 0, 0, 0, 1, 0, 0, 0],
      ] {
        var changed = bytes
        changed.replaceSubrange(place..<place + 8, with: lie)
        let sum = Checkpoint.checksum(changed[..<(changed.count - 8)])
        for byte in 0..<8 { changed[changed.count - 8 + byte] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * byte)) }
        // Some of these are numbers of a vector, which may be anything; none may crash.
        _ = try? Checkpoint(bytes: changed)
      }
    }
  }

  @Test func `another format tells its version, another file what it is not`() {
    var bytes = CheckpointTests.small.bytes()
    bytes[16] = 9
    #expect(throws: Checkpoint.Failure.otherVersion(9)) { try Checkpoint(bytes: bytes) }
    #expect(throws: Checkpoint.Failure.notACheckpoint) { try Checkpoint(bytes: Array("title = \"no\"".utf8)) }
    #expect(throws: Checkpoint.Failure.notACheckpoint) { try Checkpoint(bytes: [UInt8](repeating: 7, count: 100)) }
  }
}

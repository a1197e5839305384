/// The complete state of a training run as named vectors and texts, and its binary form.
///
/// The file is plain data of fixed layout, little-endian: a magic line, the format version, the length of the
/// payload, the payload, and a checksum over all before it. Reading allocates no more than the file holds.
package struct Checkpoint: Sendable, Equatable {
  package var vectors: [String: [Double]]
  package var texts: [String: String]

  package init(vectors: [String: [Double]] = [:], texts: [String: String] = [:]) {
    self.vectors = vectors
    self.texts = texts
  }

  package static let formatVersion: UInt64 = 1
  private static let magic = Array("pinn checkpoint\n".utf8)

  package enum Failure: Error, Equatable, Sendable {
    case notACheckpoint
    case otherVersion(UInt64)
    case damaged
  }

  package func bytes() -> [UInt8] {
    var payload: [UInt8] = []
    func append(_ value: UInt64, to bytes: inout [UInt8]) {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    func append(_ text: String) {
      append(UInt64(text.utf8.count), to: &payload)
      payload += Array(text.utf8)
    }
    append(UInt64(texts.count), to: &payload)
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      append(name)
      append(text)
    }
    append(UInt64(vectors.count), to: &payload)
    for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
      append(name)
      append(UInt64(vector.count), to: &payload)
      for value in vector { append(value.bitPattern, to: &payload) }
    }
    var bytes = Checkpoint.magic
    append(Checkpoint.formatVersion, to: &bytes)
    append(UInt64(payload.count), to: &bytes)
    bytes += payload
    append(Checkpoint.checksum(bytes[...]), to: &bytes)
    return bytes
  }

  package init(bytes: [UInt8]) throws(Failure) {
    let headerCount = Checkpoint.magic.count + 16
    guard bytes.count >= headerCount + 8, bytes.starts(with: Checkpoint.magic) else { throw .notACheckpoint }
    var reader = Reader(bytes: bytes, place: Checkpoint.magic.count, end: bytes.count - 8)
    let version = try reader.number()
    guard version == Checkpoint.formatVersion else { throw .otherVersion(version) }
    guard try reader.number() == UInt64(bytes.count - headerCount - 8) else { throw .damaged }
    var trailer = Reader(bytes: bytes, place: bytes.count - 8, end: bytes.count)
    guard try trailer.number() == Checkpoint.checksum(bytes[..<(bytes.count - 8)]) else { throw .damaged }
    texts = [:]
    vectors = [:]
    for _ in 0..<(try reader.number()) {
      let name = try reader.text()
      texts[name] = try reader.text()
    }
    for _ in 0..<(try reader.number()) {
      let name = try reader.text()
      vectors[name] = try reader.vector()
    }
    guard reader.place == reader.end else { throw .damaged }
  }

  /// FNV-1a, 64 bits: every step is a bijection, so that no single change goes unseen.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  private struct Reader {
    let bytes: [UInt8]
    var place: Int
    let end: Int

    mutating func number() throws(Failure) -> UInt64 {
      guard end - place >= 8 else { throw .damaged }
      var value: UInt64 = 0
      for offset in 0..<8 { value |= UInt64(bytes[place + offset]) << UInt64(8 * offset) }
      place += 8
      return value
    }

    /// A count of things of `size` bytes each that the rest of the file can hold.
    private mutating func count(size: Int) throws(Failure) -> Int {
      let count = try number()
      guard count <= UInt64((end - place) / size) else { throw .damaged }
      return Int(count)
    }

    mutating func text() throws(Failure) -> String {
      let length = try count(size: 1)
      defer { place += length }
      return String(decoding: bytes[place..<(place + length)], as: UTF8.self)
    }

    mutating func vector() throws(Failure) -> [Double] {
      let length = try count(size: 8)
      var vector: [Double] = []
      vector.reserveCapacity(length)
      for _ in 0..<length { vector.append(Double(bitPattern: try number())) }
      return vector
    }
  }
}

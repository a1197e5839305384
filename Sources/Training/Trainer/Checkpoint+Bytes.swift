import Hashing

/// The binary form of a checkpoint: plain data of fixed layout, little-endian on every machine.
///
///     magic line (16 bytes) · format version · byte order mark · length of the payload · payload · SHA-256 of all before
///
///     payload:  count of texts · (name, text)… · count of vectors · (name, count, numbers)…
///
/// Names and texts are their length and UTF-8, numbers the bits of a `Double`, every count 8 bytes. In format 1 there was no byte
/// order mark, and the last 8 bytes were FNV-1a in place of SHA-256; such files are still read.
extension Checkpoint {
  package static let formatVersion: UInt64 = 2
  private static let magic = Array("pinn checkpoint\n".utf8)
  /// What a machine of the other byte order would have written is this backwards.
  private static let byteOrderMark: UInt64 = 0x0102_0304_0506_0708

  package enum Failure: Error, Equatable, Sendable {
    case notACheckpoint
    case otherVersion(UInt64)
    case otherByteOrder
    case damaged
  }

  package func bytes() -> [UInt8] {
    var payload = Writer()
    payload.append(UInt64(texts.count))
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      payload.append(name)
      payload.append(text)
    }
    payload.append(UInt64(vectors.count))
    for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
      payload.append(name)
      payload.append(vector)
    }
    var file = Writer()
    file.bytes.reserveCapacity(Checkpoint.magic.count + 24 + payload.bytes.count + 32)
    file.bytes += Checkpoint.magic
    file.append(Checkpoint.formatVersion)
    file.append(Checkpoint.byteOrderMark)
    file.append(UInt64(payload.bytes.count))
    file.bytes += payload.bytes
    file.bytes += SHA256.digest(of: file.bytes)
    return file.bytes
  }

  /// Reads the binary form; allocates no more than the bytes hold.
  ///
  /// - Throws: what kept them from being read; a checksum that is not right comes before all that is wrong inside.
  package init(bytes: [UInt8]) throws(Failure) {
    let start = Checkpoint.magic.count
    guard bytes.count >= start + 8, bytes.starts(with: Checkpoint.magic) else { throw .notACheckpoint }
    var reader = Reader(bytes: bytes, place: start, end: bytes.count)
    let version = try reader.number()
    let checksumLength: Int
    switch version {
    case 1: checksumLength = 8
    case 2: checksumLength = 32
    case let other where other.byteSwapped <= Checkpoint.formatVersion: throw .otherByteOrder
    default: throw .otherVersion(version)
    }
    guard bytes.count - reader.place >= checksumLength else { throw .damaged }
    reader.end = bytes.count - checksumLength
    let checked = bytes[..<reader.end]
    let checksum = version == 1 ? Writer(fnv1a(checked)).bytes : SHA256.digest(of: checked)
    guard bytes[reader.end...].elementsEqual(checksum) else { throw .damaged }
    if version >= 2 {
      guard try reader.number() == Checkpoint.byteOrderMark else { throw .otherByteOrder }
    }
    guard try reader.number() == UInt64(reader.end - reader.place) else { throw .damaged }
    self.init()
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

  /// The checksum of format 1.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 { fnv1a(bytes) }

  private struct Writer {
    var bytes: [UInt8] = []

    init() {}
    init(_ value: UInt64) { append(value) }

    mutating func append(_ value: UInt64) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
      append(UInt64(text.utf8.count))
      bytes += text.utf8
    }

    mutating func append(_ vector: [Double]) {
      append(UInt64(vector.count))
      for value in vector { append(value.bitPattern) }
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var place: Int
    var end: Int

    mutating func number() throws(Failure) -> UInt64 {
      guard end - place >= 8 else { throw .damaged }
      defer { place += 8 }
      // SAFETY: the guard leaves eight bytes behind `place`.
      return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
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

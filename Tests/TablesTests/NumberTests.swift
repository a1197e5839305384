import Tables
import Testing

/// A small generator with a printed seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct `Number text` {
  @Test(
    arguments: [
      (0.0, "0"), (-0.0, "-0"), (1, "1"), (-2, "-2"), (0.1, "0.1"), (1e-5, "1e-5"), (0.0001, "0.0001"), (1e16, "1e16"),
      (1e15, "1000000000000000"), (1.5e300, "1.5e300"),
      (.leastNonzeroMagnitude, "5e-324"), (1.0 / 3, "0.3333333333333333"),
      (.nan, "nan"), (-.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"),
      (.greatestFiniteMagnitude, "1.7976931348623157e308"),
      (1e100, "1e100"), (-1e-10, "-1e-10"), (123456.789, "123456.789"),
    ] as [(Double, String)])
  func `is the shortest that reads back`(_ value: Double, _ expected: String) {
    #expect(shortestDecimal(value) == expected)
  }

  @Test func `of a hundred thousand random bit patterns reads back to the same bits`() throws {
    var generator = SeededGenerator(state: 20)
    var values: [Double] = []
    while values.count < 100_000 {
      let bits = generator.next()
      // Every second value within the magnitudes that data have, where the reader does its own rounding.
      let value =
        values.count % 2 == 0
        ? Double(bitPattern: bits)
        : Double(bitPattern: (bits & 0x800F_FFFF_FFFF_FFFF) | (UInt64(960 + bits >> 52 % 100) << 52))
      if value.isFinite { values.append(value) }
    }
    let text = "x\n" + values.map { shortestDecimal($0) + "\n" }.joined()
    let read = try readTable(text: text, named: "seed 20").numbers("x")
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(values.allSatisfy { Double(shortestDecimal($0))?.bitPattern == $0.bitPattern })
  }

  @Test func `with any number of digits reads as the nearest double`() throws {
    var generator = SeededGenerator(state: 21)
    var texts: [String] = []
    for _ in 0..<100_000 {
      let count = Int.random(in: 1...24, using: &generator)
      var digits = (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }
      if Bool.random(using: &generator) { digits.insert(".", at: Int.random(in: 0...count, using: &generator)) }
      let exponent =
        Int.random(in: 0...2, using: &generator) == 0 ? "e\(Int.random(in: -40...40, using: &generator))" : ""
      texts.append((Bool.random(using: &generator) ? "-" : "") + digits.joined() + exponent)
    }
    // Halfway between two doubles, and next to it.
    texts += [
      "9007199254740993", "9007199254740993.0000000001", "9007199254740992.9999999999", "0.5000000000000000277555756",
    ]
    for k in 0..<60 {
      let half = (1 << 53) + 2 * UInt64(k) + 1
      texts += ["\(half)", "\(half)e0", "\(half).0", "\(half)e-1", "\(half)000e-3"]
    }
    let read = try readTable(text: "x\n" + texts.joined(separator: "\n"), named: "seed 21").numbers("x")
    for (text, value) in zip(texts, read) where Double(text)?.bitPattern != value.bitPattern {
      Issue.record("'\(text)' was read as \(value)")
    }
  }
}

/// Changes an input a little: the plausible typos and the implausible ones.
package struct ByteMutator {
  private let seeds: [[UInt8]]
  private let pieces: [[UInt8]]
  private var numbers: SeededNumbers

  package init(_ target: FuzzTarget, seed: UInt64) throws {
    seeds = try target.seeds()
    pieces = target.pieces
    numbers = SeededNumbers(seed: seed)
  }

  package mutating func next() -> [UInt8] {
    var bytes = numbers.element(seeds)
    // Short inputs are hit where it matters more often than long ones.
    if bytes.count > 60, numbers.integer(0...1) == 0 {
      let start = numbers.integer(0...bytes.count - 41)
      bytes = Array(bytes[start..<min(bytes.count, start + numbers.integer(1...200))])
    }
    for _ in 0..<numbers.integer(1...4) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = numbers.integer(0...bytes.count)
    let end = min(bytes.count, place + numbers.integer(0...8))
    switch numbers.integer(0...8) {
    case 0: bytes.removeSubrange(place..<end)
    case 1, 2: bytes.insert(contentsOf: numbers.element(pieces), at: place)
    case 3: bytes.replaceSubrange(place..<end, with: numbers.element(pieces))
    case 4:
      // Over what is there: lengths in the middle of a binary file stay in their place.
      let piece = numbers.element(pieces)
      bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
    case 5: bytes.insert(contentsOf: Array(bytes[place..<end]), at: numbers.integer(0...bytes.count))
    case 6: if place < bytes.count { bytes[place] = UInt8(numbers.integer(0...255)) }
    case 7:
      let lines = numbers.element(seeds).split(separator: UInt8(ascii: "\n"))
      if !lines.isEmpty { bytes.insert(contentsOf: numbers.element(lines) + [UInt8(ascii: "\n")], at: place) }
    default: if place < bytes.count { bytes.swapAt(place, numbers.integer(0...bytes.count - 1)) }
    }
  }
}

/// Pieces as texts.
func bytePieces(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

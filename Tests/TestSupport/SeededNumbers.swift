import Kernels

/// Random numbers for a test, the same in every run; failures are to name `seed`.
package struct SeededNumbers: Sendable, CustomStringConvertible {
  package let seed: UInt64
  private let stream: RandomStream
  private var position: UInt64 = 0

  package init(seed: UInt64) {
    self.seed = seed
    stream = RandomStream(seed: seed, purpose: "test")
  }

  package var description: String { "seed \(seed)" }

  package mutating func bits() -> UInt64 {
    position += 1
    return stream.bits(at: position)
  }

  package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * (Double(bits() >> 11) * 0x1p-53)
  }

  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits() % UInt64(range.count))
  }

  package mutating func element<Element>(_ choices: [Element]) -> Element { choices[integer(0...choices.count - 1)] }

  /// A finite number of either sign whose exponent, not its value, is equally likely in `exponents`; −1074 gives
  /// subnormal numbers too.
  package mutating func wide(exponents: ClosedRange<Int>) -> Double {
    let size = (1 + Double(bits() >> 12) * 0x1p-52) * Double(sign: .plus, exponent: integer(exponents), significand: 1)
    return bits() & 1 == 0 ? size : -size
  }

  package mutating func array(_ count: Int, _ range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in uniform(range) }
  }
}

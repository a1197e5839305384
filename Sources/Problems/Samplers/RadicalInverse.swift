package import Kernels

/// The radical inverse: the digits of a whole number, mirrored at the point.
///
///     i = Σ a_k b^k      φ_b(i) = Σ π_k(a_k) b^(−k−1)
///
/// π_k is the identity, or for each place k a random permutation of the digits. Neighbouring large bases without
/// permutations run along diagonals for the first b points or so; permutations break that up, and leave the even
/// distribution over the intervals [c b^(−k), (c + 1) b^(−k)) as it was.
///
/// - Source: Halton (1960), Numerische Mathematik 2, 84–90; permutations as in Owen (2017), A randomized Halton
///   algorithm in R, arXiv:1706.02808.
package struct RadicalInverse {
  package let base: UInt64
  /// How many digits are kept: the most with `base` to that power at most 2⁵³, so that the mirrored number is exact.
  package let places: Int
  private let scale: Double
  /// [place, digit], empty for the identity.
  private let permutations: [UInt64]

  package init(base: Int, permutedBy stream: RandomStream? = nil) {
    self.base = UInt64(base)
    var places = 0
    var power: UInt64 = 1
    while power <= (1 << 53) / self.base {
      power *= self.base
      places += 1
    }
    self.places = places
    scale = Double(power)
    permutations =
      stream.map { stream in
        (0..<places).flatMap { place in stream.substream("digits", index: place).permutation(base).map(UInt64.init) }
      } ?? []
  }

  /// In [0, 1), correctly rounded.
  ///
  /// - Precondition: `index` has at most `places` digits; the fewest values that allows, for base 1609, are 6.7e12.
  package func callAsFunction(_ index: Int) -> Double {
    var rest = UInt64(index)
    var mirrored: UInt64 = 0
    for place in 0..<places {
      let digit = rest % base
      rest /= base
      mirrored = mirrored * base + (permutations.isEmpty ? digit : permutations[place * Int(base) + Int(digit)])
    }
    precondition(rest == 0, "the radical inverse of \(index) in base \(base) needs more than \(places) digits")
    return Double(mirrored) / scale
  }

  /// The first `count` primes.
  package static func primes(_ count: Int) -> [Int] {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < count {
      if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes
  }
}

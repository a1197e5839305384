import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Draws from finite sets with given chances.
enum Density {
  /// |x|ᵏ; 0 for what is no number.
  static func power(_ x: Double, _ k: Double) -> Double {
    guard x.isFinite else { return 0 }
    if k == 1 { return abs(x) }
    return k == 2 ? x * x : pow(abs(x), k)
  }

  /// `count` different numbers below `weights.count`, drawn one after the other with chances in proportion to the weights
  /// of those that are left, in ascending order.
  ///
  /// The number with the least −log(u)/w is what such a draw gives first, and so on.
  ///
  /// - Source: Efraimidis & Spirakis (2006), Inf. Process. Lett. 97.
  static func withoutReplacement(_ count: Int, weights: [Double], stream: RandomStream) -> [Int] {
    let keys = weights.indices.map { place in
      let weight = weights[place]
      return weight > 0 ? -log(stream.uniform(at: UInt64(place)) + 0x1p-60) / weight : .infinity
    }
    return Array(keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(count)).sorted()
  }

  /// `count` numbers, each drawn from all with chances in proportion to the weights, in ascending order: by even steps
  /// through the sum of the weights from the least to the largest. A number of chance p comes ⌊count·p⌋ or ⌈count·p⌉
  /// times, and so do all those of one size together.
  static func systematic(_ count: Int, weights: [Double], stream: RandomStream) -> [Int] {
    let order = weights.indices.sorted { (weights[$0], $0) < (weights[$1], $1) }
    let total = order.reduce(0) { $0 + weights[$1] }
    let start = stream.uniform(at: 0)
    var numbers: [Int] = []
    var (sum, place) = (weights[order[0]], 0)
    for step in 0..<count {
      let target = (Double(step) + start) * total / Double(count)
      while place < order.count - 1, sum <= target {
        place += 1
        sum += weights[order[place]]
      }
      numbers.append(order[place])
    }
    return numbers.sorted()
  }
}

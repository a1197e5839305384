/// The derivatives a jet carries: a set of multi-indices that holds, with each derivative, all lower ones.
///
/// Faà di Bruno's formula for ∂^α f(z) needs ∂^β z for every β ≤ α, so the set is closed downward. The order of
/// `indices` is the order of the parts in memory: by total order, the value first.
package struct DerivativeSet: Sendable, Hashable {
  package let indices: [MultiIndex]

  /// The smallest set that contains `wanted` and the value.
  package init(closing wanted: some Sequence<MultiIndex>) {
    var all: Set<MultiIndex> = [.value]
    var pending = Array(wanted)
    while let next = pending.popLast() {
      guard all.insert(next).inserted || next == .value else { continue }
      let variables = next.variables
      for place in variables.indices {
        var lower = variables
        lower.remove(at: place)
        let index = MultiIndex(lower)
        if !all.contains(index) { pending.append(index) }
      }
    }
    indices = all.sorted()
  }

  /// The place of a derivative among the parts, or nil.
  package func part(_ index: MultiIndex) -> Int? { indices.firstIndex(of: index) }

  package var count: Int { indices.count }

  /// The highest total order in the set.
  package var order: Int { indices.last?.order ?? 0 }

  package func union(_ other: DerivativeSet) -> DerivativeSet { DerivativeSet(closing: indices + other.indices) }
}

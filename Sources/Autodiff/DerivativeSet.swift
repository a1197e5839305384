/// The derivatives a jet carries: a set of multi-indices that holds, with each derivative, all lower ones, and
/// Laplacians by variables whose first derivatives it holds.
///
/// Faà di Bruno's formula for ∂^α f(z) needs ∂^β z for every β ≤ α, so the set is closed downward. The parts stand in
/// memory in the order of `indices`, by total order, the value first; then come the Laplacians.
package struct DerivativeSet: Sendable, Hashable {
  /// The derivatives that are a part each.
  package let indices: [MultiIndex]
  /// The sums of derivatives that are a part each, ascending.
  package let laplacians: [Laplacian]

  /// The smallest set that contains `wanted`, `laplacians` and the value.
  package init(closing wanted: some Sequence<MultiIndex>, laplacians: some Sequence<Laplacian> = []) {
    self.laplacians = Set(laplacians).sorted()
    var all: Set<MultiIndex> = [.value]
    var pending = Array(wanted) + self.laplacians.flatMap { $0.variables.map { MultiIndex([$0]) } }
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

  /// The place of a Laplacian among the parts, or nil.
  package func part(_ laplacian: Laplacian) -> Int? {
    laplacians.firstIndex(of: laplacian).map { indices.count + $0 }
  }

  /// Each part as the derivatives whose sum it is.
  package var parts: [[MultiIndex]] { indices.map { [$0] } + laplacians.map(\.summands) }

  package var count: Int { indices.count + laplacians.count }

  /// The highest total order in the set.
  package var order: Int { max(indices.last?.order ?? 0, laplacians.isEmpty ? 0 : 2) }

  package func union(_ other: DerivativeSet) -> DerivativeSet {
    DerivativeSet(closing: indices + other.indices, laplacians: laplacians + other.laplacians)
  }
}

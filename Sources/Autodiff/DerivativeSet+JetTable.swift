package import KernelInterface

extension DerivativeSet {
  /// Faà di Bruno's formula for every part of the set, as the activation kernels read it.
  ///
  /// For α = (v₁, …, v_k) the derivative ∂^α f(z) is the sum over all partitions of the k positions into blocks,
  ///
  ///     f⁽ᵐ⁾(z) · ∏ over the m blocks B of ∂^{v_B} z,
  ///
  /// where equal summands are merged into one with a coefficient: 15 partitions at order four, 5 distinct ones for
  /// ∂⁴/∂x⁴ with the coefficients 1, 4, 3, 6, 1. The formula of a Laplacian is the sum over its variables; the summands
  /// f′ ∂²z/∂x_v² together are f′ Δz, so that again only parts of the set occur.
  ///
  /// - Source: Hardy (2006), "Combinatorics of partial derivatives", Electronic J. Combinatorics 13, R1.
  package var jetTable: JetTable {
    var firsts: [Int32] = []
    var seconds: [Int32] = []
    var chains: [Int32] = []
    var terms: [JetTerm] = []
    for (part, summands) in parts.enumerated() where part > 0 {
      for (factors, coefficient) in partitionTerms(of: summands, part: part) {
        terms.append(JetTerm(coefficient: coefficient, part: part, factors: factors))
      }
      let first = summands[0]
      switch first.order {
      case 1: firsts.append(Int32(part))
      case 2:
        seconds += [Int32(part), Int32(summands.count)]
        seconds += summands.flatMap(\.variables).compactMap { self.part(MultiIndex([$0])).map { Int32($0) } }
      case 3 where first.isPure:
        chains += (1...4).map { Int32(self.part(MultiIndex(repeating: first.variables[0], count: $0)) ?? -1) }
      default: break
      }
    }
    return JetTable(
      partCount: count, order: order, firsts: firsts, seconds: seconds, chains: chains,
      isMixed: indices.contains { $0.order > 2 && !$0.isPure }, terms: terms)
  }

  /// The distinct products of parts for one part, with their multiplicities, in a fixed order.
  private func partitionTerms(
    of summands: [MultiIndex], part: Int
  ) -> [(factors: [Int], coefficient: Double)] {
    // The partition into one block, which gives each summand of the part itself, stands for all summands.
    var result: [(factors: [Int], coefficient: Double)] = [([part], 1)]
    for variables in summands.map(\.variables) {
      for blocks in setPartitions(of: variables.count) where blocks.count > 1 {
        let factors = blocks.compactMap { self.part(MultiIndex($0.map { variables[$0] })) }.sorted()
        precondition(factors.count == blocks.count, "derivative set \(indices) is not closed downward")
        if let known = result.firstIndex(where: { $0.factors == factors }) {
          result[known].coefficient += 1
        } else {
          result.append((factors, 1))
        }
      }
    }
    return result
  }
}

/// All partitions of `0 ..< count` into blocks: 1, 1, 2, 5, 15, … of them.
package func setPartitions(of count: Int) -> [[[Int]]] {
  var partitions: [[[Int]]] = [[]]
  for element in 0..<count {
    partitions = partitions.flatMap { partition in
      var extended = partition.indices.map { block in
        var copy = partition
        copy[block].append(element)
        return copy
      }
      extended.append(partition + [[element]])
      return extended
    }
  }
  return partitions
}

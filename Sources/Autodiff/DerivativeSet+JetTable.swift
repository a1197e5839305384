package import KernelInterface

extension DerivativeSet {
  /// Faà di Bruno's formula for every part of the set, as the activation kernels read it.
  ///
  /// For α = (v₁, …, v_k) the derivative ∂^α f(z) is the sum over all partitions of the k positions into blocks,
  ///
  ///     f⁽ᵐ⁾(z) · ∏ over the m blocks B of ∂^{v_B} z,
  ///
  /// where equal summands are merged into one with a coefficient: 15 partitions at order four, 5 distinct ones for
  /// ∂⁴/∂x⁴ with the coefficients 1, 4, 3, 6, 1.
  ///
  /// - Source: Hardy (2006), "Combinatorics of partial derivatives", Electronic J. Combinatorics 13, R1.
  package var jetTable: JetTable {
    var firsts: [Int32] = []
    var seconds: [Int32] = []
    var chains: [Int32] = []
    var terms: [JetTerm] = []
    for (part, index) in indices.enumerated() where index.order > 0 {
      for (factors, coefficient) in partitionTerms(of: index) {
        terms.append(JetTerm(coefficient: coefficient, part: part, factors: factors))
      }
      let variables = index.variables
      if index.order == 1 { firsts.append(Int32(part)) }
      if index.order == 2, let i = self.part(MultiIndex([variables[0]])), let j = self.part(MultiIndex([variables[1]]))
      {
        seconds += [Int32(part), 1, Int32(i), Int32(j)]
      }
      if index.order == 3, index.isPure {
        chains += (1...4).map { Int32(self.part(MultiIndex(repeating: variables[0], count: $0)) ?? -1) }
      }
    }
    return JetTable(
      partCount: count, order: order, firsts: firsts, seconds: seconds, chains: chains,
      isMixed: indices.contains { $0.order > 2 && !$0.isPure }, terms: terms)
  }

  /// The distinct products of parts for one multi-index, with their multiplicities, in a fixed order.
  private func partitionTerms(of index: MultiIndex) -> [(factors: [Int], coefficient: Double)] {
    let variables = index.variables
    var result: [(factors: [Int], coefficient: Double)] = []
    for blocks in setPartitions(of: variables.count) {
      let factors = blocks.compactMap { part(MultiIndex($0.map { variables[$0] })) }.sorted()
      precondition(factors.count == blocks.count, "derivative set \(indices) is not closed downward")
      if let known = result.firstIndex(where: { $0.factors == factors }) {
        result[known].coefficient += 1
      } else {
        result.append((factors, 1))
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

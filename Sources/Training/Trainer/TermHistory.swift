package import Problems

/// The terms after the iterations 1, 2, 4, 8, …: enough to tell, at any end, what the last half of a training was worth.
package struct TermHistory {
  /// Mean squares of all terms, by the power of two.
  package private(set) var rows: [[Double]] = []

  package init() {}

  package mutating func note(_ terms: [Double], iteration: Int) {
    if iteration == 1 << rows.count { rows.append(terms) }
  }

  /// Fewer iterations are no training that could have come to rest.
  private static let leastIterations = 64
  /// A term that carries this share of the loss,
  private static let share = 0.99
  /// is still more than this of what it was at its first, a thousandth in the root,
  private static let leastRest = 1e-6
  /// and is more than this of what it was before the last half, or more, of all iterations, has come to rest.
  private static let fall = 0.5

  /// What to say where training came to rest on an equation or condition; nil where it did not.
  ///
  /// Data that carry the loss and do not fall are as they should be, once they are fitted to their noise. A loss with an
  /// energy has no shares. Constraints are told by their tolerance.
  ///
  /// - Parameters: `values` are the terms at the end, after so many `iterations`.
  package func plateau(_ terms: [Term], weights: [Double], values: [Double], iterations: Int) -> String? {
    guard iterations >= TermHistory.leastIterations, let first = rows.first else { return nil }
    let active = terms.indices.filter { weights[$0] > 0 }
    guard active.allSatisfy({ terms[$0].kind != .energy && values[$0].isFinite }) else { return nil }
    let total = active.reduce(0) { $0 + weights[$1] * values[$1] }
    // The last power of two that is no more than half of the iterations.
    var before = first
    for (power, row) in rows.enumerated() where 2 << power <= iterations { before = row }
    for term in active where terms[term].kind.isPhysics && !terms[term].isConstraint {
      guard total > 0, weights[term] * values[term] > TermHistory.share * total,
        values[term] > TermHistory.leastRest * first[term], values[term] > TermHistory.fall * before[term]
      else { continue }
      let rest = "fell by less than half over the last half of the iterations"
      guard active.count > 1 else {
        return
          "training came to rest: '\(terms[term].name)' \(rest); a larger network, other features or another method get further than more iterations"
      }
      let percent = Float((weights[term] * values[term] / total * 1000).rounded() / 10)
      return
        "training came to rest on '\(terms[term].name)', which is \(percent) % of the loss and \(rest): it contradicts other terms, or asks for a larger network, other features or another weight"
    }
    return nil
  }

  var memory: [String: [Double]] {
    var memory: [String: [Double]] = [:]
    for (power, row) in rows.enumerated() { memory["history.\(power)"] = row }
    return memory
  }

  mutating func restore(_ memory: [String: [Double]]) {
    rows = []
    while let row = memory["history.\(rows.count)"] { rows.append(row) }
  }
}

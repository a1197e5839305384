package import KernelInterface

typealias Numbers = UnsafePointer<Double>
typealias MutableNumbers = UnsafeMutablePointer<Double>

/// The specification of the kernels: every entry of `KernelTable` as the shortest loop that computes it, one number at a
/// time.
///
/// The tuned kernels of every instruction set are tested against these, and may differ from them by rounding: they add
/// in another order and have elementary functions of their own. What an entry here does not write, no kernel writes;
/// what it does not read, no kernel depends on. Nothing here is fast, and nothing but tests may call it.
package func makeReferenceKernelTable() -> KernelTable {
  KernelTable(
    name: "reference",
    forwardHidden: { PlainHiddenLayer.forward($0, $1, $2, $3, $4, $5, $6, $7) },
    reverseHidden: { PlainHiddenLayer.reverse($0, $1, $2, $3, $4, $5, $6, $7) },
    accumulateWeightGradient: { PlainHiddenLayer.accumulateWeightGradient($0, $1, $2, $3, $4, $5, $6, $7) },
    accumulateColumnSums: { PlainHiddenLayer.accumulateColumnSums($0, $1, $2, $3, $4) },
    forwardOutput: { PlainOutputLayer.forward($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    accumulateOutputGradient: { PlainOutputLayer.accumulateGradient($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    jacobianRowsOfHidden: { PlainHiddenLayer.jacobianRows($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
    jacobianRowsOfOutput: { PlainOutputLayer.jacobianRows($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
    programForward: { PlainPrograms.forward($0, $1, $2) },
    programReverse: { PlainPrograms.reverse($0, $1, $2, $3) },
    accumulatePanelProduct: { PlainPanels.accumulateProduct($0, $1, $2, $3, $4, $5) },
    solveCholeskyTile: { PlainPanels.solveCholeskyTile($0, $1, $2, $3, $4, $5) },
    factorCholeskyTile: { PlainPanels.factorCholeskyTile($0, $1, $2, $3, $4) },
    accumulatePanelRows: { PlainPanels.accumulateRows($0, $1, $2, $3) },
    accumulatePanelDots: { PlainPanels.accumulateDots($0, $1, $2, $3) },
    multiplyAddPeak: { multiplyAddPeak($0, $1) })
}

/// One chain c ← a·c + b.
private func multiplyAddPeak(_ rounds: Int, _ seed: Double) -> (multiplyAdds: Int, result: Double) {
  var c = 1 - seed
  for _ in 0..<rounds { c = seed * c + (1 - seed) }
  return (rounds, c)
}

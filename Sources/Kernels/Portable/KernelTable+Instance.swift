package import KernelInterface

/// The kernels of this module, compiled for the instruction set `name`.
package func makeKernelTable(name: String) -> KernelTable {
  KernelTable(
    name: name,
    product: { MatrixProduct.product($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    accumulateTransposedProduct: { MatrixProduct.accumulateTransposed($0, $1, $2, $3, $4, $5, $6) },
    accumulateColumnSums: { MatrixProduct.accumulateColumnSums($0, $1, $2, $3) },
    jacobianRows: { MatrixProduct.jacobianRows($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
    activationForward: { ActivationJets.forward($0, $1, $2, $3, $4) },
    activationReverse: { ActivationJets.reverse($0, $1, $2, $3, $4, $5, $6) },
    programForward: { ResidualPrograms.forward($0, $1, $2) },
    programReverse: { ResidualPrograms.reverse($0, $1, $2, $3) },
    accumulatePanelProduct: { RankUpdate.accumulate($0, $1, $2, $3, $4, $5) },
    solveCholeskyTile: { CholeskyTiles.solve($0, $1, $2, $3, $4, $5) },
    factorCholeskyTile: { CholeskyTiles.factor($0, $1, $2, $3, $4) },
    accumulatePanelRows: { RankUpdate.accumulateRows($0, $1, $2, $3) },
    accumulatePanelDots: { RankUpdate.accumulateDots($0, $1, $2, $3) })
}

package import KernelInterface

/// The kernels of this module, compiled for the instruction set `name`.
package func makeKernelTable(name: String) -> KernelTable {
  KernelTable(
    name: name,
    forwardHidden: { forwardHidden($0, $1, $2, $3, $4, $5, $6, $7) },
    reverseHidden: { reverseHidden($0, $1, $2, $3, $4, $5, $6, $7) },
    accumulateWeightGradient: { HiddenLayers.accumulateWeightGradient($0, $1, $2, $3, $4, $5, $6, $7) },
    accumulateColumnSums: { HiddenLayers.accumulateColumnSums($0, $1, $2, $3, $4) },
    forwardOutput: { OutputLayers.forward($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    accumulateOutputGradient: { OutputLayers.accumulateGradient($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    jacobianRowsOfHidden: { HiddenLayers.jacobianRows($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
    jacobianRowsOfOutput: { OutputLayers.jacobianRows($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
    programForward: { ResidualPrograms.forward($0, $1, $2) },
    programReverse: { ResidualPrograms.reverse($0, $1, $2, $3) },
    accumulatePanelProduct: { RankUpdate.accumulate($0, $1, $2, $3, $4, $5) },
    solveCholeskyTile: { CholeskyTiles.solve($0, $1, $2, $3, $4, $5) },
    factorCholeskyTile: { CholeskyTiles.factor($0, $1, $2, $3, $4) },
    accumulatePanelRows: { RankUpdate.accumulateRows($0, $1, $2, $3) },
    accumulatePanelDots: { RankUpdate.accumulateDots($0, $1, $2, $3) },
    multiplyAddPeak: { MultiplyAddPeak.run($0, $1) })
}

private func forwardHidden(
  _ activation: Activation, _ table: JetTable, _ input: JetOperand, _ inner: Int, _ weights: Numbers, _ bias: Numbers,
  _ jets: HiddenJets, _ combination: JetCombination
) {
  func run<F: ActivationFunction>(_ f: F.Type) {
    HiddenLayers.forward(f, input, inner, weights, bias, table, jets, combination)
  }
  switch activation {
  case .tanh: run(TanhFunction.self)
  case .sin: run(SineFunction.self)
  case .swish: run(SwishFunction.self)
  case .gelu: run(GELUFunction.self)
  case .sigmoid: run(SigmoidFunction.self)
  case .softplus: run(SoftplusFunction.self)
  case .identity: run(IdentityFunction.self)
  }
}

private func reverseHidden(
  _ activation: Activation, _ table: JetTable, _ next: JetOperand, _ inner: Int, _ weights: Numbers,
  _ jets: HiddenJets, _ zBar: MutableNumbers, _ combination: JetCombination
) {
  func run<F: ActivationFunction>(_ f: F.Type) {
    HiddenLayers.reverse(f, next, inner, weights, table, jets, zBar, combination)
  }
  switch activation {
  case .tanh: run(TanhFunction.self)
  case .sin: run(SineFunction.self)
  case .swish: run(SwishFunction.self)
  case .gelu: run(GELUFunction.self)
  case .sigmoid: run(SigmoidFunction.self)
  case .softplus: run(SoftplusFunction.self)
  case .identity: run(IdentityFunction.self)
  }
}

/// The batched operations of the engine for one instruction set.
///
/// Jets of hidden layers are laid out `[part][point][unit]`, the units of a point `stride` numbers apart from those of
/// the next and padded to a multiple of `laneCount`; padding holds finite numbers that meet zero weights. Inputs and
/// outputs of a network are `[part][unit][point]`, as residual programs read and write them. Points are padded to a
/// multiple of `laneCount`. Every entry is called once for each layer of a chunk of points, so a function pointer costs
/// nothing that can be measured.
package struct KernelTable: Sendable {
  /// Units and points are padded to multiples of this.
  package static let laneCount = 8

  package typealias Numbers = UnsafePointer<Double>
  package typealias MutableNumbers = UnsafeMutablePointer<Double>

  /// "portable", "x86-64-v3" or "x86-64-v4".
  package var name: String

  /// z ← A W + b, the bias on the value part alone, y ← activation(z) as jets, and h ← their combination.
  ///
  /// - Shapes: A `[part][point][inner]`; W as panels of eight columns, `[units/8][inner][8]`; b `[units]`.
  package var forwardHidden:
    @Sendable (
      _ activation: Activation, _ table: JetTable, _ input: JetOperand, _ inner: Int, _ weights: Numbers,
      _ bias: Numbers, _ jets: HiddenJets, _ combination: JetCombination
    ) -> Void

  /// z̄ of a hidden layer from the cotangents Z̄' after the next affine map: h̄ = Z̄' W'ᵀ and what other readers of h left,
  /// then the combination and the activation in reverse.
  ///
  /// - Shapes: Z̄' `[part][point][inner]`, `inner` 0 where no affine map reads h; W'ᵀ as panels `[units/8][inner][8]`;
  ///   `zBar` as `jets.z`.
  package var reverseHidden:
    @Sendable (
      _ activation: Activation, _ table: JetTable, _ next: JetOperand, _ inner: Int, _ weights: Numbers,
      _ jets: HiddenJets, _ zBar: MutableNumbers, _ combination: JetCombination
    ) -> Void

  /// G ← G + AᵀZ̄, summed over parts and points.
  ///
  /// - Shapes: A `[part][point][inner]`; Z̄ `[part][point][units]` with rows `stride` apart; G `[inner][units]`.
  package var accumulateWeightGradient:
    @Sendable (
      _ a: JetOperand, _ inner: Int, _ parts: Int, _ zBar: Numbers, _ points: Int, _ units: Int, _ stride: Int,
      _ g: MutableNumbers
    ) -> Void

  /// s ← s + the sum of the `rows` rows of Z̄, `stride` apart.
  package var accumulateColumnSums:
    @Sendable (_ zBar: Numbers, _ rows: Int, _ columns: Int, _ stride: Int, _ s: MutableNumbers) -> Void

  /// out ← A W + b, the bias on the value part alone, for the last layer.
  ///
  /// - Shapes: A `[part][point][units]` with rows `stride` apart; W `[output][units]`; out `[part][output][point]`.
  package var forwardOutput:
    @Sendable (
      _ input: Numbers, _ stride: Int, _ units: Int, _ weights: Numbers, _ bias: Numbers, _ parts: Int, _ points: Int,
      _ outputs: Int, _ out: MutableNumbers
    ) -> Void

  /// G ← G + Z̄ᵀA, and to the biases the sums of the value part of Z̄, for the last layer.
  ///
  /// - Shapes: A as for `forwardOutput`; Z̄ `[part][output][point]`; G `[output][units]`.
  package var accumulateOutputGradient:
    @Sendable (
      _ input: Numbers, _ stride: Int, _ units: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
      _ g: MutableNumbers, _ biasGradient: MutableNumbers
    ) -> Void

  /// Rows of a Jacobian for the weights of a hidden layer: for each of `validPoints` points,
  /// J[point, k·outputs + n] ← Σ over parts of A[part, point, k] · Z̄[part, point, n].
  ///
  /// - Shapes: A and Z̄ as for `accumulateWeightGradient`; row `point` of J starts at `j + point·jStride`. The `outputs`
  ///   numbers after the weights, where the biases stand, are undefined then: they are to be written after this.
  package var jacobianRowsOfHidden:
    @Sendable (
      _ a: JetOperand, _ inner: Int, _ parts: Int, _ zBar: Numbers, _ points: Int, _ stride: Int, _ outputs: Int,
      _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
    ) -> Void

  /// The same for the last layer; A and Z̄ as for `accumulateOutputGradient`.
  package var jacobianRowsOfOutput:
    @Sendable (
      _ input: Numbers, _ stride: Int, _ inner: Int, _ zBar: Numbers, _ parts: Int, _ points: Int, _ outputs: Int,
      _ validPoints: Int, _ j: MutableNumbers, _ jStride: Int
    ) -> Void

  /// Runs a residual program over `lanes` points; register r starts at `registers + r·lanes`.
  package var programForward:
    @Sendable (_ instructions: [ProgramInstruction], _ registers: MutableNumbers, _ lanes: Int) -> Void

  /// Adds to `adjoints`, laid out as `registers`, what the adjoints of later registers give to earlier ones.
  package var programReverse:
    @Sendable (
      _ instructions: [ProgramInstruction], _ registers: Numbers, _ adjoints: MutableNumbers, _ lanes: Int
    ) -> Void

  /// C ← C + AᵀB for two packed panels (`panelWidth`) of `rows` rows: c[24·j + i] += Σ over rows of a[row, j]·b[row, i].
  ///
  /// Only the first `lanes` columns of B count, from 1 to `panelWidth`; of C the vectors beyond them are left alone. On
  /// the diagonal, where A is B, only i ≥ j is given and the rest undefined. The sum runs over the rows one after the
  /// other.
  package var accumulatePanelProduct:
    @Sendable (
      _ a: Numbers, _ b: Numbers, _ rows: Int, _ c: MutableNumbers, _ lanes: Int, _ isDiagonal: Bool
    ) -> Void

  /// Finishes columns `column ..< column + panelWidth` of a panel of a Cholesky factor below the diagonal tile.
  ///
  /// Panels are `[column][panelWidth]`, Lᵀ for 24 rows of L. In the columns to be done `panel` holds −A plus the
  /// products with all columns before `start`; `diagonal` is the panel whose tile at `column` is finished, and
  /// `reciprocals` are those of its diagonal.
  package var solveCholeskyTile:
    @Sendable (
      _ diagonal: Numbers, _ panel: MutableNumbers, _ start: Int, _ column: Int, _ reciprocals: Numbers, _ lanes: Int
    ) -> Void

  /// Finishes `count` columns of the diagonal tile at `column`, as `solveCholeskyTile` does for the others, and gives
  /// the reciprocals of their diagonal. What is above the diagonal is not read, and undefined then.
  ///
  /// - Returns: `count`, or which of the columns has a pivot that is not a positive number.
  package var factorCholeskyTile:
    @Sendable (
      _ panel: MutableNumbers, _ start: Int, _ column: Int, _ count: Int, _ reciprocals: MutableNumbers
    ) -> Int

  /// s[i] ← s[i] + Σ over rows of y[row]·panel[row, i], for the `panelWidth` columns of a packed panel.
  package var accumulatePanelRows: @Sendable (_ panel: Numbers, _ rows: Int, _ y: Numbers, _ s: MutableNumbers) -> Void

  /// s[row] ← s[row] + Σ over i of panel[row, i]·x[i], for the `panelWidth` columns of a packed panel.
  package var accumulatePanelDots: @Sendable (_ panel: Numbers, _ rows: Int, _ x: Numbers, _ s: MutableNumbers) -> Void

  /// Multiplies and adds in registers alone, `rounds` times over: what the instruction set can do at best.
  package var multiplyAddPeak: @Sendable (_ rounds: Int, _ seed: Double) -> (multiplyAdds: Int, result: Double)

  package init(
    name: String,
    forwardHidden:
      @escaping @Sendable (
        Activation, JetTable, JetOperand, Int, Numbers, Numbers, HiddenJets, JetCombination
      ) -> Void,
    reverseHidden:
      @escaping @Sendable (
        Activation, JetTable, JetOperand, Int, Numbers, HiddenJets, MutableNumbers, JetCombination
      ) -> Void,
    accumulateWeightGradient:
      @escaping @Sendable (JetOperand, Int, Int, Numbers, Int, Int, Int, MutableNumbers) -> Void,
    accumulateColumnSums: @escaping @Sendable (Numbers, Int, Int, Int, MutableNumbers) -> Void,
    forwardOutput:
      @escaping @Sendable (Numbers, Int, Int, Numbers, Numbers, Int, Int, Int, MutableNumbers) -> Void,
    accumulateOutputGradient:
      @escaping @Sendable (Numbers, Int, Int, Numbers, Int, Int, Int, MutableNumbers, MutableNumbers) -> Void,
    jacobianRowsOfHidden:
      @escaping @Sendable (JetOperand, Int, Int, Numbers, Int, Int, Int, Int, MutableNumbers, Int) -> Void,
    jacobianRowsOfOutput:
      @escaping @Sendable (Numbers, Int, Int, Numbers, Int, Int, Int, Int, MutableNumbers, Int) -> Void,
    programForward: @escaping @Sendable ([ProgramInstruction], MutableNumbers, Int) -> Void,
    programReverse: @escaping @Sendable ([ProgramInstruction], Numbers, MutableNumbers, Int) -> Void,
    accumulatePanelProduct: @escaping @Sendable (Numbers, Numbers, Int, MutableNumbers, Int, Bool) -> Void,
    solveCholeskyTile: @escaping @Sendable (Numbers, MutableNumbers, Int, Int, Numbers, Int) -> Void,
    factorCholeskyTile: @escaping @Sendable (MutableNumbers, Int, Int, Int, MutableNumbers) -> Int,
    accumulatePanelRows: @escaping @Sendable (Numbers, Int, Numbers, MutableNumbers) -> Void,
    accumulatePanelDots: @escaping @Sendable (Numbers, Int, Numbers, MutableNumbers) -> Void,
    multiplyAddPeak: @escaping @Sendable (Int, Double) -> (multiplyAdds: Int, result: Double)
  ) {
    self.name = name
    self.forwardHidden = forwardHidden
    self.reverseHidden = reverseHidden
    self.accumulateWeightGradient = accumulateWeightGradient
    self.accumulateColumnSums = accumulateColumnSums
    self.forwardOutput = forwardOutput
    self.accumulateOutputGradient = accumulateOutputGradient
    self.jacobianRowsOfHidden = jacobianRowsOfHidden
    self.jacobianRowsOfOutput = jacobianRowsOfOutput
    self.programForward = programForward
    self.programReverse = programReverse
    self.accumulatePanelProduct = accumulatePanelProduct
    self.solveCholeskyTile = solveCholeskyTile
    self.factorCholeskyTile = factorCholeskyTile
    self.accumulatePanelRows = accumulatePanelRows
    self.accumulatePanelDots = accumulatePanelDots
    self.multiplyAddPeak = multiplyAddPeak
  }
}

/// The batched operations of the engine for one instruction set.
///
/// A matrix of jets is laid out `[part][point][unit]`, row-major, with the unit dimension padded to a multiple of
/// `laneCount`; padding holds finite numbers that meet zero weights. Every entry is called once for each chunk of
/// points, so a function pointer costs nothing that can be measured.
package struct KernelTable: Sendable {
  /// Units and points are padded to multiples of this.
  package static let laneCount = 8

  package typealias Numbers = UnsafePointer<Double>
  package typealias MutableNumbers = UnsafeMutablePointer<Double>

  /// "portable", "x86-64-v3" or "x86-64-v4".
  package var name: String

  /// C ← A·B, plus `bias` on the first `biasRows` rows where given.
  ///
  /// A is `[rows, lda]` of which `inner` columns count, B `[inner, columns]`, C `[rows, columns]`;
  /// `columns` is a multiple of `laneCount`.
  package var product:
    @Sendable (
      _ a: Numbers, _ lda: Int, _ b: Numbers, _ bias: Numbers?, _ biasRows: Int, _ c: MutableNumbers,
      _ rows: Int, _ inner: Int, _ columns: Int
    ) -> Void

  /// G ← G + AᵀZ, with A `[rows, lda]` of which `inner` columns count, Z `[rows, columns]`, G `[inner, columns]`.
  package var accumulateTransposedProduct:
    @Sendable (
      _ a: Numbers, _ lda: Int, _ z: Numbers, _ g: MutableNumbers, _ rows: Int, _ inner: Int, _ columns: Int
    ) -> Void

  /// s ← s + the sum of the rows of Z `[rows, columns]`.
  package var accumulateColumnSums: @Sendable (_ z: Numbers, _ s: MutableNumbers, _ rows: Int, _ columns: Int) -> Void

  /// Rows of a Jacobian for an affine layer: for each of `points` points,
  /// J[point, k·outputs + n] ← Σ over parts of A[part, point, k] · Z[part, point, n].
  ///
  /// A is `[parts, points, lda]`, Z `[parts, points, columns]`; row `point` of J starts at `j + point·stride`.
  package var jacobianRows:
    @Sendable (
      _ a: Numbers, _ lda: Int, _ z: Numbers, _ columns: Int, _ parts: Int, _ points: Int, _ validPoints: Int,
      _ inner: Int, _ outputs: Int, _ j: MutableNumbers, _ stride: Int
    ) -> Void

  /// a ← activation(z) as jets; every part holds `partStride` numbers, a multiple of `laneCount`.
  package var activationForward:
    @Sendable (
      _ activation: Activation, _ table: JetTable, _ z: Numbers, _ a: MutableNumbers, _ partStride: Int
    ) -> Void

  /// z̄ ← the cotangents of z from the cotangents `ā` of a = activation(z).
  package var activationReverse:
    @Sendable (
      _ activation: Activation, _ table: JetTable, _ z: Numbers, _ a: Numbers, _ aBar: Numbers,
      _ zBar: MutableNumbers, _ partStride: Int
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

  package init(
    name: String,
    product:
      @escaping @Sendable (
        Numbers, Int, Numbers, Numbers?, Int, MutableNumbers, Int, Int, Int
      ) -> Void,
    accumulateTransposedProduct:
      @escaping @Sendable (Numbers, Int, Numbers, MutableNumbers, Int, Int, Int) -> Void,
    accumulateColumnSums: @escaping @Sendable (Numbers, MutableNumbers, Int, Int) -> Void,
    jacobianRows:
      @escaping @Sendable (
        Numbers, Int, Numbers, Int, Int, Int, Int, Int, Int, MutableNumbers, Int
      ) -> Void,
    activationForward: @escaping @Sendable (Activation, JetTable, Numbers, MutableNumbers, Int) -> Void,
    activationReverse:
      @escaping @Sendable (Activation, JetTable, Numbers, Numbers, Numbers, MutableNumbers, Int) -> Void,
    programForward: @escaping @Sendable ([ProgramInstruction], MutableNumbers, Int) -> Void,
    programReverse: @escaping @Sendable ([ProgramInstruction], Numbers, MutableNumbers, Int) -> Void,
    accumulatePanelProduct: @escaping @Sendable (Numbers, Numbers, Int, MutableNumbers, Int, Bool) -> Void,
    solveCholeskyTile: @escaping @Sendable (Numbers, MutableNumbers, Int, Int, Numbers, Int) -> Void,
    factorCholeskyTile: @escaping @Sendable (MutableNumbers, Int, Int, Int, MutableNumbers) -> Int,
    accumulatePanelRows: @escaping @Sendable (Numbers, Int, Numbers, MutableNumbers) -> Void,
    accumulatePanelDots: @escaping @Sendable (Numbers, Int, Numbers, MutableNumbers) -> Void
  ) {
    self.name = name
    self.product = product
    self.accumulateTransposedProduct = accumulateTransposedProduct
    self.accumulateColumnSums = accumulateColumnSums
    self.jacobianRows = jacobianRows
    self.activationForward = activationForward
    self.activationReverse = activationReverse
    self.programForward = programForward
    self.programReverse = programReverse
    self.accumulatePanelProduct = accumulatePanelProduct
    self.solveCholeskyTile = solveCholeskyTile
    self.factorCholeskyTile = factorCholeskyTile
    self.accumulatePanelRows = accumulatePanelRows
    self.accumulatePanelDots = accumulatePanelDots
  }
}

import Autodiff
import Kernels
package import LinearAlgebra
import Problems

/// The squares of a loss as a sum of squares, L = Σ ρᵢ² with ρ = (w_k/N_k)^½ r and J = ∂ρ/∂θ, and the memory in which
/// they are summed: JᵀJ, or JJᵀ where there are fewer residuals than parameters.
///
/// The numbers of J are kept, unless they are too many: then only their sums remain.
///
/// They belong to an objective, which they must not outlive.
package final class NormalEquations {
  package enum Form: Sendable {
    /// JᵀJ with ρ as one more column of J: row `order` is (Jᵀρ)ᵀ and its last entry ρᵀρ.
    case primal
    /// JJᵀ over the first `parameters` columns of J.
    case dual(parameters: Int)
  }

  /// How many parameters there are.
  package let order: Int
  package let form: Form
  /// The sums, as `form` tells.
  package let matrix: SymmetricMatrix
  /// Rows of J with ρ as one more column; for the dual form Jᵀ, the residuals as columns.
  fileprivate let rows: PackedRows
  /// Whether `rows` holds all of J, not only a batch.
  package let keepsRows: Bool
  /// Chunks of points whose rows are summed together, and the row with which each of them starts.
  fileprivate let batches: [Range<Int>]
  fileprivate let firstRows: [Int]
  /// For each worker the rows of a chunk, row-major, and as many again for a network that runs at two sites.
  fileprivate let scratch: [RowScratch]

  fileprivate struct RowScratch {
    let rows: UnsafeNumberBuffer
    let more: UnsafeNumberBuffer
  }

  private unowned let objective: Objective
  fileprivate var batchStart = 0

  /// Rows that are summed together: enough for every thread to make some and for the sums to be worth loading, few enough
  /// that what one thread made reaches the other through the cache.
  private static let batchRows = 256
  /// The most numbers that are kept of J: 2 GB.
  package static let mostKeptNumbers = 1 << 28

  /// - Parameter mostKeptNumbers: in primal form, of a larger J only the sums remain.
  package init(
    _ objective: Objective, form: Form = .primal, mostKeptNumbers: Int = NormalEquations.mostKeptNumbers
  ) {
    self.objective = objective
    self.form = form
    order = objective.layout.count
    let residualCount = objective.residualCount
    let isDual = if case .dual = form { true } else { false }
    matrix = SymmetricMatrix(order: isDual ? residualCount : order + 1, pool: objective.pool)
    keepsRows = isDual || residualCount * (order + 1) <= mostKeptNumbers
    let counts = objective.blockPlan.chunks.map { $0.count * objective.runs[0][$0.set].outputs.count }
    var batches: [Range<Int>] = []
    var firstRows: [Int] = []
    var (start, row, batchFirst, most) = (0, 0, 0, 1)
    for (number, count) in counts.enumerated() {
      if row - batchFirst + count > NormalEquations.batchRows, number > start {
        batches.append(start..<number)
        start = number
        if keepsRows { batchFirst = row } else { row = 0 }
      }
      firstRows.append(row)
      row += count
      most = max(most, row)
    }
    if start < counts.count { batches.append(start..<counts.count) }
    self.batches = batches
    self.firstRows = firstRows
    rows =
      isDual
      ? PackedRows(capacity: order, columnCount: most) : PackedRows(capacity: most, columnCount: order + 1)
    let points = objective.blockPlan.chunks.map(\.count).max() ?? 0
    let stride = rowStride(order + 1)
    let runsTwice = objective.runs[0].contains { $0.evaluationCount > 1 }
    scratch = objective.runs.map { _ in
      RowScratch(
        rows: UnsafeNumberBuffer(count: points * stride),
        more: UnsafeNumberBuffer(count: runsTwice ? points * stride : 0))
    }
  }

  /// The first entries of Jᵀv with the J of the last sum. Hot path.
  ///
  /// - Shapes: `v` holds a number for each residual, in the order of `Objective.evaluate`; `result` at most `order`.
  /// - Precondition: `keepsRows`.
  package func multiplyTransposed(by v: [Double], to result: inout [Double]) {
    precondition(keepsRows, "the rows are not kept")
    precondition(v.count == objective.residualCount, "\(v.count) numbers for \(objective.residualCount) residuals")
    let count = result.count
    v.withUnsafeBufferPointer { v in
      result.withUnsafeMutableBufferPointer { result in
        guard let v = v.baseAddress, let result = result.baseAddress else { return }
        // SAFETY: as many numbers as residuals, and as many places as are asked for.
        switch form {
        case .primal: rows.multiplyTransposed(by: v, to: result, count: count, pool: objective.pool)
        case .dual: rows.multiply(by: v, to: result, count: count, pool: objective.pool)
        }
      }
    }
  }

  /// Makes the triangle of the rows of the last call: of J, or Jᵀ in dual form, whose columns are as many as its order.
  ///
  /// - Precondition: `keepsRows`.
  package func factor(into triangle: QRFactorization) {
    precondition(keepsRows, "the rows are not kept")
    switch form {
    case .primal: triangle.factor(rows)
    case .dual(let parameters): triangle.factor(rows, in: 0..<parameters)
    }
  }

  fileprivate func pack(batchItem item: Int, worker: Int) {
    objective.packRows(batchStart + item, objective.runs[worker], scratch[worker], self)
  }
}

extension Objective {
  /// Multiply-adds of the matrix products in one call of `sumSquares` in primal form: those of the rows, and of the lower
  /// triangle of JᵀJ with the residual as one more column.
  package var multiplyAddsOfNormalEquations: Int {
    let columns = layout.count + 1
    return multiplyAddsOfGradient + lossTerms.residualCounts.reduce(0, +) * columns * (columns + 1) / 2
  }

  /// Sums JᵀJ, Jᵀρ and ρᵀρ, or JJᵀ, at θ into `equations`. Hot path.
  ///
  /// Rows of the Jacobian are made and used up batch by batch. Which rows make a batch depends on the problem alone, and
  /// every entry is summed in the order of the rows: the bits are those of any number of threads.
  ///
  /// - Parameter summing: without it the rows alone are made, for `NormalEquations.factor`.
  /// - Precondition: the equations were made for this objective; they keep rows that are not summed.
  package func sumSquares(_ theta: [Double], into equations: NormalEquations, summing: Bool = true) {
    precondition(summing || equations.keepsRows, "rows that are neither summed nor kept")
    precondition(equations.order == layout.count, "equations of \(equations.order) for \(layout.count) parameters")
    loadParameters(theta)
    for term in weights.indices { seedFactors.base[term] = (weights[term] / residualCounts[term]).squareRoot() }
    equations.matrix.clear()
    if case .dual(let parameters) = equations.form {
      packAllRows(equations)
      if summing { equations.matrix.add(equations.rows, in: 0..<parameters) }
      return
    }
    guard summing else {
      packAllRows(equations)
      equations.rows.rowCount = residualCount
      return
    }
    for batch in equations.batches {
      equations.batchStart = batch.lowerBound
      pool.run(count: batch.count) { equations.pack(batchItem: $0, worker: $1) }
      let last = batch.upperBound - 1
      let chunk = blockPlan.chunks[last]
      let end = equations.firstRows[last] + chunk.count * runs[0][chunk.set].outputs.count
      equations.rows.rowCount = end
      equations.matrix.add(equations.rows, in: equations.firstRows[batch.lowerBound]..<end)
    }
  }

  private func packAllRows(_ equations: NormalEquations) {
    equations.batchStart = 0
    pool.run(count: blockPlan.chunks.count) { equations.pack(batchItem: $0, worker: $1) }
  }

  fileprivate func packRows(
    _ number: Int, _ runs: [PointSetRun], _ scratch: NormalEquations.RowScratch, _ equations: NormalEquations
  ) {
    let chunk = blockPlan.chunks[number]
    let run = runs[chunk.set]
    let stride = rowStride(layout.count + 1)
    var row = equations.firstRows[number]
    forward(chunk, run)
    for output in run.outputs.indices {
      let factor = seedFactors.base[run.terms[output]]
      // SAFETY: here and below, a row holds `layout.count + 1` numbers.
      if factor == 0 {
        // A term of weight zero takes no part, whatever its value: 0 · ∞ would be no number.
        for point in 0..<chunk.count {
          (scratch.rows.base + point * stride).update(repeating: 0, count: layout.count + 1)
        }
      } else {
        writeRows(chunk, run, output, factor: factor, scratch, stride: stride)
        let r = run.residuals(output, count: chunk.count)
        for point in 0..<chunk.count { scratch.rows.base[point * stride + layout.count] = factor * r[point] }
      }
      switch equations.form {
      case .primal:
        equations.rows.store(
          scratch.rows.base, stride: stride, rows: row..<row + chunk.count, columns: 0..<layout.count + 1)
      case .dual: equations.rows.storeTransposed(scratch.rows.base, stride: stride, columns: row..<row + chunk.count)
      }
      row += chunk.count
    }
  }

  /// One row of the Jacobian a point, for one residual of the last chunk run forward.
  private func writeRows(
    _ chunk: Chunk, _ run: PointSetRun, _ output: Int, factor: Double, _ scratch: NormalEquations.RowScratch,
    stride: Int
  ) {
    let count = chunk.count
    let rows = scratch.rows.base
    run.clearAdjoints(count: count)
    run.adjoints(output, count: count).update(repeating: factor, count: count)
    // What no network of this set writes is zero: other networks, unknowns it does not read.
    for point in 0..<count { (rows + point * stride).update(repeating: 0, count: layout.count) }
    run.reverse(
      count: count, parameters: parameters, kernels: kernels,
      into: { number in
        .rows(number == 0 ? rows : scratch.more.base, stride: stride, validPoints: count)
      },
      didSweep: { number in
        guard number > 0 else { return }
        let layers = run.parameterRange(ofEvaluation: number)
        for point in 0..<count {
          for place in layers { rows[point * stride + place] += scratch.more.base[point * stride + place] }
        }
      })
    run.forEachUnknown(count: count) { number, adjoints in
      let slope = unknownSlopes.base[number]
      for point in 0..<count { rows[point * stride + layout.unknownOffset + number] += adjoints[point] * slope }
    }
  }

  /// Calls `body` with the Jacobian ∂r/∂θ of the unweighted residuals, chunk by chunk, in the order of `residuals`:
  /// for small problems and checks.
  ///
  /// - Shapes: `rows` is `[rowCount, layout.count]`, row-major, and lives until `body` returns.
  package func forEachJacobianBlock(
    _ theta: [Double], _ body: (_ firstRow: Int, _ rowCount: Int, _ rows: UnsafePointer<Double>) -> Void
  ) {
    loadParameters(theta)
    let scratch = NormalEquations(self).scratch[0]
    let (columns, stride) = (layout.count, rowStride(layout.count + 1))
    for (chunk, firstRow) in zip(blockPlan.chunks, firstRows) {
      let run = runs[0][chunk.set]
      forward(chunk, run)
      let outputCount = run.outputs.count
      let block = UnsafeNumberBuffer(count: chunk.count * outputCount * columns)
      for output in run.outputs.indices {
        writeRows(chunk, run, output, factor: 1, scratch, stride: stride)
        for point in 0..<chunk.count {
          (block.base + (point * outputCount + output) * columns).update(
            from: scratch.rows.base + point * stride, count: columns)
        }
      }
      body(firstRow, chunk.count * outputCount, block.base)
    }
  }
}

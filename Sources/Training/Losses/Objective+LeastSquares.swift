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
    /// J alone, with ρ as one more column, for products.
    case products
  }

  /// How many parameters there are.
  package let order: Int
  package let form: Form
  /// The sums, as `form` tells, from the first time they are asked for.
  package private(set) lazy var matrix = SymmetricMatrix(
    order: isDual ? objective.residualCount : order + 1, pool: objective.pool)
  /// Rows of J with ρ as one more column; for the dual form Jᵀ, the residuals as columns.
  package let rows: PackedRows
  /// Whether `rows` holds all of J, not only a batch.
  package let keepsRows: Bool
  fileprivate let items: [Item]
  /// Items whose rows are summed together, and the row with which each of them starts.
  fileprivate let batches: [Range<Int>]
  fileprivate let firstRows: [Int]
  /// For each worker the rows of a chunk, row-major, and as many again for a network that runs at two sites.
  fileprivate let scratch: [RowScratch]

  /// What one thread makes at a time: the rows of a chunk, or the row of a sum over a group of points.
  fileprivate enum Item {
    case chunk(Chunk)
    case group(set: Int, output: Int, group: Int)
  }

  fileprivate struct RowScratch {
    let rows: UnsafeNumberBuffer
    let more: UnsafeNumberBuffer
    /// For the row of a group: a gradient in packed form.
    let packed: UnsafeNumberBuffer
  }

  private unowned let objective: Objective
  private let isDual: Bool
  /// What products are made in; nil for other forms.
  let product: GramProduct?
  /// Where J was taken, for products with rows that are not kept.
  var point: [Double] = []
  fileprivate var batchStart = 0

  /// Rows that are summed together: enough for every thread to make some and for the sums to be worth loading, few enough
  /// that what one thread made reaches the other through the cache.
  static let batchRows = 256
  /// The most vectors that J is multiplied with at a time: where its rows are not kept, making them costs little beside.
  static let vectorsAtATime = 120
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
    isDual = if case .dual = form { true } else { false }
    keepsRows = isDual || residualCount * (order + 1) <= mostKeptNumbers
    let items = NormalEquations.items(objective)
    self.items = items
    let counts = items.map { objective.rowCount($0) }
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
    let isForProducts = if case .products = form { true } else { false }
    product =
      isForProducts
      ? GramProduct(
        columnCount: order + 1, mostRows: rows.capacity, mostVectors: NormalEquations.vectorsAtATime,
        pool: objective.pool) : nil
    let points = max(1, objective.blockPlan.chunks.map(\.count).max() ?? 0)
    let stride = rowStride(order + 1)
    let runsTwice = objective.runs[0].contains { $0.evaluationCount > 1 }
    let hasGroups = objective.runs[0].contains { $0.groupSize > 1 }
    scratch = objective.runs.map { _ in
      RowScratch(
        rows: UnsafeNumberBuffer(count: points * stride),
        more: UnsafeNumberBuffer(count: runsTwice ? points * stride : 0),
        packed: UnsafeNumberBuffer(count: hasGroups ? objective.layout.packing.packedCount : 0))
    }
  }

  /// All rows, in the order of point sets.
  private static func items(_ objective: Objective) -> [Item] {
    var items: [Item] = []
    for (set, run) in objective.runs[0].enumerated() {
      if let groups = objective.groups[set] {
        for group in 0..<groups.count {
          for output in run.outputs.indices { items.append(.group(set: set, output: output, group: group)) }
        }
      } else {
        items += objective.blockPlan.chunks.filter { $0.set == set }.map { .chunk($0) }
      }
    }
    return items
  }

  /// The term of every row of J, in their order.
  package var rowTerms: [Int] {
    items.flatMap { item -> [Int] in
      switch item {
      case .chunk(let chunk):
        objective.runs[0][chunk.set].terms.flatMap { [Int](repeating: $0, count: chunk.count) }
      case .group(let set, let output, _): [objective.runs[0][set].terms[output]]
      }
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
        case .primal, .products: rows.multiplyTransposed(by: v, to: result, count: count, pool: objective.pool)
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
    case .primal, .products: triangle.factor(rows)
    case .dual(let parameters): triangle.factor(rows, in: 0..<parameters)
    }
  }

  /// Rows of J with their residuals, as the form keeps them.
  fileprivate func store(_ source: UnsafePointer<Double>, stride: Int, rows places: Range<Int>) {
    switch form {
    case .primal, .products: rows.store(source, stride: stride, rows: places, columns: 0..<order + 1)
    case .dual: rows.storeTransposed(source, stride: stride, columns: places)
    }
  }

  fileprivate func pack(batchItem item: Int, worker: Int) {
    let number = batchStart + item
    objective.packRows(items[number], firstRow: firstRows[number], objective.runs[worker], scratch[worker], self)
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
  /// - Precondition: the equations were made for this objective; they keep rows that are not summed; energies, which
  ///   are no squares, have weight zero.
  package func sumSquares(_ theta: [Double], into equations: NormalEquations, summing: Bool = true) {
    precondition(summing || equations.keepsRows, "rows that are neither summed nor kept")
    precondition(equations.order == layout.count, "equations of \(equations.order) for \(layout.count) parameters")
    beginRows(theta)
    if summing { equations.matrix.clear() }
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
    packRowsInBatches(equations) { equations.matrix.add(equations.rows, in: $0) }
  }

  /// Prepares rows of the Jacobian at θ with the weights of now.
  func beginRows(_ theta: [Double]) {
    loadParameters(theta)
    for term in weights.indices {
      precondition(!isEnergy[term] || weights[term] == 0, "energy '\(terms[term].name)' in a sum of squares")
      seedFactors.base[term] = (weights[term] / divisors[term]).squareRoot()
    }
    sumGroups()
  }

  private func packAllRows(_ equations: NormalEquations) {
    equations.batchStart = 0
    pool.run(count: equations.items.count) { equations.pack(batchItem: $0, worker: $1) }
  }

  /// Makes the rows batch by batch and calls `body` with the places of each batch in `rows`.
  func packRowsInBatches(_ equations: NormalEquations, _ body: (Range<Int>) -> Void) {
    for batch in equations.batches {
      equations.batchStart = batch.lowerBound
      pool.run(count: batch.count) { equations.pack(batchItem: $0, worker: $1) }
      let last = batch.upperBound - 1
      let end = equations.firstRows[last] + rowCount(equations.items[last])
      equations.rows.rowCount = end
      body(equations.firstRows[batch.lowerBound]..<end)
    }
  }

  fileprivate func rowCount(_ item: NormalEquations.Item) -> Int {
    switch item {
    case .chunk(let chunk): chunk.count * runs[0][chunk.set].outputs.count
    case .group: 1
    }
  }

  fileprivate func packRows(
    _ item: NormalEquations.Item, firstRow: Int, _ runs: [PointSetRun], _ scratch: NormalEquations.RowScratch,
    _ equations: NormalEquations
  ) {
    switch item {
    case .chunk(let chunk): packRows(chunk, firstRow: firstRow, runs[chunk.set], scratch, equations)
    case .group(let set, let output, let group):
      let row = scratch.rows.base
      let factor = seedFactors.base[runs[set].terms[output]]
      row.update(repeating: 0, count: layout.count + 1)
      if factor != 0 {
        writeRow(set, group, runs[set], output, factor: factor, scratch)
        row[layout.count] = factor * (groups[set]?.sum(output, group) ?? 0)
      }
      equations.store(row, stride: rowStride(layout.count + 1), rows: firstRow..<firstRow + 1)
    }
  }

  /// The row of the Jacobian of a sum over a group: the sum of the rows of its points, which is a gradient.
  private func writeRow(
    _ set: Int, _ group: Int, _ run: PointSetRun, _ output: Int, factor: Double, _ scratch: NormalEquations.RowScratch
  ) {
    let row = scratch.rows.base
    let packed = scratch.packed.base
    row.update(repeating: 0, count: layout.count)
    packed.update(repeating: 0, count: layout.packing.packedCount)
    let end = (group + 1) * run.groupSize
    for start in stride(from: group * run.groupSize, to: end, by: blockPlan.chunkSizes[set]) {
      let chunk = Chunk(set: set, start: start, count: min(blockPlan.chunkSizes[set], end - start))
      forward(chunk, run)
      run.clearAdjoints(count: chunk.count)
      run.adjoints(output, count: chunk.count).update(repeating: factor, count: chunk.count)
      run.reverse(count: chunk.count, parameters: parameters, kernels: kernels, into: { _ in .gradient(packed) })
      run.forEachUnknown(count: chunk.count) { number, adjoints in
        for point in 0..<chunk.count {
          row[layout.unknownOffset + number] += adjoints[point] * unknownSlopes.base[number]
        }
      }
    }
    parameters.unpackGradient(packed, into: row)
  }

  private func packRows(
    _ chunk: Chunk, firstRow: Int, _ run: PointSetRun, _ scratch: NormalEquations.RowScratch,
    _ equations: NormalEquations
  ) {
    let stride = rowStride(layout.count + 1)
    var row = firstRow
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
      equations.store(scratch.rows.base, stride: stride, rows: row..<row + chunk.count)
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

  /// The rows of the Jacobian ∂r/∂θ of the unweighted residuals, in the order of `residuals`: for small problems.
  ///
  /// - Shapes: `[residual][parameter]`.
  package func jacobianRows(_ theta: [Double]) -> [[Double]] {
    let columns = layout.count
    var result: [[Double]] = []
    forEachJacobianBlock(theta) { _, rowCount, rows in
      for row in 0..<rowCount {
        // SAFETY: so many rows of `layout.count` numbers.
        result.append(Array(UnsafeBufferPointer(start: rows + row * columns, count: columns)))
      }
    }
    return result
  }

  /// Calls `body` with the Jacobian ∂r/∂θ of the unweighted residuals, chunk by chunk, in the order of `residuals`:
  /// for small problems and checks.
  ///
  /// - Shapes: `rows` is `[rowCount, layout.count]`, row-major, and lives until `body` returns.
  package func forEachJacobianBlock(
    _ theta: [Double], _ body: (_ firstRow: Int, _ rowCount: Int, _ rows: UnsafePointer<Double>) -> Void
  ) {
    loadParameters(theta)
    let equations = NormalEquations(self)
    let scratch = equations.scratch[0]
    let (columns, stride) = (layout.count, rowStride(layout.count + 1))
    var firstRow = 0
    for item in equations.items {
      defer { firstRow += rowCount(item) }
      guard case .chunk(let chunk) = item else {
        guard case .group(let set, let output, let group) = item else { continue }
        writeRow(set, group, runs[0][set], output, factor: 1, scratch)
        body(firstRow, 1, scratch.rows.base)
        continue
      }
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

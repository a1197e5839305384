import Autodiff
import Expressions
import KernelInterface
package import Kernels
package import Networks
package import Problems

/// The loss of a problem as a function of its parameters: value, gradient, residuals, rows of the Jacobian.
///
///     L(θ) = Σ over terms k of w_k · mean over residuals i of r_{ki}(θ)²
///
/// The parameters θ are the weights of all networks, then the raw values q of the unknowns. Points are cut into chunks
/// that run forward and in reverse through the tape one at a time; only sums remain of them.
package final class Objective {
  package let lossTerms: LossTerms
  package let layout: ParameterLayout
  /// The weight w_k of every term; may be changed between evaluations.
  package var weights: [Double]

  let kernels: KernelTable
  package let pool: WorkerPool
  let parameters: PackedParameters
  private let plans: [PointSetPlan]
  private let recordings: [RecordedNetwork]
  private let stores: [PointStore]
  let blockPlan: BlockPlan
  /// The row of the first residual of every chunk.
  let firstRows: [Int]
  private let scratch: [WorkerScratch]
  /// For each worker, its run of each point set.
  let runs: [[PointSetRun]]
  /// One sum of squares a term, then the packed gradient, then the derivatives by the unknowns, for every block.
  private let sums: UnsafeNumberBuffer
  private let sumStride: Int
  let residualCounts: [Double]
  private let unknownValues: UnsafeNumberBuffer
  let unknownSlopes: UnsafeNumberBuffer
  /// For every term the adjoint of a residual by its value, 2 w_k/N_k, or the factor (w_k/N_k)^½ of its rows.
  let seedFactors: UnsafeNumberBuffer
  /// What the blocks of the current evaluation do, and how many of their sums count.
  private var evaluation = (wantsGradient: false, length: 0)
  /// Where an evaluation leaves the residuals ρ besides; nil for nowhere.
  private var residualTarget: UnsafeMutablePointer<Double>?

  /// - Parameters: `networks` in the order of their outputs.
  package init(
    _ lossTerms: LossTerms, networks: [Network], layout: ParameterLayout, pool: WorkerPool
  ) {
    self.lossTerms = lossTerms
    let terms = lossTerms.terms
    self.layout = layout
    self.pool = pool
    kernels = pool.kernels
    weights = [Double](repeating: 1, count: terms.count)
    parameters = PackedParameters(layout.packing)
    var plans: [PointSetPlan] = []
    var recordings: [RecordedNetwork] = []
    for set in lossTerms.pointSets {
      plans.append(PointSetPlan(set: set, networks: networks, recordings: &recordings))
    }
    let stores = lossTerms.pointSets.map { PointStore(sites: $0.sites, columns: $0.columns) }
    self.plans = plans
    self.recordings = recordings
    self.stores = stores
    let blockPlan = BlockPlan(plans: plans, counts: stores.map(\.count))
    self.blockPlan = blockPlan
    var row = 0
    firstRows = blockPlan.chunks.map { chunk in
      defer { row += chunk.count * plans[chunk.set].program.outputs.count }
      return row
    }
    scratch = (0..<pool.threadCount).map { _ in
      WorkerScratch(plans: plans, chunkSizes: blockPlan.chunkSizes, recordings: recordings)
    }
    runs = scratch.map { scratch in
      zip(plans, stores).map { PointSetRun($0, recordings, store: $1, scratch: scratch) }
    }
    sumStride = padded(terms.count + layout.packing.packedCount + layout.unknowns.count)
    sums = UnsafeNumberBuffer(count: sumStride * max(1, blockPlan.blocks.count))
    residualCounts = lossTerms.residualCounts.map { Double(max(1, $0)) }
    unknownValues = UnsafeNumberBuffer(count: layout.unknowns.count)
    unknownSlopes = UnsafeNumberBuffer(count: layout.unknowns.count)
    seedFactors = UnsafeNumberBuffer(count: terms.count)
  }

  /// Numbers the objective keeps in memory, for predictions of its size.
  package var memoryNumbers: Int { sums.count + scratch.reduce(0) { $0 + $1.memoryNumbers } }

  package var terms: [Term] { lossTerms.terms }

  /// The parts of the largest jet that is carried.
  package var mostParts: Int { recordings.map { $0.tape.parts.count }.max() ?? 0 }

  /// Multiply-adds of the matrix products in one evaluation of the loss.
  package var multiplyAddsOfValues: Int { multiplyAdds { $0.multiplyAddsForward } }

  /// Multiply-adds of the matrix products in one evaluation of loss and gradient.
  package var multiplyAddsOfGradient: Int { multiplyAdds { $0.multiplyAddsForward + $0.multiplyAddsReverse } }

  private func multiplyAdds(_ perPoint: (Tape) -> Int) -> Int {
    zip(plans, stores).reduce(0) { sum, set in
      sum + set.1.count * set.0.evaluations.reduce(0) { $0 + perPoint(recordings[$1.tape].tape) }
    }
  }

  /// Replaces the points of one point set by as many others; no evaluation may be running.
  package func load(pointSet number: Int, sites: [[[Double]]], columns: [[Double]]) {
    stores[number].load(sites: sites, columns: columns)
  }

  func loadParameters(_ theta: [Double]) {
    precondition(theta.count == layout.count, "\(theta.count) parameters for \(layout.count)")
    parameters.load(theta)
    for (number, unknown) in layout.unknowns.enumerated() {
      let (value, slope) = unknown.value(raw: theta[layout.unknownOffset + number])
      unknownValues.base[number] = value
      unknownSlopes.base[number] = slope
    }
  }

  /// The mean square of every term, without weights.
  package func termValues(_ theta: [Double]) -> [Double] {
    var values = [Double](repeating: 0, count: terms.count)
    evaluate(theta, values: &values)
    return values
  }

  /// The same without an allocation. Hot path.
  ///
  /// - Shapes: `values` holds a number for each term and is overwritten.
  package func evaluate(_ theta: [Double], values: inout [Double]) {
    evaluate(theta, wantsGradient: false)
    for term in values.indices { values[term] = sums.base[term] / residualCounts[term] }
  }

  /// The mean square of every term, and the gradient of the weighted loss.
  ///
  /// - Shapes: `gradient` holds `layout.count` values and is overwritten.
  package func termValues(_ theta: [Double], gradient: inout [Double]) -> [Double] {
    var values = [Double](repeating: 0, count: terms.count)
    evaluate(theta, values: &values, gradient: &gradient)
    return values
  }

  /// The same without an allocation. Hot path.
  ///
  /// - Shapes: `values` holds a number for each term, `gradient` `layout.count` numbers; both are overwritten.
  package func evaluate(_ theta: [Double], values: inout [Double], gradient: inout [Double]) {
    evaluate(theta, wantsGradient: true)
    for term in values.indices { values[term] = sums.base[term] / residualCounts[term] }
    for place in gradient.indices { gradient[place] = 0 }
    layout.packing.addGradient(packed: sums.base + terms.count, to: &gradient)
    let unknownSums = sums.base + terms.count + layout.packing.packedCount
    for number in layout.unknowns.indices {
      gradient[layout.unknownOffset + number] = unknownSums[number] * unknownSlopes.base[number]
    }
  }

  /// The mean square of every term, and the weighted residuals ρ = (w_k/N_k)^½ r, in the order of the rows of
  /// `NormalEquations`. Hot path.
  ///
  /// - Shapes: `values` holds a number for each term, `residuals` as many as there are residuals; both are overwritten.
  package func evaluate(_ theta: [Double], values: inout [Double], residuals: inout [Double]) {
    precondition(residuals.count == residualCount, "\(residuals.count) places for \(residualCount) residuals")
    residuals.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: every chunk writes its own rows of the buffer, and it outlives the evaluation.
      residualTarget = buffer.baseAddress
      evaluate(theta, wantsGradient: false)
      residualTarget = nil
    }
    for term in values.indices { values[term] = sums.base[term] / residualCounts[term] }
  }

  /// How many residuals all terms have together.
  package var residualCount: Int { lossTerms.residualCounts.reduce(0, +) }

  /// Σ w_k L_k. A term of weight zero takes no part, whatever its value: 0 · ∞ would be no number.
  package func total(_ termValues: [Double]) -> Double {
    var sum = 0.0
    for term in weights.indices where weights[term] != 0 { sum += weights[term] * termValues[term] }
    return sum
  }

  private func evaluate(_ theta: [Double], wantsGradient: Bool) {
    loadParameters(theta)
    for term in weights.indices { seedFactors.base[term] = 2 * weights[term] / residualCounts[term] }
    evaluation = (wantsGradient, wantsGradient ? sumStride : padded(terms.count))
    pool.run(count: blockPlan.blocks.count) { self.runBlock($0, worker: $1) }
    pool.run(count: sliceCount) { slice, _ in self.reduceBlocks(slice) }
  }

  private func runBlock(_ block: Int, worker: Int) {
    let target = sums.base + block * sumStride
    target.update(repeating: 0, count: evaluation.length)
    for number in blockPlan.blocks[block] {
      let chunk = blockPlan.chunks[number]
      run(chunk, runs[worker][chunk.set], target, firstRow: firstRows[number], wantsGradient: evaluation.wantsGradient)
    }
  }

  /// Slices of the sums are independent of each other, so threads may share them; few numbers are not worth it.
  private var sliceCount: Int { max(1, min(pool.threadCount, evaluation.length / 4096)) }

  /// Adds a slice of the sums of all blocks in a binary tree.
  private func reduceBlocks(_ slice: Int) {
    let length = evaluation.length
    let sliceLength = (length + sliceCount - 1) / sliceCount
    let start = min(length, slice * sliceLength)
    let end = min(length, start + sliceLength)
    let blockCount = blockPlan.blocks.count
    var step = 1
    while step < blockCount {
      for block in stride(from: 0, to: blockCount - step, by: 2 * step) {
        let target = sums.base + block * sumStride
        let source = target + step * sumStride
        for place in start..<end { target[place] += source[place] }
      }
      step *= 2
    }
  }

  /// Forward, sums of squares, and where wanted in reverse, for one chunk. Hot path.
  private func run(
    _ chunk: Chunk, _ run: PointSetRun, _ target: UnsafeMutablePointer<Double>, firstRow: Int, wantsGradient: Bool
  ) {
    let count = chunk.count
    forward(chunk, run)
    var isSeeded = false
    if wantsGradient { run.clearAdjoints(count: count) }
    for output in run.terms.indices {
      let term = run.terms[output]
      let r = run.residuals(output, count: count)
      var sum = 0.0
      for point in 0..<count { sum += r[point] * r[point] }
      target[term] += sum
      if let residualTarget {
        // SAFETY: rows of this chunk; a term of weight zero takes no part, whatever its value.
        let rho = residualTarget + firstRow + output * count
        let (weight, root) = (weights[term], (weights[term] / residualCounts[term]).squareRoot())
        for point in 0..<count { rho[point] = weight == 0 ? 0 : root * r[point] }
      }
      let factor = seedFactors.base[term]
      guard wantsGradient, factor != 0 else { continue }
      isSeeded = true
      let bar = run.adjoints(output, count: count)
      for point in 0..<count { bar[point] += factor * r[point] }
    }
    guard isSeeded else { return }
    let sink = ReverseSink.gradient(target + terms.count)
    run.reverse(count: count, parameters: parameters, kernels: kernels, into: { _ in sink })
    let unknownSums = target + terms.count + layout.packing.packedCount
    run.forEachUnknown(count: count) { number, bar in
      for point in 0..<count { unknownSums[number] += bar[point] }
    }
  }

  func forward(_ chunk: Chunk, _ run: PointSetRun) {
    run.forward(
      start: chunk.start, count: chunk.count, parameters: parameters, unknownValues: unknownValues.base,
      kernels: kernels)
  }

  /// The residual of every point, in the order of point sets, points, outputs; without weights.
  package func residuals(_ theta: [Double]) -> [Double] {
    loadParameters(theta)
    let result = UnsafeNumberBuffer(count: lossTerms.residualCounts.reduce(0, +))
    pool.run(count: blockPlan.chunks.count) { number, worker in
      let chunk = self.blockPlan.chunks[number]
      let run = self.runs[worker][chunk.set]
      self.forward(chunk, run)
      for output in run.outputs.indices {
        let r = run.residuals(output, count: chunk.count)
        let target = result.base + self.firstRows[number] + output
        for point in 0..<chunk.count { target[point * run.outputs.count] = r[point] }
      }
    }
    return (0..<result.count).map { result.base[$0] }
  }
}

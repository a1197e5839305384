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
/// A term that is an energy has the sum of its r_{ki} in place of the mean square. A residual is the output of a program
/// at a point, or where points form groups the sum of the outputs over a group, an integral by a quadrature.
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
  /// The row of the first residual of every point set.
  private let firstRows: [Int]
  private let scratch: [WorkerScratch]
  /// For each worker, its run of each point set.
  let runs: [[PointSetRun]]
  /// One sum of squares a term, then the packed gradient, then the derivatives by the unknowns, for every block.
  private let sums: UnsafeNumberBuffer
  private let sumStride: Int
  /// What the sum of each term is divided by: the number of its residuals, 1 for an energy.
  let divisors: [Double]
  let isEnergy: [Bool]
  /// For each point set that has groups, their sums.
  let groups: [GroupSums?]
  /// The chunks of those sets.
  private let groupedChunks: [Int]
  private let unknownValues: UnsafeNumberBuffer
  let unknownSlopes: UnsafeNumberBuffer
  /// For every term the adjoint of a residual by its value, 2 w_k/N_k, for an energy w_k, or the factor (w_k/N_k)^½ of
  /// its rows.
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
    let stores = lossTerms.pointSets.map { PointStore(sites: $0.sites, columns: $0.known) }
    self.plans = plans
    self.recordings = recordings
    self.stores = stores
    let blockPlan = BlockPlan(plans: plans, counts: stores.map(\.count))
    self.blockPlan = blockPlan
    var row = 0
    firstRows = lossTerms.pointSets.map { set in
      defer { row += set.residualCount * set.terms.count }
      return row
    }
    groups = lossTerms.pointSets.map { $0.groupSize > 1 ? GroupSums($0) : nil }
    groupedChunks = blockPlan.chunks.indices.filter { plans[blockPlan.chunks[$0].set].groupSize > 1 }
    isEnergy = terms.map { $0.kind == .energy }
    scratch = (0..<pool.threadCount).map { _ in
      WorkerScratch(plans: plans, chunkSizes: blockPlan.chunkSizes, recordings: recordings)
    }
    runs = scratch.map { scratch in
      zip(plans, stores).map { PointSetRun($0, recordings, store: $1, scratch: scratch) }
    }
    sumStride = padded(terms.count + layout.packing.packedCount + layout.unknowns.count)
    sums = UnsafeNumberBuffer(count: sumStride * max(1, blockPlan.blocks.count))
    divisors = zip(terms, lossTerms.residualCounts).map { $0.kind == .energy ? 1 : Double(max(1, $1)) }
    unknownValues = UnsafeNumberBuffer(count: layout.unknowns.count)
    unknownSlopes = UnsafeNumberBuffer(count: layout.unknowns.count)
    seedFactors = UnsafeNumberBuffer(count: terms.count)
  }

  /// Numbers the objective keeps in memory, for predictions of its size.
  package var memoryNumbers: Int {
    sums.count + scratch.reduce(0) { $0 + $1.memoryNumbers } + groups.reduce(0) { $0 + ($1?.memoryNumbers ?? 0) }
  }

  package var terms: [Term] { lossTerms.terms }

  /// The parts of the largest jet that is carried.
  package var mostParts: Int { recordings.map { $0.tape.parts.count }.max() ?? 0 }

  /// Multiply-adds of the matrix products in one evaluation of the loss.
  package var multiplyAddsOfValues: Int { multiplyAdds { $0.multiplyAddsForward } }

  /// Multiply-adds of the matrix products in one evaluation of loss and gradient.
  package var multiplyAddsOfGradient: Int {
    multiplyAdds { $0.multiplyAddsForward + $0.multiplyAddsReverse }
      + multiplyAdds(ofGroups: true) { $0.multiplyAddsForward }
  }

  private func multiplyAdds(ofGroups onlyGroups: Bool = false, _ perPoint: (Tape) -> Int) -> Int {
    zip(plans, stores).reduce(0) { sum, set in
      if onlyGroups, set.0.groupSize == 1 { return sum }
      return sum + set.1.count * set.0.evaluations.reduce(0) { $0 + perPoint(recordings[$1.tape].tape) }
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
      unknownSlopes.base[number] = unknown.isHeld ? 0 : slope
    }
  }

  /// The value of every term, without weights: its mean square, or its sum if it is an energy.
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
    for term in values.indices { values[term] = sums.base[term] / divisors[term] }
  }

  /// The value of every term, and the gradient of the weighted loss.
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
    for term in values.indices { values[term] = sums.base[term] / divisors[term] }
    parameters.unpackGradient(sums.base + terms.count, into: &gradient)
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
      guard let base = buffer.baseAddress else { return }
      for (set, groups) in groups.enumerated() {
        guard let groups else { continue }
        let terms = lossTerms.pointSets[set].terms
        for output in terms.indices {
          for group in 0..<groups.count {
            let rho = rootWeight(terms[output]) * groups.sum(output, group)
            base[firstRows[set] + group * terms.count + output] = weights[terms[output]] == 0 ? 0 : rho
          }
        }
      }
    }
    for term in values.indices { values[term] = sums.base[term] / divisors[term] }
  }

  /// (w_k/N_k)^½ of a term.
  private func rootWeight(_ term: Int) -> Double { (weights[term] / divisors[term]).squareRoot() }

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
    for term in weights.indices {
      seedFactors.base[term] = isEnergy[term] ? weights[term] : 2 * weights[term] / divisors[term]
    }
    evaluation = (wantsGradient, wantsGradient ? sumStride : padded(terms.count))
    sumGroups()
    pool.run(count: blockPlan.blocks.count) { self.runBlock($0, worker: $1) }
    pool.run(count: sliceCount) { slice, _ in self.reduceBlocks(slice) }
    for (set, groups) in groups.enumerated() {
      guard let groups else { continue }
      for output in 0..<groups.outputCount {
        for group in 0..<groups.count {
          let r = groups.sum(output, group)
          sums.base[lossTerms.pointSets[set].terms[output]] += r * r
        }
      }
    }
  }

  /// The sums over the groups at the loaded parameters: a pass of their own, for no adjoint is known before. Hot path.
  func sumGroups() {
    guard !groupedChunks.isEmpty else { return }
    pool.run(count: groupedChunks.count) { self.keepOutputs(ofChunk: self.groupedChunks[$0], worker: $1) }
    for groups in groups { groups?.add() }
  }

  private func keepOutputs(ofChunk number: Int, worker: Int) {
    let chunk = blockPlan.chunks[number]
    guard let groups = groups[chunk.set] else { return }
    let run = runs[worker][chunk.set]
    forward(chunk, run)
    for output in run.outputs.indices {
      groups.keep(run.residuals(output, count: chunk.count), output, chunk.start..<chunk.start + chunk.count)
    }
  }

  private func runBlock(_ block: Int, worker: Int) {
    let target = sums.base + block * sumStride
    target.update(repeating: 0, count: evaluation.length)
    for number in blockPlan.blocks[block] {
      let chunk = blockPlan.chunks[number]
      run(chunk, runs[worker][chunk.set], target, wantsGradient: evaluation.wantsGradient)
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
    _ chunk: Chunk, _ run: PointSetRun, _ target: UnsafeMutablePointer<Double>, wantsGradient: Bool
  ) {
    let count = chunk.count
    let groups = groups[chunk.set]
    // The squares of sums over groups are added at the end.
    if groups != nil, !wantsGradient { return }
    forward(chunk, run)
    var isSeeded = false
    if wantsGradient { run.clearAdjoints(count: count) }
    for output in run.terms.indices {
      let term = run.terms[output]
      let r = run.residuals(output, count: count)
      var sum = 0.0
      if isEnergy[term] {
        for point in 0..<count { sum += r[point] }
      } else if groups == nil {
        for point in 0..<count { sum += r[point] * r[point] }
      }
      target[term] += sum
      if let residualTarget {
        // SAFETY: rows of this chunk; a term of weight zero takes no part, whatever its value.
        let rho = residualTarget + firstRows[chunk.set] + chunk.start * run.terms.count + output * count
        let (weight, root) = (weights[term], rootWeight(term))
        for point in 0..<count { rho[point] = weight == 0 ? 0 : root * r[point] }
      }
      let factor = seedFactors.base[term]
      guard wantsGradient, factor != 0 else { continue }
      isSeeded = true
      let bar = run.adjoints(output, count: count)
      if isEnergy[term] {
        for point in 0..<count { bar[point] += factor }
      } else if let groups {
        for point in 0..<count { bar[point] += factor * groups.sum(output, (chunk.start + point) / groups.size) }
      } else {
        for point in 0..<count { bar[point] += factor * r[point] }
      }
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

  /// Every residual, in the order of point sets, points or groups, outputs; without weights.
  package func residuals(_ theta: [Double]) -> [Double] {
    loadParameters(theta)
    let result = UnsafeNumberBuffer(count: lossTerms.residualCounts.reduce(0, +))
    sumGroups()
    for (set, groups) in groups.enumerated() {
      guard let groups else { continue }
      for group in 0..<groups.count {
        for output in 0..<groups.outputCount {
          result.base[firstRows[set] + group * groups.outputCount + output] = groups.sum(output, group)
        }
      }
    }
    pool.run(count: blockPlan.chunks.count) { number, worker in
      let chunk = self.blockPlan.chunks[number]
      let run = self.runs[worker][chunk.set]
      guard run.groupSize == 1 else { return }
      self.forward(chunk, run)
      for output in run.outputs.indices {
        let r = run.residuals(output, count: chunk.count)
        let target = result.base + self.firstRows[chunk.set] + chunk.start * run.outputs.count + output
        for point in 0..<chunk.count { target[point * run.outputs.count] = r[point] }
      }
    }
    return (0..<result.count).map { result.base[$0] }
  }
}

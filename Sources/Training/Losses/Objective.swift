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

  private let kernels: KernelTable
  private let pool: WorkerPool
  private let parameters: PackedParameters
  private let plans: [PointSetPlan]
  private let recordings: [RecordedNetwork]
  private let stores: [PointStore]
  private let blockPlan: BlockPlan
  /// The row of the first residual of every chunk.
  private let firstRows: [Int]
  private let contexts: [WorkerContext]
  /// One sum of squares a term, then the packed gradient, then the derivatives by the unknowns, for every block.
  private let sums: UnsafeNumberBuffer
  private let sumStride: Int
  private let residualCounts: [Double]
  private var unknownValues: [Double]
  private var unknownSlopes: [Double]

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
    var stores: [PointStore] = []
    for set in lossTerms.pointSets {
      plans.append(PointSetPlan(set: set, networks: networks, recordings: &recordings))
      stores.append(PointStore(sites: set.sites, columns: set.columns))
    }
    self.plans = plans
    self.recordings = recordings
    self.stores = stores
    let tapes = recordings.map(\.tape)
    blockPlan = BlockPlan(
      sets: zip(plans, stores).map { plan, store in
        let cost = plan.evaluations.reduce(plan.program.registerCount) { $0 + tapes[$1.tape].valuesPerPoint }
        return (store.count, plan.chunkSize, cost)
      })
    var row = 0
    firstRows = blockPlan.chunks.map { chunk in
      defer { row += chunk.count * plans[chunk.set].program.outputs.count }
      return row
    }
    contexts = (0..<pool.threadCount).map { _ in WorkerContext(plans: plans, recordings: recordings) }
    sumStride = padded(terms.count + layout.packing.packedCount + layout.unknowns.count)
    sums = UnsafeNumberBuffer(count: sumStride * max(1, blockPlan.blocks.count))
    residualCounts = lossTerms.residualCounts.map { Double(max(1, $0)) }
    unknownValues = [Double](repeating: 0, count: layout.unknowns.count)
    unknownSlopes = unknownValues
  }

  /// Numbers the objective keeps in memory, for predictions of its size.
  package var memoryNumbers: Int {
    sums.count + contexts.count
      * (contexts.first.map {
        $0.registers.count * 2 + $0.featureRegisters.count + $0.workspaces.reduce(0) { $0 + $1.memoryNumbers }
      } ?? 0)
  }

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

  private func loadParameters(_ theta: [Double]) {
    precondition(theta.count == layout.count, "\(theta.count) parameters for \(layout.count)")
    parameters.load(theta)
    for (number, unknown) in layout.unknowns.enumerated() {
      let (value, slope) = unknown.value(raw: theta[layout.unknownOffset + number])
      unknownValues[number] = value
      unknownSlopes[number] = slope
    }
  }

  /// The mean square of every term, without weights.
  package func termValues(_ theta: [Double]) -> [Double] {
    evaluate(theta, wantsGradient: false)
    return reducedTermValues()
  }

  /// The mean square of every term, and the gradient of the weighted loss. Hot path.
  ///
  /// - Shapes: `gradient` holds `layout.count` values and is overwritten.
  package func termValues(_ theta: [Double], gradient: inout [Double]) -> [Double] {
    evaluate(theta, wantsGradient: true)
    let values = reducedTermValues()
    for place in gradient.indices { gradient[place] = 0 }
    layout.packing.addGradient(packed: sums.base + terms.count, to: &gradient)
    let unknownSums = sums.base + terms.count + layout.packing.packedCount
    for number in layout.unknowns.indices {
      gradient[layout.unknownOffset + number] = unknownSums[number] * unknownSlopes[number]
    }
    return values
  }

  /// Σ w_k L_k. A term of weight zero takes no part, whatever its value: 0 · ∞ would be no number.
  package func total(_ termValues: [Double]) -> Double {
    zip(weights, termValues).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * $1.1 }
  }

  private func reducedTermValues() -> [Double] {
    terms.indices.map { sums.base[$0] / residualCounts[$0] }
  }

  private func evaluate(_ theta: [Double], wantsGradient: Bool) {
    loadParameters(theta)
    let length = wantsGradient ? sumStride : padded(terms.count)
    let blocks = blockPlan.blocks
    pool.run(count: blocks.count) { block, worker in
      let target = self.sums.base + block * self.sumStride
      target.update(repeating: 0, count: length)
      for chunk in self.blockPlan.chunks[blocks[block]] {
        self.run(chunk, self.contexts[worker], target, wantsGradient: wantsGradient)
      }
    }
    reduceBlocks(length: length)
  }

  /// Adds the blocks in a binary tree; slices of the sums are independent of each other, so threads may share them.
  private func reduceBlocks(length: Int) {
    let blockCount = blockPlan.blocks.count
    let sliceCount = max(1, min(pool.threadCount, length / 4096))
    let sliceLength = (length + sliceCount - 1) / sliceCount
    pool.run(count: sliceCount) { slice, _ in
      let range = slice * sliceLength..<min(length, (slice + 1) * sliceLength)
      var step = 1
      while step < blockCount {
        for block in stride(from: 0, to: blockCount - step, by: 2 * step) {
          let target = self.sums.base + block * self.sumStride
          let source = target + step * self.sumStride
          for place in range { target[place] += source[place] }
        }
        step *= 2
      }
    }
  }

  /// Forward, sums of squares, and where wanted in reverse, for one chunk. Hot path.
  private func run(
    _ chunk: Chunk, _ context: WorkerContext, _ target: UnsafeMutablePointer<Double>, wantsGradient: Bool
  ) {
    let plan = plans[chunk.set]
    forward(chunk, context)
    let lanes = padded(chunk.count)
    for (term, output) in zip(plan.terms, plan.program.outputs) {
      let r = context.registers.base + Int(output) * lanes
      var sum = 0.0
      for point in 0..<chunk.count { sum += r[point] * r[point] }
      target[term] += sum
    }
    guard wantsGradient, plan.terms.contains(where: { weights[$0] != 0 }) else { return }
    context.adjoints.base.update(repeating: 0, count: plan.program.registerCount * lanes)
    for (term, output) in zip(plan.terms, plan.program.outputs) where weights[term] != 0 {
      // d/dr of w/n Σ r²
      let factor = 2 * weights[term] / residualCounts[term]
      let r = context.registers.base + Int(output) * lanes
      let bar = context.adjoints.base + Int(output) * lanes
      for point in 0..<chunk.count { bar[point] += factor * r[point] }
    }
    reverse(chunk, context) { workspace in
      workspace.reverse(
        count: lanes, parameters: parameters, kernels: kernels, into: .gradient(target + terms.count))
    }
    let unknownSums = target + terms.count + layout.packing.packedCount
    for (register, source) in plan.sources.enumerated() {
      guard case .unknown(let number) = source else { continue }
      let bar = context.adjoints.base + register * lanes
      for point in 0..<chunk.count { unknownSums[number] += bar[point] }
    }
  }

  /// Residuals of a chunk into the registers of its program. Hot path.
  private func forward(_ chunk: Chunk, _ context: WorkerContext) {
    let (plan, store) = (plans[chunk.set], stores[chunk.set])
    let lanes = padded(chunk.count)
    for evaluation in plan.evaluations {
      runFeatures(evaluation, store, chunk, context)
      context.workspaces[evaluation.tape].forward(count: lanes, parameters: parameters, kernels: kernels)
    }
    let registers = context.registers.base
    for (register, source) in plan.sources.enumerated() {
      let target = registers + register * lanes
      switch source {
      case .coordinate(let variable, let site):
        copyPadded(store.coordinate(variable, site: site) + chunk.start, chunk.count, to: target)
      case .column(let column): copyPadded(store.column(column) + chunk.start, chunk.count, to: target)
      case .unknown(let number): target.update(repeating: unknownValues[number], count: lanes)
      case .output(let evaluation, let part, let unit):
        let workspace = context.workspaces[plan.evaluations[evaluation].tape]
        let width = padded(workspace.tape.outputWidth)
        let values = workspace.output() + part * lanes * width + unit
        for point in 0..<lanes { target[point] = values[point * width] }
      }
    }
    for (place, constant) in plan.program.constants.enumerated() {
      (registers + (plan.sources.count + place) * lanes).update(repeating: constant, count: lanes)
    }
    kernels.programForward(plan.program.instructions, registers, lanes)
  }

  /// The input jets of a network: features and their derivatives at the points of a chunk. Hot path.
  private func runFeatures(_ evaluation: Evaluation, _ store: PointStore, _ chunk: Chunk, _ context: WorkerContext) {
    let recording = recordings[evaluation.tape]
    let program = recording.features
    let lanes = padded(chunk.count)
    let registers = context.featureRegisters.base
    for (register, symbol) in program.inputs.enumerated() {
      guard case .coordinate(let variable, _) = symbol else { preconditionFailure("feature of \(symbol)") }
      copyPadded(
        store.coordinate(variable, site: evaluation.site) + chunk.start, chunk.count,
        to: registers + register * lanes)
    }
    for (place, constant) in program.constants.enumerated() {
      (registers + (program.inputs.count + place) * lanes).update(repeating: constant, count: lanes)
    }
    kernels.programForward(program.instructions, registers, lanes)
    let count = recording.tape.widths[0]
    let width = padded(count)
    let input = context.workspaces[evaluation.tape].input()
    for (place, output) in program.outputs.enumerated() {
      let source = registers + Int(output) * lanes
      let target = input + place / count * lanes * width + place % count
      for point in 0..<lanes { target[point * width] = source[point] }
    }
  }

  /// From the adjoints of the residuals back through the program; `sweep` then takes each network further. Hot path.
  private func reverse(_ chunk: Chunk, _ context: WorkerContext, _ sweep: (TapeWorkspace) -> Void) {
    let plan = plans[chunk.set]
    let lanes = padded(chunk.count)
    kernels.programReverse(plan.program.instructions, context.registers.base, context.adjoints.base, lanes)
    for (number, evaluation) in plan.evaluations.enumerated() {
      let workspace = context.workspaces[evaluation.tape]
      let width = padded(workspace.tape.outputWidth)
      let bar = workspace.outputCotangents()
      bar.update(repeating: 0, count: workspace.tape.parts.count * lanes * width)
      for (register, source) in plan.sources.enumerated() {
        guard case .output(number, let part, let unit) = source else { continue }
        let adjoint = context.adjoints.base + register * lanes
        let target = bar + part * lanes * width + unit
        // Lanes beyond the last point repeat it; nothing may flow back from them.
        for point in 0..<chunk.count { target[point * width] = adjoint[point] }
      }
      sweep(workspace)
    }
  }

  /// The residual of every point, in the order of point sets, points, outputs; without weights.
  package func residuals(_ theta: [Double]) -> [Double] {
    loadParameters(theta)
    let result = UnsafeNumberBuffer(count: lossTerms.residualCounts.reduce(0, +))
    pool.run(count: blockPlan.chunks.count) { number, worker in
      let (chunk, context) = (self.blockPlan.chunks[number], self.contexts[worker])
      self.forward(chunk, context)
      let outputs = self.plans[chunk.set].program.outputs
      for (place, output) in outputs.enumerated() {
        let r = context.registers.base + Int(output) * padded(chunk.count)
        let target = result.base + self.firstRows[number] + place
        for point in 0..<chunk.count { target[point * outputs.count] = r[point] }
      }
    }
    return (0..<result.count).map { result.base[$0] }
  }

  /// Calls `body` with blocks of rows of the Jacobian ∂r/∂θ, chunk by chunk, in the order of `residuals`.
  ///
  /// - Shapes: `rows` is `[rowCount, layout.count]`, row-major, and lives until `body` returns.
  package func forEachJacobianBlock(
    _ theta: [Double], _ body: (_ firstRow: Int, _ rowCount: Int, _ rows: UnsafePointer<Double>) -> Void
  ) {
    loadParameters(theta)
    let context = contexts[0]
    let stride = layout.count
    for (chunk, firstRow) in zip(blockPlan.chunks, firstRows) {
      let plan = plans[chunk.set]
      let lanes = padded(chunk.count)
      forward(chunk, context)
      let outputs = plan.program.outputs
      let block = UnsafeNumberBuffer(count: chunk.count * outputs.count * stride)
      for (place, output) in outputs.enumerated() {
        context.adjoints.base.update(repeating: 0, count: plan.program.registerCount * lanes)
        (context.adjoints.base + Int(output) * lanes).update(repeating: 1, count: chunk.count)
        writeRows(chunk, context, block.base + place * stride, stride: outputs.count * stride)
      }
      body(firstRow, chunk.count * outputs.count, block.base)
    }
  }

  /// One row of the Jacobian a point, for the adjoints set. Networks run at two sites add up.
  private func writeRows(
    _ chunk: Chunk, _ context: WorkerContext, _ rows: UnsafeMutablePointer<Double>, stride: Int
  ) {
    let lanes = padded(chunk.count)
    let scratch = UnsafeNumberBuffer(count: chunk.count * layout.count)
    reverse(chunk, context) { workspace in
      scratch.clear()
      workspace.reverse(
        count: lanes, parameters: parameters, kernels: kernels,
        into: .rows(scratch.base, stride: layout.count, validPoints: chunk.count))
      for point in 0..<chunk.count {
        for place in 0..<layout.packing.parameterCount {
          rows[point * stride + place] += scratch.base[point * layout.count + place]
        }
      }
    }
    for (register, source) in plans[chunk.set].sources.enumerated() {
      guard case .unknown(let number) = source else { continue }
      let adjoint = context.adjoints.base + register * lanes
      for point in 0..<chunk.count {
        rows[point * stride + layout.unknownOffset + number] += adjoint[point] * unknownSlopes[number]
      }
    }
  }
}

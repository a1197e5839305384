import Autodiff
import Expressions
import KernelInterface
import Kernels

/// A point set as one worker runs it, chunk by chunk: forward to residuals, and back from adjoints to parameters.
///
/// Every worker has its own: lists that two threads read at once would have their reference counts passed to and fro
/// between the processors, several times a chunk.
final class PointSetRun: Sendable {
  let terms: [Int]
  /// The register of the residual of each term.
  let outputs: [Int]
  /// How many consecutive points a residual is the sum of.
  let groupSize: Int
  private let program: [ProgramInstruction]
  private let registerCount: Int
  private let fills: [Fill]
  private let evaluations: [EvaluationRun]
  private let unknowns: [UnknownPlace]
  private let registers: UnsafeNumberBuffer
  private let adjoints: UnsafeNumberBuffer

  /// What an input register or a constant is filled with.
  private enum Fill {
    /// Numbers of the points, from `start` in the store on.
    case points(start: Int)
    case unknown(Int)
    case constant(Double)
    /// A part of an output of an evaluation, and where it stands among its outputs.
    case output(evaluation: Int, place: Int)
  }

  private struct UnknownPlace {
    var register: Int
    var number: Int
  }

  /// A network at a site: its feature program and its workspace.
  private final class EvaluationRun: Sendable {
    let workspace: TapeWorkspace
    let program: [ProgramInstruction]
    /// Starts of the coordinates in the store.
    let inputs: [Int]
    let constants: [Double]
    let outputs: [Int]
    let inputWidth: Int

    init(_ recording: RecordedNetwork, workspace: TapeWorkspace, site: Int, store: PointStore) {
      self.workspace = workspace
      let features = recording.features
      program = features.instructions.copied
      inputs = features.inputs.map { symbol in
        guard case .coordinate(let variable, _) = symbol else { preconditionFailure("feature of \(symbol)") }
        return store.coordinateStart(variable, site: site)
      }
      constants = features.constants.copied
      outputs = features.outputs.map(Int.init)
      inputWidth = recording.tape.inputWidth
    }
  }

  private let points: UnsafeNumberBuffer

  init(_ plan: PointSetPlan, _ recordings: [RecordedNetwork], store: PointStore, scratch: WorkerScratch) {
    terms = plan.terms.copied
    groupSize = plan.groupSize
    outputs = plan.program.outputs.map(Int.init)
    program = plan.program.instructions.copied
    registerCount = plan.program.registerCount
    let widths = plan.evaluations.map { recordings[$0.tape].tape.outputWidth }
    fills =
      plan.sources.map { source in
        switch source {
        case .coordinate(let variable, let site): .points(start: store.coordinateStart(variable, site: site))
        case .column(let column): .points(start: store.columnStart(column))
        case .unknown(let number): .unknown(number)
        case .output(let evaluation, let part, let unit):
          .output(evaluation: evaluation, place: part * widths[evaluation] + unit)
        }
      } + plan.program.constants.map { .constant($0) }
    evaluations = plan.evaluations.map {
      EvaluationRun(recordings[$0.tape], workspace: scratch.workspaces[$0.tape], site: $0.site, store: store)
    }
    unknowns = plan.sources.enumerated().compactMap { register, source in
      if case .unknown(let number) = source { UnknownPlace(register: register, number: number) } else { nil }
    }
    registers = scratch.registers
    adjoints = scratch.adjoints
    points = store.numbers
  }

  /// The residual of output number `output` at the points of the last chunk run forward.
  func residuals(_ output: Int, count: Int) -> UnsafePointer<Double> {
    UnsafePointer(registers.base + outputs[output] * padded(count))
  }

  /// Residuals of `count` points from `start` on. Hot path.
  func forward(
    start: Int, count: Int, parameters: PackedParameters, unknownValues: UnsafePointer<Double>, kernels: KernelTable
  ) {
    let lanes = padded(count)
    let registers = registers.base
    for evaluation in evaluations {
      runFeatures(evaluation, start, count, kernels)
      evaluation.workspace.forward(count: lanes, parameters: parameters, kernels: kernels)
    }
    var target = registers
    for fill in fills {
      switch fill {
      case .points(let first): copyPadded(points.base + first + start, count, to: target)
      case .unknown(let number): target.update(repeating: unknownValues[number], count: lanes)
      case .constant(let value): target.update(repeating: value, count: lanes)
      case .output(let evaluation, let place):
        target.update(from: evaluations[evaluation].workspace.output + place * lanes, count: lanes)
      }
      target += lanes
    }
    kernels.programForward(program, registers, lanes)
  }

  /// The input jets of a network: features and their derivatives.
  private func runFeatures(_ evaluation: EvaluationRun, _ start: Int, _ count: Int, _ kernels: KernelTable) {
    let lanes = padded(count)
    // The residual program has not begun: its registers are free.
    let registers = registers.base
    var target = registers
    for first in evaluation.inputs {
      copyPadded(points.base + first + start, count, to: target)
      target += lanes
    }
    for constant in evaluation.constants {
      target.update(repeating: constant, count: lanes)
      target += lanes
    }
    kernels.programForward(evaluation.program, registers, lanes)
    var (part, unit) = (0, 0)
    for output in evaluation.outputs {
      let source = registers + output * lanes
      let (target, pointStride) = evaluation.workspace.input(part: part, unit: unit, count: lanes)
      if pointStride == 1 {
        target.update(from: source, count: lanes)
      } else {
        for point in 0..<lanes { target[point * pointStride] = source[point] }
      }
      unit += 1
      if unit == evaluation.inputWidth { (part, unit) = (part + 1, 0) }
    }
  }

  /// Sets all adjoints to zero before the derivative of a sum of residuals is taken. Hot path.
  func clearAdjoints(count: Int) { adjoints.base.update(repeating: 0, count: registerCount * padded(count)) }

  /// The adjoints of the residuals of output number `output`.
  func adjoints(_ output: Int, count: Int) -> UnsafeMutablePointer<Double> {
    adjoints.base + outputs[output] * padded(count)
  }

  /// From the adjoints of the residuals of the last chunk back to the parameters of the networks. Hot path.
  ///
  /// - Parameters:
  ///   - sink: where the run of a network, by its number, leaves its derivatives.
  ///   - didSweep: called after each.
  @inline(__always)
  func reverse(
    count: Int, parameters: PackedParameters, kernels: KernelTable, into sink: (Int) -> ReverseSink,
    didSweep: (Int) -> Void = { _ in }
  ) {
    let lanes = padded(count)
    kernels.programReverse(program, registers.base, adjoints.base, lanes)
    for number in evaluations.indices {
      let workspace = evaluations[number].workspace
      let bar = workspace.outputCotangents
      bar.update(repeating: 0, count: workspace.tape.parts.count * lanes * workspace.tape.outputWidth)
      var adjoint = UnsafePointer(adjoints.base)
      for fill in fills {
        // Lanes beyond the last point repeat it; nothing may flow back from them.
        if case .output(number, let place) = fill { (bar + place * lanes).update(from: adjoint, count: count) }
        adjoint += lanes
      }
      workspace.reverse(count: lanes, parameters: parameters, kernels: kernels, into: sink(number))
      didSweep(number)
    }
  }

  /// How often a network runs for each point.
  var evaluationCount: Int { evaluations.count }

  /// The places of the parameters of the network that evaluation `number` runs.
  func parameterRange(ofEvaluation number: Int) -> Range<Int> { evaluations[number].workspace.tape.parameterRange }

  /// Hands the adjoints of the values of the unknowns to `body`, after `reverse`.
  func forEachUnknown(count: Int, _ body: (_ number: Int, _ adjoints: UnsafePointer<Double>) -> Void) {
    for unknown in unknowns { body(unknown.number, UnsafePointer(adjoints.base + unknown.register * padded(count))) }
  }
}

extension Array {
  /// The same elements in memory of their own.
  fileprivate var copied: [Element] { map { $0 } }
}

/// Writes `count` numbers and repeats the last one up to `padded(count)`: lanes without a point must stay finite.
@inline(__always)
private func copyPadded(_ source: UnsafePointer<Double>, _ count: Int, to target: UnsafeMutablePointer<Double>) {
  target.update(from: source, count: count)
  for lane in count..<padded(count) { target[lane] = source[count - 1] }
}

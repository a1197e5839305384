import Autodiff
import KernelInterface
import Kernels

/// A tape with one workspace, replayed for jets in unpadded form.
struct Replay: ~Copyable {
  /// What memory beside a result holds before and has to hold after.
  static let guardian = 12_345.0

  private let network: PlainNetwork
  private let kernels: KernelTable
  private let workspace: TapeWorkspace
  private let parameters: PackedParameters

  init(_ network: PlainNetwork, _ instructionSet: InstructionSet, capacity: Int) {
    self.network = network
    kernels = instructionSet.kernels
    workspace = TapeWorkspace(tape: network.tape(), capacity: capacity)
    parameters = PackedParameters(network.packing)
    parameters.load(network.parameters)
  }

  func load(_ values: [Double]) { parameters.load(values) }

  /// The output jets `[part][point][output]`.
  func forward(_ jets: PlainJets) -> [Double] {
    fill(points: jets.points) { part, point, unit in
      jets.input[(part * jets.points + point) * network.inputs + unit]
    }
    workspace.forward(count: padded(jets.points), parameters: parameters, kernels: kernels)
    return output(points: jets.points)
  }

  /// Writes input jets; surplus points may hold anything finite.
  private func fill(points: Int, _ value: (_ part: Int, _ point: Int, _ unit: Int) -> Double) {
    let count = padded(points)
    for part in 0..<network.set.count {
      for unit in 0..<network.inputs {
        let (target, pointStride) = workspace.input(part: part, unit: unit, count: count)
        for point in 0..<count { target[point * pointStride] = point < points ? value(part, point, unit) : 0.25 }
      }
    }
  }

  private func output(points: Int) -> [Double] {
    let count = padded(points)
    return (0..<network.set.count).flatMap { part in
      (0..<points).flatMap { point in
        (0..<network.outputs).map { workspace.output[(part * network.outputs + $0) * count + point] }
      }
    }
  }

  /// The output jets `[part][output]` at a point x: inputs are the variables.
  func outputs(at x: [Double]) -> [Double] { outputs(at: [x])[0] }

  func outputs(at points: [[Double]]) -> [[Double]] {
    fill(points: points.count) { part, point, unit in
      part == 0 ? points[point][unit] : network.set.part(MultiIndex([unit])) == part ? 1 : 0
    }
    workspace.forward(count: padded(points.count), parameters: parameters, kernels: kernels)
    let all = output(points: points.count)
    return points.indices.map { point in
      (0..<network.set.count).flatMap { part in
        (0..<network.outputs).map { all[(part * points.count + point) * network.outputs + $0] }
      }
    }
  }

  private func seed(_ jets: PlainJets, only chosen: Int?) {
    let (count, target) = (padded(jets.points), workspace.outputCotangents)
    for part in 0..<network.set.count {
      for output in 0..<network.outputs {
        for point in 0..<count {
          // Surplus points take part in the sums: their cotangents have to be 0.
          let inside = point < jets.points && (chosen == nil || chosen == point)
          target[(part * network.outputs + output) * count + point] = inside ? jets.cotangent(part, point, output) : 0
        }
      }
    }
  }

  /// The gradient of Σ cotangent · output by the parameters, over all points or one; to follow `forward`.
  func gradient(_ jets: PlainJets, only point: Int? = nil) -> [Double] {
    seed(jets, only: point)
    let packed = UnsafeNumberBuffer(count: network.packing.packedCount)
    workspace.reverse(
      count: padded(jets.points), parameters: parameters, kernels: kernels, into: .gradient(packed.base))
    var gradient = [Double](repeating: 0, count: network.packing.parameterCount)
    parameters.unpackGradient(packed.base, into: &gradient)
    return gradient
  }

  /// One row a point, and what lies between and behind them; to follow `forward`.
  func rows(_ jets: PlainJets, stride: Int) -> (rows: [[Double]], beyond: [Double]) {
    seed(jets, only: nil)
    let parameterCount = network.packing.parameterCount
    let step = max(stride, parameterCount)
    let memory = UnsafeNumberBuffer(count: (jets.points + 1) * step)
    memory.base.update(repeating: Self.guardian, count: memory.count)
    workspace.reverse(
      count: padded(jets.points), parameters: parameters, kernels: kernels,
      into: .rows(memory.base, stride: step, validPoints: jets.points))
    let numbers = (0..<memory.count).map { memory.base[$0] }
    let rows = (0..<jets.points).map { Array(numbers[($0 * step)..<($0 * step + parameterCount)]) }
    let gaps = (0..<jets.points).flatMap { numbers[($0 * step + parameterCount)..<(($0 + 1) * step)] }
    return (rows, gaps + numbers[(jets.points * step)...])
  }
}

import Autodiff
import Expressions
import KernelInterface
import Kernels
import Networks

/// The memory of one worker: a workspace for every recorded network, registers for programs and features.
final class WorkerContext: Sendable {
  let workspaces: [TapeWorkspace]
  let registers: UnsafeNumberBuffer
  let adjoints: UnsafeNumberBuffer
  let featureRegisters: UnsafeNumberBuffer

  init(plans: [PointSetPlan], recordings: [RecordedNetwork]) {
    var capacities = [Int](repeating: 0, count: recordings.count)
    var registerCount = 0
    var featureCount = 0
    for plan in plans {
      registerCount = max(registerCount, plan.program.registerCount * plan.chunkSize)
      for evaluation in plan.evaluations {
        capacities[evaluation.tape] = max(capacities[evaluation.tape], plan.chunkSize)
        featureCount = max(featureCount, recordings[evaluation.tape].features.registerCount * plan.chunkSize)
      }
    }
    workspaces = zip(recordings, capacities).map { TapeWorkspace(tape: $0.tape, capacity: $1) }
    registers = UnsafeNumberBuffer(count: registerCount)
    adjoints = UnsafeNumberBuffer(count: registerCount)
    featureRegisters = UnsafeNumberBuffer(count: featureCount)
  }
}

/// The points of a point set in memory: coordinates `[site][variable][point]`, then columns.
///
/// The numbers may be replaced between two evaluations (resampling, mini-batches) but not their count.
final class PointStore: Sendable {
  let count: Int
  private let variables: Int
  private let numbers: UnsafeNumberBuffer
  private let columnOffset: Int

  init(sites: [[[Double]]], columns: [[Double]]) {
    count = sites.first?.first?.count ?? 0
    variables = sites.first?.count ?? 0
    columnOffset = sites.count * variables * count
    numbers = UnsafeNumberBuffer(count: columnOffset + columns.count * count)
    load(sites: sites, columns: columns)
  }

  /// - Precondition: the same shapes as before. No worker may be running.
  func load(sites: [[[Double]]], columns: [[Double]]) {
    var place = 0
    for row in sites.flatMap({ $0 }) + columns {
      precondition(row.count == count, "\(row.count) numbers for \(count) points")
      for value in row {
        numbers.base[place] = value
        place += 1
      }
    }
    precondition(place == numbers.count, "\(place) numbers for a store of \(numbers.count)")
  }

  func coordinate(_ variable: Int, site: Int) -> UnsafePointer<Double> {
    UnsafePointer(numbers.base + (site * variables + variable) * count)
  }

  func column(_ column: Int) -> UnsafePointer<Double> {
    UnsafePointer(numbers.base + columnOffset + column * count)
  }
}

/// Writes `count` numbers and repeats the last one up to `padded(count)`: lanes without a point must stay finite.
@inline(__always)
func copyPadded(_ source: UnsafePointer<Double>, _ count: Int, to target: UnsafeMutablePointer<Double>) {
  target.update(from: source, count: count)
  for lane in count..<padded(count) { target[lane] = source[count - 1] }
}

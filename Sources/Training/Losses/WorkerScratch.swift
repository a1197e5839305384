import Autodiff
import Expressions
import Kernels

/// The memory of one worker: a workspace for every recorded network, registers for programs.
final class WorkerScratch: Sendable {
  let workspaces: [TapeWorkspace]
  let registers: UnsafeNumberBuffer
  let adjoints: UnsafeNumberBuffer

  init(plans: [PointSetPlan], chunkSizes: [Int], recordings: [RecordedNetwork]) {
    var capacities = [Int](repeating: 0, count: recordings.count)
    var (registerCount, adjointCount) = (0, 0)
    for (plan, chunkSize) in zip(plans, chunkSizes) {
      adjointCount = max(adjointCount, plan.program.registerCount * chunkSize)
      for evaluation in plan.evaluations {
        capacities[evaluation.tape] = max(capacities[evaluation.tape], chunkSize)
        registerCount = max(registerCount, recordings[evaluation.tape].features.registerCount * chunkSize)
      }
    }
    workspaces = zip(recordings, capacities).map { TapeWorkspace(tape: $0.tape, capacity: $1) }
    registers = UnsafeNumberBuffer(count: max(registerCount, adjointCount))
    adjoints = UnsafeNumberBuffer(count: adjointCount)
  }

  var memoryNumbers: Int {
    registers.count + adjoints.count + workspaces.reduce(0) { $0 + $1.memoryNumbers }
  }
}

/// The points of a point set in memory: coordinates `[site][variable][point]`, then columns.
///
/// The numbers may be replaced between two evaluations (resampling, mini-batches) but not their count.
final class PointStore: Sendable {
  let count: Int
  let numbers: UnsafeNumberBuffer
  private let variables: Int
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

  /// Where the values of a variable, or of a column, start in `numbers`.
  func coordinateStart(_ variable: Int, site: Int) -> Int { (site * variables + variable) * count }
  func columnStart(_ column: Int) -> Int { columnOffset + column * count }
}
